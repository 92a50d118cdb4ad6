"""What a controller alone owes: the rules of the true force, and an answer to all that it must not obey.

The bounds of force, slope, time and the way down are those of all layers together (``bounds``): a controller
that is said to hold a hazard alone holds it as well as everybody. What it is owed less of: it knows no
impulse, which only a host counts; and a reset that it takes by right may clear its latch and its limits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from traction.campaign import rules_force, rules_state
from traction.campaign.effects import CELL_A, CELL_B
from traction.campaign.history import TICK_MS
from traction.campaign.lone_jerks import jerks_of
from traction.campaign.lone_kinds import SLOW_SHARE, SLOWLY
from traction.campaign.plans import limits_for
from traction.campaign.reactions import i4_reactions
from traction.campaign.reckless_asks import END, FRAMES, LEASE, REFUSE, RESET
from traction.campaign.seen import Escape, Seen, ints_of
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
    for jerk in jerks_of(seen.case):
        more = 1000 * jerk.adds_n
        wider = replace(
            seen.bounds, most=seen.bounds.most + more, over=seen.bounds.over + more, rise=math.inf
        )
        seen = replace(seen, bounds=wider, force=seen.force - jerk.drawn_mn(seen))
    for rule in FORCE_RULES:
        yield from rule(seen)
    yield from (one for one in rules_force.i3_time(seen) if one.says != "N s of impulse")
    resets = {seen.history.at_ms(one.tick + 1) for one in seen.history.asked if one.must == RESET}
    for rule in (rules_state.i7_latch, rules_state.i8_limits):
        yield from (one for one in rule(seen) if one.at_ms not in resets)
    for told in (_answers, _timers, _travel, _sensors, _over, _slopes, _slowly, _astray):
        yield from told(seen)


OVER_TICKS: Final = 6
"""H02 within 50 ms: three samples, a tick, and what the cells are late."""
ASTRAY_MN: Final = 3000
"""What noise and the zero errors of both cells may hide of a force or of a step."""


def _over(seen: Seen) -> Iterator[Escape]:
    """H02: a force above the trip for 50 ms finds no run and no slow release any more."""
    over = seen.force > 1.05 * seen.bounds.cap + 5000 + ASTRAY_MN
    slow = (seen.state == codes.STATE_RUN) | (seen.state == codes.STATE_RELEASING)
    if {CELL_A, CELL_B} & seen.bounds.taken:
        return
    lasting = over & slow & seen.enabled
    for shift in range(1, OVER_TICKS):
        lasting[shift:] &= over[:-shift]
    lasting[:OVER_TICKS] = False
    where = np.flatnonzero(lasting)
    if where.size:
        found = seen.force[where[0]] / 1000
        yield seen.escape("I1", where[0], found, seen.bounds.cap / 1000, "N, and no fast release for 50 ms")


def _slopes(seen: Seen) -> Iterator[Escape]:
    """H03 within 120 ms: a step of the true force over 100 ms that is no noise finds no run any more."""
    if seen.force.size <= 13 or {CELL_A, CELL_B} & seen.bounds.taken:
        return
    case = seen.case
    limits = limits_for(case.rig, case.limits)
    config = ControllerConfig(codes.REGION_NAMES.index(case.rig.region), 1, 0)
    room = config.rate_tolerance_mn + ASTRAY_MN
    step = seen.force[10:] - seen.force[:-10]
    up, down = 120 * limits.max_rate_up_n_per_s, 120 * limits.max_rate_down_n_per_s
    steep = (step > up + room) | (-step > down + room)
    still = seen.run[:-10].copy()
    still[:-3] &= seen.run[13:]
    still[-3:] = False
    where = np.flatnonzero(steep & still)
    if where.size:
        found = abs(int(step[where[0]])) / 1000
        yield seen.escape("I2", where[0] + 10, found, room / 1000, "N within 100 ms, and the run goes on")


def _slowly(seen: Seen) -> Iterator[Escape]:
    """H03: a force that is asked for at a rate below the limit stays below the line of that rate."""
    if seen.case.trick != SLOWLY or not seen.run.any():
        return
    limits = limits_for(seen.case.rig, seen.case.limits)
    rate = 1000 * SLOW_SHARE * limits.max_rate_up_n_per_s
    first, last = (int(index) for index in np.flatnonzero(seen.run)[[0, -1]])
    force = seen.force[first : last + 1]
    line = force[0] + rate * np.arange(force.size) * TICK_MS / 1000 + ASTRAY_MN
    above = np.flatnonzero(force > line)
    if above.size:
        found, bound = force[above[0]] / 1000, line[above[0]] / 1000
        yield seen.escape("I2", first + int(above[0]), found, bound, "N, above the rate asked for")


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
    travel = ints_of(seen.history.travel_um)
    far = int(np.abs(travel[runs] - travel[runs[0]]).max())
    case = seen.case
    limits = limits_for(case.rig, case.limits)
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
    off_ms = _off_ms(name, int(force[onset]), config)
    if off_ms and within_ms is not None and one.span_ms < 0:
        last = onset + off_ms // TICK_MS
        if last < seen.run.size and seen.enabled[last]:
            yield seen.escape("I4", onset, off_ms, off_ms, f"ms with power and {name}")
    if within_ms is None or (one.span_ms >= 0 and one.span_ms <= within_ms + TICK_MS):
        return
    last = onset + -(-round(within_ms) // TICK_MS)
    if last < seen.run.size and seen.run[onset : last + 1].all():
        yield seen.escape("I4", onset, within_ms, within_ms, f"ms in RUN with {name}")


OFF_MS: Final = {"strap-break": 50, "cell-a-inverted": 60, "cell-b-inverted": 60, "cells-inverted": 60}
"""H13 and H16: what asks for power off, and within so long, a tick included."""


def _off_ms(name: str, force_mn: int, config: ControllerConfig) -> int:
    """Return within how many ms a fault at this force has to find the power off; 0: it need not."""
    if name in ("cell-a-inverted", "cell-b-inverted") and force_mn > -config.cell_min_mn - ASTRAY_MN:
        return 0  # it reads below its range: H14, and the other cell is there to release by
    return OFF_MS.get(name, 0)


ASTRAY_UM: Final = 1600
"""H17: 1 mm, and what the carriage lags behind its command at its fastest in a run."""
ASTRAY_MS: Final = 60


def _astray(seen: Seen) -> Iterator[Escape]:
    """H17: a carriage that is elsewhere than it was told to be has no power after 1 mm and 60 ms."""
    names = [one.fault.name for one in seen.case.injections]
    if len(names) != 1 or names[0] not in ("motor-runaway", "motor-reversed", "motor-jammed"):
        return
    onset = seen.history.onsets[0]
    if onset is None:
        return
    told = np.cumsum(ints_of(seen.history.velocity_um_per_s[onset:])) // 100
    travel = ints_of(seen.history.travel_um[onset:])
    astray = np.flatnonzero(np.abs(travel - travel[0] - told) > ASTRAY_UM)
    if not astray.size:
        return
    last = onset + int(astray[0]) + ASTRAY_MS // TICK_MS
    if last < seen.enabled.size and seen.enabled[onset : last + 1].all():
        yield seen.escape("I4", last, float(ASTRAY_MS), float(ASTRAY_MS), "ms with power, astray")


def _moved_ms(seen: Seen, onset: int, stuck_um: int) -> float | None:
    """Return when a stuck cell has had 1 mm of travel to change over, within the time one is watched for."""
    travel = ints_of(seen.history.travel_um[onset : onset + 190])
    if seen.force[onset] < seen.bounds.slack + 3000:
        return None
    moved = np.flatnonzero(np.abs(travel - travel[min(8, travel.size - 1)]) > stuck_um + 60)
    return float(moved[0] + 3) * TICK_MS if moved.size and moved[0] > 8 else None
