"""The virtual world of one case: engine, guard, driver, codec, link, controller, recorder and physics.

All of them are the product's own, in one thread on virtual time: a case gives the same history in every
process. What only the world supplies are the clocks, the bytes on their way, the disk, and the people.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final

from traction.campaign.asked import AFTER, ASKING, NAMES, asked_plan
from traction.campaign.case import WIRE, Case, Rig, Said, Wish
from traction.campaign.history import ENABLED, FIRST_MS, TICK_MS, History
from traction.campaign.hosts import (
    CampaignLine,
    CampaignTable,
    HostClock,
    HostSim,
    TerseLink,
    TrueTime,
    VirtualDisk,
)
from traction.campaign.intruder import intrude_direct, intrude_wire
from traction.campaign.lone_guard import run_guard, run_proof
from traction.campaign.lone_kinds import CONTROLLER, GUARD, PROOF
from traction.campaign.obedient import LoneSim
from traction.campaign.plans import plan_for
from traction.campaign.reckless import run_reckless
from traction.campaign.tape import Tape
from traction.controller.core import Controller
from traction.drivers.base import Driver
from traction.drivers.guarded import GuardedDriver
from traction.drivers.serial import WireDriver
from traction.protocol.happened import NOTHING
from traction.runner.replanner import InlineReplanner, Replanner
from traction.runner.requests import Request, Requests
from traction.runner.session import run_session
from traction.sim.faults import FOR_EVER, HOST, ON, Injection
from traction.sim.kernel import Truths
from traction.sim.patient import Patient, make_patient

TOKEN: Final = 4711
TICK_US: Final = 10_000
LIVE_ON_US: Final = 14_000_000
"""So long the table lives on by itself at most: a lease, a release, and the fall through to power off."""
LOOK_US: Final = 100_000
SETTLED_TICKS: Final = 50
LATE_TICKS: Final = 120
"""A fault may begin so long after the host has ended, with the controller alone."""
KEYS_EVERY_MS: Final = (60, 700)


@lru_cache(maxsize=32)
def patient_of(region: str, couch: str, disc: str, mass_kg: float, slack_mm: float) -> Patient:
    """Return who lies there."""
    return make_patient(region, couch=couch, disc=disc, mass_kg=mass_kg, values={"slack_mm": slack_mm})


@dataclass(frozen=True, slots=True)
class _Table:
    """The table of a case, by whichever way the host reaches it."""

    driver: Driver
    live: Callable[[], object]
    controller: Callable[[], Controller]
    crash: Callable[[], None]
    intrude: Callable[[], str]
    expect: Callable[[tuple[Injection, ...]], None]


ALONE: Final[Mapping[str, Callable[[Case], History]]] = MappingProxyType(
    {CONTROLLER: run_reckless, GUARD: run_guard, PROOF: run_proof}
)
"""What runs a case in which one layer stands alone, where that is no session."""


def run(case: Case) -> History:
    """Run one case and return all that happened; raises RefusedError for a plan that may not run."""
    if case.lone in ALONE:
        return ALONE[case.lone](case)
    return World(case).run()


class World:
    """One case from power-up until the table has come to rest."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.replanner: Replanner | None = None
        if case.ask is None:
            self.plan = plan_for(case.rig, case.plan, case.limits)
        else:
            work = partial(asked_plan, case.rig, case.plan, case.limits, case.ask)
            self.plan, self.replanner = work(NOTHING), InlineReplanner(work)
        self.history = History()
        self.true = TrueTime()
        sleeps = any(one.fault.name == "host-suspend" for one in case.injections)
        self.clock = HostClock(self.true, self.begin, sleeps)
        self.disk = VirtualDisk(self.clock)
        self.chance = random.Random(case.seed)
        self.requests = Requests()
        self.start_us = 0  # from where the case counts its times
        self.table = self._wired() if case.transport == WIRE else self._direct()

    # ---- building --------------------------------------------------------------------------------------

    def faults(self) -> tuple[Injection, ...]:
        """Return what goes wrong outside of the host."""
        return tuple(one for one in self.case.injections if one.fault.side != HOST)

    def _patient(self) -> Patient:
        rig: Rig = self.case.rig
        return patient_of(rig.region, rig.couch, rig.disc, rig.mass_kg, rig.slack_mm)

    def _direct(self) -> _Table:
        rig, history = self.case.rig, self.history

        def watch(controller: Controller, truths: Truths) -> None:
            history.watch(controller, truths, bench is not None and bench.dead)

        sim = (LoneSim if self.case.lone else HostSim)(
            self.true,
            self._patient(),
            drive=rig.drive,
            seed=rig.seed,
            faults=self.faults(),
            watch=watch if self.faults() else history.watch,  # without faults it is never dead
        )
        bench = sim.bench
        sim.host, sim.gone = self.clock, False
        if isinstance(sim, LoneSim):
            sim.play(self.case.trick, history, round(1000 * self.plan.limits.max_force_n))

        def crash() -> None:
            sim.gone = True

        def intrude() -> str:
            sim.true_force_n()
            return intrude_direct(sim.controller)

        return _Table(sim, sim.true_force_n, lambda: sim.controller, crash, intrude, sim.expect)

    def _wired(self) -> _Table:
        rig, history, true = self.case.rig, self.history, self.true
        emulated = CampaignTable(
            self._patient(), drive=rig.drive, seed=rig.seed, faults=self.faults(), make_link=TerseLink
        )
        for _ in range(1 - FIRST_MS // TICK_MS):  # it was on before anybody listened
            history.watch(emulated.controller, emulated.truths)
        line = CampaignLine(emulated, true, self.case.latency_us, history)

        def crash() -> None:
            line.cut = True

        def intrude() -> str:
            line.live()
            return intrude_wire(emulated, true.now)

        driver = WireDriver(lambda: line, self.clock, TOKEN)
        return _Table(driver, line.live, lambda: emulated.controller, crash, intrude, emulated.expect)

    # ---- running ---------------------------------------------------------------------------------------

    def run(self) -> History:
        """Run the session and let the table come to rest."""
        history, table = self.history, self.table
        clock = self.clock
        recorder = Tape(self.disk, history, self.true)
        with GuardedDriver(table.driver, clock) as driver:
            result = run_session(
                self.plan, driver, clock, recorder, requests=self.requests, replanner=self.replanner
            )
        history.host_ended = history.ticks
        if not history.crashed:
            history.result = result
        history.record = self.disk.getvalue()
        self.live_on()
        history.onsets = [self._onset(one) for one in self.case.injections]
        return history

    def live_on(self) -> None:
        """Let the table live, without a host, until it rests."""
        history, true = self.history, self.true
        end_us = true.now + LIVE_ON_US
        while true.now < end_us and not self._rests():
            true.now += LOOK_US
            self.table.live()
        history.settled = self._rests()

    def _rests(self) -> bool:
        history, slack_mn = self.history, round(self.plan.limits.slack_n * 1000)
        if history.start is None:
            return True
        latest_ms = max((one.at_ms for one in self.case.injections if one.fault.side != HOST), default=0)
        latest = min(history.start + latest_ms // TICK_MS, history.host_ended + LATE_TICKS)
        if history.ticks < latest + SETTLED_TICKS:
            return False  # what goes wrong soon after the end finds it alive
        marks = history.marks[-SETTLED_TICKS:]
        return (
            not any(mark & ENABLED for mark in marks) and max(history.force_mn[-SETTLED_TICKS:]) <= slack_mn
        )

    def _onset(self, one: Injection) -> int | None:
        if one.at_ms <= ON:  # from power-up, whose first tick ends 10 ms after it
            index: int | None = max((ON - one.at_ms) // TICK_MS - 1, 0)
        else:
            index = self.history.index_of(one.at_ms)
        return index if index is not None and index < self.history.ticks else None

    # ---- what happens to the host ----------------------------------------------------------------------

    def begin(self) -> bool:
        """Plan what people want and what goes wrong with the host, once the drive has been switched on."""
        if not self.table.controller().motion.enabled:
            return False
        self.start_us = (self.true.now // TICK_US + 1) * TICK_US
        self.plan_for_host(self.case.wishes)
        for one in self.case.said:
            self.clock.plan(self.start_us + 1000 * one.at_ms, partial(self._say, one))
        return True

    def plan_for_host(self, wishes: Sequence[Wish]) -> None:
        """Plan these wishes, and what goes wrong with the host."""
        for wish in wishes:
            self.clock.plan(self.start_us + 1000 * wish.at_ms, partial(self._ask, wish.what))
        for one in self.case.injections:
            if one.fault.side == HOST:
                self._plan_fault(one, self.start_us + 1000 * max(one.at_ms, 0))

    def _plan_fault(self, one: Injection, at_us: int) -> None:
        clock, disk = self.clock, self.disk
        for_us = round(1e6 * (one.value or 0.0))
        match one.fault.name:
            case "host-stall":
                clock.plan(at_us, partial(clock.stall, for_us))
            case "host-suspend":
                clock.plan(at_us, partial(clock.sleep, for_us))
            case "host-crash":
                clock.plan(at_us, self._crash)
            case "clock-jump":
                clock.plan(at_us, partial(clock.set_wall, for_us))
            case "disk-full":
                self._switch(one, at_us, lambda on: setattr(disk, "full", on))
            case "disk-slow":
                self._switch(one, at_us, lambda on: setattr(disk, "slow_us", for_us if on else 0))
            case "double-start":
                clock.plan(at_us, self._intrude)
            case "ghost-keys":
                self._plan_keys(one, at_us)

    def _switch(self, one: Injection, at_us: int, turn: Callable[[bool], None]) -> None:
        self.clock.plan(at_us, partial(turn, True))
        if one.span_ms != FOR_EVER:
            self.clock.plan(at_us + 1000 * one.span_ms, partial(turn, False))

    def _plan_keys(self, one: Injection, at_us: int) -> None:
        end_us = at_us + 1000 * (one.span_ms if one.span_ms != FOR_EVER else 20_000)
        while at_us < end_us:
            what = self.chance.choice(
                (Request.PAUSE, Request.RESUME, Request.PAUSE, Request.RESUME, Request.STOP)
            )
            self.clock.plan(at_us, partial(self._ask, what))
            at_us += 1000 * self.chance.randint(*KEYS_EVERY_MS)

    def _ask(self, what: Request) -> None:
        self.history.told[self.history.ticks] = what
        ask: dict[Request, Callable[[], object]] = {
            Request.PAUSE: self.requests.pause,
            Request.RESUME: self.requests.resume,
            Request.STOP: self.requests.stop,
            Request.FAST_STOP: self.requests.fast_stop,
            Request.EASE: self.requests.ease,
        }
        ask[what]()

    def _say(self, one: Said) -> None:
        self.history.told[self.history.ticks] = one.value
        if one.field:
            self.requests.edit(NAMES[AFTER], one.field, one.value)
        else:
            self.requests.answer(NAMES[ASKING], one.value)

    def _crash(self) -> None:
        self.table.live()
        self.history.crashed = True
        self.history.told[self.history.ticks] = "crash"
        self.table.crash()
        self.disk.crash(self.chance)

    def _intrude(self) -> None:
        self.history.told[self.history.ticks] = self.table.intrude()
