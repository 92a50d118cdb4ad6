"""The supervisor's quick way: it takes what is plainly well, up to each threshold, and decides nothing.

Two supervisors see the same samples. One of them has to ask every watch each time. Verdicts and everything
the watches remember must be the same. And the quick way is taken wherever it may be: it is what keeps a tick
short.
"""

from __future__ import annotations

import dataclasses

import pytest

from traction.safety.sample import Activity
from traction.safety.supervisor import Supervisor
from traction.safety.watch.noise import CellNoise
from traction.wire import codes

ASKED_ALL, ASKED_SOME, ASKED_NONE = "every watch", "some watches", "no watch"
WATCHES = ("_link", "_condition", "_force", "_frozen", "_rate", "_duration", "_arrival", "_slip", "_release")


class Seen(Supervisor):
    """A supervisor that notes how it came to its last verdict."""

    __slots__ = ("asked",)

    def judge(self, sample):
        self.asked = ASKED_NONE
        return super().judge(sample)

    def _judge_all(self, sample):
        self.asked = ASKED_ALL
        return super()._judge_all(sample)

    def _judge_changes(self, sample, high_mn):
        self.asked = ASKED_SOME
        return super()._judge_changes(sample, high_mn)


class Careful(Supervisor):
    """A supervisor that asks every watch each time: no sample is like the one before."""

    __slots__ = ()

    def judge(self, sample):
        self._usual = ()
        return super().judge(sample)


def opened(value):
    """Return a value that can be compared."""
    return [getattr(value, name) for name in value.__slots__] if isinstance(value, CellNoise) else value


def remembered(supervisor):
    """Return all that the watches keep; where the slopes look first for a sample is not part of it."""
    return {
        f"{watch}.{name}": opened(getattr(getattr(supervisor, watch), name))
        for watch in WATCHES
        for name in type(getattr(supervisor, watch)).__slots__
        if name not in ("_b", "_back")
    }


class Pair:
    """Both supervisors, after 1.3 s at 300 N: the force has settled, and a second of it is known."""

    def __init__(self, bounds, first, ticks=65):
        self.quick, self.careful = Seen(bounds), Careful(bounds)
        self.sample = first
        self.judge(first)
        for tick in range(ticks):
            self.step(force_mn=first.force_mn + tick % 2, force_b_mn=first.force_b_mn + tick % 2)

    def judge(self, sample):
        self.sample = sample
        verdict = self.quick.judge(sample)
        assert verdict == self.careful.judge(sample)
        assert remembered(self.quick) == remembered(self.careful)
        return self.quick.asked

    def step(self, dt_us=20_000, *, dt_ms=20, **changes):
        now = self.sample
        later = {"t_us": now.t_us + dt_us, "seq": now.seq + 1, "controller_ms": now.controller_ms + dt_ms}
        return self.judge(now._replace(**{**later, **changes}))

    def go_on(self):
        """Judge what follows: what was remembered wrongly shows later."""
        for tick in range(30):
            self.step(
                force_mn=self.sample.force_mn + (-1) ** tick, force_b_mn=self.sample.force_b_mn + (-1) ** tick
            )


@pytest.fixture
def make_pair(bounds, feed):
    """Return a maker of pairs: ``make_pair(max_hold_us=...)`` with changed bounds."""
    first = feed.sample

    def make(start=None, ticks=65, **changes):
        return Pair(dataclasses.replace(bounds, **changes), first._replace(**(start or {})), ticks)

    return make


NEW = {"force_mn": 300_001, "force_b_mn": 300_001}
"""Another reading than the one before, of both cells: none of them repeats itself."""

LOOSE = {"rate_noise_mn": 10**6, "cell_difference_mn": 10**9, "slip_um": 10**9}

