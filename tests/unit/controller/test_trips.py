"""Every trip at its boundary: the last value that passes, the first that does not, and what it leads to."""

from typing import Any

import pytest

from traction.controller import limits as order
from traction.wire import codes
from traction.wire.codes import STATE_DUMPED, STATE_FAST_RELEASING, STATE_RELEASING, STATE_RUN

HEALTHY = codes.INPUTS_HEALTHY


@pytest.fixture
def running(bench: Any) -> Any:
    """Return a bench holding 100 N in RUN."""
    bench.pull(100_000)
    return bench


def outcome(bench: Any) -> tuple[int, int]:
    return bench.c.fault, bench.c.state


def shift(bench: Any, by: int) -> None:
    """Let both cells read ``by`` more than there is."""
    bench.a = bench.b = lambda force: force + by


def with_limit(bench: Any, index: int, value: int) -> None:
    bench.limits = (*bench.limits[:index], value, *bench.limits[index + 1 :])


# ---- stop inputs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "fault", "state"),
    [
        (codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED, codes.FAULT_ESTOP, STATE_FAST_RELEASING),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED, codes.FAULT_PATIENT_STOP, STATE_RELEASING),
        (0, codes.FAULT_ESTOP, STATE_DUMPED),  # without a supply there is nothing to release with
        (None, codes.FAULT_ESTOP, STATE_DUMPED),
        (float("nan"), codes.FAULT_ESTOP, STATE_DUMPED),
    ],
)
def test_an_open_stop_loop_of_one_tick_releases_and_latches(
    running: Any, inputs: Any, fault: int, state: int
) -> None:
    running.inputs = inputs
    running.tick()
    assert outcome(running) == (fault, state)
    running.inputs = HEALTHY
    running.settle()
    assert outcome(running) == (fault, STATE_DUMPED if state == STATE_DUMPED else codes.STATE_FAULT_LATCHED)
    assert running.force <= 10_000


def test_bits_of_later_inputs_are_not_read_as_a_stop(running: Any) -> None:
    running.inputs = HEALTHY | 0xC0
    running.tick()
    assert outcome(running) == (0, STATE_RUN)
    assert running.c.inputs == HEALTHY


# ---- over force ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["a", "b"])
def test_over_force_needs_three_samples_in_a_row_on_either_cell(make_bench: Any, cell: str) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_FORCE, 100_000)
    bench.pull(100_000)
    edge = 110_000  # 1.05 x 100 N + 5 N
    over = edge + 1
    for level in (over, over, edge, over, over):
        setattr(bench, cell, lambda _force, level=level: level)
        bench.tick()
        assert bench.c.state == STATE_RUN, level
    bench.tick()
    assert outcome(bench) == (codes.FAULT_OVER_FORCE, STATE_FAST_RELEASING)


def test_far_over_force_trips_at_once(make_bench: Any) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_FORCE, 100_000)
    bench.pull(100_000)
    bench.c.motion.trips.up_window = 10**9  # this test is about the level alone
    bench.b = lambda _: 120_000
    bench.tick()
    assert bench.c.state == STATE_RUN
    bench.b = lambda _: 120_001
    bench.tick()
    assert outcome(bench) == (codes.FAULT_OVER_FORCE, STATE_FAST_RELEASING)


def test_force_that_still_rises_in_the_fast_release_ends_in_power_off(make_bench: Any) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_FORCE, 100_000)
    bench.pull(100_000)
    start = bench.c.now_ms
    while bench.c.state != STATE_DUMPED:
        rise = (bench.c.now_ms - start) * 500  # 500 N/s, whatever the drive is told
        bench.a = bench.b = lambda force, rise=rise: 121_000 + rise
        bench.tick()
        assert bench.c.now_ms - start < 200
    assert bench.c.fault == codes.FAULT_OVER_FORCE
    assert bench.c.latch.later[-1][0] in (codes.FAULT_RELEASE_LATE, codes.FAULT_FOLLOWING)


