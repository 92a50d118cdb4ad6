"""The search for the longest hold: what parts spans, what is cut, what surely and perhaps is held."""

from __future__ import annotations

import math
from itertools import pairwise, permutations, product

import pytest

from traction.profile.segments import Hold, Ramp
from traction.safety.interval.arithmetic import Interval
from traction.safety.interval.holds import (
    ALLOWANCE_N,
    PlacedPart,
    Stay,
    _barriers,
    _cut,
    _furthest,
    _perhaps,
    _pieces,
    _runs,
    _surely,
    longest_hold,
)
from traction.safety.interval.shapes import Part, plain_part

SLACK_N = 10.0
WINDOW_N = 40.0
JUST_SLACK_N = SLACK_N - ALLOWANCE_N

BELOW = ((0.0, 5.0), (5.0, JUST_SLACK_N))
CROSSING = ((5.0, 20.0), (5.0, SLACK_N))
HELD = ((JUST_SLACK_N, 20.0), (SLACK_N, 12.0))


def stays(*forces) -> list[Stay]:
    """Return pieces of one second each, one after the other."""
    return [Stay(float(at), at + 1.0, low, high) for at, (low, high) in enumerate(forces)]


def whole(*forces) -> list[PlacedPart]:
    """Return spans of one second each, known by nothing but their range; equal ranges are equal shapes."""
    kinds = sorted(set(forces))
    return [
        PlacedPart(known(*each), kinds.index(each), at)
        for each, at in zip(forces, stays(*forces), strict=True)
    ]


def known(low: float, high: float) -> Part:
    return Part(lambda _: Interval(low, high), lambda _: Interval(0.0), 0.0, 1.0, Interval(1.0))


def one_by_one(forces, first: int) -> tuple[int, int]:
    """Return where slack ends a hold from ``first``, and where slack or the window does, by definition."""
    barrier = reached = first
    while barrier + 1 < len(forces):
        low, high = forces[barrier + 1]
        if high <= JUST_SLACK_N:
            break
        barrier += 1
        if low < JUST_SLACK_N:
            break
    while reached < barrier:
        reached += 1
        behind = forces[first + 1 : reached + 1]
        if max(high for _, high in behind) - min(low for low, _ in behind) > WINDOW_N + ALLOWANCE_N:
            break
    return barrier, reached


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_slack_parts_what_is_held(count):
    for forces in product(BELOW + CROSSING + HELD, repeat=count):
        expected = [one_by_one(forces, first)[0] for first in range(count)]
        assert _barriers(stays(*forces), SLACK_N) == expected


LEVELS = ((20.0, 20.0), (30.0, 61.0), (60.0, 60.0), (5.0, 20.0), (0.0, 5.0))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_run_goes_as_far_as_a_hold_may_and_is_named_once(count):
    for forces in product(LEVELS, repeat=count):
        furthest = [one_by_one(forces, first)[1] for first in range(count)]
        assert _furthest(whole(*forces), WINDOW_N, SLACK_N) == furthest
        expected, ends = [], set()
        for first, last in enumerate(furthest):
            if forces[first][1] > JUST_SLACK_N:
                expected.append((first, first))
                if last > first and last not in ends:
                    expected.append((first, last))
                    ends.add(last)
        assert list(_runs(whole(*forces), WINDOW_N, SLACK_N)) == expected


def test_the_furthest_is_found_in_whatever_order_the_forces_come():
    for levels in permutations((31.0, 41.0, 51.0, 61.0, 81.0, 92.0)):
        forces = [(level, level) for level in levels]
        furthest = [one_by_one(forces, first)[1] for first in range(len(forces))]
        assert _furthest(whole(*forces), WINDOW_N, SLACK_N) == furthest


def test_at_the_edge_a_window_still_holds_and_slack_still_parts():
    level, edge = (0.0, 0.0), (0.0, WINDOW_N + ALLOWANCE_N)
    assert _furthest(whole(level, edge, level), WINDOW_N, -100.0) == [2, 2, 2]
    beyond = (0.0, WINDOW_N + 2.0 * ALLOWANCE_N)
    assert _furthest(whole(level, beyond, level), WINDOW_N, -100.0) == [1, 2, 2]
    assert list(_runs(whole((5.0, JUST_SLACK_N)), WINDOW_N, SLACK_N)) == []
    assert list(_runs(whole((5.0, SLACK_N)), WINDOW_N, SLACK_N)) == [(0, 0)]


