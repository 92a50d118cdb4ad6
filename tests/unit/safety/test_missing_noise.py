"""Where the carriage stands, a stuck cell is known by the noise that it had and has no more."""

import random

import pytest

from traction.safety.belief import CELL_A, CELL_B
from traction.safety.sample import Reaction
from traction.safety.watch.noise import CellNoise

CELLS = ["force_mn", "force_b_mn"]


def noisy(tick: int) -> dict[str, int]:
    """Return readings of two cells that change in every sample, by a little."""
    return {"force_mn": 300_000 + 17 * (tick % 5), "force_b_mn": 300_000 + 13 * (tick % 7)}


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_sticks_while_the_carriage_stands_is_seen_within_a_quarter_of_a_second(make_feed, cell):
    feed = make_feed()
    assert not [code for tick in range(60) if (code := feed.step(**noisy(tick)).code)]
    kept = feed.sample._asdict()[cell]
    verdicts = [feed.step(**{**noisy(tick), cell: kept}) for tick in range(60, 76)]
    assert [one.code for one in verdicts] == [""] * 11 + ["E414"] + [""] * 4
    assert verdicts[11].reaction == Reaction.RELEASE
    assert feed.supervisor.trusted == (CELL_B if cell == "force_mn" else CELL_A)


@pytest.mark.parametrize("cell", CELLS)
def test_a_coarse_cell_that_repeated_itself_before_proves_nothing(make_feed, cell):
    feed = make_feed()
    coarse = [300_000, 300_000, 300_000, 300_500]
    for tick in range(400):
        assert feed.step(**{**noisy(tick), cell: coarse[tick // 30 % 4]}).code == ""


def test_two_that_repeat_themselves_together_and_a_short_pause_are_no_stuck_cell(make_feed):
    feed = make_feed()
    for tick in range(60):
        feed.step(**noisy(tick))
    assert feed.run(5.0) == []
    feed = make_feed()
    for tick in range(400):  # eleven repetitions, and then a second that lives
        kept = feed.sample.force_mn if tick % 150 > 138 else noisy(tick)["force_mn"]
        assert feed.step(**{**noisy(tick), "force_mn": kept}).code == ""


@pytest.mark.parametrize("count_mn", [1, 50, 300])
def test_noise_of_any_fineness_trips_nothing(make_feed, count_mn):
    feed, chance = make_feed(), random.Random(count_mn)
    for _ in range(6_000):
        a, b = (300_000 + count_mn * round(chance.gauss(0, 150) / count_mn) for _ in "ab")
        assert feed.step(force_mn=a, force_b_mn=b).code == ""


def test_one_that_stands_after_a_ramp_beside_one_that_flips_between_two_counts_is_not_stuck(make_feed):
    feed = make_feed()
    for tick in range(60):  # as on a ramp: no reading comes twice
        assert feed.step(**noisy(tick)).code == ""
    for tick in range(90):
        flips = 300_000 + 500 * (tick // 2 % 2)
        assert feed.step(force_mn=feed.sample.force_mn, force_b_mn=flips).code == ""


@pytest.mark.parametrize(("begun_us", "missing"), [(500_000, True), (499_999, False)])
def test_a_cell_that_changed_for_half_a_second_is_missed_after_twelve_samples(begun_us, missing):
    noise = CellNoise()
    noise.pass_over(0, True)
    since_us = begun_us - 20_000
    assert not any(noise.is_missing(begun_us + 20_000 * tick, since_us, True) for tick in range(9))
    assert not noise.is_missing(since_us + 239_999, since_us, False)
    assert not noise.is_missing(since_us + 240_000, since_us, False)  # the other one has changed nine times
    assert noise.is_missing(since_us + 240_000, since_us, True) is missing
