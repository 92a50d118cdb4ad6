"""The figures of a profile in closed form, from its exact properties: the first of the two routines."""

from __future__ import annotations

from collections.abc import Callable

from traction.profile.oscillation import SAWTOOTH_FALL
from traction.profile.profile import Profile
from traction.profile.segments import Hold, Segment
from traction.profile.spans import Span
from traction.safety.figures import Figure, WorstCase
from traction.safety.release import release_paths

_CREST = {"sine": 0.25, "triangle": 0.25, "sawtooth": (1.0 - SAWTOOTH_FALL) / 2.0}
"""Part of a period from the start of a wave to its crest."""


def closed_form(profile: Profile, case: WorstCase) -> dict[str, Figure]:
    """Return every figure by name, in the unit of its limit (N, N/s, s, N s, mm), with the time it occurs.

    The force and the time to slack rise together, so both are worst at the peak of the profile.
    """
    peak = _largest(profile, lambda segment: segment.peak_n, _time_of_peak)
    back_drivable, self_locking = (path.time_to_slack_s(peak.value) for path in release_paths(case))
    travel_mm = peak.value / case.softest_n_per_mm + case.slack_travel_mm
    session_s = case.take_up_timeout_s + profile.duration_s + max(back_drivable, self_locking)
    return {
        "peak_force": peak,
        "rate_up": _largest(profile, lambda segment: segment.rate_up_n_per_s, _time_of_start),
        "rate_down": _largest(profile, lambda segment: segment.rate_down_n_per_s, _time_of_start),
        "longest_hold": Figure(profile.longest_hold_s(case.hold_band_n, case.slack_n)),
        "session_duration": Figure(session_s),
        "impulse": Figure(profile.impulse_n_s),
        "travel": Figure(travel_mm, peak.at_s),
        "release_back_drivable": Figure(back_drivable, peak.at_s),
        "release_self_locking": Figure(self_locking, peak.at_s),
    }


def _largest(profile: Profile, figure: Callable[[Segment], float], when: Callable[[Span], float]) -> Figure:
    span = max(profile.spans, key=lambda span: figure(span.segment))
    return Figure(figure(span.segment), when(span))


def _time_of_start(span: Span) -> float:
    return span.start_s


def _time_of_peak(span: Span) -> float:
    """Return when a span first reaches its peak; every segment but a wave is highest at one of its ends."""
    segment = span.segment
    if segment.start_n >= segment.peak_n:
        return span.start_s
    wave = segment.oscillation if isinstance(segment, Hold) else None
    if wave is not None:
        return span.start_s + _CREST[wave.wave] / wave.frequency_hz
    return span.end_s
