"""What the supervisor does about what adds up: hold, session, travel, impulse, arrival, slip, release."""

from __future__ import annotations

import pytest

from traction.safety.sample import OK, Activity, Reaction
from traction.wire import codes


def near(feed, force_mn, **changes):
    return feed(start={"force_mn": force_mn, "force_b_mn": force_mn, "target_mn": force_mn}, **changes)


# ---- hold, session, travel, impulse --------------------------------------------------------------------


def test_a_hold_trips_when_its_time_is_over(make_feed):
    feed = make_feed(max_hold_us=5_000_000)
    assert feed.run(5.0) == []
    assert (feed.step().code, feed.sample.t_us) == ("E431", 5_020_000)


def test_a_hold_begins_anew_when_the_force_leaves_its_band(make_feed, bounds):
    loose = {"rate_noise_mn": 10**9, "max_hold_us": 2_000_000, "arrival_error_mn_us": 10**15}
    edge, beyond = 300_000 + bounds.hold_band_mn, 300_000 + bounds.hold_band_mn + 1
    feed = make_feed(**loose)
    assert feed.run(1.0) == []
    assert "E431" in feed.run(1.1, force_n=edge / 1000)
    feed = make_feed(**loose)
    assert feed.run(1.0) == []
    assert feed.run(2.0, force_n=beyond / 1000) == []
    assert "E431" in feed.run(0.1)


def test_at_slack_nothing_is_held(make_feed, bounds):
    assert near(make_feed, bounds.slack_mn, max_hold_us=1_000_000).run(3.0) == []
    assert "E431" in near(make_feed, bounds.slack_mn + 1, max_hold_us=1_000_000).run(3.0)


def test_a_sagging_held_position_is_a_hold_too(make_feed):
    feed = make_feed(max_hold_us=4_000_000)
    assert feed.run(4.0, mode=codes.MODE_POSITION) == []
    assert feed.step(force_n=299.0).code == "E431"


def test_the_session_ends_at_its_limit_in_every_activity_but_the_release(make_feed):
    feed = near(make_feed, 0, max_session_us=2_000_000)
    assert feed.run(2.0) == []
    assert feed.step().code == "E432"
    assert feed.step(activity=Activity.TAKE_UP).code == "E432"
    assert feed.step(activity=Activity.RELEASE, state=codes.STATE_DONE) == OK


@pytest.mark.parametrize("sign", [1, -1])
def test_travel_trips_one_micrometre_beyond_its_limit(feed, bounds, sign):
    # the cells answer by a count or two, so that they are not taken for stuck
    assert feed.step(travel_um=sign * bounds.max_travel_um, force_n=301.0) == OK
    verdict = feed.step(travel_um=sign * (bounds.max_travel_um + 1), force_n=300.0)
    assert (verdict.code, verdict.reaction) == ("E433", Reaction.RELEASE)


def test_the_impulse_trips_one_millinewton_microsecond_beyond(make_feed):
    above_mn = 100_000  # over rest, for 1 s
    limit = above_mn * 1_000_000
    feed = make_feed(rest_mn=300_000 - above_mn, max_impulse_mn_us=limit)
    assert feed.run(1.0) == []
    feed = make_feed(rest_mn=300_000 - above_mn, max_impulse_mn_us=limit - 1)
    assert feed.run(1.0) == ["E434"]


def test_at_rest_no_impulse_adds_up(make_feed):
    assert make_feed(rest_mn=300_000, max_impulse_mn_us=0).run(5.0) == []


def test_a_gap_in_time_is_not_taken_for_impulse_or_missing_force(make_feed):
    feed = make_feed(rest_mn=0, max_impulse_mn_us=300_000 * 1_000_000)
    assert feed.step(900) == OK  # 0.9 s without a sample counts 0.2 s
    assert feed.run(0.7) == []
    assert feed.run(0.2) != []


# ---- arriving ------------------------------------------------------------------------------------------


def approach(feed, force_n, target_n, rate_n_per_s=40.0):
    """Bring the measured force and the target, without a jump, to where they then stay."""
    for _ in range(2_000):
        force, target = feed.sample.force_mn, feed.sample.target_mn
        step = round(rate_n_per_s * 20)
        force += max(min(round(force_n * 1000) - force, step), -step)
        target += max(min(round(target_n * 1000) - target, step), -step)
        if (force, target) == (feed.sample.force_mn, feed.sample.target_mn):
            return
        assert feed.step(force_n=force / 1000, target_mn=target) == OK


