"""Each watch of the supervisor by itself: exactly where it begins to object, and what it asks for then."""

from __future__ import annotations

import dataclasses

import pytest

from traction.safety.sample import Activity, Reaction
from traction.safety.watch.condition import ConditionWatch
from traction.safety.watch.duration import DurationWatch
from traction.safety.watch.link import LinkWatch
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
