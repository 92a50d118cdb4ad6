"""What the supervisor does about force: too much, too fast, negative, lost, doubtful, missing or trapped."""

from __future__ import annotations

import pytest

from traction.safety.bounds import supervisor_bounds
from traction.safety.hardware import load_region, load_table
from traction.safety.limits import merge
from traction.safety.sample import OK, Activity, Reaction
from traction.safety.watch.rate import RateWatch
from traction.wire import codes

CELLS = ("force_mn", "force_b_mn")


def near(feed, force_mn, **changes):
    """Go to a force in one step whatever the slope, by starting there."""
    return feed(start={"force_mn": force_mn, "force_b_mn": force_mn, "target_mn": force_mn}, **changes)


# ---- too much ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_over_force_trips_on_the_third_sample_of_either_cell(make_feed, bounds, cell):
    limit = bounds.over_force_mn
    feed = near(make_feed, limit)
    assert feed.run(1.0) == []
    verdicts = [feed.step(**{cell: limit + 1}) for _ in range(3)]
    assert [verdict.code for verdict in verdicts] == ["", "", "E411"]
    assert verdicts[-1].reaction is Reaction.FAST_RELEASE


def test_single_samples_over_the_force_are_noise(make_feed, bounds):
    feed = near(make_feed, bounds.over_force_mn)
    for _ in range(10):
        assert feed.step(force_mn=bounds.over_force_mn + 1) == OK
        assert feed.step(force_mn=bounds.over_force_mn + 1) == OK
        assert feed.step(force_mn=bounds.over_force_mn) == OK


@pytest.mark.parametrize("cell", CELLS)
def test_far_above_the_limit_one_sample_is_enough(make_feed, bounds, cell):
    limit = bounds.over_force_at_once_mn
    loose = {"cell_difference_mn": 10**9, "rate_noise_mn": 10**9}
    assert near(make_feed, bounds.over_force_mn, **loose).step(**{cell: limit}) == OK
    assert near(make_feed, bounds.over_force_mn, **loose).step(**{cell: limit + 1}).code == "E411"


def test_the_host_trips_below_the_controllers_own_trip(limits, bounds):
    assert bounds.over_force_mn < 1.05 * limits.max_force_n * 1000 + 5_000
    assert bounds.over_force_mn > 1.03 * limits.max_force_n * 1000


# ---- sign ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_a_negative_force_trips_on_the_third_sample(make_feed, cell):
    feed = near(make_feed, 0)
    assert feed.run(0.2, **{cell: -5_000}) == []
    verdicts = [feed.step(**{cell: -5_001}) for _ in range(3)]
    assert [verdict.code for verdict in verdicts] == ["", "", "E412"]
    assert verdicts[-1].reaction is Reaction.POWER_OFF


def test_a_very_negative_force_trips_at_once(make_feed):
    assert near(make_feed, -1_000, rate_noise_mn=10**9).step(force_n=-15.0) == OK
    assert near(make_feed, -1_000, rate_noise_mn=10**9).step(force_n=-15.001).code == "E412"


def test_a_swinging_harness_after_the_release_is_no_negative_force(make_feed):
    feed = near(make_feed, 0)
    assert feed.run(1.0, force_n=-6.0, activity=Activity.RELEASE, state=codes.STATE_DONE) == []


# ---- two cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
def test_cells_may_differ_by_the_limit_and_for_half_a_second(make_feed, bounds, sign):
    feed = make_feed(rate_noise_mn=10**9)
    apart = bounds.cell_difference_mn
    assert feed.run(2.0, force_b_mn=300_000 + sign * apart) == []
    seconds, verdict = feed.until_tripped(2.0, force_b_mn=300_000 + sign * (apart + 1))
    assert (verdict.code, verdict.reaction) == ("E413", Reaction.RELEASE)
    assert seconds == pytest.approx(0.54, abs=0.03)


def test_cells_that_differ_now_and_then_are_forgiven(make_feed, bounds):
    feed = make_feed(rate_noise_mn=10**9)
    for _ in range(10):
        assert feed.run(0.4, force_b_mn=300_000 + bounds.cell_difference_mn + 1) == []
        assert feed.run(0.1, force_b_mn=300_000) == []


def test_cells_that_differ_while_one_is_also_over_count_from_then_on(make_feed, bounds):
    feed = near(make_feed, bounds.over_force_mn, rate_noise_mn=10**9)
    apart = bounds.over_force_mn - bounds.cell_difference_mn - 1
    assert feed.run(0.4, force_b_mn=apart) == []
    feed.step(force_mn=bounds.over_force_mn + 1, force_b_mn=bounds.over_force_mn)  # agree again, one over
    assert feed.run(0.4, force_mn=bounds.over_force_mn, force_b_mn=apart) == []


