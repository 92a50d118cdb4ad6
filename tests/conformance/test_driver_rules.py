"""The ten rules every driver keeps behind the guard, checked on each table there is."""

import gc
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import count
from typing import Any

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import (
    CAPABILITIES,
    ControllerLimits,
    Identity,
    SetPoint,
    StopKind,
    TableSetup,
    Telemetry,
)
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver, sample
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.errors import TableError
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.sim.table import open_sim
from traction.wire import codes

LIMITS = ControllerLimits(
    max_force_mn=400_000,
    max_rate_up_mn_per_s=50_000,
    max_rate_down_mn_per_s=100_000,
    max_hold_ms=600_000,
    hold_band_mn=20_000,
    max_session_ms=1_800_000,
    max_travel_um=100_000,
    release_rate_mn_per_s=200_000,
    fast_release_rate_mn_per_s=300_000,
    max_release_ms=5000,
    slack_force_mn=10_000,
)
FOREIGN = [None, True, 1.0, float("nan"), "1"]
TICK_US = 20_000


class Stern(VirtualClock):
    """A clock that does not let a driver wait: whoever waits inside a verb would block a real loop."""

    __slots__ = ("in_verb",)

    def __init__(self) -> None:
        super().__init__()
        self.in_verb = True

    def wait_until_us(self, deadline_us: int) -> None:
        assert not self.in_verb, "a verb waited"
        super().wait_until_us(deadline_us)

    def pass_time(self, span_us: int) -> None:
        self.in_verb = False
        self.wait_until_us(self.now_us() + span_us)
        self.in_verb = True


