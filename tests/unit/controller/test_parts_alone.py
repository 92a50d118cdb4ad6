"""The controller's parts by themselves: every number it is built with, and each comparison at its edge."""

from __future__ import annotations

from typing import Any

import pytest

from traction.controller import latch, limits, trips
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.latch import Latch
from traction.controller.loop import ForceLoop
from traction.controller.motion import Motion
from traction.controller.release import ReleaseLine
from traction.controller.session import LATEST_ARM_MS, Session
from traction.controller.stuck import StuckWatch
from traction.wire import codes

ANYWHERE = {
    "boot_id": 7,
    "drive": codes.DRIVE_SELF_LOCKING,
    "tick_ms": 10,
    "max_release_ms": 5_000,
    "max_slack_force_mn": 10_000,
    "negative_mn": -5_000,
    "stuck_um": 1_000,
    "past_slack_um": 6_000,
    "press_within_ms": 0,
    "hold_to_run": 0,
    "ease_button": 0,
    "following_um": 1_000,
    "drift_um": 1_000,
    "stiffness_min_mn_per_mm": 4_000,
    "stiffness_max_mn_per_mm": 60_000,
    "stiffness_release_mn_per_mm": 10_000,
    "tau_ms": 200,
    "integral_ms": 2_000,
    "accel_um_per_s2": 200_000,
    "max_hold_ms": 1_260_000,
}
LUMBAR = {
    "region": codes.REGION_LUMBAR,
    "max_force_mn": 900_000,
    "max_rate_up_mn_per_s": 50_000,
    "max_rate_down_mn_per_s": 100_000,
    "max_release_rate_mn_per_s": 200_000,
    "max_fast_release_rate_mn_per_s": 300_000,
    "min_hold_band_mn": 20_000,
    "max_session_ms": 3_600_000,
    "max_travel_um": 120_000,
    "slack_travel_um": 80_000,
    "hold_travel_um": 30_000,
    "near_um": 350,
    "quiet_um": 5_000,
    "pull_um_per_s": 5_000,
    "unload_um_per_s": 20_000,
    "fast_unload_um_per_s": 50_000,
    "cell_min_mn": -100_000,
    "cell_max_mn": 1_500_000,
    "disagree_mn": 27_000,
    "rate_tolerance_mn": 3_000,
    "learn_mn": 3_000,
}
CERVICAL = {
    "region": codes.REGION_CERVICAL,
    "max_force_mn": 200_000,
    "max_rate_up_mn_per_s": 15_000,
    "max_rate_down_mn_per_s": 40_000,
    "max_release_rate_mn_per_s": 50_000,
    "max_fast_release_rate_mn_per_s": 100_000,
    "min_hold_band_mn": 8_000,
    "max_session_ms": 2_100_000,
    "max_travel_um": 60_000,
    "slack_travel_um": 40_000,
    "hold_travel_um": 20_000,
    "near_um": 200,
    "quiet_um": 3_000,
    "pull_um_per_s": 2_000,
    "unload_um_per_s": 8_000,
    "fast_unload_um_per_s": 16_000,
    "cell_min_mn": -50_000,
    "cell_max_mn": 400_000,
    "disagree_mn": 15_000,
    "rate_tolerance_mn": 2_000,
    "learn_mn": 1_500,
}


@pytest.mark.parametrize("numbers", [LUMBAR, CERVICAL], ids=["lumbar", "cervical"])
def test_a_controller_is_built_with_these_numbers(numbers: dict[str, int]) -> None:
    config = ControllerConfig(numbers["region"], 7, codes.DRIVE_SELF_LOCKING)
    assert {name: getattr(config, name) for name in config.__slots__} == ANYWHERE | numbers


def test_the_order_of_the_limits_is_that_of_the_wire() -> None:
    order = (
        "MAX_FORCE",
        "MAX_RATE_UP",
        "MAX_RATE_DOWN",
        "MAX_HOLD",
        "HOLD_BAND",
        "MAX_SESSION",
        "MAX_TRAVEL",
    )
    order += ("RELEASE_RATE", "FAST_RELEASE_RATE", "MAX_RELEASE", "SLACK_FORCE", "COUNT")
    assert [getattr(limits, name) for name in order] == list(range(12))


