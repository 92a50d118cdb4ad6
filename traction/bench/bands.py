"""The bands that figures are held against, each with the place it comes from.

Force and time: YY 0697-2008 (China, traction equipment), the same rule quoted in JJF (Shaan) 092-2022. Stop,
overload and clock: the list by which a testing laboratory checks such tables (yjssi.com). The way to slack is
the project's own limit.
"""

from __future__ import annotations

from typing import Final

from traction.bench.tolerance import standard

TIME_BAND_S: Final = 30.0
"""A time may be off by so much (YY 0697-2008)."""

CLOCK_BAND_S_PER_H: Final = 5.0
STOP_RESPONSE_MS: Final = 500.0
OVERLOAD_SHARE: Final = 0.15

STOP_FORCE_N: Final = 500.0
"""The daily stop check of a common table pulls with 500 N (Enraf Eltrac 471)."""

STOP_SHARE: Final = 500.0 / 900.0
"""Where a region allows less than 900 N, the same share of what it allows."""

WIDE_N: Final = 900.0
LEVELS_N: Final = (20.0, 50.0, 100.0, 200.0, 210.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0)
"""Levels of the sweep for a region of 900 N: both sides of the corner, and up to what common tables reach."""

LEVELS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Levels of the sweep as shares of the limit, for a region that allows less."""

LEASE_MS: Final = 250.0
TICKS_MS: Final = 60.0
"""What is seen of an event from outside may come later than it by two samples and one tick."""


def force_band_n(target_n: float) -> float:
    """Return how far a force may be from ``target_n``, both in N: ``hardware/tolerances/yy-0697.toml``."""
    return standard().force.band_n(target_n)


def stop_force_n(limit_n: float) -> float:
    """Return the force of the stop check under a force limit, in N."""
    return float(min(STOP_FORCE_N, int(STOP_SHARE * limit_n)))


def levels_n(limit_n: float, reach_n: float) -> tuple[float, ...]:
    """Return the rising levels of the sweep in N, under a force limit and no higher than ``reach_n``."""
    known = LEVELS_N if limit_n >= WIDE_N else tuple(float(round(share * limit_n)) for share in LEVELS)
    return tuple(level for level in known if level <= reach_n)
