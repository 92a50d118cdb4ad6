"""The last moment before a start: what comes in there, and what happened before it and does not count."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from traction.clock import VirtualClock
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import ScriptedDriver
from traction.errors import Problem, RefusedError, TableError
from traction.runner.outcome import Outcome
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request, Requests
from traction.runner.session import _steady_memory, run_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.runner.conftest import Bench
    from traction.runner.session import SessionResult


def started(bench: Bench, arm: Callable[[Requests], None]) -> tuple[SessionResult, list[str]]:
    """Run a session in which something happens after the arming; return it and what the table was told."""
    from tests.unit.runner.conftest import Obedient

    requests = Requests()
    table = Obedient(bench.clock)

    class Armed(GuardedDriver):
        def arm(self) -> int:
            nonce = super().arm()
            arm(requests)
            return nonce

    driver = Armed(table.driver, bench.clock)
    result = run_session(bench.plan(), driver, bench.clock, record_to_memory(), requests=requests)
    told = table.driver.verbs()
    driver.close()
    return result, told


def interrupted(_requests: Requests) -> None:
    raise KeyboardInterrupt


def refused(_requests: Requests) -> None:
    raise TableError(Problem("E520", "not now"))


def test_a_stop_in_the_last_moment_starts_nothing_and_leaves_nothing_armed(bench: Bench) -> None:
    result, told = started(bench, lambda requests: requests.stop("a hand") and None)
    assert (result.outcome, result.code, result.detail) == (Outcome.STOPPED, "E490", "by a hand")
    assert told == ["open", "load_limits", "arm", "stop"]


def test_ctrl_c_in_the_last_moment_is_a_stop_by_that_name(bench: Bench) -> None:
    result, told = started(bench, interrupted)
    assert (result.outcome, result.code, result.detail) == (Outcome.STOPPED, "E490", "by Ctrl-C")
    assert "go" not in told
    assert told[-1] == "stop"


def test_a_table_that_does_not_arm_is_no_stop_by_anybody(bench: Bench) -> None:
    result, told = started(bench, refused)
    assert result.code == "E520"
    assert result.outcome in (Outcome.REFUSED, Outcome.FAULTED)
    assert "go" not in told


def test_a_machine_that_slept_before_the_start_has_missed_nothing(bench: Bench) -> None:
    class Rested(VirtualClock):
        __slots__ = ()

        def suspended_us(self) -> int:
            return 3_600_000_000

    bench.clock = Rested()
    result = bench.script(requests=Requests([(0.5, Request.STOP)]))
    assert [cause.code for cause in result.causes] == ["E490"]


def test_only_a_guarded_driver_is_run(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="E340"):
        run_session(bench.plan(), ScriptedDriver(clock=bench.clock), bench.clock, record_to_memory())  # type: ignore[arg-type]


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("enabled", [True, False])
def test_nothing_is_collected_in_a_loop_in_real_time_and_afterwards_as_before(
    real: bool, enabled: bool
) -> None:
    class Steady(VirtualClock):
        __slots__ = ()
        realtime = real

    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with _steady_memory(Steady()):
            assert gc.isenabled() is (enabled and not real)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
