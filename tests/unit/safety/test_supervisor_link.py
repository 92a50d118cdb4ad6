"""What the supervisor does about samples that are late, repeated, torn, foreign or no samples at all."""

from __future__ import annotations

import pytest

from traction.safety.sample import OK, Activity, Reaction, Sample
from traction.safety.supervisor import Supervisor
from traction.wire import codes


def test_healthy_samples_are_ok(feed):
    assert feed.run(10.0) == []


@pytest.mark.parametrize("field", Sample._fields)
@pytest.mark.parametrize("value", [float("nan"), 1.0, None, "1", True, [1]])
def test_every_field_must_be_a_whole_number(feed, field, value):
    verdict = feed.step(**{field: value})
    assert (verdict.reaction, verdict.code) == (Reaction.RELEASE, "E401")


@pytest.mark.parametrize("thing", [None, (), (1,) * 13, (1,) * 15, 7, "sample", (int,) * 14])
def test_what_is_no_sample_is_a_trip_and_not_an_exception(feed, thing):
    assert feed.supervisor.judge(thing).code == "E401"


def test_a_recorded_activity_is_a_plain_number_and_judged_alike(feed):
    assert feed.step(activity=1) == OK


@pytest.mark.parametrize(
    ("age_us", "code", "reaction"),
    [
        (0, "", Reaction.NONE),
        (100_000, "", Reaction.NONE),
        (100_001, "E410", Reaction.WARN),
        (200_000, "E410", Reaction.WARN),
        (200_001, "E402", Reaction.RELEASE),
        (-1, "E403", Reaction.RELEASE),
    ],
)
def test_the_age_of_telemetry(feed, age_us, code, reaction):
    # the sample was taken that much earlier, by the controller's clock too
    verdict = feed.step(age_us=age_us, controller_ms=feed.sample.controller_ms + 20)
    assert (verdict.code, verdict.reaction) == (code, reaction)


def test_a_late_sample_is_forgiven_when_the_next_is_fresh(feed):
    assert feed.step(age_us=150_000).code == "E410"
    assert feed.step(age_us=2_000) == OK


def test_the_same_sample_may_be_seen_twice_but_not_for_long(feed):
    same = {"seq": feed.sample.seq, "controller_ms": feed.sample.controller_ms}
    ages = [(feed.step(**same, age_us=2_000), feed.sample.t_us) for _ in range(15)]
    assert [verdict.code for verdict, t_us in ages if t_us <= 200_000] == [""] * 10
    assert {verdict.code for verdict, t_us in ages if t_us > 200_000} == {"E404"}


def test_a_sequence_that_advances_without_time_is_frozen_too(feed):
    codes_ = [feed.step(controller_ms=5_000).code for _ in range(12)]
    assert codes_[:10] == [""] * 10
    assert codes_[-1] == "E404"


@pytest.mark.parametrize(
    "torn",
    [
        {"seq": 99},
        {"seq": -5},
        {"controller_ms": 4_999},
        {"controller_ms": -1},
        {"seq": 100, "controller_ms": 5_020},
    ],
)
def test_telemetry_that_runs_backwards(feed, torn):
    assert feed.step(**torn).code == "E405"


def test_session_time_that_runs_backwards(feed):
    feed.step()
    assert feed.step(t_us=0).code == "E406"


@pytest.mark.parametrize(("offset_ms", "code"), [(250, ""), (251, "E406")])
def test_a_controller_clock_that_jumps_ahead(feed, offset_ms, code):
    assert feed.run(39.98) == []
    allowed_ms = 400  # one part in a hundred of the 40 s so far
    assert feed.step(controller_ms=feed.sample.controller_ms + 20 + offset_ms + allowed_ms).code == code


def test_a_controller_clock_that_runs_slow(feed):
    for tick in range(1, 1_000):
        verdict = feed.step(controller_ms=5_000 + tick * 19)  # 1 ms in 20 is lost
        behind_us = tick * 1_000
        assert verdict.code == ("E406" if behind_us > 250_000 + tick * 200 else "")


def test_a_board_clock_one_part_in_two_hundred_off_is_fine(feed):
    for tick in range(5_000):
        assert feed.step(controller_ms=5_000 + (tick + 1) * 20 * 201 // 200).code in ("", "E410")


def test_another_boot_ends_it_with_power_off(feed):
    verdict = feed.step(boot_id=8)
    assert (verdict.code, verdict.reaction) == ("E407", Reaction.POWER_OFF)


@pytest.mark.parametrize(
    ("inputs", "code", "reaction"),
    [
        (codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED, "E451", Reaction.RELEASE),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED, "E452", Reaction.FAST_RELEASE),
        (0, "E452", Reaction.FAST_RELEASE),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_A_CLOSED, "E452", Reaction.FAST_RELEASE),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_B_CLOSED, "E452", Reaction.FAST_RELEASE),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_PULL_END_CLOSED, "E435", Reaction.POWER_OFF),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_SLACK_END_CLOSED, "E435", Reaction.POWER_OFF),
        (codes.INPUTS_HEALTHY & ~codes.INPUT_SUPPLY_GOOD, "E436", Reaction.POWER_OFF),
        (codes.INPUTS_HEALTHY | 256, "E400", Reaction.RELEASE),
        (-1, "E400", Reaction.RELEASE),
    ],
)
@pytest.mark.parametrize("activity", list(Activity))
def test_stops(feed, inputs, code, reaction, activity):
    verdict = feed.step(inputs=inputs, activity=activity)
    assert (verdict.code, verdict.reaction) == (code, reaction)


