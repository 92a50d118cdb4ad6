"""Starting takes two steps and a number that works once; set-points are leases that echo what was seen."""

from typing import Any

import pytest

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.session import LATEST_ARM_MS
from traction.wire import codes


def test_a_nonce_works_once(bench: Any) -> None:
    bench.arm()
    nonce = bench.c.nonce
    assert bench.c.go(nonce) == codes.RESULT_OK
    bench.c.stop(codes.STOP_RELEASE)
    bench.settle(0.2)
    assert bench.c.state == codes.STATE_DONE
    assert bench.c.load_limits(bench.limits) == codes.RESULT_OK
    assert bench.c.arm() == codes.RESULT_OK
    assert bench.c.go(nonce) == codes.RESULT_WRONG_NONCE
    assert bench.c.state == codes.STATE_ARMED


def test_arming_again_voids_the_nonce_before(bench: Any) -> None:
    bench.arm()
    first = bench.c.nonce
    bench.c.arm()
    assert bench.c.nonce != first
    assert bench.c.go(first) == codes.RESULT_WRONG_NONCE
    assert bench.c.go(bench.c.nonce) == codes.RESULT_OK


def test_nonces_differ_between_power_ups(bench: Any) -> None:
    def nonce(boot_id: int) -> int:
        c = Controller(ControllerConfig(codes.REGION_LUMBAR, boot_id, codes.DRIVE_SELF_LOCKING))
        c.tick(0, 0, 0, codes.INPUTS_HEALTHY)
        assert (c.hello(1), c.load_limits(bench.limits), c.arm()) == (0, 0, 0)
        return c.nonce

    assert len({nonce(boot) for boot in range(100)}) == 100


def test_nonces_run_out_rather_than_repeat(bench: Any) -> None:
    bench.arm()
    seen = {bench.c.nonce}
    while bench.c.arm() == codes.RESULT_OK:
        seen.add(bench.c.nonce)
    assert len(seen) == 65535
    assert bench.c.arm() == codes.RESULT_NONCES_USED_UP
    assert bench.c.state == codes.STATE_READY


def test_an_arming_lasts_30_s(bench: Any) -> None:
    bench.arm()
    bench.tick(2999)
    assert bench.c.state == codes.STATE_ARMED
    bench.tick()
    assert bench.c.state == codes.STATE_READY
    assert bench.c.nonce == 0


@pytest.mark.parametrize(
    ("break_it", "result"),
    [
        (lambda b: b.load(10_020), codes.RESULT_NOT_SLACK),
        (
            lambda b: setattr(b, "inputs", codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED),
            codes.RESULT_STOP_OPEN,
        ),
        (
            lambda b: setattr(b, "inputs", codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED),
            codes.RESULT_STOP_OPEN,
        ),
        (lambda b: setattr(b, "inputs", None), codes.RESULT_STOP_OPEN),
        (lambda b: setattr(b, "a", lambda _: None), codes.RESULT_NO_FORCE_SIGNAL),
        (lambda b: setattr(b, "b", lambda _: None), codes.RESULT_NO_FORCE_SIGNAL),
        (lambda b: setattr(b, "b", lambda force: force + 28_000), codes.RESULT_NO_FORCE_SIGNAL),
        (lambda b: setattr(b, "travel", lambda _: None), codes.RESULT_NO_FORCE_SIGNAL),
    ],
)
def test_arming_needs_a_slack_and_healthy_table(bench: Any, break_it: Any, result: int) -> None:
    bench.tick()
    bench.c.hello(1)
    bench.c.load_limits(bench.limits)
    break_it(bench)
    bench.tick()
    assert bench.c.arm() == result
    assert bench.c.state == codes.STATE_READY


def test_go_looks_again(bench: Any) -> None:
    bench.arm()
    bench.c.inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED
    assert bench.c.go(bench.c.nonce) == codes.RESULT_STOP_OPEN
    assert bench.c.state == codes.STATE_READY


def test_a_load_while_armed_disarms(bench: Any) -> None:
    bench.arm()
    bench.load(10_020)
    bench.tick()
    assert bench.c.state == codes.STATE_READY


