"""Figures of single segments, worked out by hand, and everything a segment refuses."""

import math
import subprocess
import sys

import numpy as np
import pytest

from traction.errors import ProtocolError
from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve


def test_a_ramp_has_its_ends_its_rate_and_the_area_of_a_trapezium() -> None:
    ramp = Ramp(100.0, 400.0, 6.0)
    assert (ramp.peak_n, ramp.trough_n, ramp.rate_up_n_per_s, ramp.rate_down_n_per_s) == (400, 100, 50, 0)
    assert ramp.force_at(2.0) == 200.0
    assert ramp.impulse_above(0.0) == 1500.0
    assert ramp.impulse_above(250.0) == 0.5 * 150.0 * 3.0
    assert ramp.impulse_above(400.0) == 0.0
    assert Ramp(400.0, 100.0, 3.0).rate_down_n_per_s == 100.0
    assert Ramp(400.0, 100.0, 3.0).rate_up_n_per_s == 0.0


def test_an_s_curve_is_steepest_half_way_by_half_pi() -> None:
    curve = SCurve(0.0, 200.0, 4.0)
    assert curve.force_at(2.0) == pytest.approx(100.0)
    assert curve.force_at(1.0) == pytest.approx(100.0 * (1.0 - math.cos(math.pi / 4.0)))
    assert curve.rate_up_n_per_s == pytest.approx(math.pi / 2.0 * 50.0)
    assert curve.impulse_above(0.0) == pytest.approx(400.0)
    assert curve.impulse_above(100.0) == pytest.approx(200.0 * 4.0 / (2.0 * math.pi))


def test_a_log_rise_follows_its_formula_and_is_steepest_at_the_start() -> None:
    rise = LogRise(200.0, 400.0, 30.0)
    assert rise.force_at(10.0) == pytest.approx(200.0 + 200.0 * math.log10(4.0))
    assert rise.rate_up_n_per_s == pytest.approx(200.0 * 9.0 / math.log(10.0) / 30.0)
    assert rise.rate_down_n_per_s == 0.0
    area = (10.0 * math.log(10.0) - 9.0) / (9.0 * math.log(10.0))  # of ln(1 + 9 s) / ln 10 over 0 .. 1
    assert rise.impulse_above(200.0) == pytest.approx(200.0 * 30.0 * area)


@pytest.mark.parametrize(
    ("wave", "up", "down", "mean"),
    [
        ("sine", math.tau, math.tau, 1.0 / math.pi),
        ("triangle", 4.0, 4.0, 0.25),
        ("sawtooth", 1.0 / 0.45, 20.0, 0.25),
    ],
)
def test_a_wave_has_its_rates_and_half_its_impulse_above_its_level(
    wave: str, up: float, down: float, mean: float
) -> None:
    hold = Hold(300.0, 10.0, Oscillation(wave, 20.0, 0.5))
    assert (hold.peak_n, hold.trough_n, hold.start_n, hold.end_n) == (320.0, 280.0, 300.0, 300.0)
    assert hold.rate_up_n_per_s == pytest.approx(20.0 * 0.5 * up)
    assert hold.rate_down_n_per_s == pytest.approx(20.0 * 0.5 * down)
    assert hold.impulse_above(300.0) == pytest.approx(10.0 * 20.0 * mean)
    assert hold.impulse_above(280.0) == pytest.approx(10.0 * 20.0)
    assert hold.impulse_above(320.0) == 0.0


def test_the_sawtooth_falls_in_a_tenth_of_its_period() -> None:
    hold = Hold(100.0, 20.0, Oscillation("sawtooth", 10.0, 0.1))
    forces = [hold.force_at(t) for t in (0.0, 2.25, 4.5, 5.0, 5.5, 7.75, 10.0, 14.5)]
    assert forces == pytest.approx([100.0, 105.0, 110.0, 100.0, 90.0, 95.0, 100.0, 110.0])


def test_a_wave_covers_whole_periods_only_and_the_rest_of_the_hold_is_plain() -> None:
    hold = Hold(100.0, 2.75, Oscillation("sine", 10.0, 1.0))
    assert hold.force_at(1.25) == pytest.approx(110.0)
    assert [hold.force_at(t) for t in (2.0, 2.25, 2.75)] == [100.0, 100.0, 100.0]
    assert list(hold.force_at(np.array([2.0, 2.25, 2.75]))) == [100.0, 100.0, 100.0]
    assert hold.impulse_above(50.0) == pytest.approx(50.0 * 2.75)


