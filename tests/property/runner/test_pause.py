"""Pause and resume at any moment: time stands still, slopes stay bounded, and nobody may walk away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traction.runner.outcome import Outcome
from traction.runner.requests import Request, Requests
from traction.runner.states import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.unit.runner.conftest import Bench
    from traction.runner.session import SessionResult

PAUSE, RESUME, STOP = Request.PAUSE, Request.RESUME, Request.STOP
HELD = (State.PAUSING, State.PAUSED, State.RESUMING)
TAKE_UP_S, PROFILE_S = 2.0, 30.5
SLACK_OF_ONE_TICK_MN = 2

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pauses(times: list[float]) -> list[tuple[float, Request]]:
    """Return a pause at each even and a resume at each odd place of the sorted times."""
    return [(at_s, (PAUSE, RESUME)[index % 2]) for index, at_s in enumerate(sorted(times))]


def held(samples: dict[str, NDArray[np.int64]]) -> NDArray[np.bool_]:
    return np.isin(samples["session_state"], HELD)


def run(bench: Bench, asked: list[tuple[float, Request]]) -> SessionResult:
    return type(bench)().script(requests=Requests(asked))


@few
@given(
    times=st.lists(st.floats(TAKE_UP_S + 0.1, TAKE_UP_S + PROFILE_S), min_size=2, max_size=6).filter(
        lambda times: len(times) % 2 == 0
    )
)
def test_the_profile_s_clock_never_advances_while_held_and_everything_is_run(
    bench: Bench, times: list[float]
) -> None:
    result = run(bench, pauses(times))
    assert result.outcome is Outcome.COMPLETED
    assert result.stats.cycles_completed == 2
    samples = dict(result.record().samples)
    running = samples["session_state"] == State.RUNNING
    steps = np.diff(samples["profile_us"])
    assert (steps[held(samples)[1:] & held(samples)[:-1]] == 0).all()
    assert (steps >= 0).all()
    assert (steps[running[1:] & running[:-1]] == 20_000).all()


@few
@given(at_s=st.floats(TAKE_UP_S + 0.1, TAKE_UP_S + PROFILE_S - 0.1), for_s=st.floats(0.02, 40.0))
def test_targets_never_move_faster_than_the_limits_and_resume_starts_from_the_base(
    bench: Bench, at_s: float, for_s: float
) -> None:
    plan = bench.plan()
    result = run(bench, [(at_s, PAUSE), (at_s + for_s, RESUME)])
    assert result.outcome is Outcome.COMPLETED
    samples = dict(result.record().samples)
    state, target = samples["session_state"], samples["target_mn"]
    commanded = (state >= State.TAKE_UP) & (state <= State.RESUMING)
    steps = np.diff(target)[commanded[1:] & commanded[:-1]]
    up, down = plan.limits.max_rate_up_n_per_s * 20, plan.limits.max_rate_down_n_per_s * 20
    assert steps.max() <= up + SLACK_OF_ONE_TICK_MN
    assert steps.min() >= -down - SLACK_OF_ONE_TICK_MN
    resuming = np.flatnonzero(state == State.RESUMING)
    if len(resuming):
        before = resuming[0]
        assert target[before] <= plan.profile.rest_n * 1000
        climb = np.diff(target[resuming])
        assert climb.max(initial=0) <= up / 2 + 1  # half the limit


@few
@given(at_s=st.floats(TAKE_UP_S + 0.1, TAKE_UP_S + PROFILE_S - 0.1))
def test_a_pause_that_nobody_ends_is_released_after_a_minute(bench: Bench, at_s: float) -> None:
    result = run(bench, [(at_s, PAUSE)])
    assert (result.outcome, result.code) == (Outcome.TRIPPED, "E481")
    begun = next(event.t_us for event in result.record().events if event.text == "PAUSING")
    ended = next(event.t_us for event in result.record().events if event.text == "RELEASING")
    assert ended - begun == pytest.approx(60_000_000, abs=40_000)


@few
@given(
    at_s=st.floats(TAKE_UP_S + 6.0, TAKE_UP_S + 7.0),
    again=st.lists(st.floats(10.0, 55.0), min_size=1, max_size=4),
)
def test_a_pause_out_of_a_resume_is_the_same_pause_and_its_minute_goes_on(
    bench: Bench, at_s: float, again: list[float]
) -> None:
    asked = [(at_s, PAUSE)]
    for after_s in sorted(again):  # a resume, and a pause half a second later: the climb takes five
        asked += [(at_s + after_s, RESUME), (at_s + after_s + 0.5, PAUSE)]
    result = run(bench, asked)
    assert (result.outcome, result.code) == (Outcome.TRIPPED, "E481")
    events = result.record().events
    begun = next(event.t_us for event in events if event.text == "PAUSING")
    ended = next(event.t_us for event in events if event.text == "RELEASING")
    assert ended - begun == pytest.approx(60_000_000, abs=40_000)


def test_after_the_profile_has_gone_on_a_pause_has_a_minute_of_its_own(bench: Bench) -> None:
    result = run(bench, [(8.0, PAUSE), (50.0, RESUME), (60.0, PAUSE), (115.0, RESUME)])
    assert result.outcome is Outcome.COMPLETED


@few
@given(
    asked=st.lists(st.tuples(st.floats(0.0, 40.0), st.sampled_from(list(Request))), min_size=1, max_size=12)
)
def test_whatever_is_asked_for_the_session_ends_at_slack(
    bench: Bench, asked: list[tuple[float, Request]]
) -> None:
    result = run(bench, asked)
    assert result.outcome in (Outcome.COMPLETED, Outcome.STOPPED, Outcome.TRIPPED)
    if result.outcome is Outcome.TRIPPED:
        assert result.code == "E481"
    record = result.record()
    assert record.complete
    assert record.samples["force_mn"][-1] < 12_000
    stops = [at_s for at_s, what in asked if what in (STOP, Request.FAST_STOP)]
    if result.outcome is Outcome.STOPPED:
        first = next(event.t_us for event in record.events if event.name == "stop")
        assert first / 1e6 == pytest.approx(min(stops), abs=0.021)


def test_a_pause_below_the_base_never_pulls_up(bench: Bench) -> None:
    at_s = TAKE_UP_S + 29.8  # on the last way down, at 14 N, under the base of 30 N
    samples = dict(run(bench, [(at_s, PAUSE), (at_s + 3, RESUME)]).record().samples)
    while_held = samples["target_mn"][held(samples)]
    assert 0 < while_held.max() < 30_000
    assert (np.diff(while_held) <= 0).all()


def test_a_pause_during_the_take_up_is_said_to_be_ignored(bench: Bench) -> None:
    record = run(bench, [(0.4, PAUSE), (0.6, RESUME)]).record()
    ignored = [event.text for event in record.events if event.name == "ignored"]
    assert ignored == ["pause while TAKE_UP, by the schedule", "resume while TAKE_UP, by the schedule"]


def test_on_the_simulated_table_a_paused_session_relaxes_and_completes(bench: Bench) -> None:
    result = bench.simulate(requests=Requests([(35.0, PAUSE), (55.0, RESUME)]))
    assert result.outcome is Outcome.COMPLETED
    samples = dict(result.record().samples)
    paused = samples["session_state"] == State.PAUSED
    assert paused.sum() > 600
    force = samples["force_mn"][paused][100:]
    assert np.abs(force - 30_000).max() < 6_000
