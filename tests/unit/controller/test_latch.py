"""A latched fault goes away by one fresh press, its cause gone for a second, at slack. Only so."""

from typing import Any

import pytest

from traction.controller.latch import REACTIONS
from traction.wire import codes


@pytest.fixture
def latched(bench: Any) -> Any:
    """Return a bench in FAULT_LATCHED after an e-stop, which is still pressed."""
    bench.pull(50_000)
    bench.goal = None
    bench.inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED
    bench.settle()
    assert (bench.c.state, bench.c.fault) == (codes.STATE_FAULT_LATCHED, codes.FAULT_ESTOP)
    return bench


def test_no_reset_while_the_cause_is_there(latched: Any) -> None:
    latched.tick(500)
    assert latched.c.reset(codes.FAULT_ESTOP) == codes.RESULT_CAUSE_PRESENT


def test_a_reset_a_full_second_after_the_cause_has_gone_leads_to_identified(latched: Any) -> None:
    latched.inputs = codes.INPUTS_HEALTHY
    latched.tick(100)
    assert latched.c.reset(codes.FAULT_ESTOP) == codes.RESULT_OK
    assert (latched.c.state, latched.c.fault) == (codes.STATE_IDENTIFIED, 0)
    assert latched.c.arm() == codes.RESULT_WRONG_STATE


def test_a_reset_a_tick_before_the_second_is_over_is_refused(latched: Any) -> None:
    latched.inputs = codes.INPUTS_HEALTHY
    latched.tick(99)
    assert latched.c.reset(codes.FAULT_ESTOP) == codes.RESULT_CAUSE_PRESENT


def test_the_second_starts_again_when_the_cause_comes_back(latched: Any) -> None:
    for _ in range(5):
        latched.inputs = codes.INPUTS_HEALTHY
        latched.tick(99)
        latched.inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED
        latched.tick()
        assert latched.c.latch.healthy_ms == 0


@pytest.mark.parametrize("wrong", [0, codes.FAULT_PATIENT_STOP, None, True, 402.0])
def test_a_reset_must_name_the_fault_that_was_seen(latched: Any, wrong: Any) -> None:
    latched.inputs = codes.INPUTS_HEALTHY
    latched.tick(200)
    assert latched.c.reset(wrong) == codes.RESULT_WRONG_FAULT
    assert latched.c.fault == codes.FAULT_ESTOP


def test_a_held_reset_button_does_not_count(latched: Any) -> None:
    latched.inputs = codes.INPUTS_HEALTHY
    results = set()
    for _ in range(100):
        latched.tick(5)
        results.add(latched.c.reset(codes.FAULT_ESTOP))
    assert results == {codes.RESULT_CAUSE_PRESENT, codes.RESULT_RESET_HELD}
    latched.tick(50)
    assert latched.c.reset(codes.FAULT_ESTOP) == codes.RESULT_OK


def test_a_button_held_since_before_the_fault_does_not_count(bench: Any) -> None:
    bench.run()
    bench.c.reset(0)
    bench.inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED
    for _ in range(20):
        bench.tick(10)
        bench.c.reset(codes.FAULT_ESTOP)
    bench.inputs = codes.INPUTS_HEALTHY
    for _ in range(30):
        bench.tick(10)
        assert bench.c.reset(codes.FAULT_ESTOP) != codes.RESULT_OK


def test_no_reset_under_load(latched: Any) -> None:
    latched.inputs = codes.INPUTS_HEALTHY
    latched.load(10_020)
    latched.tick(500)
    assert latched.c.reset(codes.FAULT_ESTOP) == codes.RESULT_CAUSE_PRESENT


def test_a_stop_unloads_a_force_that_came_back_behind_the_latch(latched: Any) -> None:
    latched.load(60_000)
    latched.tick(2)
    latched.c.stop(codes.STOP_RELEASE)
    assert (latched.c.state, latched.c.enabled) == (codes.STATE_RELEASING, 1)
    latched.inputs = codes.INPUTS_HEALTHY
    latched.settle()
    assert (latched.c.state, latched.c.fault) == (codes.STATE_FAULT_LATCHED, codes.FAULT_ESTOP)
    assert latched.force <= 10_000


def test_a_bad_cell_can_be_reset_once_it_reads_again(bench: Any) -> None:
    bench.pull(50_000)
    bench.goal = None
    bench.a = lambda _: None
    bench.settle()
    assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_CAUSE_PRESENT
    bench.a = lambda force: force
    bench.tick(100)
    assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_OK
    bench.tick()
    assert bench.c.load_limits(bench.limits) == codes.RESULT_OK
    assert bench.c.arm() == codes.RESULT_OK


