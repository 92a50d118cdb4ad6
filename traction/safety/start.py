"""What a table can follow at all: whether the slack is taken up, in which time, and under which limits.

The proof of the profile knows forces and times. Here stands what a carriage needs besides: somebody who takes
up the slack, long enough, and a limit on rising under which the drive can learn how stiff the body is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from traction.errors import Problem
from traction.safety.facts import TableFacts
from traction.safety.limits import Limits

CATCH_UP: Final = 1.1
"""The drive may move by so much more than its limit on rising gives on the body it believes in."""

ANSWER_S: Final = 0.2
"""The drive makes up for an error of force in this time, on the body it believes in."""

STEP_MM_PER_S: Final = 0.001
"""The drive is told whole um/s, rounded down."""

SETTLE_S: Final = 3.0
"""Until a force that has arrived is seen to have: lag of the drive, noise, and the zero error of a cell."""

ARRIVED: Final = 0.25
"""A force has arrived when it is this part of the hold band below its target."""


def approach_mm_per_s(goal_n: float, limits: Limits, table: TableFacts) -> float:
    """Return how fast the carriage comes while nothing resists, in mm/s, on the way to ``goal_n``.

    Nothing is known of the body yet, so that the stiffest is taken for granted: on it the force may not rise
    faster than the limit, nor may the error of force be made up for faster.
    """
    region = table.region(limits.region)
    by_rate = CATCH_UP * limits.max_rate_up_n_per_s / region.stiffest_n_per_mm - STEP_MM_PER_S
    by_error = goal_n / (ANSWER_S * region.stiffest_n_per_mm)
    return min(by_rate, by_error, region.pull_speed_mm_per_s)


def take_up_s(goal_n: float, climb_n_per_s: float, limits: Limits, table: TableFacts) -> float:
    """Return the longest a healthy table needs to pull ``goal_n`` from the most slack, in s.

    ``climb_n_per_s`` is how fast the target climbs there. Infinite where it never arrives.
    """
    region = table.region(limits.region)
    speed = approach_mm_per_s(goal_n, limits, table)
    if not (speed > 0.0 and climb_n_per_s > 0.0):
        return math.inf
    way_mm = region.slack_travel_mm + goal_n / region.softest_n_per_mm
    # near its goal the drive is slower still: what is left falls with this time constant on the softest body
    lag_s = ANSWER_S * region.stiffest_n_per_mm / region.softest_n_per_mm
    slow_n = speed * ANSWER_S * region.stiffest_n_per_mm
    near_s = lag_s * max(math.log(slow_n / (ARRIVED * limits.hold_band_n)), 0.0)
    return goal_n / climb_n_per_s + way_mm / speed + near_s + SETTLE_S


def take_up_problems(
    take_up_n: float | None, timeout_s: float, climb_n_per_s: float, limits: Limits, table: TableFacts
) -> Iterator[Problem]:
    """Yield why the slack is not taken up: E325 nothing does it, E326 the time is too short.

    ``take_up_n`` is the force of the take-up, None where the protocol has none.
    """
    slack_mm = table.region(limits.region).slack_travel_mm
    if not slack_mm > 0.0:
        return
    expected = f"a take-up to at least {limits.slack_n:g} N: the harness may be {slack_mm:g} mm slack"
    if take_up_n is None or not take_up_n > 0.0:
        yield Problem("E325", "no take-up", expected, field="take_up")
    elif not take_up_n >= limits.slack_n:
        yield Problem("E325", f"a take-up to {take_up_n:g} N", expected, field="take_up")
    else:
        needed_s = take_up_s(take_up_n, climb_n_per_s, limits, table)
        if not timeout_s >= needed_s:
            found = f"a take-up that may last {timeout_s:g} s"
            rate = f"with a limit on rising of {limits.max_rate_up_n_per_s:g} N/s"
            wanted = f"at least {math.ceil(needed_s)} s {rate}" if needed_s < math.inf else "a faster climb"
            yield Problem("E326", found, f"{wanted}, for {slack_mm:g} mm of slack", field="timeout")


def rate_problems(
    rate_up_n_per_s: float, rate_down_n_per_s: float, limits: Limits, table: TableFacts
) -> Iterator[Problem]:
    """Yield E327 where a limit on rising or falling is too tight to keep up with the profile.

    Below the table's ``least_rate`` the drive never learns that the body is soft, and moves as on the
    stiffest one: then a soft body's force changes by that much less.
    """
    region = table.region(limits.region)
    least, share = region.least_rate_n_per_s, region.softest_n_per_mm / region.stiffest_n_per_mm
    for way, rate, limit in (
        ("rising", rate_up_n_per_s, limits.max_rate_up_n_per_s),
        ("falling", rate_down_n_per_s, limits.max_rate_down_n_per_s),
    ):
        if not (limit >= least or rate <= limit * share):
            found = f"a limit on {way} of {limit:g} N/s, with a profile as steep as {rate:g} N/s"
            expected = f"a limit of at least {least:g} N/s, or a profile of at most {limit * share:.3g} N/s"
            field = "max_rate_up" if way == "rising" else "max_rate_down"
            yield Problem("E327", found, expected, field=field)
