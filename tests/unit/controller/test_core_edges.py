"""The controller's own comparisons at their edges, and what a tick decides when two things come at once."""

from __future__ import annotations

from typing import Any

import pytest

from traction.wire import codes

HEALTHY = codes.INPUTS_HEALTHY
NO_A = HEALTHY & ~codes.INPUT_ESTOP_A_CLOSED
NO_B = HEALTHY & ~codes.INPUT_ESTOP_B_CLOSED
NO_STOP = HEALTHY & ~codes.INPUT_ESTOP_CLOSED
FAR = 1_090_000  # beyond the limit by a fifth: one sample is enough


@pytest.mark.parametrize(
    ("token", "result"),
    [
        (1, codes.RESULT_OK),
        (0xFFFFFFFF, codes.RESULT_OK),
        *((token, codes.RESULT_BAD_VALUE) for token in (0, -1, 1 << 32, True, 1.0, None)),
    ],
)
def test_a_token_has_32_bits_and_is_not_0(bench: Any, token: Any, result: int) -> None:
    bench.tick()
    assert bench.c.hello(token) == result


BUSY = (codes.STATE_ARMED, codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)
BEGINS = (codes.STATE_BOOT, codes.STATE_IDENTIFIED, codes.STATE_READY, codes.STATE_DONE)


@pytest.mark.parametrize("state", range(len(codes.STATE_NAMES)), ids=codes.STATE_NAMES)
def test_where_a_session_may_begin_and_what_it_changes(bench: Any, state: int) -> None:
    bench.tick()
    bench.c.state = state
    assert bench.c.hello(1) == (codes.RESULT_BUSY if state in BUSY else codes.RESULT_OK)
    assert bench.c.state == (codes.STATE_IDENTIFIED if state in BEGINS else state)
    bench.c.state = state
    bench.a = lambda force: force + 27_001  # cells that differ are looked at before the first session only
    bench.c.cells.read(0, 27_001)
    known = codes.RESULT_BUSY if state in BUSY else codes.RESULT_OK
    assert bench.c.hello(1) == (codes.RESULT_NO_FORCE_SIGNAL if state == codes.STATE_BOOT else known)


def test_a_start_number_is_a_whole_number(bench: Any) -> None:
    bench.arm()
    assert bench.c.go(float(bench.c.nonce)) == codes.RESULT_WRONG_NONCE
    assert bench.c.go(bench.c.nonce) == codes.RESULT_OK


def test_a_cell_that_gives_no_reading_starts_nothing_until_it_does(bench: Any) -> None:
    bench.arm()
    bench.a = lambda _force: None
    bench.tick()
    assert bench.c.arm() == codes.RESULT_NO_FORCE_SIGNAL
    bench.a = lambda force: force
    bench.tick()
    assert bench.c.arm() == codes.RESULT_OK


# ---- a stop at rest ------------------------------------------------------------------------------------


def done(bench: Any) -> Any:
    bench.run()
    bench.tick(3)
    bench.c.stop(codes.STOP_RELEASE)
    bench.settle(1)
    assert bench.c.state == codes.STATE_DONE
    return bench


def test_a_stop_moves_nothing_while_no_cell_gives_a_reading(bench: Any) -> None:
    done(bench)
    bench.load(100_000)
    bench.a = bench.b = lambda _force: None
    bench.tick()
    assert bench.c.stop(codes.STOP_RELEASE) == codes.RESULT_OK
    assert (bench.c.enabled, bench.c.state) == (0, codes.STATE_DONE)


def test_a_force_that_came_back_is_let_go_of_past_slack(bench: Any) -> None:
    done(bench)
    bench.load(100_000)
    bench.tick()
    bench.c.stop(codes.STOP_RELEASE)
    bench.settle()
    assert bench.c.state == codes.STATE_DONE
    assert bench.position_nm < -3_000_000  # from 5 mm of stretch: not only to slack


# ---- the lease, and what comes with it -----------------------------------------------------------------


def test_a_lease_lasts_through_its_last_tick(bench: Any) -> None:
    bench.run()
    bench.setpoint(200_000)
    bench.tick(5)
    bench.c.lease_end_ms = bench.c.now_ms + 10
    before = bench.c.velocity_um_per_s
    bench.tick()
    assert bench.c.state == codes.STATE_RUN
    assert bench.c.velocity_um_per_s > before


