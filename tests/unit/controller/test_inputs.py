"""What the loops say besides a press: two channels that differ, an end of the way, a supply that sags."""

from typing import Any

import pytest

from traction.wire import codes

HEALTHY = codes.INPUTS_HEALTHY
ONE_CHANNEL = [codes.INPUT_ESTOP_A_CLOSED, codes.INPUT_ESTOP_B_CLOSED]
ENDS = [codes.INPUT_PULL_END_CLOSED, codes.INPUT_SLACK_END_CLOSED]


@pytest.fixture
def running(bench: Any) -> Any:
    """Return a bench holding 100 N in RUN."""
    bench.pull(100_000)
    return bench


@pytest.mark.parametrize("bit", ONE_CHANNEL)
@pytest.mark.parametrize("ticks", [10, 11])
def test_either_channel_is_a_press_and_differing_for_over_100_ms_locks(
    running: Any, bit: int, ticks: int
) -> None:
    running.inputs = HEALTHY & ~bit
    running.tick()
    assert (running.c.fault, running.c.state) == (codes.FAULT_ESTOP, codes.STATE_FAST_RELEASING)
    running.tick(ticks - 1)
    running.inputs = HEALTHY
    running.settle()
    later = [fault for fault, _ in running.c.latch.later]
    assert running.force <= 10_000
    expected = codes.RESULT_OK if ticks == 10 else codes.RESULT_LOCKED_OUT
    assert (codes.FAULT_ESTOP_CHANNELS in later) == (ticks == 11)
    assert running.c.reset(codes.FAULT_ESTOP) == expected


@pytest.mark.parametrize("bit", ONE_CHANNEL)
@pytest.mark.parametrize("state", ["boot", "ready", "done"])
def test_channels_that_differ_at_rest_lock_before_anything_starts(bench: Any, bit: int, state: str) -> None:
    bench.tick(3)
    if state != "boot":
        bench.arm()
        bench.c.stop(codes.STOP_RELEASE)
    if state == "done":
        bench.c.arm()
        bench.c.go(bench.c.nonce)
        bench.c.stop(codes.STOP_RELEASE)
        bench.settle(1)
        assert bench.c.state == codes.STATE_DONE
    bench.inputs = HEALTHY & ~bit
    bench.tick(10)
    assert bench.c.fault == 0
    bench.tick()
    assert (bench.c.fault, bench.c.state) == (codes.FAULT_ESTOP_CHANNELS, codes.STATE_FAULT_LATCHED)
    bench.inputs = HEALTHY
    bench.tick(200)
    assert bench.c.reset(codes.FAULT_ESTOP_CHANNELS) == codes.RESULT_LOCKED_OUT


def test_contacts_that_bounce_apart_for_a_moment_are_no_defect(bench: Any) -> None:
    bench.tick(3)
    for _ in range(50):
        for inputs in (HEALTHY & ~4, HEALTHY & ~1, HEALTHY & ~5, HEALTHY & ~1, HEALTHY):
            bench.inputs = inputs
            bench.tick(3)
    assert (bench.c.fault, bench.c.latch.locked) == (0, False)


def test_one_welded_channel_is_found_by_the_first_press(bench: Any) -> None:
    bench.tick(3)
    bench.inputs = HEALTHY & ~codes.INPUT_ESTOP_A_CLOSED  # pressed, and B stays closed
    bench.tick(30)
    assert bench.c.latch.locked
    assert bench.c.hello(5) == codes.RESULT_OK  # it may be asked, and does nothing
    assert bench.c.load_limits(bench.limits) == codes.RESULT_WRONG_STATE


@pytest.mark.parametrize(
    ("bits", "fault"),
    [*((bit, codes.FAULT_END_SWITCH) for bit in ENDS), (codes.INPUT_SUPPLY_GOOD, codes.FAULT_SUPPLY)],
)
def test_one_tick_at_an_end_or_without_supply_cuts_the_power_for_good(
    running: Any, bits: int, fault: int
) -> None:
    running.inputs = HEALTHY & ~bits
    running.tick()
    assert (running.c.fault, running.c.state) == (fault, codes.STATE_DUMPED)
    assert (running.c.enabled, running.c.dump) == (0, 1)
    running.inputs = HEALTHY
    running.tick(500)
    assert running.c.state == codes.STATE_DUMPED
    assert running.c.go(running.c.nonce) == codes.RESULT_WRONG_STATE


@pytest.mark.parametrize(
    ("bits", "fault"),
    [*((bit, codes.FAULT_END_SWITCH) for bit in ENDS), (codes.INPUT_SUPPLY_GOOD, codes.FAULT_SUPPLY)],
)
def test_in_a_release_too(running: Any, bits: int, fault: int) -> None:
    running.c.stop(codes.STOP_RELEASE)
    running.tick(5)
    running.inputs = HEALTHY & ~bits
    running.tick()
    assert (running.c.fault, running.c.state) == (fault, codes.STATE_DUMPED)


@pytest.mark.parametrize("bits", [*ONE_CHANNEL, *ENDS, codes.INPUT_SUPPLY_GOOD])
def test_nothing_is_armed_while_an_input_is_open(bench: Any, bits: int) -> None:
    bench.arm()
    bench.c.stop(codes.STOP_RELEASE)
    bench.inputs = HEALTHY & ~bits
    bench.tick()
    assert bench.c.arm() == codes.RESULT_STOP_OPEN


@pytest.mark.parametrize("bits", [*ENDS, codes.INPUT_SUPPLY_GOOD])
def test_at_rest_they_only_refuse(bench: Any, bits: int) -> None:
    bench.tick(3)
    bench.inputs = HEALTHY & ~bits
    bench.tick(100)
    bench.inputs = HEALTHY
    bench.tick()
    assert bench.c.fault == 0
    bench.arm()


def test_a_person_who_presses_comes_before_the_supply_that_goes_with_it(running: Any) -> None:
    running.inputs = HEALTHY & ~(codes.INPUT_ESTOP_CLOSED | codes.INPUT_SUPPLY_GOOD)
    running.tick()
    assert (running.c.fault, running.c.state) == (codes.FAULT_ESTOP, codes.STATE_DUMPED)
    assert [fault for fault, _ in running.c.latch.later] == [codes.FAULT_SUPPLY]


def test_the_third_sag_within_ten_minutes_locks(bench: Any) -> None:
    for count in range(3):
        bench.tick(200)
        bench.run()
        bench.inputs = HEALTHY & ~codes.INPUT_SUPPLY_GOOD
        bench.tick()
        bench.inputs = HEALTHY
        bench.tick(200)
        expected = codes.RESULT_LOCKED_OUT if count == 2 else codes.RESULT_OK
        assert bench.c.reset(codes.FAULT_SUPPLY) == expected
