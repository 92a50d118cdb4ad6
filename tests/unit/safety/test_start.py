"""The proof knows what the carriage needs: slack taken up, in time, under limits the drive can learn by."""

from __future__ import annotations

import dataclasses
import math

import pytest

from traction.controller import loop
from traction.controller.config import ControllerConfig
from traction.controller.limits import own_caps
from traction.controller.loop import ForceLoop
from traction.safety.hardware import load_table, session_limits
from traction.safety.start import approach_mm_per_s, rate_problems, take_up_problems, take_up_s
from traction.wire import codes

REGIONS = ("lumbar", "cervical")
TABLE = load_table("sim")
LIMITS = {region: session_limits(region, TABLE) for region in REGIONS}


def found(problems):
    return [problem.code for problem in problems]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("take_up_n", [None, 0.0, math.nan, 9.999])
def test_without_a_pull_to_slack_at_least_nothing_takes_it_up(region, take_up_n):
    assert found(take_up_problems(take_up_n, 1e6, 5.0, LIMITS[region], TABLE)) == ["E325"]


def test_a_table_without_slack_needs_no_take_up():
    region = dataclasses.replace(TABLE.region("lumbar"), slack_travel_mm=0.0)
    table = dataclasses.replace(TABLE, regions={"lumbar": region})
    assert found(take_up_problems(None, 0.0, 5.0, LIMITS["lumbar"], table)) == []


@pytest.mark.parametrize("region", REGIONS)
def test_the_time_must_be_enough_and_the_message_names_it(region):
    limits = LIMITS[region]
    needed_s = take_up_s(15.0, 5.0, limits, TABLE)
    assert found(take_up_problems(15.0, needed_s, 5.0, limits, TABLE)) == []
    (problem,) = take_up_problems(15.0, needed_s - 0.001, 5.0, limits, TABLE)
    assert problem.code == "E326"
    assert f"at least {math.ceil(needed_s)} s" in problem.expected
    (problem,) = take_up_problems(15.0, 1e9, 0.0, limits, TABLE)
    assert problem.code == "E326"


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_the_carriage_comes_at_least_as_fast_as_the_proof_counts_on(region, share):
    """The real loop against its slack, with the goal of the take-up as its target."""
    goal_n = 15.0
    config = ControllerConfig(codes.REGION_NAMES.index(region), 1, codes.DRIVE_BACK_DRIVABLE)
    limits = LIMITS[region]
    limits = dataclasses.replace(limits, max_rate_up_n_per_s=share * limits.max_rate_up_n_per_s)
    values = list(own_caps(config))
    values[1] = round(1000 * limits.max_rate_up_n_per_s)
    force_loop = ForceLoop(config)
    force_loop.start(0, 0, tuple(values))
    force_loop.aim(round(1000 * goal_n), values[1], codes.MODE_FORCE)
    speeds = [force_loop.step(0, 0) for _ in range(6000)]
    assert speeds[-1] / 1000 >= approach_mm_per_s(goal_n, limits, TABLE)


@pytest.mark.parametrize("region", REGIONS)
def test_the_least_rate_is_one_from_which_the_drive_learns_a_soft_body(region):
    facts = TABLE.region(region)
    config = ControllerConfig(codes.REGION_NAMES.index(region), 1, codes.DRIVE_BACK_DRIVABLE)
    # on the stiffest body a limit allows this speed; what the softest then gains within one window is learned
    speed = 1.1 * facts.least_rate_n_per_s / facts.stiffest_n_per_mm
    assert speed * facts.softest_n_per_mm * loop.WINDOW_MS >= config.learn_mn


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_limit_below_the_least_rate_is_refused_unless_the_profile_is_as_slow(region, way):
    facts = TABLE.region(region)
    least = facts.least_rate_n_per_s
    field = f"max_rate_{way}_n_per_s"
    tight = dataclasses.replace(LIMITS[region], **{field: 0.99 * least})
    enough = dataclasses.replace(LIMITS[region], **{field: least})
    assert found(rate_problems(least, least, enough, TABLE)) == []
    (problem,) = rate_problems(least, least, tight, TABLE)
    assert (problem.code, problem.field) == ("E327", f"max_rate_{way}")
    slow = 0.98 * least * facts.softest_n_per_mm / facts.stiffest_n_per_mm
    assert found(rate_problems(slow, slow, tight, TABLE)) == []
    assert found(rate_problems(math.nan, math.nan, tight, TABLE)) == ["E327"]


