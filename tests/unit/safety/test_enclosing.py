"""What the searches cut and what they leave whole, and how the figures of a profile come out of them."""

from __future__ import annotations

import dataclasses
import math

import pytest

from traction.profile.profile import Profile
from traction.profile.segments import Hold, Oscillation, Ramp
from traction.safety.figures import TOUCH_N, worst_case
from traction.safety.hardware import load_table, session_limits
from traction.safety.interval.arithmetic import Interval
from traction.safety.interval.enclosures import JUMP_N, _apart, _time_to_slack, enclosures
from traction.safety.interval.holds import ALLOWANCE_N
from traction.safety.interval.search import (
    INTEGRAL_TOLERANCE,
    SUP_TOLERANCE,
    _piece_above,
    integral_above,
    largest,
)
from traction.safety.interval.shapes import LIFT_N, parts_of
from traction.safety.release import LAG_S

TABLE = load_table("sim")
CASE = worst_case(session_limits("lumbar", TABLE), TABLE, 0.0, LAG_S)


class Asked:
    """A function that notes what it is asked for."""

    def __init__(self, function) -> None:
        self.function = function
        self.times = 0
        self.whole: list[tuple[float, float]] = []  # the intervals, without single points

    def __call__(self, u: Interval) -> Interval:
        self.times += 1
        if u.lo < u.hi:
            self.whole.append((u.lo, u.hi))
        return self.function(u)


def test_what_rounding_may_decide_is_this_much():
    assert (JUMP_N, TOUCH_N, ALLOWANCE_N) == (1e-6, 1e-6, 1e-6)  # N
    assert (SUP_TOLERANCE, INTEGRAL_TOLERANCE) == (1e-9, 1e-4)  # parts of the figure
    assert LIFT_N == 1e-5  # N, more than any of those


def vague_at_first(width: float) -> Asked:
    """Return 0 as a function that is known to ``width`` over the whole of 0..1, and exactly over less."""
    return Asked(lambda u: Interval(0.0, width if u.hi - u.lo == 1.0 else 0.0))


# ---- the largest value --------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_largest_value_at_either_end_is_known_without_a_search(sign):
    function = Asked(lambda u: Interval(sign) * u)
    assert largest(function, -2.0, 3.0).lo == function(Interval(3.0 if sign > 0.0 else -2.0)).lo
    assert function.whole == [(-2.0, 3.0)]


def test_a_search_cuts_in_half_and_ends_when_it_knows_enough():
    enough = SUP_TOLERANCE * (1.0 + SUP_TOLERANCE)
    assert enough == SUP_TOLERANCE * (1.0 + enough)
    for width in (0.0, 0.95 * SUP_TOLERANCE, enough):
        function = vague_at_first(width)
        assert largest(function, 0.0, 1.0).hi == width
        assert function.whole == [(0.0, 1.0)]
    function = vague_at_first(1.05 * SUP_TOLERANCE)
    assert largest(function, 0.0, 1.0).hi == 0.0
    assert function.whole == [(0.0, 1.0), (0.0, 0.5), (0.5, 1.0)]


@pytest.mark.parametrize("top", [0.1, 0.3, 0.45, 0.55, 0.7, 0.9])
def test_the_highest_of_all_pieces_bounds_the_largest_value(top):
    def parabola(u: Interval) -> Interval:
        far = [-((end - top) ** 2) for end in (u.lo, u.hi)]
        return Interval(min(far), 0.0 if u.lo <= top <= u.hi else max(far))

    found = largest(parabola, 0.0, 1.0)
    assert found.lo <= 0.0 <= found.hi
    assert found.width <= SUP_TOLERANCE


# ---- the integral -------------------------------------------------------------------------------------


def level(u: Interval) -> Interval:
    return Interval(0.0)


@pytest.mark.parametrize(("width", "enough"), [(0.93e-7, True), (1.03e-7, False)])
def test_what_is_known_well_enough_is_not_cut_for_its_integral(width, enough):
    """A hundred nanonewtons are nothing beside the millinewton that counts for a height of nothing."""
    function = Asked(lambda u: Interval(2.0, 2.0 + (width if u.hi - u.lo in (0.0, 1.0) else 0.0)))
    area = integral_above(function, level, 2.0, 0.0, 1.0)
    assert area.lo <= 0.0 <= width <= area.hi or not enough
    assert (set(function.whole) == {(0.0, 1.0)}) is enough


def test_an_integral_is_cut_in_half_where_it_crosses_its_level():
    function = Asked(lambda u: u - Interval(10.0))
    area = integral_above(function, lambda u: Interval(1.0), 0.3, 10.0, 11.0)
    assert area.lo <= 0.245 <= area.hi
    assert area.width <= INTEGRAL_TOLERANCE * (0.7 + 1e-3) + 1e-8
    assert {(10.0, 10.5), (10.5, 11.0)} < set(function.whole)
    assert all(math.log2(end - begin).is_integer() for begin, end in function.whole)