def straight(u: Interval) -> Interval:
    """0 to 128 N, exact in every bit."""
    return Interval(128.0 * u.lo, 128.0 * u.hi)


LINE = PlacedPart(
    Part(straight, lambda _: Interval(128.0), 0.0, 1.0, Interval(8.0)), 0, Stay(8.0, 16.0, 0.0, 128.0)
)


@pytest.mark.parametrize(
    ("low_n", "high_n", "ends_n"),
    [
        (-math.inf, math.inf, [0, 16, 32, 48, 64, 80, 96, 112, 128]),
        (64.0, math.inf, [0, 32, 48, 64, 80, 96, 112, 128]),
        (-math.inf, 64.0, [0, 16, 32, 48, 64, 80, 96, 128]),
        (64.0, 64.0, [0, 32, 48, 64, 80, 96, 128]),
        (129.0, math.inf, [0, 128]),
        (-math.inf, -1.0, [0, 128]),
    ],
)
def test_a_span_is_cut_where_a_hold_may_end_and_no_finer_than_asked(low_n, high_n, ends_n):
    pieces = list(_cut(LINE, 16.0, low_n, high_n))
    assert [(piece.low_n, piece.high_n) for piece in pieces] == list(pairwise(ends_n))
    for piece in pieces:  # 16 N a second
        assert (piece.begin_s, piece.end_s) == (8.0 + piece.low_n / 16.0, 8.0 + piece.high_n / 16.0)


def test_what_never_gets_finer_is_cut_ten_times():
    (vague,) = whole((0.0, 1000.0))
    assert len(list(_cut(vague, 5.0, -math.inf, math.inf))) == 2**10


def placed(*segments, numbers=()) -> list[PlacedPart]:
    spans, start_s = [], 0.0
    for at, segment in enumerate(segments):
        part = plain_part(segment, SLACK_N)
        force = part.force(Interval(part.low, part.high))
        stay = Stay(start_s, start_s + segment.duration_s, force.lo, force.hi)
        spans.append(PlacedPart(part, numbers[at] if numbers else at, stay))
        start_s = stay.end_s
    return spans


@pytest.mark.parametrize("levels", [(100.0, 90.0), (90.0, 100.0)])
def test_the_ends_of_a_run_are_cut_where_its_window_may_reach(levels):
    """What lies between goes from 90 N to 100 N: no hold over it reaches below 60 N or above 130 N."""
    inner = [Hold(level, 5.0) for level in levels]
    spans = placed(Hold(1.0, 1.0), Ramp(0.0, 100.0, 10.0), *inner, Ramp(90.0, 250.0, 16.0), Hold(250.0, 1.0))
    ends = [list(_cut(spans[at], WINDOW_N / 8.0, 60.0, 130.0)) for at in (1, 4)]
    levels = [span.whole for span in spans[2:4]]
    assert list(_pieces(spans, (1, 4), WINDOW_N)) == [*ends[0], *levels, *ends[1]]
    alone = list(_cut(spans[1], WINDOW_N / 8.0, -math.inf, math.inf))
    assert list(_pieces(spans, (1, 1), WINDOW_N)) == alone


@pytest.mark.parametrize(
    ("forces", "slack_n", "seconds"),
    [
        ([(100.0, 110.0), (90.0, 120.0), (100.0, 131.0), (100.0, 100.0)], SLACK_N, 2.0),
        ([(0.0, WINDOW_N - ALLOWANCE_N)], -1.0, 1.0),  # just as wide as certainly fits
        ([(0.0, WINDOW_N)], -1.0, 0.0),
        ([(20.0, 20.0), (SLACK_N + ALLOWANCE_N, 20.0), (20.0, 20.0)], SLACK_N, 1.0),  # at slack, for sure
        ([(20.0, 20.0), (SLACK_N + 2.0 * ALLOWANCE_N, 20.0)], SLACK_N, 2.0),
        ([(SLACK_N, 20.0), (20.0, 20.0)], SLACK_N, 0.0),
    ],
)
def test_what_surely_is_held(forces, slack_n, seconds):
    assert _surely(stays((500.0, 500.0), *forces), 1, WINDOW_N, slack_n) == seconds