# ---- what each fault asks for --------------------------------------------------------------------------

FAST = {codes.FAULT_OVER_FORCE, codes.FAULT_ESTOP, codes.FAULT_ESTOP_CHANNELS}
OFF = {
    codes.FAULT_NEGATIVE_FORCE,
    codes.FAULT_FORCE_LOST,
    codes.FAULT_FOLLOWING,
    codes.FAULT_END_SWITCH,
    codes.FAULT_SUPPLY,
    codes.FAULT_RELEASE_LATE,
}
DEFECTS = {
    codes.FAULT_NEGATIVE_FORCE,
    codes.FAULT_CELL_RANGE,
    codes.FAULT_CELL_DISAGREE,
    codes.FAULT_CELL_STUCK,
    codes.FAULT_FORCE_LOST,
    codes.FAULT_FOLLOWING,
    codes.FAULT_SUPPLY,
    codes.FAULT_RELEASE_LATE,
}


@pytest.mark.parametrize("fault", sorted(latch.REACTIONS))
def test_a_fault_asks_for_its_reaction(fault: int) -> None:
    expected = codes.STOP_FAST if fault in FAST else codes.STOP_OFF if fault in OFF else codes.STOP_RELEASE
    assert latch.REACTIONS[fault] == expected


@pytest.mark.parametrize("fault", sorted(latch.REACTIONS))
def test_the_third_like_defect_locks_and_nothing_else_does(fault: int) -> None:
    one = Latch()
    for count in (1, 2, 3):
        assert not one.locked or (fault == codes.FAULT_ESTOP_CHANNELS and count > 1)
        one.clear()
        one.set(fault, 0, 1_000 * count, codes.STATE_RUN)
    assert one.locked is (fault in DEFECTS or fault == codes.FAULT_ESTOP_CHANNELS)


@pytest.mark.parametrize(("last_ms", "locked"), [(600_000, True), (600_001, False)])
def test_defects_are_counted_over_just_ten_minutes(last_ms: int, locked: bool) -> None:
    one = Latch()
    for now_ms in (0, 300_000, last_ms):
        one.clear()
        one.set(codes.FAULT_SUPPLY, 0, now_ms, codes.STATE_RUN)
    assert one.locked is locked


def test_a_fresh_latch_may_be_reset_at_once_but_not_by_a_held_button() -> None:
    one = Latch()
    one.healthy_ms = 1_000
    assert one.may_reset(codes.FAULT_NONE, 0) == codes.RESULT_OK
    assert one.may_reset(codes.FAULT_NONE, 499) == codes.RESULT_RESET_HELD
    assert one.may_reset(codes.FAULT_NONE, 999) == codes.RESULT_OK
    one.healthy_ms = 999
    assert one.may_reset(codes.FAULT_NONE, 1_499) == codes.RESULT_CAUSE_PRESENT
    one.locked = True
    assert one.may_reset(codes.FAULT_NONE, 1_999) == codes.RESULT_LOCKED_OUT
    assert one.may_reset(codes.FAULT_SUPPLY, 2_499) == codes.RESULT_WRONG_FAULT


# ---- limits and set-points -----------------------------------------------------------------------------

CAPS = limits.own_caps(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_SELF_LOCKING))


def changed(**values: int) -> tuple[int, ...]:
    """Return the lumbar caps with some values changed, named in lower case."""
    new = list(CAPS)
    for name, value in values.items():
        new[getattr(limits, name.upper())] = value
    return tuple(new)


