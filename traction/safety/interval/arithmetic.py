"""Numbers that are known to lie between two floats; every operation rounds its ends outwards.

Addition, subtraction, multiplication and division of floats are correctly rounded (IEEE 754), so one step
outwards encloses the exact result. The library's sine and logarithms are within about one unit in the last
place (glibc manual, "Errors in Math Functions"); more than four are allowed for.
"""

from __future__ import annotations

import math
from typing import Final

_INF: Final = math.inf
_LIBRARY: Final = 1e-15
_TINY: Final = 1e-300

_TOPS: Final = (math.pi / 2.0, math.pi / 2.0 + math.tau)
_BOTTOM: Final = 3.0 * math.pi / 2.0
"""Where the sine turns. Their rounding does not matter: so near to them it is 1 or -1 to the last place."""


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
        a, b = math.sin(self.lo), math.sin(self.hi)
        out = _outwards(min(a, b), max(a, b))
        top = any(self.lo <= top <= self.hi for top in _TOPS)
        bottom = self.lo <= _BOTTOM <= self.hi
        return Interval(-1.0 if bottom else max(out.lo, -1.0), 1.0 if top else min(out.hi, 1.0))


PI: Final = Interval(math.nextafter(math.pi, -_INF), math.nextafter(math.pi, _INF))


def _outwards(lo: float, hi: float) -> Interval:
    return Interval(lo - abs(lo) * _LIBRARY - _TINY, hi + abs(hi) * _LIBRARY + _TINY)
