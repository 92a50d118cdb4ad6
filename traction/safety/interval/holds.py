"""An enclosure of the longest hold: the longest unbroken time above slack whose forces share one window.

Spans are first taken whole, to find which runs of them can matter; the spans of those runs are then cut
into pieces of an eighth of the window. A run of pieces that certainly fits the window bounds the longest
hold from below, one that perhaps fits, its end pieces reached into, bounds it from above. A wave over a
hold is left out, as the hold timer's bound has it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from traction.safety.interval.arithmetic import Interval
from traction.safety.interval.shapes import Part

ALLOWANCE_N: Final = 1e-6
"""Forces this close to the window's width or to slack may count either way: rounding must not decide."""

_PIECES_PER_WINDOW: Final = 8
_MAX_DEPTH: Final = 10
_EVERYWHERE: Final = (float("-inf"), float("inf"))


class Stay(NamedTuple):
    """One span, or a piece of one: from when to when, and between which forces it certainly is."""

    begin_s: float
    end_s: float
    low_n: float
    high_n: float


class PlacedPart(NamedTuple):
    """One span with any wave left out: its shape, which distinct segment it is, and itself taken whole."""

    part: Part
    shape: int
    whole: Stay


def longest_hold(spans: Sequence[PlacedPart], window_n: float, slack_n: float) -> Interval:
    """Return an enclosure of the longest hold in s, for a window of ``window_n`` (twice the band)."""
    runs = sorted(_runs(spans, window_n, slack_n), key=lambda run: -_length(spans, run))
    surely_s = perhaps_s = 0.0
    known: set[tuple[int, ...]] = set()
    for run in runs:
        if _length(spans, run) <= surely_s:
            break
        shapes = tuple(span.shape for span in spans[run[0] : run[1] + 1])
        if shapes in known:
            continue
        known.add(shapes)
        pieces = list(_pieces(spans, run, window_n))
        for index, first in enumerate(pieces):
            if pieces[-1].end_s - first.begin_s <= surely_s:
                break
            surely_s = max(surely_s, _surely(pieces, index, window_n, slack_n))
            perhaps_s = max(perhaps_s, _perhaps(pieces, index, window_n, slack_n))
    return Interval(surely_s, max(surely_s, perhaps_s))


def _length(spans: Sequence[PlacedPart], run: tuple[int, int]) -> float:
    return spans[run[1]].whole.end_s - spans[run[0]].whole.begin_s


def _runs(spans: Sequence[PlacedPart], window_n: float, slack_n: float) -> Iterator[tuple[int, int]]:
    """Yield every single span, and for each span the furthest one that a hold beginning in it may end in."""
    reached = 0
    furthest = _furthest(spans, window_n, slack_n)
    for first, span in enumerate(spans):
        if span.whole.high_n <= slack_n - ALLOWANCE_N:
            continue
        yield first, first
        last = furthest[first]
        if last > max(reached, first):  # a run that ends where the one before did is part of it
            yield first, last
            reached = last


def _furthest(spans: Sequence[PlacedPart], window_n: float, slack_n: float) -> list[int]:
    """Return for each span the first one behind it that no hold passes, or the last of all.

    That is the one with which those behind the first no longer fit a window, one that goes below slack, or
    the one before all that is below slack. The window moves over the spans once.
    """
    stays = [span.whole for span in spans]
    barriers = _barriers(stays, slack_n)
    lows: deque[int] = deque()  # candidates for the lowest and the highest, the best one first
    highs: deque[int] = deque()
    found, end = [], 0
    for first, barrier in enumerate(barriers):
        for waiting in (lows, highs):
            if waiting and waiting[0] <= first:
                waiting.popleft()
        end = max(end, first)
        while end < barrier and not _too_wide(stays, lows, highs, window_n):
            end += 1
            while lows and stays[lows[-1]].low_n >= stays[end].low_n:
                lows.pop()
            while highs and stays[highs[-1]].high_n <= stays[end].high_n:
                highs.pop()
            lows.append(end)
            highs.append(end)
        found.append(min(end, barrier))
    return found