class Link:
    """What lies between the guard and a driver: it notes each call, and may be cut or fail in one verb."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.calls: list[str] = []
        self.failing: str | None = None
        self.cut = False

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def call(*values: object) -> Any:
            self.calls.append(verb)
            if self.cut or verb == self.failing:
                raise OSError(f"{verb}: nobody there")
            return getattr(self.driver, verb)(*values)

        return call


@dataclass
class Table:
    """One table under test: its clock, its guard, and how much force is really there (None: unknown)."""

    clock: Stern
    link: Link
    guard: GuardedDriver
    true_force_n: Callable[[], float] | None

    def prepare(self) -> None:
        self.guard.open()
        self.guard.load_limits(LIMITS)

    def start(self) -> None:
        self.prepare()
        self.guard.go(self.guard.arm())

    def pull(self, target_mn: int = 60_000, seconds: int = 40) -> Telemetry:
        """Run up to ``target_mn`` at 5 N/s and hold; return the last sample."""
        self.start()
        for tick in range(seconds * 50):
            self.clock.pass_time(TICK_US)
            seen = self.guard.poll()
            self.guard.setpoint(point(seen.seq, min(100 * tick, target_mn)))
        return seen


def point(seq: int, target_mn: int = 0, **change: Any) -> SetPoint:
    return SetPoint(target_mn, 10_000, codes.MODE_FORCE, 250, seq)._replace(**change)


def behind_the_guard(driver: Any, clock: Stern, true_force_n: Callable[[], float] | None) -> Table:
    link = Link(driver)
    return Table(clock, link, GuardedDriver(link, clock), true_force_n)


def scripted() -> Table:
    clock = Stern()

    def endless() -> Iterator[Telemetry]:
        for seq in count(1):
            verbs = driver.verbs()
            moving = "go" in verbs and "stop" not in verbs
            yield sample(seq, state=codes.STATE_RUN if moving else codes.STATE_READY)

    driver = ScriptedDriver(endless(), clock=clock)
    return behind_the_guard(driver, clock, None)


def simulated(url: str) -> Table:
    clock = Stern()
    driver = open_sim(parse_url(url), clock, TableSetup())
    return behind_the_guard(driver, clock, driver.true_force_n)


class Wired(WireDriver):
    """The driver of the wire: where nothing moves it may wait for an answer, and nowhere else."""

    def __init__(self, line: MemoryLine, clock: Stern) -> None:
        super().__init__(lambda: line, clock, 4711)
        self.line = line
        self._controller = line.table.controller
        self.press = line.table.press

    def true_force_n(self) -> float:
        self.line.live()
        return self.line.table.true_force_n()

    def _waiting(self, verb: Callable[..., Any], *values: object) -> Any:
        self._clock.in_verb = False  # type: ignore[attr-defined]
        try:
            return verb(*values)
        finally:
            self._clock.in_verb = True  # type: ignore[attr-defined]

    def open(self) -> Identity:
        return self._waiting(super().open)

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        return self._waiting(super().load_limits, limits)

    def arm(self) -> int:
        return self._waiting(super().arm)

    def go(self, nonce: int) -> None:
        self._waiting(super().go, nonce)

    def reset(self, fault: int) -> None:
        self._waiting(super().reset, fault)


def wired(url: str) -> Table:
    clock = Stern()
    line = MemoryLine(make_emulated(read_options(parse_url(url), TableSetup())), clock)
    driver = Wired(line, clock)
    return behind_the_guard(driver, clock, driver.true_force_n)


TABLES: dict[str, Callable[[], Table]] = {
    "scripted": scripted,
    "sim:": lambda: simulated("sim:?seed=5"),
    "sim: self-locking": lambda: simulated("sim:?seed=5&drive=self-locking&couch=fixed"),
    "wire": lambda: wired("sim:?seed=5"),
    "wire: self-locking": lambda: wired("sim:?seed=5&drive=self-locking&couch=fixed"),
}


@pytest.fixture(params=TABLES)
def make(request: pytest.FixtureRequest) -> Callable[[], Table]:
    return TABLES[request.param]


@pytest.fixture
def table(make: Callable[[], Table]) -> Iterator[Table]:
    one = make()
    yield one
    one.guard.close()


@pytest.fixture(params=[name for name in TABLES if name != "scripted"])
def controlled(request: pytest.FixtureRequest) -> Iterator[Table]:
    """Return a table with a controller of its own: a script has no leases, limits or buttons."""
    one = TABLES[request.param]()
    yield one
    one.guard.close()


def assert_told_to_let_go(table: Table) -> None:
    """A stop went out, so the force falls at once: long before the lease of the last set-point ends."""
    assert "stop" in table.link.calls
    if table.true_force_n is not None:
        before_n = table.true_force_n()
        table.clock.pass_time(150_000)
        assert table.true_force_n() < before_n - 5
        table.clock.pass_time(3_000_000)
        assert table.true_force_n() <= 11
        assert fault_of(table) == codes.FAULT_NONE  # an ordinary release, and no lease that ran out


def assert_let_go_by_itself(table: Table) -> None:
    """Nothing went out, and still the force is gone: the lease ran out."""
    if table.true_force_n is not None:
        assert table.true_force_n() > 50
        table.clock.pass_time(6_000_000)
        assert table.true_force_n() <= 11
        assert fault_of(table) == codes.FAULT_LEASE_EXPIRED
    else:
        assert table.link.driver.verbs()[-1] == "setpoint"


def fault_of(table: Table) -> int:
    """Read the latched fault past guard and link, of a closed table too."""
    return int(table.link.driver._controller.latch.fault)


@pytest.mark.parametrize("name", SetPoint._fields)
@pytest.mark.parametrize("value", FOREIGN)
def test_rule_1_only_whole_numbers_cross(table: Table, name: str, value: Any) -> None:
    table.start()
    seen = table.guard.poll()
    for field, number in zip(Telemetry._fields, seen, strict=True):
        assert type(number) is (tuple if field == "channels" else int)
    assert all(type(number) is int for number in seen.channels)
    assert len(seen.channels) == len(table.guard.identity.channels)
    with pytest.raises(TableError):
        table.guard.setpoint(point(seen.seq)._replace(**{name: value}))


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every call by which a program waits an error."""

    def wait(*_values: object, **_names: object) -> None:
        raise AssertionError("a verb waited")

    for module, name in (
        (time, "sleep"),
        (select, "select"),
        (select, "poll"),
        (socket, "create_connection"),
        (subprocess, "Popen"),
        (threading.Event, "wait"),
        (threading.Thread, "join"),
    ):
        monkeypatch.setattr(module, name, wait)


@pytest.mark.usefixtures("no_waiting")
def test_rule_2_no_verb_waits(table: Table) -> None:
    table.pull(seconds=1)  # neither on the session's clock, which would not let it, nor on the machine's
    for kind in StopKind:
        table.guard.stop(kind)
    table.clock.pass_time(3_000_000)
    with suppress(TableError):
        table.guard.reset(table.guard.poll().fault)
    table.guard.close()
    assert {"open", "load_limits", "arm", "go", "setpoint", "poll", "stop", "reset", "close"} == {
        *table.link.calls
    }


def test_rule_2_each_set_point_goes_out_once(table: Table) -> None:
    table.pull(seconds=1)
    assert table.link.calls.count("setpoint") == 50
    if isinstance(table.link.driver, ScriptedDriver):
        assert table.link.driver.verbs().count("setpoint") == 50


