"""Every state times every verb: what is answered and where it leads."""

from collections.abc import Callable
from typing import Any

import pytest

from traction.wire import codes
from traction.wire.codes import (
    RESULT_BUSY,
    RESULT_CAUSE_PRESENT,
    RESULT_OK,
    RESULT_WRONG_STATE,
    STATE_ARMED,
    STATE_BOOT,
    STATE_DONE,
    STATE_DUMPED,
    STATE_FAST_RELEASING,
    STATE_FAULT_LATCHED,
    STATE_IDENTIFIED,
    STATE_NAMES,
    STATE_READY,
    STATE_RELEASING,
    STATE_RUN,
    STATE_UNLOAD_ONLY,
)

STATES = range(len(STATE_NAMES))


def to_state(make_bench: Callable[[], Any], state: int) -> Any:
    bench = make_bench()
    if state == STATE_UNLOAD_ONLY:
        bench.load(50_000)
        bench.tick()
    elif state in (STATE_BOOT, STATE_IDENTIFIED, STATE_READY):
        bench.tick()
        if state != STATE_BOOT:
            assert bench.c.hello(1) == RESULT_OK
        if state == STATE_READY:
            assert bench.c.load_limits(bench.limits) == RESULT_OK
    elif state == STATE_ARMED:
        bench.arm()
    else:
        bench.pull(100_000)
        bench.goal = None
        if state == STATE_FAULT_LATCHED:
            bench.inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED
            bench.settle()
            bench.inputs = codes.INPUTS_HEALTHY
        elif state == STATE_DUMPED:
            bench.c.stop(codes.STOP_OFF)
        elif state in (STATE_RELEASING, STATE_DONE):
            bench.c.stop(codes.STOP_RELEASE)
        elif state == STATE_FAST_RELEASING:
            bench.c.stop(codes.STOP_FAST)
        if state == STATE_DONE:
            bench.settle()
        else:
            bench.tick()
    assert bench.c.state == state
    return bench


VERBS: dict[str, Callable[[Any], int]] = {
    "hello": lambda b: b.c.hello(2),
    "load_limits": lambda b: b.c.load_limits(b.limits),
    "arm": lambda b: b.c.arm(),
    "go": lambda b: b.c.go(b.c.nonce),
    "setpoint": lambda b: b.setpoint(100_000),
    "release": lambda b: b.c.stop(codes.STOP_RELEASE),
    "fast": lambda b: b.c.stop(codes.STOP_FAST),
    "off": lambda b: b.c.stop(codes.STOP_OFF),
    "reset": lambda b: b.c.reset(b.c.fault),
}

# The rest is refused as RESULT_WRONG_STATE and changes nothing. Power off leads to DUMPED from anywhere.
ALLOWED: dict[tuple[int, str], tuple[int, int]] = {
    (STATE_BOOT, "hello"): (RESULT_OK, STATE_IDENTIFIED),
    (STATE_IDENTIFIED, "hello"): (RESULT_OK, STATE_IDENTIFIED),
    (STATE_READY, "hello"): (RESULT_OK, STATE_IDENTIFIED),
    (STATE_ARMED, "hello"): (RESULT_BUSY, STATE_ARMED),
    (STATE_RUN, "hello"): (RESULT_BUSY, STATE_RUN),
    (STATE_RELEASING, "hello"): (RESULT_BUSY, STATE_RELEASING),
    (STATE_FAST_RELEASING, "hello"): (RESULT_BUSY, STATE_FAST_RELEASING),
    (STATE_DUMPED, "hello"): (RESULT_OK, STATE_DUMPED),
    (STATE_DONE, "hello"): (RESULT_OK, STATE_IDENTIFIED),
    (STATE_FAULT_LATCHED, "hello"): (RESULT_OK, STATE_FAULT_LATCHED),
    (STATE_UNLOAD_ONLY, "hello"): (RESULT_OK, STATE_UNLOAD_ONLY),
    (STATE_IDENTIFIED, "load_limits"): (RESULT_OK, STATE_READY),
    (STATE_READY, "load_limits"): (RESULT_OK, STATE_READY),
    (STATE_ARMED, "load_limits"): (RESULT_OK, STATE_READY),
    (STATE_DONE, "load_limits"): (RESULT_OK, STATE_READY),
    (STATE_READY, "arm"): (RESULT_OK, STATE_ARMED),
    (STATE_ARMED, "arm"): (RESULT_OK, STATE_ARMED),
    (STATE_ARMED, "go"): (RESULT_OK, STATE_RUN),
    (STATE_RUN, "setpoint"): (RESULT_OK, STATE_RUN),
    (STATE_ARMED, "release"): (RESULT_OK, STATE_READY),
    (STATE_ARMED, "fast"): (RESULT_OK, STATE_READY),
    (STATE_RUN, "release"): (RESULT_OK, STATE_RELEASING),
    (STATE_RUN, "fast"): (RESULT_OK, STATE_FAST_RELEASING),
    (STATE_RELEASING, "fast"): (RESULT_OK, STATE_FAST_RELEASING),
    (STATE_UNLOAD_ONLY, "release"): (RESULT_OK, STATE_RELEASING),
    (STATE_UNLOAD_ONLY, "fast"): (RESULT_OK, STATE_FAST_RELEASING),
    # The cause has only just gone, so a reset is too early in all three states that know one.
    (STATE_DUMPED, "reset"): (RESULT_CAUSE_PRESENT, STATE_DUMPED),
    (STATE_FAULT_LATCHED, "reset"): (RESULT_CAUSE_PRESENT, STATE_FAULT_LATCHED),
    (STATE_UNLOAD_ONLY, "reset"): (RESULT_CAUSE_PRESENT, STATE_UNLOAD_ONLY),
}