# ---- rate ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sign", "edge"), [(1, 9_000), (-1, 15_000)])
@pytest.mark.parametrize("beyond", [0, 1])
def test_slope_over_100_ms(running: Any, sign: int, edge: int, beyond: int) -> None:
    # 50 N/s up and 100 N/s down: a fifth more over 100 ms is 6 N and 12 N, and 3 N for noise.
    level = running.force
    for step in range(1, 11):
        at = level + sign * (edge + beyond) * step // 10
        running.c.motion.loop.hold = True
        running.a = running.b = lambda _, at=at: at
        running.goal = (100_000, 0, codes.MODE_POSITION)
        running.tick()
    assert outcome(running) == ((codes.FAULT_OVER_RATE, STATE_RELEASING) if beyond else (0, STATE_RUN))


# ---- hold and session ----------------------------------------------------------------------------


def test_a_hold_may_last_as_long_as_its_limit(make_bench: Any) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_HOLD, 10_000)
    bench.run()
    bench.goal = (100_000, 50_000, codes.MODE_FORCE)
    anchored = None
    trips = bench.c.motion.trips
    while bench.c.state == STATE_RUN:
        bench.tick()
        anchored = trips.hold_since_ms
        assert bench.c.now_ms - anchored <= 10_510  # half a second for the lag of the force behind its target
    assert outcome(bench) == (codes.FAULT_HOLD_TOO_LONG, STATE_RELEASING)
    assert bench.c.latch.time_ms - anchored == 10_510


def test_leaving_the_band_or_going_slack_restarts_the_hold_timer(make_bench: Any) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_HOLD, 6_000)
    bench.pull(60_000, seconds=5)
    for target in (90_000, 60_000, 90_000):  # more than the band of 20 N apart
        bench.goal = (target, 50_000, codes.MODE_FORCE)
        bench.tick(500)
        assert bench.c.state == STATE_RUN
    bench.goal = (80_000, 50_000, codes.MODE_FORCE)  # within the band: the timer goes on
    bench.tick(300)
    assert bench.c.fault == codes.FAULT_HOLD_TOO_LONG


def test_slack_is_no_hold(make_bench: Any) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_HOLD, 1_000)
    bench.run()
    bench.goal = (0, 50_000, codes.MODE_FORCE)
    bench.tick(500)
    assert bench.c.state == STATE_RUN


def test_the_session_timer_counts_from_go(make_bench: Any) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_SESSION, 5_000)
    bench.tick(300)
    bench.run()
    bench.goal = (0, 50_000, codes.MODE_FORCE)
    bench.tick(500)
    assert bench.c.state == STATE_RUN
    bench.tick()
    assert outcome(bench) == (codes.FAULT_SESSION_TOO_LONG, STATE_RELEASING)


# ---- travel and following ------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
def test_travel_is_counted_from_go_both_ways(make_bench: Any, sign: int) -> None:
    bench = make_bench()
    with_limit(bench, order.MAX_TRAVEL, 300)
    bench.tick(3)
    bench.travel = lambda travel: travel + 7_000
    bench.run()
    bench.goal = (0, 1000, codes.MODE_FORCE)
    bench.travel = lambda travel: travel + 7_000 + sign * 300
    bench.tick()
    assert bench.c.state == STATE_RUN
    bench.travel = lambda travel: travel + 7_000 + sign * 301
    bench.tick()
    assert outcome(bench) == (codes.FAULT_OVER_TRAVEL, STATE_RELEASING)


@pytest.mark.parametrize(
    ("jump", "trips"), [(350, False), (-350, False), (351, True), (-351, True), (10**9, True)]
)
def test_a_jump_of_the_carriage_is_a_drive_that_cannot_be_trusted(
    running: Any, jump: int, trips: bool
) -> None:
    running.c.motion.trips.following_nm = running.c.motion.trips.drift_nm = 0
    running.c.motion.trips.model_velocity = running.c.motion.velocity_um_per_s = 0
    at = running.c.travel_um
    running.travel = lambda _: at + jump
    running.tick()
    assert outcome(running) == ((codes.FAULT_FOLLOWING, STATE_DUMPED) if trips else (0, STATE_RUN))
    assert running.c.enabled == (not trips)


