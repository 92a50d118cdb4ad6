"""Force and time: the sweep against the published bands, holds and rests, slack and creep, and burn-in."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from traction.bench import bands
from traction.bench.course import cycles, steps
from traction.bench.result import Figure, Result, judged
from traction.bench.sessions import run
from traction.runner.outcome import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.bench.context import Bench
    from traction.bench.sessions import Ran

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

HOLD_S: Final = 5.0
SETTLE_S: Final = 2.0
"""The loop has so long to reach a level; what a level is judged by is the rest of its hold."""

CREEP_S: Final = 60.0
LONGEST_BLOCK_S: Final = 600.0
"""A long burn-in is a row of sessions, each far below what a session may last."""

MS_PER_H: Final = 3_600_000


def tolerance(bench: Bench) -> Result:
    """Go through the levels and hold each against the band of YY 0697; every sample of both cells counts."""
    name, title = "tolerance", "Force against the YY 0697 bands"
    levels = bands.levels_n(bench.limits.max_force_n, bench.reach_n)
    with bench.at_rest() as connection:
        text = steps("bench-tolerance", title, bench.rates, levels, HOLD_S)
        ran = run(bench, connection.guard, text)
    held = [span for span in ran.plan.profile.spans if span.kind == "hold"]
    figures = []
    for level_n in levels:
        spans = [span for span in held if abs(span.segment.start_n - level_n) < 1e-6]
        mask = np.zeros(len(ran.trace.t_us), dtype=bool)
        for span in spans:
            mask |= _within(ran, span.start_s + SETTLE_S, span.end_s)
        band_n = bands.force_band_n(level_n)
        worst_n = _worst_n(_cells_n(bench, ran), mask, level_n)
        figures.append(Figure(f"largest error at {level_n:g} N", worst_n, "N", -band_n, band_n))
    said = f"up to {levels[-1]:g} N, by the table's own cells"
    if bench.calibration is not None:
        said += f", corrected by the calibration of {bench.calibration.date[:10]}"
    return judged(name, title, figures, wrong=_wrong_end(ran), said=said)


def _cells_n(bench: Bench, ran: Ran) -> tuple[Floats, Floats]:
    """Return both cells in N; where the table has been calibrated, as the known weights say."""
    cells = ran.trace.a_mn / 1000.0, ran.trace.b_mn / 1000.0
    if bench.calibration is None:
        return cells
    a, b = bench.calibration.fits
    return (cells[0] - a.offset_n) / a.gain, (cells[1] - b.offset_n) / b.gain


def _worst_n(cells: tuple[Floats, Floats], mask: Mask, level_n: float) -> float | None:
    """Return the error of the worst sample, with its sign, or None where there is none."""
    errors = np.concatenate([cell[mask] - level_n for cell in cells])
    return float(errors[np.argmax(np.abs(errors))]) if len(errors) else None


def _within(ran: Ran, start_s: float, end_s: float) -> Mask:
    profile_s = ran.trace.profile_us * 1e-6
    running = ran.trace.target_mn > 0
    return running & (profile_s >= start_s) & (profile_s < end_s)


def timing(bench: Bench) -> Result:
    """Time holds and rests between the middles of their ramps, and the controller's clock against ours."""
    name, title = "timing", "Length of holds and rests, and the clock"
    high_n, low_n = _two_levels(bench)
    with bench.at_rest() as connection:
        text = cycles("bench-timing", title, bench.rates, high_n, low_n, 12.0, 8.0, 3)
        ran = run(bench, connection.guard, text)
    wanted_s, measured_s = _crossings(ran, high_n, low_n)
    errors = [have - want for have, want in zip(measured_s, wanted_s, strict=False)]
    same = len(measured_s) == len(wanted_s) and bool(errors)
    worst_s = max(errors, key=abs) if same else None
    drift = _drift_s_per_h(ran)
    figures = (
        Figure("holds and rests timed", float(len(measured_s)), "", low=float(len(wanted_s))),
        Figure("largest error of one", worst_s, "s", -bands.TIME_BAND_S, bands.TIME_BAND_S),
        Figure("clock of the table", drift, "s/h", -bands.CLOCK_BAND_S_PER_H, bands.CLOCK_BAND_S_PER_H),
        Figure("latest tick of the program", _latest_ms(ran), "ms"),
    )
    return judged(name, title, figures, wrong=_wrong_end(ran))


def _crossings(ran: Ran, high_n: float, low_n: float) -> tuple[list[float], list[float]]:
    """Return how long the profile and the measured force each stay high or low, in s.

    High begins where three quarters of the way up are passed, low where three quarters of the way down are:
    noise on a slow ramp is no second crossing.
    """
    profile = ran.plan.profile
    grid_s = np.arange(0.0, profile.duration_s, 0.005)
    above_n, below_n = low_n + 0.75 * (high_n - low_n), low_n + 0.25 * (high_n - low_n)
    wanted = _spells(grid_s, np.asarray(profile.force_at(grid_s), dtype=np.float64), above_n, below_n)
    seconds: Floats = ran.trace.controller_ms.astype(np.float64) * 1e-3
    return wanted, _spells(seconds, (ran.trace.mean_mn / 1000).astype(np.float64), above_n, below_n)


