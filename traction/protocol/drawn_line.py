"""The line a profile is drawn with: it goes to levels, holds them, and keeps time in whole microseconds.

Whole microseconds make the start of every span exact however many there are, and a way that follows a rate is
rounded up to the next one, so that the rate stated is never exceeded, not by the last bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve, Segment
from traction.profile.spans import Span

LOG_SHARPNESS: Final = 9.0
"""k of the logarithmic rise: it starts 3.9 times as steep as its mean and ends 0.39 times as steep."""

SAME_N: Final = 1e-9
"""Levels nearer than this are one level; a profile joins its spans to the same tolerance."""

ASK: Final = "ask"
"""The kind of a span in which a level is held for a person; the clock stands, as in a pre-tension."""

_LOG_SLOPE: Final = LOG_SHARPNESS / math.log1p(LOG_SHARPNESS)


class Way(NamedTuple):
    """How to go from level to level: by rates (N/s) in a shape; ``knee`` is for the shape log."""

    rate_up: float
    rate_down: float
    shape: Literal["linear", "s-curve", "log"] = "linear"
    knee: float | None = None


class Leg(NamedTuple):
    """One segment and its time in whole microseconds."""

    segment: Segment
    time_us: int


class Label(NamedTuple):
    """What the spans drawn next belong to."""

    phase: int
    name: str
    cycle: int
    counts_moving: bool


def whole_us(time_s: float) -> int:
    """Return a time in whole microseconds, the resolution of times here."""
    return round(time_s * 1e6)


@dataclass(slots=True)
class Line:
    """Draw spans one after the other, from a level at time zero."""

    level_n: float
    spans: list[Span] = field(default_factory=list)
    at_us: int = 0
    clock_us: int = 0
    _legs: dict[tuple[float, float, Way | int], tuple[Leg, ...]] = field(default_factory=dict)
    _holds: dict[tuple[float, int, str, Oscillation | None], Hold] = field(default_factory=dict)

    def plan(self, to_n: float, way: Way) -> tuple[Leg, ...]:
        """Return the legs from the present level to ``to_n`` by the rates of ``way``; none if it is there."""
        key = (self.level_n, to_n, way)
        if key not in self._legs:
            self._legs[key] = _legs_by_rate(*key)
        return self._legs[key]

    def plan_timed(self, to_n: float, time_us: int, way: Way) -> tuple[Leg, ...]:
        """Return the legs from the present level to ``to_n`` that take ``time_us`` in all."""
        return _legs_by_time(self.level_n, to_n, time_us, way)

    def go(self, to_n: float, legs: tuple[Leg, ...], label: Label, kind: str = "") -> None:
        """Draw ``legs``, planned from the present level; ``kind`` defaults to their direction."""
        shown = kind or ("ramp_up" if to_n > self.level_n else "ramp_down")
        for leg in legs:
            self._draw(leg.segment, leg.time_us, shown, label, label.counts_moving)
        self.level_n = to_n

    def hold(
        self, time_us: int, kind: str, label: Label, mode: str = "force", wave: Oscillation | None = None
    ) -> None:
        """Stay at the present level, with ``wave`` over it; nothing for no time."""
        if time_us <= 0:
            return
        key = (self.level_n, time_us, mode, wave)
        if key not in self._holds:
            self._holds[key] = Hold(self.level_n, time_us / 1e6, wave, mode)
        counts = kind not in ("pretension", ASK)
        self._draw(self._holds[key], time_us, kind, label, counts)

    def _draw(self, segment: Segment, time_us: int, kind: str, label: Label, counts: bool) -> None:
        span = Span(segment, self.at_us / 1e6, kind, label.phase, label.name, label.cycle, counts)
        self.spans.append(span)
        self.at_us += time_us
        if counts:
            self.clock_us += time_us


def time_of(legs: tuple[Leg, ...]) -> int:
    """Return the time legs take, in whole microseconds."""
    return sum(leg.time_us for leg in legs)


def _legs_by_rate(from_n: float, to_n: float, way: Way) -> tuple[Leg, ...]:
    rise_n = to_n - from_n
    if abs(rise_n) <= SAME_N:
        return ()
    if rise_n > 0 and way.shape == "log" and way.knee is not None:
        knee_n = from_n + rise_n * way.knee
        straight = _leg("linear", from_n, knee_n, way.rate_up)
        return (straight, _leg("log", knee_n, to_n, way.rate_up))
    rate = way.rate_up if rise_n > 0 else way.rate_down
    return (_leg("s-curve" if way.shape == "s-curve" else "linear", from_n, to_n, rate),)


def _leg(shape: str, from_n: float, to_n: float, rate: float) -> Leg:
    """Return the quickest leg of whole microseconds that is nowhere steeper than ``rate``."""
    steepness = {"linear": 1.0, "s-curve": math.pi / 2.0, "log": _LOG_SLOPE}[shape]
    time_us = max(round(abs(to_n - from_n) * steepness / rate * 1e6), 1)
    while True:
        segment = _segment(shape, from_n, to_n, time_us)
        if max(segment.rate_up_n_per_s, segment.rate_down_n_per_s) <= rate:
            return Leg(segment, time_us)
        time_us += 1


def _segment(shape: str, from_n: float, to_n: float, time_us: int) -> Segment:
    if shape == "log":
        return LogRise(from_n, to_n, time_us / 1e6, LOG_SHARPNESS)
    if shape == "s-curve":
        return SCurve(from_n, to_n, time_us / 1e6)
    return Ramp(from_n, to_n, time_us / 1e6)


def _legs_by_time(from_n: float, to_n: float, time_us: int, way: Way) -> tuple[Leg, ...]:
    """Return legs that take ``time_us``; above a knee the logarithm starts as steep as the line below it."""
    rise_n = to_n - from_n
    if abs(rise_n) <= SAME_N:
        return ()
    if rise_n > 0 and way.shape == "log" and way.knee is not None:
        knee_n = from_n + rise_n * way.knee
        part = way.knee / (way.knee + (1.0 - way.knee) * _LOG_SLOPE)
        straight_us = min(max(round(time_us * part), 1), time_us - 1)
        straight = Leg(Ramp(from_n, knee_n, straight_us / 1e6), straight_us)
        log_us = time_us - straight_us
        return (straight, Leg(LogRise(knee_n, to_n, log_us / 1e6, LOG_SHARPNESS), log_us))
    shape = "s-curve" if way.shape == "s-curve" else "linear"
    return (Leg(_segment(shape, from_n, to_n, time_us), time_us),)