def test_rounding_does_not_lose_a_period() -> None:
    assert 12.5 * 2.32 < 29.0, "the product this test is about is rounded down"
    assert Oscillation("sine", 1.0, 2.32).whole_periods(12.5) == 29
    assert Oscillation("sine", 1.0, 1.0).whole_periods(29.0 - 1e-9) == 28


def test_a_held_position_states_the_force_it_started_from() -> None:
    hold = Hold(300.0, 60.0, mode="position")
    assert (hold.start_n, hold.end_n, hold.peak_n, hold.rate_up_n_per_s) == (300.0, 300.0, 300.0, 0.0)


def test_equal_numbers_of_any_type_make_equal_segments() -> None:
    assert Ramp(0, 400, 8) == Ramp(np.float64(-0.0), 400.0, np.int64(8))
    assert str(Ramp(-0.0, 400, 8)) == "Ramp(start_n=0.0, end_n=400.0, duration_s=8.0)"
    assert type(Hold(np.float64(3.0), 1).force_at(0)) is float


WAVE = ("sine", 10.0, 1.0)
WRONG = [
    (lambda: Ramp(math.nan, 1.0, 1.0), {"Ramp.start_n": "E280"}),
    (lambda: SCurve(0.0, math.inf, 1.0), {"SCurve.end_n": "E280"}),
    (lambda: LogRise(0.0, 1.0, 10**400), {"LogRise.duration_s": "E280"}),
    (
        lambda: Ramp(-1.0, -2.0, 0.0),
        {"Ramp.duration_s": "E281", "Ramp.start_n": "E282", "Ramp.end_n": "E282"},
    ),
    (lambda: SCurve(0.0, 1.0, -1.0), {"SCurve.duration_s": "E281"}),
    (lambda: Hold(-5.0, math.nan), {"Hold.duration_s": "E280", "Hold.force_n": "E282"}),
    (lambda: LogRise(2.0, 1.0, 1.0), {"LogRise.end_n": "E285"}),
    (lambda: LogRise(0.0, 1.0, 1.0, 1e7), {"LogRise.sharpness": "E285"}),
    (lambda: LogRise(0.0, 1.0, 1.0, 1e-3), {"LogRise.sharpness": "E285"}),
    (lambda: LogRise(0.0, 1.0, 1.0, 0.0), {"LogRise.sharpness": "E281"}),
    (lambda: Oscillation("square", 1.0, 1.0), {"Oscillation.wave": "E283"}),
    (lambda: Oscillation("sine", 1.0, 5.1), {"Oscillation.frequency_hz": "E283"}),
    (
        lambda: Oscillation("sine", 0.0, math.inf),
        {"Oscillation.amplitude_n": "E281", "Oscillation.frequency_hz": "E280"},
    ),
    (lambda: Hold(5.0, 10.0, Oscillation(*WAVE)), {"Oscillation.amplitude_n": "E284"}),
    (lambda: Hold(50.0, 0.9, Oscillation(*WAVE)), {"Oscillation.frequency_hz": "E284"}),
    (lambda: Hold(50.0, 9.0, Oscillation(*WAVE), "position"), {"Hold.mode": "E284"}),
    (lambda: Hold(50.0, 9.0, mode="free"), {"Hold.mode": "E288"}),
]


@pytest.mark.parametrize(("build", "expected"), WRONG, ids=[",".join(wrong) for _, wrong in WRONG])
def test_every_wrong_number_is_refused_at_once_and_by_name(build, expected) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ProtocolError) as error:
        build()
    assert {problem.field: problem.code for problem in error.value.problems} == expected


@pytest.mark.parametrize(
    "t_s", [-1e-9, 6.0000001, math.nan, math.inf, np.array([1.0, math.nan]), np.array([7.0])]
)
def test_a_time_outside_is_refused_in_a_number_and_in_an_array(t_s: float) -> None:
    with pytest.raises(ProtocolError, match="E289"):
        Ramp(0.0, 1.0, 6.0).force_at(t_s)


def test_scalars_need_no_numpy() -> None:
    code = (
        "import sys; from traction.profile.profile import Profile; from traction.profile.segments import *;"
        "p = Profile.of(SCurve(0, 9, 1), Hold(9, 4, Oscillation('sine', 1, 1)), Ramp(9, 0, 1));"
        "p.force_at(1.5), p.cursor().at(2.0), p.longest_hold_s(1), p.impulse_n_s, p.digest();"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