@pytest.mark.parametrize(("force_n", "target_n", "code"), [(250.0, 300.0, "E441"), (350.0, 300.0, "E442")])
def test_a_steady_error_trips_after_its_sum(feed, bounds, force_n, target_n, code):
    approach(feed, force_n, target_n)
    seconds, verdict = feed.until_tripped(30.0)
    assert (verdict.code, verdict.reaction) == (code, Reaction.RELEASE)
    # 50 N, less the noise and 5 % of what is commanded
    whole_s = bounds.arrival_error_mn_us / (50_000 - bounds.noise_mn - 15_000) / 1e6
    assert whole_s - 2.0 < seconds < whole_s + 2.0


@pytest.mark.parametrize("error_n", [18.9, -18.9])
def test_an_error_within_the_band_is_never_a_fault(feed, error_n):
    approach(feed, 300.0 + error_n, 300.0)
    assert feed.run(300.0) == []


def test_an_error_that_goes_away_is_forgiven(feed):
    for _ in range(10):
        approach(feed, 260.0, 300.0)
        assert feed.run(3.0) == []
        approach(feed, 300.0, 300.0)
        assert feed.run(6.0) == []


def test_a_strap_that_takes_nothing_up_is_found_in_seconds(make_feed):
    feed = near(make_feed, 0)
    seconds = 0.0
    for tick in range(1, 1_000):
        target = min(tick * 1_000, 300_000)  # 50 N/s
        verdict = feed.step(target_mn=target)
        if verdict.code:
            seconds = tick * 0.02
            break
    assert verdict.code == "E441"
    assert seconds < 8.0


def test_a_step_of_the_target_is_given_the_time_the_limits_demand(make_feed):
    feed = near(make_feed, 0)
    for tick in range(600):
        force = min(tick * 0.6, 300.0)  # 30 N/s: all that the drive's speed makes of the softest patient
        assert feed.step(target_mn=300_000, force_n=force) == OK


@pytest.mark.parametrize("change", [{"activity": Activity.TAKE_UP}, {"mode": codes.MODE_POSITION}])
def test_nobody_asks_for_the_target_in_take_up_or_at_a_held_position(feed, change):
    approach(feed, 200.0, 300.0)
    assert feed.run(60.0, **change) == []


def test_after_a_held_position_the_force_may_come_back_from_where_it_sagged(feed):
    for tick in range(3_000):  # a third of the force sags away in a minute
        assert feed.step(force_n=300.0 - tick / 30.0, mode=codes.MODE_POSITION) == OK
    approach(feed, 300.0, 300.0, rate_n_per_s=30.0)
    assert feed.run(10.0, mode=codes.MODE_FORCE) == []


# ---- slip ----------------------------------------------------------------------------------------------


def test_a_harness_that_slips_at_the_pull_speed_is_found_within_two_seconds(feed):
    seconds = 0.0
    for tick in range(1, 500):
        verdict = feed.step(travel_um=60_000 + tick * 100, force_n=300.0 + tick % 2)  # 5 mm/s
        if verdict.code:
            seconds = tick * 0.02
            break
    assert (verdict.code, verdict.reaction) == ("E443", Reaction.RELEASE)
    assert seconds <= 2.0


def test_creep_is_no_slip(feed, bounds):
    per_tick = bounds.slip_leak_um_per_s // 50
    for _ in range(5_000):
        assert feed.step(travel_um=feed.sample.travel_um + per_tick) == OK
        if feed.sample.travel_um > 110_000:
            break


@pytest.mark.parametrize("stiffness", [6.0, 60.0])
def test_travel_that_makes_force_is_no_slip(make_feed, stiffness):
    feed = near(make_feed, 300_000)
    for rate in (30.0, -90.0, 30.0):
        for _ in range(100):
            force = feed.sample.force_mn + round(rate * 20)
            travel = feed.sample.travel_um + round(rate * 20 / stiffness)
            assert feed.step(force_n=force / 1000, target_mn=force, travel_um=travel) == OK


