"""Each watch of the supervisor by itself: exactly where it begins to object, and what it asks for then."""

from __future__ import annotations

import dataclasses

import pytest

from traction.safety import belief
from traction.safety.sample import Activity, Reaction
from traction.safety.watch.condition import ConditionWatch
from traction.safety.watch.duration import DurationWatch
from traction.safety.watch.force import ForceWatch, FrozenWatch
from traction.safety.watch.link import LinkWatch
from traction.safety.watch.progress import ArrivalWatch, SlipWatch
from traction.safety.watch.rate import RateWatch
from traction.safety.watch.releasing import ReleaseWatch
from traction.wire import codes

ALWAYS = 10**15
"""A limit that is never reached."""


def told(verdict):
    """Return what a verdict asks for and why; None when a watch has nothing to say."""
    return verdict and (verdict.reaction, verdict.code)


# ---- the link ------------------------------------------------------------------------------------------


@pytest.fixture
def link():
    """Return a watch whose first sample came at 1 s of the session, 5 s of the controller, fresh."""
    watch = LinkWatch()
    assert watch.judge(1_000_000, 0, 100, 5_000, 7) is None
    return watch


def test_a_repeated_sample_may_be_fresh_or_just_not_old(link):
    assert link.judge(1_000_000, 0, 100, 5_000, 7) is None
    assert link.judge(1_100_000, 100_000, 100, 5_000, 7) is None
    assert told(link.judge(1_100_001, 100_001, 100, 5_000, 7)) == (Reaction.WARN, "E410")


def test_an_old_sample_at_the_time_of_the_last_one_is_only_old(link):
    assert told(link.judge(1_000_000, 150_000, 101, 5_020, 7)) == (Reaction.WARN, "E410")


def test_a_repeated_sample_is_stale_after_a_fifth_of_a_second(link):
    assert link.judge(1_200_000, 0, 100, 5_000, 7) is None
    assert told(link.judge(1_200_001, 0, 100, 5_000, 7)) == (Reaction.RELEASE, "E404")
    assert "for 2000 ms" in link.judge(3_000_000, 0, 100, 5_000, 7).detail


def test_what_went_backwards_asks_for_a_release(link):
    assert told(link.judge(999_999, 0, 101, 5_020, 7)) == (Reaction.RELEASE, "E406")
    assert told(link.judge(1_020_000, 0, 99, 5_020, 7)) == (Reaction.RELEASE, "E405")


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("age_us", "within", "beyond"),
    [(2_000, None, "E406"), (150_000, "E410", "E406")],
    ids=["fresh", "old"],
)
def test_the_clocks_may_part_by_a_quarter_of_a_second_and_a_hundredth_of_the_time(
    sign, age_us, within, beyond
):
    for more_us, code in ((0, within), (1, beyond)):
        watch = LinkWatch()
        watch.judge(1_000_000, 2_000, 100, 5_000, 7)
        watch.advanced_us = watch.t_us = 41_000_000
        # 40 s later the controller's clock is 0.65 s off, of which the age of the sample explains nothing
        age_now_us = age_us - sign * more_us
        controller_ms = 5_000 + 40_000 - sign * 650 - (age_us - 2_000) // 1000
        verdict = watch.judge(41_000_000, age_now_us, 101, controller_ms, 7)
        assert (verdict and verdict.code) == code
        assert code != "E406" or verdict.reaction is Reaction.RELEASE


# ---- the controller's condition ------------------------------------------------------------------------

HEALTHY = (codes.STATE_RUN, codes.FAULT_NONE, codes.INPUTS_HEALTHY, codes.MODE_FORCE)


def condition(watch, t_us, activity, **changes):
    state, fault, inputs, mode = HEALTHY
    said = {"state": state, "fault": fault, "inputs": inputs, "mode": mode, **changes}
    return watch.judge(t_us, activity=activity, **said)


def test_a_fault_counts_though_the_state_still_says_run():
    verdict = condition(ConditionWatch(), 0, Activity.FOLLOW, fault=codes.FAULT_OVER_FORCE)
    assert told(verdict) == (Reaction.RELEASE, "E411")


def test_a_stop_has_three_tenths_of_a_second_to_arrive_whenever_it_was_asked_for():
    for begun_us in (0, 1, 5_000_000):
        watch = ConditionWatch()
        assert condition(watch, begun_us, Activity.RELEASE) is None
        assert condition(watch, begun_us + 300_000, Activity.RELEASE) is None
        verdict = condition(watch, begun_us + 300_001, Activity.RELEASE)
        assert told(verdict) == (Reaction.POWER_OFF, "E409")


@pytest.mark.parametrize(("age_us", "given_us"), [(0, 0), (220_000, 220_000), (-5_000, 0)])
def test_a_sample_from_before_the_stop_could_arrive_says_nothing_of_it(age_us, given_us):
    watch = ConditionWatch()
    assert condition(watch, 0, Activity.RELEASE) is None
    assert condition(watch, 300_000 + given_us, Activity.RELEASE, age_us=age_us) is None
    verdict = condition(watch, 300_001 + given_us, Activity.RELEASE, age_us=age_us)
    assert told(verdict) == (Reaction.POWER_OFF, "E409")


@pytest.mark.parametrize("begun_us", [0, 1, 5_000_000])
def test_a_release_begun_at_any_time_is_never_taken_back(begun_us):
    watch = ConditionWatch()
    assert condition(watch, begun_us, Activity.RELEASE) is None
    verdict = condition(watch, begun_us + 20_000, Activity.FOLLOW)
    assert told(verdict) == (Reaction.RELEASE, "E401")


