"""The logarithmic rise: steep at first, ever flatter towards the maximum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traction.errors import Problem
from traction.profile.checks import require, settle
from traction.profile.curves import part_of_way
from traction.profile.segment import Time, evaluate

if TYPE_CHECKING:
    from traction.profile.segment import FloatArray

MIN_SHARPNESS, MAX_SHARPNESS = 0.01, 1e6
"""A sharpness of 0.01 is a straight line to a quarter of a percent; above 1e6 the rise is a step."""


@dataclass(frozen=True, slots=True)
class LogRise:
    """Rise along a logarithm, quickly at first: force = start + (end - start) ln(1 + k t/T) / ln(1 + k).

    ``sharpness`` is k. The pull disclosed for decompression tables (US patent 6 039 737) rises so above a
    knee. Raises ProtocolError E280, E281, E282 (numbers), E285 (it falls, or an extreme sharpness).
    """

    start_n: float
    end_n: float
    duration_s: float
    sharpness: float = 9.0

    def __post_init__(self) -> None:
        problems = settle(self, positive=("duration_s", "sharpness"), non_negative=("start_n", "end_n"))
        if not problems and not self.start_n <= self.end_n:
            found = f"from {self.start_n:g} N to {self.end_n:g} N"
            problems.append(Problem("E285", found, "an end not below the start", field="LogRise.end_n"))
        if not problems and not MIN_SHARPNESS <= self.sharpness <= MAX_SHARPNESS:
            expected = f"{MIN_SHARPNESS:g} to {MAX_SHARPNESS:g}"
            problems.append(Problem("E285", f"{self.sharpness:g}", expected, field="LogRise.sharpness"))
        require(problems)

    @property
    def peak_n(self) -> float:
        """Return the force at the end, in N."""
        return self.end_n

    @property
    def trough_n(self) -> float:
        """Return the force at the start, in N."""
        return self.start_n

    @property
    def rate_up_n_per_s(self) -> float:
        """Return the steepest rise in N/s, at the start."""
        slope = self.sharpness / math.log1p(self.sharpness)
        return (self.end_n - self.start_n) * slope / self.duration_s

    @property
    def rate_down_n_per_s(self) -> float:
        """Return 0: it never falls."""
        return 0.0

    def value(self, t_s: float) -> float:
        """Return the force in N at one time within the rise (not checked)."""
        k = self.sharpness
        part = math.log1p(k * (t_s / self.duration_s)) / math.log1p(k)
        return self.start_n + (self.end_n - self.start_n) * part

    def values(self, t_s: FloatArray) -> FloatArray:
        """Return the force in N at each time within the rise (not checked)."""
        import numpy as np

        part = np.log1p(self.sharpness * (t_s / self.duration_s)) / math.log1p(self.sharpness)
        return self.start_n + (self.end_n - self.start_n) * part

    def force_at(self, t_s: Time) -> Time:
        """Return the force in N at ``t_s`` seconds (scalar or array). Raises E289 outside the rise."""
        return evaluate(self, t_s)

    def impulse_above(self, level_n: float) -> float:
        """Return the integral of max(force - level_n, 0), in N s.

        With r = ln(1 + k) (1 - part of the way at which it crosses), the integral from there to the end is
        T dF (1 + k) / (k ln(1 + k)) (r + exp(-r) - 1).
        """
        if level_n >= self.end_n:
            return 0.0
        k, log_k = self.sharpness, math.log1p(self.sharpness)
        rise_n = self.end_n - self.start_n
        left = log_k * (1.0 - part_of_way(self.start_n, self.end_n, level_n))
        area = (1.0 + k) / (k * log_k) * (left + math.expm1(-left))
        return (rise_n * area + max(self.start_n - level_n, 0.0)) * self.duration_s

    def time_at(self, force_n: float) -> float:
        """Return when the force is ``force_n``, in s, held to the ends of the rise."""
        part = part_of_way(self.start_n, self.end_n, force_n)
        if part == 1.0:
            return self.duration_s  # not a rounding before it
        return self.duration_s * min(math.expm1(part * math.log1p(self.sharpness)) / self.sharpness, 1.0)
