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
