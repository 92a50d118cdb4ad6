"""Laws of every segment: its figures bound every sample and are reached, its impulse is the integral."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from traction.profile.segments import SAWTOOTH_FALL, Hold, LogRise, Oscillation, Ramp, SCurve, Segment

FORCES = st.floats(0.0, 1000.0).map(lambda force_n: round(force_n, 3))
TIMES = st.floats(0.1, 1000.0)
CORNERS = {
    "sine": (0.0, 0.25, 0.75, 1.0),
    "triangle": (0.0, 0.25, 0.75, 1.0),
    "sawtooth": (0.0, (1 - SAWTOOTH_FALL) / 2, (1 + SAWTOOTH_FALL) / 2, 1.0),
}


@st.composite
def ways(draw: st.DrawFn) -> Segment:
    """Draw a segment that goes from one force to another."""
    start_n, end_n, duration_s = draw(FORCES), draw(FORCES), draw(TIMES)
    kind = draw(st.sampled_from([Ramp, SCurve, LogRise]))
    if kind is LogRise:
        low_n, high_n = sorted((start_n, end_n))
        return LogRise(low_n, high_n, duration_s, draw(st.floats(0.01, 1e6)))
    return kind(start_n, end_n, duration_s)


@st.composite
def holds(draw: st.DrawFn) -> Hold:
    """Draw a hold with a wave of at most six periods, or without."""
    force_n = draw(st.floats(1.0, 1000.0))
    wave = draw(st.sampled_from([None, *CORNERS]))
    if wave is None:
        return Hold(force_n, draw(TIMES), mode=draw(st.sampled_from(["force", "position"])))
    frequency_hz = draw(st.floats(0.01, 5.0))
    periods = draw(st.one_of(st.integers(1, 6), st.floats(1.0, 6.0)))
    amplitude_n = draw(st.floats(1e-3, 1.0)) * force_n
    return Hold(force_n, periods / frequency_hz * (1 + 1e-15), Oscillation(wave, amplitude_n, frequency_hz))


SEGMENTS = st.one_of(ways(), holds())


def corners(segment: Segment) -> list[float]:
    """Return the times between which the segment only rises or only falls, smoothly."""
    inner: list[float] = []
    if isinstance(segment, Hold) and segment.oscillation:
        wave = segment.oscillation
        for period in range(wave.whole_periods(segment.duration_s)):
            inner += [(period + part) / wave.frequency_hz for part in CORNERS[wave.wave]]
    times = sorted({0.0, segment.duration_s, *(t for t in inner if t < segment.duration_s)})
    return [early for early, late in pairwise(times) if late - early > 1e-9] + [segment.duration_s]


def dense(segment: Segment) -> np.ndarray:
    """Return many times, the corners among them, ever closer towards the start."""
    pieces = [np.linspace(early, late, 201) for early, late in pairwise(corners(segment))]
    start = np.geomspace(1e-9, 1.0, 300) * segment.duration_s
    return np.unique(np.clip(np.concatenate([*pieces, start]), 0.0, segment.duration_s))


@given(SEGMENTS)
def test_peak_and_trough_bound_every_sample_and_are_reached(segment: Segment) -> None:
    forces = segment.force_at(dense(segment))
    assert forces.max() == pytest.approx(segment.peak_n, abs=1e-9)
    assert forces.min() == pytest.approx(segment.trough_n, abs=1e-9)


@given(SEGMENTS)
def test_the_steepest_rates_bound_every_step_and_are_reached(segment: Segment) -> None:
    times = dense(segment)
    steps_s, steps_n = np.diff(times), np.diff(segment.force_at(times))
    assert (steps_n <= segment.rate_up_n_per_s * steps_s + 1e-9).all()
    assert (-steps_n <= segment.rate_down_n_per_s * steps_s + 1e-9).all()
    scale = max(segment.rate_up_n_per_s, segment.rate_down_n_per_s)
    wide = steps_s * scale > 1e-8  # a smaller step is all rounding
    assume(wide.any())
    rates = steps_n[wide] / steps_s[wide]
    assert max(rates.max(), 0.0) == pytest.approx(segment.rate_up_n_per_s, abs=0.02 * scale)
    assert max(-rates.min(), 0.0) == pytest.approx(segment.rate_down_n_per_s, abs=0.02 * scale)


@given(SEGMENTS)
def test_it_starts_and_ends_where_it_says(segment: Segment) -> None:
    assert segment.force_at(0.0) == segment.start_n
    assert segment.force_at(segment.duration_s) == pytest.approx(segment.end_n, abs=1e-9)


@given(SEGMENTS)
def test_a_number_and_an_array_get_the_same_force(segment: Segment) -> None:
    times = dense(segment)[::7]
    numbers = [segment.force_at(float(t_s)) for t_s in times]
    assert all(type(number) is float for number in numbers)
    assert segment.force_at(times).tolist() == pytest.approx(numbers, rel=1e-13, abs=1e-10)


def integral_above(segment: Segment, level_n: float) -> float:
    """Return the impulse above a level by numerical integration, corner to corner."""
    total, rounding = 0.0, 1e-10 * (segment.peak_n + 1.0) * segment.duration_s
    for early, late in pairwise(corners(segment)):
        # where a monotone piece crosses the level there is a kink: bisect for it and integrate either side
        low_s, high_s = early, late
        for _ in range(60):
            middle_s = (low_s + high_s) / 2
            same = (segment.force_at(middle_s) > level_n) == (segment.force_at(early) > level_n)
            low_s, high_s = (middle_s, high_s) if same else (low_s, middle_s)
        for start_s, end_s in ((early, low_s), (low_s, late)):
            above = lambda t_s: max(segment.force_at(t_s) - level_n, 0.0)  # noqa: E731
            if end_s - start_s > 1e-12 * segment.duration_s:
                total += quad(above, start_s, end_s, epsabs=rounding, limit=200)[0]
    return total


@settings(max_examples=60)
@given(SEGMENTS, st.floats(-0.2, 1.2))
@example(LogRise(0.0, 500.0, 60.0, 1e6), 0.7)
@example(Hold(100.0, 3.5, Oscillation("sawtooth", 20.0, 1.0)), 0.3)
@example(Hold(100.0, 3.5, Oscillation("sine", 20.0, 1.0)), 0.9)
def test_the_impulse_is_the_integral_of_the_positive_part(segment: Segment, part: float) -> None:
    level_n = max(segment.trough_n + part * (segment.peak_n - segment.trough_n), 0.0)
    scale = max(segment.peak_n, 1.0) * segment.duration_s
    assert segment.impulse_above(level_n) == pytest.approx(integral_above(segment, level_n), abs=1e-8 * scale)


@given(SEGMENTS, FORCES, FORCES)
def test_a_higher_level_leaves_less_impulse_but_no_less_than_the_difference(
    segment: Segment, one_n: float, other_n: float
) -> None:
    low_n, high_n = sorted((one_n, other_n))
    low, high = segment.impulse_above(low_n), segment.impulse_above(high_n)
    rounding = 1e-12 * (segment.peak_n + 1.0) * segment.duration_s
    assert 0.0 <= high <= low + rounding
    assert low - high <= (high_n - low_n) * segment.duration_s + rounding


@given(ways(), st.floats(0.0, 1.0))
def test_the_time_of_a_force_is_the_inverse_of_the_force_at_a_time(segment: Segment, part: float) -> None:
    assume(segment.peak_n - segment.trough_n > 1e-6)
    force_n = segment.trough_n + part * (segment.peak_n - segment.trough_n)
    assert segment.force_at(segment.time_at(force_n)) == pytest.approx(force_n, abs=1e-8)
    early, late = (0.0, segment.duration_s) if segment.end_n > segment.start_n else (segment.duration_s, 0.0)
    assert segment.time_at(segment.trough_n - 1.0) == early
    assert segment.time_at(segment.peak_n + 1.0) == late


@given(ways())
def test_a_way_only_rises_or_only_falls(segment: Segment) -> None:
    steps = np.diff(segment.force_at(dense(segment))) * (1 if segment.end_n >= segment.start_n else -1)
    assert (steps >= -1e-12 * segment.peak_n).all()