@pytest.mark.parametrize(
    ("values", "result"),
    [
        (changed(), codes.RESULT_OK),
        (changed(max_force=10_001), codes.RESULT_OK),
        (changed(max_force=10_000), codes.RESULT_BAD_VALUE),
        (changed(slack_force=1), codes.RESULT_OK),
        (changed(slack_force=0), codes.RESULT_LIMIT_MISSING),
        (changed(release_rate=180_000), codes.RESULT_OK),  # 900 N in just 5 s
        (changed(release_rate=179_999), codes.RESULT_RELEASE_TOO_SLOW),
        (changed(fast_release_rate=200_000), codes.RESULT_OK),
        (changed(fast_release_rate=199_999), codes.RESULT_RELEASE_TOO_SLOW),
        (CAPS[:-1], codes.RESULT_BAD_VALUE),
        (list(CAPS), codes.RESULT_BAD_VALUE),
    ],
)
def test_limits_are_taken_up_to_the_edge(values: Any, result: int) -> None:
    assert limits.check(values, CAPS, None) == result
    if result == codes.RESULT_OK:
        assert limits.check(values, CAPS, values) == codes.RESULT_OK


@pytest.fixture
def session() -> Session:
    """Return a session under the lumbar caps, a tick of 10 ms."""
    one = Session(CAPS, 0x8001_2345, 10)
    one.begin(1)
    assert one.load(CAPS) == codes.RESULT_OK
    assert one.arm(0) == codes.RESULT_OK
    return one


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ({}, codes.RESULT_OK),
        ({"echo_seq": 480}, codes.RESULT_OK),  # 200 ms ago
        ({"echo_seq": 479}, codes.RESULT_STALE_ECHO),
        ({"echo_seq": 501}, codes.RESULT_STALE_ECHO),
        ({"target_mn": 0}, codes.RESULT_OK),
        ({"target_mn": -1}, codes.RESULT_OUTSIDE_LIMITS),
        ({"target_mn": 900_000}, codes.RESULT_OK),
        ({"target_mn": 900_001}, codes.RESULT_OUTSIDE_LIMITS),
        ({"rate_mn_per_s": 0}, codes.RESULT_OK),
        ({"rate_mn_per_s": -1}, codes.RESULT_OUTSIDE_LIMITS),
        ({"rate_mn_per_s": 100_000}, codes.RESULT_OK),
        ({"rate_mn_per_s": 100_001}, codes.RESULT_OUTSIDE_LIMITS),
        ({"lease_ms": 0}, codes.RESULT_BAD_LEASE),
        ({"lease_ms": 1}, codes.RESULT_OK),
        ({"lease_ms": codes.LEASE_MAX_MS}, codes.RESULT_OK),
        ({"lease_ms": codes.LEASE_MAX_MS + 1}, codes.RESULT_BAD_LEASE),
        ({"mode": codes.MODE_POSITION}, codes.RESULT_OK),
        ({"mode": 2}, codes.RESULT_BAD_MODE),
        ({"mode": -1}, codes.RESULT_BAD_MODE),
        *(({name: True}, codes.RESULT_BAD_VALUE) for name in ("target_mn", "rate_mn_per_s", "mode")),
        *(({name: 1.0}, codes.RESULT_BAD_VALUE) for name in ("lease_ms", "echo_seq")),
    ],
)
def test_a_set_point_is_taken_up_to_the_edge(session: Session, said: dict[str, Any], result: int) -> None:
    whole = {"target_mn": 300_000, "rate_mn_per_s": 20_000, "mode": codes.MODE_FORCE, "lease_ms": 250}
    assert session.check_setpoint(**{**whole, "echo_seq": 500, **said}, seq=500) == result


def test_a_set_point_may_repeat_an_echo_and_not_go_back(session: Session) -> None:
    for echo_seq, result in (
        (490, codes.RESULT_OK),
        (490, codes.RESULT_OK),
        (489, codes.RESULT_OUT_OF_ORDER),
    ):
        assert session.check_setpoint(0, 0, codes.MODE_FORCE, 250, echo_seq, 500) == result


def test_the_higher_of_two_rates_bounds_a_set_point() -> None:
    for values in (
        changed(max_rate_up=40_000, max_rate_down=30_000),
        changed(max_rate_up=30_000, max_rate_down=40_000),
    ):
        one = Session(CAPS, 7, 10)
        one.load(values)
        assert one.max_rate_mn_per_s == 40_000


