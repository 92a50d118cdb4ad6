"""The ways from one force to another that may rise or fall: a straight line and a raised cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traction.profile.checks import require, settle
from traction.profile.segment import Time, evaluate

if TYPE_CHECKING:
    from traction.profile.segment import FloatArray


@dataclass(frozen=True, slots=True)
class Ramp:
    """Go from one force to the other along a straight line. Raises ProtocolError E280, E281, E282."""

    start_n: float
    end_n: float
    duration_s: float

    def __post_init__(self) -> None:
        require(settle(self, positive=("duration_s",), non_negative=("start_n", "end_n")))

    @property
    def peak_n(self) -> float:
        """Return the higher of both ends, in N."""
        return max(self.start_n, self.end_n)

    @property
    def trough_n(self) -> float:
        """Return the lower of both ends, in N."""
        return min(self.start_n, self.end_n)

    @property
    def rate_up_n_per_s(self) -> float:
        """Return the rate in N/s of a rise; zero for a fall."""
        return max(self.end_n - self.start_n, 0.0) / self.duration_s

    @property
    def rate_down_n_per_s(self) -> float:
        """Return the rate in N/s of a fall; zero for a rise."""
        return max(self.start_n - self.end_n, 0.0) / self.duration_s

    def value(self, t_s: float) -> float:
        """Return the force in N at one time within the ramp (not checked)."""
        return self.start_n + (self.end_n - self.start_n) * (t_s / self.duration_s)

    def values(self, t_s: FloatArray) -> FloatArray:
        """Return the force in N at each time within the ramp (not checked)."""
        return self.start_n + (self.end_n - self.start_n) * (t_s / self.duration_s)

    def force_at(self, t_s: Time) -> Time:
        """Return the force in N at ``t_s`` seconds (scalar or array). Raises E289 outside the ramp."""
        return evaluate(self, t_s)

    def impulse_above(self, level_n: float) -> float:
        """Return the integral of max(force - level_n, 0), in N s: a trapezium or a triangle."""
        if level_n >= self.peak_n:
            return 0.0
        if level_n <= self.trough_n:
            return (self.start_n / 2.0 + self.end_n / 2.0 - level_n) * self.duration_s
        part = (self.peak_n - level_n) / (self.peak_n - self.trough_n)
        return (self.peak_n - level_n) * part * self.duration_s / 2.0

    def time_at(self, force_n: float) -> float:
        """Return when the force is ``force_n``, in s, held to the ends of the ramp."""
        return self.duration_s * part_of_way(self.start_n, self.end_n, force_n)


@dataclass(frozen=True, slots=True)
class SCurve:
    """Go from one force to the other along a raised cosine, level at both ends.

    force = start + (end - start) (1 - cos(pi t/T)) / 2; the steepest rate is pi/2 of the mean one.
    Raises ProtocolError E280, E281, E282.
    """

    start_n: float
    end_n: float
    duration_s: float

    def __post_init__(self) -> None:
        require(settle(self, positive=("duration_s",), non_negative=("start_n", "end_n")))

    @property
    def peak_n(self) -> float:
        """Return the higher of both ends, in N."""
        return max(self.start_n, self.end_n)

    @property
    def trough_n(self) -> float:
        """Return the lower of both ends, in N."""
        return min(self.start_n, self.end_n)

    @property
    def rate_up_n_per_s(self) -> float:
        """Return the steepest rise in N/s, half way; zero for a fall."""
        return math.pi / 2.0 * max(self.end_n - self.start_n, 0.0) / self.duration_s

    @property
    def rate_down_n_per_s(self) -> float:
        """Return the steepest fall in N/s, half way; zero for a rise."""
        return math.pi / 2.0 * max(self.start_n - self.end_n, 0.0) / self.duration_s

    def value(self, t_s: float) -> float:
        """Return the force in N at one time within the curve (not checked)."""
        part = math.sin(
            math.pi / 2.0 * (t_s / self.duration_s)
        )  # sin^2(x/2) = (1 - cos x)/2, without cancelling
        return self.start_n + (self.end_n - self.start_n) * (part * part)

    def values(self, t_s: FloatArray) -> FloatArray:
        """Return the force in N at each time within the curve (not checked)."""
        import numpy as np

        part = np.sin(math.pi / 2.0 * (t_s / self.duration_s))
        return self.start_n + (self.end_n - self.start_n) * (part * part)

    def force_at(self, t_s: Time) -> Time:
        """Return the force in N at ``t_s`` seconds (scalar or array). Raises E289 outside the curve."""
        return evaluate(self, t_s)

    def impulse_above(self, level_n: float) -> float:
        """Return the integral of max(force - level_n, 0), in N s.

        If it crosses the level at the angle a, the integral from a to pi of (cos a - cos x) T/pi dF/2.
        """
        if level_n >= self.peak_n:
            return 0.0
        if level_n <= self.trough_n:
            return (self.start_n / 2.0 + self.end_n / 2.0 - level_n) * self.duration_s
        rise_n = self.peak_n - self.trough_n
        angle = 2.0 * math.asin(math.sqrt((level_n - self.trough_n) / rise_n))
        area = math.cos(angle) * (math.pi - angle) + math.sin(angle)
        return rise_n / 2.0 * self.duration_s / math.pi * max(area, 0.0)

    def time_at(self, force_n: float) -> float:
        """Return when the force is ``force_n``, in s, held to the ends of the curve."""
        part = part_of_way(self.start_n, self.end_n, force_n)
        return self.duration_s * min(2.0 / math.pi * math.asin(math.sqrt(part)), 1.0)


def part_of_way(start_n: float, end_n: float, force_n: float) -> float:
    """Return how much of the way from start to end ``force_n`` is, held to 0 .. 1; 0 when there is no way."""
    way = end_n - start_n
    return min(max((force_n - start_n) / way, 0.0), 1.0) if way else 0.0
