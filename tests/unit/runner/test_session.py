"""Sessions that end well, and the ways people end them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from traction.clock import Bell, WallClock
from traction.drivers.base import LEASE_MS, StopKind, Telemetry
from traction.drivers.scripted import ScriptedDriver
from traction.errors import RefusedError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.outcome import Outcome
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request, Requests
from traction.runner.session import cycles_completed, run_session
from traction.runner.states import State
from traction.runner.steering import TICK_US
from traction.safety.sample import Sample
from traction.wire import codes

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


@pytest.mark.parametrize(
    ("opened", "code"),
    [
        (codes.INPUT_PATIENT_STOP_CLOSED, "E451"),
        (codes.INPUT_ESTOP_A_CLOSED, "E452"),
        (codes.INPUT_ESTOP_B_CLOSED, "E452"),
        (codes.INPUT_ESTOP_CLOSED | codes.INPUT_PATIENT_STOP_CLOSED, "E452"),
    ],
)
def test_an_open_stop_input_is_a_person_s_stop(bench: Bench, opened: int, code: str) -> None:
    inputs = codes.INPUTS_HEALTHY & ~opened
    result = bench.script(lambda tick, said: said._replace(inputs=inputs) if tick >= 300 else said)
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


# ---- what is off the profile's clock ----------------------------------------------------------------------


def test_the_profile_goes_on_one_tick_after_the_sample_that_shows_the_take_up(bench: Bench) -> None:
    plan = bench.plan()
    samples = bench.script(plan=plan).record().samples
    first = int(np.argmax(samples["session_state"] == State.RUNNING))
    take_up_mn = plan.take_up_force_n * 1000
    # the sample in which the force has arrived is the profile's time 0; there the target still stands
    assert (samples["target_mn"][first - 1], samples["profile_us"][first - 1]) == (take_up_mn, 0)
    assert samples["force_mn"][first - 1] >= take_up_mn
    assert samples["target_mn"][first - 2] < take_up_mn
    assert samples["profile_us"][first] == TICK_US
    assert samples["target_mn"][first] == pytest.approx(plan.profile.force_at(TICK_US / 1e6) * 1000, abs=1)


def slow(up_n_per_s: float, take_up_n: float = 10.0, more_n: float = 4.0) -> Profile:
    """Return a profile that climbs slowly, holds, and comes down as slowly."""
    top_n = take_up_n + more_n
    return Profile.of(
        Ramp(take_up_n, top_n, more_n / up_n_per_s),
        Hold(top_n, 3.0),
        Ramp(top_n, 0.0, top_n / up_n_per_s),
        rest_n=take_up_n,
    )


def climbs(samples: Any, *states: State) -> Any:
    """Return how far the target moved in each tick of these states, in mN."""
    inside = np.isin(samples["session_state"], states)
    return np.diff(samples["target_mn"])[inside[1:] & inside[:-1]]


def test_take_up_pause_and_resume_keep_to_the_rate_the_proof_states(bench: Bench) -> None:
    plan = bench.plan(slow(2.0), take_up_n=10.0)
    result = bench.script(plan=plan, requests=Requests([(8.0, Request.PAUSE), (13.0, Request.RESUME)]))
    assert result.outcome is Outcome.COMPLETED
    samples = result.record().samples
    assert climbs(samples, State.TAKE_UP).max() == 40  # 2 N/s
    assert climbs(samples, State.PAUSING).min() == -40
    assert climbs(samples, State.RESUMING).max() == 40
    assert plan.take_up_rate_n_per_s == 2.0


def test_a_steep_profile_is_taken_up_at_half_the_limit(bench: Bench) -> None:
    plan = bench.plan()
    assert plan.take_up_rate_n_per_s == plan.limits.max_rate_up_n_per_s / 2


def test_a_profile_that_never_climbs_is_taken_up_at_a_tenth_of_the_limit(bench: Bench) -> None:
    level = Profile.of(Hold(10.0, 3.0), Ramp(10.0, 0.0, 1.0), rest_n=10.0)
    plan = bench.plan(level, take_up_n=10.0)
    assert plan.take_up_rate_n_per_s == plan.limits.max_rate_up_n_per_s / 10
    assert bench.script(plan=plan).outcome is Outcome.COMPLETED


def test_a_take_up_that_cannot_arrive_in_its_time_is_refused(bench: Bench) -> None:
    with pytest.raises(RefusedError, match=r"a take-up to 10 N at 0\.2 N/s.*within 40 s") as caught:
        bench.plan(slow(0.2), take_up_n=10.0)
    assert caught.value.code == "E348"


# ---- what the record says of stops and of set-points ------------------------------------------------------


def test_each_step_of_the_stop_ladder_is_said_once_with_who_asked(bench: Bench) -> None:
    requests = Requests(
        [(8.0, Request.STOP), (8.04, Request.PAUSE), (8.06, Request.STOP), (8.08, Request.STOP)]
    )
    record = bench.script(requests=requests).record()
    said = [event.text for event in record.events if event.name == "stop"]
    assert said == ["step 1 by the schedule", "step 2 by the schedule"]


def test_both_steps_at_once_are_both_said(bench: Bench) -> None:
    record = bench.script(requests=Requests([(8.0, Request.FAST_STOP)])).record()
    assert [event.text for event in record.events if event.name == "stop"] == [
        "step 1 by the schedule",
        "step 2 by the schedule",
    ]


@pytest.mark.parametrize("at_us", [8_000_001, 8_003_100, 8_019_999])
def test_a_stop_between_two_ticks_goes_out_at_that_moment(bench: Bench, at_us: int) -> None:
    requests = Requests([(at_us / 1e6, Request.STOP), ((at_us + 200) / 1e6, Request.STOP)])
    result = bench.script(requests=requests)
    assert [cause.code for cause in result.causes] == ["E490", "E491"]
    start_us = next(sent.at_us for sent in bench.sent if sent.verb == "go")
    stops = [(sent.at_us - start_us, sent.value) for sent in bench.sent if sent.verb == "stop"]
    assert stops[:2] == [(at_us, StopKind.RELEASE), (at_us + 200, StopKind.FAST)]
    assert {event.t_us for event in result.record().events if event.name == "stop"} == {at_us, at_us + 200}
    commands = [sent.at_us - start_us for sent in bench.sent if sent.verb == "setpoint"]
    assert max(commands) == 8_000_000  # nothing is commanded any more
    late_us = result.record().samples["late_us"]
    assert not late_us.any()  # and the ticks keep their beat


def test_a_pause_between_two_ticks_waits_for_the_sample_it_needs(bench: Bench) -> None:
    requests = Requests([(8.0031, Request.PAUSE), (12.0, Request.RESUME)])
    result = bench.script(requests=requests)
    assert result.outcome is Outcome.COMPLETED
    entered = {event.text: event.t_us for event in result.record().events if event.name == "state"}
    assert entered["PAUSING"] == 8_020_000


class Pressed(WallClock):
    """A clock in real time; somebody presses stop while the loop waits for its tenth tick."""

    __slots__ = ("requests", "waits")

    def __init__(self, requests: Requests) -> None:
        super().__init__()
        self.requests = requests
        self.waits = 0

    def listen_until_us(self, deadline_us: int, bell: Bell) -> bool:
        self.waits += 1
        if self.waits == 10:
            self.requests.stop("a person")
        return super().listen_until_us(deadline_us, bell)


def test_a_stop_wakes_a_loop_in_real_time(bench: Bench) -> None:
    requests = Requests()
    bench.clock = Pressed(requests)
    result = bench.script(requests=requests)
    assert (result.outcome, result.code) == (Outcome.STOPPED, "E490")
    verbs = [sent.verb for sent in bench.table.driver.sent]
    first = verbs.index("stop")
    assert verbs[first - 1] == "setpoint"  # of the tick before: without another one in between
    assert "setpoint" not in verbs[first:]


def test_a_set_point_that_is_held_at_the_limit_is_said(bench: Bench) -> None:
    bench.clock = Held(3_000_000, 50_000)  # on the way up, too short for a warning about the tick itself
    result = bench.script()
    assert result.outcome is Outcome.COMPLETED
    said = [event for event in result.record().events if event.name == "rate"]
    assert [event.text for event in said] == ["70.0 N/s to catch up after a late tick, held at the limit"]
    rates = [sent.value.rate_mn_per_s for sent in bench.sent if sent.verb == "setpoint"]  # type: ignore[attr-defined]
    assert max(rates) == 30_000


class Held:
    """A virtual clock that is held up once."""

    realtime = may_sleep = False

    def __init__(self, at_us: int, for_us: int) -> None:
        self._now_us, self._at_us, self._for_us = 0, at_us, for_us

    def now_us(self) -> int:
        return self._now_us

    def wait_until_us(self, deadline_us: int) -> None:
        self._now_us = max(self._now_us, deadline_us)
        if self._now_us >= self._at_us and self._for_us:
            self._now_us, self._for_us = self._now_us + self._for_us, 0

    def suspended_us(self) -> int:
        return 0
