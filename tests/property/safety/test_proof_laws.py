"""The two routines agree on every profile, and both hold against what dense samples of it show."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from traction.profile.profile import Profile
from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve
from traction.safety.closed_form import closed_form
from traction.safety.figures import WorstCase, worst_case
from traction.safety.hardware import load_region, load_table
from traction.safety.interval.arithmetic import Interval
from traction.safety.interval.enclosures import enclosures
from traction.safety.interval.shapes import parts_of
from traction.safety.limits import merge
from traction.safety.release import LAG_S, ReleasePath
from traction.safety.verify import verify

TABLE = load_table("sim")
LIMITS = {name: merge(load_region(name), [TABLE.source(name)]) for name in ("lumbar", "cervical")}

finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
forces = st.one_of(st.floats(0.0, 900.0), st.sampled_from([0.0, 9.0, 10.0, 11.0, 50.0, 70.0, 90.0, 400.0]))
times = st.floats(0.1, 300.0)


@st.composite
def waves(draw, level_n):
    if level_n < 1.0 or draw(st.booleans()):
        return None
    amplitude = draw(st.floats(0.01, min(level_n, 40.0)))
    return Oscillation(
        draw(st.sampled_from(["sine", "triangle", "sawtooth"])), amplitude, draw(st.floats(0.2, 5.0))
    )


@st.composite
def profiles(draw):
    """Any levels joined by any shapes, with waves on some of the holds; often a repeated cycle."""
    level = draw(forces)
    segments = [Hold(level, draw(times))]
    for _ in range(draw(st.integers(1, 5))):
        following = draw(forces)
        shape = draw(st.sampled_from([Ramp, SCurve, *([LogRise] if following >= level else [])]))
        segments.append(shape(level, following, draw(times)))
        if draw(st.booleans()):
            hold_s = draw(st.floats(6.0, 300.0))
            segments.append(Hold(following, hold_s, draw(waves(following))))
        level = following
    back = Ramp(level, segments[0].start_n, draw(times))
    cycles = draw(st.integers(1, 3))
    return Profile.of(*[*segments, back] * cycles, rest_n=draw(forces))


@settings(max_examples=150, deadline=None)
@given(profiles(), st.sampled_from(["lumbar", "cervical"]))
def test_the_two_routines_always_agree(profile, region):
    problems = verify(profile, LIMITS[region], TABLE, take_up_timeout_s=30.0).problems
    assert not [problem for problem in problems if problem.code in ("E321", "E322", "E323")]


@settings(max_examples=40, deadline=None)
@given(profiles(), st.sampled_from(["lumbar", "cervical"]))
def test_dense_samples_stay_within_the_figures(profile, region):
    case = worst_case(LIMITS[region], TABLE, 0.0, LAG_S)
    found = closed_form(profile, case)
    enclosed = enclosures(profile, case)
    t_s = np.linspace(0.0, profile.duration_s, 20_001)
    force_n = profile.force_at(t_s)
    assert force_n.max() <= min(found["peak_force"].value, enclosed["peak_force"].hi) + 1e-9
    slopes = np.diff(force_n) / np.diff(t_s)
    slack = 1e-6 * (1.0 + np.abs(slopes).max())
    assert slopes.max() <= min(found["rate_up"].value, enclosed["rate_up"].hi) + slack
    assert -slopes.min() <= min(found["rate_down"].value, enclosed["rate_down"].hi) + slack
    above = np.maximum(force_n - profile.rest_n, 0.0)
    steps = np.diff(t_s) * np.maximum(np.abs(np.diff(above)), 1e-9)
    assert enclosed["impulse"].lo <= float(np.trapezoid(above, t_s)) + steps.sum()
    assert float(np.trapezoid(above, t_s)) - steps.sum() <= enclosed["impulse"].hi
    path = ReleasePath(case.slack_n, 120.0, case.reaction_s, case.lag_s, case.coast_s)
    if region == "lumbar":
        for force in force_n[:: len(force_n) // 50]:
            assert path.time_to_slack_s(float(force)) <= found["release_back_drivable"].value + 1e-9


@settings(max_examples=60, deadline=None)
@given(profiles())
def test_every_part_encloses_the_force_it_describes(profile):
    for segment in {span.segment for span in profile.spans}:
        for part in parts_of(segment):
            if part.level or part.repeats == 0:
                continue
            for index in range(9):
                u = part.low + (part.high - part.low) * index / 8
                t_s = min(u * part.scale_s.lo, segment.duration_s)
                near = part.force(Interval(max(u - 1e-9, 0.0), min(u + 1e-9, 1.0)))
                assert near.lo - 1e-4 <= segment.force_at(t_s) <= near.hi + 1e-4


@given(st.floats(0.0, 900.0), st.floats(0.0, 900.0))
def test_more_force_never_takes_less_time_to_slack(one, other):
    low, high = sorted((one, other))
    path = ReleasePath(10.0, 120.0, 0.5, 0.5, 0.7)
    assert path.time_to_slack_s(low) <= path.time_to_slack_s(high)


def test_a_force_that_is_no_number_has_no_time_to_slack():
    assert not ReleasePath(10.0, 120.0, 0.5, 0.5, 0.7).time_to_slack_s(math.nan) <= 1e9


# ---- arithmetic ----------------------------------------------------------------------------------------

intervals = st.tuples(finite, finite).map(lambda ends: Interval(min(ends), max(ends)))


def inside(draw_from: Interval, part: float) -> float:
    return min(max(draw_from.lo + part * (draw_from.hi - draw_from.lo), draw_from.lo), draw_from.hi)


@given(intervals, intervals, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_arithmetic_encloses_every_pair_of_members(one, other, a, b):
    x, y = inside(one, a), inside(other, b)
    for result, exact in ((one + other, x + y), (one - other, x - y), (one * other, x * y)):
        assert result.lo <= exact <= result.hi
    above = one.above(y)
    assert above.lo <= max(x - y, 0.0) <= above.hi


@given(intervals, st.tuples(positive, positive), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_division_encloses_every_pair_of_members(one, ends, a, b):
    other = Interval(min(ends), max(ends))
    quotient = one / other
    assert quotient.lo <= inside(one, a) / inside(other, b) <= quotient.hi


@given(st.tuples(st.floats(0.0, 9.0), st.floats(0.0, 9.0)), st.floats(0.0, 1.0))
def test_functions_enclose_every_member(ends, a):
    one = Interval(min(ends), max(ends))
    x = inside(one, a)
    for result, exact in ((one.sin(), math.sin(x)), (one.log1p(), math.log1p(x))):
        assert result.lo <= exact <= result.hi
    if one.lo > 0.0:
        assert one.log().lo <= math.log(x) <= one.log().hi


def test_the_worst_case_holds_only_numbers():
    case = worst_case(LIMITS["lumbar"], TABLE, 30.0, LAG_S)
    assert isinstance(case, WorstCase)
    assert all(math.isfinite(getattr(case, name)) for name in case.__slots__)
