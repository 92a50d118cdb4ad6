"""What a host alone owes.

A host sees a sample every 20 ms and needs three of them where the controller needs three of 10 ms, so the
drive may pull on for ``LATER_S`` longer than with a controller; that is added to the bounds, at k v t.
States, faults, latch and limits are the controller's and not asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from traction.campaign import rules_force, rules_state
from traction.campaign.bounds import harness_of
from traction.campaign.history import TICK_MS
from traction.campaign.lone_slips import slips
from traction.campaign.obedient import SLIPS, STOPPED, TRICK, TRICKS
from traction.campaign.seen import Escape, Seen
from traction.drivers.base import StopKind
from traction.sim.faults import Injection
from traction.wire import codes

LATER_S: Final = 0.25
"""Three samples of 20 ms in the place of three of 10 ms, up to 20 ms until the next one, and the slope of a
runaway, which is judged over 100 ms."""

SAMPLED_S: Final = 0.05
"""A hold begins for a host with a sample and ends with one, 20 ms each, and the table hears it in a tick."""

SLEPT_S: Final = 0.52
"""H22: a sleep of more than 0.5 s ends a session for good; a tick more, for a tick may wake late."""
AWAKE_MS: Final = 60
"""The tick that was interrupted, the next one, which sees it, and the table's own."""

RULES: Final = (
    rules_force.i1_force,
    rules_force.i3_time,
    rules_state.i9_numbers,
    rules_state.i15_record,
    rules_force.i14_ends,
)


def judge_host(seen: Seen) -> Iterator[Escape]:
    """Yield every invariant that a host alone did not hold."""
    region = seen.case.rig.region
    speed = 5.0 if region == "lumbar" else 2.0
    later_mn = 1000 * harness_of(region).n_per_mm * speed * LATER_S
    asleep_s = sum(_slept_s(one) for one in seen.case.injections)
    bounds = seen.bounds
    bounds = replace(
        bounds,
        most=bounds.most + later_mn,
        over=bounds.over + later_mn,
        # whoever sleeps stops nobody: what a limit of time or impulse is overrun by is the sleep itself
        max_hold_s=bounds.max_hold_s + SAMPLED_S + asleep_s,
        max_session_s=bounds.max_session_s + asleep_s,
        max_impulse=bounds.max_impulse + asleep_s * bounds.most,
    )
    seen = replace(seen, bounds=bounds)
    name = seen.case.trick.partition("@")[0]
    for rule in RULES:
        yield from rule(seen)
    yield from _awake(seen)
    if name not in ("deaf", "slow"):  # where the table does not let go a host owes the next step: see below
        yield from _line(seen)
    yield from _answers_tricks(seen, name)
    if name == SLIPS:
        yield from slips(seen)
    if name in ("deaf", "slow"):
        yield from _goes_on(seen, name)


def _slept_s(one: Injection) -> float:
    return one.value or 0.0 if one.fault.name == "host-suspend" else 0.0


def _awake(seen: Seen) -> Iterator[Escape]:
    """H22: a machine that has slept for longer than ``SLEPT_S`` lets go when it is awake again."""
    for one, onset in zip(seen.case.injections, seen.history.onsets, strict=True):
        if onset is None or _slept_s(one) <= SLEPT_S:
            continue
        last = onset + round(_slept_s(one) / 0.01) + AWAKE_MS // TICK_MS
        if last < seen.run.size and seen.run[onset : last + 1].all():
            yield seen.escape("I4", last, AWAKE_MS, AWAKE_MS, "ms awake after a sleep, and the run goes on")


def _line(seen: Seen) -> Iterator[Escape]:
    """I4: the line of a release, ``LATER_S`` later than the controller's own, and at half the rate.

    A table of no safety keeps no rate, not even that of a cell it should not believe; a host calls a release
    late that is behind half its rate, and no other.
    """
    left = seen.left_run
    if left is None or seen.bounds.may_stay:
        return
    force = seen.force[left:]
    seconds = np.arange(force.size) * TICK_MS / 1000 - LATER_S
    dumped = bool((seen.state[left:] == codes.STATE_DUMPED).any())
    bounds = replace(seen.bounds, rate=seen.bounds.rate / 2)
    line = bounds.line(float(force[0]), seconds, dumped)
    above = np.flatnonzero(force > line)
    if above.size:
        first = int(above[0])
        yield seen.escape("I4", left + first, force[first] / 1000, line[first] / 1000, "N on the way down")


def _stops(seen: Seen, since: int) -> list[tuple[int, StopKind]]:
    return [
        (one.tick, StopKind[one.says])
        for one in seen.history.asked
        if one.must == STOPPED and one.tick >= since
    ]


def _answers_tricks(seen: Seen, name: str) -> Iterator[Escape]:
    for one in seen.history.asked:
        if one.must != TRICK:
            continue
        trick = TRICKS[name]
        earlier = any(each.must == STOPPED and each.tick < one.tick for each in seen.history.asked)
        if earlier or trick.within_ms is None:
            continue
        last = one.tick + -(-trick.within_ms // TICK_MS)
        found = [index for index, kind in _stops(seen, one.tick) if kind >= trick.kind]
        first = min(found, default=None)
        ended = seen.history.host_ended
        if (first is None and ended > last) or (first is not None and first > last):
            took = float("inf") if first is None else float((first - one.tick) * TICK_MS)
            yield seen.escape(
                "I4", one.tick, took, float(trick.within_ms), f"ms to {trick.kind.name} on {name!r}"
            )


NEXT_MS: Final = {"deaf": 400, "slow": 8600}
"""A controller that stays in RUN is answered after 300 ms; a release that hardly moves after its longest
time, 5 s, and the grace of 1.5 s, and a fast release of 2 s."""


def _goes_on(seen: Seen, name: str) -> Iterator[Escape]:
    start = seen.history.start
    if start is None:
        return
    since = start + -(-int(seen.case.trick.partition("@")[2]) // TICK_MS)
    stops = _stops(seen, 0)
    # a table that was told while it still heard obeys; one that is slow is so from then on
    begun = next((index for index, _ in stops if index >= start), None)
    if begun is None or (name == "deaf" and begun < since):
        return
    last = begun + NEXT_MS[name] // TICK_MS
    still = seen.force[min(last, seen.force.size - 1)] > seen.bounds.slack
    off = any(kind is StopKind.OFF and index <= last for index, kind in stops)
    if name == "deaf":
        still = True
    if still and not off and seen.history.host_ended > last:
        yield seen.escape("I4", begun, float("inf"), float(NEXT_MS[name]), f"ms to power off, {name}")
