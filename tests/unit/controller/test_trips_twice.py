"""The trips and the watch over stuck cells written down a second time: both must say the same.

What is fed to both is drawn, mostly from where a comparison of the second writing stands.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.trips import Trips
from traction.wire import codes

TICK_MS = 10
OK = codes.FAULT_NONE


class PlainCell:
    """One cell above slack that repeats itself: how often in a row, and what the other did meanwhile."""

    def __init__(self) -> None:
        self.run = 0

    def judge(self, repeats: bool, other: int, travel: int, now: int, stuck_um: int) -> bool:
        if not repeats:
            self.run = 0
            return False
        self.run += 1
        if self.run == 5 or (self.run > 5 and now - self.since > 1950):
            self.since, self.at, self.others, self.moves = now, travel, [other], 0
            return False
        if self.run < 5:
            return False
        if other not in (self.others[-1], codes.FORCE_INVALID_MN):
            self.others.append(other)
            self.moves += 1
        lively = self.moves >= 10 and max(self.others) - min(self.others) >= 1500 and now - self.since >= 200
        return abs(travel - self.at) > stuck_um or lively


class Plain:
    """All trips; everything in mN, um and ms, sums of both cells where slopes are judged."""

    def __init__(self, config: ControllerConfig, values: tuple[int, ...]) -> None:
        self.c = config
        self.cap = values[order.MAX_FORCE]
        self.over = self.cap * 105 // 100 + 5000
        self.at_once = max(self.cap * 120 // 100, self.over)
        self.up = 2 * (values[order.MAX_RATE_UP] * 12 // 100 + config.rate_tolerance_mn)
        self.down = 2 * (values[order.MAX_RATE_DOWN] * 12 // 100 + config.rate_tolerance_mn)
        self.hold_ms = values[order.MAX_HOLD] + 500
        self.band, self.session_ms = values[order.HOLD_BAND], values[order.MAX_SESSION]
        self.most_um, self.slack = values[order.MAX_TRAVEL], values[order.SLACK_FORCE]

    def start(self, cells: Cells, travel: int, now: int) -> None:
        self.sums = [cells.sum_mn] * 3  # of each tick, the newest last
        self.ran = [cells.sum_mn] * 10  # of each tick in RUN
        self.negatives = self.overs = 0
        self.began, self.began_um, self.slack_um = now, travel, travel
        self.last_um, self.model, self.off, self.drift, self.fast_until = travel, 0, 0, 0, now
        self.anchor(cells.force_mn, travel, now)
        self.before = (cells.force_a_mn, cells.force_b_mn)
        self.one = (PlainCell(), PlainCell())
        self.quiet_um: int | None = None

    def anchor(self, force: int, travel: int, now: int) -> None:
        self.hold, self.held = force, now
        if force > self.slack:
            self.slack_um, most = travel, travel + self.c.hold_travel_um
        else:
            self.slack_um = min(self.slack_um, travel)
            most = self.slack_um + self.c.slack_travel_um
        self.high_um = min(most, self.began_um + self.most_um)

    def judge(self, cells: Cells, travel: int, velocity: int, now: int, running: bool) -> int:
        fault = self.following(velocity, travel, now) or self.level(cells)
        fault = fault or self.stuck(cells, travel, now)
        return fault or (self.run(cells, travel, now) if running else OK)

    def following(self, velocity: int, travel: int, now: int) -> int:
        self.model += (velocity - self.model) // 4
        step = self.model * TICK_MS - (travel - self.last_um) * 1000  # nm
        self.last_um = travel
        off, drift = self.off + step, self.drift + step
        self.off, self.drift = off - off // 128, drift - drift // 4096
        if abs(self.model) > self.c.pull_um_per_s:
            self.fast_until = now + 3000
        near = self.c.near_um * 1000
        if now < self.fast_until:
            return OK if abs(off) <= self.c.following_um * 1000 else codes.FAULT_FOLLOWING
        both = abs(off) <= near and abs(drift) <= self.c.drift_um * 1000
        return OK if both else codes.FAULT_FOLLOWING

    def level(self, cells: Cells) -> int:
        self.sums.append(cells.sum_mn)
        low = cells.sum_mn - cells.high_mn
        before = self.sums[-3]
        if cells.sum_mn * 2 < before - 10_000 and before > 60_000:
            return codes.FAULT_FORCE_LOST
        self.negatives = self.negatives + 1 if low < self.c.negative_mn else 0
        if self.negatives >= 3:
            return codes.FAULT_NEGATIVE_FORCE
        self.overs = self.overs + 1 if cells.high_mn > self.over else 0
        return codes.FAULT_OVER_FORCE if self.overs >= 3 or cells.high_mn > self.at_once else OK

    def stuck(self, cells: Cells, travel: int, now: int) -> int:
        pair = (cells.force_a_mn, cells.force_b_mn)
        repeats = [mine == before for mine, before in zip(pair, self.before, strict=True)]
        self.before = pair
        if cells.high_mn <= self.slack:
            self.one[0].run = self.one[1].run = 0
            if not all(repeats):
                self.quiet_um = None
                return OK
            self.quiet_um = travel if self.quiet_um is None else min(self.quiet_um, travel)
            return codes.FAULT_CELL_STUCK if travel - self.quiet_um > self.c.quiet_um else OK
        self.quiet_um = None
        found = [
            one.judge(same, other, travel, now, self.c.stuck_um)
            for one, same, other in zip(self.one, repeats, pair[::-1], strict=True)
        ]
        believed = (cells.trust_a, cells.trust_b)
        return codes.FAULT_CELL_STUCK if any(a and b for a, b in zip(found, believed, strict=True)) else OK

    def run(self, cells: Cells, travel: int, now: int) -> int:
        if not -self.down <= self.sums[-1] - self.ran[-10] <= self.up:
            self.ran.append(self.sums[-1])
            return codes.FAULT_OVER_RATE
        self.ran.append(self.sums[-1])
        force = cells.force_mn
        if abs(force - self.hold) > self.band or force <= self.slack:
            self.anchor(force, travel, now)
        if now > self.held + self.hold_ms:
            return codes.FAULT_HOLD_TOO_LONG
        if now > self.began + self.session_ms:
            return codes.FAULT_SESSION_TOO_LONG
        if abs(travel - self.began_um) > self.most_um:
            return codes.FAULT_OVER_TRAVEL
        return codes.FAULT_NO_TENSION if travel > self.high_um else OK


def edges(chance: random.Random, plain: Plain) -> tuple[int, int]:
    """Return the readings of two cells at, just below or just above something that matters."""
    by_sum = (
        plain.ran[-10] + plain.up,
        plain.ran[-10] - plain.down,
        (plain.sums[-2] - 10_000) // 2,
        2 * (plain.hold + plain.band),
        2 * (plain.hold - plain.band),
        2 * plain.slack,
    )
    if chance.random() < 0.6:
        total = chance.choice(by_sum) + chance.choice((-2, -1, 0, 1, 2))
        apart = chance.choice((0, 0, 1, chance.randint(0, 9000)))
        return (total + apart) // 2, total - (total + apart) // 2
    high = chance.choice((plain.over, plain.at_once, plain.slack, plain.hold + plain.band)) + chance.randint(
        -1, 1
    )
    low = chance.choice(
        (high, high - 1, high - chance.randint(0, 20_000), plain.c.negative_mn + chance.randint(-1, 1))
    )
    return (high, low) if chance.random() < 0.5 else (low, high)


class Both:
    """The trips and their second writing, fed alike until one of them finds a fault."""

    def __init__(self, region: int, **limits: int) -> None:
        config = ControllerConfig(region, 7, codes.DRIVE_BACK_DRIVABLE)
        values = list(order.own_caps(config))
        for name, value in limits.items():
            values[getattr(order, name)] = value
        self.cells = Cells(config)
        self.trips, self.plain = Trips(config), Plain(config, tuple(values))
        self.trips.load(tuple(values))
        self.travel = self.now = 0

    def start(self, a: int, b: int, travel: int, now: int) -> None:
        self.cells.read(a, b)
        self.cells.read(a, b)
        self.travel, self.now = travel, now
        self.trips.start(self.cells, travel, now)
        self.plain.start(self.cells, travel, now)

    def judge(
        self,
        a: Any,
        b: Any,
        travel: int | None = None,
        velocity: int = 0,
        ms: int = TICK_MS,
        run: bool = True,
    ) -> int:
        self.cells.read(a, b)
        self.travel = self.travel if travel is None else travel
        self.now += ms
        if ms != TICK_MS:  # where a tick is missing nothing repeats itself
            self.plain.quiet_um = None
            self.plain.one[0].run = self.plain.one[1].run = 0
        now = (self.cells, self.travel, velocity, self.now, run)
        expected = self.plain.judge(*now)
        assert self.trips.judge(*now) == expected, (a, b, travel, velocity, ms, run)
        if expected == OK:
            self.same()
        return expected

    def same(self) -> None:
        """Hold what both remember against each other."""
        trips, plain = self.trips, self.plain
        assert (trips.model_velocity, trips.following_nm, trips.drift_nm) == (
            plain.model,
            plain.off,
            plain.drift,
        )
        assert (trips.hold_since_ms, trips.travel_high_um) == (plain.held, plain.high_um)
        for cell, one in zip((trips.stuck.a, trips.stuck.b), plain.one, strict=True):
            if one.run >= 5:
                lived = (one.since, one.at, one.moves, min(one.others), max(one.others))
                assert (cell.ms, cell.travel_um, cell.moves, cell.low_mn, cell.high_mn) == lived

    def off(self, off_nm: int, drift_nm: int = 0) -> None:
        """Let so much have added up."""
        self.trips.following_nm = self.plain.off = off_nm
        self.trips.drift_nm = self.plain.drift = drift_nm


def drawn_limits(chance: random.Random) -> dict[str, int]:
    return {
        "MAX_FORCE": chance.randint(40_000, 200_000),
        "MAX_RATE_UP": chance.randint(1_000, 15_000),
        "MAX_RATE_DOWN": chance.randint(1_000, 40_000),
        "MAX_HOLD": chance.choice((100, 200, 5000)),
        "MAX_SESSION": chance.choice((300, 1000, 9000)),
        "MAX_TRAVEL": chance.choice((500, 3000, 60_000)),
        "SLACK_FORCE": chance.choice((2_000, 10_000)),
    }


@pytest.mark.parametrize("region", [codes.REGION_LUMBAR, codes.REGION_CERVICAL])
def test_whatever_comes_both_find_the_same(region: int) -> None:
    chance = random.Random(region)
    found: dict[int, int] = {}
    for _ in range(900):
        both = Both(region, **drawn_limits(chance))
        a = b = chance.choice((0, 0, chance.randint(0, 60_000)))
        both.start(a, b, chance.choice((0, 20_000, -3000)), chance.choice((0, 10, 90_000)))
        plain, edgy, still = both.plain, chance.random() * 0.4, chance.random() * 0.6
        pull = chance.choice((0, 0, 500, 2_000, 9_000))
        fault = OK
        for _ in range(120):
            if chance.random() < edgy * 0.5:
                a, b = edges(chance, plain)
            else:
                moved = chance.randint(-700, 900)
                a, b = a + moved * (chance.random() > still), b + moved * (chance.random() > still)
            travel = both.travel + (plain.model * TICK_MS) // 1000 + (chance.random() < 0.1)
            if chance.random() < edgy * 0.05:
                ends = (plain.high_um, plain.began_um + plain.most_um, plain.began_um - plain.most_um)
                travel = chance.choice(ends) + chance.randint(-1, 1)
                plain.last_um = both.trips.last_travel_um = travel
            jump = chance.random() < edgy * 0.3
            if jump and plain.quiet_um is not None:
                travel = plain.quiet_um + chance.choice((0, plain.c.quiet_um)) + chance.randint(-1, 1)
            elif jump and max(one.run for one in plain.one) >= 5:
                at = max(plain.one, key=lambda one: one.run).at
                travel = at + chance.choice((-1, 1)) * plain.c.stuck_um + chance.randint(-1, 1)
            if jump:
                plain.last_um = both.trips.last_travel_um = travel
            ms = chance.choice((100, 200, 500)) if chance.random() < 0.01 else TICK_MS
            fault = both.judge(a, b, travel, pull, ms, chance.random() < 0.97)
            if fault:
                break
        found[fault] = found.get(fault, 0) + 1
    expected = {OK, codes.FAULT_OVER_RATE, codes.FAULT_HOLD_TOO_LONG, codes.FAULT_SESSION_TOO_LONG}
    expected |= {codes.FAULT_OVER_TRAVEL, codes.FAULT_NO_TENSION, codes.FAULT_NEGATIVE_FORCE}
    expected |= {codes.FAULT_OVER_FORCE, codes.FAULT_FORCE_LOST, codes.FAULT_CELL_STUCK}
    assert expected <= set(found)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("off_nm", "drift_nm", "fault"),
    [
        (350_000, 0, OK),
        (350_001, 0, codes.FAULT_FOLLOWING),
        (0, 350_001, OK),
        (0, 1_000_000, OK),
        (0, 1_000_001, codes.FAULT_FOLLOWING),
        (350_000, 1_000_000, OK),
        (350_001, 1_000_000, codes.FAULT_FOLLOWING),
    ],
)
def test_how_far_the_carriage_may_be_from_where_it_was_told(
    sign: int, off_nm: int, drift_nm: int, fault: int
) -> None:
    both = Both(codes.REGION_LUMBAR)
    both.start(50_000, 50_001, 0, 0)
    both.off(sign * off_nm, sign * drift_nm)
    assert both.judge(50_010, 50_020) == fault


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("velocity", "later_ms", "off_nm", "fault"),
    [
        (20_000, 10, 350_001, codes.FAULT_FOLLOWING),  # a quarter of it comes through at once: the pull speed
        (20_004, 10, 1_000_000, OK),
        (20_004, 10, 1_000_001, codes.FAULT_FOLLOWING),
        (20_004, 2_990, 1_000_000, OK),
        (20_004, 3_000, 350_001, codes.FAULT_FOLLOWING),
        (20_004, 3_000, 350_000, OK),
    ],
)
def test_after_a_fast_command_it_may_be_further_away_for_three_seconds(
    sign: int, velocity: int, later_ms: int, off_nm: int, fault: int
) -> None:
    both = Both(codes.REGION_LUMBAR)
    both.start(50_000, 50_001, 0, 0)
    assert both.judge(50_010, 50_020, sign * 50, velocity) == OK
    both.trips.model_velocity = both.plain.model = 0
    both.off(sign * off_nm)
    assert both.judge(50_011, 50_021, ms=later_ms) == fault


@pytest.mark.parametrize(("cell", "far"), [(0, False), (1, False), (0, True), (1, True)])
@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_cell_that_repeats_itself_is_stuck_from_here_on(cell: int, far: bool, more: int, sign: int) -> None:
    both = Both(codes.REGION_LUMBAR)
    both.start(50_000, 50_000, 0, 0)
    found = []
    for tick in range(1, 26 + more):  # from the fifth on: ten changes of the other, by 1.5 N, in 0.2 s
        other = 50_000 + (0 if far else min(150 * tick, 150 * 14 + more - 1) if tick > 4 else tick)
        travel = sign * (1000 + more) if far and tick > 6 else 0
        if far:
            both.plain.last_um = both.trips.last_travel_um = travel
        found.append(both.judge(*((50_000, other) if cell == 0 else (other, 50_000)), travel))
        if found[-1]:
            break
    assert not any(found[:-1])
    assert (both.cells.trust_a, both.cells.trust_b)[cell] is not bool(found[-1])


@pytest.mark.parametrize("left_out", ["a", "b"])
def test_a_cell_left_out_already_is_no_news_when_it_is_stuck(left_out: str) -> None:
    both = Both(codes.REGION_LUMBAR)
    both.start(50_000, 50_000, 0, 0)
    getattr(both.cells, f"distrust_{left_out}")()
    for tick in range(1, 40):
        pair = (50_000, 50_000 + 200 * tick)
        assert both.judge(*(pair if left_out == "a" else pair[::-1])) == OK


def test_near_slack_two_cells_are_stuck_after_5_mm_of_pulling_from_where_it_was_least() -> None:
    both = Both(codes.REGION_LUMBAR)
    both.start(10_000, 10_000, 10_000, 0)
    ways = [10_000, 10_000, 12_000, 4_000, 9_000, 9_001]
    found = []
    for travel in ways:
        both.plain.last_um = both.trips.last_travel_um = travel
        found.append(both.judge(10_000, 10_000, travel))
    assert found == [OK] * 5 + [codes.FAULT_CELL_STUCK]
    assert not both.cells.trusted()


@pytest.mark.parametrize(("force", "fault"), [(10_001, codes.FAULT_HOLD_TOO_LONG), (10_000, OK)])
def test_a_force_just_above_slack_is_a_hold(force: int, fault: int) -> None:
    both = Both(codes.REGION_LUMBAR, MAX_HOLD=100)
    both.start(force, force, 0, 0)
    found = [both.judge(force + 1 - 2 * (tick % 2), force - 1 + 2 * (tick % 2)) for tick in range(61)]
    assert found[-1] == fault
    assert not any(found[:-1])


def test_a_hold_ends_where_it_falls_to_slack_also_within_its_band() -> None:
    both = Both(codes.REGION_LUMBAR)
    both.start(30_000, 30_001, 0, 0)
    for force in (*range(29_000, 10_001, -1_000), 10_002, 10_001, 10_000, 9_999, 10_000, 10_001):
        assert both.judge(force, force) == OK


@pytest.mark.parametrize("cell", [0, 1])
def test_what_repeats_itself_for_two_seconds_is_followed_from_anew(cell: int) -> None:
    both = Both(codes.REGION_LUMBAR)
    both.start(50_000, 50_000, 0, 0)
    for tick in range(1, 410):
        pair = (50_000, 50_000 + tick % 3)
        assert both.judge(*(pair if cell == 0 else pair[::-1])) == OK