@pytest.mark.parametrize("buttons", [64, 128, 192])
def test_buttons_that_are_no_stops_are_no_condition(feed, buttons):
    assert feed.step(inputs=codes.INPUTS_HEALTHY | buttons) is OK
    opened = feed.step(inputs=codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED | buttons)
    assert (opened.code, opened.reaction) == ("E451", Reaction.RELEASE)


@pytest.mark.parametrize(("fault", "code"), [(codes.FAULT_ESTOP, "E452"), (codes.FAULT_PATIENT_STOP, "E451")])
def test_a_stop_let_go_before_a_sample_saw_it_is_still_a_stop(feed, fault, code):
    assert feed.step(fault=fault, state=codes.STATE_RELEASING).code == code


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (codes.FAULT_OVER_FORCE, "E411"),
        (codes.FAULT_HOLD_TOO_LONG, "E431"),
        (codes.FAULT_OVER_RATE, "E424"),
        (codes.FAULT_LEASE_EXPIRED, "E408"),
        (codes.FAULT_END_SWITCH, "E435"),
        (codes.FAULT_SUPPLY, "E436"),
        (codes.FAULT_ESTOP_CHANNELS, "E453"),
        (codes.FAULT_SWITCH_LET_GO, "E454"),
        (987, "E408"),
    ],
)
def test_a_fault_of_the_controller_is_told_by_its_hazard(feed, fault, code):
    verdict = feed.step(fault=fault, state=codes.STATE_RELEASING)
    assert (verdict.code, verdict.reaction) == (code, Reaction.RELEASE)
    assert str(fault) in verdict.detail


@pytest.mark.parametrize("state", [*range(len(codes.STATE_NAMES)), -1, 99])
def test_only_run_is_right_while_the_table_pulls(feed, state):
    assert feed.step(state=state).code == ("" if state == codes.STATE_RUN else "E409")


@pytest.mark.parametrize("changes", [{"mode": 2}, {"mode": -1}, {"activity": 3}, {"activity": -1}])
def test_an_unknown_mode_or_activity_is_a_trip(feed, changes):
    assert feed.step(**changes).code == "E401"


def test_a_release_is_never_taken_back(feed):
    assert feed.step(activity=Activity.RELEASE, state=codes.STATE_RELEASING) == OK
    assert feed.step(activity=Activity.FOLLOW, state=codes.STATE_RUN).code == "E401"


@pytest.mark.parametrize("state", range(len(codes.STATE_NAMES)))
def test_which_states_a_release_may_show(make_feed, state):
    releasing = (
        codes.STATE_RELEASING,
        codes.STATE_FAST_RELEASING,
        codes.STATE_DUMPED,
        codes.STATE_DONE,
        codes.STATE_FAULT_LATCHED,
    )
    feed = make_feed(start={"force_mn": 0, "force_b_mn": 0, "target_mn": 0})
    first = feed.step(activity=Activity.RELEASE, state=state)
    assert (first.code == "") == (state in (*releasing, codes.STATE_RUN))
    later = [feed.step() for _ in range(20)]
    assert (later[-1].code == "") == (state in releasing)
    if state == codes.STATE_RUN:  # a stop may take a lease and a tick to arrive
        assert [verdict.code for verdict in later[:15]] == [""] * 15
        assert later[-1].reaction is Reaction.POWER_OFF


def test_the_most_severe_of_several_verdicts_is_given(feed):
    verdict = feed.step(age_us=300_000, inputs=0, boot_id=8)
    assert (verdict.code, verdict.reaction) == ("E407", Reaction.POWER_OFF)
    verdict = feed.step(age_us=300_000, inputs=0, boot_id=7)
    assert (verdict.code, verdict.reaction) == ("E452", Reaction.FAST_RELEASE)


def test_of_equally_severe_verdicts_the_first_check_wins(feed):
    assert feed.step(age_us=300_000, fault=101).code == "E402"


def test_a_new_supervisor_knows_nothing_of_the_last_session(bounds):
    one = Sample(0, 0, 9, 9, 1, codes.STATE_RUN, 0, codes.INPUTS_HEALTHY, 0, 0, 0, 0, 0, 0)
    other = one._replace(seq=1, controller_ms=1, boot_id=2)
    assert Supervisor(bounds).judge(one) == Supervisor(bounds).judge(other) == OK


def test_a_controller_that_does_not_release_comes_before_an_open_stop(make_feed):
    feed = make_feed()
    stop = {"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED, "activity": Activity.RELEASE}
    assert feed.run(0.3, **stop) == ["E451"] * 15  # the grace: it may still say RUN
    feed.step()
    verdict = feed.step()
    assert (verdict.code, verdict.reaction) == ("E409", Reaction.POWER_OFF)
    assert feed.step(state=codes.STATE_RELEASING).code == "E451"
    assert feed.step(inputs=codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED).code == "E452"
    assert feed.step(state=codes.STATE_ARMED).code == "E409"