def test_rule_2_a_set_point_that_failed_is_not_sent_again(table: Table) -> None:
    last = table.pull(seconds=1)
    table.link.failing = "setpoint"
    with pytest.raises(TableError):
        table.guard.setpoint(point(last.seq, 4_900))
    assert table.link.calls.count("setpoint") == 51


def test_rule_2_nothing_renews_a_set_point_in_secret(controlled: Table) -> None:
    controlled.pull()
    # samples are read all the time, so that whatever rides on them would keep the lease alive
    states = []
    for _ in range(20):
        controlled.clock.pass_time(TICK_US)
        states.append(controlled.guard.poll().state)
    assert states[:11] == [codes.STATE_RUN] * 11
    assert codes.STATE_RUN not in states[13:]
    assert controlled.guard.poll().fault == codes.FAULT_LEASE_EXPIRED


@pytest.mark.parametrize("kind", StopKind)
def test_rule_3_stop_never_raises_and_needs_nothing(table: Table, kind: StopKind) -> None:
    table.guard.stop(kind)
    with suppress(TableError):
        table.guard.open()
    table.guard.stop(kind)
    table.guard.close()
    table.guard.stop(kind)
    assert table.link.calls.count("stop") >= 3


def test_rule_3_stop_works_after_a_refusal(table: Table) -> None:
    last = table.pull()
    with pytest.raises(TableError):
        table.guard.setpoint(point(last.seq, 401_000))
    table.guard.stop(StopKind.FAST)
    assert_told_to_let_go(table)


@pytest.mark.parametrize("verb", ["setpoint", "poll"])
def test_rule_3_stop_works_while_another_verb_fails(table: Table, verb: str) -> None:
    last = table.pull()
    table.link.failing = verb
    with pytest.raises(TableError):
        table.guard.poll() if verb == "poll" else table.guard.setpoint(point(last.seq, 60_000))
    table.guard.stop(StopKind.RELEASE)
    assert_told_to_let_go(table)


WAYS = ["close", "with", "exception", "garbage"]


def leave(table: Table, way: str) -> None:
    if way == "close":
        table.guard.close()
    elif way == "with":
        with table.guard:
            pass
    elif way == "exception":
        with suppress(ZeroDivisionError), table.guard:
            raise ZeroDivisionError
    else:
        del table.guard
        gc.collect()


@pytest.mark.parametrize("way", WAYS)
def test_rule_4_every_way_out_stops_the_table(make: Callable[[], Table], way: str) -> None:
    table = make()
    table.pull()
    assert "stop" not in table.link.calls
    leave(table, way)
    assert table.link.calls[-2:] == ["stop", "close"]
    assert_told_to_let_go(table)


@pytest.mark.parametrize("way", WAYS)
def test_rule_4_where_the_link_is_gone_every_way_out_is_still_quiet(
    make: Callable[[], Table], way: str
) -> None:
    table = make()
    table.pull()
    table.link.cut = True
    leave(table, way)
    assert table.link.calls[-2:] == ["stop", "close"]  # tried, and nothing worse
    assert_let_go_by_itself(table)


def test_rule_4_a_host_that_is_simply_gone_is_let_go_by_the_controller(table: Table) -> None:
    table.pull()
    assert_let_go_by_itself(table)


def test_rule_5_after_an_error_it_says_whether_the_drive_may_be_powered(table: Table) -> None:
    table.guard.open()
    assert table.guard.may_be_powered  # nobody has looked yet
    table.guard.poll()
    assert not table.guard.may_be_powered
    table.guard.load_limits(LIMITS)
    table.guard.go(table.guard.arm())
    with pytest.raises(TableError) as caught:
        table.guard.arm()
    assert table.guard.may_be_powered
    assert caught.value.__notes__ == ["The drive may be powered."]


@pytest.mark.parametrize("verb", ["open", "load_limits", "arm", "go", "setpoint", "poll"])
def test_rule_5_every_error_of_every_verb_says_so(table: Table, verb: str) -> None:
    table.link.failing = verb
    with pytest.raises(TableError) as caught:
        table.pull(seconds=1)
    powered = table.guard.may_be_powered
    assert caught.value.__notes__ == ["The drive may be powered." if powered else "The drive has no power."]