def _spells(seconds: Floats, force_n: Floats, above_n: float, below_n: float) -> list[float]:
    turns: list[float] = []
    high = False
    for at_s, force in zip(seconds.tolist(), force_n.tolist(), strict=True):
        if (force < below_n) if high else (force > above_n):
            high = not high
            turns.append(at_s)
    return [after - before for before, after in pairwise(turns)]


def _drift_s_per_h(ran: Ran) -> float | None:
    """Return how much the controller's clock gains on ours, by a line through all samples."""
    ours_ms = (ran.trace.t_us - ran.trace.t_us[0]) * 1e-3 if len(ran.trace.t_us) > 2 else np.zeros(0)
    if len(ours_ms) < 2 or not ours_ms[-1] > 0:
        return None
    theirs_ms = (ran.trace.controller_ms - ran.trace.controller_ms[0]).astype(float)
    gain = np.polyfit(ours_ms, theirs_ms - ours_ms, 1)[0]
    return float(gain) * MS_PER_H / 1000


def _latest_ms(ran: Ran) -> float | None:
    return float(ran.trace.late_us.max()) / 1000 if len(ran.trace.late_us) else None


def slack_and_creep(bench: Bench) -> Result:
    """Take up the slack, hold, and see that the force stays while the load gives way."""
    name, title = "slack-and-creep", "Slack taken up, force held while the load gives"
    level_n = round(bands.stop_force_n(bench.limits.max_force_n) * 0.6)
    with bench.at_rest() as connection:
        text = steps("bench-creep", title, bench.rates, [level_n], CREEP_S)
        ran = run(bench, connection.guard, text)
    trace = ran.trace
    tight = trace.first(np.minimum(trace.a_mn, trace.b_mn) > bench.slack_mn)
    slack_mm = None if tight is None else float(trace.travel_um[tight] - trace.travel_um[0]) / 1000
    hold = max(ran.plan.profile.spans, key=lambda span: span.segment.duration_s)
    mask = _within(ran, hold.start_s + SETTLE_S, hold.end_s)
    travel_mm = trace.travel_um[mask] / 1000
    band_n = bands.force_band_n(level_n)
    figures = (
        Figure("travel until the harness pulls", slack_mm, "mm", high=bench.slack_travel_mm),
        Figure("creep while held", float(travel_mm[-1] - travel_mm[0]) if len(travel_mm) else None, "mm"),
        Figure(
            f"largest error at {level_n:g} N",
            _worst_n(_cells_n(bench, ran), mask, level_n),
            "N",
            -band_n,
            band_n,
        ),
    )
    return judged(name, title, figures, wrong=_wrong_end(ran))


def burn_in(bench: Bench) -> Result:
    """Pull cycle after cycle for as long as asked, in sessions of ten minutes at most."""
    name, title = "burn-in", "Burn-in"
    high_n, low_n = _two_levels(bench)
    rates = bench.rates
    cycle_s = 4.0 + (high_n - low_n) * (1 / rates.up_n_per_s + 1 / rates.down_n_per_s)
    left = max(1, round(bench.burn_in_s / cycle_s))
    most = max(1, int(LONGEST_BLOCK_S / cycle_s))
    worst: list[float] = []
    wrong, done, pulled_s, latest_ms = "", 0, 0.0, 0.0
    while left and not wrong:
        count = min(left, most)
        with bench.at_rest() as connection:
            text = cycles("bench-burn-in", title, rates, high_n, low_n, 2.0, 2.0, count)
            ran = run(bench, connection.guard, text)
        left -= count
        done += ran.result.stats.cycles_completed
        pulled_s += float(ran.trace.t_us[-1]) * 1e-6 if len(ran.trace.t_us) else 0.0
        latest_ms = max(latest_ms, _latest_ms(ran) or 0.0)
        worst += _hold_errors(bench, ran, high_n)
        wrong = _wrong_end(ran)
    band_n = bands.force_band_n(high_n)
    figures = (
        Figure("cycles", float(done), "", low=float(max(1, round(bench.burn_in_s / cycle_s)))),
        Figure("time under way", pulled_s, "s"),
        Figure(
            f"largest error at {high_n:g} N", max(worst, key=abs) if worst else None, "N", -band_n, band_n
        ),
        Figure("latest tick of the program", latest_ms, "ms"),
    )
    return judged(name, title, figures, wrong=wrong)


def _hold_errors(bench: Bench, ran: Ran, high_n: float) -> list[float]:
    mask = np.zeros(len(ran.trace.t_us), dtype=bool)
    for span in ran.plan.profile.spans:
        if span.kind == "hold":
            mask |= _within(ran, span.start_s + 1.0, span.end_s)
    worst_n = _worst_n(_cells_n(bench, ran), mask, high_n)
    return [] if worst_n is None else [worst_n]


def _two_levels(bench: Bench) -> tuple[float, float]:
    high_n = float(round(bands.stop_force_n(bench.limits.max_force_n) * 0.4))
    return high_n, float(round(high_n * 0.4))


def _wrong_end(ran: Ran) -> str:
    return "" if ran.result.outcome is Outcome.COMPLETED else ran.ended
