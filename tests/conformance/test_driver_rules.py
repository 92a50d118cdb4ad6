"""The ten rules every driver keeps behind the guard, checked on each table there is."""

import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import count
from typing import Any

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import ControllerLimits, Identity, SetPoint, StopKind, TableSetup, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.drivers.scripted import ScriptedDriver, sample
from traction.errors import TableError
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


@dataclass
class Table:
    """One table under test: its clock, its guard, and how much force is really there (None: unknown)."""

    clock: Stern
    guard: GuardedDriver
    true_force_n: Callable[[], float] | None
    stops: Callable[[], int] | None  # how often the driver beneath was told to stop

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


def endless() -> Iterator[Telemetry]:
    return (sample(seq) for seq in count(1))


def scripted() -> Table:
    clock = Stern()
    driver = ScriptedDriver(endless(), clock=clock)
    guard = GuardedDriver(driver, clock)
    return Table(clock, guard, None, lambda: driver.verbs().count("stop"))


def simulated(url: str) -> Table:
    clock = Stern()
    guard = open_driver(url, clock=clock, setup=TableSetup())
    return Table(clock, guard, guard._driver.true_force_n, None)  # type: ignore[attr-defined]


TABLES: dict[str, Callable[[], Table]] = {
    "scripted": scripted,
    "sim:": lambda: simulated("sim:?seed=5"),
    "sim: self-locking": lambda: simulated("sim:?seed=5&drive=self-locking&couch=fixed"),
}


@pytest.fixture(params=TABLES)
def make(request: pytest.FixtureRequest) -> Callable[[], Table]:
    return TABLES[request.param]


@pytest.fixture
def table(make: Callable[[], Table]) -> Iterator[Table]:
    one = make()
    yield one
    one.guard.close()


def assert_lets_go(table: Table, told: int) -> None:
    """The table was told to stop, and where its force is known it is gone within the release time."""
    if table.stops is not None:
        assert table.stops() > told
    if table.true_force_n is not None:
        table.clock.pass_time(6_000_000)
        assert table.true_force_n() <= 11


def told(table: Table) -> int:
    return table.stops() if table.stops is not None else 0


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


def test_rule_2_no_verb_waits_and_none_is_repeated(table: Table) -> None:
    table.pull(seconds=1)  # the clock would not let it wait
    table.guard.stop(StopKind.RELEASE)
    table.guard.close()


@pytest.mark.parametrize("kind", StopKind)
def test_rule_3_stop_never_raises_and_needs_nothing(table: Table, kind: StopKind) -> None:
    table.guard.stop(kind)
    with suppress(TableError):
        table.guard.open()
    table.guard.stop(kind)
    table.guard.close()
    table.guard.stop(kind)


def test_rule_3_stop_works_while_another_verb_fails(table: Table) -> None:
    last = table.pull()
    before = told(table)
    with pytest.raises(TableError):
        table.guard.setpoint(point(last.seq, 401_000))
    table.guard.stop(StopKind.FAST)
    assert_lets_go(table, before)


@pytest.mark.parametrize("way", ["close", "with", "exception", "garbage"])
def test_rule_4_every_way_out_lets_go(make: Callable[[], Table], way: str) -> None:
    table = make()
    table.pull()
    if table.true_force_n is not None:
        assert table.true_force_n() > 55
    before = told(table)
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
    assert_lets_go(table, before)


def test_rule_4_a_host_that_is_simply_gone_is_let_go_by_the_controller(table: Table) -> None:
    table.pull()
    if table.true_force_n is not None:
        table.clock.pass_time(6_000_000)
        assert table.true_force_n() <= 11


def test_rule_5_after_an_error_it_says_whether_the_drive_may_be_powered(table: Table) -> None:
    table.prepare()
    assert not table.guard.may_be_powered
    table.guard.go(table.guard.arm())
    with pytest.raises(TableError):
        table.guard.arm()
    assert table.guard.may_be_powered


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


def test_rule_8_after_an_error_the_driver_is_dead(table: Table) -> None:
    last = table.pull(seconds=1)
    with pytest.raises(TableError):
        table.guard.setpoint(point(last.seq + 1))
    for verb in (table.guard.poll, table.guard.open, table.guard.arm):
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