def _too_wide(stays: Sequence[Stay], lows: deque[int], highs: deque[int], window_n: float) -> bool:
    return bool(lows) and stays[highs[0]].high_n - stays[lows[0]].low_n > window_n + ALLOWANCE_N


def _barriers(stays: Sequence[Stay], slack_n: float) -> list[int]:
    """Return for each span the last one that a hold beginning in it may reach, as far as slack decides."""
    barriers = [len(stays) - 1] * len(stays)
    for index in range(len(stays) - 2, -1, -1):
        after = stays[index + 1]
        if after.high_n <= slack_n - ALLOWANCE_N:
            barriers[index] = index
        elif after.low_n < slack_n - ALLOWANCE_N:
            barriers[index] = index + 1
        else:
            barriers[index] = barriers[index + 1]
    return barriers


def _pieces(spans: Sequence[PlacedPart], run: tuple[int, int], window_n: float) -> Iterator[Stay]:
    first, last = run
    inner = [span.whole for span in spans[first + 1 : last]]
    low_n, high_n = _EVERYWHERE
    if inner:
        low_n = max(stay.high_n for stay in inner) - window_n
        high_n = min(stay.low_n for stay in inner) + window_n
    for span in spans[first : last + 1]:
        yield from _cut(span, window_n / _PIECES_PER_WINDOW, low_n, high_n)


def _cut(span: PlacedPart, finest_n: float, low_n: float, high_n: float) -> Iterator[Stay]:
    """Cut a span until its pieces are fine enough, or cannot be in a window that holds what lies between."""
    whole, part = span.whole, span.part
    length_s = whole.end_s - whole.begin_s
    waiting = [(part.low, part.high, whole, 0)]
    while waiting:
        begin, end, stay, depth = waiting.pop()
        outside = stay.high_n < low_n or stay.low_n > high_n
        if outside or stay.high_n - stay.low_n <= finest_n or depth == _MAX_DEPTH:
            yield stay
            continue
        middle = begin + (end - begin) / 2.0
        middle_s = whole.begin_s + length_s * middle
        for low, high, from_s, to_s in (
            (middle, end, middle_s, stay.end_s),
            (begin, middle, stay.begin_s, middle_s),
        ):
            force = part.force(Interval(low, high))
            waiting.append((low, high, Stay(from_s, to_s, force.lo, force.hi), depth + 1))


def _surely(pieces: Sequence[Stay], index: int, window_n: float, slack_n: float) -> float:
    first = pieces[index]
    low_n, high_n = first.low_n, first.high_n
    end_s = first.begin_s
    for stay in pieces[index:]:
        low_n, high_n = min(low_n, stay.low_n), max(high_n, stay.high_n)
        if high_n - low_n > window_n - ALLOWANCE_N or stay.low_n <= slack_n + ALLOWANCE_N:
            break
        end_s = stay.end_s
    return end_s - first.begin_s


def _perhaps(pieces: Sequence[Stay], index: int, window_n: float, slack_n: float) -> float:
    first = pieces[index]
    if first.high_n <= slack_n - ALLOWANCE_N:
        return 0.0
    lowest_top, highest_bottom = first.high_n, first.low_n  # the window must reach into both end pieces
    low_n, high_n = float("inf"), float("-inf")  # and hold what lies between them whole
    end_s = first.end_s
    for stay in pieces[index + 1 :]:
        if stay.high_n <= slack_n - ALLOWANCE_N:
            break
        top = max(high_n, highest_bottom, stay.low_n)
        bottom = min(low_n, lowest_top, stay.high_n)
        if top - bottom > window_n + ALLOWANCE_N:
            break
        end_s = stay.end_s
        low_n, high_n = min(low_n, stay.low_n), max(high_n, stay.high_n)
        if stay.low_n < slack_n - ALLOWANCE_N:
            break
    return end_s - first.begin_s
