"""A table with an enabling switch runs only while somebody holds it, and knows a contact that is stuck."""

import itertools

import pytest

from traction.controller.config import ControllerConfig
from traction.controller.enabling import Enabling
from traction.wire import codes

OPEN = codes.INPUTS_HEALTHY
HELD = OPEN | codes.INPUT_SWITCH_HELD


@pytest.fixture
def held(make_bench):
    """Return a bench with a switch that was seen open and is held, in READY."""
    bench = make_bench()
    bench.config.hold_to_run = 1
    bench.c.enabling = Enabling(bench.config)
    bench.tick(3)
    bench.inputs = HELD
    bench.tick(6)
    assert bench.c.hello(99) == codes.RESULT_OK
    assert bench.c.load_limits(bench.limits) == codes.RESULT_OK
    return bench


def start(bench) -> None:
    assert bench.c.arm() == codes.RESULT_OK
    assert bench.c.go(bench.c.nonce) == codes.RESULT_OK


def test_let_go_under_force_it_releases_by_itself_in_the_third_tick_and_latches(held) -> None:
    start(held)
    held.goal = (100_000, 15_000, codes.MODE_FORCE)
    held.tick(1000)
    assert (held.c.state, held.force) == (codes.STATE_RUN, pytest.approx(100_000, abs=1000))
    held.inputs = OPEN
    held.tick(2)
    assert held.c.fault == codes.FAULT_NONE
    held.tick()
    assert (held.c.fault, held.c.state) == (codes.FAULT_SWITCH_LET_GO, codes.STATE_RELEASING)
    held.settle()
    assert (held.force, held.c.state) == (0, codes.STATE_FAULT_LATCHED)
    held.inputs = HELD
    held.tick(20)
    assert held.c.arm() == codes.RESULT_WRONG_STATE, "held again it starts nothing"
    held.tick(100)
    assert held.c.reset(codes.FAULT_SWITCH_LET_GO) == codes.RESULT_OK


@pytest.mark.parametrize(
    ("before", "result"),
    [
        ((HELD,) * 30, codes.RESULT_SWITCH_STUCK),
        ((OPEN, OPEN) + (HELD,) * 30, codes.RESULT_SWITCH_STUCK),  # a bounce is no proof
        ((OPEN,) * 3 + (HELD,) * 5, codes.RESULT_SWITCH_OPEN),
        ((OPEN,) * 3 + (HELD,) * 6, codes.RESULT_OK),
        ((OPEN,) * 900 + (HELD,) * 6, codes.RESULT_OK),
        ((OPEN,) * 3 + (HELD,) * 6 + (OPEN,), codes.RESULT_SWITCH_OPEN),
        ((None,) * 3 + (HELD,) * 6, codes.RESULT_OK),
        ((OPEN,) * 3 + (HELD,) * 6 + (None,), codes.RESULT_SWITCH_OPEN),
    ],
)
def test_a_start_asks_for_a_switch_that_was_open_and_is_held(before: tuple, result: int) -> None:
    config = ControllerConfig(codes.REGION_LUMBAR, 1, codes.DRIVE_BACK_DRIVABLE)
    config.hold_to_run = 1
    switch = Enabling(config)
    for inputs in before:
        switch.see(inputs)
    assert switch.may_start() == result


def test_each_start_asks_again_and_both_verbs_do(held) -> None:
    assert held.c.arm() == codes.RESULT_OK
    held.inputs = OPEN
    held.tick()
    assert held.c.go(held.c.nonce) == codes.RESULT_SWITCH_OPEN
    assert held.c.state == codes.STATE_READY
    held.inputs = HELD
    held.tick(6)
    start(held)
    held.c.stop(codes.STOP_RELEASE)
    held.settle(1)
    assert held.c.load_limits(held.limits) == codes.RESULT_OK
    assert held.c.arm() == codes.RESULT_SWITCH_STUCK


def test_whatever_flickers_with_two_closed_for_one_open_is_held_and_with_less_it_is_let_go(held) -> None:
    start(held)
    for inputs in itertools.islice(itertools.cycle((OPEN, HELD, HELD)), 60):
        held.inputs = inputs
        held.c.lease_end_ms = held.c.now_ms + 250
        held.tick()
    assert held.c.state == codes.STATE_RUN
    for inputs in itertools.islice(itertools.cycle((OPEN, HELD)), 10):
        held.inputs = inputs
        held.tick()
    assert held.c.fault == codes.FAULT_SWITCH_LET_GO


def test_a_stop_that_opens_with_it_is_named_first_and_a_release_that_runs_asks_for_no_hand(held) -> None:
    start(held)
    held.c.stop(codes.STOP_RELEASE)
    held.inputs = OPEN
    held.tick(30)
    assert (held.c.fault, held.c.state) == (codes.FAULT_NONE, codes.STATE_DONE)
    assert held.c.load_limits(held.limits) == codes.RESULT_OK
    held.inputs = HELD
    held.tick(6)
    start(held)
    held.inputs = 0
    held.tick(3)
    assert (held.c.fault, held.c.latch.later[:1]) != (codes.FAULT_SWITCH_LET_GO, [])
    assert codes.FAULT_SWITCH_LET_GO not in [fault for fault, _ in held.c.latch.later]


def test_a_table_without_one_tells_of_none(bench) -> None:
    bench.inputs = HELD
    bench.run()
    bench.inputs = OPEN
    bench.tick(20)
    assert (bench.c.state, bench.c.enabling.bit) == (codes.STATE_RUN, 0)


@pytest.mark.parametrize("before", [(), (HELD,), (OPEN,) * 3 + (HELD,) * 6, (OPEN,) * 3 + (HELD,) * 7])
def test_what_is_at_rest_has_counted_nothing_open(before: tuple) -> None:
    config = ControllerConfig(codes.REGION_LUMBAR, 1, codes.DRIVE_BACK_DRIVABLE)
    config.hold_to_run = 1
    switch = Enabling(config)
    for inputs in (*before, OPEN, OPEN, HELD, OPEN):
        switch.see(inputs)
    assert not switch.let_go
    switch.see(OPEN)
    assert switch.let_go