@pytest.mark.parametrize("after_ms", [0, 2980, 3000])
def test_after_a_fast_command_its_lag_is_given_time_to_be_forgotten(running: Any, after_ms: int) -> None:
    c, trips = running.c, running.c.motion.trips
    trips.start(c.cells, c.travel_um, c.now_ms)
    trips.model_velocity = -6_700  # an instant above the pull speed
    assert trips.judge(c.cells, c.travel_um - 50, 0, c.now_ms, True) == 0
    trips.model_velocity = trips.following_nm = 0
    now_ms = c.now_ms + after_ms
    for off_um, fault in (
        (1_000, 0 if after_ms < 3000 else codes.FAULT_FOLLOWING),
        (1_001, codes.FAULT_FOLLOWING),
    ):
        trips.following_nm = off_um * 1000
        trips.last_travel_um = c.travel_um
        assert trips.judge(c.cells, c.travel_um, 0, now_ms, True) == fault


@pytest.mark.parametrize("wrong", ["stuck", "reversed"])
@pytest.mark.parametrize("um_per_s", [50, 100, 250])
def test_a_travel_that_is_wrong_behind_a_slow_carriage_adds_up(
    running: Any, wrong: str, um_per_s: int
) -> None:
    """Too slow for the short memory; force and travel of a patient who creeps under a constant force."""
    c, at, ticks = running.c, running.c.travel_um, 0
    running.a = running.b = lambda _: 100_000 + c.seq % 7
    trips = c.motion.trips
    trips.hold_travel_um = trips.travel_high_um = 10**9  # this test is about the drift alone
    while c.state == STATE_RUN and ticks < 10_000:
        ticks += 1
        c.motion.velocity_um_per_s = um_per_s
        shown = at if wrong == "stuck" else at - ticks * um_per_s // 100
        running.travel = lambda _, shown=shown: shown
        running.tick()
    assert outcome(running) == (codes.FAULT_FOLLOWING, STATE_DUMPED)
    assert ticks * um_per_s / 100 <= 1_600


@pytest.mark.parametrize("percent", [99, 101])
def test_a_scale_that_is_one_percent_wrong_passes(make_bench: Any, percent: int) -> None:
    bench = make_bench()
    bench.travel = lambda travel: travel * percent // 100
    bench.pull(600_000, rate=50_000)
    bench.goal = (20_000, 100_000, codes.MODE_FORCE)
    bench.tick(1000)
    assert outcome(bench) == (0, STATE_RUN)


def test_a_dead_drive_is_noticed(running: Any) -> None:
    running.jam = True
    running.goal = (200_000, 50_000, codes.MODE_FORCE)
    ticks = 0
    while running.c.state == STATE_RUN:
        running.tick()
        ticks += 1
        assert ticks < 100
    assert outcome(running) == (codes.FAULT_FOLLOWING, STATE_DUMPED)


@pytest.mark.parametrize("speed_um_per_s", [5_000, 20_000, -20_000])
def test_a_runaway_drive_is_noticed_by_its_travel_alone(running: Any, speed_um_per_s: int) -> None:
    start = running.c.now_ms
    force = running.force
    running.a = running.b = lambda _: force + running.c.seq % 2
    while running.c.state == STATE_RUN:
        running.position_nm += speed_um_per_s * 10
        running.tick()
    assert outcome(running) == (codes.FAULT_FOLLOWING, STATE_DUMPED)
    assert (running.c.now_ms - start) * abs(speed_um_per_s) <= 1_400 * 1000  # 1 mm, and the drive's own lag


def test_two_lost_travel_readings_pass_and_three_do_not(running: Any) -> None:
    for count, state in ((2, STATE_RUN), (3, STATE_DUMPED)):
        running.travel = lambda _: None
        running.tick(count)
        assert running.c.state == state
        running.travel = lambda travel: travel
        running.tick()