EDGES = [
    # name, changed bounds, the next sample at the edge, and the same one step beyond
    ("fresh", {}, {"age_us": 0}, {"age_us": -1}),
    ("not old", {}, {"age_us": 100_000}, {"age_us": 100_001}),
    ("a new sample", {}, {}, {"seq": 165}),
    ("a later sample", {}, {"dt_ms": 1}, {"dt_ms": 0}),
    ("time stands", {}, {"dt_us": 0}, {"dt_us": -1}),
    ("clocks apart", {}, {"dt_us": 270_000}, {"dt_us": 270_001}),
    ("clocks apart the other way", {}, {"dt_ms": 270}, {"dt_ms": 270, "age_us": 2_001}),
    ("the hold is over", {"max_hold_us": 1_320_000}, {}, {"dt_us": 20_001}),
    ("the session is over", {"max_session_us": 1_320_000}, {}, {"dt_us": 20_001}),
    *(
        (
            f"the band of the hold, cell {cell}",
            LOOSE,
            {cell: at, other: 270_000},
            {cell: beyond, other: 270_000},
        )
        for cell, other in (("force_mn", "force_b_mn"), ("force_b_mn", "force_mn"))
        for at, beyond in ((280_000, 279_999), (320_000, 320_001))
    ),
    ("the lower cell below zero", LOOSE, {"force_mn": -5_000}, {"force_mn": -5_001}),
    ("the other cell below zero", LOOSE, {"force_b_mn": -5_000}, {"force_b_mn": -5_001}),
    (
        "cells apart",
        {},
        {"force_mn": 273_001, "force_b_mn": 300_001},
        {"force_mn": 273_000, "force_b_mn": 300_001},
    ),
    (
        "cells apart, the other",
        {},
        {"force_b_mn": 273_001, "force_mn": 300_001},
        {"force_b_mn": 273_000, "force_mn": 300_001},
    ),
    ("far out", {}, {"travel_um": 120_000}, {"travel_um": 120_001}),
    ("far back", {}, {"travel_um": -120_000}, {"travel_um": -120_001}),
]


@pytest.mark.parametrize(("bounds_", "at", "beyond"), [edge[1:] for edge in EDGES], ids=[e[0] for e in EDGES])
def test_it_takes_what_is_well_up_to_the_edge_and_nothing_beyond(make_pair, bounds_, at, beyond):
    pair = make_pair(**bounds_)
    assert pair.step(**{**NEW, **at}) != ASKED_ALL
    pair.go_on()
    pair = make_pair(**bounds_)
    assert pair.step(**{**NEW, **beyond}) == ASKED_ALL
    pair.go_on()


@pytest.mark.parametrize(
    "changes",
    [
        {"boot_id": 8},
        {"state": codes.STATE_RELEASING},
        {"fault": codes.FAULT_OVER_FORCE},
        {"inputs": 0},
        {"mode": codes.MODE_POSITION},
        {"activity": Activity.TAKE_UP},
        {"activity": Activity.RELEASE},
    ],
)
def test_whatever_is_not_as_before_is_looked_at_by_every_watch(make_pair, changes):
    pair = make_pair()
    assert pair.step(**changes) == ASKED_ALL
    pair.go_on()


def test_a_force_that_goes_slack_is_looked_at(make_pair, bounds):
    start = {"force_mn": 25_000, "force_b_mn": 25_000, "target_mn": 25_000}
    slack_mn = bounds.slack_mn
    assert make_pair(start, **LOOSE).step(force_mn=slack_mn + 1, force_b_mn=slack_mn + 1) != ASKED_ALL
    assert make_pair(start, **LOOSE).step(force_mn=slack_mn, force_b_mn=slack_mn) == ASKED_ALL


def test_an_impulse_that_one_step_could_take_over_the_limit_is_looked_at(make_pair, bounds):
    pair = make_pair()
    so_far = pair.quick._duration.impulse_mn_us
    one_step = (bounds.over_force_mn - bounds.rest_mn) * 200_000
    assert make_pair(max_impulse_mn_us=so_far + one_step).step() != ASKED_ALL
    assert make_pair(max_impulse_mn_us=so_far + one_step - 1).step() == ASKED_ALL


@pytest.mark.parametrize("dt_ms", [20, 199, 200, 201, 220])
@pytest.mark.parametrize("force_mn", [20_000, 33_999, 34_000, 34_001, 300_000])
def test_the_impulse_is_the_same_whoever_adds_it(make_pair, dt_ms, force_mn):
    start = {"force_mn": force_mn, "force_b_mn": force_mn, "target_mn": force_mn}
    pair = make_pair(start, rest_mn=34_000)
    for tick in range(10):
        pair.step(dt_ms * 1000, dt_ms=dt_ms, force_mn=force_mn + tick % 2, force_b_mn=force_mn)


CHANGES = [
    # name, changed bounds, a sample that shows nothing, one that shows a little
    ("cell A repeats itself", {}, {}, {"force_mn": 300_000}),
    ("cell B repeats itself", {}, {}, {"force_b_mn": 300_000}),
    ("the sum rises", {}, {"force_b_mn": 304_499}, {"force_b_mn": 304_500}),
    ("the sum falls", {}, {"force_b_mn": 295_499}, {"force_b_mn": 295_498}),
    ("the target changes", {}, {}, {"target_mn": 300_001}),
    ("the target changes the other way", {}, {}, {"target_mn": 299_999}),
    (
        "the force is below what is due",
        LOOSE,
        {"force_mn": 281_000, "force_b_mn": 281_000},
        {"force_mn": 280_999, "force_b_mn": 280_999},
    ),
    ("the force is above what is due", LOOSE, {"force_mn": 319_000}, {"force_mn": 319_001}),
    ("the next bucket of the arrival", {}, {"dt_us": 99_999}, {"dt_us": 100_000}),
]