def test_rule_6_samples_carry_number_controller_time_and_boot(table: Table) -> None:
    identity = table.guard.open()
    before: Telemetry | None = None
    for _ in range(100):
        table.clock.pass_time(TICK_US)
        seen = table.guard.poll()
        assert seen.boot_id == identity.boot_id
        assert 0 <= table.clock.now_us() - seen.received_us <= TICK_US
        if before is not None:
            assert seen.seq > before.seq
            assert abs(seen.controller_ms - before.controller_ms - 20) <= identity.tick_ms
        before = seen


@pytest.mark.parametrize("loaded", [False, True])
def test_rule_7_go_needs_limits_read_back_in_this_session(table: Table, loaded: bool) -> None:
    table.guard.open()
    if loaded:
        assert table.guard.load_limits(LIMITS) == LIMITS
        table.guard.go(table.guard.arm())
    else:
        with pytest.raises(TableError):
            table.guard.arm()


def test_rule_8_after_a_link_error_the_driver_is_dead(table: Table) -> None:
    table.pull(seconds=1)
    table.link.cut = True
    with pytest.raises(TableError, match="E507"):
        table.guard.poll()
    table.link.cut = False  # that it comes back changes nothing: a new driver says hello again
    for verb in (table.guard.poll, table.guard.open, table.guard.arm):
        with pytest.raises(TableError) as caught:
            verb()
        assert caught.value.code == "E500"


def test_rule_8_after_a_refusal_it_can_only_be_watched(table: Table) -> None:
    last = table.pull(seconds=1)
    with pytest.raises(TableError):
        table.guard.setpoint(point(last.seq + 1))
    table.clock.pass_time(TICK_US)
    seen = table.guard.poll()
    assert seen.seq > last.seq
    for verb in (table.guard.open, table.guard.arm, lambda: table.guard.setpoint(point(seen.seq))):
        with pytest.raises(TableError) as caught:
            verb()
        assert caught.value.code == "E500"


def test_rule_9_the_same_calls_give_the_same_samples(make: Callable[[], Table]) -> None:
    def trace() -> list[Telemetry]:
        table = make()
        seen = [table.pull(seconds=10)]
        table.guard.stop(StopKind.RELEASE)
        for _ in range(50):
            table.clock.pass_time(TICK_US)
            seen.append(table.guard.poll())
        table.guard.close()
        return seen

    assert trace() == trace()


def test_rule_10_it_says_completely_what_it_is(table: Table) -> None:
    identity = table.guard.open()
    assert type(identity) is Identity
    for field in fields(identity):
        assert getattr(identity, field.name) not in (None, "")
    assert identity.drive in codes.DRIVE_NAMES
    assert identity.region in codes.REGION_NAMES
    assert identity.simulated


def test_rule_10_it_names_what_its_controller_does_by_itself(table: Table) -> None:
    identity = table.guard.open()
    assert identity.capabilities == CAPABILITIES


def test_rule_10_the_promised_lease_and_limits_hold_without_the_guard(controlled: Table) -> None:
    driver = controlled.link.driver
    driver.open()
    driver.load_limits(LIMITS)
    driver.go(driver.arm())

    def send(setpoint: SetPoint) -> None:
        driver.setpoint(setpoint)
        controlled.clock.pass_time(TICK_US)  # over a wire the answer comes after the call
        driver.setpoint(point(driver.poll().seq))

    for wrong in (point(0, LIMITS.max_force_mn + 1), point(0, lease_ms=251)):
        with pytest.raises(TableError, match="E520"):
            send(wrong._replace(echo_seq=driver.poll().seq))
    controlled.clock.pass_time(1_000_000)
    assert driver.poll().state != codes.STATE_RUN  # nobody renewed anything


@pytest.mark.parametrize("name", ["emergency-stop", "patient-stop"])
def test_rule_10_the_promised_stop_inputs_act_without_the_host(controlled: Table, name: str) -> None:
    controlled.pull()
    controlled.link.driver.press(name)
    controlled.clock.pass_time(100_000)  # the lease of the last set-point still runs
    assert controlled.guard.poll().state in (
        codes.STATE_FAST_RELEASING,
        codes.STATE_RELEASING,
        codes.STATE_DUMPED,
    )


@pytest.mark.parametrize("missing", CAPABILITIES)
def test_rule_10_what_is_missing_is_said_and_the_guard_does_not_stand_in(missing: str) -> None:
    clock = Stern()
    kept = tuple(name for name in CAPABILITIES if name != missing)
    driver = ScriptedDriver(clock=clock, identity=replace(IDENTITY, capabilities=kept))
    identity = GuardedDriver(driver, clock).open()
    assert missing not in identity.capabilities
    assert Identity.__dataclass_fields__["capabilities"].default == ()  # who says nothing promises nothing
