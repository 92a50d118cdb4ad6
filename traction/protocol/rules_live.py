"""Rules on what may be set during a run: fields the phase has, in order, around its value, as published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from traction.protocol.force import Force
from traction.protocol.places import Path
from traction.protocol.problems import Fault
from traction.protocol.rules_cases import at_high, cases

KEYS: Final = ("force", "high", "low", "hold", "rest", "for_")


def check_live(phase: Any, path: Path) -> Iterator[Fault]:
    """Yield E252 for each pair of bounds that cannot be meant."""
    live = getattr(phase, "live", None)
    if live is None or not hasattr(live, "for_"):
        return
    here: Path = (*path, "live")
    if all(getattr(live, key) is None for key in KEYS):
        yield Fault(here, "E252", "nothing that may be set", "bounds of force, high, low, hold, rest or for")
    for key in KEYS:
        pair, shown = getattr(live, key), key.removesuffix("_")
        if not isinstance(pair, tuple):
            continue
        place, value = (*here, shown), getattr(phase, key, None)
        if value is None:
            yield Fault(place, "E252", f"bounds of {shown}, which the phase does not state", f"{shown} in it")
            continue
        published = getattr(getattr(phase, "range", None), "time" if key == "for_" else key, None)
        limits = (pair, published if isinstance(published, tuple) else None)
        if isinstance(value, Force):
            yield from _forces(phase, value, *limits, place)
        elif isinstance(value, float):
            yield from _times(value, *limits, place)


def _times(value: float, pair: Any, published: Any, place: Path) -> Iterator[Fault]:
    low, high = pair
    shown = f"{low:g} s to {high:g} s"
    if low > high:
        yield Fault(place, "E252", f"bounds from {low:g} s to {high:g} s", "the lower value first")
    elif not low <= value <= high:
        yield Fault(place, "E252", f"{value:g} s outside {shown}", "bounds around the value")
    elif published is not None and not published[0] <= low <= high <= published[1]:
        expected = f"bounds within the published {published[0]:g} s to {published[1]:g} s"
        yield Fault(place, "E252", f"bounds from {shown}", expected)


def _forces(phase: Any, value: Force, pair: Any, published: Any, place: Path) -> Iterator[Fault]:
    low, high = pair
    top = published[1] if published is not None else None
    other = getattr(phase, "high", None)
    known = [one for one in (low, value, high, top, other) if isinstance(one, Force)]
    rows = []
    for case in cases(*known):
        levels = at_high(case, other.newtons(case)) if isinstance(other, Force) else case
        try:
            tops = [] if top is None else [top.newtons(levels)]
            rows.append([one.newtons(levels) for one in (low, value, high)] + tops)
        except LookupError:  # a level that is a part of one that is not there: judged with the phase
            return
    if all(row[0] > row[2] for row in rows):
        yield Fault(place, "E252", f"bounds from {low.text!r} to {high.text!r}", "the lower value first")
    elif all(not row[0] <= row[1] <= row[2] for row in rows):
        found = f"{value.text!r} outside {low.text!r} to {high.text!r}"
        yield Fault(place, "E252", found, "bounds around the value")
    elif all(row[2] > row[-1] for row in rows if len(row) > 3) and top is not None:
        found = f"bounds up to {high.text!r}"
        yield Fault(place, "E252", found, f"bounds within the published {top.text!r}")
