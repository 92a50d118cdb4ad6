"""Ease off at any moment: a fifth less of the force from there to the end, never back, and never a jump."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traction.profile.profile import Profile
from traction.runner.outcome import Outcome
from traction.runner.requests import Request, Requests
from traction.runner.states import UNDER_WAY, State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.unit.runner.conftest import Bench
    from traction.drivers.base import Telemetry
    from traction.runner.reader import Record
    from traction.runner.session import SessionResult

EASE, PAUSE, RESUME = Request.EASE, Request.PAUSE, Request.RESUME
TAKE_UP_S, PROFILE_S = 2.0, 30.5
REST_MN = 30_000

few = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def run(bench: Bench, asked: list[tuple[float, Request]]) -> SessionResult:
    return type(bench)().script(requests=Requests(asked))


def words(record: Record, name: str) -> list[str]:
    return [event.text for event in record.events if event.name == name]


def due_mn(bench: Bench, samples: dict[str, NDArray[np.int64]], share: float) -> NDArray[np.float64]:
    """Return what the profile asks for in each row, eased to ``share`` of it."""
    profile = bench.plan().profile
    whole = 1000 * profile.force_at(np.minimum(samples["profile_us"] / 1e6, profile.duration_s))
    return np.where(whole > REST_MN, np.maximum(whole * share, REST_MN), whole)


@few
@given(at_s=st.floats(TAKE_UP_S + 0.1, TAKE_UP_S + PROFILE_S - 1.0), times=st.integers(1, 3))
def test_from_there_on_the_target_is_that_share_of_the_profile_and_it_went_down_as_a_pause_does(
    bench: Bench, at_s: float, times: int
) -> None:
    plan = bench.plan()
    result = run(bench, [(at_s + 0.3 * index, EASE) for index in range(times)])
    assert result.outcome is Outcome.COMPLETED
    assert result.stats.cycles_completed == 2
    record = result.record()
    samples = dict(record.samples)
    state, target = samples["session_state"], samples["target_mn"]
    running = np.flatnonzero((state == State.RUNNING) & (samples["t_us"] > (at_s + 0.3 * times) * 1e6 + 1e4))
    eased = due_mn(bench, samples, 0.8**times)
    # at the first tick after the way down the target stands where it arrived
    assert np.abs(target[running] - eased[running]).max(initial=0) <= 2
    down = np.diff(target[np.isin(state, [State.EASING])])
    assert (down <= 0).all()
    assert down.min(initial=0) >= -plan.profile.rate_down_n_per_s * 20 - 1
    easing = state == State.EASING
    assert (np.diff(samples["profile_us"])[easing[1:] & easing[:-1]] == 0).all()
    assert len(words(record, "ease")) == times
    assert words(record, "ease")[-1].startswith(
        f"{100 * 0.8**times:.0f} % of the force from here on, by the schedule"
    )
    assert record.judge_again().agrees


@few
@given(
    asked=st.lists(
        st.tuples(st.floats(0.0, 50.0), st.sampled_from([EASE, EASE, PAUSE, RESUME])), min_size=2, max_size=10
    )
)
def test_among_pauses_no_target_is_ever_above_what_is_left(
    bench: Bench, asked: list[tuple[float, Request]]
) -> None:
    result = run(bench, asked)
    assert result.outcome is Outcome.COMPLETED or result.code == "E481"
    record = result.record()
    samples = dict(record.samples)
    # the share that each row was commanded with: the presses that came before the sample it followed
    pressed_us = [event.t_us for event in record.events if event.name == "ease"]
    target, t_us = samples["target_mn"], samples["t_us"]
    under_way = np.isin(samples["session_state"], UNDER_WAY)
    before = 0.0
    for number, begun_us in enumerate(pressed_us, 1):
        until_us = pressed_us[number] if number < len(pressed_us) else t_us[-1] + 1
        rows = np.flatnonzero(under_way & (t_us > begun_us) & (t_us <= until_us))
        ceiling = due_mn(bench, samples, 0.8**number)[rows] + 2
        over = target[rows] > ceiling
        steps = np.diff(target[rows])
        assert (steps[over[1:]] <= 0).all(), "above what is left it only ever goes down"
        before = begun_us
    assert before == (pressed_us[-1] if pressed_us else 0.0)
    limit = bench.plan().limits.max_rate_down_n_per_s * 20 + 2
    assert np.diff(target[under_way]).min() >= -limit
    assert samples["force_mn"][-1] < 12_000
    assert record.judge_again().agrees


def test_at_the_rest_force_the_target_stays_and_what_comes_is_eased(bench: Bench) -> None:
    result = run(bench, [(TAKE_UP_S + 30.0, EASE)])  # on the last way down, under the rest force
    assert result.outcome is Outcome.COMPLETED
    record = result.record()
    assert words(record, "ease") == [
        "80 % of the force from here on, by the schedule; the force is at its rest level now"
    ]
    assert "EASING" not in words(record, "state")


@pytest.mark.parametrize(("at_s", "eased"), [(0.4, True), (10.1, False)], ids=["take-up", "release"])
def test_in_the_take_up_it_counts_from_then_and_on_the_way_down_it_is_told_that_it_does_nothing(
    bench: Bench, at_s: float, eased: bool
) -> None:
    record = run(bench, [(at_s, EASE), (20.0 if eased else 10.0, Request.STOP)]).record()
    peak_mn = int(record.samples["target_mn"].max())
    assert peak_mn == (104_000 if eased else 130_000)
    assert bool(words(record, "ease")) is eased
    assert words(record, "ignored") == ([] if eased else ["ease while RELEASING, by the schedule"])


def test_a_held_position_is_eased_by_what_is_felt_and_held_again(bench: Bench) -> None:
    shape = list(bench.spans(hold_s=20.0, cycles=1))
    shape[1] = replace(shape[1], segment=replace(shape[1].segment, mode="position"))
    plan = bench.plan(Profile(tuple(shape), rest_n=30.0))
    table = type(bench)()

    def relaxed(tick: int, said: Telemetry) -> Telemetry:
        most_mn = max(130_000 - 200 * max(tick - 450, 0), 100_000) if tick < 1200 else 1_000_000
        felt = {name: min(getattr(said, name), most_mn) for name in ("force_mn", "force_b_mn")}
        return said._replace(**felt)

    result = table.script(relaxed, plan=plan, requests=Requests([(20.0, EASE)]))
    assert result.outcome is Outcome.COMPLETED, result.detail
    record = result.record()
    samples = dict(record.samples)
    target, mode = samples["target_mn"], samples["mode"]
    row = int(np.searchsorted(samples["t_us"], 20_000_000))
    assert (mode[row], target[row]) == (1, 130_000)
    assert target[row + 1] < 100_000, "at once what is felt, and from there down"
    later = np.flatnonzero((samples["span_index"] == 1) & (samples["t_us"] > 22_500_000))
    assert (mode[later] == 1).all()
    assert set(target[later].tolist()) == {80_000}, "80 % of what was felt"
    assert target[row + 1 :].max() < 100_000
    ramp = target[samples["span_index"] == 2]
    assert (np.diff(ramp) <= 0).all(), "and never up again before the profile is there"
    assert record.judge_again().agrees
