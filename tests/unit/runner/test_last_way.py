"""The force comes down whatever is raised, wherever: nothing escapes a session, and none ends with force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from traction.drivers.base import StopKind
from traction.drivers.guarded import GuardedDriver
from traction.errors import Problem, TableError
from traction.runner import engine, follow, session
from traction.runner.defects import cause_of
from traction.runner.last_way import last_way_down
from traction.runner.outcome import Outcome
from traction.runner.plan import controller_limits
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request, Requests
from traction.runner.session import SessionResult, run_session
from traction.runner.steering import TICK_US

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench
    from traction.clock import Clock

AT_US = 8_000_000  # in the first hold, at 130 N


class Hostile(Exception):
    """Raises when it is asked what it is."""

    def __repr__(self) -> str:
        raise RuntimeError("you will never know")

    __str__ = __repr__


class HostileExit(SystemExit):
    """Ends the program, and raises when it is asked what it is."""

    def __repr__(self) -> str:
        raise GeneratorExit

    __str__ = __repr__


class Nameless(TableError):
    """One of our own errors, without any problem in it."""

    def __init__(self) -> None:
        super().__init__()


def hostile_text() -> TableError:
    return TableError(Problem("E508", Hostile()))  # type: ignore[arg-type]


ERRORS: dict[str, Any] = {
    "hostile": Hostile,
    "hostile exit": HostileExit,
    "exit": lambda: SystemExit(0),
    "generator exit": GeneratorExit,
    "memory": MemoryError,
    "nameless": Nameless,
    "hostile text": hostile_text,
    "half a character": lambda: ValueError("\ud800"),
    "a long text": lambda: ValueError("x" * 10_000_000),
}


@pytest.fixture(params=ERRORS)
def error(request: pytest.FixtureRequest) -> BaseException:
    found: BaseException = ERRORS[request.param]()
    return found


def force_is_down(bench: Bench) -> bool:
    assert bench.table is not None
    bench.table.obey()
    return bench.table.force_mn == 0


def assert_faulted(result: SessionResult, bench: Bench) -> None:
    assert (result.outcome, result.exit_code) == (Outcome.FAULTED, 6)
    assert force_is_down(bench)
    assert bench.sent[-1].verb == "close"
    assert len(result.detail) < 1_000
    record = result.record()
    assert record.outcome is not None
    assert (record.outcome["outcome"], record.outcome["code"]) == ("FAULTED", result.code)


def test_a_cause_can_be_made_of_anything(error: BaseException) -> None:
    cause = cause_of(error, "part", 5)
    assert (cause.outcome, cause.t_us) == (Outcome.FAULTED, 5)
    assert cause.code in ("E900", "E508")
    assert len(cause.detail.encode()) < 1_000


def test_whatever_the_loop_raises_the_force_comes_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def broken(_self: Any, _sample: Any) -> None:
        raise error

    monkeypatch.setattr(follow.Follow, "run", broken)
    result = bench.script()
    assert_faulted(result, bench)
    kinds = [sent.value for sent in bench.sent if sent.verb == "stop"]
    assert kinds == [StopKind.RELEASE, StopKind.RELEASE]  # the release, and on closing


def test_whatever_the_supervisor_raises_the_force_comes_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    judge = session.Supervisor.judge

    def broken(self: Any, sample: Any) -> Any:
        if sample.t_us >= AT_US:
            raise error
        return judge(self, sample)

    monkeypatch.setattr(session.Supervisor, "judge", broken)
    result = bench.script()
    assert_faulted(result, bench)
    assert result.detail.startswith(("supervisor: ", "E508")) or result.code == "E508"


def test_whatever_the_recorder_raises_the_force_comes_down(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    recorder = record_to_memory()
    samples = recorder.samples

    def broken(columns: Any) -> None:
        if columns[0][0] >= AT_US:
            raise error
        samples(columns)

    monkeypatch.setattr(recorder, "samples", broken)
    result = bench.script(recorder=recorder)
    assert (result.outcome, result.exit_code) == (Outcome.FAULTED, 6)
    assert force_is_down(bench)
    assert recorder.read_back().outcome is None  # a record with a hole never says that it is whole


@pytest.mark.parametrize("verb", ["begin", "event", "outcome", "close"])
def test_whatever_the_recorder_raises_in_any_verb_nothing_escapes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, verb: str, error: BaseException
) -> None:
    recorder = record_to_memory()

    def broken(*_args: Any) -> None:
        raise error

    monkeypatch.setattr(recorder, verb, broken)
    if verb == "close":
        monkeypatch.setattr(recorder, "outcome", broken)  # only a broken record is closed
    result = bench.script(recorder=recorder)
    assert (result.outcome, result.exit_code) == (Outcome.FAULTED, 6)


class BrokenScreen:
    def __init__(self, error: BaseException) -> None:
        self.looks = 0
        self._error = error

    def look(self, *_args: Any) -> None:
        self.looks += 1
        raise self._error


@pytest.mark.parametrize("error", [SystemExit(0), HostileExit(), GeneratorExit()])
def test_a_screen_that_ends_the_program_ends_the_session_first(bench: Bench, error: BaseException) -> None:
    screen = BrokenScreen(error)
    result = bench.script(viewer=screen)
    assert_faulted(result, bench)
    assert result.detail.startswith("screen: ")
    assert screen.looks == 1


class Noticing(BrokenScreen):
    def __init__(self) -> None:
        super().__init__(OSError("the terminal is gone"))
        self.noticed: list[str] = []

    def notice(self, text: str) -> None:
        self.noticed.append(text)
        raise SystemExit(1)


@pytest.mark.parametrize("viewer", [Noticing(), BrokenScreen(OSError()), None])
def test_a_wait_at_the_end_is_said_to_whoever_listens_and_nothing_comes_of_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, viewer: Any
) -> None:
    recorder = record_to_memory()
    tells: list[Any] = []
    monkeypatch.setattr(recorder, "on_wait", tells.append)
    outcome = recorder.outcome

    def waits(t_us: int, body: dict[str, Any]) -> None:
        tells[0]("waiting")
        outcome(t_us, body)

    monkeypatch.setattr(recorder, "outcome", waits)
    assert bench.script(recorder=recorder, viewer=viewer).outcome is Outcome.COMPLETED
    assert getattr(viewer, "noticed", ["waiting"]) == ["waiting"]


@pytest.mark.parametrize("name", ["identify", "preflight", "header"])
def test_nothing_escapes_before_the_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    def broken(*_args: Any) -> Any:
        raise error

    monkeypatch.setattr(session, name, broken)
    result = bench.script()
    assert (result.outcome, result.exit_code) == (Outcome.FAULTED, 6)
    assert "go" not in [sent.verb for sent in bench.sent]


def test_ctrl_c_before_the_start_is_a_stop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "preflight", interrupted)
    result = bench.script()
    assert (result.outcome, result.code, result.exit_code) == (Outcome.STOPPED, "E490", 4)
    assert "go" not in [sent.verb for sent in bench.sent]


class Interrupted:
    """A virtual clock whose wait is left by an exception: once, as of a signal handler, or always."""

    realtime = may_sleep = False

    def __init__(self, clock: Clock, error: BaseException, times: int) -> None:
        self._clock, self._error, self._times = clock, error, times

    def now_us(self) -> int:
        return self._clock.now_us()

    def wait_until_us(self, deadline_us: int) -> None:
        if deadline_us > AT_US and self._times:
            self._times -= 1
            raise self._error
        self._clock.wait_until_us(deadline_us)

    def suspended_us(self) -> int:
        return 0


@pytest.mark.parametrize("times", [1, 15, 40])
def test_an_exception_out_of_the_wait_is_released_and_watched_to_slack(
    bench: Bench, error: BaseException, times: int
) -> None:
    bench.clock = Interrupted(bench.clock, error, times)
    result = bench.script()
    assert_faulted(result, bench)
    kinds = {sent.value for sent in bench.sent if sent.verb == "stop"}
    assert kinds == {StopKind.RELEASE}
    assert "E485" not in [cause.code for cause in result.causes]  # it was seen to be slack


def test_a_clock_that_raises_for_ever_does_not_hold_the_force_up(bench: Bench) -> None:
    bench.clock = Interrupted(bench.clock, SystemExit(1), -1)
    result = bench.script()
    assert (result.outcome, result.exit_code) == (Outcome.FAULTED, 6)
    assert force_is_down(bench)


def test_ctrl_c_out_of_the_wait_is_a_controlled_stop(bench: Bench) -> None:
    bench.clock = Interrupted(bench.clock, KeyboardInterrupt(), 1)
    result = bench.script()
    assert (result.outcome, result.code, result.exit_code) == (Outcome.STOPPED, "E490", 4)
    assert force_is_down(bench)


def test_a_defect_in_the_watch_over_the_release_leaves_it_to_the_last_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Any, *_args: Any) -> Any:
        raise Hostile

    monkeypatch.setattr(engine.Release, "step", broken)
    monkeypatch.setattr(engine.Release, "watch", broken)
    result = bench.script(requests=Requests([(8.0, Request.STOP)]))
    assert_faulted(result, bench)
    assert "E485" not in [cause.code for cause in result.causes]
    assert [event.text for event in result.record().events if event.name == "state"][-1] == "ENDED"


def test_a_release_that_cannot_even_begin_is_asked_for_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Any, *_args: Any) -> Any:
        raise Hostile

    monkeypatch.setattr(engine.Release, "begin", broken)
    assert_faulted(bench.script(requests=Requests([(8.0, Request.STOP)])), bench)


def test_a_table_that_jams_on_the_last_way_has_everything_asked_of_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Any, *_args: Any) -> Any:
        raise RuntimeError("planted")

    monkeypatch.setattr(engine.Release, "begin", broken)
    result = bench.script(requests=Requests([(8.0, Request.STOP)]), fall_mn=0)
    kinds = [sent.value for sent in bench.sent if sent.verb == "stop"][:-1]
    assert kinds == [StopKind.RELEASE, StopKind.FAST, StopKind.OFF]
    assert [cause.code for cause in result.causes] == ["E900", "E485"]


def test_the_last_way_never_asks_for_less_than_runs_already(bench: Bench) -> None:
    from tests.unit.runner.conftest import Obedient

    table = Obedient(bench.clock)
    driver = GuardedDriver(table.driver, bench.clock)
    driver.open()
    limits = controller_limits(bench.plan().limits)
    assert last_way_down(driver, limits, bench.clock, StopKind.FAST)
    driver.close()
    assert next(sent.value for sent in table.driver.sent if sent.verb == "stop") is StopKind.FAST


def test_a_loop_that_is_left_in_the_middle_leaves_no_force(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def left(self: Any) -> None:
        self._start()
        while bench.clock.now_us() < AT_US:
            self._tick()
            self._due_us += TICK_US
            bench.clock.wait_until_us(self._start_us + self._due_us)
        raise error

    monkeypatch.setattr(engine.Engine, "run", left)
    assert_faulted(bench.script(), bench)


# ---- after the end ----------------------------------------------------------------------------------------


def test_a_stop_after_the_end_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    requests, recorder = Requests(), record_to_memory()
    outcome = recorder.outcome

    def stop_late(t_us: int, body: dict[str, Any]) -> None:
        assert requests.stop("SIGTERM") == 0
        outcome(t_us, body)

    monkeypatch.setattr(recorder, "outcome", stop_late)
    result = bench.script(requests=requests, recorder=recorder)
    assert (result.outcome, result.exit_code) == (Outcome.COMPLETED, 0)
    assert requests.level == 0


def test_the_session_is_what_it_is_with_a_driver_that_the_caller_never_closed(bench: Bench) -> None:
    from tests.unit.runner.conftest import Obedient

    table = Obedient(bench.clock)
    driver = GuardedDriver(table.driver, bench.clock)
    result = run_session(bench.plan(), driver, bench.clock, record_to_memory())
    assert result.outcome is Outcome.COMPLETED
    assert table.force_mn == 0
    driver.close()