@pytest.mark.parametrize("wrong", [float("nan"), 1.5, "1", True])
def test_a_travel_that_is_no_whole_number_counts_as_lost(running: Any, wrong: Any) -> None:
    running.travel = lambda _: wrong
    running.tick(3)
    assert outcome(running) == (codes.FAULT_FOLLOWING, STATE_DUMPED)


# ---- the force signal ----------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["a", "b"])
def test_a_negative_force_is_a_sign_error_or_worse(bench: Any, cell: str) -> None:
    bench.run()
    bench.goal = (0, 1000, codes.MODE_FORCE)
    for level, ticks in ((-5_000, 5), (-5_001, 2), (0, 1), (-5_001, 2)):
        setattr(bench, cell, lambda _force, level=level: level)
        bench.tick(ticks)
        assert bench.c.state == STATE_RUN
    bench.tick()
    assert outcome(bench) == (codes.FAULT_NEGATIVE_FORCE, STATE_DUMPED)


@pytest.mark.parametrize("bad", [None, float("nan"), 1e5, True, "0", -100_001, 1_500_001, -(1 << 40)])
@pytest.mark.parametrize("cell", ["a", "b"])
def test_a_cell_that_is_bad_three_times_leaves_and_the_other_releases(
    running: Any, cell: str, bad: Any
) -> None:
    setattr(running, cell, lambda _: bad)
    running.tick(2)
    assert running.c.state == STATE_RUN
    running.tick()
    assert outcome(running) == (codes.FAULT_CELL_RANGE, STATE_RELEASING)
    running.settle()
    assert running.c.state == codes.STATE_FAULT_LATCHED
    assert running.force <= 10_000


def test_both_cells_bad_means_power_off(running: Any) -> None:
    running.a = running.b = lambda _: None
    running.tick(2)
    assert (running.c.state, running.c.force_mn) == (STATE_RUN, codes.FORCE_INVALID_MN)
    running.tick()
    assert outcome(running) == (codes.FAULT_CELL_RANGE, STATE_DUMPED)


def test_losing_the_second_cell_during_the_release_means_power_off(running: Any) -> None:
    running.a = lambda _: None
    running.tick(5)
    assert running.c.state == STATE_RELEASING
    running.b = lambda _: None
    running.tick(3)
    assert outcome(running) == (codes.FAULT_CELL_RANGE, STATE_DUMPED)


@pytest.mark.parametrize(("every", "trips"), [(2, True), (3, True), (4, False)])
def test_an_intermittent_cell_fills_the_bucket(running: Any, every: int, trips: bool) -> None:
    for index in range(60):
        running.a = (lambda _: None) if index % every == 0 else (lambda force: force)
        running.tick()
    assert (running.c.fault == codes.FAULT_CELL_RANGE) == trips


@pytest.mark.parametrize("offset", [0, 20_000, -20_000])
def test_a_bridged_sample_looks_like_no_change_of_force(running: Any, offset: int) -> None:
    running.b = lambda force: force + offset // 2
    running.tick(20)
    running.a = lambda _: None
    running.tick(2)
    running.a = lambda force: force
    running.tick(5)
    assert outcome(running) == (0, STATE_RUN)


@pytest.mark.parametrize(("offset", "ticks"), [(27_000, None), (27_001, 51), (-27_001, 51)])
def test_cells_may_disagree_for_half_a_second(running: Any, offset: int, ticks: int | None) -> None:
    # Moved slowly enough not to look like a slope.
    for step in range(0, abs(offset) + 1000, 1000):
        now = min(step, abs(offset)) * (1 if offset > 0 else -1)
        running.a = lambda force: force + running.c.seq % 2  # alive, and as far from B as it was
        running.b = lambda force, now=now: force + running.c.seq % 2 + now
        running.goal = (100_000, 0, codes.MODE_POSITION)
        running.tick()
    count = 1
    while running.c.state == STATE_RUN and count < 200:
        running.tick()
        count += 1
    assert (running.c.fault == codes.FAULT_CELL_DISAGREE) == (ticks is not None)
    assert count == (ticks or 200)