def test_start_numbers_carry_the_power_up_and_end_before_time_wraps(session: Session) -> None:
    assert session.nonce == 0x8001_2345_0001
    assert LATEST_ARM_MS == 2**32 - 1 - 7_200_000
    assert session.arm(LATEST_ARM_MS) == codes.RESULT_OK
    assert (session.nonce, session.armed_ms, session.last_echo) == (0x8001_2345_0002, LATEST_ARM_MS, 0)
    assert session.arm(LATEST_ARM_MS + 1) == codes.RESULT_ON_TOO_LONG
    session.nonces_made = 65_534
    assert session.arm(0) == codes.RESULT_OK
    assert session.nonce == 0x8001_2345_FFFF
    assert session.arm(0) == codes.RESULT_NONCES_USED_UP


def test_without_limits_the_own_caps_are_in_force_and_nothing_is_pulled() -> None:
    one = Session(CAPS, 7, 10)
    assert one.in_force() == CAPS
    assert (one.max_force_mn, one.max_rate_mn_per_s, one.ceiling) == (0, 0, None)
    one.load(changed(max_force=500_000))
    assert one.in_force() == one.ceiling == changed(max_force=500_000)
    one.begin(2)
    assert (one.in_force(), one.ceiling, one.token) == (CAPS, None, 2)


# ---- cells ---------------------------------------------------------------------------------------------


@pytest.fixture
def cells() -> Cells:
    """Return the two lumbar cells after good readings of 300 N: nothing is being counted."""
    one = Cells(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_SELF_LOCKING))
    for _ in range(2):
        assert one.read(300_000, 300_000) == 0
    assert one.steady
    return one


@pytest.mark.parametrize(
    ("low", "high"), [(-100_000, -80_000), (1_480_000, 1_500_000), (300_000, 327_000), (300_001, 300_002)]
)
def test_good_readings_are_taken_as_they_are(cells: Cells, low: int, high: int) -> None:
    for a_mn, b_mn in ((low, high), (high, low), (high, high)):
        assert cells.read(a_mn, b_mn) == 0
        assert cells.steady
        assert (cells.force_a_mn, cells.force_b_mn) == (a_mn, b_mn)
        assert (cells.high_mn, cells.sum_mn, cells.force_mn) == (
            max(a_mn, b_mn),
            a_mn + b_mn,
            (a_mn + b_mn) // 2,
        )
        assert cells.fresh


@pytest.mark.parametrize("bad", [-100_001, 1_500_001, None, 1.0, True])
@pytest.mark.parametrize("cell", [0, 1])
def test_a_reading_out_of_range_is_none_and_the_third_in_a_row_a_fault(
    cells: Cells, bad: Any, cell: int
) -> None:
    pair: list[Any] = [300_000, 300_000]
    pair[cell] = bad
    assert [cells.read(*pair) for _ in range(3)] == [0, 0, codes.FAULT_CELL_RANGE]
    assert (cells.force_a_mn, cells.force_b_mn)[cell] == codes.FORCE_INVALID_MN
    assert (cells.trust_a, cells.trust_b) == (cell == 1, cell == 0)
    assert cells.trusted()
    assert cells.fresh
    assert (cells.high_mn, cells.sum_mn) == (300_000, 600_000)
    assert cells.read(*pair) == 0


def test_with_both_gone_none_is_trusted_and_nothing_fresh(cells: Cells) -> None:
    assert [cells.read(None, None) for _ in range(3)] == [0, 0, codes.FAULT_CELL_RANGE]
    assert not cells.trusted()
    assert not cells.fresh


def test_every_third_bad_sample_is_too_many_and_every_fourth_is_not(cells: Cells) -> None:
    for _ in range(50):
        assert cells.read(None, 300_000) == 0
        assert [cells.read(300_000, 300_000) for _ in range(3)] == [0, 0, 0]
    found = []
    for _ in range(9):
        found += [cells.read(None, 300_000), cells.read(300_000, 300_000), cells.read(300_000, 300_000)]
    assert found.count(codes.FAULT_CELL_RANGE) == 1


