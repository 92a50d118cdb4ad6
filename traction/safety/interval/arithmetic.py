"""Numbers that are known to lie between two floats; every operation rounds its ends outwards.

Addition, subtraction, multiplication and division of floats are correctly rounded (IEEE 754), so one step
outwards encloses the exact result. The library's sin, cos, log1p and log are within a few units in the last
place; four steps outwards are taken for them.
"""

from __future__ import annotations

import math
from typing import Final

_INF: Final = math.inf
_LIBRARY_STEPS: Final = 4


class Interval:
    """A closed range ``lo``..``hi`` of real numbers that certainly holds the true value."""

    __slots__ = ("hi", "lo")

    def __init__(self, lo: float, hi: float | None = None) -> None:
        self.lo = lo
        self.hi = lo if hi is None else hi

    @property
    def width(self) -> float:
        """Return the distance between the ends."""
        return self.hi - self.lo

    def __add__(self, other: Interval) -> Interval:
        return Interval(math.nextafter(self.lo + other.lo, -_INF), math.nextafter(self.hi + other.hi, _INF))

    def __sub__(self, other: Interval) -> Interval:
        return Interval(math.nextafter(self.lo - other.hi, -_INF), math.nextafter(self.hi - other.lo, _INF))

    def __mul__(self, other: Interval) -> Interval:
        a, b, c, d = self.lo * other.lo, self.lo * other.hi, self.hi * other.lo, self.hi * other.hi
        return Interval(math.nextafter(min(a, b, c, d), -_INF), math.nextafter(max(a, b, c, d), _INF))

    def __truediv__(self, other: Interval) -> Interval:
        """Divide by an interval that lies wholly above zero; ZeroDivisionError otherwise."""
        if not other.lo > 0.0:
            raise ZeroDivisionError(f"division by {other!r}")
        a, b, c, d = self.lo / other.lo, self.lo / other.hi, self.hi / other.lo, self.hi / other.hi
        return Interval(math.nextafter(min(a, b, c, d), -_INF), math.nextafter(max(a, b, c, d), _INF))

    def __repr__(self) -> str:
        return f"Interval({self.lo!r}, {self.hi!r})"

    def hull(self, other: Interval) -> Interval:
        """Return the smallest interval that holds both."""
        return Interval(min(self.lo, other.lo), max(self.hi, other.hi))

    def above(self, level: float) -> Interval:
        """Return the enclosure of max(x - level, 0)."""
        lo, hi = math.nextafter(self.lo - level, -_INF), math.nextafter(self.hi - level, _INF)
        return Interval(max(lo, 0.0), max(hi, 0.0))

    def log(self) -> Interval:
        """Return the enclosure of the natural logarithm; the interval lies above zero."""
        return _outwards(math.log(self.lo), math.log(self.hi))

    def log1p(self) -> Interval:
        """Return the enclosure of ln(1 + x); the interval lies above -1."""
        return _outwards(math.log1p(self.lo), math.log1p(self.hi))

    def sin(self) -> Interval:
        """Return the enclosure of the sine, for angles between -1 and 10 rad (more than one turn)."""
        ends = sorted((math.sin(self.lo), math.sin(self.hi)))
        lo, hi = ends
        if _meets(self, math.pi / 2.0):
            hi = 1.0
        if _meets(self, 3.0 * math.pi / 2.0):
            lo = -1.0
        out = _outwards(lo, hi)
        return Interval(max(out.lo, -1.0), min(out.hi, 1.0))


PI: Final = Interval(math.nextafter(math.pi, -_INF), math.nextafter(math.pi, _INF))


def _outwards(lo: float, hi: float) -> Interval:
    for _ in range(_LIBRARY_STEPS):
        lo, hi = math.nextafter(lo, -_INF), math.nextafter(hi, _INF)
    return Interval(lo, hi)


def _meets(angle: Interval, extremum: float) -> bool:
    """Say whether the angle, give or take rounding, comes by an extremum of the first or second turn."""
    near = 1e-15 * 10.0
    return any(angle.lo - near <= extremum + turn <= angle.hi + near for turn in (0.0, math.tau))
