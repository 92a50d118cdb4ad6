"""The rules for two load cells, written down a second time and without a shortcut: both must say the same."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest

from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.wire import codes

NONE = codes.FORCE_INVALID_MN
LOWEST, HIGHEST, APART = -100_000, 1_500_000, 27_000
Pair = tuple[Any, Any]


class Plain:
    """What is promised of two cells, each rule in the words of its promise."""

    def __init__(self) -> None:
        self.now: list[int] = [NONE, NONE]
        self.kept = [0, 0]
        self.bad = [0, 0]  # thirds of a bad sample: three for each, one is forgiven by a good one
        self.trust = [True, True]
        self.apart = 0  # samples in a row in which both were good, believed, and differed

    def read(self, pair: Pair) -> int:
        fault = codes.FAULT_NONE
        for cell, reading in enumerate(pair):
            good = type(reading) is int and LOWEST <= reading <= HIGHEST
            self.now[cell] = reading if good else NONE
            self.bad[cell] = max(self.bad[cell] - 1, 0) if good else min(self.bad[cell] + 3, 9)
            if good:
                self.kept[cell] = reading
            if self.bad[cell] == 9 and self.trust[cell]:
                self.trust[cell] = False
                fault = codes.FAULT_CELL_RANGE
        if NONE in self.now or not all(self.trust):
            return fault
        self.apart = self.apart + 1 if abs(self.now[0] - self.now[1]) > APART else 0
        return codes.FAULT_CELL_DISAGREE if self.apart > 50 else codes.FAULT_NONE

    def seen(self) -> dict[str, Any]:
        believed = [
            kept if trust else other
            for kept, other, trust in zip(self.kept, self.kept[::-1], self.trust, strict=False)
        ]
        simple = all(self.trust) and self.bad == [0, 0]
        return {
            "force_a_mn": self.now[0],
            "force_b_mn": self.now[1],
            "high_mn": max(believed),
            "sum_mn": sum(believed),
            "force_mn": sum(believed) // 2,
            "fresh": any(now != NONE and trust for now, trust in zip(self.now, self.trust, strict=False)),
            "trust_a": self.trust[0],
            "trust_b": self.trust[1],
            "simple": simple,
            "steady": simple and NONE not in self.now and self.apart == 0,
        }


def both_say_the_same(pairs: Iterable[Pair]) -> list[int]:
    cells, plain, faults = (
        Cells(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE)),
        Plain(),
        [],
    )
    for index, pair in enumerate(pairs):
        faults.append(plain.read(pair))
        assert cells.read(*pair) == faults[-1], index
        expected = plain.seen()
        assert {name: getattr(cells, name) for name in expected} == expected, index
    return faults


EDGES: tuple[Pair, ...] = (
    (300_000, 301_000),
    (301_000, 300_000),
    (300_000, 300_000 + APART),
    (300_000 + APART + 1, 300_000),
    (LOWEST, LOWEST),
    (LOWEST - 1, LOWEST),
    (LOWEST, LOWEST - 1),
    (HIGHEST, HIGHEST),
    (HIGHEST + 1, HIGHEST),
    (HIGHEST, HIGHEST + 1),
    (-13_000, 13_000),
    (None, 300_000),
    (300_000, None),
    (None, None),
    (True, 1),
    (2.0, 2),
)


def test_after_any_three_pairs_both_say_the_same() -> None:
    for pairs in product(EDGES, repeat=3):
        both_say_the_same(((300_000, 300_500), (300_100, 300_400), *pairs))


FAR, NEAR, GONE = (300_000, 330_000), (300_000, 301_000), (None, 330_000)


@pytest.mark.parametrize("turn", [lambda pair: pair, lambda pair: pair[::-1]], ids=["a", "b"])
@pytest.mark.parametrize(
    ("pairs", "fault", "count"),
    [
        ([FAR] * 50, codes.FAULT_CELL_DISAGREE, 0),
        ([FAR] * 51, codes.FAULT_CELL_DISAGREE, 1),
        ([FAR] * 50 + [NEAR] + [FAR] * 50, codes.FAULT_CELL_DISAGREE, 0),
        (
            [FAR] * 50 + [GONE] + [FAR],
            codes.FAULT_CELL_DISAGREE,
            1,
        ),  # a sample that says nothing changes nothing
        ([FAR] * 50 + [GONE] * 40 + [FAR] * 5, codes.FAULT_CELL_DISAGREE, 0),  # nor one of a cell left out
        ([FAR] * 50 + [GONE] * 40 + [FAR] * 5, codes.FAULT_CELL_RANGE, 1),
        ([GONE, NEAR, NEAR] * 9, codes.FAULT_CELL_RANGE, 1),
        ([GONE, NEAR, NEAR, NEAR] * 50, codes.FAULT_CELL_RANGE, 0),
        ([GONE] * 9 + [NEAR] * 30 + [FAR] * 60, codes.FAULT_CELL_DISAGREE, 0),
        ([GONE] * 3 + [(None, None)] * 3 + [NEAR] * 10, codes.FAULT_CELL_RANGE, 2),
    ],
)
def test_what_lasts_is_counted_alike(turn: Any, pairs: list[Pair], fault: int, count: int) -> None:
    assert both_say_the_same([turn(pair) for pair in (NEAR, *pairs)]).count(fault) == count


@pytest.mark.parametrize(("mine", "other"), [("a", "b"), ("b", "a")])
def test_a_cell_that_is_left_out_leaves_everything_to_the_other(mine: str, other: str) -> None:
    cells = Cells(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE))
    cells.read(300_000, 300_000)
    cells.read(300_000, 300_000)
    getattr(cells, f"distrust_{mine}")()
    assert (cells.trusted(), cells.simple, cells.steady) == (True, False, False)
    assert (getattr(cells, f"trust_{mine}"), getattr(cells, f"trust_{other}")) == (False, True)
    cells.read(310_000, 320_000)
    assert cells.high_mn == cells.force_mn == (320_000 if other == "b" else 310_000)
    getattr(cells, f"distrust_{other}")()
    assert not cells.trusted()
    cells.read(310_000, 320_000)
    assert not cells.fresh
    cells.trust()
    assert (cells.trusted(), cells.simple, cells.steady, cells.bucket_a, cells.bucket_b) == (
        True,
        True,
        False,
        0,
        0,
    )


@pytest.mark.parametrize("force", [0, 250, -250, LOWEST, HIGHEST])
def test_two_cells_agree_on_any_force(force: int) -> None:
    cells = Cells(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE))
    cells.read(force, force)
    assert cells.agree()