@pytest.mark.parametrize(("drop_to", "state"), [(47_500, STATE_RUN), (47_499, STATE_DUMPED)])
def test_force_that_halves_within_20_ms_is_a_broken_strap(running: Any, drop_to: int, state: int) -> None:
    running.a = running.b = lambda _: 100_000
    running.tick(3)
    running.c.motion.trips.down_window = -(10**9)  # this test is about the loss alone
    running.a = running.b = lambda _: drop_to
    running.tick()
    assert running.c.state == state
    assert running.c.fault == (codes.FAULT_FORCE_LOST if state == STATE_DUMPED else 0)


@pytest.mark.parametrize("k", [4, 60])
@pytest.mark.parametrize("stuck", ["a", "b", "ab"])
def test_a_stuck_cell_is_noticed_within_a_millimetre_or_by_the_other(
    make_bench: Any, stuck: str, k: int
) -> None:
    bench = make_bench(k_n_per_mm=k)
    bench.pull(60_000)
    frozen = bench.force
    for cell in stuck:
        setattr(bench, cell, lambda _: frozen)
    start = bench.position_nm
    bench.goal = (300_000, 20_000, codes.MODE_FORCE)
    while bench.c.state == STATE_RUN:
        bench.tick()
        assert bench.position_nm - start < 2_000_000 + 27_000_000 // k
    faults = {codes.FAULT_CELL_STUCK, codes.FAULT_CELL_DISAGREE}
    if stuck == "ab":
        assert outcome(bench) == (codes.FAULT_CELL_STUCK, STATE_DUMPED)
    else:
        assert bench.c.fault in faults
        bench.settle()
        assert bench.force <= 10_000


NOISE = (0, 300, -500, 200, 700, -800, 400, -100, 600, -600, 100, -300, 500)


def noisy(bench: Any, cell: str) -> None:
    """Let a cell show some noise, as every live one does."""
    setattr(bench, cell, lambda force: force + NOISE[bench.c.seq * 5 % len(NOISE)])


@pytest.mark.parametrize("stuck", ["a", "b"])
def test_a_cell_that_sticks_while_the_carriage_stands_is_noticed_against_the_other_one(
    running: Any, stuck: str
) -> None:
    for cell in "ab":
        noisy(running, cell)
    running.goal = (100_000, 0, codes.MODE_POSITION)
    running.tick(300)
    assert outcome(running) == (0, STATE_RUN)
    frozen = running.c.force_mn if stuck == "a" else running.c.force_b_mn
    setattr(running, stuck, lambda _: frozen)
    ticks = 0
    while running.c.state == STATE_RUN:
        running.tick()
        ticks += 1
        assert ticks <= 30
    assert outcome(running) == (codes.FAULT_CELL_STUCK, STATE_RELEASING)
    assert (running.c.cells.trust_a, running.c.cells.trust_b) == (stuck == "b", stuck == "a")
    running.settle()
    assert running.force <= 10_000


@pytest.mark.parametrize(
    ("spread_mn", "ticks", "trips"), [(1_500, 25, True), (1_499, 400, False), (1_500, 24, False)]
)
def test_against_the_other_cell_it_takes_time_and_more_than_neighbouring_counts(
    running: Any, spread_mn: int, ticks: int, trips: bool
) -> None:
    level = running.force
    running.goal = (100_000, 0, codes.MODE_POSITION)
    running.a = lambda _: level
    running.b = lambda _: level + spread_mn * (running.c.seq % 2)
    running.tick(1)
    watch = running.c.motion.trips.stuck
    watch.start(running.c.cells, running.c.now_ms)
    running.tick(ticks)
    assert running.c.fault == (codes.FAULT_CELL_STUCK if trips else 0)


