"""The noise of one cell written down a second time: both must gather, spend, count and say the same."""

from __future__ import annotations

import random

import pytest

from traction.safety.watch.noise import CellNoise


class Plain:
    """Time in which a cell changed, up to 1 s, less what each repetition costs."""

    def __init__(self) -> None:
        self.gathered = 0
        self.last = -1
        self.since = -1
        self.lively = False
        self.moves = 0

    def pass_over(self, t: int, repeats: bool) -> None:
        if repeats or self.last == -1:
            self.spend(t)

    def is_missing(self, t: int, since: int, other: bool) -> bool:
        if since != self.since:
            self.since, self.moves = since, 0
            self.lively = self.gathered + t - self.last >= 500_000
        self.spend(t)
        self.moves += int(other)
        gone = t - since
        return self.lively and 240_000 * self.moves >= 10 * gone and gone >= 240_000

    def spend(self, t: int) -> None:
        if self.last == -1:
            self.gathered = 0
        else:
            self.gathered = max(min(self.gathered + t - self.last, 1_000_000) - 150_000, 0)
        self.last = t


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_both_say_the_same(seed: int) -> None:
    chance = random.Random(seed)
    noise, plain = CellNoise(), Plain()
    t = chance.choice((0, 0, 1, 600_000))
    since, calm = chance.choice((0, 1, t)), chance.random()
    found = set()
    for step in range(150):
        known = (noise._gathered_us, noise._repeat_us, noise._since_us, noise._lively, noise._moves)
        assert known == (plain.gathered, plain.last, plain.since, plain.lively, plain.moves), step
        if chance.random() < calm:
            other = chance.random() < 0.9
            said = noise.is_missing(t, since, other)
            assert said == plain.is_missing(t, since, other), step
            found.add(said)
        else:
            repeats = chance.random() < 0.3
            noise.pass_over(t, repeats)
            plain.pass_over(t, repeats)
            since = t if chance.random() < 0.4 else since
        t += chance.choice((20_000,) * 9 + (0, 1, 200_000, 500_000, 1_200_000))


@pytest.mark.parametrize(("lively_us", "since_us", "moves", "missing"), [
    (500_000, 240_000, 10, True),
    (499_999, 240_000, 10, False),
    (500_000, 239_999, 10, False),
    (500_000, 240_000, 9, False),
])  # fmt: skip
def test_noise_is_missing_from_here_on(lively_us: int, since_us: int, moves: int, missing: bool) -> None:
    noise = CellNoise()
    noise.pass_over(0, False)
    came_us = lively_us - 1  # the reading that is repeated from the next microsecond on
    said = [noise.is_missing(lively_us, came_us, False)]
    for move in range(1, 11):
        t_us = came_us + since_us if move == 10 else lively_us + move
        said.append(noise.is_missing(t_us, came_us, move <= moves))
    assert said == [False] * 10 + [missing]


@pytest.mark.parametrize(("cell", "other"), [("force_mn", "force_b_mn"), ("force_b_mn", "force_mn")])
def test_what_the_other_cell_repeats_costs_a_lively_one_nothing(make_feed, cell: str, other: str) -> None:
    feed = make_feed()
    for tick in range(60):
        pair = {
            cell: 300_000 + 17 * (tick % 5),
            other: 300_000 + 13 * (tick // 3 * 2 + min(tick % 3, 1)) % 91,
        }
        assert feed.step(**pair).code == ""
    codes = []
    for tick in range(60, 90):
        codes.append(feed.step(**{cell: pair[cell], other: 300_000 + 13 * (tick % 7)}).code)
    assert codes.count("E414") == 1
