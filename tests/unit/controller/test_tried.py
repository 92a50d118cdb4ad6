"""A start asks for stops that were tried lately, where somebody can press them, and for a sound zero."""

import pytest

from traction.controller.tried import Tried
from traction.wire import codes

ALL = codes.INPUTS_HEALTHY
WITHIN_MS = 12 * 3_600_000
CONTACTS = (codes.INPUT_ESTOP_A_CLOSED, codes.INPUT_ESTOP_B_CLOSED, codes.INPUT_PATIENT_STOP_CLOSED)


@pytest.fixture
def asking(make_bench):
    """Return a bench whose controller asks for the stops to be tried."""
    bench = make_bench()
    bench.config.press_within_ms = WITHIN_MS
    bench.c.tried = Tried(bench.config)
    bench.tick()
    assert bench.c.hello(99) == codes.RESULT_OK
    assert bench.c.load_limits(bench.limits) == codes.RESULT_OK
    return bench


def press(bench, bits: int, ticks: int = 11) -> None:
    bench.inputs = ALL & ~bits
    bench.tick(ticks)
    bench.inputs = ALL
    bench.tick(2)


@pytest.mark.parametrize("left_out", CONTACTS)
def test_every_contact_has_to_be_tried_and_then_it_may_start(asking, left_out: int) -> None:
    assert asking.c.arm() == codes.RESULT_STOPS_UNTRIED
    for bit in CONTACTS:
        if bit != left_out and bit == codes.INPUT_PATIENT_STOP_CLOSED:
            press(asking, bit)
        elif bit != left_out:
            press(asking, bit, 10)  # one channel alone for longer than 0.1 s is a defect
    assert asking.c.arm() == codes.RESULT_STOPS_UNTRIED
    press(asking, left_out, 10)
    assert asking.c.arm() == codes.RESULT_OK
    assert asking.c.go(asking.c.nonce) == codes.RESULT_OK


@pytest.mark.parametrize(("ticks", "result"), [(9, codes.RESULT_STOPS_UNTRIED), (10, codes.RESULT_OK)])
def test_a_wire_that_flickers_is_no_press(asking, ticks: int, result: int) -> None:
    press(asking, codes.INPUT_ESTOP_CLOSED | codes.INPUT_PATIENT_STOP_CLOSED, ticks)
    assert asking.c.arm() == result


def test_a_try_counts_for_its_time_and_not_a_tick_longer(asking) -> None:
    press(asking, codes.INPUT_ESTOP_CLOSED | codes.INPUT_PATIENT_STOP_CLOSED)
    closed_ms = asking.c.now_ms - 10
    asking.c.now_ms = closed_ms + WITHIN_MS
    assert asking.c.arm() == codes.RESULT_OK
    asking.c.now_ms += 10
    assert asking.c.go(asking.c.nonce) == codes.RESULT_STOPS_UNTRIED
    assert asking.c.arm() == codes.RESULT_STOPS_UNTRIED


def test_a_press_in_a_run_is_a_try(asking) -> None:
    press(asking, codes.INPUT_ESTOP_CLOSED | codes.INPUT_PATIENT_STOP_CLOSED)
    before = list(asking.c.tried.tried_ms)
    asking.c.arm()
    asking.c.go(asking.c.nonce)
    press(asking, codes.INPUT_PATIENT_STOP_CLOSED)
    assert asking.c.fault == codes.FAULT_PATIENT_STOP
    assert [now > then for now, then in zip(asking.c.tried.tried_ms, before, strict=True)] == [0, 0, 1]


@pytest.mark.parametrize("cell", ["a", "b"])
def test_a_zero_that_would_end_a_run_at_once_starts_none(bench, cell: str) -> None:
    bench.tick()
    bench.c.hello(99)
    bench.c.load_limits(bench.limits)
    setattr(bench, cell, lambda force: force - 5001)
    bench.tick()
    assert bench.c.arm() == codes.RESULT_NOT_SLACK
    setattr(bench, cell, lambda force: force - 5000)
    bench.tick()
    assert bench.c.arm() == codes.RESULT_OK


def test_two_cells_that_drift_alike_are_found_at_slack(make_bench) -> None:
    bench = make_bench(slack_um=4000)
    bench.pull(100_000, seconds=20)
    bench.a = bench.b = lambda force: force - 6000
    bench.tick(200)
    assert (bench.c.fault, bench.force) == (0, pytest.approx(106_000, abs=1500))  # as wrong as they are
    bench.c.stop(codes.STOP_RELEASE)
    bench.settle()
    assert bench.c.fault == codes.FAULT_NEGATIVE_FORCE
    assert bench.force == 0


def test_a_contact_stays_open_since_it_opened_whatever_else_changes(asking) -> None:
    asking.inputs = ALL & ~codes.INPUT_ESTOP_CLOSED
    asking.tick(5)
    press(asking, codes.INPUT_ESTOP_CLOSED | codes.INPUT_PATIENT_STOP_CLOSED, 5)
    assert asking.c.arm() == codes.RESULT_STOPS_UNTRIED  # the patient's stop was open for half the time only
    press(asking, codes.INPUT_PATIENT_STOP_CLOSED, 10)
    assert asking.c.arm() == codes.RESULT_OK


@pytest.mark.parametrize("now_ms", [0, 1, WITHIN_MS])
def test_what_nobody_has_tried_was_never_tried_lately(bench, now_ms: int) -> None:
    bench.config.press_within_ms = WITHIN_MS
    assert not Tried(bench.config).lately(now_ms)


def test_a_press_since_power_up_is_one(bench) -> None:
    bench.config.press_within_ms = WITHIN_MS
    tried = Tried(bench.config)
    tried.see(0, 0)
    tried.see(ALL, 100)
    assert tried.lately(100)
