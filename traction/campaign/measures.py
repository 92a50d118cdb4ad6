"""What is measured of each hazard: how much too much, when it was seen, when the force began to come down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from traction.campaign.history import TICK_MS
from traction.campaign.lies import lied
from traction.campaign.seen import Seen, ints_of
from traction.hazards.load import load_hazards
from traction.runner.outcome import Outcome
from traction.sim.faults import Injection

TICK_S: Final = TICK_MS / 1000
BY_PEOPLE: Final = frozenset({"E490", "E491", "E492", "E493", "E494"})
"""What ends a session because somebody asked for it, or answered, or did not."""
UNANSWERED: Final = frozenset({"clock-jump"})
"""What nothing may react to: where a run ends after it, something else has ended it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one hazard in one case; None where it was not seen or not begun.

    ``overshoot_n`` is the true force above its cap. ``detect_ms`` counts from the onset to the first sign of
    the controller (it leaves RUN, or latches), ``react_ms`` to the first tick in which the drive is off or
    unloads; both are None where what ended the run was no answer to the fault. ``margin`` is the least share
    left of any budget: of force between cap and bound, and of the time to slack; below 0 it is broken.
    """

    overshoot_n: float
    detect_ms: float | None
    react_ms: float | None
    margin: float


@cache
def _hazards() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in load_hazards().hazards:
        for fault in one.faults:
            found[fault] = (*found.get(fault, ()), one.name)
    return found


def hazards_of(fault: str) -> tuple[str, ...]:
    """Return the hazards that a fault is a case of."""
    return _hazards().get(fault, ())


def measures(seen: Seen) -> dict[str, Measure]:
    """Return the measures of each hazard of a fault that began in this case; of several faults the worst."""
    found: dict[str, Measure] = {}
    for one, onset in zip(seen.case.injections, seen.history.onsets, strict=True):
        if onset is None:
            continue
        measure = _measure(seen, onset, _answers(seen, one, onset))
        for name in hazards_of(one.fault.name):
            known = found.get(name)
            if known is None or measure.margin < known.margin:
                found[name] = measure
    return found


def _answers(seen: Seen, one: Injection, onset: int) -> bool:
    """Say whether the end of the run may be an answer to this fault.

    It is none where the plan ran to its end, where somebody asked for it, where another fault began
    between the two, or to a fault that nothing may react to.
    """
    left, result = seen.left_run, seen.history.result
    if left is None or left < onset or one.fault.name in UNANSWERED:
        return False
    if result is not None:
        first = result.causes[0].code if result.causes else ""
        if result.outcome is Outcome.COMPLETED or (first in BY_PEOPLE and one.fault.name != "ghost-keys"):
            return False
    return not any(onset < other <= left for other in seen.history.onsets if other is not None)


def _measure(seen: Seen, onset: int, answers: bool) -> Measure:
    bounds, force = seen.bounds, seen.force[onset:]
    peak = float(force.max())
    room = max(bounds.most - bounds.cap, 1.0)
    margins = [min(float((bounds.most + lied(seen)[onset:] - force).min()) / room, 1.0)]
    left = seen.left_run
    if left is not None and not bounds.may_stay:
        seconds = np.arange(seen.force.size - left) * TICK_S
        line = bounds.line(float(seen.force[left]), seconds, bool(seen.dump[left:].any()))
        slack_s = _last_above(seen.force[left:], bounds.slack) * TICK_S
        allowed_s = _last_above(line, bounds.slack) * TICK_S
        if allowed_s > 0.0:
            margins.append(1.0 - slack_s / allowed_s)
    return Measure(
        overshoot_n=round(max(peak - bounds.cap, 0.0) / 1000, 3),
        detect_ms=_after(onset, left, seen) if answers else None,
        react_ms=_reacted(seen, onset, left) if answers else None,
        margin=round(min(margins), 4),
    )


def _last_above(force: NDArray[Any], level: float) -> int:
    above = np.flatnonzero(force > level)
    return int(above[-1]) + 1 if above.size else 0


def _after(onset: int, left: int | None, seen: Seen) -> float | None:
    latched = np.flatnonzero(seen.fault[onset:])
    first = onset + int(latched[0]) if latched.size else None
    ticks = [one for one in (first, left) if one is not None and one >= onset]
    return float((min(ticks) - onset) * TICK_MS) if ticks and left is not None and left >= onset else None


def _reacted(seen: Seen, onset: int, left: int | None) -> float | None:
    if left is None or left < onset:
        return None
    down = ints_of(seen.history.velocity_um_per_s[left:]) < 0
    begun = np.flatnonzero(down | ~seen.enabled[left:])
    return float((left + int(begun[0]) - onset) * TICK_MS) if begun.size else None