def test_a_cut_supply_is_told_before_the_state_it_leads_to():
    inputs = codes.INPUTS_HEALTHY & ~codes.INPUT_SUPPLY_GOOD
    verdict = condition(ConditionWatch(), 0, Activity.RELEASE, inputs=inputs, state=codes.STATE_ARMED)
    assert told(verdict) == (Reaction.POWER_OFF, "E436")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"mode": 2}, "E401"), ({"activity": 3}, "E401"), ({"state": codes.STATE_DONE}, "E409")],
)
def test_what_is_out_of_turn_asks_for_a_release(changes, code):
    changes = {"activity": Activity.FOLLOW, **changes}
    assert told(condition(ConditionWatch(), 0, **changes)) == (Reaction.RELEASE, code)


TOLD = {
    codes.FAULT_OVER_FORCE: "E411",
    codes.FAULT_NEGATIVE_FORCE: "E412",
    codes.FAULT_CELL_DISAGREE: "E413",
    codes.FAULT_CELL_STUCK: "E414",
    codes.FAULT_FORCE_LOST: "E415",
    codes.FAULT_CELL_RANGE: "E416",
    codes.FAULT_OVER_RATE: "E424",
    codes.FAULT_HOLD_TOO_LONG: "E431",
    codes.FAULT_SESSION_TOO_LONG: "E432",
    codes.FAULT_OVER_TRAVEL: "E433",
    codes.FAULT_END_SWITCH: "E435",
    codes.FAULT_SUPPLY: "E436",
    codes.FAULT_ESTOP: "E452",
    codes.FAULT_PATIENT_STOP: "E451",
    codes.FAULT_ESTOP_CHANNELS: "E453",
    codes.FAULT_SWITCH_LET_GO: "E454",
}
"""Faults whose hazard the host watches too; of all others a person only hears that the controller has one."""


@pytest.mark.parametrize("fault", [*sorted(set(codes.FAULT_NAMES) - {codes.FAULT_NONE}), 987])
@pytest.mark.parametrize("activity", [Activity.FOLLOW, Activity.RELEASE])
def test_every_fault_of_the_controller_is_told_by_its_hazard(fault, activity):
    verdict = condition(ConditionWatch(), 0, activity, fault=fault, state=codes.STATE_RELEASING)
    assert verdict.code == TOLD.get(fault, "E408")


@pytest.mark.parametrize(
    ("state", "name"),
    [(0, "BOOT"), (10, "UNLOAD_ONLY"), (-1, "-1"), (11, "11")],
)
def test_a_state_is_told_by_its_name_where_it_has_one(state, name):
    assert (
        condition(ConditionWatch(), 0, Activity.FOLLOW, state=state).detail == f"state {name} instead of RUN"
    )


# ---- what adds up --------------------------------------------------------------------------------------


@pytest.fixture
def duration(bounds):
    """Return a maker of watches with no limit but those given."""
    never = dict.fromkeys(("max_hold_us", "max_session_us", "max_travel_um", "max_impulse_mn_us"), ALWAYS)

    def make(**limits):
        return DurationWatch(dataclasses.replace(bounds, rest_mn=0, **{**never, **limits}))

    return make


