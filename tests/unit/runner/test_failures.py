"""Whatever breaks on the way: the force comes down, and the outcome names the cause."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from traction.drivers.base import StopKind, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.errors import Problem, TableError
from traction.runner import follow, session
from traction.runner.outcome import COMPLETED, Cause, Outcome, deciding, outcome_of
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request, Requests
from traction.runner.states import State
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench

TRIP_TICK = 400  # 8 s after GO: the first hold, at 130 N

Alter = Callable[[int, Telemetry], Telemetry]


def from_trip(alter: Alter) -> Alter:
    return lambda tick, said: alter(tick - TRIP_TICK, said) if tick >= TRIP_TICK else said


TRIPS: dict[str, tuple[Alter, str, Outcome, StopKind]] = {
    "over force": (
        lambda _, said: said._replace(force_mn=1_200_000, force_b_mn=1_200_000),
        "E411",
        Outcome.TRIPPED,
        StopKind.FAST,
    ),
    "negative force": (
        lambda _, said: said._replace(force_mn=-40_000, force_b_mn=-40_000),
        "E412",
        Outcome.TRIPPED,
        StopKind.OFF,
    ),
    "cells apart": (
        lambda tick, said: said._replace(force_b_mn=said.force_mn - min(1_000 * tick, 60_000)),
        "E413",
        Outcome.TRIPPED,
        StopKind.RELEASE,
    ),
    "rate": (
        lambda tick, said: said._replace(
            force_mn=said.force_mn + 3_000 * tick, force_b_mn=said.force_b_mn + 3_000 * tick
        ),
        "E421",
        Outcome.TRIPPED,
        StopKind.RELEASE,
    ),
    "travel": (
        lambda tick, said: said._replace(travel_um=said.travel_um + 2_000 * tick),
        "E443",
        Outcome.TRIPPED,
        StopKind.RELEASE,
    ),
    "stale": (
        lambda _, said: said._replace(seq=TRIP_TICK + 3, controller_ms=20 * TRIP_TICK + 50),
        "E404",
        Outcome.FAULTED,
        StopKind.RELEASE,
    ),
    "another boot": (
        lambda _, said: said._replace(boot_id=99),
        "E407",
        Outcome.FAULTED,
        StopKind.OFF,
    ),
    "controller trip": (
        lambda _, said: said._replace(state=codes.STATE_RELEASING, fault=codes.FAULT_OVER_FORCE),
        "E411",
        Outcome.TRIPPED,
        StopKind.RELEASE,
    ),
    "controller fault": (
        lambda _, said: said._replace(state=codes.STATE_RELEASING, fault=codes.FAULT_LEASE_EXPIRED),
        "E408",
        Outcome.FAULTED,
        StopKind.RELEASE,
    ),
}


@pytest.mark.parametrize("name", TRIPS)
def test_each_verdict_begins_its_reaction_at_once(bench: Bench, name: str) -> None:
    alter, code, outcome, kind = TRIPS[name]
    result = bench.script(from_trip(alter))
    assert (result.outcome, result.code) == (outcome, code)
    assert result.exit_code == {Outcome.TRIPPED: 5, Outcome.FAULTED: 6}[outcome]
    stops = [sent for sent in bench.sent if sent.verb == "stop"]
    assert stops[0].value is kind
    cause = result.causes[0]
    assert stops[0].at_us - 50_000 == cause.t_us  # in the tick that saw it
    assert not [sent for sent in bench.sent if sent.verb == "setpoint" and sent.at_us >= stops[0].at_us]
    assert result.record().complete


def stops(bench: Bench) -> list[object]:
    """Return every stop that was sent, in order; the last one is sent by closing the driver."""
    assert bench.sent[-1].verb == "close"
    assert bench.sent[-2].verb == "stop"
    return [sent.value for sent in bench.sent if sent.verb == "stop"]


def link_lost() -> TableError:
    return TableError(Problem("E508", "the cable was pulled"))


def test_a_lost_link_ends_the_session_by_time_with_everything_asked_for(bench: Bench) -> None:
    result = bench.script(lambda tick, said: link_lost() if tick >= TRIP_TICK else said)
    assert (result.outcome, result.code, result.exit_code) == (Outcome.FAULTED, "E508", 6)
    kinds = [sent.value for sent in bench.sent if sent.verb == "stop"]
    assert kinds[0] is StopKind.RELEASE
    assert StopKind.OFF in kinds
    assert [cause.code for cause in result.causes][-1] == "E485"
    assert 7.0 < result.stats.duration_s < 8.1  # of the samples
    assert result.record().events[-1].t_us < 16_000_000


def test_a_table_error_from_a_set_point_releases(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    setpoint = GuardedDriver.setpoint
    count = iter(range(10_000))

    def refuse(driver: GuardedDriver, point: Any) -> None:
        setpoint(driver, point._replace(target_mn=10**9) if next(count) == 300 else point)

    monkeypatch.setattr(GuardedDriver, "setpoint", refuse)
    result = bench.script()
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E503")
    # of the guard as it refuses and of the session, both in the tick of the set-point; and of closing it,
    # when the release has been watched to slack
    assert stops(bench) == [StopKind.RELEASE] * 3
    first, second, closing = (sent.at_us for sent in bench.sent if sent.verb == "stop")
    assert first == second == max(sent.at_us for sent in bench.sent if sent.verb == "setpoint") + 20_000
    assert closing - second < 2_000_000
    assert [cause.code for cause in result.causes] == ["E503"]


def test_a_defect_in_the_supervisor_releases_and_is_told_afterwards(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = session.Supervisor.judge

    def broken(self: Any, sample: Any) -> Any:
        if sample.t_us >= 8_000_000:
            raise ZeroDivisionError("planted")
        return judge(self, sample)

    monkeypatch.setattr(session.Supervisor, "judge", broken)
    result = bench.script()
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E900")
    assert "planted" in result.detail
    assert isinstance(result.defect, ZeroDivisionError)
    record = result.record()
    assert record.complete
    assert record.samples["session_state"][-1] == State.RELEASING
    assert max(record.samples["force_mn"][-3:]) < 10_000  # watched to slack without the supervisor


def test_a_defect_in_the_steering_releases(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, sample: Any) -> None:
        raise KeyError(sample.t_us)

    monkeypatch.setattr(follow.Follow, "run", broken)
    result = bench.script()
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E900")
    states = [event.text for event in result.record().events if event.name == "state"]
    assert states == ["PREFLIGHT", "TAKE_UP", "RUNNING", "RELEASING", "ENDED"]


def test_a_forbidden_step_between_states_releases(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow.Follow, "first_state", lambda _self: State.PAUSED)
    result = bench.script()
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E910")
    assert stops(bench) == [StopKind.RELEASE, StopKind.RELEASE]  # at once, and on closing
    assert bench.verbs()[-3:] == ["go", "stop RELEASE", "close"]
    released, go = (next(sent.at_us for sent in bench.sent if sent.verb == verb) for verb in ("stop", "go"))
    assert released == go


class BrokenScreen:
    def __init__(self) -> None:
        self.looks = 0

    def look(self, *_args: Any) -> None:
        self.looks += 1
        raise OSError("the terminal is gone")


def test_a_broken_screen_changes_nothing(bench: Bench) -> None:
    from tests.unit.runner.conftest import Obedient
    from traction.runner.session import run_session

    screen = BrokenScreen()
    table = Obedient(bench.clock)
    driver = GuardedDriver(table.driver, bench.clock)
    result = run_session(bench.plan(), driver, bench.clock, record_to_memory(), viewer=screen)
    driver.close()
    assert result.outcome is Outcome.COMPLETED
    assert screen.looks == 1
    assert [event.name for event in result.record().events if event.code == "E900"] == ["screen"]


def test_a_defect_in_the_recorder_releases(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = record_to_memory()
    samples = recorder.samples

    def broken(columns: Any) -> None:
        if columns[0][0] > 8_000_000:
            raise TypeError("planted")
        samples(columns)

    monkeypatch.setattr(recorder, "samples", broken)
    result = bench.script(recorder=recorder)
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E900")
    assert stops(bench) == [StopKind.RELEASE, StopKind.RELEASE]  # at once, and on closing
    asked, closed = (sent.at_us for sent in bench.sent if sent.verb == "stop")
    assert asked == max(sent.at_us for sent in bench.sent if sent.verb == "setpoint") + 20_000
    assert closed - asked > 500_000  # 130 N came down under the eyes of the session
    record = recorder.read_back()
    assert not record.complete
    assert record.outcome is None


# ---- releases that do not go as they should ---------------------------------------------------------------


def test_what_was_said_before_the_pull_does_not_end_a_release(bench: Bench) -> None:
    """A link that repeats its first sample for half a second while the harness pulls, stamped as if new."""
    first: list[Telemetry] = []

    def change(tick: int, said: Telemetry) -> Telemetry:
        first.append(said)
        if not 400 <= tick < 425:
            return said
        return first[0]._replace(state=codes.STATE_IDENTIFIED, force_mn=0, force_b_mn=0)

    result = bench.script(change)
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E405")
    record = result.record()
    assert record.samples["seq"][-1] > record.samples["seq"][399]  # it was watched until the link spoke again
    assert record.samples["force_mn"][399] > 50_000
    assert bench.table is not None
    assert bench.table.force_mn == 0


def test_a_jam_makes_the_release_ever_more_severe_and_never_milder(bench: Bench) -> None:
    requests = Requests([(8.0, Request.STOP)])
    result = bench.script(requests=requests, fall_mn=0)
    kinds = [sent.value for sent in bench.sent if sent.verb == "stop"][:-1]
    assert kinds == sorted(kinds)
    assert kinds[0] is StopKind.RELEASE
    assert kinds[-1] is StopKind.OFF
    assert result.outcome is Outcome.TRIPPED  # a stop that did not end well is no stop
    assert result.causes[0].code == "E490"
    assert result.causes[-1].code == "E485"


def test_the_engine_s_own_clock_ends_a_release_that_the_supervisor_lets_pass(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traction.safety.sample import OK

    monkeypatch.setattr(session.Supervisor, "judge", lambda _self, _sample: OK)
    result = bench.script(requests=Requests([(8.0, Request.STOP)]), fall_mn=0)
    stops = [sent for sent in bench.sent if sent.verb == "stop"][:-1]
    assert [sent.value for sent in stops] == [StopKind.RELEASE, StopKind.FAST, StopKind.OFF]
    waits = [(after.at_us - before.at_us) / 1e6 for before, after in itertools.pairwise(stops)]
    assert waits == pytest.approx([6.5, 2.0], abs=0.05)
    assert [cause.code for cause in result.causes] == ["E490", "E482", "E485"]
    assert result.outcome is Outcome.TRIPPED


def test_a_take_up_that_never_arrives_gives_up(bench: Bench) -> None:
    def slack(_tick: int, said: Telemetry) -> Telemetry:
        return said._replace(force_mn=said.seq % 3, force_b_mn=said.seq % 3)

    result = bench.script(slack)
    assert (result.outcome, result.code) == (Outcome.TRIPPED, "E480")
    assert result.stats.duration_s == pytest.approx(40.0, abs=0.3)


# ---- a late loop ------------------------------------------------------------------------------------------


class Stalling:
    """A virtual clock that is held up once."""

    realtime = False

    def __init__(self, at_us: int, for_us: int, slept_us: int = 0) -> None:
        self._now_us = 0
        self._at_us, self._for_us, self._slept_us = at_us, for_us, slept_us
        self.may_sleep = slept_us > 0

    def now_us(self) -> int:
        return self._now_us

    def wait_until_us(self, deadline_us: int) -> None:
        self._now_us = max(self._now_us, deadline_us)
        if self._now_us >= self._at_us and self._for_us:
            self._now_us += self._for_us
            self._for_us = 0

    def suspended_us(self) -> int:
        return self._slept_us if self._now_us >= self._at_us else 0


def test_a_short_stall_skips_forward_without_a_burst_and_is_recorded(bench: Bench) -> None:
    bench.clock = Stalling(8_000_000, 100_000)
    result = bench.script()
    assert result.outcome is Outcome.COMPLETED
    points = [sent.at_us for sent in bench.sent if sent.verb == "setpoint"]
    gaps = [after - before for before, after in itertools.pairwise(points)]
    assert max(gaps) == 120_000
    assert min(gaps) >= 10_000
    record = result.record()
    assert max(record.samples["late_us"]) == 100_000
    assert result.stats.worst_late_s == pytest.approx(0.1)
    assert [event.code for event in record.events if event.name == "warning"] == ["E486"]


def test_a_stall_longer_than_a_lease_ends_the_session_for_good(bench: Bench) -> None:
    bench.clock = Stalling(8_000_000, 400_000)
    result = bench.script()
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E483")
    last = max(sent.at_us for sent in bench.sent if sent.verb == "setpoint")
    assert last < 8_000_000


@pytest.mark.parametrize("for_us", [400_000, 10_000_000])
def test_a_stall_is_named_before_what_the_controller_did_meanwhile(bench: Bench, for_us: int) -> None:
    """Once its lease is over the controller lets go by itself, and the supervisor finds it releasing."""
    bench.clock = Stalling(30_000_000, for_us)
    result = bench.simulate()
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E483")
    assert {cause.code for cause in result.causes} == {"E483", "E408"}
    assert result.record().judge_again().agrees


def test_a_machine_that_slept_ends_the_session_for_good(bench: Bench) -> None:
    bench.clock = Stalling(8_000_000, 0, slept_us=600_000)
    result = bench.script()
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E484")


# ---- which cause counts -----------------------------------------------------------------------------------


def cause(outcome: Outcome, code: str) -> Cause:
    return Cause(outcome, code, "")


def test_the_first_failure_names_the_outcome() -> None:
    stopped, tripped = cause(Outcome.STOPPED, "E490"), cause(Outcome.TRIPPED, "E411")
    faulted = cause(Outcome.FAULTED, "E508")
    assert deciding((stopped, tripped, faulted)) is tripped
    assert deciding((COMPLETED, stopped)) is stopped
    assert deciding((COMPLETED, faulted)) is faulted
    assert deciding((COMPLETED,)) is COMPLETED


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("E402", Outcome.FAULTED),
        ("E408", Outcome.FAULTED),
        ("E411", Outcome.TRIPPED),
        ("E451", Outcome.STOPPED),
        ("E461", Outcome.TRIPPED),
        ("E999", Outcome.FAULTED),
    ],
)
def test_codes_of_verdicts_lead_to_outcomes(code: str, outcome: Outcome) -> None:
    assert outcome_of(code) is outcome