def test_power_off_by_a_person_needs_a_reset_of_nothing(bench: Any) -> None:
    bench.run()
    bench.c.stop(codes.STOP_OFF)
    bench.tick(100)
    assert (bench.c.state, bench.c.fault, bench.c.dump) == (codes.STATE_DUMPED, 0, 1)
    assert bench.c.reset(0) == codes.RESULT_OK
    assert (bench.c.state, bench.c.dump) == (codes.STATE_IDENTIFIED, 0)


def test_after_a_power_off_at_speed_the_next_run_begins_standing_still(make_bench: Any) -> None:
    bench = make_bench()
    bench.pull(50_000)
    bench.goal = (300_000, 50_000, codes.MODE_FORCE)
    bench.tick(60)
    assert bench.c.velocity_um_per_s > 1000
    bench.c.stop(codes.STOP_OFF)
    bench.goal = None
    bench.tick(100)
    assert bench.c.reset(0) == codes.RESULT_OK
    bench.tick()
    assert (bench.c.load_limits(bench.limits), bench.c.arm(), bench.c.go(bench.c.nonce)) == (0, 0, 0)
    bench.tick()
    assert bench.c.velocity_um_per_s == 0


def test_while_nothing_is_latched_a_cell_that_reads_again_is_believed_again(bench: Any) -> None:
    bench.a = bench.b = lambda _: None
    bench.tick(50)
    bench.a = bench.b = lambda force: force
    bench.tick(2)
    assert bench.c.hello(1) == codes.RESULT_OK
    assert bench.c.load_limits(bench.limits) == codes.RESULT_OK
    assert bench.c.arm() == codes.RESULT_OK


def test_every_fault_has_a_reaction_and_an_unknown_one_the_most_severe() -> None:
    not_by_reaction = {codes.FAULT_NONE, codes.FAULT_LOADED_AT_BOOT}
    assert set(REACTIONS) == set(codes.FAULT_NAMES) - not_by_reaction


def test_an_unknown_fault_powers_off(bench: Any) -> None:
    bench.run()
    bench.c._trip(999)
    assert bench.c.state == codes.STATE_DUMPED


def test_names_stand_for_every_number() -> None:
    for prefix, names in (
        ("FAULT_", codes.FAULT_NAMES),
        ("RESULT_", codes.RESULT_NAMES),
        ("STOP_", codes.STOP_NAMES),
        ("STATE_", dict(enumerate(codes.STATE_NAMES))),
        ("DRIVE_", dict(enumerate(codes.DRIVE_NAMES))),
        ("REGION_", dict(enumerate(codes.REGION_NAMES))),
    ):
        numbers = [
            value for name, value in vars(codes).items() if name.startswith(prefix) and type(value) is int
        ]
        assert sorted(numbers) == sorted(names), prefix
        assert len(set(numbers)) == len(numbers)


def defect(bench: Any) -> None:
    """Let cell A fail in a run, and read again."""
    bench.pull(50_000)
    bench.goal = None
    bench.a = lambda _: None
    bench.settle()
    bench.a = lambda force: force
    bench.tick(100)


def wait(bench: Any, ms: int) -> None:
    """Let so much time pass for the controller, most of it in one go: nothing happens meanwhile."""
    bench.c.now_ms += ms - 1000
    bench.tick(100)


def test_the_third_like_defect_in_ten_minutes_locks_until_the_next_power_up(bench: Any) -> None:
    for _ in range(2):
        defect(bench)
        assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_OK
        bench.tick()
        bench.velocity = 0
    defect(bench)
    for _ in range(3):
        assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_LOCKED_OUT
        wait(bench, 600_000)
    assert bench.c.state == codes.STATE_FAULT_LATCHED
    assert bench.c.hello(4711) == codes.RESULT_OK
    assert bench.c.load_limits(bench.limits) == codes.RESULT_WRONG_STATE


def test_defects_further_apart_do_not_lock(bench: Any) -> None:
    for _ in range(4):
        defect(bench)
        assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_OK
        wait(bench, 310_000)


def test_what_people_and_hosts_do_never_locks(bench: Any) -> None:
    for _ in range(5):
        bench.run()
        bench.inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED
        bench.tick(10)
        bench.inputs = codes.INPUTS_HEALTHY
        bench.tick(100)
        assert bench.c.reset(codes.FAULT_PATIENT_STOP) == codes.RESULT_OK
        bench.tick()