@pytest.mark.parametrize(
    ("left_ms", "fault", "later"),
    [
        (20, codes.FAULT_SESSION_TOO_LONG, []),
        (10, codes.FAULT_SESSION_TOO_LONG, []),
        (9, codes.FAULT_SESSION_TOO_LONG, [codes.FAULT_LEASE_EXPIRED]),
        (9, codes.FAULT_OVER_FORCE, []),
    ],
)
def test_a_lease_that_ends_with_another_fault_is_told_where_both_count_in_a_run_only(
    bench: Any, left_ms: int, fault: int, later: list[int]
) -> None:
    bench.run()
    bench.tick(3)
    bench.c.lease_end_ms = bench.c.now_ms + left_ms
    if fault == codes.FAULT_OVER_FORCE:
        bench.a = bench.b = lambda _force: FAR
    else:
        bench.c.motion.trips.session_end_ms = bench.c.now_ms
    bench.tick()
    assert bench.c.fault == fault
    assert [one for one, _ in bench.c.latch.later] == later


def test_in_the_tick_that_cuts_the_power_nothing_is_told_to_move(bench: Any) -> None:
    bench.pull(200_000)
    bench.inputs = HEALTHY & ~codes.INPUT_SUPPLY_GOOD
    bench.tick()
    assert (bench.c.state, bench.c.enabled, bench.c.velocity_um_per_s) == (codes.STATE_DUMPED, 0, 0)
    assert bench.c.dump == 1
    assert bench.c.latch.later == []  # nor is anything watched that does not go on


# ---- inputs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inputs", [None, True, 127.0])
def test_inputs_that_are_no_whole_number_are_all_open(bench: Any, inputs: Any) -> None:
    bench.inputs = inputs
    bench.tick()
    assert bench.c.inputs == 0


@pytest.mark.parametrize("one", [NO_A, NO_B])
@pytest.mark.parametrize(
    ("before", "ticks"),
    [
        ([], 10),  # from power-up
        ([HEALTHY], 10),
        ([None, NO_STOP], 10),
        ([HEALTHY, None, HEALTHY], 10),
        (["one"] * 8 + [HEALTHY], 10),
        (["one"] * 8 + [NO_STOP], 10),
        (["one"] * 8 + ["one and the patient's"], 1),  # another contact says nothing about these two
    ],
)
def test_two_channels_may_differ_for_ten_ticks(bench: Any, one: int, before: list[Any], ticks: int) -> None:
    names = {"one": one, "one and the patient's": one & ~codes.INPUT_PATIENT_STOP_CLOSED}
    for inputs in before:
        bench.inputs = names.get(inputs, inputs)
        bench.tick()
    bench.inputs = one
    bench.tick(ticks)
    assert not bench.c.latch.locked
    bench.tick()
    assert bench.c.latch.locked
    assert bench.c.fault == codes.FAULT_ESTOP_CHANNELS


# ---- at rest -------------------------------------------------------------------------------------------


def bad_cell(bench: Any) -> Any:
    bench.pull(100_000)
    bench.a = lambda _force: None
    bench.settle()
    bench.a = lambda force: force
    assert (bench.c.state, bench.c.fault) == (codes.STATE_FAULT_LATCHED, codes.FAULT_CELL_RANGE)
    return bench


@pytest.mark.parametrize("wrong", ["loaded", "input", "travel"])
def test_the_second_before_a_reset_counts_from_when_all_is_well(bench: Any, wrong: str) -> None:
    bad_cell(bench)
    bench.tick(200)
    at_nm = bench.position_nm
    if wrong == "loaded":
        bench.load(20_000)
    elif wrong == "input":
        bench.inputs = HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED
    else:
        bench.travel = lambda _travel: None
    bench.tick()
    assert bench.c.latch.healthy_ms == 0
    bench.position_nm, bench.inputs, bench.travel = at_nm, HEALTHY, lambda travel: travel
    bench.tick(99)
    assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_CAUSE_PRESENT
    bench.tick(51)
    assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_OK


def test_a_cell_left_out_stays_so_until_a_reset(bench: Any) -> None:
    bad_cell(bench)
    bench.tick(200)
    assert not bench.c.cells.trust_a
    assert bench.c.reset(codes.FAULT_CELL_RANGE) == codes.RESULT_OK
    assert bench.c.cells.trust_a
