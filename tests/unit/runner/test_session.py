"""Sessions that end well, and the ways people end them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from traction.drivers.base import LEASE_MS, StopKind, Telemetry
from traction.drivers.scripted import ScriptedDriver
from traction.errors import RefusedError
from traction.profile.profile import Profile
from traction.runner.outcome import Outcome
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request, Requests
from traction.runner.session import cycles_completed, run_session
from traction.runner.states import State
from traction.runner.steering import TICK_US
from traction.safety.sample import Sample

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench

# session times, with the obedient table, in the middle of each state that commands a force
IN_STATE = {"take-up": 0.5, "ramp up": 3.0, "hold": 7.0, "ramp down": 10.5, "rest": 13.0, "end": 30.0}


def test_a_session_completes_at_slack_with_what_it_did(bench: Bench) -> None:
    result = bench.simulate()
    assert (result.outcome, result.code, result.exit_code) == (Outcome.COMPLETED, "", 0)
    stats = result.stats
    assert stats.cycles_completed == 2
    assert stats.peak_target_n == 130.0
    assert 128.0 < stats.peak_force_n < 135.0
    assert stats.profile_s == pytest.approx(30.5, abs=0.021)
    record = result.record()
    assert record.complete
    assert record.outcome is not None
    assert record.outcome["outcome"] == "COMPLETED"
    states = [event.text for event in record.events if event.name == "state"]
    assert states == ["PREFLIGHT", "TAKE_UP", "RUNNING", "RELEASING", "ENDED"]
    assert max(record.samples["force_mn"][-3:]) <= 12_000
    assert len(record.samples["t_us"]) == stats.rows == record.outcome["rows"]


def test_the_target_in_a_sample_is_the_profile_at_that_instant(bench: Bench) -> None:
    plan = bench.plan()
    samples = bench.simulate(plan).record().samples
    running = samples["session_state"] == State.RUNNING
    profile_s = samples["profile_us"][running][1:] * 1e-6  # the first still shows the take-up
    expected = plan.profile.force_at(np.minimum(profile_s, plan.profile.duration_s))
    assert np.abs(samples["target_mn"][running][1:] - expected * 1000).max() <= 1.0
    assert (np.diff(samples["t_us"]) == TICK_US).all()


def test_the_force_follows_the_target_on_the_simulated_table(bench: Bench) -> None:
    samples = bench.simulate().record().samples
    hold = (samples["span_index"] == 1) & (samples["profile_us"] > 7_000_000)
    assert np.abs(samples["force_mn"][hold] - samples["target_mn"][hold]).max() < 5_000


def test_every_set_point_is_leased_and_echoes_the_newest_sample(bench: Bench) -> None:
    bench.script()
    points = [sent.value for sent in bench.sent if sent.verb == "setpoint"]
    assert all(point.lease_ms == LEASE_MS for point in points)  # type: ignore[attr-defined]
    echoes = [point.echo_seq for point in points]  # type: ignore[attr-defined]
    assert all(after == before + 1 for before, after in itertools.pairwise(echoes))


def test_without_a_take_up_the_profile_starts_at_go(bench: Bench) -> None:
    plan = bench.plan(Profile(bench.spans(take_up_n=0.0)), take_up_n=0.0)
    record = bench.script(plan=plan).record()
    assert [event.text for event in record.events if event.name == "state"][1] == "RUNNING"


def test_only_a_guarded_driver_is_accepted(bench: Bench) -> None:
    driver: Any = ScriptedDriver(clock=bench.clock)
    with pytest.raises(RefusedError) as caught:
        run_session(bench.plan(), driver, bench.clock, record_to_memory())
    assert caught.value.code == "E340"
    assert driver.sent == []


@pytest.mark.parametrize("at_s", IN_STATE.values(), ids=IN_STATE)
@pytest.mark.parametrize("presses", [1, 2, 5])
def test_the_stop_ladder_works_at_every_phase(bench: Bench, at_s: float, presses: int) -> None:
    requests = Requests((at_s + 0.1 * index, Request.STOP) for index in range(presses))
    result = bench.script(requests=requests, fall_mn=2_000)
    assert (result.outcome, result.exit_code) == (Outcome.STOPPED, 4)
    assert result.code == "E490"
    stops = [sent for sent in bench.sent if sent.verb == "stop"]
    first = stops[0]
    assert first.value is StopKind.RELEASE
    assert abs(first.at_us - 50_000 - at_s * 1e6) <= TICK_US  # the preflight takes 50 ms
    kinds = [sent.value for sent in stops[:-1]]  # the last comes from close
    if presses == 1:
        assert kinds == [StopKind.RELEASE]
    elif result.record().events[-1].t_us > (at_s + 0.12) * 1e6:
        assert kinds == [StopKind.RELEASE, StopKind.FAST]
    assert not [sent for sent in bench.sent if sent.verb == "setpoint" and sent.at_us > first.at_us]


def test_a_second_press_makes_a_release_at_the_end_of_the_profile_a_stop(bench: Bench) -> None:
    plan = bench.plan(Profile(bench.spans()[:-1], rest_n=30.0))  # ends at 60 N, after 29.5 s
    requests = Requests([(29.6, Request.STOP), (29.7, Request.STOP)])
    result = bench.script(plan=plan, requests=requests, fall_mn=2_000)
    states = [event.text for event in result.record().events if event.name == "state"]
    assert states[-3:] == ["RELEASING", "FAST_RELEASING", "ENDED"]
    assert (result.outcome, result.code) == (Outcome.STOPPED, "E491")


def test_a_stop_before_go_moves_nothing(bench: Bench) -> None:
    requests = Requests()
    requests.stop("SIGINT")
    result = bench.script(requests=requests)
    assert (result.outcome, result.code, result.detail) == (Outcome.STOPPED, "E490", "by SIGINT")
    assert "go" not in bench.verbs()
    assert result.record().complete


def test_a_keyboard_interrupt_in_the_wait_is_a_step_of_the_ladder(bench: Bench) -> None:
    class Interrupted(type(bench.clock)):  # type: ignore[misc]
        def wait_until_us(self, deadline_us: int) -> None:
            super().wait_until_us(deadline_us)
            if deadline_us == 5_050_000:
                raise KeyboardInterrupt

    bench.clock = Interrupted()
    result = bench.script()
    assert (result.outcome, result.code) == (Outcome.STOPPED, "E490")
    assert result.stats.duration_s < 6.0


@pytest.mark.parametrize(("closed", "code"), [(1, "E451"), (2, "E452"), (0, "E452")])
def test_an_open_stop_input_is_a_person_s_stop(bench: Bench, closed: int, code: str) -> None:
    result = bench.script(lambda tick, said: said._replace(inputs=closed) if tick >= 300 else said)
    assert (result.outcome, result.code) == (Outcome.STOPPED, code)


def test_cycles_count_when_their_last_span_has_ended(bench: Bench) -> None:
    profile = bench.plan().profile
    ends_us = [round(span.end_s * 1e6) for span in profile.spans if span.kind == "rest"]
    assert cycles_completed(profile, ends_us[0] - 1) == 0
    assert cycles_completed(profile, ends_us[0]) == 1
    assert cycles_completed(profile, ends_us[1] + 1) == 2


def test_equal_seed_equal_bytes_and_another_seed_another_record(bench: Bench) -> None:
    def contents(url: str) -> bytes:
        fresh = type(bench)()
        recorder = record_to_memory()
        fresh.simulate(fresh.plan(url=url), recorder=recorder)
        return recorder._output.kept()

    first = contents("sim:?seed=7")
    assert first == contents("sim:?seed=7")
    assert first != contents("sim:?seed=8")


def test_a_self_locking_table_completes_too(bench: Bench) -> None:
    plan = bench.plan(table="sim-self-locking", url="sim:?seed=7&drive=self-locking")
    assert bench.simulate(plan).outcome is Outcome.COMPLETED


def test_a_sample_takes_over_telemetry_in_its_own_order() -> None:
    assert Sample._fields[2:11] == Telemetry._fields[:9]
    assert Telemetry._fields[9:] == ("received_us", "channels")
