"""Rules on published ranges: in order, of fields that are there, and around the value that is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from traction.protocol.force import Force
from traction.protocol.phases import Published
from traction.protocol.places import Path
from traction.protocol.problems import Fault
from traction.protocol.rules_cases import cases

_MASSES_KG = (40.0, 80.0, 120.0)


def check_ranges(phase: Any, path: Path) -> Iterator[Fault]:
    """Yield E241 for each range that is out of order, of an absent field, or does not hold its value.

    A force may lie below its range where it has a cap: the cap of a heavy patient is the cautious side.
    """
    published = getattr(phase, "range", None)
    if published is None or not hasattr(published, "time"):
        return
    for key in Published.model_fields:
        pair = getattr(published, key)
        if not isinstance(pair, tuple):
            continue
        here: Path = (*path, "range", "time" if key == "time" else key)
        name = "for_" if key == "time" else key
        value = getattr(phase, name, None)
        if value is None:
            shown = "for" if key == "time" else key
            yield Fault(here, "E241", f"a range of {shown}, which the phase does not state", f"{shown} in it")
        elif isinstance(value, Force):
            yield from _force(value, pair, here)
        elif isinstance(value, float):
            yield from _time(value, pair, here)


def _time(value: float, pair: tuple[float, float], here: Path) -> Iterator[Fault]:
    low, high = pair
    if low > high:
        yield Fault(here, "E241", f"a range from {low:g} s to {high:g} s", "the lower value first")
    elif not low <= value <= high:
        yield Fault(here, "E241", f"{value:g} s outside {low:g} s to {high:g} s", "a value within the range")


def _force(value: Force, pair: tuple[Force, Force], here: Path) -> Iterator[Fault]:
    low, high = pair
    try:
        levels = cases(low, value, high, masses=_MASSES_KG)
        rows = [(low.newtons(one), value.newtons(one), high.newtons(one)) for one in levels]
    except LookupError:  # a low level that is a part of the high one: judged when compiled
        return
    if all(low_n > high_n for low_n, _, high_n in rows):
        yield Fault(here, "E241", f"a range from {low.text!r} to {high.text!r}", "the lower value first")
    elif all(value_n > high_n for _, value_n, high_n in rows):
        yield Fault(here, "E241", f"{value.text!r} above {high.text!r}", "a value within the range")
    elif not value.is_capped and all(value_n < low_n for low_n, value_n, _ in rows):
        yield Fault(here, "E241", f"{value.text!r} below {low.text!r}", "a value within the range")