@pytest.mark.parametrize(
    ("inputs", "fault"),
    [
        (codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED, codes.FAULT_ESTOP),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED, codes.FAULT_PATIENT_STOP),
        (0, codes.FAULT_ESTOP),
        (None, codes.FAULT_ESTOP),
        (3.0, codes.FAULT_ESTOP),
        (True, codes.FAULT_ESTOP),
        ("3", codes.FAULT_ESTOP),
    ],
)
def test_a_stop_pressed_while_armed_latches(bench: Any, inputs: Any, fault: int) -> None:
    bench.arm()
    bench.inputs = inputs
    bench.tick()
    known = type(inputs) is int and inputs & codes.INPUT_SUPPLY_GOOD  # what is not read may be anything
    assert bench.c.state == (codes.STATE_FAULT_LATCHED if known else codes.STATE_DUMPED)
    assert bench.c.fault == fault
    assert bench.c.nonce == 0


def test_go_holds_nothing_and_grants_a_first_lease(bench: Any) -> None:
    bench.run()
    bench.tick(25)
    assert (bench.c.state, bench.position_nm) == (codes.STATE_RUN, 0)
    bench.tick()
    assert bench.c.fault == codes.FAULT_LEASE_EXPIRED


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"target": 900_000}, codes.RESULT_OK),
        ({"target": 900_001}, codes.RESULT_OUTSIDE_LIMITS),
        ({"target": 0}, codes.RESULT_OK),
        ({"target": -1}, codes.RESULT_OUTSIDE_LIMITS),
        ({"rate": 100_000}, codes.RESULT_OK),
        ({"rate": 100_001}, codes.RESULT_OUTSIDE_LIMITS),
        ({"rate": 0}, codes.RESULT_OK),
        ({"rate": -1}, codes.RESULT_OUTSIDE_LIMITS),
        ({"lease": 250}, codes.RESULT_OK),
        ({"lease": 251}, codes.RESULT_BAD_LEASE),
        ({"lease": 1}, codes.RESULT_OK),
        ({"lease": 0}, codes.RESULT_BAD_LEASE),
        ({"mode": codes.MODE_POSITION}, codes.RESULT_OK),
        ({"mode": 2}, codes.RESULT_BAD_MODE),
        ({"mode": -1}, codes.RESULT_BAD_MODE),
        ({"age_ticks": 20}, codes.RESULT_OK),
        ({"age_ticks": 21}, codes.RESULT_STALE_ECHO),
        ({"age_ticks": -1}, codes.RESULT_STALE_ECHO),
        ({"target": float("nan")}, codes.RESULT_BAD_VALUE),
        ({"target": 1.0}, codes.RESULT_BAD_VALUE),
        ({"rate": True}, codes.RESULT_BAD_VALUE),
        ({"lease": None}, codes.RESULT_BAD_VALUE),
    ],
)
def test_a_set_point_is_inside_every_bound_or_ends_the_run(
    bench: Any, change: dict[str, Any], result: int
) -> None:
    bench.tick(30)
    bench.run()
    bench.tick(2)
    assert bench.setpoint(**({"target": 1000} | change)) == result
    stale = result == codes.RESULT_STALE_ECHO
    fault = 0 if result == 0 else codes.FAULT_STALE_ECHO if stale else codes.FAULT_BAD_SETPOINT
    assert bench.c.fault == fault
    assert (bench.c.state == codes.STATE_RUN) == (result == codes.RESULT_OK)


def test_a_set_point_that_was_overtaken_is_dropped_without_a_fault(bench: Any) -> None:
    bench.run()
    bench.tick(5)
    assert bench.setpoint(2000) == codes.RESULT_OK
    assert bench.setpoint(9000, age_ticks=2) == codes.RESULT_OUT_OF_ORDER
    assert (bench.c.state, bench.c.fault) == (codes.STATE_RUN, 0)
    assert bench.c.motion.loop.goal_un == 2_000_000


@pytest.mark.parametrize("lease", [1, 10, 100, 250])
def test_a_lease_ends_when_it_says(bench: Any, lease: int) -> None:
    bench.run()
    bench.setpoint(1000, lease=lease)
    alive = lease // 10
    bench.tick(alive)
    assert bench.c.state == codes.STATE_RUN
    bench.tick()
    assert bench.c.fault == codes.FAULT_LEASE_EXPIRED


def test_nothing_is_armed_so_late_that_a_session_could_see_the_time_wrap(bench: Any) -> None:
    bench.arm()
    for now_ms, result in ((LATEST_ARM_MS, codes.RESULT_OK), (LATEST_ARM_MS + 10, codes.RESULT_ON_TOO_LONG)):
        bench.c.now_ms = now_ms
        assert bench.c.arm() == result
    assert LATEST_ARM_MS + codes.ARM_VALID_MS + bench.config.max_session_ms < 2**32