@pytest.mark.parametrize("sign", [1, -1])
def test_cells_may_disagree_for_half_a_second(cells: Cells, sign: int) -> None:
    pair = (300_000, 300_000 + sign * 27_001)
    assert [cells.read(*pair) for _ in range(50)] == [0] * 50
    assert cells.read(*pair) == codes.FAULT_CELL_DISAGREE
    cells.read(300_000, 300_000 + sign * 27_000)
    assert cells.read(*pair) == 0


def test_a_missing_reading_is_bridged_by_the_last_good_one(cells: Cells) -> None:
    cells.read(310_000, 320_000)
    cells.read(None, 322_000)
    assert (cells.high_mn, cells.sum_mn) == (322_000, 632_000)
    cells.read(312_000, None)
    assert (cells.high_mn, cells.sum_mn) == (322_000, 634_000)
    assert not cells.steady


@pytest.mark.parametrize("edge", [10_000, -10_000])
def test_slack_loaded_and_agree_begin_at_their_edges(cells: Cells, edge: int) -> None:
    beyond = edge + (1 if edge > 0 else -1)
    for a_mn, b_mn in ((edge, 0), (0, edge)):
        cells.read(a_mn, b_mn)
        assert cells.slack(10_000)
        assert not cells.loaded(10_000)
    for a_mn, b_mn in ((beyond, 0), (0, beyond)):
        cells.read(a_mn, b_mn)
        assert not cells.slack(10_000)
        assert cells.loaded(10_000) is (edge > 0)
    for difference, agree in ((27_000, True), (27_001, False)):
        cells.read(300_000, 300_000 + (difference if edge > 0 else -difference))
        assert cells.agree() is agree
    for pair in ((None, 0), (0, None)):
        cells.read(*pair)
        assert not cells.agree()


# ---- the release line ----------------------------------------------------------------------------------


@pytest.fixture
def line() -> ReleaseLine:
    """Return a line from 300 N at 1 s, half of 100 N/s, in 5 s."""
    one = ReleaseLine(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_SELF_LOCKING))
    one.start(300_000, 100_000, 5_000, 1_000)
    return one


@pytest.mark.parametrize(
    ("passed_ms", "highest_mn"),
    [
        (99, 900_000),  # it may still rise for a tenth of a second
        (100, 305_000),
        (500, 305_000),
        (510, 299_500),
        (1_500, 250_000),
        (5_000, 75_000),
    ],
)
def test_a_release_may_be_just_on_its_line(line: ReleaseLine, passed_ms: int, highest_mn: int) -> None:
    assert not line.late(highest_mn, 1_000 + passed_ms)
    assert line.late(highest_mn + 1, 1_000 + passed_ms) is (highest_mn < 900_000)


def test_all_releases_of_a_run_share_one_time(line: ReleaseLine) -> None:
    line.restart(200_000, 300_000, 5_900)
    assert not line.late(0, 6_000)
    assert line.late(0, 6_001)


def test_the_line_is_half_of_what_the_softest_body_allows(line: ReleaseLine) -> None:
    assert line.line_mn_per_s == 50_000
    line.restart(300_000, 200_001, 1_000)  # 10 N/mm at 20 mm/s
    assert line.line_mn_per_s == 100_000


# ---- a cell that repeats itself, and the trips' thresholds ---------------------------------------------


def test_a_trip_is_as_far_above_its_limit_as_this() -> None:
    one = trips.Trips(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_SELF_LOCKING))
    assert (one.over_mn, one.over_at_once_mn) == (950_000, 1_080_000)  # 5 % and 5 N; a fifth
    assert (one.up_window, one.down_window) == (18_000, -30_000)  # twice: 1.2 x 0.1 s x the rate, and 3 N
    assert (one.max_hold_ms, one.max_session_ms, one.max_travel_um) == (1_260_500, 3_600_000, 120_000)
    assert (one.hold_band_mn, one.slack_mn, one.ring_size) == (20_000, 10_000, 10)
    one.load(changed(max_force=20_000))
    assert (one.over_mn, one.over_at_once_mn) == (26_000, 26_000)


