"""Rules on holds: long enough for what lies over them, at their shortest and not only as written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from traction.protocol.model import Document
from traction.protocol.places import Path
from traction.protocol.problems import Fault

POSITION_SETTLES_S: Final = 1.0
"""A hold by position begins this long after its ramp, so that the carriage stands where it must.

Until then the force is held, and a hold that is over by then would never hold the position. The runner keeps
to the same.
"""

_ROUNDING: Final = 1e-9


def check_holds(document: Document, phase: Any, path: Path) -> Iterator[Fault]:
    """Yield E233 for a hold without room for one period of its wave, E246 for a short hold by position.

    A hold that the clock cuts is judged where the protocol is compiled.
    """
    hold_s = _shortest(phase)
    if hold_s is None:
        return
    frequency_hz = getattr(getattr(phase, "oscillation", None), "frequency", None)
    if isinstance(frequency_hz, float) and hold_s * frequency_hz < 1.0 - _ROUNDING:
        found = f"a period of {1.0 / frequency_hz:g} s in a hold of {hold_s:g} s"
        place: Path = (*path, "oscillation", "frequency")
        yield Fault(place, "E233", found, "at least one whole period in a hold, at its shortest")
    hold_by = getattr(phase, "hold_by", None) or getattr(document.session, "hold_by", None)
    if hold_by == "position" and hold_s <= POSITION_SETTLES_S:
        key = "for" if getattr(phase, "hold", None) is None else "hold"
        found = f"a hold by position of {hold_s:g} s"
        expected = f"more than {POSITION_SETTLES_S:g} s, at its shortest"
        yield Fault((*path, key), "E246", found, expected)


def _shortest(phase: Any) -> float | None:
    """Return the shortest hold a phase may have, or None where it has none, or none that is known."""
    hold_s = getattr(phase, "hold", None)
    if hold_s is None and getattr(phase, "type", None) == "static":
        hold_s = phase.for_
    if not isinstance(hold_s, float):
        return None
    spread = getattr(getattr(phase, "variation", None), "hold", None)
    return hold_s * (1.0 - spread) if isinstance(spread, float) else hold_s