def test_travel_at_slack_is_no_slip(make_feed, bounds):
    feed = near(make_feed, bounds.slack_mn)
    for tick in range(500):
        live_mn = bounds.slack_mn - tick % 2
        live = {"force_mn": live_mn, "force_b_mn": live_mn, "travel_um": tick * 100}
        assert feed.step(activity=Activity.TAKE_UP, **live) == OK


# ---- release -------------------------------------------------------------------------------------------


def release(feed, rate_n_per_s, seconds, state=codes.STATE_RELEASING):
    """Release from 300 N at a rate; return (seconds, code, reaction) of every verdict that is not OK."""
    found = []
    for tick in range(round(seconds * 50)):
        force = max(300.0 - rate_n_per_s * tick * 0.02, 0.0)
        verdict = feed.step(force_n=force, activity=Activity.RELEASE, state=state)
        if verdict.code:
            found.append((tick * 0.02, verdict.code, verdict.reaction))
    return found


def test_a_release_at_its_rate_is_left_alone(make_feed):
    for rate in (120.0, 200.0, 300.0):
        assert release(make_feed(), rate, 6.0) == []


def test_a_release_at_the_line_passes_and_one_below_it_escalates(make_feed, bounds):
    line = bounds.release_line_mn_per_s / 1000
    long = {"max_release_us": 60_000_000}
    assert release(make_feed(**long), line, 6.0) == []
    found = release(make_feed(**long), line * 0.8, 6.0)
    assert [code for _, code, _ in found[:1]] == ["E461"]
    assert found[0][2] is Reaction.FAST_RELEASE
    assert found[-1][1:] == ("E462", Reaction.POWER_OFF)


def test_a_release_that_does_not_move_goes_the_whole_way_in_order(feed, bounds):
    found = release(feed, 0.0, 6.0)
    order = [code for index, (_, code, _) in enumerate(found) if index == 0 or found[index - 1][1] != code]
    assert order == ["E461", "E462"]
    first_s, power_off_s = found[0][0], next(t for t, code, _ in found if code == "E462")
    assert bounds.reaction_us / 1e6 < first_s < 0.7
    assert power_off_s == pytest.approx(first_s + bounds.release_lag_us / 1e6, abs=0.03)


def test_the_time_for_a_release_is_limited_whatever_the_line(make_feed):
    feed = make_feed(release_line_mn_per_s=1_000, max_release_us=1_000_000)
    found = release(feed, 10.0, 1.2)
    assert found[0][1:] == ("E462", Reaction.POWER_OFF)
    assert found[0][0] == pytest.approx(1.02)


def test_catching_up_with_the_line_is_forgiven(make_feed):
    feed = make_feed()
    for tick in range(40):
        feed.step(force_n=300.0, activity=Activity.RELEASE, state=codes.STATE_RELEASING)
        if tick == 35:
            assert feed.step().code == "E461"
    assert feed.step(force_n=270.0) == OK


def test_trapped_force_is_named_after_power_off_has_had_its_time(feed, bounds):
    found = release(feed, 0.0, 5.0, state=codes.STATE_DUMPED)
    assert {code for _, code, _ in found} == {"E463"}
    assert found[0][0] == pytest.approx(bounds.powerless_us / 1e6 + 0.01, abs=0.011)
    assert found[0][2] is Reaction.POWER_OFF


def test_a_release_at_slack_needs_nothing_more(make_feed, bounds):
    feed = near(make_feed, bounds.slack_mn + bounds.noise_mn)
    assert feed.run(20.0, activity=Activity.RELEASE, state=codes.STATE_DONE) == []


def test_the_higher_cell_decides_whether_the_force_is_gone(make_feed):
    feed = near(make_feed, 0, cell_difference_mn=10**9)
    assert feed.step(activity=Activity.RELEASE, state=codes.STATE_DONE) == OK
    assert "E462" in feed.run(6.0, force_b_mn=25_000)


def test_limits_of_the_session_do_not_disturb_a_release(make_feed):
    nothing = dict.fromkeys(("max_hold_us", "max_session_us", "max_travel_um", "max_impulse_mn_us"), 0)
    feed = make_feed(start={"activity": Activity.RELEASE, "state": codes.STATE_RELEASING}, **nothing)
    assert release(feed, 200.0, 3.0) == []
