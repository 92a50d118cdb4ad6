"""How long a contiguous-hold timer can run on a profile.

The timer (in the table and beside the loop) notes the force when it starts, counts while the force stays
within a band of that anchor, and starts anew when it leaves. Whatever the anchor, the force moves within a
window of twice the band while it counts. So no run is longer than the longest stretch of the profile whose
highest and lowest force differ by no more than that, the parts of the neighbouring ramps included.

* A wave over a hold does not break the hold: it counts as plain. A run that leaves an oscillating hold passes
  through its level, so this can only lengthen the bound.
* At or below the slack force nothing is held and the timer does not count.
* The longest stretch is found exactly between straight lines; where a stretch ends on curves, it is never too
  short, and too long by no more than a small part of these curves.
* A timer that sees samples every dt can miss an excursion of dt/2 times the steepest rate; one that sees the
  measured force sees its error too. Add both to the band.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from traction.errors import Problem
from traction.profile.checks import require
from traction.profile.curves import Ramp
from traction.profile.spans import Span
from traction.profile.stretch import Stretch, stretches_above

CURVE_STEPS = 32
"""Where a stretch may begin and end on curves, the bound takes their time in this many steps of force."""


def longest_hold_s(spans: Iterable[Span], band_n: float, slack_n: float = 0.0) -> float:
    """Return an upper bound, in s, of the timer on the target force.

    ``band_n`` is the half-width about the anchor, ``slack_n`` the force at which nothing is held (below
    zero: everything counts). Raises ProtocolError E280 (a number is not finite), E282 (the band is negative).
    """
    require(_argument_problems(band_n, slack_n))
    longest_s = 0.0
    for stretch in stretches_above(spans, slack_n):
        if stretch.duration_s > longest_s:
            longest_s = max(longest_s, _longest_in(stretch, 2.0 * band_n))
    return longest_s


def _argument_problems(band_n: float, slack_n: float) -> list[Problem]:
    problems = [
        Problem("E280", f"{value}", "a finite number", field=name)
        for name, value in (("band_n", band_n), ("slack_n", slack_n))
        if not abs(value) < float("inf")
    ]
    if band_n < 0.0:
        problems.append(Problem("E282", f"{band_n:g} N", "zero or more", field="band_n"))
    return problems


def _longest_in(stretch: Stretch, window_n: float) -> float:
    """Return the longest time within any window of that width, in the stretch and in its mirror image."""
    if max(stretch.levels_n) - min(stretch.levels_n) <= window_n:
        return stretch.duration_s
    first, last = _reach(stretch.levels_n, window_n)
    longest_s = 0.0
    for sign in (1.0, -1.0):
        longest_s = max(longest_s, *_under_a_knot(stretch, sign, window_n, first, last))
        longest_s = max([longest_s, *_between_curves(stretch, sign, window_n, last)])
    return longest_s


def _reach(levels: Sequence[float], window: float) -> tuple[list[int], list[int]]:
    """Return for each knot the first and the last one that share a window with it and all between."""
    first, last = [0] * len(levels), [0] * len(levels)
    lows: deque[int] = deque()  # candidates for the lowest knot of the window, lowest first
    highs: deque[int] = deque()
    left = 0
    for right, level in enumerate(levels):
        while lows and levels[lows[-1]] >= level:
            lows.pop()
        while highs and levels[highs[-1]] <= level:
            highs.pop()
        lows.append(right)
        highs.append(right)
        while levels[highs[0]] - levels[lows[0]] > window:
            last[left] = right - 1
            left += 1
            for candidates in (lows, highs):
                if candidates[0] < left:
                    candidates.popleft()
        first[right] = left
    last[left:] = [len(levels) - 1] * (len(levels) - left)
    return first, last


def _under_a_knot(
    stretch: Stretch, sign: float, window: float, first: list[int], last: list[int]
) -> Iterator[float]:
    """Yield for each knot the longest run through it in which nothing is above it."""
    levels = [sign * level for level in stretch.levels_n]
    before, after = _nearest_above(levels)
    times_s = stretch.times_s
    for knot, top in enumerate(levels):
        left, right = max(first[knot], before[knot] + 1), min(last[knot], after[knot] - 1)
        start_s, end_s = times_s[left], times_s[right]
        if left > 0:
            edge = top if levels[left - 1] > top else top - window
            start_s = stretch.crossing_s(left - 1, sign * edge)
        if right + 1 < len(levels):
            edge = top if levels[right + 1] > top else top - window
            end_s = stretch.crossing_s(right, sign * edge)
        yield end_s - start_s


def _nearest_above(levels: Sequence[float]) -> tuple[list[int], list[int]]:
    """Return for each knot the nearest higher one before it (or -1) and after it (or their number)."""
    before, after = [-1] * len(levels), [len(levels)] * len(levels)
    waiting: list[int] = []  # knots without a higher one so far, ever lower
    for knot, level in enumerate(levels):
        while waiting and levels[waiting[-1]] < level:
            after[waiting.pop()] = knot
        if waiting:
            tied = waiting[-1]
            before[knot] = before[tied] if levels[tied] == level else tied
        waiting.append(knot)
    return before, after


class _Sliding:
    """The lowest and highest of a stretch of levels whose two ends only ever move on."""

    __slots__ = ("_highs", "_levels", "_lows", "_next")

    def __init__(self, levels: Sequence[float]) -> None:
        self._levels = levels
        self._lows: deque[int] = deque()  # candidates, the best one first
        self._highs: deque[int] = deque()
        self._next = 0

    def extremes(self, first: int, last: int) -> tuple[float, float]:
        """Return the lowest and the highest of the levels from ``first`` to ``last``, both included."""
        levels, lows, highs = self._levels, self._lows, self._highs
        self._next = max(self._next, first)
        while self._next <= last:
            index = self._next
            while lows and levels[lows[-1]] >= levels[index]:
                lows.pop()
            while highs and levels[highs[-1]] <= levels[index]:
                highs.pop()
            lows.append(index)
            highs.append(index)
            self._next = index + 1
        for waiting in (lows, highs):
            while waiting[0] < first:
                waiting.popleft()
        return levels[lows[0]], levels[highs[0]]


def _between_curves(stretch: Stretch, sign: float, window: float, last: list[int]) -> Iterator[float]:
    """Yield bounds of the runs that begin on one rising span and end on a later one, if either is curved.

    Such a run is longest where both rates are equal; between straight lines it is longest at a knot. The
    window is moved up in steps; in each, the run begins no earlier than at the lowest place of the window and
    ends no later than at the highest.
    """
    levels = [sign * level for level in stretch.levels_n]
    rising = [low < high for low, high in pairwise(levels)]
    straight = [isinstance(span.segment, Ramp) for span in stretch.spans]
    inner = _Sliding(levels)
    for begin in range(len(rising)):
        if not rising[begin]:
            continue
        for end in range(max(last[begin], begin + 1), min(last[begin + 1] + 1, len(rising))):
            if not rising[end] or (straight[begin] and straight[end]):
                continue
            low_n, high_n = inner.extremes(begin + 1, end)
            lowest = max(levels[begin], levels[end] - window, high_n - window)
            highest = min(low_n, levels[end + 1] - window)
            step = (highest - lowest) / CURVE_STEPS
            for count in range(CURVE_STEPS if step > 0.0 else 0):
                low = lowest + count * step
                start_s = stretch.crossing_s(begin, sign * low)
                yield stretch.crossing_s(end, sign * (low + step + window)) - start_s
