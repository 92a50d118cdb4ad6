"""The largest value and the integral of a function, enclosed by cutting its domain where it matters."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappush, heapreplace
from typing import Final

from traction.safety.interval.arithmetic import Interval

Function = Callable[[Interval], Interval]

SUP_TOLERANCE: Final = 1e-9
"""The largest value is enclosed to this part of itself (plus this much)."""

INTEGRAL_TOLERANCE: Final = 1e-4
"""An integral is enclosed to this part of highest value x length; more only where that is nothing."""

_NOTHING: Final = 1e-3
"""Below this height of a function its integral is not sharpened: a millinewton over rest is no dose."""

_MAX_CUTS: Final = 4000
"""A function that needs more cuts is left with a wide enclosure, which the caller refuses."""

_EIGHTH: Final = 0.125

_TOUCH: Final = 1e-9
"""A function that dips below the level by no more than this counts as above it; the doubt includes it."""


def largest(function: Function, low: float, high: float) -> Interval:
    """Enclose the largest value over low..high: known reached below, certainly not passed above."""
    reached = max(function(Interval(low)).lo, function(Interval(high)).lo)
    pieces = [(-function(Interval(low, high)).hi, low, high)]  # a heap: the highest bound comes first
    for _ in range(_MAX_CUTS):
        below, begin, end = pieces[0]
        if -below - reached <= SUP_TOLERANCE * (1.0 + abs(below)):
            break
        middle = begin + (end - begin) / 2.0
        reached = max(reached, function(Interval(middle)).lo)
        heapreplace(pieces, (-function(Interval(begin, middle)).hi, begin, middle))
        heappush(pieces, (-function(Interval(middle, end)).hi, middle, end))
    return Interval(reached, -pieces[0][0])


def integral_above(function: Function, slope: Function, level: float, low: float, high: float) -> Interval:
    """Enclose the integral of max(function - level, 0) over low..high, per unit of its parameter.

    Where the function lies above the level: length x (value at the middle - level), give or take length^2 /
    8 x (largest slope - smallest slope), by the mean value theorem on each half. Elsewhere: length x range.
    """
    allowed = INTEGRAL_TOLERANCE * (function(Interval(low, high)).above(level).hi + _NOTHING)
    total = Interval(0.0)
    waiting = [(low, high)]
    cuts = 0
    while waiting:
        begin, end = waiting.pop()
        piece = _piece_above(function, slope, level, begin, end)
        if piece.width > allowed * (end - begin) and cuts < _MAX_CUTS:
            cuts += 1
            middle = begin + (end - begin) / 2.0
            waiting += [(begin, middle), (middle, end)]
        else:
            total = total + piece
    return total


def _piece_above(function: Function, slope: Function, level: float, begin: float, end: float) -> Interval:
    values = function(Interval(begin, end))
    if values.hi <= level:
        return Interval(0.0)
    length = Interval(end) - Interval(begin)
    if values.lo < level - _TOUCH:
        return length * values.above(level)
    middle = function(Interval(begin + (end - begin) / 2.0)) - Interval(level)
    steepness = slope(Interval(begin, end))
    doubt = length.hi * (length.hi * _EIGHTH * steepness.width + _TOUCH)
    doubt = math.nextafter(doubt * (1.0 + SUP_TOLERANCE), math.inf)  # the products above are rounded
    first_order, either_way = length * middle, Interval(doubt)
    return Interval(max((first_order - either_way).lo, 0.0), (first_order + either_way).hi)
