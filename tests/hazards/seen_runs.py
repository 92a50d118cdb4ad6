"""Hazards that are met in a session."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import traction
from tests.hazards.seen_one import Shown
from traction.campaign.case import WIRE
from traction.campaign.history import TICK_MS
from traction.campaign.phases import PAUSED, SHAPES, base_case, host_rows, spans
from traction.campaign.world import run
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.errors import TableError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request
from traction.runner.session import run_session
from traction.runner.states import State
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.testing import session
from traction.testing.bench import BODY
from traction.testing.simulated import simulated
from traction.testing.table import SternClock
from traction.wire import codes, frame, messages

PAUSES: Final = (State.PAUSING, State.PAUSED)
FULL_N: Final = 59.0
"""Of 60 N."""
TABLE: Final = ("lumbar", "back-drivable", WIRE)


def unplugged() -> Shown:
    """H25: the port goes at full force; a host that opens it under another name asks for its own table."""
    clock = SternClock()
    emulated = make_emulated(read_options(parse_url(BODY), TableSetup()))
    line = MemoryLine(emulated, clock)
    gone_us: list[int] = []
    left_us: list[int] = []

    def force() -> float:
        line.live()
        force_n = emulated.true_force_n()
        if force_n > FULL_N and not gone_us:
            line.cut = True
            gone_us.append(clock.now_us())
        if gone_us and not left_us and emulated.controller.state != codes.STATE_RUN:
            left_us.append(clock.now_us())
        return force_n

    ended = session.run(WireDriver(lambda: line, clock, 4711), clock, force)
    line.cut = False
    try:
        WireDriver(lambda: line, clock, 4712, serial_number=1).open()
        other = "taken for it"
    except TableError as error:
        other = f"refused ({error.code})"
    last_n = ended.trace[-1][1]
    return Shown(
        "the port goes at full force, and another controller is behind the name under which one comes back",
        f"{ended.outcome}; the controller releases by itself, to {last_n:.1f} N; the other one is {other}",
        ended.code,
        (left_us[0] - gone_us[0]) / 1000,
        ended.peak_n,
        1.05 * ended.limit_n + 5.0,
        held=ended.outcome == "FAULTED" and last_n < session.SLACK_N and other == "refused (E537)",
    )


def edited() -> Shown:
    """H36: the file asks for far more force as soon as it was proved."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "short.toml"
        file.write_text(PULL, encoding="utf-8")
        proved = traction.verify(file, table="sim:?seed=3")
        file.write_text(PULL.replace("120 N", "800 N"), encoding="utf-8")
        result = traction.run(proved)
    force_n = float(result.samples()["force_n"].max())
    return Shown(
        "a protocol of 120 N is rewritten to 800 N after its proof",
        f"{result.outcome}: the session is that of the file as it was proved",
        force_n=force_n,
        most_n=1.05 * 120.0 + 5.0,
        held=str(result.outcome) == "COMPLETED",
        when="the file is read once",
    )


