"""The trips by themselves, each exactly where it begins to object or to forget."""

from __future__ import annotations

import pytest

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.trips import Trips
from traction.wire import codes

OK = codes.FAULT_NONE
OVER = 110_001  # above 1.05 x 100 N + 5 N, below 1.2 x 100 N
UNDER = -5_001


class Alone:
    """Trips that were started at 0 ms and no travel with a force on both cells, and their limits."""

    def __init__(self, force_mn: int = 50_000, **limits: int) -> None:
        config = ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE)
        values = list(order.own_caps(config))
        for name, value in {"MAX_FORCE": 100_000, **limits}.items():
            values[getattr(order, name)] = value
        self.cells = Cells(config)
        self.trips = Trips(config)
        self.trips.load(tuple(values))
        self.cells.read(force_mn, force_mn)
        self.trips.start(self.cells, 0, 0)
        self.now_ms = 0

    def judge(
        self,
        a_mn: int,
        b_mn: int | None = None,
        *,
        travel_um: int = 0,
        velocity: int = 0,
        at_ms: int | None = None,
        running: bool = False,
    ) -> int:
        self.now_ms = self.now_ms + 10 if at_ms is None else at_ms
        self.cells.read(a_mn, a_mn if b_mn is None else b_mn)
        return self.trips.judge(self.cells, travel_um, velocity, self.now_ms, running)


def test_a_carriage_begins_at_rest_and_may_be_as_far_away_as_that() -> None:
    # a quarter of 1 um/s is no motion yet: the distance alone is as far as it may be
    assert Alone().judge(50_000, travel_um=-350, velocity=1) == OK
    assert Alone().judge(50_000, travel_um=-351, velocity=1) == codes.FAULT_FOLLOWING


@pytest.mark.parametrize("sign", [1, -1])
def test_the_pull_speed_itself_is_no_fast_command(sign: int) -> None:
    # a quarter of the command comes through in the first tick: 5 mm/s, and 20 um/s more
    assert Alone().judge(50_000, travel_um=-301 * sign, velocity=20_000 * sign) == codes.FAULT_FOLLOWING
    assert Alone().judge(50_000, travel_um=-301 * sign, velocity=20_080 * sign) == OK


@pytest.mark.parametrize(
    ("at_ms", "fault"),
    [
        (1200, OK),
        (1201, codes.FAULT_SESSION_TOO_LONG),
        (1500, codes.FAULT_SESSION_TOO_LONG),
        (1501, codes.FAULT_HOLD_TOO_LONG),
    ],
)
def test_a_hold_is_too_long_after_its_last_moment_and_a_session_that_ended_before_is_named(
    at_ms: int, fault: int
) -> None:
    alone = Alone(MAX_SESSION=1200, MAX_HOLD=1000)  # and the half second by which a force lags
    assert alone.judge(50_000, at_ms=at_ms, running=True) == fault


@pytest.mark.parametrize(
    ("force_mn", "fault"),
    [(70_000, codes.FAULT_HOLD_TOO_LONG), (70_001, OK), (30_000, codes.FAULT_HOLD_TOO_LONG), (29_999, OK)],
)
def test_a_force_at_the_edge_of_the_band_is_in_the_hold_still(force_mn: int, fault: int) -> None:
    alone = Alone(MAX_HOLD=1000, MAX_RATE_UP=10**6, MAX_RATE_DOWN=10**6)
    assert alone.judge(force_mn, running=True) == OK
    assert alone.judge(50_000, at_ms=1501, running=True) == fault


@pytest.mark.parametrize(("a_mn", "fault"), [(52_501, OK), (52_500, codes.FAULT_FORCE_LOST)])
def test_a_force_is_lost_below_half_of_what_it_was_two_ticks_ago_less_5_n(a_mn: int, fault: int) -> None:
    alone = Alone()
    assert alone.judge(OVER) == OK  # which also has every sample after it looked at with care
    assert alone.judge(OVER) == OK
    assert alone.judge(a_mn, 52_500) == fault


@pytest.mark.parametrize(("before_mn", "fault"), [(30_000, OK), (30_001, codes.FAULT_FORCE_LOST)])
def test_only_a_force_above_30_n_can_be_lost(before_mn: int, fault: int) -> None:
    assert Alone(before_mn).judge(12_000) == fault


def test_a_reading_at_the_negative_edge_is_none_that_counts() -> None:
    alone = Alone(0)
    for reading in (UNDER, UNDER, UNDER + 1, UNDER, UNDER):
        assert alone.judge(reading, 0) == OK
    assert alone.judge(UNDER, 0) == codes.FAULT_NEGATIVE_FORCE


@pytest.mark.parametrize(
    ("wrong", "good", "fault"),
    [(OVER, OVER - 1, codes.FAULT_OVER_FORCE), (UNDER, 0, codes.FAULT_NEGATIVE_FORCE)],
)
def test_one_good_sample_after_one_bad_one_or_after_a_fault_begins_the_count_anew(
    wrong: int, good: int, fault: int
) -> None:
    alone = Alone(good)
    for reading in (wrong, good, wrong, wrong):
        assert alone.judge(reading) == OK
    assert alone.judge(wrong) == fault
    for reading in (good, wrong, wrong):
        assert alone.judge(reading) == OK
    assert alone.judge(wrong) == fault