@pytest.mark.parametrize(
    ("forces", "slack_n", "seconds"),
    [
        # the window reaches into both ends, and holds what lies between
        ([(0.0, 60.0), (90.0, 200.0), (100.0, 100.0)], -1.0, 2.0),
        ([(60.0, 500.0), (90.0, 90.0), (80.0, 80.0), (30.0, 50.0), (50.0, 60.0)], SLACK_N, 4.0),
        ([(100.0, 100.0), (70.0, 70.0), (111.0, 111.0)], SLACK_N, 2.0),
        ([(70.0, 70.0), (100.0, 100.0), (59.0, 59.0)], SLACK_N, 2.0),
        ([(0.0, 0.0), (WINDOW_N + ALLOWANCE_N, 99.0)], -1.0, 2.0),
        ([(0.0, 0.0), (WINDOW_N + 2.0 * ALLOWANCE_N, 99.0)], -1.0, 1.0),
        # slack ends it: at once before what is wholly below, after what goes below
        ([(0.0, JUST_SLACK_N), (20.0, 20.0)], SLACK_N, 0.0),
        ([(0.0, SLACK_N), (20.0, 20.0)], SLACK_N, 2.0),
        ([(20.0, 20.0), (0.0, JUST_SLACK_N), (20.0, 20.0)], SLACK_N, 1.0),
        ([(20.0, 20.0), (0.0, SLACK_N), (20.0, 20.0)], SLACK_N, 2.0),
        ([(20.0, 20.0), (JUST_SLACK_N, 20.0), (20.0, 20.0)], SLACK_N, 3.0),
        ([(20.0, 20.0), (SLACK_N, 20.0), (20.0, 20.0)], SLACK_N, 3.0),
    ],
)
def test_what_perhaps_is_held(forces, slack_n, seconds):
    assert _perhaps(stays((500.0, 500.0), *forces), 1, WINDOW_N, slack_n) == seconds


THIN = ((20.0, 22.0), (50.0, 55.0), (60.0, 61.0), (5.0, 9.0), (8.0, 12.0))


def at_most_held_s(forces) -> tuple[int, int]:
    """Return the longest times that surely and perhaps are held, by trying every beginning and every end."""
    surely = perhaps = 0
    for first, last in ((i, j) for j in range(len(forces)) for i in range(j + 1)):
        lows, highs = zip(*forces[first : last + 1], strict=True)
        if min(lows) > SLACK_N and max(highs) - min(lows) <= WINDOW_N:
            surely = max(surely, last - first + 1)
        inner = forces[first + 1 : last]
        top = max([lows[0], lows[-1], *(high for _, high in inner)])
        bottom = min([highs[0], highs[-1], *(low for low, _ in inner)])
        if top - bottom <= WINDOW_N and bottom > SLACK_N:
            perhaps = max(perhaps, last - first + 1)
    return surely, perhaps


def test_the_longest_of_all_is_found_wherever_it_is():
    for forces in product(THIN, repeat=4):  # none is wider than an eighth of the window: none is cut
        found = longest_hold(whole(*forces), WINDOW_N, SLACK_N)
        assert (found.lo, found.hi) == at_most_held_s(forces)


def unseen(_: Interval) -> Interval:
    raise AssertionError("nobody needs to look at it")


BLIND = Part(unseen, unseen, 0.0, 1.0, Interval(1.0))


def test_what_cannot_be_longer_is_not_looked_at():
    """Neither a later span that is as long as what is surely held, nor one that only comes later."""
    rest = Hold(0.0, 900.0)
    spans = placed(Hold(100.0, 60.0), rest, Ramp(20.0, 400.0, 60.0), rest, Ramp(20.0, 400.0, 9.0))
    blind = [span._replace(part=BLIND) if at in (2, 4) else span for at, span in enumerate(spans)]
    found = longest_hold(blind, WINDOW_N, SLACK_N)
    assert (found.lo, found.hi) == (60.0, 60.0)


def test_equal_runs_are_looked_at_once_whatever_follows():
    rise = Ramp(20.0, 420.0, 50.0)
    spans = placed(rise, Hold(0.0, 5.0), rise, Hold(0.0, 1.0), numbers=(0, 1, 0, 2))
    once = longest_hold(spans[:2], WINDOW_N, SLACK_N)
    twice = longest_hold([*spans[:2], spans[2]._replace(part=BLIND), spans[3]], WINDOW_N, SLACK_N)
    assert (twice.lo, twice.hi) == (once.lo, once.hi)
    assert 0.0 < once.lo <= 5.0 <= once.hi < 6.0