@pytest.mark.parametrize(
    ("bounds_", "level", "little"), [one[1:] for one in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_what_shows_nothing_new_asks_nobody(make_pair, bounds_, level, little):
    pair = make_pair(**bounds_)
    assert pair.step(**{**NEW, **level}) == ASKED_NONE
    pair.go_on()
    pair = make_pair(**bounds_)
    assert pair.step(**{**NEW, **little}) == ASKED_SOME
    pair.go_on()


GONE = codes.FORCE_INVALID_MN
ODD = {
    "a reading is missing": [{"force_mn": GONE}],
    "the other reading is missing": [{"force_b_mn": GONE}],
    "two readings are missing": [{"force_b_mn": GONE}] * 2,
    "a cell is gone": [{"force_mn": GONE}] * 4,
    "a cell comes back too late": [{"force_b_mn": GONE}] * 3,
    "both are gone": [{"force_mn": GONE, "force_b_mn": GONE}] * 3,
    "over the limit once": [{"force_mn": 940_000}],
    "over the limit twice": [{"force_mn": 940_000}] * 2,
    "below zero twice": [{"force_b_mn": -6_000}] * 2,
    "apart for a while": [{"force_mn": 250_000}] * 20,
    "apart for too long": [{"force_mn": 250_000}] * 40,
    "stuck": [{"force_b_mn": 300_000 + tick % 2, "travel_um": 60_000 + 100 * tick} for tick in range(30)],
    "late": [{"age_us": 150_000, "dt_ms": 0}],
    "much too late": [{"age_us": 250_000, "dt_us": 270_000}],
    "seen twice": [{"seq": 165, "dt_ms": 0}],
    "seen twice and older": [{"seq": 165, "dt_ms": 0, "age_us": 150_000}],
    "torn": [{"seq": 170, "dt_ms": 0}],
    "time went back": [{"dt_us": -20_000}],
    "another boot and back": [{"boot_id": 9}, {"boot_id": 7}],
    "a fault and gone": [{"fault": codes.FAULT_CELL_STUCK}, {"fault": 0}],
    "the force is lost for the controller": [{"fault": codes.FAULT_FORCE_LOST}, {"fault": 0}],
    "a stop pressed and let go": [{"inputs": 0}, {"inputs": codes.INPUTS_HEALTHY}],
    "position kept": [{"mode": codes.MODE_POSITION}] * 30,
    "taking up again": [{"activity": Activity.TAKE_UP}] * 30,
    "position kept and left": [{"mode": codes.MODE_POSITION}] * 9 + [{"mode": codes.MODE_FORCE}],
    "a release": [{"activity": Activity.RELEASE, "state": codes.STATE_RELEASING}] * 9,
    "a jump up": [{"force_mn": 320_000, "force_b_mn": 320_000}],
    "the force is gone": [{"force_mn": 0, "force_b_mn": 0}],
    "the target jumps": [{"target_mn": 400_000}] * 9,
    "far out": [{"travel_um": 130_000}, {"travel_um": 60_000}],
    "a controller clock ahead": [{"age_us": -1, "dt_ms": 520}, {"age_us": 2_000, "dt_ms": -480}],
    "something wrong": [{"seq": None}],
    "something wrong, then a long gap": [{"seq": None}, {"dt_us": 2_000_000, "dt_ms": 2_000}],
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_after_anything_odd_it_decides_nothing_either(make_pair, odd):
    pair = make_pair()
    for changes in odd:
        kept = pair.sample
        pair.step(**changes)
        if None in changes.values():
            pair.sample = kept
    if GONE in changes.values():  # both cells read again
        pair.step(force_mn=300_003, force_b_mn=300_003)
    pair.go_on()
    pair.go_on()


@pytest.mark.parametrize("odd", ["a reading is missing", "over the limit twice", "late", "apart for a while"])
def test_it_is_taken_again_once_all_is_well(make_pair, odd):
    pair = make_pair()
    for changes in ODD[odd]:
        assert pair.step(**{**NEW, **changes}) == ASKED_ALL
    assert pair.step(force_mn=300_003, force_b_mn=300_003, age_us=2_000) == ASKED_ALL
    for _ in range(9):  # a missing reading weighs as much as three good ones
        pair.step(force_mn=300_003, force_b_mn=300_003)
    assert pair.step(force_mn=300_001, force_b_mn=300_001) != ASKED_ALL
