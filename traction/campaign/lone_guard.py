"""What a guard owes alone, and a proof; and the program and plans that try them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from traction.campaign.case import HOLD, Case, Leg
from traction.campaign.history import Asked, History
from traction.campaign.hosts import HostClock, TrueTime
from traction.campaign.lone_kinds import JUMP, NEGATIVE, UNTRUE
from traction.campaign.obedient import STOPPED, LoneSim
from traction.campaign.plans import plan_for, profile_of
from traction.campaign.reckless_asks import REFUSE
from traction.campaign.seen import Escape
from traction.drivers.base import LEASE_MS, ControllerLimits, SetPoint
from traction.drivers.guarded import GuardedDriver
from traction.errors import RefusedError, TableError
from traction.runner.plan import controller_limits
from traction.wire import codes

CLIMB_TICKS: Final = 30
UNTRUE_MS: Final = 20 * CLIMB_TICKS + 20


def run_guard(case: Case) -> History:
    """Run a program without sense behind the guard, before an obedient table."""
    from traction.campaign.world import patient_of

    chosen, history, true = case.rig, History(), TrueTime()
    clock = HostClock(true, lambda: False)
    patient = patient_of(chosen.region, chosen.couch, chosen.disc, chosen.mass_kg, chosen.slack_mm)
    sim = LoneSim(true, patient, drive=chosen.drive, seed=chosen.seed, watch=history.watch)
    sim.host, sim.gone = clock, False
    limits = controller_limits(plan_for(chosen, case.plan, case.limits).limits)
    sim.play(f"a fraction@{UNTRUE_MS}" if case.trick == UNTRUE else "", history, limits.max_force_mn)
    with GuardedDriver(sim, clock) as driver:
        _Program(case, driver, clock, history, limits).run()
    history.host_ended = history.ticks
    return history


class _Program:
    def __init__(
        self, case: Case, driver: GuardedDriver, clock: HostClock, history: History, limits: ControllerLimits
    ) -> None:
        self.chance = random.Random(f"program {case.seed}")
        self.kind = case.trick
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
        early = 1.0 if self.kind else chance.random()
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
        if self.kind:
            return self._one_thing(step)
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

    def _one_thing(self, step: int) -> None:
        """Climb, and then do the one thing that the case names."""
        rate, goal, mode = self.limits.max_rate_up_mn_per_s, 0, codes.MODE_FORCE
        if self.kind == NEGATIVE:  # so near to what there is that no slope is too steep
            goal = -1 - step
        for tick in range(0 if self.kind == NEGATIVE else CLIMB_TICKS):
            self.clock.wait_until_us(self.clock.now_us() + 20_000)
            seq = self.driver.poll().seq
            goal = min(goal + step, self.limits.max_force_mn // 2)
            if self.kind == JUMP and tick == CLIMB_TICKS - 1:
                mode = codes.MODE_POSITION
            self.driver.setpoint(SetPoint(goal, rate, mode, LEASE_MS, seq))
        self.clock.wait_until_us(self.clock.now_us() + 60_000)
        if self.kind == UNTRUE:
            return self._refused(UNTRUE, self.driver.poll)
        seq = self.driver.poll().seq
        jump = step if self.kind == NEGATIVE else 5 * step
        target = SetPoint(goal + jump, rate, codes.MODE_FORCE, LEASE_MS, seq)
        return self._refused(self.kind, self.driver.setpoint, target)

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


JUST_BROKEN: Final = 0.995
"""A limit so far below what a plan needs is not to pass; a hundredth is already too much."""


def run_proof(case: Case) -> History:
    """Ask for the proof of a plan that breaks each limit by a little; the figures are sampled, not proved."""
    history = History()
    for name, value in _figures(case):
        if value > 0.0:
            limits = dict(case.limits) | {name: round(JUST_BROKEN * value, 4)}
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