@pytest.mark.parametrize(
    ("few", "code"),
    [
        ({"max_travel_um": 99}, "E433"),
        ({"max_travel_um": 100, "max_hold_us": 1_999_999}, "E431"),
        ({"max_hold_us": 2_000_000, "max_session_us": 2_999_999}, "E432"),
        ({"max_session_us": 3_000_000, "max_impulse_mn_us": 1}, "E434"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_limit_just_reached_is_not_told_in_place_of_one_that_is_broken(duration, few, code, sign):
    watch = duration(**few)
    watch.judge(1_000_000, 300_000, 0)  # a hold begins
    assert told(watch.judge(3_000_000, 300_000, sign * 100)) == (Reaction.RELEASE, code)


def test_a_session_that_is_over_is_not_taken_for_a_long_hold(duration):
    watch = duration(max_hold_us=2_000_000, max_session_us=3_000_000)
    watch.judge(1_500_000, 300_000, 0)
    assert told(watch.judge(3_000_001, 300_000, 0)) == (Reaction.RELEASE, "E432")


def test_before_the_first_sample_the_table_is_slack_since_the_beginning(duration, bounds):
    watch = duration(max_hold_us=2_000_000)
    watch.judge(1_000_000, bounds.hold_band_mn, 0)  # still within the band of nothing at all
    assert (watch.high_mn, watch.due_us) == (bounds.hold_band_mn, 2_000_000)
    watch.judge(1_000_000, bounds.hold_band_mn + 1, 0)
    assert (watch.high_mn, watch.due_us) == (2 * bounds.hold_band_mn + 1, 3_000_000)


# ---- slopes --------------------------------------------------------------------------------------------

RATES = {
    "rate_noise_mn": 100,
    "rate_up_mn_per_s": 50_000,
    "rate_down_mn_per_s": 60_000,
    "fast_release_rate_mn_per_s": 300_000,
}


@pytest.fixture
def rate(bounds):
    """Return a watch with plain numbers; the sum of both cells may differ by 200 mN and twice each rate."""
    return RateWatch(dataclasses.replace(bounds, **RATES))


@pytest.mark.parametrize(
    ("sign", "releasing", "per_ms", "reaction", "code"),
    [
        (1, False, 100, Reaction.RELEASE, "E421"),
        (1, True, 100, Reaction.POWER_OFF, "E464"),
        (-1, False, 120, Reaction.RELEASE, "E422"),
        (-1, True, 600, Reaction.WARN, "E423"),
    ],
)
@pytest.mark.parametrize(
    ("past_ms", "step_ms", "passed_ms"), [(1_500, 20, 100), (5_000, 1_000, 1_000), (0, 20, 20)]
)
def test_a_change_of_the_sum_may_be_the_rate_and_the_noise(
    rate, sign, releasing, per_ms, reaction, code, past_ms, step_ms, passed_ms
):
    """After a force that has stayed, each window looks back as far as it is long, or as there is anything."""
    for beyond_mn, told_now in ((0, None), (1, (reaction, code))):
        rate.begin(7_000, 2_000_000)
        for ms in range(step_ms, past_ms + 1, step_ms):
            assert rate.judge(7_000 + ms, 2_000_000, releasing) is None
        changed = 2_000_000 + sign * (per_ms * passed_ms + 200 + beyond_mn)
        assert told(rate.judge(7_000 + past_ms + step_ms, changed, releasing)) == told_now


def test_before_its_first_sample_a_watch_knows_of_no_force(bounds):
    for sum_mn, code in ((10_200, None), (10_201, (Reaction.RELEASE, "E421"))):
        fresh = RateWatch(dataclasses.replace(bounds, **RATES))
        assert told(fresh.judge(100, sum_mn, False)) == code
    assert (
        RateWatch(dataclasses.replace(bounds, **RATES)).judge(0, 10**9, False) is None
    )  # no time has passed


def test_a_sample_each_millisecond_is_compared_with_that_of_a_second_before(rate):
    rate.begin(0, 2_000_000)
    assert rate.judge(1, 1_999_850, False) is None
    for ms in range(2, 1_001):  # to the last mN of what a second allows: of 999 ms it would be too much
        assert rate.judge(ms, 1_999_850 + 100_350 * (ms - 1) // 999, False) is None
    assert rate.history[-1] == (1_000, 2_100_200)
    assert told(rate.judge(1_001, 2_100_200, False)) == (Reaction.RELEASE, "E421")


@pytest.mark.parametrize(("passed_ms", "code"), [(999, "E415"), (1_000, "E422")])
def test_a_force_that_goes_within_a_second_is_lost(rate, passed_ms, code):
    rate.begin(0, 900_000)
    assert rate.judge(passed_ms, 0, False).code == code


@pytest.mark.parametrize(("before_mn", "code"), [(60_000, "E422"), (60_001, "E415")])
def test_a_force_is_lost_only_from_thirty_newtons_on(rate, before_mn, code):
    rate.begin(0, before_mn)
    assert rate.judge(20, 0, False).code == code


# ---- two cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun_us", [0, 1, 7_000_000])
def test_two_cells_may_differ_for_half_a_second_from_any_time_on(bounds, begun_us):
    watch = ForceWatch(bounds)
    low_mn = 300_000 - bounds.cell_difference_mn - 1
    assert watch.judge(begun_us, 300_000, low_mn, False) is None
    assert watch.judge(begun_us + 500_000, 300_000, low_mn, False) is None
    assert told(watch.judge(begun_us + 500_001, 300_000, low_mn, False)) == (Reaction.RELEASE, "E413")


@pytest.mark.parametrize("cell", [0, 1])
def test_readings_are_missing_in_a_row_or_not_at_all(bounds, cell):
    watch = ForceWatch(bounds)
    gone = [300_000, 300_000]
    gone[cell] = codes.FORCE_INVALID_MN
    assert watch.bridge(300_000, 300_000) is None
    for _ in range(3):
        assert watch.bridge(*gone) is None
        assert watch.bridge(*gone) is None
        assert watch.readings() == (300_000, 300_000)
        assert [watch.bridge(300_000, 300_000) for _ in range(6)] == [
            None
        ] * 6  # each weighs as much as three
    assert [told(watch.bridge(*gone)) for _ in range(3)] == [None, None, (Reaction.RELEASE, "E416")]
    assert watch.trusted == (belief.CELL_B, belief.CELL_A)[cell]
    assert f"cell {'AB'[cell]} " in watch.bridge(*gone).detail


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize(("every", "lost_at"), [(2, 7), (3, 19), (4, None)])
def test_a_cell_that_is_missing_every_second_or_third_time_is_lost(bounds, cell, every, lost_at):
    watch = ForceWatch(bounds)
    gone = [300_000, 300_000]
    gone[cell] = codes.FORCE_INVALID_MN
    told_at = None
    for sample in range(1, 200):
        verdict = watch.bridge(*gone) if sample % every == 1 else watch.bridge(300_000, 300_000)
        if verdict is not None and told_at is None:
            told_at = sample
    assert told_at == lost_at
    assert watch.trusted == (belief.BOTH if lost_at is None else (belief.CELL_B, belief.CELL_A)[cell])


def test_with_no_cell_left_every_sample_asks_for_the_power_to_be_cut_and_says_why(bounds):
    watch = ForceWatch(bounds)
    watch.distrust(belief.CELL_A, "E414")
    watch.distrust(belief.CELL_B, "E415")
    assert told(watch.bridge(300_000, 300_000)) == (Reaction.POWER_OFF, "E415")
    assert watch.judge(0, 300_000, 300_000, False) is None


@pytest.mark.parametrize("cell", [0, 1])
def test_a_cell_that_is_not_believed_shows_what_the_other_one_reads(bounds, cell):
    watch = ForceWatch(bounds)
    watch.bridge(300_000, 200_000)
    watch.distrust((belief.CELL_A, belief.CELL_B)[cell], "E414")
    assert watch.readings() == ((200_000, 200_000), (300_000, 300_000))[cell]
    assert watch.judge(0, *watch.readings(), False) is None
    assert not watch.quiet  # the supervisor's quick way compares both cells


# ---- a cell that repeats itself ------------------------------------------------------------------------


def frozen(bounds, begun_us=1_000_000, *, a_mn=300_000, b_mn=300_000):
    watch = FrozenWatch(bounds)
    watch.judge(begun_us, a_mn, b_mn, 50_000, belief.BOTH)
    return watch


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("passed_us", "travel_um", "stuck"),
    [(20_000, 1_500, False), (20_000, 1_501, True), (2_000_000, 1_501, True), (2_000_001, 1_501, False)],
)
def test_a_cell_must_change_over_a_millimetre_and_a_half_in_two_seconds(
    bounds, cell, sign, passed_us, travel_um, stuck
):
    watch = frozen(bounds)
    now = [300_001, 300_001]
    now[cell] = 300_000
    verdict = watch.judge(1_000_000 + passed_us, *now, 50_000 + sign * travel_um, belief.BOTH)
    assert told(verdict) == ((Reaction.RELEASE, "E414") if stuck else None)
    assert watch.stuck == ((belief.CELL_A, belief.CELL_B)[cell] if stuck else belief.NEITHER)


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize(("above_mn", "stuck"), [(0, False), (1, True)])
def test_at_slack_no_cell_is_stuck(bounds, cell, above_mn, stuck):
    level_mn = bounds.slack_mn + above_mn
    watch = frozen(bounds, a_mn=level_mn, b_mn=level_mn)
    now = [level_mn + 1, level_mn + 1]
    now[cell] = level_mn
    assert bool(watch.judge(1_020_000, *now, 60_000, belief.BOTH)) is stuck


def pulled_at_slack(bounds, *ways_um, now=(8_000, 8_000), releasing=False, begun=(8_000, 8_000)):
    watch = frozen(bounds, a_mn=begun[0], b_mn=begun[1])
    for tick, way_um in enumerate(ways_um, 1):
        verdict = watch.judge(1_000_000 + 9_000_000 * tick, *now, 50_000 + way_um, belief.BOTH, releasing)
    return told(verdict)


def test_two_cells_that_show_no_noise_over_6_mm_of_pulling_at_slack_are_stuck(bounds):
    level_mn = bounds.slack_mn
    both = (Reaction.POWER_OFF, "E414")
    assert pulled_at_slack(bounds, 6_000) is None
    assert pulled_at_slack(bounds, 6_001) == both
    assert pulled_at_slack(bounds, 6_001, now=(level_mn, level_mn), begun=(level_mn, level_mn)) == both
    assert pulled_at_slack(bounds, 3_000, 6_001) == both
    assert pulled_at_slack(bounds, -6_001) is None  # unloading makes no force
    assert pulled_at_slack(bounds, -2_000, 4_000) is None
    assert pulled_at_slack(bounds, -2_000, 4_001) == both
    assert pulled_at_slack(bounds, 9_000, releasing=True) is None
    for now in ((8_000, 8_001), (8_001, 8_000)):
        assert pulled_at_slack(bounds, 9_000, now=now) is None
    for now in ((level_mn + 1, 8_000), (8_000, level_mn + 1)):  # above it the other rules judge
        assert pulled_at_slack(bounds, 9_000, now=now, begun=now) is None


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("begun_us", [0, 1, 1_000_000])
@pytest.mark.parametrize(
    ("passed_us", "beyond_mn", "stuck"), [(200_000, 1, True), (199_999, 1, False), (200_000, 0, False)]
)
def test_on_the_way_down_a_cell_must_change_where_the_other_one_does(
    bounds, cell, sign, begun_us, passed_us, beyond_mn, stuck
):
    watch = frozen(bounds, begun_us)
    now = [300_000 + sign * (2 * bounds.noise_mn + beyond_mn)] * 2
    now[cell] = 300_000
    verdict = watch.judge(begun_us + passed_us, *now, 50_000, belief.BOTH, True)
    assert told(verdict) == ((Reaction.RELEASE, "E414") if stuck else None)
    still = frozen(bounds, begun_us)
    assert still.judge(begun_us + passed_us, *now, 50_000, belief.BOTH) is None  # while it pulls


@pytest.mark.parametrize("cell", [0, 1])
def test_the_other_cell_is_followed_from_the_first_repetition_on(bounds, cell):
    watch = frozen(bounds)
    then_mn = 300_000
    for tick in range(1, 40):  # 10 N a tick, but what changed before the cell last changed does not count
        then_mn -= 10_000
        now = [then_mn, then_mn]
        if tick > 5:
            now[cell] = 250_000
        verdict = watch.judge(1_000_000 + 20_000 * tick, *now, 50_000, belief.BOTH, True)
        assert told(verdict) == ((Reaction.RELEASE, "E414") if tick >= 15 else None)
        if verdict:
            break


def test_both_cells_stuck_or_the_only_believed_one_cut_the_power(bounds):
    watch = frozen(bounds)
    verdict = watch.judge(1_020_000, 300_000, 300_000, 52_000, belief.BOTH)
    assert told(verdict) == (Reaction.POWER_OFF, "E414")
    assert verdict.detail.startswith("both load cells")
    watch = frozen(bounds)
    verdict = watch.judge(1_020_000, 300_000, 300_001, 52_000, belief.CELL_A)
    assert told(verdict) == (Reaction.POWER_OFF, "E414")
    watch = frozen(bounds)
    assert watch.judge(1_020_000, 300_000, 300_001, 52_000, belief.CELL_B) is None


# ---- arriving ------------------------------------------------------------------------------------------

ARRIVING = {
    "quick_up_mn_per_s": 10_000,
    "quick_down_mn_per_s": 20_000,
    "slow_up_mn_per_s": 5_000,
    "slow_down_mn_per_s": 10_000,
    "noise_mn": 1_000,
    "arrival_error_mn_us": 1_000_000_000,  # 1 N s
}


@pytest.fixture
def arrival(bounds):
    """Return a watch that expects 100 N from 1 s on; a band of 6 N about it, 1 N of it for noise."""
    watch = ArrivalWatch(dataclasses.replace(bounds, **ARRIVING))
    watch.restart(1_000_000, 100_000)
    assert watch.judge(1_020_000, 100_000, 100_000) is None
    return watch


def test_a_force_that_stays_settles_in_the_band_of_noise_and_a_twentieth(arrival):
    assert arrival.settled_mn == 100_000
    assert (arrival.floor_mn, arrival.ceiling_mn) == (94_000, 106_000)


@pytest.mark.parametrize(("force_mn", "code"), [(93_000, "E441"), (107_000, "E442")])
def test_an_error_of_a_newton_is_a_fault_after_a_second_and_not_at_it(arrival, force_mn, code):
    for tick in range(50):
        assert arrival.judge(1_040_000 + 20_000 * tick, force_mn, 100_000) is None
    assert arrival.settled_mn is None
    verdict = arrival.judge(2_040_000, force_mn, 100_000)
    assert told(verdict) == (Reaction.RELEASE, code)
    assert verdict.detail.startswith("1 N s ")


@pytest.mark.parametrize("force_mn", [93_999, 106_001])
def test_the_smallest_error_is_remembered_until_it_has_been_made_up_for(arrival, force_mn):
    arrival.judge(1_040_000, force_mn, 100_000)
    assert arrival.settled_mn is None
    arrival.judge(1_060_000, 100_000, 100_000)
    assert arrival.settled_mn == 100_000


@pytest.mark.parametrize("force_mn", [94_000, 106_000])
def test_at_the_edge_of_the_band_nothing_adds_up(arrival, force_mn):
    arrival.judge(1_040_000, force_mn, 100_000)
    assert arrival.settled_mn == 100_000


def test_a_gap_counts_a_fifth_of_a_second(arrival):
    assert arrival.judge(1_020_000 + 900_000, 94_000 - 5_000, 100_000) is None  # 5 N over 0.2 s is 1 N s
    assert arrival.judge(1_020_000 + 900_001, 94_000 - 1, 100_000) is not None


@pytest.mark.parametrize(
    ("target_mn", "quick_mn_per_s", "slow_mn_per_s"), [(150_000, 10_000, 5_000), (50_000, 20_000, 10_000)]
)
def test_after_a_jump_of_the_target_the_force_may_come_at_once_or_at_the_slow_rate(
    arrival, target_mn, quick_mn_per_s, slow_mn_per_s
):
    """Between the slow rate 1.2 s ago and the quick one now, each with its band, no error adds up."""
    sign = 1 if target_mn > 100_000 else -1
    for tick in range(1, 301):
        passed_us = 20_000 * tick
        arrival.judge(
            1_020_000 + passed_us, 100_000 + sign * min(50_000, slow_mn_per_s * passed_us // 10**6), target_mn
        )
        quick = 100_000 + sign * min(50_000, quick_mn_per_s * passed_us // 10**6)
        # buckets of 0.2 s: the oldest force compared with is that of 1.2 to 1.4 s ago
        since_us = (passed_us + 20_000) // 200_000 * 200_000 - 20_000 - 1_200_000
        slow = 100_000 + sign * min(50_000, slow_mn_per_s * max(since_us, 0) // 10**6)
        low, high = min(quick, slow), max(quick, slow)
        assert abs(arrival.floor_mn - (low - 1_000 - high // 20)) <= 120, tick
        assert abs(arrival.ceiling_mn - (high + 1_000 + high // 20)) <= 120, tick


def test_what_is_left_is_not_judged_and_begins_anew_where_it_was_left(arrival):
    for tick in range(49):
        arrival.judge(1_040_000 + 20_000 * tick, 93_000, 100_000)
    arrival.leave(2_020_000, 60_000)
    assert arrival.settled_mn is None
    arrival.judge(2_040_000, 60_000, 60_000)
    assert arrival.settled_mn == 60_000  # no error is left of before


# ---- slipping ------------------------------------------------------------------------------------------


@pytest.fixture
def slip(bounds):
    """Return a watch at 100 N from 1 s on: 1 mm may be unexplained, and 0.5 mm/s is creep."""
    numbers = {
        "slip_um": 1_000,
        "slip_leak_um_per_s": 500,
        "soft_mn_per_mm": 3_000,
        "stiff_mn_per_mm": 60_000,
    }
    watch = SlipWatch(dataclasses.replace(bounds, slack_mn=10_000, **numbers))
    watch.restart(1_000_000, 100_000, 50_000)
    return watch


@pytest.mark.parametrize(
    ("change_mn", "explained_um"), [(0, 0), (6_000, 2_000), (1, 0), (-60_000, -1_000), (-1, -1)]
)
def test_travel_may_be_what_force_and_creep_explain_and_a_millimetre(slip, change_mn, explained_um):
    allowed_um = 50_000 + explained_um + 250 + 1_000
    assert slip.judge(1_500_000, 100_000 + change_mn, allowed_um) is None
    slip.restart(1_000_000, 100_000, 50_000)
    verdict = slip.judge(1_500_000, 100_000 + change_mn, allowed_um + 1)
    assert told(verdict) == (Reaction.RELEASE, "E443")
    assert verdict.detail.startswith("1.0 mm of travel")


def test_travel_is_judged_twice_a_second_and_adds_up(slip):
    assert slip.due_us == 1_500_000
    assert slip.judge(1_499_999, 100_000, 90_000) is None
    assert slip.judge(1_500_000, 100_000, 50_750) is None  # 0.5 mm
    assert slip.due_us == 2_000_000
    assert slip.judge(2_000_000, 100_000, 51_500) is None  # 1 mm
    assert slip.judge(2_500_000, 100_000, 51_751).code == "E443"


def test_a_strap_that_comes_back_owes_nothing(slip):
    assert slip.judge(1_500_000, 100_000, 40_000) is None
    assert slip.judge(2_000_000, 100_000, 41_250) is None
    assert slip.judge(2_500_000, 100_000, 41_501).code == "E443"


@pytest.mark.parametrize(("before_mn", "now_mn"), [(10_000, 100_000), (100_000, 10_000)])
def test_from_slack_or_to_slack_travel_needs_no_force(slip, before_mn, now_mn):
    slip.restart(1_000_000, before_mn, 50_000)
    assert slip.judge(1_500_000, now_mn, 90_000) is None
    assert slip.due_us == 2_000_000
    slip.restart(1_000_000, before_mn + 1, 50_000)
    assert slip.judge(1_500_000, now_mn + 1, 90_000).code == "E443"


# ---- a release -----------------------------------------------------------------------------------------

RELEASING = codes.STATE_RELEASING


@pytest.fixture
def release(bounds):
    """Return a maker of watches: 0.5 s to react, 60 N/s, 0.5 s behind, 5 s in all, 3.5 s without power."""
    numbers = {
        "slack_mn": 10_000,
        "noise_mn": 4_000,
        "reaction_us": 500_000,
        "release_line_mn_per_s": 60_000,
        "release_lag_us": 500_000,
        "max_release_us": 5_000_000,
        "powerless_us": 3_500_000,
    }

    def make(begun_us=0):
        watch = ReleaseWatch(dataclasses.replace(bounds, **numbers))
        assert watch.judge(begun_us, 300_000, RELEASING) is None
        return watch

    return make


@pytest.mark.parametrize("begun_us", [0, 1, 7_000_000])
@pytest.mark.parametrize(
    ("passed_us", "line_mn"), [(100_000, 300_000), (500_000, 300_000), (1_500_000, 240_000)]
)
def test_a_release_keeps_to_its_line_and_the_noise(release, begun_us, passed_us, line_mn):
    assert release(begun_us).judge(begun_us + passed_us, line_mn + 4_000, RELEASING) is None
    verdict = release(begun_us).judge(begun_us + passed_us, line_mn + 4_001, RELEASING)
    assert told(verdict) == (Reaction.FAST_RELEASE, "E461")


def test_a_sample_from_the_future_counts_as_one_of_now(release):
    watch = release(0)
    assert watch.judge(0, 304_001, RELEASING).code == "E461"
    assert watch.judge(500_000, 304_001, RELEASING, -7).code == "E461"  # for half a second, and no longer
    assert watch.judge(500_001, 304_001, RELEASING, -7).code == "E462"


@pytest.mark.parametrize("begun_us", [0, 1, 7_000_000])
def test_half_a_second_behind_the_line_the_power_is_cut(release, begun_us):
    watch = release(begun_us)
    assert watch.judge(begun_us, 304_001, RELEASING).code == "E461"
    assert watch.judge(begun_us + 500_000, 304_001, RELEASING).code == "E461"
    verdict = watch.judge(begun_us + 500_001, 304_001, RELEASING)
    assert told(verdict) == (Reaction.POWER_OFF, "E462")


def test_a_force_is_due_by_the_time_it_was_measured_at(release):
    watch = release()
    for age_us in (0, 1_000_000, 4_900_000):  # a silent line repeats the first sample: that is no jam
        assert watch.judge(100_000 + age_us, 304_000, RELEASING, age_us) is None
    assert watch.judge(1_000_000, 304_000, RELEASING, 500_000) is None
    assert watch.judge(1_020_000, 304_000, RELEASING, 500_000).code == "E461"
    assert release().judge(1_500_000, 244_001, RELEASING, -9_000_000).code == "E461"


@pytest.mark.parametrize("level_mn", [14_000, 304_000], ids=["slack", "on its line"])
def test_a_release_that_catches_up_may_fall_behind_again(release, level_mn):
    watch = release()
    watch.judge(0, 304_001, RELEASING)
    watch.judge(400_000, level_mn, RELEASING)
    assert watch.judge(500_000, 304_001, RELEASING).code == "E461"
    assert watch.judge(1_000_000, 304_001, RELEASING).code == "E461"


@pytest.mark.parametrize("begun_us", [0, 1, 7_000_000])
def test_a_release_is_slack_in_its_time_or_the_power_is_cut(release, begun_us):
    assert release(begun_us).judge(begun_us + 5_000_000, 34_000, RELEASING) is None  # 270 N by the line
    verdict = release(begun_us).judge(begun_us + 5_000_001, 14_001, RELEASING)
    assert told(verdict) == (Reaction.POWER_OFF, "E462")
    assert release(begun_us).judge(begun_us + 5_000_001, 14_000, RELEASING) is None


@pytest.mark.parametrize("begun_us", [0, 1, 7_000_000])
def test_without_power_the_force_has_its_own_time_to_decay(release, begun_us):
    watch = release(begun_us)
    assert watch.judge(begun_us, 300_000, codes.STATE_DUMPED) is None
    assert watch.judge(begun_us + 3_500_000, 300_000, codes.STATE_DUMPED) is None
    verdict = watch.judge(begun_us + 3_500_001, 14_001, codes.STATE_FAULT_LATCHED)
    assert told(verdict) == (Reaction.POWER_OFF, "E463")


# ---- from the very first sample on ---------------------------------------------------------------------


def test_a_watch_that_has_seen_nothing_counts_from_one(bounds):
    gone = codes.FORCE_INVALID_MN
    watch = ForceWatch(bounds)
    assert watch.bridge(gone, 300_000) is None
    assert watch.readings() == (0, 300_000)
    assert watch.bridge(gone, 300_000) is None
    assert watch.bridge(gone, 300_000).code == "E416"
    watch = ForceWatch(bounds)
    assert watch.bridge(300_000, gone) is None
    assert watch.readings() == (300_000, 0)
    assert watch.bridge(300_000, gone) is None
    assert watch.bridge(300_000, gone).code == "E416"
    high_mn, low_mn = bounds.over_force_mn + 1, bounds.negative_force_mn - 1
    watch = ForceWatch(bounds)
    verdicts = [told(watch.judge(20_000 * tick, high_mn, high_mn, False)) for tick in range(3)]
    assert verdicts == [None, None, (Reaction.FAST_RELEASE, "E411")]
    watch = ForceWatch(bounds)
    verdicts = [told(watch.judge(20_000 * tick, low_mn, low_mn, False)) for tick in range(3)]
    assert verdicts == [None, None, (Reaction.POWER_OFF, "E412")]


def test_why_no_cell_is_believed_is_what_took_the_last_one(bounds):
    watch = ForceWatch(bounds)
    watch.distrust(belief.CELL_A, "E414")
    watch.distrust(belief.CELL_B, "E415")
    watch.distrust(belief.BOTH, "E416")
    assert watch.bridge(300_000, 300_000).code == "E415"


def test_readings_at_every_edge_are_quiet(bounds):
    high, low, apart = bounds.over_force_mn, bounds.negative_force_mn, bounds.cell_difference_mn
    for a_mn, b_mn in ((high, high), (low, low), (300_000, 300_000 - apart), (300_000 - apart, 300_000)):
        watch = ForceWatch(bounds)
        assert watch.judge(0, a_mn, b_mn, False) is None
        assert watch.quiet
    for a_mn, b_mn in ((high + 1, high), (high, high + 1), (low - 1, low), (low, low - 1)):
        watch = ForceWatch(bounds)
        assert watch.judge(0, a_mn, b_mn, False) is None
        assert not watch.quiet


@pytest.mark.parametrize("cell", [0, 1])
def test_samples_count_only_in_a_row_whatever_else_is_wrong(bounds, cell):
    """Two, one that is only apart, and two again are no three in a row."""
    apart = (300_000, 300_000 - bounds.cell_difference_mn - 1)
    for beyond_mn in (bounds.over_force_mn + 1, bounds.negative_force_mn - 1):
        watch = ForceWatch(bounds)
        beyond = [beyond_mn, beyond_mn]
        beyond[cell] -= 10
        beyond[1 - cell] += 0 if beyond_mn < 0 else 10
        for tick in range(2):
            assert watch.judge(tick, *beyond, False) is None
        assert watch.judge(2, *apart, False) is None
        for tick in range(3, 5):
            assert watch.judge(tick, *beyond, False) is None
        assert watch.judge(5, *beyond, False).code == ("E411" if beyond_mn > 0 else "E412")


def test_cells_that_just_agree_agree_whatever_else_is_wrong(bounds):
    watch = ForceWatch(bounds)
    high_mn = bounds.over_force_mn + 1
    for t_us in (0, 600_000):
        assert watch.judge(t_us, high_mn, high_mn - bounds.cell_difference_mn, False) is None


@pytest.mark.parametrize("controller_ms", [0, 1, 2, 5_000])
def test_a_first_sample_may_come_late_in_a_session_and_early_in_a_controllers_life(controller_ms):
    assert LinkWatch().judge(5_000_000, 0, 0, controller_ms, 7) is None


def test_a_sample_of_number_nought_is_the_first_of_its_controller():
    watch = LinkWatch()
    assert watch.judge(5_000_000, 0, 0, 0, 7) is None
    assert told(watch.judge(5_020_000, 0, 1, 20, 8)) == (Reaction.POWER_OFF, "E407")


def test_before_it_is_told_an_arrival_watch_expects_nothing_since_the_beginning(bounds):
    watch = ArrivalWatch(dataclasses.replace(bounds, **ARRIVING))
    assert (watch.last_us, watch.bucket_ends_us) == (0, 200_000)
    assert watch.judge(20_000, 0, 0) is None
    assert (watch.floor_mn, watch.ceiling_mn) == (-1_000, 1_000)


def test_a_target_is_settled_when_the_slower_of_two_forces_is_there(arrival):
    """A step of 150 mN: at the quick rate it is there in one tick, at the slow one in two."""
    for t_us, target_mn, settled in ((1_040_000, 100_150, None), (1_060_000, 100_150, 100_150)):
        arrival.judge(t_us, 100_000, target_mn)
        assert arrival.settled_mn == settled
    for t_us, settled in ((1_080_000, None), (1_100_000, 99_850)):  # falling is twice as fast
        arrival.judge(t_us, 100_000, 99_850)
        assert arrival.settled_mn == settled


@pytest.mark.parametrize(("allowed", "ticks"), [(1_000_000_000, 51), (999_999_999, 50)])
@pytest.mark.parametrize("force_mn", [93_000, 107_000])
def test_an_error_adds_up_from_the_first_sample_on(bounds, allowed, ticks, force_mn):
    watch = ArrivalWatch(dataclasses.replace(bounds, **{**ARRIVING, "arrival_error_mn_us": allowed}))
    watch.restart(1_000_000, 100_000)
    found = [watch.judge(1_000_000 + 20_000 * tick, force_mn, 100_000) for tick in range(1, ticks + 1)]
    assert [verdict is None for verdict in found] == [True] * (ticks - 1) + [False]


@pytest.mark.parametrize(("rate", "sign"), [("slow_up_mn_per_s", 1), ("slow_down_mn_per_s", -1)])
def test_a_step_a_hair_larger_than_one_tick_allows_takes_two(bounds, rate, sign):
    watch = ArrivalWatch(dataclasses.replace(bounds, **{**ARRIVING, rate: 4_999}))
    watch.restart(1_000_000, 100_000)
    watch.judge(1_020_000, 100_000, 100_000 + sign * 100)  # 99.98 mN in 20 ms
    assert watch.settled_mn is None
    watch.judge(1_040_000, 100_000, 100_000 + sign * 100)
    assert watch.settled_mn == 100_000 + sign * 100


def test_of_a_force_below_zero_the_noise_alone_is_the_band(bounds):
    watch = ArrivalWatch(dataclasses.replace(bounds, **ARRIVING))
    watch.restart(1_000_000, -500)
    watch.judge(1_020_000, -500, -500)
    assert (watch.floor_mn, watch.ceiling_mn) == (-1_500, 500)


@pytest.mark.parametrize(("passed_us", "line_mn"), [(500_000, 3_000_000), (1_500_000, 1_000_000)])
def test_the_line_of_a_release_is_exact_to_the_millinewton(bounds, passed_us, line_mn):
    steep = {"release_line_mn_per_s": 2_000_000, "reaction_us": 500_000, "noise_mn": 0}
    for above_mn, code in ((0, None), (1, "E461")):
        watch = ReleaseWatch(dataclasses.replace(bounds, **steep))
        watch.judge(0, 3_000_000, RELEASING)
        verdict = watch.judge(passed_us, line_mn + above_mn, RELEASING)
        assert (verdict and verdict.code) == code


def test_a_sample_seen_twice_or_out_of_order_has_no_slope(rate):
    rate.begin(0, 2_000_000)
    assert rate.judge(20, 2_000_000, False) is None
    for ms in (20, 19, 1, 0):
        assert rate.judge(ms, 3_000_000, False) is None
    assert list(rate.history) == [(0, 2_000_000), (20, 2_000_000)]
    assert rate.judge(21, 3_000_000, False).code == "E421"


def test_what_the_short_window_says_comes_first(rate):
    rate.begin(0, 900_000)
    for ms in range(20, 1_501, 20):
        assert rate.judge(ms, 900_000, False) is None
    assert told(rate.judge(1_520, 0, False)) == (Reaction.POWER_OFF, "E415")  # the long one: a steep fall


@pytest.mark.parametrize(
    ("target_mn", "quick_un", "slow_un"), [(900_000, 200_000, 100_000), (0, -400_000, -200_000)]
)
def test_both_expected_forces_move_exactly_at_their_rates(arrival, target_mn, quick_un, slow_un):
    for tick in range(1, 101):
        arrival.judge(1_020_000 + 20_000 * tick, 100_000, target_mn)
        assert arrival._quick == 100_000_000 + quick_un * tick
        assert arrival._slow == 100_000_000 + slow_un * tick


@pytest.mark.parametrize("force_mn", [93_999, 106_001])
def test_the_least_error_for_the_least_time_is_one(arrival, force_mn):
    arrival.judge(1_020_001, force_mn, 100_000)
    assert arrival.settled_mn is None


def test_a_soft_harness_explains_travel_by_the_millinewton_and_creep_by_the_micrometre(bounds):
    numbers = {
        "slip_um": 0,
        "slip_leak_um_per_s": 2_000_000,
        "soft_mn_per_mm": 500,
        "stiff_mn_per_mm": 60_000,
    }
    for travel_um, code in ((1_000_002, None), (1_000_003, "E443")):
        watch = SlipWatch(dataclasses.replace(bounds, **numbers))
        assert watch.due_us == 500_000
        watch.restart(0, 100_000, 0)
        verdict = watch.judge(500_000, 100_001, travel_um)
        assert (verdict and verdict.code) == code


@pytest.mark.parametrize(
    "steps_ms", [(20,), (1,), (7, 93, 100, 101, 20), (450, 60, 1_200, 3, 99, 1), (100, 1_000)]
)
def test_the_reference_of_a_slope_is_the_newest_sample_a_window_old_or_the_oldest(rate, steps_ms):
    times = [0]
    rate.begin(0, 2_000_000)
    for tick in range(1_050 if steps_ms == (1,) else 150):
        times.append(times[-1] + steps_ms[tick % len(steps_ms)])
        assert rate.judge(times[-1], 2_000_000, False) is None
        for index, width_ms in enumerate((100, 1_000)):
            until_ms = times[-1] - width_ms
            newest = next((at for at, ms in enumerate(reversed(times)) if ms <= until_ms), len(times) - 1)
            assert rate._back[index] == newest
        del times[:-1_001]


def test_a_position_may_be_kept_while_the_table_pulls():
    for mode in (codes.MODE_FORCE, codes.MODE_POSITION):
        assert condition(ConditionWatch(), 0, Activity.FOLLOW, mode=mode) is None


def test_a_force_just_not_negative_does_not_count_whatever_else_is_wrong(bounds):
    watch = ForceWatch(bounds)
    low_mn = bounds.negative_force_mn
    for tick in range(2):
        assert watch.judge(tick, low_mn - 1, low_mn - 1, False) is None
    assert watch.judge(2, low_mn, low_mn + bounds.cell_difference_mn + 1, False) is None
