"""What a controller alone owes: the rules of the true force, and an answer to all that it must not obey.

The bounds of force, slope, time and the way down are those of all layers together (``bounds``): a controller
that is said to hold a hazard alone holds it as well as everybody. What it is owed less of: it knows no
impulse, which only a host counts; and a reset that it takes by right may clear its latch and its limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from traction.campaign import rules_force, rules_state
from traction.campaign.history import TICK_MS
from traction.campaign.plans import plan_for
from traction.campaign.reactions import i4_reactions
from traction.campaign.reckless_asks import END, FRAMES, LEASE, REFUSE, RESET
from traction.campaign.seen import Escape, Seen
from traction.controller.config import ControllerConfig
from traction.wire import codes

FORCE_RULES: Final = (
    rules_force.i1_force,
    rules_force.i2_slope,
    rules_force.i4_release,
    i4_reactions,
    rules_state.i5_power,
    rules_state.i6_starts,
    rules_state.i9_numbers,
    rules_state.i11_commander,
    rules_force.i14_ends,
)


def judge_controller(seen: Seen) -> Iterator[Escape]:
    """Yield every invariant that the controller alone did not hold."""
    for rule in FORCE_RULES:
        yield from rule(seen)
    yield from (one for one in rules_force.i3_time(seen) if one.says != "N s of impulse")
    resets = {seen.history.at_ms(one.tick + 1) for one in seen.history.asked if one.must == RESET}
    for rule in (rules_state.i7_latch, rules_state.i8_limits):
        yield from (one for one in rule(seen) if one.at_ms not in resets)
    for told in (_answers, _timers, _travel, _sensors):
        yield from told(seen)


def _answers(seen: Seen) -> Iterator[Escape]:
    run, last = seen.run, seen.run.size - 1
    for one in seen.history.asked:
        if one.must == REFUSE and one.taken:
            yield seen.escape("I6", one.tick, 1.0, 0.0, f"obeyed: {one.says}")
        elif one.must == END and (one.taken or run[min(one.tick + 2, last)]):
            yield seen.escape("I4", one.tick, float(one.taken), 0.0, f"a run that went on: {one.says}")
        elif one.must in (LEASE, FRAMES) and run[min(one.tick + 2, last)]:
            yield seen.escape("I5", one.tick, 0.0, 0.0, f"a run that went on after {one.says}")


def _timers(seen: Seen) -> Iterator[Escape]:
    """H04 within one second: RUN is over when the time of a session is."""
    runs = np.flatnonzero(seen.run)
    if not runs.size:
        return
    lasted_s, most_s = runs.size * TICK_MS / 1000, seen.bounds.max_session_s + 0.1
    if lasted_s > most_s:
        yield seen.escape("I3", runs[-1], lasted_s, most_s, "s of RUN")


def _travel(seen: Seen) -> Iterator[Escape]:
    """H15: in RUN a carriage is no further from its start than the limit, and what it goes in two ticks."""
    runs = np.flatnonzero(seen.run)
    if not runs.size or "travel" in seen.bounds.taken or "drive" in seen.bounds.taken:
        return
    travel = np.array(seen.history.travel_um, np.int64)
    far = int(np.abs(travel[runs] - travel[runs[0]]).max())
    case = seen.case
    limits = plan_for(case.rig, case.plan, case.limits).limits
    most = round(1000 * limits.max_travel_mm) + 2 * TICK_MS * 50
    if far > most:
        yield seen.escape("I3", runs[-1], far / 1000, most / 1000, "mm of travel")


def _sensors(seen: Seen) -> Iterator[Escape]:
    """H11 to H16: a sensor that is wrong alone is found out in its time, where the fault says when."""
    if len(seen.case.injections) != 1:
        return
    one, onset = seen.case.injections[0], seen.history.onsets[0]
    if onset is None or onset >= seen.run.size or not seen.run[onset]:
        return
    config = ControllerConfig(codes.REGION_NAMES.index(seen.case.rig.region), 1, 0)
    name, force = one.fault.name, seen.force
    within_ms: float | None = None
    if name.startswith("cell-") and name.endswith(("drifting", "sagging")) and one.value:
        apart_n = config.disagree_mn / 1000 + 3.0
        within_ms = 1000 * apart_n / one.value + 500 + 50
    elif name.endswith("saturated") and one.value and 1000 * one.value > config.cell_max_mn:
        within_ms = 40
    elif name.endswith("inverted") and name.startswith("cell") and force[onset] > 9000:
        within_ms = 60
    elif name == "strap-break" and force[onset] > 55_000:
        within_ms = 50
    elif name.startswith("cell") and name.endswith("stuck"):
        within_ms = _moved_ms(seen, onset, config.stuck_um)
    if within_ms is None or (one.span_ms >= 0 and one.span_ms <= within_ms + TICK_MS):
        return
    last = onset + -(-round(within_ms) // TICK_MS)
    if last < seen.run.size and seen.run[onset : last + 1].all():
        yield seen.escape("I4", onset, within_ms, within_ms, f"ms in RUN with {name}")


def _moved_ms(seen: Seen, onset: int, stuck_um: int) -> float | None:
    """Return when a stuck cell has had 1 mm of travel to change over, within the time one is watched for."""
    travel = np.array(seen.history.travel_um[onset : onset + 190], np.int64)
    if seen.force[onset] < seen.bounds.slack + 3000:
        return None
    moved = np.flatnonzero(np.abs(travel - travel[min(8, travel.size - 1)]) > stuck_um + 60)
    return float(moved[0] + 3) * TICK_MS if moved.size and moved[0] > 8 else None
