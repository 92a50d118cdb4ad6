"""The force of each segment as enclosures, written from the definitions of the shapes and their fields alone.

A part is a stretch of unit parameter u between ``low`` and ``high``; ``scale_s`` is how many seconds one
unit takes. A wave is cut at its corners and stands for all its periods by ``repeats``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from traction.errors import Problem, RefusedError
from traction.profile.oscillation import SAWTOOTH_FALL, Oscillation
from traction.profile.segments import Hold, LogRise, Ramp, SCurve
from traction.safety.interval.arithmetic import PI, Interval

Function = Callable[[Interval], Interval]

LIFT_N: Final = 1e-5
"""Just above slack: more than the rounding that may count either way, and nothing to a harness."""

_ZERO: Final = Interval(0.0)
_ONE: Final = Interval(1.0)
_TWO: Final = Interval(2.0)
_FORGIVEN: Final = Interval(1.0 + 2.0**-50)
"""A product of duration and frequency this little below a whole number counts as that many periods."""


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a segment: force in N and slope in N per unit over ``low``..``high``, repeated."""

    force: Function
    slope: Function
    low: float
    high: float
    scale_s: Interval
    repeats: int = 1
    level: bool = False  # the slope is zero, exactly


def parts_of(segment: object) -> tuple[Part, ...]:
    """Return the parts of a segment; RefusedError E322 for a shape this routine was not written for."""
    if isinstance(segment, Ramp):
        return (_ramp(segment.start_n, segment.end_n, segment.duration_s),)
    if isinstance(segment, SCurve):
        return (_curve(segment.start_n, segment.end_n, segment.duration_s),)
    if isinstance(segment, LogRise):
        return (_log_rise(segment),)
    if isinstance(segment, Hold):
        return _hold(segment)
    raise RefusedError(
        Problem("E322", f"a segment of type {type(segment).__name__}", "a shape that can be proved")
    )


def plain_part(segment: object, slack_n: float) -> Part:
    """Return the one part of a segment with any wave left out, as the hold timer's bound counts it; E322.

    A hold at or below slack whose wave reaches above it counts as held just above slack.
    """
    if isinstance(segment, Hold):
        level_n, wave = segment.force_n, segment.oscillation
        if wave is not None and level_n <= slack_n < level_n + wave.amplitude_n:
            level_n = slack_n + LIFT_N
        return _level(level_n, Interval(segment.duration_s))
    (part,) = parts_of(segment)
    return part


def _level(force_n: float, duration_s: Interval) -> Part:
    force = Interval(force_n)
    return Part(lambda _: force, lambda _: _ZERO, 0.0, 1.0, duration_s, level=True)


def _ramp(start_n: float, end_n: float, duration_s: float) -> Part:
    start, way = Interval(start_n), Interval(end_n) - Interval(start_n)
    return Part(lambda u: start + way * u, lambda _: way, 0.0, 1.0, Interval(duration_s))


def _curve(start_n: float, end_n: float, duration_s: float) -> Part:
    """Return the raised cosine: start + way (1 - cos(pi u)) / 2, with cos(x) = sin(x + pi/2)."""
    start, way = Interval(start_n), Interval(end_n) - Interval(start_n)
    half_way, quarter = way / _TWO, PI / _TWO
    return Part(
        lambda u: start + half_way * (_ONE - (PI * u + quarter).sin()),
        lambda u: half_way * PI * (PI * u).sin(),
        0.0,
        1.0,
        Interval(duration_s),
    )


def _log_rise(segment: LogRise) -> Part:
    """Return the logarithmic rise: start + way ln(1 + k u) / ln(1 + k)."""
    start, way = Interval(segment.start_n), Interval(segment.end_n) - Interval(segment.start_n)
    k = Interval(segment.sharpness)
    per_log = way / k.log1p()
    return Part(
        lambda u: start + per_log * (k * u).log1p(),
        lambda u: per_log * (k / (_ONE + k * u)),
        0.0,
        1.0,
        Interval(segment.duration_s),
    )


def _hold(segment: Hold) -> tuple[Part, ...]:
    wave, duration = segment.oscillation, Interval(segment.duration_s)
    if wave is None:
        return (_level(segment.force_n, duration),)
    period = _ONE / Interval(wave.frequency_hz)
    periods = math.floor((duration * Interval(wave.frequency_hz) * _FORGIVEN).hi)
    rest = duration - period * Interval(float(periods))
    plain = _level(segment.force_n, Interval(max(rest.lo, 0.0), max(rest.hi, 0.0)))
    return (*_wave(segment.force_n, wave, period, periods), plain)


def _wave(level_n: float, wave: Oscillation, period: Interval, periods: int) -> tuple[Part, ...]:
    level, amplitude = Interval(level_n), Interval(wave.amplitude_n)
    if wave.wave == "sine":
        turn = _TWO * PI
        quarter = PI / _TWO
        return (
            Part(
                lambda u: level + amplitude * (turn * u).sin(),
                lambda u: amplitude * turn * (turn * u + quarter).sin(),
                0.0,
                1.0,
                period,
                periods,
            ),
        )
    crest = {"triangle": 0.25, "sawtooth": (1.0 - SAWTOOTH_FALL) / 2.0}.get(wave.wave)
    if crest is None:
        raise RefusedError(Problem("E322", f"a wave {wave.wave!r}", "a wave that can be proved"))
    corners = ((0.0, 0.0), (crest, 1.0), (1.0 - crest, -1.0), (1.0, 0.0))
    return tuple(
        _line(level, amplitude, before, after, period, periods) for before, after in pairwise(corners)
    )


def _line(
    level: Interval,
    amplitude: Interval,
    before: tuple[float, float],
    after: tuple[float, float],
    period: Interval,
    periods: int,
) -> Part:
    """Return one straight side of a wave between two corners (part of the period, offset in amplitudes)."""
    start = level + amplitude * Interval(before[1])
    length = Interval(after[0]) - Interval(before[0])
    slope = amplitude * Interval(after[1] - before[1]) / length
    begin = Interval(before[0])
    return Part(lambda u: start + slope * (u - begin), lambda _: slope, before[0], after[0], period, periods)
