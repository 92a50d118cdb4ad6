"""The small parts: steering, the release ladder, totals, series, frames."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from traction.drivers.base import StopKind
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Oscillation, Ramp
from traction.runner.ladder import SLACK_SAMPLES, Ladder
from traction.runner.record.layout import COLUMNS
from traction.runner.series import si_series
from traction.runner.stats import Totals
from traction.runner.steering import SETTLE_US, TICK_US, Steering
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench


# ---- steering ---------------------------------------------------------------------------------------------


def test_the_target_is_that_of_the_next_tick_and_the_rate_just_arrives(bench: Bench) -> None:
    steering = Steering(bench.plan())
    steering.target_mn = 30_000
    steering.follow(0, 30_000)
    assert steering.target_mn == 30_400  # 20 N/s for 20 ms
    assert steering.rate_mn_per_s == 20_000


def test_at_the_end_of_the_profile_the_target_stays_on_it(bench: Bench) -> None:
    steering = Steering(bench.plan())
    steering.follow(steering.duration_us - 1, 0)
    assert steering.target_mn == 0


def test_a_rate_is_never_above_the_limit_and_never_so_low_that_the_loop_cannot_catch_up(
    bench: Bench,
) -> None:
    plan = bench.plan()
    steering = Steering(plan)
    steering.follow(10_000_000, 0)  # a jump from 0 N, as after a stall
    assert steering.rate_mn_per_s == plan.limits.max_rate_up_n_per_s * 1000
    steering.follow(7_000_000, 0)
    steering.follow(7_020_000, 0)
    assert steering.rate_mn_per_s == plan.limits.max_rate_up_n_per_s * 1000 / 4


def test_a_hold_by_position_is_entered_late_and_left_only_when_the_target_meets_the_force(
    bench: Bench,
) -> None:
    hold = Hold(130.0, 10.0, mode="position")
    profile = Profile.of(Ramp(30.0, 130.0, 5.0), hold, Ramp(130.0, 0.0, 6.5), rest_n=30.0)
    steering = Steering(bench.plan(profile))

    def mode_at(profile_us: int, force_mn: int) -> int:
        steering.follow(profile_us - TICK_US, force_mn)
        steering.follow(profile_us, force_mn)
        return steering.mode

    assert mode_at(5_000_000 + SETTLE_US - TICK_US, 130_000) == codes.MODE_FORCE
    assert mode_at(5_000_000 + SETTLE_US, 130_000) == codes.MODE_POSITION
    assert mode_at(15_100_000, 110_000) == codes.MODE_POSITION  # target 127.6 N, force 110 N
    assert mode_at(16_100_000, 110_000) == codes.MODE_FORCE  # target 107.6 N
    assert mode_at(16_200_000, 110_000) == codes.MODE_FORCE


@pytest.mark.parametrize("mode", ["force", "position"])
@pytest.mark.parametrize("tick_us", [TICK_US, 7 * TICK_US + 3])
def test_while_it_says_it_is_steady_nothing_changes(bench: Bench, mode: str, tick_us: int) -> None:
    wave = Hold(130.0, 4.0, Oscillation("sine", 3.0, 1.0))
    profile = Profile.of(
        Ramp(30.0, 130.0, 5.0), Hold(130.0, 9.0, mode=mode), wave, Hold(130.0, 3.0), Ramp(130.0, 0.0, 6.5)
    )
    steering = Steering(bench.plan(profile))
    steady = 0
    for profile_us in range(0, steering.duration_us, tick_us):
        promised = profile_us < steering.steady_until_us
        before = (steering.target_mn, steering.rate_mn_per_s, steering.mode, steering.span_index)
        steering.follow(profile_us, 100_000)
        after = (steering.target_mn, steering.rate_mn_per_s, steering.mode, steering.span_index)
        assert after == before or not promised, profile_us
        steady += promised
    assert steady * tick_us > 9_000_000  # most of both plain holds
    for upset in (steering.begin_pause, steering.let_go, lambda: steering.move_to(0, 0)):
        steering.steady_until_us = 1
        upset()
        assert steering.steady_until_us == 0


# ---- the ladder -------------------------------------------------------------------------------------------

MAX_US, SLACK_MN = 5_000_000, 10_000


def test_slack_needs_the_drive_off_both_cells_and_time() -> None:
    ladder, seqs = Ladder(MAX_US, SLACK_MN), itertools.count(1)
    done = codes.STATE_DONE
    for _ in range(SLACK_SAMPLES - 1):
        assert not ladder.slack(done, 9_000, 9_000, next(seqs), 0)
    assert ladder.slack(done, 9_000, 9_000, next(seqs), 0)
    for state, a_mn, b_mn, age_us in (
        (codes.STATE_RELEASING, 0, 0, 0),
        (codes.STATE_RUN, 0, 0, 0),
        (done, 12_001, 0, 0),
        (done, 0, 12_001, 0),
        (done, codes.FORCE_INVALID_MN, 0, 0),
        (done, 0, codes.FORCE_INVALID_MN, 0),
        (done, 0, 0, 200_001),
        (done, 0, 0, -1),
    ):
        assert not ladder.slack(state, a_mn, b_mn, next(seqs), age_us)
        for _ in range(SLACK_SAMPLES - 1):
            assert not ladder.slack(done, 0, 0, next(seqs), 200_000)
        assert ladder.slack(done, 0, 0, next(seqs), 0)


def test_the_same_slack_sample_again_is_counted_once_and_an_older_one_not_at_all() -> None:
    ladder = Ladder(MAX_US, SLACK_MN)
    for _ in range(10 * SLACK_SAMPLES):
        assert not ladder.slack(codes.STATE_DONE, 0, 0, 7, 0)
    for seq in range(8, 8 + SLACK_SAMPLES - 2):
        assert not ladder.slack(codes.STATE_DONE, 0, 0, seq, 0)
    for seq in (3, 3, 4, 5, 6):  # begun anew: the first says nothing, for nobody knows of which start it is
        assert not ladder.slack(codes.STATE_DONE, 0, 0, seq, 0)
    assert not ladder.slack(codes.STATE_DONE, 0, 0, 7, 0)
    assert ladder.slack(codes.STATE_DONE, 0, 0, 8, 0)


def test_each_request_has_its_time() -> None:
    ladder = Ladder(MAX_US, SLACK_MN)
    ladder.start(1_000_000)
    release, fast, off = StopKind.RELEASE, StopKind.FAST, StopKind.OFF
    assert ladder.overdue(7_500_000, release, blind=False) is None
    assert ladder.overdue(7_500_001, release, blind=False) is fast
    ladder.step(7_500_001)
    assert ladder.overdue(9_500_001, fast, blind=False) is None
    assert ladder.overdue(9_500_002, fast, blind=False) is off
    ladder.step(9_500_002)
    assert ladder.overdue(99_000_000, off, blind=False) is None
    assert not ladder.exhausted(14_500_002, off, blind=False)
    assert ladder.exhausted(14_500_003, off, blind=False)
    assert not ladder.exhausted(99_000_000, fast, blind=False)


def test_blind_the_power_goes_when_the_release_had_its_time() -> None:
    ladder = Ladder(MAX_US, SLACK_MN)
    ladder.start(0)
    assert ladder.overdue(6_500_001, StopKind.RELEASE, blind=True) is StopKind.OFF


# ---- totals and series ------------------------------------------------------------------------------------


def columns(**given: list[int]) -> list[list[int]]:
    rows = len(next(iter(given.values())))
    return [given.get(name, [0] * rows) for name in (*COLUMNS, "disc_pressure_pa")]


def test_totals_are_those_of_all_blocks() -> None:
    totals = Totals(("disc_pressure_pa",))
    totals.add(
        columns(t_us=[0, 20_000], target_mn=[0, 5_000], force_b_mn=[1, 7_000], disc_pressure_pa=[9, 4])
    )
    totals.add(columns(t_us=[40_000, 60_000], force_mn=[6_000, 2], disc_pressure_pa=[-3, 2], late_us=[0, 8]))
    stats = totals.stats(cycles_completed=1, profile_us=30_000, tick_us=TICK_US)
    assert (stats.rows, stats.duration_s, stats.profile_s) == (4, 0.06, 0.03)
    assert (stats.peak_target_n, stats.peak_force_n) == (5.0, 7.0)
    assert (stats.rest_pressure_kpa, stats.min_pressure_kpa) == (0.009, -0.003)
    assert stats.time_below_zero_pressure_s == 0.02
    assert stats.worst_late_s == pytest.approx(8e-6)


def test_without_a_pressure_channel_there_is_no_pressure() -> None:
    totals = Totals(())
    totals.add(columns(t_us=[0])[:-1])
    stats = totals.stats(cycles_completed=0, profile_us=0, tick_us=TICK_US)
    assert stats.rest_pressure_kpa is None
    assert stats.min_pressure_kpa is None
    assert stats.time_below_zero_pressure_s is None


def test_series_are_in_si_units_and_a_missing_reading_is_nan() -> None:
    samples = {name: np.array([1000, 2000]) for name in COLUMNS}
    samples["force_b_mn"] = np.array([3000, codes.FORCE_INVALID_MN])
    samples |= {"disc_pressure_pa": np.array([-500, 0]), "elongation_um": np.array([250, 0])}
    series = si_series(samples)
    assert series["force_n"][0] == 2.0
    assert np.isnan(series["force_n"][1])
    assert series["force_a_n"].tolist() == [1.0, 2.0]
    assert series["disc_pressure_kpa"].tolist() == [-0.5, 0.0]
    assert series["elongation_mm"][0] == 0.25
    assert series["time_s"].tolist() == [0.001, 0.002]


def test_a_session_that_says_nothing_of_its_end_has_not_completed() -> None:
    from traction.runner.outcome import Outcome, deciding

    assert (deciding(()).outcome, deciding(()).code) == (Outcome.FAULTED, "E900")


def test_the_series_is_made_when_it_is_looked_at_and_nobody_writes_to_it() -> None:
    from traction.runner.record.columns import Columns
    from traction.runner.series import SiSeries

    rows, names = 40_960, [*COLUMNS, "disc_pressure_pa", "elongation_um"]
    columns = Columns(names)
    for _ in range(10):
        columns.extend(4_096, {name: list(range(4_096)) for name in names})
    series = SiSeries(columns)
    assert [len(values) for values in series.values()] == [rows] * len(series)
    assert list(series) == list(si_series(columns))
    held = series["force_n"]
    assert series["force_n"] is held
    with pytest.raises(ValueError, match="read-only"):
        held[0] = 1.0
    with pytest.raises(KeyError):
        series["no such column"]


def test_columns_that_nobody_holds_are_let_go() -> None:
    import tracemalloc

    from traction.runner.record.columns import Columns
    from traction.runner.series import SiSeries

    rows = 40_960
    columns = Columns(COLUMNS)
    for _ in range(10):
        columns.extend(4_096, {name: list(range(4_096)) for name in COLUMNS})
    tracemalloc.start()
    for source in (columns, SiSeries(columns)):
        for name in source:
            assert source[name][-1] >= 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 8 * rows
