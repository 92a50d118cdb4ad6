"""The load cells against known weights: a straight line for each cell, and how well it fits.

What is found here is kept by the host and used by the checks and their report. The controller's own readings
are not altered by it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from traction.errors import Problem, RefusedError

LEAST_WEIGHTS: Final = 3
RESIDUAL_SHARE: Final = 0.01
LEAST_RESIDUAL_N: Final = 2.0
"""A reading may lie so far from its line: a tenth of the narrowest band of YY 0697, or two counts of 1 N."""

GAIN_BAND: Final = 0.05
"""A cell that is off by more than this is wired or set up wrongly, or the weights are not what they say."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The line of one cell, reading = offset + gain x force, and its worst misses in N.

    ``residual_n`` is the largest distance of a reading from the line, ``hysteresis_n`` the largest difference
    between the two readings of one weight, going up and going down.
    """

    gain: float
    offset_n: float
    residual_n: float
    hysteresis_n: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a span has found: ``fits`` of cells A and B under ``weights_n``, up and then down.

    ``limit_n`` is how far a reading may lie from its line. ``date`` is a label in UTC.
    """

    date: str
    operator: str
    weights_n: tuple[float, ...]
    readings_n: tuple[tuple[float, float], ...]
    fits: tuple[Fit, Fit]
    limit_n: float

    @property
    def wrong(self) -> tuple[str, ...]:
        """Say what speaks against it, nothing when it is good."""
        found = []
        for name, fit in zip("AB", self.fits, strict=True):
            if not abs(fit.gain - 1.0) <= GAIN_BAND:
                found.append(f"cell {name}: the slope is {fit.gain:.4f}, of 0.95 to 1.05")
            for what, value in (("residual", fit.residual_n), ("hysteresis", fit.hysteresis_n)):
                if not value <= self.limit_n:
                    found.append(f"cell {name}: the {what} is {value:.2f} N, of at most {self.limit_n:.2f} N")
        return tuple(found)

    @property
    def passed(self) -> bool:
        """Say whether the cells can be trusted."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Zero:
    """What the unloaded cells read, in N, and when."""

    date: str
    operator: str
    a_n: float
    b_n: float


def span(
    weights_n: Sequence[float], readings_n: Sequence[tuple[float, float]], *, date: str, operator: str
) -> Calibration:
    """Return the calibration of readings under weights that went up and down again.

    Raises RefusedError E553 for fewer than three weights, and where up and down are not the same weights.
    """
    known = sorted(set(weights_n))
    if len(known) < LEAST_WEIGHTS or not all(math.isfinite(one) for one in weights_n):
        raise RefusedError(Problem("E553", f"{len(known)} different weights", f"at least {LEAST_WEIGHTS}"))
    if sorted(weights_n) != sorted(known + known):
        raise RefusedError(
            Problem("E553", "weights that were not read going up and going down", "each twice")
        )
    fits = [_fit(weights_n, [pair[cell] for pair in readings_n]) for cell in (0, 1)]
    limit_n = max(LEAST_RESIDUAL_N, RESIDUAL_SHARE * max(known))
    return Calibration(date, operator, tuple(weights_n), tuple(readings_n), (fits[0], fits[1]), limit_n)


def _fit(weights_n: Sequence[float], readings_n: Sequence[float]) -> Fit:
    """Return the line of least squares through (weight, reading)."""
    count = len(weights_n)
    mean_w, mean_r = sum(weights_n) / count, sum(readings_n) / count
    spread = sum((weight - mean_w) ** 2 for weight in weights_n)
    pairs = list(zip(weights_n, readings_n, strict=True))
    gain = sum((weight - mean_w) * (reading - mean_r) for weight, reading in pairs) / spread
    offset = mean_r - gain * mean_w
    residual = max(abs(reading - offset - gain * weight) for weight, reading in pairs)
    by_weight: dict[float, list[float]] = {}
    for weight, reading in pairs:
        by_weight.setdefault(weight, []).append(reading)
    hysteresis = max(max(seen) - min(seen) for seen in by_weight.values())
    return Fit(gain, offset, residual, hysteresis)


def with_zero(calibration: Calibration | None, zero: Zero | None) -> Calibration | None:
    """Return the calibration with the offsets of a zero that is newer than it."""
    if calibration is None or zero is None or zero.date <= calibration.date:
        return calibration
    a, b = calibration.fits
    fits = (
        Fit(a.gain, zero.a_n, a.residual_n, a.hysteresis_n),
        Fit(b.gain, zero.b_n, b.residual_n, b.hysteresis_n),
    )
    return Calibration(
        calibration.date,
        calibration.operator,
        calibration.weights_n,
        calibration.readings_n,
        fits,
        calibration.limit_n,
    )