@pytest.mark.parametrize("cell", CELLS)
def test_a_missing_reading_is_bridged_twice(feed, cell):
    gone = {cell: codes.FORCE_INVALID_MN}
    assert [feed.step(**gone).code for _ in range(4)] == ["", "", "E416", "E416"]
    assert feed.step(force_n=300.0) == OK
    assert feed.step(**gone) == OK


def test_no_reading_at_all_is_power_off_at_once(feed):
    verdict = feed.step(force_mn=codes.FORCE_INVALID_MN, force_b_mn=codes.FORCE_INVALID_MN)
    assert (verdict.code, verdict.reaction) == ("E416", Reaction.POWER_OFF)


@pytest.mark.parametrize(
    ("stuck", "reaction"),
    [(("force_mn",), Reaction.RELEASE), (("force_b_mn",), Reaction.RELEASE), (CELLS, Reaction.POWER_OFF)],
)
@pytest.mark.parametrize("direction", [1, -1])
def test_a_cell_that_repeats_itself_while_the_carriage_moves(make_feed, stuck, reaction, direction):
    feed = make_feed(rate_noise_mn=10**9, cell_difference_mn=10**9, arrival_error_mn_us=10**15, slip_um=10**6)
    moved = 0
    while moved <= 1_500:
        live = {cell: feed.sample.force_mn + direction * 1_000 for cell in CELLS if cell not in stuck}
        moved += 50
        verdict = feed.step(travel_um=60_000 + direction * moved, **live)
        assert verdict.code == ("E414" if moved > 1_500 else "")
    assert verdict.reaction is reaction


def test_a_coarse_cell_may_repeat_itself_while_tissue_creeps(feed):
    for _ in range(200):  # 0.5 mm/s, never the same travel twice
        assert feed.run(0.1, travel_um=feed.sample.travel_um + 50) == []


def test_near_slack_travel_needs_no_force(make_feed):
    feed = near(make_feed, 5_000)
    for tick in range(200):  # live cells show their noise; two that show none over 6 mm are stuck
        activity = Activity.TAKE_UP if tick < 100 else Activity.FOLLOW
        live = dict.fromkeys(CELLS, 5_000 + tick % 2)
        assert feed.step(travel_um=60_000 + 300 * tick, activity=activity, **live).code == ""


# ---- slopes --------------------------------------------------------------------------------------------


def ramp(feed, rate_n_per_s, seconds, dt_ms=20, **changes):
    codes_ = []
    for _ in range(round(seconds * 1000 / dt_ms)):
        force = feed.sample.force_mn + round(rate_n_per_s * dt_ms)
        codes_.append(feed.step(dt_ms, force_n=force / 1000, target_mn=max(force, 0), **changes).code)
    return codes_


@pytest.mark.parametrize(("sign", "code"), [(1, "E421"), (-1, "E422")])
@pytest.mark.parametrize("window_ms", [100, 1000])
def test_a_slope_trips_one_step_beyond_the_noise(make_feed, bounds, sign, code, window_ms):
    rate = (bounds.rate_up_mn_per_s if sign > 0 else bounds.rate_down_mn_per_s) / 1000
    loose = {"arrival_error_mn_us": 10**15}
    quiet = make_feed(**loose)
    assert set(ramp(quiet, sign * rate, 2.0)) == {""}
    # what the window allows on top is the noise, and not a millinewton more
    beyond_n = bounds.rate_noise_mn / 1000
    step = sign * (rate * window_ms / 1000 + beyond_n)
    assert set(ramp(make_feed(**loose), step / (window_ms / 1000), window_ms / 1000)) == {""}
    steeper = sign * (rate * window_ms / 1000 + beyond_n + 0.1)
    assert ramp(make_feed(**loose), steeper / (window_ms / 1000), window_ms / 1000)[-1] == code


def test_a_jump_is_seen_within_one_sample(feed):
    assert feed.step(force_n=320.0).code == "E421"
    assert feed.step(force_n=320.0).reaction is Reaction.RELEASE