def test_what_cannot_be_sharp_is_cut_four_thousand_times():
    function = Asked(lambda u: Interval(0.0, 10.0))
    area = integral_above(function, level, 5.0, 0.0, 1.0)
    assert (area.lo, area.hi) == (pytest.approx(0.0, abs=1e-9), pytest.approx(5.0))
    pieces = 1 + 2 * 4000
    assert function.times == 1 + pieces  # once to see how sharp is sharp enough


def test_a_function_at_its_level_has_no_integral_at_all():
    area = _piece_above(lambda u: Interval(2.0), level, 2.0, 0.0, 1.0)
    assert (area.lo, area.hi) == (0.0, 0.0)


@pytest.mark.parametrize("least", [5.0, 5.0 - 0.5e-9, 5.0 - 1e-9])
def test_a_function_that_hardly_dips_below_its_level_counts_as_above_it(least):
    slope = Asked(lambda u: Interval(0.0))
    area = _piece_above(lambda u: Interval(least, 6.0), slope, 5.0, 0.0, 1.0)
    assert slope.whole == [(0.0, 1.0)]
    assert area.lo <= 0.0 <= 1.0 <= area.hi
    below = Asked(lambda u: Interval(0.0))
    _piece_above(lambda u: Interval(5.0 - 1.5e-9, 6.0), below, 5.0, 0.0, 1.0)
    assert not below.whole


@pytest.mark.parametrize("steepness", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_doubt_of_a_piece_is_just_what_its_slopes_allow(steepness, sign):
    """A roof, or a roof upside down, is as far from its middle value as these slopes can make it."""
    top = steepness  # above the level everywhere

    def roof(u: Interval) -> Interval:
        if u.lo == u.hi:
            return Interval(top + sign * steepness * abs(u.lo - 0.5))
        return Interval(0.5 * top, 1.5 * top)

    area = _piece_above(roof, lambda u: Interval(-steepness, steepness), 0.0, 0.0, 1.0)
    other, exact = sorted((top + 0.25 * steepness, top - 0.25 * steepness), reverse=sign < 0.0)
    assert area.lo <= min(exact, other) < max(exact, other) <= area.hi
    assert area.width <= abs(exact - other) * (1.0 + 1e-8) + 1e-8


def test_an_integral_above_a_level_is_never_below_zero():
    area = _piece_above(lambda u: Interval(3.0, 3.5), lambda u: Interval(-40.0, 40.0), 3.0, 0.0, 1.0)
    assert area.lo == 0.0


# ---- the figures of a profile -------------------------------------------------------------------------


def figures(*segments, **changes) -> dict[str, Interval]:
    return enclosures(Profile.of(*segments, rest_n=20.0), dataclasses.replace(CASE, **changes))


@pytest.mark.parametrize("wave", ["sine", "triangle", "sawtooth"])
def test_a_wave_takes_its_time_and_begins_and_ends_at_its_level(wave):
    found = figures(
        Ramp(0.0, 100.0, 10.0), Hold(100.0, 30.0, Oscillation(wave, 8.0, 0.35)), Ramp(100.0, 0.0, 10.0)
    )
    slower = max(found["release_back_drivable"].hi, found["release_self_locking"].hi)
    assert found["session_duration"].hi == pytest.approx(50.0 + slower, abs=1e-9)
    assert found["rate_up"].hi < math.inf
    assert found["rate_down"].hi < math.inf


def test_a_hold_of_whole_periods_has_no_time_left_over():
    hold = Hold(100.0, math.nextafter(0.6, 0.0) - 2.0**-53 * 3.0, Oscillation("sine", 8.0, 5.0))
    wave, plain = parts_of(hold)
    assert (wave.repeats, plain.scale_s.lo, plain.scale_s.hi) == (3, 0.0, 0.0)
    found = figures(Hold(100.0, 5.0), hold)
    assert found["peak_force"].hi == pytest.approx(108.0)
    assert found["longest_hold"].hi == pytest.approx(5.6)


def test_spans_that_do_not_meet_either_way_are_apart():
    just, nothing, beyond = Interval(JUMP_N), Interval(0.0), Interval(1.01 * JUMP_N)
    assert not _apart(just, nothing)
    assert not _apart(nothing, just)
    assert _apart(beyond, nothing)
    assert _apart(nothing, beyond)


def test_a_force_at_slack_needs_no_release():
    nothing = _time_to_slack(Interval(CASE.slack_n + TOUCH_N), CASE, 1.0)
    assert (nothing.lo, nothing.hi) == (0.0, 0.0)
    assert _time_to_slack(Interval(CASE.slack_n + 2.0 * TOUCH_N), CASE, 1.0).lo > 0.5


@pytest.mark.parametrize(
    "changes", [{"release_rate_n_per_s": 5.0}, {"unload_speed_mm_per_s": 0.5, "softest_n_per_mm": 10.0}]
)
def test_a_release_that_is_slow_takes_the_force_above_slack_over_its_rate(changes):
    found = figures(Ramp(0.0, 110.0, 10.0), Ramp(110.0, 0.0, 10.0), **changes)
    for name in ("release_back_drivable", "release_self_locking"):
        assert found[name].lo == pytest.approx(CASE.reaction_s + 20.0)
        assert found[name].hi == pytest.approx(CASE.reaction_s + 20.0)
