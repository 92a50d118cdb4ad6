"""Curved forces as knots joined by straight lines, closer than 0.01 N."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from traction.profile.curves import Ramp
from traction.profile.hold import Hold
from traction.profile.oscillation import SAWTOOTH_FALL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.profile.oscillation import Oscillation
    from traction.profile.profile import Profile
    from traction.profile.segment import Segment

    Floats = NDArray[np.float64]

CLOSE_N = 0.005
"""How far a chord may be from its curve: half of what is promised, for it is tried at some points only."""

MAX_HALVINGS = 24


def sine_knots(duration_s: float, frequency_hz: float, amplitude: float) -> tuple[Floats, Floats]:
    """Return times in s from 0 to ``duration_s`` and a sine of one there, so dense that the chords are close.

    A chord over the angle x misses the sine by x^2 / 8 of the amplitude at most.
    """
    a_turn = max(math.ceil(math.tau / math.sqrt(8.0 * CLOSE_N / max(amplitude, CLOSE_N))), 8)
    count = max(math.ceil(duration_s * frequency_hz * a_turn), 1)
    times = np.append(np.arange(count) / (frequency_hz * a_turn), duration_s)
    return times, np.sin(math.tau * frequency_hz * times)


def profile_knots(profile: Profile) -> tuple[Floats, Floats]:
    """Return the times in s and forces in N of the knots of a whole profile."""
    times, forces = [np.zeros(1)], [np.array([profile.spans[0].segment.start_n])]
    for span in profile.spans:
        at = _knots(span.segment)
        times.append(span.start_s + at[1:])
        forces.append(span.segment.values(at[1:]))
    return np.concatenate(times), np.concatenate(forces)


def _knots(segment: Segment) -> Floats:
    end = segment.duration_s
    if isinstance(segment, Ramp):
        return np.array([0.0, end])
    if isinstance(segment, Hold):
        return _wave_knots(segment.oscillation, end)
    at = np.linspace(0.0, end, 9)
    for _ in range(MAX_HALVINGS):
        values = segment.values(at)
        parts = [at[:-1] + share * np.diff(at) for share in (0.25, 0.5, 0.75)]
        chords = [values[:-1] + share * np.diff(values) for share in (0.25, 0.5, 0.75)]
        far = np.zeros(at.size - 1, dtype=bool)
        for part, chord in zip(parts, chords, strict=True):
            far |= np.abs(segment.values(part) - chord) > CLOSE_N
        if not far.any():
            break
        at = np.sort(np.concatenate((at, parts[1][far])))
    return at


def _wave_knots(wave: Oscillation | None, duration_s: float) -> Floats:
    if wave is None:
        return np.array([0.0, duration_s])
    periods = wave.whole_periods(duration_s)
    wave_s = min(periods / wave.frequency_hz, duration_s)
    if wave.wave == "sine":
        at, _ = sine_knots(wave_s, wave.frequency_hz, wave.amplitude_n)
    else:
        crest = 0.25 if wave.wave == "triangle" else (1.0 - SAWTOOTH_FALL) / 2.0
        within = np.array([0.0, crest, 1.0 - crest])
        at = np.append((np.arange(periods)[:, None] + within).ravel() / wave.frequency_hz, wave_s)
    return at if wave_s == duration_s else np.append(at, duration_s)