@pytest.mark.parametrize(("every", "trips"), [(2, True), (3, False)])
def test_a_cell_that_moved_seldom_proves_nothing_about_the_other(
    running: Any, every: int, trips: bool
) -> None:
    level = running.force
    running.goal = (100_000, 0, codes.MODE_POSITION)
    running.a = lambda _: level
    running.b = lambda _: level + 2_000 * (running.c.seq // every % 2)
    running.tick(1)
    running.c.motion.trips.stuck.start(running.c.cells, running.c.now_ms)
    running.tick(26)
    assert running.c.fault == (codes.FAULT_CELL_STUCK if trips else 0)


def test_missing_readings_of_one_cell_are_no_moves(running: Any) -> None:
    level = running.force
    running.goal = (100_000, 0, codes.MODE_POSITION)
    running.a = lambda _: level
    running.b = lambda _: None if running.c.seq % 5 == 0 else level
    running.tick(200)
    assert running.c.fault == 0


def test_cells_that_show_nothing_while_slack_is_taken_up_are_not_stuck(make_bench: Any) -> None:
    bench = make_bench(slack_um=4_000)
    bench.run()
    bench.goal = (20_000, 50_000, codes.MODE_FORCE)
    bench.tick(1500)
    assert (bench.c.state, bench.c.fault) == (STATE_RUN, 0)
    assert bench.force > 15_000


@pytest.mark.parametrize("region", [codes.REGION_LUMBAR, codes.REGION_CERVICAL])
def test_two_cells_that_stick_at_slack_are_found_by_their_silence(make_bench: Any, region: int) -> None:
    bench = make_bench(region, 6)
    bench.run()
    bench.a = bench.b = lambda _: 300
    bench.goal = (100_000, 15_000, codes.MODE_FORCE)
    while bench.c.state == STATE_RUN:
        bench.tick()
    assert (bench.c.state, bench.c.fault) == (STATE_DUMPED, codes.FAULT_CELL_STUCK)
    assert not bench.c.cells.trusted()
    far_um = bench.config.quiet_um
    assert far_um < bench.c.travel_um <= far_um + 50


@pytest.mark.parametrize("which", ["a", "b"])
def test_one_count_of_noise_now_and_then_is_a_cell_that_lives(make_bench: Any, which: str) -> None:
    bench = make_bench(slack_um=20_000)
    bench.run()
    setattr(bench, which, lambda _: int(bench.c.seq % 300 == 0))
    bench.goal = (100_000, 15_000, codes.MODE_FORCE)
    bench.tick(1500)
    assert (bench.c.state, bench.c.fault) == (STATE_RUN, 0)
    assert bench.c.travel_um > 2 * bench.config.quiet_um


def test_silence_on_the_way_back_means_nothing(make_bench: Any) -> None:
    bench = make_bench()
    bench.run()
    stuck, cells = bench.c.motion.trips.stuck, bench.c.cells
    cells.force_a_mn = cells.force_b_mn = cells.high_mn = 300
    far_um = bench.config.quiet_um
    found = []
    for tick, travel_um in enumerate((far_um, -far_um, far_um // 2, 0, 1)):  # the last is one um too far
        found.append(stuck.judge(cells, travel_um, (tick + 1) * 10, 10_000))
    assert found == [0, 0, codes.FAULT_CELL_STUCK, 0, codes.FAULT_CELL_STUCK]


def test_a_coarse_cell_in_a_creeping_hold_is_not_stuck(make_bench: Any) -> None:
    bench = make_bench()
    bench.a = bench.b = lambda force: force // 1000 * 1000
    bench.pull(100_000)
    for _ in range(300):
        bench.slack_um += 50  # 0.5 mm/s of creep
        bench.position_nm += 50_000
        bench.c.motion.trips.last_travel_um += 50  # the carriage was told to
        bench.tick(10)
    assert bench.c.state == STATE_RUN


# ---- what follows --------------------------------------------------------------------------------


def test_the_first_cause_is_kept_with_its_circumstances_and_later_ones_appended(running: Any) -> None:
    c = running.c
    running.inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED
    running.tick()
    at, force = c.now_ms, running.force
    running.a = lambda _: None
    running.inputs = HEALTHY
    running.tick(5)
    latch = c.latch
    assert (latch.fault, latch.time_ms, latch.state) == (codes.FAULT_PATIENT_STOP, at, STATE_RUN)
    assert abs(latch.force_mn - force) < 100
    assert [fault for fault, _ in latch.later] == [codes.FAULT_CELL_RANGE]


@pytest.mark.parametrize("kind", [codes.STOP_RELEASE, codes.STOP_FAST, codes.STOP_OFF])
def test_a_running_reaction_is_only_ever_made_more_severe(running: Any, kind: int) -> None:
    states = {1: STATE_RELEASING, 2: STATE_FAST_RELEASING, 3: STATE_DUMPED}
    running.c.stop(kind)
    for later in (1, 2, 3, 2, 1, 0, 99):
        running.c.stop(later)
        kind = max(kind, later if later <= 3 else 1)
        assert running.c.state == states[kind]


def test_several_triggers_in_one_tick_take_the_most_severe(running: Any) -> None:
    running.inputs = 0
    running.travel = lambda travel: travel + 5_000
    running.tick()
    assert running.c.state == STATE_DUMPED


def test_motion_stops_for_good_after_a_broken_strap(running: Any) -> None:
    running.a = running.b = lambda _: 0
    running.tick()
    place = running.position_nm
    running.c.motion.dump = 0  # even with a release that did not open
    running.velocity = 0
    running.tick(500)
    assert running.c.enabled == 0
    assert running.position_nm == place


@pytest.mark.parametrize("region", [codes.REGION_LUMBAR, codes.REGION_CERVICAL])
def test_a_carriage_that_pulls_and_meets_nothing_is_stopped(make_bench: Any, region: int) -> None:
    bench = make_bench(region=region)
    far_um = bench.config.slack_travel_um
    bench.run()
    bench.goal = (0, 1000, codes.MODE_FORCE)
    for offset, state in ((far_um, STATE_RUN), (far_um + 1, STATE_RELEASING)):
        bench.c.motion.trips.last_travel_um = offset  # a drive that got there as commanded
        bench.travel = lambda travel, offset=offset: travel + offset
        bench.tick()
        assert bench.c.state == state
    assert bench.c.fault == codes.FAULT_NO_TENSION


def test_slack_taken_up_more_than_once_counts_from_its_own_beginning(make_bench: Any) -> None:
    bench = make_bench()
    bench.run()
    trips = bench.c.motion.trips
    bench.goal = (0, 1000, codes.MODE_FORCE)
    for travel, force in ((70_000, 0), (71_000, 40_000), (60_000, 0), (119_000, 0)):
        trips.last_travel_um = travel
        trips.ring = [2 * force] * trips.ring_size  # no jump to judge
        bench.travel = lambda _, travel=travel: travel
        bench.a = bench.b = lambda _, force=force: force
        trips.before_last_mn = trips.last_mn = 2 * force
        bench.tick()
        assert bench.c.state == STATE_RUN, travel


@pytest.mark.parametrize("region", [codes.REGION_LUMBAR, codes.REGION_CERVICAL])
def test_a_strap_that_slips_in_a_hold_is_not_pulled_after(make_bench: Any, region: int) -> None:
    bench = make_bench(region=region)
    bench.pull(60_000)
    bench.tick(300)
    trips = bench.c.motion.trips
    there_um, force_mn = bench.position_nm // 1000, bench.force
    bench.a = bench.b = lambda _: force_mn + bench.c.seq % 2  # the strap gives way as fast as it is pulled
    for slipped_um in range(0, 40_000, 500):
        trips.last_travel_um = there_um + slipped_um
        bench.travel = lambda _, at=there_um + slipped_um: at
        bench.tick()
        if bench.c.state != STATE_RUN:
            break
    assert outcome(bench) == (codes.FAULT_NO_TENSION, STATE_RELEASING)
    assert abs(slipped_um - bench.config.hold_travel_um) < 6000  # the hold began a little before
