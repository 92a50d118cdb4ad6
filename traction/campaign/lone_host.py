"""What a host alone owes, its guard alone, and its proof alone; and the program and plans that try them.

A host sees a sample every 20 ms and needs three of them where the controller needs three of 10 ms, so the
drive may pull on for ``LATER_S`` longer than with a controller; that is added to the bounds, at k v t.
States, faults, latch and limits are the controller's and not asked of it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from traction.campaign import rules_force, rules_state
from traction.campaign.bounds import harness_of
from traction.campaign.case import HOLD, Case, Leg
from traction.campaign.history import TICK_MS, Asked, History
from traction.campaign.hosts import HostClock, TrueTime
from traction.campaign.obedient import STOPPED, TRICK, TRICKS, LoneSim
from traction.campaign.plans import plan_for, profile_of
from traction.campaign.reckless_asks import REFUSE
from traction.campaign.seen import Escape, Seen
from traction.drivers.base import LEASE_MS, ControllerLimits, SetPoint, StopKind
from traction.drivers.guarded import GuardedDriver
from traction.errors import RefusedError, TableError
from traction.runner.plan import controller_limits
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
    """I4: the line of a release, ``LATER_S`` later than the controller's own."""
    left = seen.left_run
    if left is None or seen.bounds.may_stay:
        return
    force = seen.force[left:]
    seconds = np.arange(force.size) * TICK_MS / 1000 - LATER_S
    dumped = bool((seen.state[left:] == codes.STATE_DUMPED).any())
    line = seen.bounds.line(float(force[0]), seconds, dumped)
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


# ---- the guard alone ---------------------------------------------------------------------------------------


def run_guard(case: Case) -> History:
    """Run a program without sense behind the guard, before an obedient table."""
    from traction.campaign.world import patient_of

    chosen, history, true = case.rig, History(), TrueTime()
    clock = HostClock(true, lambda: False)
    patient = patient_of(chosen.region, chosen.couch, chosen.disc, chosen.mass_kg, chosen.slack_mm)
    sim = LoneSim(true, patient, drive=chosen.drive, seed=chosen.seed, watch=history.watch)
    sim.host, sim.gone = clock, False
    limits = controller_limits(plan_for(chosen, case.plan, case.limits).limits)
    sim.play("", history, limits.max_force_mn)
    with GuardedDriver(sim, clock) as driver:
        _Program(case, driver, clock, history, limits).run()
    history.host_ended = history.ticks
    return history