# ---- the numbers themselves ----------------------------------------------------------------------------


def plain(**changes):
    """Return limits and a table of round numbers, some of them changed."""
    facts = {"softest_n_per_mm": 6.0, "stiffest_n_per_mm": 60.0, "pull_speed_mm_per_s": 5.0}
    facts |= {"slack_travel_mm": 20.0, "least_rate_n_per_s": 8.0}
    limits = {
        "max_rate_up_n_per_s": 30.0,
        "max_rate_down_n_per_s": 40.0,
        "hold_band_n": 20.0,
        "slack_n": 10.0,
    }
    for name, value in changes.items():
        (facts if name in facts else limits)[name] = value
    region = dataclasses.replace(TABLE.region("lumbar"), **facts)
    return dataclasses.replace(LIMITS["lumbar"], **limits), dataclasses.replace(
        TABLE, regions={"lumbar": region}
    )


@pytest.mark.parametrize(
    ("goal_n", "changes", "mm_per_s"),
    [
        (15.0, {}, 1.1 * 30.0 / 60.0 - 0.001),  # by the rate on the stiffest body, rounded down
        (3.0, {}, 3.0 / (0.2 * 60.0)),  # by the error, made up for in a fifth of a second
        (15.0, {"pull_speed_mm_per_s": 0.1}, 0.1),
    ],
)
def test_the_carriage_comes_as_fast_as_the_tightest_of_three_allows(goal_n, changes, mm_per_s):
    assert approach_mm_per_s(goal_n, *plain(**changes)) == pytest.approx(mm_per_s, rel=1e-12)


@pytest.mark.parametrize(
    ("goal_n", "climb_n_per_s", "changes", "seconds"),
    [
        # climbing, 20 mm of slack and 15 N of the softest body, two time constants of the loop, settling
        (15.0, 5.0, {}, 3.0 + 22.5 / 0.549 + 2.0 * math.log(0.549 * 12.0 / 5.0) + 3.0),
        (15.0, 0.5, {}, 30.0 + 22.5 / 0.549 + 2.0 * math.log(0.549 * 12.0 / 5.0) + 3.0),
        (3.0, 5.0, {}, 0.6 + 20.5 / 0.25 + 3.0),  # so slow that it is near at once
        (15.0, 0.0, {}, math.inf),
        (0.0, 5.0, {}, math.inf),
    ],
)
def test_the_time_a_take_up_needs(goal_n, climb_n_per_s, changes, seconds):
    assert take_up_s(goal_n, climb_n_per_s, *plain(**changes)) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    ("take_up_n", "told"),
    [(None, "no take-up"), (0.0, "no take-up"), (0.5, "a take-up to 0.5 N"), (9.9, "a take-up to 9.9 N")],
)
def test_a_take_up_that_is_none_and_one_that_is_too_weak_are_told_apart(take_up_n, told):
    (problem,) = take_up_problems(take_up_n, 1e6, 5.0, *plain())
    assert (problem.code, problem.found) == ("E325", told)


def test_a_take_up_to_slack_itself_is_enough_and_half_a_millimetre_needs_one():
    assert found(take_up_problems(10.0, 1e6, 5.0, *plain())) == []
    assert found(take_up_problems(None, 1e6, 5.0, *plain(slack_travel_mm=0.5))) == ["E325"]
    (problem,) = take_up_problems(15.0, 1e9, 0.0, *plain())
    assert problem.expected.startswith("a faster climb")


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_tight_limit_is_enough_for_a_profile_of_just_its_share(way):
    limits, table = plain(max_rate_up_n_per_s=4.0, max_rate_down_n_per_s=4.0)
    rates = {"up": 0.0, "down": 0.0, way: 4.0 * (6.0 / 60.0)}
    assert found(rate_problems(rates["up"], rates["down"], limits, table)) == []
    rates[way] = math.nextafter(rates[way], 1.0)
    (problem,) = rate_problems(rates["up"], rates["down"], limits, table)
    assert problem.field == f"max_rate_{way}"
