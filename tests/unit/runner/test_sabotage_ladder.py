"""The watch over a release by its numbers: when it asks for more, when it gives up, and what slack is."""

from __future__ import annotations

import pytest

from traction.drivers.base import StopKind
from traction.runner.ladder import Ladder
from traction.safety.belief import CELL_A, CELL_B
from traction.wire import codes

RELEASE, FAST, OFF = StopKind.RELEASE, StopKind.FAST, StopKind.OFF
STANDS = {
    codes.STATE_BOOT,
    codes.STATE_IDENTIFIED,
    codes.STATE_READY,
    codes.STATE_DUMPED,
    codes.STATE_DONE,
    codes.STATE_FAULT_LATCHED,
    codes.STATE_UNLOAD_ONLY,
}


def ladder(trusted: int | None = None) -> Ladder:
    return Ladder(5_000_000, 10_000) if trusted is None else Ladder(5_000_000, 10_000, lambda: trusted)


def seen(made: Ladder, seqs: range, **change: int) -> list[bool]:
    said = {"state": codes.STATE_DONE, "force_mn": 0, "force_b_mn": 0, "age_us": 0} | change
    state, a_mn, b_mn, age_us = (said[name] for name in ("state", "force_mn", "force_b_mn", "age_us"))
    return [made.slack(state, a_mn, b_mn, seq, age_us) for seq in seqs]


FIVE = [False, False, False, False, True]


@pytest.mark.parametrize("state", range(-1, len(codes.STATE_NAMES) + 1))
def test_only_where_the_drive_does_not_pull_the_harness_can_be_slack(state: int) -> None:
    assert seen(ladder(), range(1, 6), state=state) == (FIVE if state in STANDS else [False] * 5)


@pytest.mark.parametrize("force_mn", [12_000, -12_000])
@pytest.mark.parametrize("cell", ["force_mn", "force_b_mn"])
def test_slack_is_what_the_controller_calls_so_and_2_n(cell: str, force_mn: int) -> None:
    assert seen(ladder(), range(1, 6), **{cell: force_mn}) == FIVE
    beyond = force_mn + (1 if force_mn > 0 else -1)
    assert seen(ladder(), range(1, 6), **{cell: beyond}) == [False] * 5
    other = CELL_B if cell == "force_mn" else CELL_A
    assert seen(ladder(other), range(1, 6), **{cell: beyond}) == FIVE  # a cell that is not believed


@pytest.mark.parametrize(("age_us", "counts"), [(0, True), (200_000, True), (200_001, False), (-1, False)])
def test_slack_is_shown_by_samples_of_now(age_us: int, counts: bool) -> None:
    assert seen(ladder(), range(1, 6), age_us=age_us) == (FIVE if counts else [False] * 5)


@pytest.mark.parametrize(
    "spoiled", [{"state": codes.STATE_RUN}, {"force_mn": 50_000, "force_b_mn": 50_000}, {"age_us": 200_001}]
)
def test_after_one_that_shows_no_slack_five_more_are_wanted(spoiled: dict[str, int]) -> None:
    made = ladder()
    assert seen(made, range(1, 5)) == [False] * 4
    assert seen(made, range(5, 6), **spoiled) == [False]
    assert seen(made, range(6, 11)) == FIVE


def test_after_a_number_that_went_back_five_more_are_wanted() -> None:
    made = ladder()
    assert seen(made, range(11, 15)) == [False] * 4
    assert seen(made, range(1, 7)) == [False, *FIVE]
    assert seen(made, range(6, 7)) == [True]  # said again it is slack still


@pytest.mark.parametrize(("first", "counted"), [(0, FIVE), (-1, [False, *FIVE]), (-2, [False, *FIVE])])
def test_the_first_sample_of_all_is_number_0(first: int, counted: list[bool]) -> None:
    assert seen(ladder(), range(first, first + len(counted))) == counted


@pytest.mark.parametrize("begun_us", [None, 0, 7_000_000])
def test_a_release_has_its_time_and_a_second_and_a_half(begun_us: int | None) -> None:
    made, at_us = ladder(), begun_us or 0
    if begun_us is not None:
        made.start(begun_us)
    assert made.overdue(at_us + 6_500_000, RELEASE, blind=False) is None
    assert made.overdue(at_us + 6_500_001, RELEASE, blind=False) is FAST
    assert made.overdue(at_us + 6_500_000, RELEASE, blind=True) is None
    assert made.overdue(at_us + 6_500_001, RELEASE, blind=True) is OFF
    assert made.overdue(at_us + 6_500_001, FAST, blind=True) is OFF
    assert made.overdue(at_us + 60_000_000, OFF, blind=False) is None
    assert made.overdue(at_us + 60_000_000, OFF, blind=True) is None


def test_a_fast_release_has_two_seconds_of_its_own() -> None:
    made = ladder()
    made.start(1_000_000)
    made.step(8_000_000)
    assert made.overdue(10_000_000, FAST, blind=False) is None
    assert made.overdue(10_000_001, FAST, blind=False) is OFF
    made.step(2_000_000)  # asked for early: the release has its time all the same
    assert made.overdue(7_500_000, FAST, blind=False) is None
    assert made.overdue(7_500_001, FAST, blind=False) is OFF


@pytest.mark.parametrize("begun_us", [None, 3_000_000])
@pytest.mark.parametrize(("blind", "lasts_us"), [(False, 5_000_000), (True, 1_000_000)])
def test_with_the_power_off_there_is_an_end(begun_us: int | None, blind: bool, lasts_us: int) -> None:
    made, at_us = ladder(), begun_us or 0
    if begun_us is not None:
        made.start(begun_us)
    for _ in range(2):
        assert not made.exhausted(at_us + lasts_us, OFF, blind=blind)
        assert made.exhausted(at_us + lasts_us + 1, OFF, blind=blind)
        assert not made.exhausted(at_us + lasts_us + 1, FAST, blind=blind)
        assert not made.exhausted(at_us + lasts_us + 1, RELEASE, blind=blind)
        at_us += 9_000_000
        made.step(at_us)