class _Through:
    """A driver behind which something is altered."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._driver, verb)


def no_number() -> Shown:
    """H37: a driver gives a force that is no number, in the middle of a session."""
    clock = SternClock()
    table = simulated(BODY, clock)
    since_us: list[int] = []

    stopped_us: list[int] = []

    class NoNumber(_Through):
        def poll(self) -> Any:
            said = self._driver.poll()
            if said is None or table.true_force_n() < FULL_N:
                return said
            since_us.append(clock.now_us())
            return said._replace(force_mn=math.nan)

        def stop(self, kind: Any) -> None:
            stopped_us.append(clock.now_us())
            self._driver.stop(kind)

    ended = session.run(NoNumber(table.link.driver), clock, table.true_force_n)
    return Shown(
        "a driver gives a force that is not a number, at full force",
        f"{ended.outcome}; released, to {ended.trace[-1][1]:.1f} N",
        ended.code,
        (stopped_us[0] - since_us[0]) / 1000,
        ended.peak_n,
        1.05 * ended.limit_n + 5.0,
        held=ended.outcome in ("TRIPPED", "FAULTED") and ended.trace[-1][1] < session.SLACK_N,
    )


def resumed() -> Shown:
    """H45: a session goes on from its pause, and the plan is at full force."""
    history = run(base_case(PAUSED, *TABLE))
    first, last = (history.index_of(at_ms) or 0 for at_ms in spans(PAUSED, *TABLE)["RESUMING"])
    force_n = [one / 1000 for one in history.force_mn]
    ticks = 100 // TICK_MS
    steepest = max(10 * (force_n[at] - force_n[at - ticks]) for at in range(first + ticks, last))
    shape = SHAPES["lumbar"]
    return Shown(
        f"a session resumes at {force_n[first]:.0f} N, where its plan is at {shape.peak_n:.0f} N",
        f"it goes up by {steepest:.1f} N/s at most over 100 ms, {1.5 * shape.up_n_per_s:.1f} N/s trip",
        force_n=max(force_n),
        most_n=1.05 * 1.1 * shape.peak_n + 5.0,
        held=0.0 < steepest < 1.5 * shape.up_n_per_s,
        when="never",
    )


def paused() -> Shown:
    """H46: a pause that nobody ends."""
    case = base_case(PAUSED, *TABLE)
    wishes = tuple(one for one in case.wishes if one.what is Request.PAUSE)
    limits = tuple((name, 120.0 if name == "max_hold_s" else most) for name, most in case.limits)
    history = run(replace(case, wishes=wishes, limits=limits))
    result = history.result
    held = [history.at_ms(at) for at, state, _ in host_rows(history) if State(state) in PAUSES]
    at = history.index_of(round(result.causes[0].t_us / 1000) - 1000) or 0
    return Shown(
        f"a session is paused at {SHAPES['lumbar'].peak_n:.0f} N, and nobody comes back",
        f"{result.outcome}: down to {history.force_mn[at] / 1000:.0f} N at once, and released",
        result.code,
        held[-1] - held[0],
        history.force_mn[at] / 1000,
        SHAPES["lumbar"].take_up_n + 5.0,
        held=not case.injections and max(history.force_mn[-10:]) < 1000 * session.SLACK_N,
    )


def altered_limits() -> Shown:
    """H51: the limits that come back differ by a thousandth of a newton from those that were sent."""
    clock = SternClock()
    emulated = make_emulated(read_options(parse_url(BODY), TableSetup()))

    class Altered(MemoryLine):
        __slots__ = ()

        def to_host(self, data: bytes) -> bytes:
            made = b""
            for one in data.splitlines(keepends=True):
                letter, values = frame.decode(one)
                if letter == messages.READ_BACK:
                    values = (*values[:3], values[3] + 1, *values[4:])
                made += frame.encode(letter, values)
            return made

    line = Altered(emulated, clock)
    ended = session.run(WireDriver(lambda: line, clock, 4711), clock, emulated.true_force_n)
    return Shown(
        "a limit is read back 0.001 N higher than it was sent",
        f"{ended.outcome}: {ended.result.causes[0].detail}",
        ended.code,
        force_n=ended.peak_n,
        when="before anything moves",
        held=ended.outcome in ("FAULTED", "REFUSED"),
    )


class Steady(SternClock):
    """A clock that jumps and calls itself real, so that what belongs to real time happens."""

    __slots__ = ()
    realtime = may_sleep = True


def nobody() -> Shown:
    """H50: nobody touches anything for six minutes."""
    clock = Steady()
    clock.may_wait = True
    table = simulated(BODY, clock)
    pulls = [
        part for _ in range(8) for part in (Hold(60.0, 50.0), Ramp(60.0, 30.0, 3.0), Ramp(30.0, 60.0, 3.0))
    ]
    plan = session.plan_of(Profile.of(Ramp(0.0, 60.0, 3.0), *pulls, Ramp(60.0, 0.0, 3.0)))
    forces: list[float] = []
    clock.passes = lambda _us: forces.append(table.true_force_n())
    with GuardedDriver(table.link.driver, clock) as guard:
        result = run_session(plan, guard, clock, record_to_memory(), attended=True)
    asked = [one.t_us for one in result.record().events if one.name == "attendance"]
    return Shown(
        "a session of seven minutes in real time, and nobody gives a sign",
        f"{result.outcome}: asked after {asked[0] / 1e6:.0f} s, released to {forces[-1]:.1f} N",
        result.code,
        result.causes[0].t_us / 1000,
        max(forces),
        1.05 * plan.limits.max_force_n + 5.0,
        held=forces[-1] < session.SLACK_N,
    )


PULL: Final = """\
format = 1
name = "short"
title = "A short pull"
region = "lumbar"
[source]
citation = "Written to show a hazard."
evidence = "engineering"
confirmed = true
caution = "Only for the simulator."
assumed = ["everything"]
[session]
count = "always"
hold_by = "force"
[rates]
up = "25 N/s"
down = "60 N/s"
[take_up]
force = "20 N"
timeout = "60 s"
[[phase]]
name = "main"
type = "intermittent"
high = "120 N"
low = "30 N"
hold = "2 s"
rest = "2 s"
repeat = 1
[end]
rate = "40 N/s"
residual = "0 N"
"""

SHOWS: Final[Mapping[str, Callable[[], Shown]]] = MappingProxyType(
    {
        "H25": unplugged,
        "H36": edited,
        "H37": no_number,
        "H45": resumed,
        "H46": paused,
        "H50": nobody,
        "H51": altered_limits,
    }
)
