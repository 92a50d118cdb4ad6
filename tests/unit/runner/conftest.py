"""A bench for sessions: short plans, the simulated table, and a scripted table that obeys to the letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from traction.clock import Clock, VirtualClock
from traction.drivers.base import SetPoint, TableSetup, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.drivers.scripted import ScriptedDriver, Sent, sample
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.profile.spans import Span
from traction.runner.engine import Viewer
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.record.recorder import Recorder
from traction.runner.replanner import Replanner
from traction.runner.requests import Requests
from traction.runner.session import SessionResult, run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify
from traction.wire import codes

Change = Callable[[int, Telemetry], "Telemetry | BaseException"]


def spans(
    take_up_n: float = 30.0, high_n: float = 130.0, low_n: float = 60.0, hold_s: float = 3.0, cycles: int = 2
) -> tuple[Span, ...]:
    """Return cycles of ramp, hold, ramp, rest between two levels at 20 N/s, and the way down to 0 N."""
    found: list[Span] = []

    def add(segment: Hold | Ramp, kind: str, cycle: int) -> None:
        start_s = found[-1].end_s if found else 0.0
        found.append(Span(segment, start_s, kind, 0, "main", cycle, counts=True))

    level_n = take_up_n
    for cycle in range(1, cycles + 1):
        add(Ramp(level_n, high_n, (high_n - level_n) / 20), "ramp_up", cycle)
        add(Hold(high_n, hold_s), "hold", cycle)
        add(Ramp(high_n, low_n, (high_n - low_n) / 20), "ramp_down", cycle)
        add(Hold(low_n, hold_s), "rest", cycle)
        level_n = low_n
    add(Ramp(level_n, 0.0, level_n / 20), "end", 0)
    return tuple(found)


def make_plan(
    profile: Profile | None = None,
    *,
    region: str = "lumbar",
    take_up_n: float = 30.0,
    table: str = "sim",
    url: str = "sim:?seed=7",
    seed: int = 7,
) -> SessionPlan:
    """Return a verified plan of about half a minute."""
    facts = load_table(table)
    limits = session_limits(region, facts)
    profile = Profile(spans(take_up_n), rest_n=take_up_n) if profile is None else profile
    return SessionPlan(
        protocol_name="bench",
        protocol_text='name = "bench"\n',
        protocol_digest="0" * 64,
        profile=profile,
        limits=limits,
        verification=verify(profile, limits, facts, take_up_timeout_s=40.0),
        region=region,
        mass_kg=80.0,
        seed=seed,
        take_up_force_n=take_up_n,
        take_up_timeout_s=40.0,
        table=facts,
        table_url=url,
    )


@dataclass
class Obedient:
    """A table as a script: the force is what was commanded a tick ago, and a stop brings it down.

    ``change`` may alter (or replace by an exception) what the table says at each tick after GO. Ticks count
    from 0.
    """

    clock: Clock
    change: Change | None = None
    fall_mn: int = 4_000
    state: int = codes.STATE_IDENTIFIED
    inputs: int = codes.INPUTS_HEALTHY
    force_mn: int = 0
    ticks: int = -1
    driver: ScriptedDriver = field(init=False)
    read: int = 0

    def __post_init__(self) -> None:
        self.driver = ScriptedDriver(self.script(), clock=self.clock)

    def script(self) -> Iterator[Telemetry | BaseException]:
        """Yield what the table says, forever."""
        seq = 0
        while True:
            seq += 1
            self.obey()
            force_mn = self.force_mn + 7 * (seq % 3)
            said: Telemetry | BaseException = sample(
                seq,
                force_mn=force_mn,
                travel_um=self.force_mn // 20,
                state=self.state,
                inputs=self.inputs,
                controller_ms=self.clock.now_us() // 1000,
            )
            if self.ticks >= 0:
                if self.change is not None and isinstance(said, Telemetry):
                    said = self.change(self.ticks, said)
                self.ticks += 1
            yield said

    def obey(self) -> None:
        """Take in what was sent since the last sample."""
        for sent in self.driver.sent[self.read :]:
            if sent.verb == "load_limits":
                self.state = codes.STATE_READY
            elif sent.verb == "go":
                self.state, self.ticks = codes.STATE_RUN, 0
            elif sent.verb == "setpoint" and self.state == codes.STATE_RUN:
                assert isinstance(sent.value, SetPoint)
                self.force_mn = sent.value.target_mn
            elif sent.verb == "stop" and self.state in (codes.STATE_RUN, *RELEASING):
                self.state = RELEASING[int(sent.value) - 1]  # type: ignore[call-overload]
        self.read = len(self.driver.sent)
        if self.state in RELEASING:
            self.force_mn = max(self.force_mn - self.fall_mn, 0)
            if self.force_mn == 0 and self.state != codes.STATE_DUMPED:
                self.state = codes.STATE_DONE


RELEASING = (codes.STATE_RELEASING, codes.STATE_FAST_RELEASING, codes.STATE_DUMPED)


@dataclass
class Bench:
    """Runs sessions and keeps what they were made of."""

    clock: Clock = field(default_factory=VirtualClock)
    sent: list[Sent] = field(default_factory=list)
    table: Obedient | None = None

    def plan(self, profile: Profile | None = None, **facts: object) -> SessionPlan:
        """Return a verified plan; see make_plan."""
        return make_plan(profile, **facts)  # type: ignore[arg-type]

    def spans(self, **facts: float) -> tuple[Span, ...]:
        """Return the spans of a short profile; see spans."""
        return spans(**facts)  # type: ignore[arg-type]

    def simulate(
        self,
        plan: SessionPlan | None = None,
        requests: Requests | None = None,
        recorder: Recorder | None = None,
        replanner: Replanner | None = None,
    ) -> SessionResult:
        """Run a session on the simulated table."""
        plan = plan or make_plan()
        setup = TableSetup(plan.region, plan.mass_kg, plan.seed)
        with open_driver(plan.table_url, clock=self.clock, setup=setup) as driver:
            return run_session(
                plan,
                driver,
                self.clock,
                recorder or record_to_memory(),
                requests=requests,
                replanner=replanner,
            )

    def script(
        self,
        change: Change | None = None,
        *,
        plan: SessionPlan | None = None,
        requests: Requests | None = None,
        recorder: Recorder | None = None,
        viewer: Viewer | None = None,
        replanner: Replanner | None = None,
        attended: bool = False,
        **facts: object,
    ) -> SessionResult:
        """Run a session on the obedient table; ``facts`` are its fields."""
        self.table = Obedient(self.clock, change, **facts)  # type: ignore[arg-type]
        with GuardedDriver(self.table.driver, self.clock) as driver:
            result = run_session(
                plan or make_plan(),
                driver,
                self.clock,
                recorder or record_to_memory(),
                requests=requests,
                viewer=viewer,
                replanner=replanner,
                attended=attended,
            )
        self.sent = [sent for sent in self.table.driver.sent if sent.verb != "poll"]
        return result

    def verbs(self) -> list[str]:
        """Return the verbs of the last scripted session, repeats of one verb in a row counted once."""
        verbs = [sent.verb if sent.verb != "stop" else f"stop {sent.value.name}" for sent in self.sent]  # type: ignore[attr-defined]
        return [verb for index, verb in enumerate(verbs) if index == 0 or verbs[index - 1] != verb]


@pytest.fixture
def bench() -> Bench:
    """Return a fresh bench with a virtual clock."""
    return Bench()
