"""A stop while a table is being opened: nothing moves yet, so it ends the wait, and lets go of the line."""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import Identity, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import ScriptedDriver, sample
from traction.drivers.serial import WireDriver
from traction.drivers.transport import open_serial
from traction.errors import TableError
from traction.runner.outcome import Outcome
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Requests
from traction.runner.session import SessionResult, run_session
from traction.runner.signals import STOP_SIGNALS, stop_on_signals
from traction.wire import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.runner.conftest import Bench

SILENT_S = 3.0
"""So long a line is listened to that says nothing; see OPEN_US of the driver."""


class PressedAt(VirtualClock):
    """Real time without waiting, in which a signal comes at a given wait."""

    realtime = True

    def __init__(self, number: int, wait: int) -> None:
        super().__init__()
        self.number, self.wait = number, wait

    def wait_until_us(self, deadline_us: int) -> None:
        """Wait, and press when it is time to."""
        super().wait_until_us(deadline_us)
        self.wait -= 1
        if self.wait == 0:
            signal.raise_signal(self.number)


class Slow(ScriptedDriver):
    """Does something before it is open."""

    def __init__(self, meanwhile: Callable[[], object], **facts: Any) -> None:
        super().__init__(**facts)
        self.meanwhile, self.was_opened = meanwhile, False

    def open(self) -> Identity:
        """Open, some time."""
        self.meanwhile()
        self.was_opened = True
        return super().open()


@pytest.fixture(autouse=True)
def ordinary_signals() -> Iterator[None]:
    """Set what whoever began the tests may have set to be ignored, as nohup does."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in STOP_SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def at_rest(seq: int) -> Telemetry:
    return sample(seq, state=codes.STATE_IDENTIFIED)


def run(bench: Bench, driver: Any, requests: Requests | None = None) -> SessionResult:
    with GuardedDriver(driver, bench.clock) as guarded:
        return run_session(bench.plan(), guarded, bench.clock, record_to_memory(), requests=requests)


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_stop_ends_the_wait_for_a_table_and_nothing_has_moved(bench: Bench, number: int) -> None:
    driver = Slow(partial(signal.raise_signal, number), clock=bench.clock)
    result = run(bench, driver)
    name = signal.Signals(number).name
    assert (result.outcome, result.code, result.detail) == (Outcome.STOPPED, "E490", f"by {name}")
    assert (result.exit_code, result.stats.rows, len(result.causes)) == (4, 0, 1)
    assert not driver.was_opened
    assert driver.verbs()[-1] == "close"
    assert set(driver.verbs()) == {"stop", "close"}
    assert result.record().complete


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_line_that_says_nothing_is_let_go_at_once_and_the_next_may_have_it(
    bench: Bench, number: int
) -> None:
    master, slave = os.openpty()
    try:
        bench.clock = PressedAt(number, wait=3)
        result = run(bench, WireDriver(partial(open_serial, os.ttyname(slave), 115200), bench.clock, 1))
        assert (result.outcome, result.code) == (Outcome.STOPPED, "E490")
        assert bench.clock.now_us() < 100_000 < SILENT_S * 1e6
        with pytest.raises(TableError, match="no controller answers"):  # and not that somebody has it
            WireDriver(partial(open_serial, os.ttyname(slave), 115200), VirtualClock(), 2).open()
    finally:
        os.close(master)
        os.close(slave)


def test_more_presses_while_the_line_is_let_go_change_nothing(bench: Bench) -> None:
    let_go = []

    def meanwhile() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
            let_go.append("in open")

    class Closing(Slow):
        def close(self) -> None:
            signal.raise_signal(signal.SIGINT)
            let_go.append("in close")

    requests = Requests()
    with stop_on_signals(requests):  # also around the closing, as a run does
        result = run(bench, Closing(meanwhile, clock=bench.clock), requests)
    assert (result.outcome, result.code) == (Outcome.STOPPED, "E490")
    assert let_go == ["in open", "in close"]


def test_a_stop_from_before_never_opens_the_table(bench: Bench) -> None:
    requests = Requests()
    requests.stop("SIGTERM")
    driver = Slow(lambda: None, clock=bench.clock)
    result = run(bench, driver, requests)
    assert (result.outcome, result.code, result.detail) == (Outcome.STOPPED, "E490", "by SIGTERM")
    assert not driver.was_opened


def test_once_something_can_move_a_stop_is_a_flag(bench: Bench) -> None:
    class Going(ScriptedDriver):
        def arm(self) -> int:
            signal.raise_signal(signal.SIGINT)
            return super().arm()

    driver = Going(map(at_rest, range(1, 9)), clock=bench.clock)
    result = run(bench, driver)
    assert (result.outcome, result.code) == (Outcome.STOPPED, "E490")
    assert "arm" in driver.verbs()
    assert "go" not in driver.verbs()


def test_a_session_in_another_thread_leaves_the_main_thread_alone(bench: Bench) -> None:
    requests = Requests()
    pressed = threading.Event()

    def meanwhile() -> None:
        signal.raise_signal(signal.SIGINT)
        assert pressed.wait(20.0)

    driver = Slow(meanwhile, clock=bench.clock)
    results: list[SessionResult] = []
    thread = threading.Thread(target=lambda: results.append(run(bench, driver, requests)))
    with stop_on_signals(requests, lambda _level, _name: pressed.set()):
        thread.start()
        while thread.is_alive():  # here a KeyboardInterrupt would come out
            thread.join(0.001)
    assert driver.was_opened
    assert [result.code for result in results] == ["E508"]  # it went on until the script was over
