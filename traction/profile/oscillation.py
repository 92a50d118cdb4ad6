"""A small wave laid over a hold: sine, triangle or sawtooth, about the level of the hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traction.errors import Problem
from traction.profile.checks import require, settle

if TYPE_CHECKING:
    from traction.profile.segment import FloatArray

WAVES = ("sine", "triangle", "sawtooth")

SAWTOOTH_FALL = 0.1
"""Part of the period a sawtooth takes for its fall: no wave has an infinite rate."""

MAX_FREQUENCY_HZ = 5.0
"""Highest frequency: ten set-points a period at 50 set-points a second."""

_SAWTOOTH_HALF = (1.0 - SAWTOOTH_FALL) / 2.0
_ROUNDING = 1.0 + 2.0**-50  # 12.5 s at 2.32 Hz is 29 periods; the product is 28.999999999999996


@dataclass(frozen=True, slots=True)
class Oscillation:
    """Describe a wave that starts at zero offset and rises first; ``amplitude_n`` is from centre to crest.

    Raises ProtocolError E280, E281 (numbers) and E283 (unknown wave, or above MAX_FREQUENCY_HZ).
    """

    wave: str
    amplitude_n: float
    frequency_hz: float

    def __post_init__(self) -> None:
        problems = settle(self, positive=("amplitude_n", "frequency_hz"))
        if self.wave not in WAVES:
            expected = " or ".join(WAVES)
            problems.append(Problem("E283", f"wave {self.wave!r}", expected, field="Oscillation.wave"))
        if MAX_FREQUENCY_HZ < self.frequency_hz < math.inf:
            found, expected = f"{self.frequency_hz:g} Hz", f"at most {MAX_FREQUENCY_HZ:g} Hz"
            problems.append(Problem("E283", found, expected, field="Oscillation.frequency_hz"))
        require(problems)

    def whole_periods(self, duration_s: float) -> int:
        """Return how many whole periods fit into ``duration_s``, forgiving the rounding of their product."""
        return math.floor(duration_s * self.frequency_hz * _ROUNDING)

    @property
    def rate_up_n_per_s(self) -> float:
        """Return the steepest rise in N/s."""
        return self.amplitude_n * self.frequency_hz * _STEEPEST_RISE[self.wave]

    @property
    def rate_down_n_per_s(self) -> float:
        """Return the steepest fall in N/s."""
        return self.amplitude_n * self.frequency_hz * _STEEPEST_FALL[self.wave]

    def offset(self, cycles: float) -> float:
        """Return the offset in N after ``cycles`` periods (any number, whole or not)."""
        part = cycles - math.floor(cycles)
        if self.wave == "sine":
            return self.amplitude_n * math.sin(math.tau * part)
        if self.wave == "triangle":
            return self.amplitude_n * _straight(part, 0.25)
        return self.amplitude_n * _straight(part, _SAWTOOTH_HALF)

    def offsets(self, cycles: FloatArray) -> FloatArray:
        """Return the offset in N after each number of periods."""
        import numpy as np

        part = cycles - np.floor(cycles)
        if self.wave == "sine":
            return self.amplitude_n * np.sin(math.tau * part)
        half = 0.25 if self.wave == "triangle" else _SAWTOOTH_HALF
        wave = np.interp(part, [0.0, half, 1.0 - half, 1.0], [0.0, 1.0, -1.0, 0.0])
        return self.amplitude_n * wave

    def mean_above(self, offset_n: float) -> float:
        """Return the mean over one period of max(offset - offset_n, 0), in N.

        Sine: (sqrt(1 - c^2) - c acos c) / pi of the amplitude, c the level over the amplitude. The straight
        waves spend equal time at every level, so theirs is (1 - c)^2 / 4, wherever the crest lies.
        """
        c = offset_n / self.amplitude_n
        if c <= -1.0:
            return -offset_n
        if c >= 1.0:
            return 0.0
        if self.wave == "sine":
            return self.amplitude_n * (math.sqrt((1.0 - c) * (1.0 + c)) - c * math.acos(c)) / math.pi
        return self.amplitude_n * (1.0 - c) ** 2 / 4.0


def _straight(part: float, half: float) -> float:
    """Return a wave of three straight lines: up to 1 at ``half``, down to -1 at 1 - half, up to 0."""
    if part < half:
        return part / half
    if part <= 1.0 - half:
        return (0.5 - part) / (0.5 - half)
    return (part - 1.0) / half


_STEEPEST_RISE = {"sine": math.tau, "triangle": 4.0, "sawtooth": 1.0 / _SAWTOOTH_HALF}
_STEEPEST_FALL = {"sine": math.tau, "triangle": 4.0, "sawtooth": 2.0 / SAWTOOTH_FALL}