def test_a_drive_that_is_built_stands_and_has_no_power() -> None:
    config = ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_SELF_LOCKING)
    motion = Motion(config, Cells(config))
    assert (motion.enabled, motion.dump, motion.velocity_um_per_s, motion.slack_ticks) == (0, 0, 0, 0)
    assert (motion.loose_um, motion.floor_um, motion.slack_mn) == (None, None, 10_000)
    assert isinstance(motion.trips.stuck, StuckWatch)


def test_a_later_fault_is_appended_once() -> None:
    one = Latch()
    one.set(codes.FAULT_ESTOP, 1, 10, codes.STATE_RUN)
    for now_ms, fault in enumerate(
        (codes.FAULT_SUPPLY, codes.FAULT_ESTOP, codes.FAULT_SUPPLY, codes.FAULT_OVER_RATE)
    ):
        one.set(fault, 2, now_ms, codes.STATE_DUMPED)
    assert one.later == [(codes.FAULT_SUPPLY, 0), (codes.FAULT_OVER_RATE, 3)]
    assert (one.fault, one.force_mn, one.time_ms, one.state) == (codes.FAULT_ESTOP, 1, 10, codes.STATE_RUN)


def test_a_bad_link_ends_a_run_and_nothing_else(bench: Any) -> None:
    bench.tick()
    state = bench.c.state
    bench.c.degrade()
    assert (bench.c.state, bench.c.latch.fault) == (state, codes.FAULT_NONE)
    bench.pull(100_000)
    bench.c.degrade()
    assert (bench.c.state, bench.c.latch.fault) == (codes.STATE_RELEASING, codes.FAULT_LINK_DEGRADED)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_the_loop_adds_up_is_half_the_pull_speed_at_most(sign: int) -> None:
    loop = ForceLoop(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_SELF_LOCKING))
    loop.start(300_000, 0, CAPS)
    loop._learn(6_000)
    loop.aim(300_000, 0, codes.MODE_FORCE)
    speeds = [loop.step(300_000 - sign * 1_000, 0) for _ in range(2_000)]
    push = sign * 1_000 * 5_000 // 6_000
    assert abs(speeds[-1] - (push + sign * 2_500)) <= 5
    assert abs(loop.integral) < loop.integral_max == 5_000 * 512


def test_a_new_session_and_a_new_latch_know_of_nothing() -> None:
    one = Session(CAPS, 7, 1)
    assert (one.token, one.nonce, one.nonces_made, one.armed_ms, one.last_echo) == (0, 0, 0, 0, 0)
    assert one.check_setpoint(0, 0, codes.MODE_FORCE, 250, 501, 500) == codes.RESULT_STALE_ECHO
    fresh = Latch()
    fresh.healthy_ms = 990
    fresh.set(codes.FAULT_ESTOP, 5, 6, codes.STATE_RUN)
    assert fresh.healthy_ms == 0
    fresh.clear()
    assert (fresh.fault, fresh.force_mn, fresh.time_ms, fresh.healthy_ms) == (codes.FAULT_NONE, 0, 0, 0)
    assert (fresh.state, fresh.later, fresh.locked, fresh.defects) == (codes.STATE_BOOT, [], False, [])


def test_new_cells_have_read_nothing_and_are_believed() -> None:
    one = Cells(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_SELF_LOCKING))
    assert one.force_a_mn == one.force_b_mn == codes.FORCE_INVALID_MN
    assert (one.kept_a_mn, one.kept_b_mn, one.force_mn, one.high_mn, one.sum_mn) == (0, 0, 0, 0, 0)
    assert (one.bucket_a, one.bucket_b, one.disagree_ticks) == (0, 0, 0)
    assert (one.trust_a, one.trust_b, one.simple, one.fresh, one.steady) == (True, True, True, False, False)