@pytest.mark.parametrize("state", STATES, ids=STATE_NAMES)
def test_every_verb_in_every_state(make_bench: Callable[[], Any], state: int) -> None:
    for verb, call in VERBS.items():
        bench = to_state(make_bench, state)
        if verb == "off":
            wanted = (RESULT_OK, STATE_DUMPED)
        elif verb in ("release", "fast"):
            wanted = ALLOWED.get((state, verb), (RESULT_OK, state))
        else:
            wanted = ALLOWED.get((state, verb), (RESULT_WRONG_STATE, state))
        assert (call(bench), bench.c.state) == wanted, (STATE_NAMES[state], verb)


@pytest.mark.parametrize("state", STATES, ids=STATE_NAMES)
def test_the_drive_is_powered_only_while_running_or_releasing(
    make_bench: Callable[[], Any], state: int
) -> None:
    controller = to_state(make_bench, state).c
    assert controller.enabled == (state in (STATE_RUN, STATE_RELEASING, STATE_FAST_RELEASING))
    assert controller.dump == (state == STATE_DUMPED)
    assert controller.enabled or controller.velocity_um_per_s == 0


@pytest.mark.parametrize("state", STATES, ids=STATE_NAMES)
def test_values_of_the_wrong_kind_never_raise_and_never_start(
    make_bench: Callable[[], Any], state: int
) -> None:
    for bad in (None, True, 1.0, float("nan"), "1", -1, 0, 1 << 40):
        c = to_state(make_bench, state).c
        c.hello(bad)
        c.load_limits(bad)
        c.load_limits((bad,) * 11)
        c.go(bad)
        c.setpoint(bad, bad, bad, bad, bad)
        c.reset(bad)
        c.stop(bad)
        assert state == STATE_RUN or c.state != STATE_RUN


def test_hello_in_boot_needs_readings_of_both_cells(bench: Any) -> None:
    assert bench.c.hello(1) == codes.RESULT_NO_FORCE_SIGNAL
    bench.c.tick(0, None, 0, codes.INPUTS_HEALTHY)
    assert bench.c.hello(1) == codes.RESULT_NO_FORCE_SIGNAL
    bench.c.tick(0, 0, 0, codes.INPUTS_HEALTHY)
    assert bench.c.hello(1) == RESULT_OK


def test_a_new_hello_forgets_the_limits_of_the_session_before(bench: Any) -> None:
    bench.tick()
    bench.c.hello(1)
    bench.c.load_limits(bench.limits)
    bench.c.hello(2)
    assert bench.c.limits == (0,) * 11
    assert bench.c.arm() == RESULT_WRONG_STATE


def test_booted_under_load_only_a_release_moves_and_only_down(bench: Any) -> None:
    bench.load(400_000)
    bench.tick()
    assert (bench.c.state, bench.c.fault) == (STATE_UNLOAD_ONLY, codes.FAULT_LOADED_AT_BOOT)
    assert bench.c.hello(1) == RESULT_OK
    assert bench.c.load_limits(bench.limits) == RESULT_WRONG_STATE
    bench.c.stop(codes.STOP_RELEASE)
    highest = bench.force
    for _ in range(500):
        bench.tick()
        assert bench.c.velocity_um_per_s <= 0
        assert bench.force <= highest
        highest = bench.force
    assert bench.c.state == STATE_FAULT_LATCHED
    assert bench.force <= 10_000
    bench.settle(1.1)
    assert bench.c.reset(codes.FAULT_LOADED_AT_BOOT) == RESULT_OK
    assert bench.c.state == STATE_IDENTIFIED


@pytest.mark.parametrize(("a", "b"), [(10_001, 0), (0, 10_001), (400_000, 400_000)])
def test_either_cell_says_loaded_at_boot(bench: Any, a: int, b: int) -> None:
    bench.c.tick(a, b, 0, codes.INPUTS_HEALTHY)
    assert bench.c.state == STATE_UNLOAD_ONLY


def test_slack_at_the_threshold_is_not_loaded(bench: Any) -> None:
    bench.c.tick(10_000, 10_000, 0, codes.INPUTS_HEALTHY)
    assert bench.c.state == STATE_BOOT


def test_without_a_host_a_reset_leads_back_to_boot(bench: Any) -> None:
    bench.load(50_000)
    bench.tick()
    bench.c.stop(codes.STOP_FAST)
    bench.settle()
    assert bench.c.reset(codes.FAULT_LOADED_AT_BOOT) == RESULT_OK
    assert (bench.c.state, bench.c.fault) == (STATE_BOOT, 0)


def test_other_axes_may_move_only_where_the_rope_is_slack_and_the_drive_off(bench: Any) -> None:
    assert bench.c.others_may_move == 0, "nothing was read yet"
    bench.tick()
    assert bench.c.others_may_move == 1
    bench.run()
    assert bench.c.others_may_move == 0
    bench.goal = None
    bench.settle()
    assert bench.c.others_may_move == 1
    bench.load(11_000)
    bench.tick()
    assert bench.c.others_may_move == 0
    bench.load(0)
    bench.a = lambda _: None
    bench.tick()
    assert bench.c.others_may_move == 0, "a cell that does not read proves nothing"
