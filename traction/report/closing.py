"""What the record adds to the summary of a session: how often it was eased off, and how it conforms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from traction.report.checks import figure
from traction.report.conformance_text import row_name
from traction.runner.eased import EASE

if TYPE_CHECKING:
    from traction.report.conformance_rows import Conformance
    from traction.runner.plan import TareFacts
    from traction.runner.reader import Event

_LEFT: Final = re.compile(r"(\d{1,3}) % ")


@dataclass(frozen=True, slots=True)
class Eased:
    """How often the force was eased off, and to what share of the profile's in percent; None: not said."""

    times: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A session held against a tolerance profile, in a few figures; ``out`` names what is out, and how far.

    ``levels`` are all holds and rests, ``judged`` those that could be, ``good`` those within tolerance.
    """

    tolerance: str
    within: bool | None
    levels: int
    judged: int
    good: int
    out: tuple[str, ...]


def eased(events: Iterable[Event]) -> Eased:
    """Return how often the force was eased off, and what was left of it after the last time."""
    texts = [event.text for event in events if event.name == EASE]
    said = _LEFT.match(texts[-1]) if texts else None
    return Eased(len(texts), None if said is None else int(said[1]))


def judged(found: Conformance) -> Judged:
    """Return the few figures of a conformance that a summary shows."""
    held = [level for level in found.levels if level.judged]
    return Judged(
        tolerance=found.tolerance,
        within=found.within,
        levels=len(found.levels),
        judged=len(held),
        good=sum(not level.misses for level in held),
        out=tuple(f"{row_name(row)}: {row.misses[0]}" for row in found.out),
    )


def eased_text(one: Eased) -> str:
    """Return how often in words; an empty text for never."""
    if not one.times:
        return ""
    said = often(one.times)
    return said if one.percent is None else f"{said}, to {one.percent} % of the force"


def often(times: int) -> str:
    """Return a number of times in words."""
    return {1: "once", 2: "twice"}.get(times, f"{times} times")


def tare_text(one: TareFacts) -> str:
    """Return what every level has besides that of the file, and from what."""
    more = "more" if one.force_n >= 0.0 else "less"
    slope = f"a head of {figure(one.head_kg)} kg on a pull {figure(one.angle_deg)} deg {one.pull}"
    return f"{figure(abs(one.force_n))} N {more} than each level of the file: {slope}"


def judged_text(one: Judged, record: str | None) -> str:
    """Return the verdict in one line; what is out leads to the command that says more."""
    if one.within is None:
        return f"not judged by {one.tolerance}: no hold or rest could be"
    count = f"{one.good} of {one.judged} holds and rests"
    count += f", {one.levels - one.judged} not judged" if one.levels > one.judged else ""
    if one.within:
        return f"within {one.tolerance}: {count}"
    more = f" and {len(one.out) - 1} more" if len(one.out) > 1 else ""
    shown = f"traction check-run {record or 'RECORD'}"
    return f"out of tolerance by {one.tolerance}: {one.out[0]}{more} ({count} are within); see {shown}"
