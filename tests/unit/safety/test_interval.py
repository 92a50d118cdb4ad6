"""Interval arithmetic encloses, however it rounds; its searches say so when they cannot."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve
from traction.safety.interval.arithmetic import PI, Interval
from traction.safety.interval.holds import PlacedPart, Stay, longest_hold
from traction.safety.interval.search import integral_above, largest
from traction.safety.interval.shapes import Part, parts_of, plain_part


def test_pi_is_enclosed():
    assert PI.lo < math.pi < PI.hi
    assert PI.width < 1e-15


def test_a_third_times_three_encloses_one():
    third = Interval(1.0) / Interval(3.0)
    whole = third * Interval(3.0)
    assert third.lo < third.hi
    assert whole.lo <= 1.0 <= whole.hi


@pytest.mark.parametrize(
    "divisor", [Interval(0.0), Interval(-1.0, 1.0), Interval(-2.0, -1.0), Interval(math.nan)]
)
def test_only_division_by_something_above_zero_is_defined(divisor):
    with pytest.raises(ZeroDivisionError, match=r"division by Interval\("):
        Interval(1.0) / divisor


@pytest.mark.parametrize(
    ("lo", "hi", "least", "most"),
    [
        (0.0, math.pi, 0.0, 1.0),
        (math.pi / 2, 3 * math.pi / 2, -1.0, 1.0),
        (0.1, 0.2, math.sin(0.1), math.sin(0.2)),
        (2.0, 4.0, math.sin(4.0), math.sin(2.0)),
        (4.0, 5.0, -1.0, math.sin(4.0)),
        (6.0, 8.0, math.sin(6.0), 1.0),
    ],
)
def test_the_sine_knows_its_extremes(lo, hi, least, most):
    found = Interval(lo, hi).sin()
    assert found.lo <= least <= most <= found.hi
    assert found.lo >= least - 1e-14
    assert found.hi <= most + 1e-14


def test_the_largest_value_of_a_parabola_is_found_between_the_ends():
    top = largest(lambda u: u * (Interval(1.0) - u), 0.0, 1.0)
    assert top.lo <= 0.25 <= top.hi
    assert top.width < 1e-3  # u stands twice in it, which interval arithmetic takes for two numbers


def test_a_search_that_cannot_be_sharp_says_so():
    """A function known only to a tenth stays known only to a tenth, after a bounded number of cuts."""
    top = largest(lambda u: u + Interval(-0.1, 0.1), 0.0, 1.0)
    assert top.lo <= 0.91
    assert top.hi >= 1.09
    area = integral_above(lambda u: u + Interval(-0.1, 0.1), lambda u: Interval(-9.0, 9.0), 0.0, 0.0, 1.0)
    assert area.width > 0.1
    assert area.lo <= 0.5 <= area.hi


def test_an_integral_that_crosses_its_level_is_enclosed():
    area = integral_above(lambda u: u, lambda u: Interval(1.0), 0.5, 0.0, 1.0)
    assert area.lo <= 0.125 <= area.hi
    assert area.width < 1e-3


def test_an_integral_below_its_level_is_nothing():
    area = integral_above(lambda u: u, lambda u: Interval(1.0), 2.0, 0.0, 1.0)
    assert area.lo == area.hi == 0.0 or area.hi < 1e-300


def placed(*segments) -> list[PlacedPart]:
    spans, start_s = [], 0.0
    for number, segment in enumerate(segments):
        part = plain_part(segment, 10.0)
        force = part.force(Interval(part.low, part.high))
        stay = Stay(start_s, start_s + segment.duration_s, force.lo, force.hi)
        spans.append(PlacedPart(part, number, stay))
        start_s = stay.end_s
    return spans


@pytest.mark.parametrize(
    ("segments", "window_n", "exact_s"),
    [
        ((Hold(100.0, 60.0),), 40.0, 60.0),
        # 40 N of a ramp of 10 N/s on either side, the lower parts outside the window
        ((Ramp(0.0, 100.0, 10.0), Hold(100.0, 60.0), Ramp(100.0, 0.0, 10.0)), 40.0, 68.0),
        # nothing held but one slow ramp
        ((Ramp(20.0, 120.0, 100.0),), 40.0, 40.0),
        # the same, begun below slack
        ((Ramp(0.0, 100.0, 100.0),), 40.0, 40.0),
        # a wave on a hold counts as plain
        ((Hold(100.0, 60.0, Oscillation("sine", 50.0, 1.0)),), 10.0, 60.0),
        # two holds within one window, and a third out of it
        (
            (
                Hold(100.0, 10.0),
                Ramp(100.0, 130.0, 3.0),
                Hold(130.0, 10.0),
                Ramp(130.0, 200.0, 7.0),
                Hold(200.0, 20.0),
            ),
            40.0,
            24.0,
        ),
        # below slack, but its wave is not
        ((Hold(9.0, 60.0, Oscillation("sine", 2.0, 1.0)), Ramp(9.0, 100.0, 10.0)), 40.0, 60.0),
        ((Hold(9.0, 60.0, Oscillation("sine", 1.0, 1.0)), Ramp(9.0, 100.0, 10.0)), 40.0, 40.0 * 10.0 / 91.0),
        # at slack nothing is held
        ((Hold(9.0, 600.0), Ramp(9.0, 99.0, 9.0), Hold(99.0, 5.0)), 40.0, 9.0),
        ((Hold(5.0, 600.0),), 40.0, 0.0),
    ],
)
def test_the_longest_hold_is_enclosed(segments, window_n, exact_s):
    found = longest_hold(placed(*segments), window_n, 10.0)
    assert found.lo <= exact_s + 1e-6
    assert exact_s - 1e-6 <= found.hi
    assert found.width <= 0.2 * exact_s + 1e-9


def test_a_hold_ends_where_the_force_goes_slack():
    found = longest_hold(placed(Ramp(12.0, 0.0, 12.0)), 40.0, 10.0)  # 2 s above slack
    assert found.lo <= 2.0 <= found.hi <= 3.0 + 1e-9


def test_equal_cycles_are_looked_at_once_and_rests_at_slack_part_them():
    cycle = (Ramp(0.0, 100.0, 10.0), Hold(100.0, 60.0), Ramp(100.0, 0.0, 10.0), Hold(0.0, 600.0))
    spans = placed(*cycle, *cycle, *cycle)
    equal = [span._replace(shape=number % 4) for number, span in enumerate(spans)]
    found = longest_hold(equal, 40.0, 10.0)
    assert found.lo <= 68.0 <= found.hi
    assert found.width < 5.0
    alike = longest_hold(spans, 40.0, 10.0)
    assert (alike.lo, alike.hi) == (found.lo, found.hi)


def test_rounding_at_slack_or_at_the_window_may_go_either_way():
    at_slack = longest_hold(placed(Hold(math.nextafter(10.0, 11.0), 60.0)), 40.0, 10.0)
    assert (at_slack.lo, at_slack.hi) == (0.0, 60.0)
    steps = (Hold(100.0, 10.0), Ramp(100.0, 140.0, 4.0), Hold(140.0, 10.0))
    at_window = longest_hold(placed(*steps), 40.0, 10.0)
    assert at_window.lo < 24.0 <= at_window.hi


def test_a_function_that_never_gets_finer_does_not_cut_for_ever():
    vague = Part(lambda u: Interval(0.0, 1000.0), lambda u: Interval(0.0), 0.0, 1.0, Interval(10.0))
    found = longest_hold([PlacedPart(vague, 0, Stay(0.0, 10.0, 0.0, 1000.0))], 40.0, 10.0)
    assert found.lo == 0.0
    assert found.hi >= 0.0


def test_an_interval_shows_its_ends():
    assert repr(Interval(1.0, 2.0)) == "Interval(1.0, 2.0)"


@pytest.mark.parametrize("lo", [-0.5, 0.0, 5e-324])
def test_a_divisor_that_reaches_zero_is_none(lo):
    if lo > 0.0:
        assert (Interval(1.0) / Interval(lo, 1.0)).hi == math.inf
    else:
        with pytest.raises(ZeroDivisionError):
            Interval(1.0) / Interval(lo, 1.0)


@pytest.mark.parametrize(
    ("lo", "hi", "least", "most"), [(-2.0, 5.0, 0.0, 2.0), (4.0, 5.0, 1.0, 2.0), (-2.0, 1.0, 0.0, 0.0)]
)
def test_what_lies_above_a_level_is_never_below_zero(lo, hi, least, most):
    found = Interval(lo, hi).above(3.0)
    assert (found.lo, found.hi) == (pytest.approx(least, abs=1e-12), pytest.approx(most, abs=1e-12))
    assert found.lo >= 0.0


@pytest.mark.parametrize(
    ("lo", "hi", "least", "most"),
    [
        (7.8, 7.9, math.sin(7.8), 1.0),
        (7.9, 8.5, math.sin(8.5), math.sin(7.9)),
        (1.6, 4.7, math.sin(4.7), math.sin(1.6)),
        (4.8, 7.8, math.sin(4.8), math.sin(7.8)),
        (1.5, 1.6, math.sin(1.5), 1.0),
        (4.7, 4.8, -1.0, math.sin(4.8)),
    ],
)
def test_the_sine_turns_where_it_turns_and_nowhere_else(lo, hi, least, most):
    found = Interval(lo, hi).sin()
    assert least - 1e-14 <= found.lo <= least
    assert most <= found.hi <= most + 1e-14
    assert found.lo >= -1.0
    assert found.hi <= 1.0


def test_the_sine_stays_within_one_where_it_hardly_turns():
    assert Interval(1.5, math.nextafter(math.pi / 2, 0.0)).sin().hi == 1.0
    assert Interval(4.7, math.nextafter(3 * math.pi / 2, 0.0)).sin().lo == -1.0


def test_what_the_library_computes_is_trusted_to_a_few_last_places():
    one, nothing = Interval(math.e).log(), Interval(1.0).log()
    assert (one.lo, one.hi) == (1.0 - 1e-15, 1.0 + 1e-15)
    assert (nothing.lo, nothing.hi) == (-1e-300, 1e-300)


WAVES = [Hold(100.0, 30.0, Oscillation(wave, 8.0, 0.35)) for wave in ("sine", "triangle", "sawtooth")]
SHAPES = [Ramp(20.0, 300.0, 10.0), Ramp(300.0, 20.0, 10.0), SCurve(300.0, 100.0, 8.0), SCurve(0.0, 90.0, 3.0)]
SHAPES += [LogRise(100.0, 350.0, 40.0), LogRise(0.0, 50.0, 5.0, 3.0), Hold(300.0, 60.0), *WAVES]


@pytest.mark.parametrize("segment", SHAPES, ids=repr)
def test_every_part_is_the_force_of_its_segment_and_its_slope(segment):
    parts = parts_of(segment)
    waving = isinstance(segment, Hold) and segment.oscillation is not None
    for part in parts[:-1] if waving else parts:
        scale_s = part.scale_s.lo
        for step in range(1, 16):  # inside, where a corner has no slope of its own
            u = part.low + (part.high - part.low) * step / 16
            force, slope = part.force(Interval(u)), part.slope(Interval(u))
            assert force.lo - 1e-9 <= segment.force_at(u * scale_s) <= force.hi + 1e-9
            assert force.width < 1e-9
            near = 1e-5 * scale_s
            rate = (segment.force_at(u * scale_s + near) - segment.force_at(u * scale_s - near)) / 2e-5
            assert slope.lo - 1e-3 <= rate <= slope.hi + 1e-3
            assert slope.width < 1e-9
    lasts_s = sum(part.repeats * part.scale_s.hi * (part.high - part.low) for part in parts)
    assert lasts_s == pytest.approx(segment.duration_s, rel=1e-12)
    assert parts[0].low == 0.0
    assert parts[-1].high == 1.0
    for one, other in pairwise(parts[:-1] if waving else parts):
        assert one.high == other.low


@pytest.mark.parametrize("segment", WAVES, ids=repr)
def test_a_wave_takes_its_whole_periods_and_leaves_the_rest_plain(segment):
    *wave, plain = parts_of(segment)
    assert {part.repeats for part in wave} == {10}
    assert not any(part.level for part in wave)
    assert plain.level
    assert plain.repeats == 1
    force, slope = plain.force(Interval(0.5)), plain.slope(Interval(0.5))
    assert (force.lo, force.hi, slope.lo, slope.hi) == (100.0, 100.0, 0.0, 0.0)
    assert plain.scale_s.lo <= 30.0 - 10.0 / 0.35 <= plain.scale_s.hi
    assert plain.scale_s.width < 1e-12


@pytest.mark.parametrize(
    ("duration_s", "frequency_hz", "periods"),
    [
        (0.5999999999999999, 5.0, 3),
        (0.6 - 5.0 * 2.0**-53, 5.0, 3),
        (0.6 - 8.0 * 2.0**-53, 5.0, 2),
        (0.5999999998, 5.0, 2),
        (0.6, 5.0, 3),
        (0.7, 5.0, 3),
    ],
)
def test_a_period_is_whole_though_its_product_was_rounded(duration_s, frequency_hz, periods):
    first, *_, plain = parts_of(Hold(100.0, duration_s, Oscillation("sine", 8.0, frequency_hz)))
    assert first.repeats == periods
    assert plain.scale_s.lo >= 0.0


@pytest.mark.parametrize(
    ("level_n", "amplitude_n", "counted_n"),
    [(9.0, 2.0, 10.0 + 1e-5), (10.0, 1.0, 10.0 + 1e-5), (10.5, 2.0, 10.5), (9.0, 1.0, 9.0), (9.0, 0.5, 9.0)],
)
def test_a_hold_whose_wave_reaches_over_slack_counts_as_held_just_above(level_n, amplitude_n, counted_n):
    part = plain_part(Hold(level_n, 60.0, Oscillation("sine", amplitude_n, 1.0)), 10.0)
    force = part.force(Interval(0.5))
    assert (force.lo, force.hi) == (counted_n, counted_n)
    assert (part.low, part.high, part.repeats, part.scale_s.lo) == (0.0, 1.0, 1, 60.0)
    ramp = plain_part(Ramp(0.0, 100.0, 10.0), 10.0)
    assert ramp.force(Interval(0.5)).lo == pytest.approx(50.0)
