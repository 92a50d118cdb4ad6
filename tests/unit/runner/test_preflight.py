"""What is checked before anything moves, and that a plan cannot exist without its proof."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from traction.drivers.base import CAPABILITIES
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver, sample
from traction.errors import Problem, RefusedError, TableError
from traction.profile.profile import Profile
from traction.runner.outcome import Outcome
from traction.runner.plan import controller_limits, milli
from traction.runner.preflight import preflight
from traction.runner.record.direct import record_to_memory
from traction.runner.session import run_session
from traction.safety.verify import verify
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench

HEALTHY: dict[str, Any] = {"state": codes.STATE_IDENTIFIED}


def look(bench: Bench, first: dict[str, Any], second: dict[str, Any] | None = None, **facts: Any) -> Any:
    """Run the preflight on a table that says ``first`` and then ``second``."""
    steps = [sample(1, **HEALTHY | first), sample(2, **HEALTHY | (first if second is None else second))]
    driver = GuardedDriver(ScriptedDriver(steps, clock=bench.clock, **facts), bench.clock)
    return preflight(bench.plan(), driver, bench.clock)


def test_a_healthy_table_is_ready_and_holds_the_limits(bench: Bench) -> None:
    ready = look(bench, {})
    assert ready.limits == controller_limits(bench.plan().limits)
    assert ready.identity == IDENTITY


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"force_mn": 10_001}, "E344"),
        ({"force_mn": 0, "force_b_mn": -10_001}, "E344"),
        ({"force_mn": codes.FORCE_INVALID_MN, "force_b_mn": 0}, "E344"),
        ({"fault": codes.FAULT_OVER_FORCE, "state": codes.STATE_FAULT_LATCHED}, "E345"),
        ({"fault": codes.FAULT_LOADED_AT_BOOT, "state": codes.STATE_UNLOAD_ONLY}, "E345"),
        ({"state": codes.STATE_RUN}, "E345"),
        ({"state": codes.STATE_DUMPED}, "E345"),
        ({"state": 77}, "E345"),
        ({"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED}, "E346"),
        ({"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_B_CLOSED}, "E346"),
        ({"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_SLACK_END_CLOSED}, "E346"),
        ({"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_SUPPLY_GOOD}, "E346"),
        ({"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED}, "E346"),
        ({"travel_um": 2_001}, "E351"),
        ({"travel_um": -2_001}, "E351"),
    ],
)
def test_each_condition_refuses(bench: Bench, first: dict[str, Any], code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        look(bench, first)
    assert {problem.code for problem in caught.value.problems} == {code}


@pytest.mark.parametrize(
    "second",
    [{"controller_ms": 20}, {"boot_id": 2}, {"controller_ms": 0}],
    ids=["time stands still", "restarted", "time goes back"],
)
def test_a_controller_that_does_not_live_on_refuses(bench: Bench, second: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        look(bench, {}, second)
    assert caught.value.code == "E343"


def test_an_old_sample_refuses(bench: Bench) -> None:
    class Old(ScriptedDriver):
        def poll(self) -> Any:
            return super().poll()._replace(received_us=bench.clock.now_us() - 100_001)

    steps = [sample(seq, **HEALTHY) for seq in (1, 2)]
    driver = GuardedDriver(Old(steps, clock=bench.clock), bench.clock)
    with pytest.raises(RefusedError) as caught:
        preflight(bench.plan(), driver, bench.clock)
    assert caught.value.code == "E343"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"region": "cervical"}, "E341"),
        ({"drive": "self-locking"}, "E342"),
        ({"boot_id": IDENTITY.boot_id + 1}, "E343"),  # it restarted between its hello and its first sample
        ({"simulated": False}, "E349"),  # the clock of the bench is virtual
        ({"capabilities": ()}, "E352"),
        *(
            ({"capabilities": tuple(name for name in CAPABILITIES if name != missing)}, "E352")
            for missing in CAPABILITIES
        ),
    ],
)
def test_another_table_than_the_proof_was_made_for_refuses(
    bench: Bench, facts: dict[str, Any], code: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        look(bench, {}, identity=dataclasses.replace(IDENTITY, **facts))
    assert caught.value.code == code


def test_a_cell_without_a_reading_is_told_in_words(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="load cell B gives no reading"):
        look(bench, {"force_b_mn": codes.FORCE_INVALID_MN})


def test_every_reason_comes_at_once_and_nothing_is_loaded(bench: Bench) -> None:
    result = bench.script(inputs=0, force_mn=50_000, state=codes.STATE_FAULT_LATCHED)
    assert (result.outcome, result.exit_code) == (Outcome.REFUSED, 3)
    assert [problem.code for problem in result.problems] == ["E344", "E344", "E345", *["E346"] * 4, "E351"]
    assert bench.verbs() == ["open", "stop RELEASE", "close"]  # the stop comes from close
    record = result.record()
    assert record.complete
    assert record.outcome is not None
    assert record.outcome["outcome"] == "REFUSED"
    assert [each["code"] for each in record.outcome["causes"]] == ["E344", "E345", "E346", "E351"]


def test_limits_that_read_back_different_do_not_start(bench: Bench) -> None:
    looser = dataclasses.replace(controller_limits(bench.plan().limits), max_force_mn=10**6)
    steps = [sample(seq, **HEALTHY) for seq in (1, 2)]
    scripted = ScriptedDriver(steps, clock=bench.clock, read_back=looser)
    driver = GuardedDriver(scripted, bench.clock)
    result = run_session(bench.plan(), driver, bench.clock, record_to_memory())
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E505")
    assert "arm" not in scripted.verbs()


def test_a_table_that_is_not_there_is_a_fault_with_a_record(bench: Bench) -> None:
    missing = TableError(Problem("E508", "nobody answers"))
    driver = GuardedDriver(ScriptedDriver(clock=bench.clock, failures={"open": missing}), bench.clock)
    result = run_session(bench.plan(), driver, bench.clock, record_to_memory())
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E508")
    assert result.record().header["table"]["identity"] is None
    assert result.stats.rows == 0


@pytest.mark.parametrize("code", ["E520", "E522", "E538"])
@pytest.mark.parametrize("verb", ["load_limits", "arm", "go"])
def test_a_table_that_says_no_refuses_and_one_that_does_not_answer_is_a_fault(
    bench: Bench, verb: str, code: str
) -> None:
    steps = [sample(seq, **HEALTHY) for seq in range(1, 400)]
    failure = TableError(Problem(code, "no"))
    driver = GuardedDriver(ScriptedDriver(steps, clock=bench.clock, failures={verb: failure}), bench.clock)
    result = run_session(bench.plan(), driver, bench.clock, record_to_memory())
    assert (result.outcome, result.code) == (Outcome.FAULTED if code == "E538" else Outcome.REFUSED, code)
    assert [cause.code for cause in result.causes][:1] == [code]


def test_a_no_of_a_table_that_has_begun_all_the_same_is_watched_to_slack(bench: Bench) -> None:
    steps = [sample(seq, **HEALTHY) for seq in (1, 2)]
    steps += [sample(seq, state=codes.STATE_RUN, force_mn=60_000) for seq in range(3, 400)]
    failure = TableError(Problem("E520", "no"))
    driver = GuardedDriver(ScriptedDriver(steps, clock=bench.clock, failures={"go": failure}), bench.clock)
    result = run_session(bench.plan(), driver, bench.clock, record_to_memory())
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E520")
    assert result.stats.rows > 10


def test_a_driver_that_was_opened_before_is_not_opened_again(bench: Bench) -> None:
    scripted = ScriptedDriver([sample(seq, **HEALTHY) for seq in (1, 2)], clock=bench.clock)
    driver = GuardedDriver(scripted, bench.clock)
    driver.open()
    preflight(bench.plan(), driver, bench.clock)
    assert scripted.verbs().count("open") == 1


# ---- the plan ---------------------------------------------------------------------------------------------


def test_a_plan_cannot_be_made_of_what_did_not_pass(bench: Bench) -> None:
    plan = bench.plan()
    refused = dataclasses.replace(plan.verification, problems=(Problem("E311", "too much"),))
    with pytest.raises(RefusedError) as caught:
        dataclasses.replace(plan, verification=refused)
    assert caught.value.code == "E311"


@pytest.mark.parametrize(
    "change",
    [
        {"region": "cervical"},
        {"take_up_force_n": 31.0},
        {"take_up_timeout_s": float("inf")},
        {"take_up_timeout_s": float("nan")},
        {"take_up_timeout_s": 0.0},
    ],
)
def test_a_plan_of_parts_that_do_not_belong_together_is_refused(bench: Bench, change: dict[str, Any]) -> None:
    with pytest.raises(RefusedError) as caught:
        dataclasses.replace(bench.plan(), **change)
    assert {problem.code for problem in caught.value.problems} == {"E348"}


def test_controller_limits_are_never_looser_than_the_limits(bench: Bench) -> None:
    limits = bench.plan().limits
    sent = controller_limits(limits)
    assert sent.max_force_mn <= limits.max_force_n * 1000 + 0.01
    assert sent.hold_band_mn >= limits.hold_band_n * 1000
    assert sent.max_session_ms <= limits.max_session_s * 1000 + 0.01


@pytest.mark.parametrize(
    ("value", "whole"), [(2.3, 2300), (0.0019, 1), (400.339925, 400339), (900.0, 900_000), (0.0, 0)]
)
def test_thousandths_are_rounded_down_but_for_the_noise_of_a_float(value: float, whole: int) -> None:
    assert milli(value) == whole


def test_a_profile_at_the_very_limit_runs(bench: Bench) -> None:
    plan = bench.plan()
    limit_n = 130.00049999
    limits = dataclasses.replace(plan.limits, max_force_n=limit_n)
    profile = Profile(bench.spans(high_n=limit_n), rest_n=30.0)
    proof = verify(profile, limits, plan.table, take_up_timeout_s=plan.take_up_timeout_s)
    tight = dataclasses.replace(plan, profile=profile, limits=limits, verification=proof)
    assert bench.script(plan=tight).outcome is Outcome.COMPLETED


def test_a_proof_of_something_else_does_not_run(bench: Bench) -> None:
    plan = bench.plan()
    other = Profile(bench.spans(high_n=61.0), rest_n=30.0)
    with pytest.raises(RefusedError, match="E348"):
        dataclasses.replace(plan, profile=other)
    looser = dataclasses.replace(plan.limits, max_force_n=plan.limits.max_force_n + 1.0)
    with pytest.raises(RefusedError, match="E348"):
        dataclasses.replace(plan, limits=looser)
