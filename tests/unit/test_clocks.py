"""Time comes from one place, never goes backwards, and a session in real time is not held up by memory."""

from __future__ import annotations

import gc
import re
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

import traction
from traction import clock as clocks
from traction.api import connect
from traction.clock import Bell, Stopwatch, VirtualClock, WallClock, suspended_us, wall_label
from traction.runner.record.direct import record_to_memory
from traction.runner.session import SessionResult, run_session

# ---- the virtual clock ------------------------------------------------------------------------------------


def test_a_virtual_clock_starts_at_0_and_jumps_only_forward() -> None:
    clock = VirtualClock()
    seen = [clock.now_us()]
    for deadline_us in (20_000, 20_000, 5, -1, 20_001, 3_600_000_000):
        clock.wait_until_us(deadline_us)
        seen.append(clock.now_us())
    assert seen == [0, 20_000, 20_000, 20_000, 20_000, 20_001, 3_600_000_000]
    assert not clock.realtime


def test_virtual_time_stands_still_by_itself_and_never_sleeps() -> None:
    clock = VirtualClock()
    clock.wait_until_us(7)
    assert {clock.now_us() for _ in range(1000)} == {7}
    assert clock.suspended_us() == 0


# ---- the wall clock, on a system whose time is told by the test -------------------------------------------


class System:
    """What the system's ``time`` offers: it sleeps too short by ``early_ns``, and may be suspended."""

    CLOCK_MONOTONIC = 1
    CLOCK_BOOTTIME = 7

    def __init__(self, early_ns: int = 0) -> None:
        self.running_ns = 123_456_789_123
        self.suspended_ns = 5_000_000_000
        self.early_ns = early_ns
        self.naps_s: list[float] = []

    def monotonic_ns(self) -> int:
        return self.running_ns

    def sleep(self, seconds: float) -> None:
        self.naps_s.append(seconds)
        self.running_ns += max(round(seconds * 1e9) - self.early_ns, 1_000)

    def clock_gettime_ns(self, which: int) -> int:
        return self.running_ns + {1: 0, 7: self.suspended_ns}[which]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    system = System()
    monkeypatch.setattr(clocks, "time", system)
    return system


def test_a_wall_clock_counts_whole_microseconds_from_its_start(system: System) -> None:
    clock = WallClock()
    assert clock.realtime
    assert clock.now_us() == 0
    system.running_ns += 1_999
    assert clock.now_us() == 1
    system.running_ns += 2_000_000_000
    assert clock.now_us() == 2_000_001
    assert type(clock.now_us()) is int
    assert WallClock().now_us() == 0


def test_it_sleeps_until_the_deadline_and_not_at_all_when_that_has_passed(system: System) -> None:
    clock = WallClock()
    clock.wait_until_us(20_000)
    assert clock.now_us() == 20_000
    assert system.naps_s == [0.02]
    for deadline_us in (20_000, 19_999, 0, -5):
        clock.wait_until_us(deadline_us)
    assert (clock.now_us(), len(system.naps_s)) == (20_000, 1)


def test_a_sleep_that_ends_early_is_slept_to_its_end(system: System) -> None:
    clock = WallClock()
    system.early_ns = 300_000
    clock.wait_until_us(20_000)
    assert clock.now_us() >= 20_000
    assert len(system.naps_s) > 1
    assert system.naps_s == sorted(system.naps_s, reverse=True)  # each for what is left


def test_only_a_suspend_since_its_start_counts(system: System) -> None:
    clock = WallClock()
    assert clock.suspended_us() == 0  # the five seconds were before
    system.running_ns += 10_000_000_000
    assert clock.suspended_us() == 0
    system.suspended_ns += 600_000_000
    assert clock.suspended_us() == 600_000
    assert clock.now_us() == 10_000_000  # monotonic time stood still meanwhile
    system.suspended_ns += 1_000_000
    assert clock.suspended_us() == 601_000
    assert WallClock().suspended_us() == 0
    assert suspended_us() == 5_601_000


