"""Lines through readings of known weights, and what is refused before a weight is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.bench.calibration import Zero, span, with_zero
from traction.bench.cells import still_n
from traction.clock import VirtualClock
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import ScriptedDriver, sample
from traction.errors import RefusedError
from traction.safety.hardware import load_table
from traction.wire import codes

WEIGHTS = (50.0, 100.0, 200.0)
ORDER = (*WEIGHTS, *reversed(WEIGHTS))


def read(gain_a: float, zero_a: float, gain_b: float = 1.0, zero_b: float = 0.0):
    readings = [(zero_a + gain_a * weight, zero_b + gain_b * weight) for weight in ORDER]
    return span(ORDER, readings, date="2026-11-22T12:00:00Z", operator="Ada")


@given(gain=st.floats(0.5, 1.5), zero=st.floats(-20.0, 20.0))
def test_the_line_of_a_straight_cell_is_found(gain: float, zero: float) -> None:
    fit = read(gain, zero).fits[0]
    assert fit.gain == pytest.approx(gain, abs=1e-9)
    assert fit.offset_n == pytest.approx(zero, abs=1e-7)
    assert fit.residual_n <= 1e-7
    assert fit.hysteresis_n == 0.0


def test_a_good_cell_passes_and_a_wrong_one_says_what_is_wrong() -> None:
    assert read(1.01, 0.5).passed
    assert any("slope" in text for text in read(1.06, 0.0).wrong)
    assert any("slope" in text for text in read(float("nan"), 0.0).wrong)
    bent = [(weight + (5.0 if weight == 100.0 else 0.0), weight) for weight in ORDER]
    assert any("cell A: the residual" in text for text in span(ORDER, bent, date="", operator="").wrong)
    lazy = [(weight, weight + (3.0 if at > 2 else 0.0)) for at, weight in enumerate(ORDER)]
    assert any("cell B: the hysteresis" in text for text in span(ORDER, lazy, date="", operator="").wrong)


@pytest.mark.parametrize("order", [(50.0, 100.0, 100.0, 50.0), (50.0, 100.0, 200.0), (50.0,) * 6])
def test_too_few_weights_or_one_way_only_are_refused(order) -> None:
    with pytest.raises(RefusedError) as caught:
        span(order, [(1.0, 1.0)] * len(order), date="", operator="")
    assert caught.value.code == "E553"


def test_a_newer_zero_takes_the_place_of_the_offset() -> None:
    known = read(1.0, 0.5)
    newer = with_zero(known, Zero("2026-12-01T00:00:00Z", "", 1.5, -1.5))
    assert newer is not None
    assert [fit.offset_n for fit in newer.fits] == [1.5, -1.5]
    assert with_zero(known, Zero("2026-01-01T00:00:00Z", "", 1.5, -1.5)) is known
    assert with_zero(None, Zero("2026-01-01T00:00:00Z", "", 1.5, -1.5)) is None


def still(*, state: int = codes.STATE_IDENTIFIED, most_n: float = 10.0, forces=lambda seq: 300 * (seq % 3)):
    clock = VirtualClock()
    steps = (sample(seq, state=state, force_mn=forces(seq)) for seq in range(1, 200))
    with GuardedDriver(ScriptedDriver(steps, clock=clock), clock) as guard:
        guard.open()
        return still_n(guard, clock, load_table("sim"), most_n)


def test_cells_at_rest_are_read_as_their_mean() -> None:
    assert still() == pytest.approx((0.3, 0.3), abs=0.01)


@pytest.mark.parametrize(
    "case",
    [
        {"forces": lambda seq: 10_001},
        {"forces": lambda seq: -10_001},
        {"forces": lambda seq: 20 * seq * 9, "most_n": 100.0},
        {"forces": lambda seq: codes.FORCE_INVALID_MN},
        {"state": codes.STATE_RUN},
        {"state": codes.STATE_RELEASING},
        {"state": codes.STATE_UNLOAD_ONLY},
    ],
)
def test_a_load_a_movement_or_a_powered_drive_is_refused(case) -> None:
    with pytest.raises(RefusedError) as caught:
        still(**case)
    assert caught.value.code == "E552"
