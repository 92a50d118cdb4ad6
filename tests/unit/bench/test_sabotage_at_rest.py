"""A table that is not at rest, cells that move, weights that are none: each alone is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from traction.bench.calibration import (
    GAIN_BAND,
    LEAST_RESIDUAL_N,
    RESIDUAL_SHARE,
    Calibration,
    Fit,
    Zero,
    span,
    with_zero,
)
from traction.bench.cells import SAMPLES, still_n
from traction.bench.connect import connector_for
from traction.bench.pull import LOW_CAP_MN, SETTLE_US, STILL_UM, STILL_US, low_limits, settle
from traction.clock import VirtualClock, WallClock
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import ScriptedDriver, sample
from traction.errors import RefusedError, TableError, UsageError
from traction.runner.plan import controller_limits
from traction.safety.hardware import load_table, session_limits
from traction.wire import codes

NOW = "2026-11-22T12:00:00Z"
SLACK_MN = 10_000


# ---- a table at rest ------------------------------------------------------------------------------------


def scripted(*steps: Any, clock: VirtualClock) -> GuardedDriver:
    guard = GuardedDriver(ScriptedDriver(steps, clock=clock), clock)
    guard.open()
    return guard


REST: dict[str, Any] = {"state": codes.STATE_IDENTIFIED}


def settled_us(changes: dict[int, dict[str, Any]], after: dict[str, Any] | None = None) -> int:
    """Return when a table counts as settled; ``changes`` are the samples, by number, that differ."""
    clock = VirtualClock()
    every = REST | (after or {})
    steps = [sample(seq, **(every | changes.get(seq, {}))) for seq in range(1, 1600)]
    settle(scripted(*steps, clock=clock), clock, SLACK_MN)
    return clock.now_us()


def test_a_table_is_settled_when_it_has_stood_still_and_slack_for_half_a_second() -> None:
    assert settled_us({}) == STILL_US
    assert settled_us({}, {"force_mn": SLACK_MN, "force_b_mn": -SLACK_MN}) == STILL_US
    assert settled_us({10: {"travel_um": STILL_UM}}) == STILL_US
    moved = {10: {"travel_um": STILL_UM + 1}}
    assert settled_us(moved) == STILL_US + 10 * 20_000  # it went, and came back one sample later


@pytest.mark.parametrize(
    "change",
    [
        {"force_mn": SLACK_MN + 1, "force_b_mn": 0},
        {"force_mn": 0, "force_b_mn": SLACK_MN + 1},
        {"force_mn": 0, "force_b_mn": -SLACK_MN - 1},
        {"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED},
        {"state": codes.STATE_RUN},
        {"state": codes.STATE_UNLOAD_ONLY},
    ],
)
def test_a_table_that_is_not_at_rest_is_waited_for_and_then_refused(change: dict[str, Any]) -> None:
    last = STILL_US // 20_000 + 20
    assert settled_us(dict.fromkeys(range(1, last), change)) == (last - 1) * 20_000
    with pytest.raises(TableError, match="E551 after 30 s"):
        settled_us({}, change)


def test_a_table_that_settles_too_late_is_refused() -> None:
    clock = VirtualClock()
    steps = [sample(seq, state=codes.STATE_RUN) for seq in range(1, SETTLE_US // 20_000 + 1)]
    with pytest.raises(TableError, match="E551"):
        settle(scripted(*steps, sample(9_999, **REST), clock=clock), clock, SLACK_MN)
    assert clock.now_us() == SETTLE_US


@pytest.mark.parametrize("region", ["lumbar", "cervical"])
def test_a_gentle_pull_only_ever_tightens(region: str) -> None:
    limits = session_limits(region, load_table("sim"))
    known = controller_limits(limits)
    assert low_limits(limits).max_force_mn == LOW_CAP_MN[region]
    assert low_limits(limits, cap_mn=LOW_CAP_MN[region] + 1).max_force_mn == LOW_CAP_MN[region] + 1
    beyond = 10**12
    loose = low_limits(limits, cap_mn=beyond, max_hold_ms=beyond, max_session_ms=beyond, max_travel_um=beyond)
    assert loose == known
    assert low_limits(limits, max_hold_ms=7, max_session_ms=8, max_travel_um=9) == replace(
        known, max_force_mn=LOW_CAP_MN[region], max_hold_ms=7, max_session_ms=8, max_travel_um=9
    )


# ---- load cells -----------------------------------------------------------------------------------------


def still(most_n: float = 5.0, **odd: Any) -> tuple[float, float]:
    """Return the mean of both cells where the 50th sample is an odd one."""
    clock = VirtualClock()
    steps = [sample(seq, **(REST | (odd if seq == 50 else {}))) for seq in range(1, SAMPLES + 1)]
    found = still_n(scripted(*steps, clock=clock), clock, load_table("sim"), most_n)
    assert clock.now_us() == 2_000_000
    return found


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"state": codes.STATE_RUN}, "the drive may have power"),
        ({"force_mn": 0, "force_b_mn": codes.FORCE_INVALID_MN}, "a load cell gives no reading"),
        ({"force_mn": 5_001, "force_b_mn": 0}, "a load cell reads 5.0 N"),
        ({"force_mn": 0, "force_b_mn": -5_001}, "a load cell reads -5.0 N"),
    ],
)
def test_one_sample_of_a_hundred_is_enough_against_the_cells(odd: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        still(**odd)


def test_cells_may_read_what_they_may_and_no_more() -> None:
    for force_mn, good in ((5_000, True), (-5_000, True), (5_001, False), (-5_001, False)):
        clock = VirtualClock()
        steps = [sample(seq, **REST, force_mn=force_mn) for seq in range(1, SAMPLES + 1)]
        guard = scripted(*steps, clock=clock)
        if good:
            assert still_n(guard, clock, load_table("sim"), 5.0) == (force_mn / 1000, force_mn / 1000)
            continue
        with pytest.raises(RefusedError, match="E552"):
            still_n(guard, clock, load_table("sim"), 5.0)


def test_cells_may_move_by_their_noise_and_no_more() -> None:
    facts = load_table("sim")
    most_mn = math.floor((12 * facts.force_noise_n + 2 * facts.force_resolution_n) * 1000 + 1e-6)
    most_n = most_mn / 1000 + 5
    assert still(most_n, force_mn=most_mn, force_b_mn=0) == (most_mn / SAMPLES / 1000, 0.0)
    for cell in ({"force_mn": most_mn + 1, "force_b_mn": 0}, {"force_mn": 0, "force_b_mn": most_mn + 1}):
        with pytest.raises(RefusedError, match="moves by"):
            still(most_n, **cell)


WEIGHTS = [10.0, 20.0, 400.0] * 2


def test_weights_are_three_known_ones_each_twice() -> None:
    readings = [(one, one) for one in WEIGHTS]
    assert span(WEIGHTS, readings, date=NOW, operator="").passed
    for weights in (
        [10.0, 20.0] * 2,
        [10.0, math.nan, 20.0] * 2,
        [10.0, math.inf, 20.0] * 2,
        [1.0, 2.0, 3.0, 3.0],
    ):
        with pytest.raises(RefusedError, match="E553"):
            span(weights, [(1.0, 1.0)] * len(weights), date=NOW, operator="")


def test_the_worst_of_a_cell_counts_against_the_largest_weight() -> None:
    made = span(WEIGHTS, [(one, one) for one in WEIGHTS[:5]] + [(400.0, 401.0)], date=NOW, operator="")
    assert made.fits[1].hysteresis_n == pytest.approx(1.0)
    assert made.fits[0].hysteresis_n == 0.0
    light = span([1.0, 2.0, 3.0] * 2, [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)] * 2, date=NOW, operator="")
    assert (made.limit_n, light.limit_n) == (RESIDUAL_SHARE * 400.0, LEAST_RESIDUAL_N)


def made_of(**fit: float) -> Calibration:
    good = Fit(1.0, 0.0, 0.0, 0.0)
    return Calibration(NOW, "", (), (), (good, replace(good, **fit)), 2.0)


@pytest.mark.parametrize("name", ["residual_n", "hysteresis_n"])
def test_a_calibration_is_good_to_its_limit_and_not_beyond(name: str) -> None:
    assert made_of(**{name: 2.0}).passed
    for value in (2.001, math.nan):
        assert not made_of(**{name: value}).passed
    for gain in (1.0 + GAIN_BAND - 1e-9, 1.0 - GAIN_BAND + 1e-9):
        assert made_of(gain=gain).passed
    for gain in (1.0 + GAIN_BAND + 1e-9, 1.0 - GAIN_BAND - 1e-9, math.nan):
        assert not made_of(gain=gain).passed


def test_only_a_newer_zero_counts() -> None:
    known = made_of()
    for date, counts in ((NOW, False), ("2026-11-22T12:00:01Z", True), ("2026-11-22T11:59:59Z", False)):
        made = with_zero(known, Zero(date, "", 1.5, -1.5))
        assert made is not None
        assert (made.fits[0].offset_n, made.fits[1].offset_n) == ((1.5, -1.5) if counts else (0.0, 0.0))
    assert with_zero(None, Zero(NOW, "", 1.5, -1.5)) is None


# ---- who is on the line ---------------------------------------------------------------------------------


def test_a_line_is_timed_and_a_simulated_table_has_a_person_at_it() -> None:
    clock, setup = VirtualClock(), TableSetup(region="lumbar")
    simulated = connector_for("sim:", clock, setup)
    assert (simulated.hand is None, simulated.puller is None, simulated.timing) == (False, False, None)
    wired = connector_for("tcp://127.0.0.1:1", WallClock(), setup)
    assert (wired.hand, wired.puller, wired.timing is None) == (None, None, False)
    with pytest.raises(RefusedError, match="E349"):
        connector_for("tcp://127.0.0.1:1", clock, setup)


def test_another_scheme_has_neither_a_line_nor_a_person() -> None:
    other = connector_for("mine:there", VirtualClock(), TableSetup(region="lumbar"))
    assert (other.hand, other.puller, other.timing) == (None, None, None)
    with pytest.raises(UsageError):
        other.make()