def test_a_system_that_cannot_tell_has_never_slept(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(System, "CLOCK_BOOTTIME")
    clock = WallClock()
    system.suspended_ns += 600_000_000
    assert (clock.suspended_us(), suspended_us()) == (0, 0)


def test_a_stopwatch_is_due_once_in_each_interval(system: System) -> None:
    watch = Stopwatch(0.1)
    due = []
    for _ in range(7):
        due.append(watch.due())
        system.running_ns += 40_000_000
    assert due == [True, False, False, True, False, False, True]


def test_the_label_of_now_is_utc() -> None:
    assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ", wall_label())


# ---- memory during a session in real time -----------------------------------------------------------------


class Quick(VirtualClock):
    """Says it is real time and costs none."""

    realtime = may_sleep = True


class Look:
    """A screen that notes whether memory is being collected."""

    def __init__(self) -> None:
        self.collecting: list[bool] = []
        self.frozen = -1

    def look(self, *_args: object) -> None:
        self.collecting.append(gc.isenabled())
        if self.frozen < 0:  # counted once: it takes a walk through everything that is frozen
            self.frozen = gc.get_freeze_count()


class Failing(Look):
    """A screen that breaks at its first picture."""

    def look(self, *_args: object) -> None:
        super().look()
        raise OSError("the terminal is gone")


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the collector as it was found, whatever the test does to it."""
    enabled = gc.isenabled()
    gc.enable()
    yield
    gc.unfreeze()
    if enabled:
        gc.enable()
    else:
        gc.disable()


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory, pull_text: Callable[..., str]) -> traction.Proof:
    path = tmp_path_factory.mktemp("protocol") / "short.toml"
    path.write_text(pull_text(phase='type = "static"\nforce = "60 N"\nhold = "2 s"'), encoding="utf-8")
    return traction.verify(path)


def run(proof: traction.Proof, clock: VirtualClock, screen: Look) -> SessionResult:
    with connect(proof, clock) as driver:
        return run_session(proof.session_plan(), driver, clock, record_to_memory(), viewer=screen)


@pytest.mark.usefixtures("collector")
def test_in_real_time_nothing_is_collected_until_the_session_is_over(proof: traction.Proof) -> None:
    screen = Look()
    result = run(proof, Quick(), screen)
    assert result.outcome == "COMPLETED"
    assert len(screen.collecting) > 50
    assert not any(screen.collecting)
    assert screen.frozen > 0
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("collector")
def test_a_screen_that_breaks_leaves_the_collector_as_it_was(proof: traction.Proof) -> None:
    screen = Failing()
    run(proof, Quick(), screen)
    assert screen.collecting == [False]
    assert gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_a_collector_that_was_off_stays_off(proof: traction.Proof) -> None:
    gc.disable()
    screen = Look()
    run(proof, Quick(), screen)
    assert not any(screen.collecting)
    assert not gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_virtual_time_can_wait_for_the_collector(proof: traction.Proof) -> None:
    screen = Look()
    run(proof, VirtualClock(), screen)
    assert screen.collecting
    assert all(screen.collecting)


# ---- a wait that can be ended early -----------------------------------------------------------------------

HOUR_US = 3_600_000_000


def test_a_bell_rung_before_the_wait_ends_it_once_however_often_it_was_rung() -> None:
    clock, bell = WallClock(), Bell()
    bell.ring()
    bell.ring()
    assert clock.listen_until_us(clock.now_us() + HOUR_US, bell)
    assert not bell.heard(0)
    assert not clock.listen_until_us(clock.now_us() - 1, bell)


def test_another_thread_ends_a_wait() -> None:
    clock, bell = WallClock(), Bell()
    threading.Timer(0.02, bell.ring).start()
    assert clock.listen_until_us(clock.now_us() + HOUR_US, bell)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer")
def test_a_signal_handler_ends_a_wait() -> None:
    clock, bell = WallClock(), Bell()
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: bell.ring())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        assert clock.listen_until_us(clock.now_us() + HOUR_US, bell)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_wait_that_nobody_ends_lasts_as_long_as_it_should() -> None:
    clock = WallClock()
    due_us = clock.now_us() + 3_000
    assert not clock.listen_until_us(due_us, Bell())
    assert clock.now_us() >= due_us