class _Program:
    def __init__(
        self, case: Case, driver: GuardedDriver, clock: HostClock, history: History, limits: ControllerLimits
    ) -> None:
        self.chance = random.Random(f"program {case.seed}")
        self.driver, self.clock, self.history, self.limits = driver, clock, history, limits

    def _refused(self, says: str, ask: Any, *values: Any) -> None:
        """Ask for what has to be refused, and that the table is told to stop."""
        history = self.history
        try:
            ask(*values)
        except TableError:
            taken = not any(one.must == STOPPED for one in history.asked)
        except (TypeError, ValueError):  # it has begun to reckon with what is no number
            taken = True
        else:
            taken = True
        history.asked.append(Asked(max(history.ticks - 1, 0), REFUSE, says, taken))

    def run(self) -> None:
        """Do right until the one thing that is wrong."""
        driver, chance, limits = self.driver, self.chance, self.limits
        driver.open()
        driver.load_limits(limits)
        early = chance.random()
        if early < 0.1:
            looser = replace(limits, max_force_mn=limits.max_force_mn + 1)
            return self._refused("looser limits", driver.load_limits, looser)
        if early < 0.2:
            return self._refused("a start that nobody armed", driver.go, 1)
        nonce = driver.arm()
        if early < 0.35:
            return self._refused("another start number", driver.go, nonce ^ 1)
        driver.go(nonce)
        goal = 0
        step = limits.max_rate_up_mn_per_s * 20 // 1000
        ticks = chance.randint(2, 60) if chance.random() < 0.6 else limits.max_force_mn // step + 2
        for _ in range(ticks):
            self.clock.wait_until_us(self.clock.now_us() + 20_000)
            sample = driver.poll()
            goal = min(goal + step, limits.max_force_mn)
            driver.setpoint(SetPoint(goal, limits.max_rate_up_mn_per_s, 0, LEASE_MS, sample.seq))
        self.clock.wait_until_us(self.clock.now_us() + 20_000)
        seq = driver.poll().seq
        says, values = self._bad(goal, step, seq)
        if says == "an old echo":
            self.clock.wait_until_us(self.clock.now_us() + 201_000)
        return self._refused(says, driver.setpoint, SetPoint(*values))

    def _bad(self, goal: int, step: int, seq: int) -> tuple[str, tuple[Any, ...]]:
        limits = self.limits
        rate = max(limits.max_rate_up_mn_per_s, limits.max_rate_down_mn_per_s)
        good = (goal, rate, codes.MODE_FORCE, LEASE_MS, seq)
        fall = limits.max_rate_down_mn_per_s * 45 // 1000 + 4
        ways: list[tuple[str, int, Any]] = [
            ("a target above the limit", 0, limits.max_force_mn + 1),
            ("a target too far up", 0, min(goal + 2 * step + step // 4 + 4, limits.max_force_mn + 1)),
            ("a target below 0", 0, -1),
            ("a target that is no number", 0, self.chance.choice((math.nan, float(goal), None, True))),
            ("a rate above the limit", 1, rate + 1),
            ("another mode", 2, 2),
            ("a lease too long", 3, LEASE_MS + 1),
            ("no lease", 3, 0),
            ("an echo of an older sample", 4, seq - 1),
            ("an echo of the future", 4, seq + 1),
            ("an old echo", 4, seq),
        ]
        if goal > fall:
            ways.append(("a target too far down", 0, goal - fall))
        says, place, value = self.chance.choice(ways)
        return says, (*good[:place], value, *good[place + 1 :])


def judge_asked(history: History) -> Iterator[Escape]:
    """Yield what was taken though it had to be refused."""
    for one in history.asked:
        if one.must == REFUSE and one.taken:
            yield Escape("I5", history.at_ms(one.tick), 1.0, 0.0, f"taken: {one.says}")


# ---- the proof alone ---------------------------------------------------------------------------------------


def run_proof(case: Case) -> History:
    """Ask for the proof of a plan that breaks each limit by a little; the figures are sampled, not proved."""
    history = History()
    for name, value in _figures(case):
        if value > 0.0:
            limits = dict(case.limits) | {name: round(0.985 * value, 4)}
            history.asked.append(Asked(0, REFUSE, f"a plan with {name} broken", _proved(case, limits)))
    return history


def _proved(case: Case, limits: dict[str, float]) -> bool:
    try:
        plan_for(case.rig, case.plan, tuple(limits.items()))
    except RefusedError:
        return False
    return True


def _figures(case: Case) -> Iterator[tuple[str, float]]:
    profile = profile_of(case.plan)
    seconds = np.arange(0.0, profile.duration_s, 0.004)
    force = np.array([float(profile.force_at(float(one))) for one in seconds[::5]])
    change = np.diff(force) / 0.02
    yield "max_force_n", float(force.max())
    yield "max_rate_up_n_per_s", 0.9 * float(change.max(initial=0.0))
    yield "max_rate_down_n_per_s", 0.9 * float(-change.min(initial=0.0))
    yield "max_hold_s", max((_holds(leg) for leg in case.plan.legs), default=0.0)
    yield "max_session_s", profile.duration_s
    rest = case.plan.take_up_n
    yield "max_impulse_n_s", 0.98 * float(np.maximum(force - rest, 0.0).sum()) * 0.02


def _holds(leg: Leg) -> float:
    return leg.for_s if leg.shape == HOLD and leg.wave is None else 0.0