@pytest.mark.parametrize("late_ms", [20, 40, 60, 80, 100, 180])
def test_late_samples_make_no_false_slope(make_feed, limits, late_ms):
    """The force goes on at the limit while the host is late; what passed meanwhile is a slope, not a jump."""
    feed = make_feed()
    up = limits.max_rate_up_n_per_s
    for dt_ms in (20, 20, 20 + late_ms, 20, 20, 20 + late_ms, 20 + late_ms, 20):
        assert ramp(feed, up, dt_ms / 1000, dt_ms) == [""]


def test_a_sample_seen_twice_has_no_slope(feed):
    same = feed.sample
    assert feed.step(seq=same.seq, controller_ms=same.controller_ms) == OK
    assert feed.step(seq=same.seq + 1, controller_ms=same.controller_ms + 40) == OK


def test_a_broken_strap_is_power_off(feed):
    verdict = feed.step(force_n=100.0)
    assert (verdict.code, verdict.reaction) == ("E415", Reaction.POWER_OFF)


def test_half_the_force_gone_is_the_border_of_a_broken_strap(make_feed, bounds):
    # beyond what the limit on falling and the noise explain, more than half of the force
    explained = bounds.rate_down_mn_per_s * 20 // 1000 + bounds.rate_noise_mn
    lost = 150_000 + explained
    assert make_feed().step(force_n=(300_000 - lost) / 1000).code == "E422"
    assert make_feed().step(force_n=(300_000 - lost - 1) / 1000).code == "E415"


def test_a_small_force_that_is_lost_is_a_fall(make_feed):
    assert near(make_feed, 30_000).step(force_n=0.0).code == "E422"
    assert near(make_feed, 30_001).step(force_n=0.0).code == "E415"


def test_a_release_faster_than_planned_only_warns(feed):
    verdict = feed.step(force_n=200.0, activity=Activity.RELEASE, state=codes.STATE_DUMPED)
    assert (verdict.code, verdict.reaction) == ("E423", Reaction.WARN)


def test_a_force_that_rises_in_a_release_is_power_off(feed):
    feed.step(activity=Activity.RELEASE, state=codes.STATE_RELEASING)
    verdict = feed.step(force_n=315.0)
    assert (verdict.code, verdict.reaction) == ("E464", Reaction.POWER_OFF)


# ---- thresholds as numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["lumbar", "cervical"])
def test_thresholds_are_whole_positive_numbers(region):
    table = load_table("sim")
    bounds = supervisor_bounds(merge(load_region(region), [table.source(region)]), table, rest_n=20.0)
    values = {name: getattr(bounds, name) for name in bounds.__slots__}
    assert {type(value) for value in values.values()} == {int}
    assert {name for name, value in values.items() if value <= 0} == {
        "negative_force_mn",
        "negative_at_once_mn",
    }


def test_a_rise_is_seen_though_each_step_of_it_is_within_the_noise(feed):
    """9 N within 100 ms, in steps of 2.3 N: more than 3.75 N of a rise and 4.5 N of noise."""
    for count in range(100):  # two seconds of 300 N, never the same twice
        assert feed.step(force_n=300.0 + 0.001 * (count % 2)).code == ""
    for count in range(6):
        assert feed.step(force_n=297.8 + 0.001 * (count % 2)).code == ""
    assert feed.step(force_n=302.3).code == ""
    assert feed.step(force_n=304.6).code == ""
    assert feed.step(force_n=306.8).code == "E421"


def test_a_jump_of_both_cells_from_slack_is_seen_within_one_sample(make_feed):
    feed = make_feed(start={"force_mn": 0, "force_b_mn": 0, "target_mn": 0})
    for count in range(100):
        assert feed.step(force_n=0.001 * (count % 2)).code == ""
    assert feed.step(force_n=15.0).code == "E421"


@pytest.mark.parametrize("cell", ["force_mn", "force_b_mn"])
def test_a_cell_without_a_reading_does_not_repeat_itself(feed, cell):
    """Its last reading is used in its place, while the carriage goes further than a stuck cell may let it."""
    feed.run(0.2)
    other = {"force_b_mn": 305_000} if cell == "force_mn" else {"force_mn": 305_000}
    gone = {cell: codes.FORCE_INVALID_MN}
    assert feed.step(travel_um=feed.sample.travel_um + 1_600, **gone, **other).code == ""
    assert feed.step(force_n=306.0).code == ""


def test_the_slopes_keep_a_second_of_samples_and_no_more(bounds):
    watch = RateWatch(bounds)
    for ms in range(1, 1_200):  # as many as a clock of whole milliseconds can give
        assert watch.judge(ms, 0, False) is None
    assert [at for at, _ in watch.history] == list(range(199, 1_200))
