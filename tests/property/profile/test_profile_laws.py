"""Laws of whole profiles: bounds, continuity, the cursor, the digest, and what the hold timer can count."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from traction.profile.profile import Profile
from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve, Segment

LEVELS = st.one_of(
    st.sampled_from([0.0, 10.0, 80.0, 100.0, 120.0]), st.floats(0.0, 200.0).map(lambda n: round(n, 3))
)
LENGTHS = st.one_of(st.sampled_from([1.0, 5.0]), st.floats(0.1, 20.0))


@st.composite
def pieces(draw: st.DrawFn, start_n: float, end_n: float, *, curved: bool) -> Segment:
    """Draw one segment between two levels: a hold, perhaps with a wave, when they are equal."""
    duration_s = draw(LENGTHS)
    if start_n == end_n:
        if start_n > 1.0 and duration_s > 2.0 and draw(st.booleans()):
            wave = draw(st.sampled_from(["sine", "triangle", "sawtooth"]))
            part = draw(st.sampled_from([0.05, 0.5, 1.0]))
            return Hold(start_n, duration_s, Oscillation(wave, part * start_n, 1.0))
        return Hold(start_n, duration_s)
    kind = draw(st.sampled_from([Ramp, SCurve, LogRise])) if curved else Ramp
    return (
        Ramp(start_n, end_n, duration_s)
        if kind is LogRise and end_n < start_n
        else kind(start_n, end_n, duration_s)
    )


@st.composite
def profiles(draw: st.DrawFn, *, curved: bool = True) -> Profile:
    """Draw a profile of up to a dozen segments, some of them repeated."""
    levels = draw(st.lists(LEVELS, min_size=2, max_size=9))
    levels = [level for level in levels for _ in range(draw(st.integers(1, 2)))]
    segments = [draw(pieces(start, end, curved=curved)) for start, end in pairwise(levels)]
    return Profile.of(*segments, rest_n=draw(st.sampled_from([0.0, 10.0, 90.0])), seed=draw(st.integers()))


def dense(profile: Profile, count: int) -> np.ndarray:
    """Return ``count`` even times and every join and quarter of a wave."""
    joins = [span.start_s for span in profile.spans]
    return np.unique(np.concatenate([np.linspace(0.0, profile.duration_s, count), joins]))


@given(profiles())
def test_the_figures_bound_every_sample_and_the_force_never_jumps(profile: Profile) -> None:
    times = dense(profile, 2000)
    forces = profile.force_at(times)
    assert profile.trough_n - 1e-9 <= forces.min()
    assert forces.max() <= profile.peak_n + 1e-9
    steps_s, steps_n = np.diff(times), np.diff(forces)
    assert (steps_n <= profile.rate_up_n_per_s * steps_s + 1e-9).all()
    assert (-steps_n <= profile.rate_down_n_per_s * steps_s + 1e-9).all()


@given(profiles())
def test_the_figures_are_those_of_the_worst_segment_and_the_impulse_is_the_sum(profile: Profile) -> None:
    segments = [span.segment for span in profile.spans]
    assert profile.peak_n == max(segment.peak_n for segment in segments)
    assert profile.trough_n == min(segment.trough_n for segment in segments)
    assert profile.rate_up_n_per_s == max(segment.rate_up_n_per_s for segment in segments)
    assert profile.rate_down_n_per_s == max(segment.rate_down_n_per_s for segment in segments)
    impulse = sum(segment.impulse_above(profile.rest_n) for segment in segments)
    assert profile.impulse_n_s == pytest.approx(impulse, rel=1e-12)
    times = dense(profile, 20_000)
    sampled = trapezoid(np.maximum(profile.force_at(times) - profile.rest_n, 0.0), times)
    assert profile.impulse_n_s == pytest.approx(sampled, abs=2e-3 * profile.duration_s)


@given(profiles(), st.integers(1, 400))
def test_the_cursor_agrees_with_the_profile_at_every_tick(profile: Profile, ticks: int) -> None:
    cursor = profile.cursor()
    for t_s in [profile.duration_s * tick / ticks for tick in range(ticks)] + [profile.duration_s]:
        assert cursor.at(t_s) == (pytest.approx(profile.force_at(t_s), abs=1e-9), profile.index_at(t_s))


@given(profiles(), st.data())
def test_the_cursor_agrees_in_any_order_of_times(profile: Profile, data: st.DataObject) -> None:
    cursor = profile.cursor()
    joins = st.sampled_from(profile.starts_s)
    for t_s in data.draw(st.lists(st.one_of(st.floats(0.0, profile.duration_s), joins), max_size=20)):
        force_n, index = cursor.at(t_s)
        assert force_n == pytest.approx(profile.force_at(t_s), abs=1e-9)
        assert profile.spans[index] is profile.span_at(t_s)


@given(profiles())
def test_a_number_and_an_array_get_the_same_force(profile: Profile) -> None:
    times = dense(profile, 100)
    numbers = [profile.force_at(float(t_s)) for t_s in times]
    assert profile.force_at(times).tolist() == pytest.approx(numbers, rel=1e-13, abs=1e-10)


@given(profiles(), profiles())
def test_digests_are_equal_exactly_when_profiles_are(one: Profile, other: Profile) -> None:
    assert (one.digest() == other.digest()) == (one == other)
    assert Profile(one.spans, one.rest_n, one.seed).digest() == one.digest()


def timed_s(profile: Profile, band_n: float, slack_n: float) -> float:
    """Return the longest count of the anchor timer on an ideal table, in small steps that meet every join."""
    longest_s, anchor_n, since_s = 0.0, None, 0.0
    times = dense(profile, 1500)
    for t_s, force_n in zip(times.tolist(), profile.force_at(times).tolist(), strict=True):
        if force_n <= slack_n:
            anchor_n = None
            continue
        if anchor_n is None or abs(force_n - anchor_n) > band_n:
            anchor_n, since_s = force_n, t_s
        longest_s = max(longest_s, t_s - since_s)
    return longest_s


@given(profiles(), st.sampled_from([0.0, 8.0, 20.0, 33.0]), st.sampled_from([-1.0, 0.0, 10.0, 90.0]))
def test_no_anchor_timer_counts_longer_than_the_longest_hold(
    profile: Profile, band_n: float, slack_n: float
) -> None:
    assert timed_s(profile, band_n, slack_n) <= profile.longest_hold_s(band_n, slack_n) + 1e-9


def plain(profile: Profile) -> Profile:
    """Return the profile without its waves."""
    segments = [span.segment for span in profile.spans]
    return Profile.of(*(Hold(s.force_n, s.duration_s) if isinstance(s, Hold) else s for s in segments))


def searched_s(profile: Profile, band_n: float, slack_n: float) -> tuple[float, float]:
    """Return the longest time within twice the band by trying every pair of samples, and the widest step."""
    times = dense(profile, 250)
    forces = profile.force_at(times)
    longest_s = 0.0
    for first, t_s in enumerate(times):
        rest = forces[first:]
        inside = np.maximum.accumulate(rest) - np.minimum.accumulate(rest) <= 2.0 * band_n
        inside &= np.minimum.accumulate(rest) > slack_n
        longest_s = max(longest_s, times[first + inside.sum() - 1] - t_s) if inside[0] else longest_s
    return longest_s, float(np.diff(times).max())


@settings(max_examples=60)
@given(profiles(curved=False), st.sampled_from([0.0, 8.0, 20.0, 33.0]), st.sampled_from([-1.0, 0.0, 90.0]))
def test_between_straight_lines_the_longest_hold_is_exact(
    profile: Profile, band_n: float, slack_n: float
) -> None:
    profile = plain(profile)
    searched, step_s = searched_s(profile, band_n, slack_n)
    assert searched - 1e-9 <= profile.longest_hold_s(band_n, slack_n) <= searched + 2.0 * step_s + 1e-6


@settings(max_examples=60)
@given(profiles(), st.sampled_from([0.0, 8.0, 20.0, 33.0]), st.sampled_from([-1.0, 0.0, 90.0]))
def test_between_curves_the_longest_hold_is_hardly_too_long(
    profile: Profile, band_n: float, slack_n: float
) -> None:
    profile = plain(profile)
    searched, step_s = searched_s(profile, band_n, slack_n)
    curves = [span.segment.duration_s for span in profile.spans if isinstance(span.segment, SCurve | LogRise)]
    allowed = 2.0 * step_s + 0.12 * max(curves, default=0.0) + 1e-6
    assert searched - 1e-9 <= profile.longest_hold_s(band_n, slack_n) <= searched + allowed


@given(profiles(), st.floats(0.0, 50.0), st.floats(0.0, 50.0))
def test_a_wider_band_never_shortens_the_longest_hold(profile: Profile, one_n: float, other_n: float) -> None:
    narrow, wide = sorted((one_n, other_n))
    slightly = 1e-9 + 0.12 * max(span.segment.duration_s for span in profile.spans)
    assert profile.longest_hold_s(narrow) <= profile.longest_hold_s(wide) + slightly
    assert profile.longest_hold_s(wide, 20.0) <= profile.longest_hold_s(wide) + slightly
    assert profile.longest_hold_s(wide) <= profile.duration_s + 1e-9
