"""Figures are read off a run as the case says, and judged with the bounds inside and NaN never."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.evidence.case import Band, Case, Reading
from traction.evidence.ensemble import Values
from traction.evidence.measure import Floats, measured, sample_times
from traction.evidence.read import parse_cases
from traction.evidence.run import run_cases

TIMELINE = """
[[case.timeline]]
posture = "prone"
for_s = 100.0
[[case.timeline]]
posture = "supine"
pull_n = 50.0
ramp_s = 7.3
for_s = 100.0
"""


def one(expect: str = "", *, name: str = "a", compare: str = "") -> str:
    text = f'[[case]]\nid = "{name}"\n{TIMELINE}'
    text += f'[case.expect]\nquantity = "travel_mm"\n{expect}\n' if expect else ""
    return text + (f"[case.compare]\n{compare}\n" if compare else "")


def case(expect: str) -> Case:
    return parse_cases(one(f"{expect}\nlow = 0").encode()).cases[0]


@dataclass(frozen=True)
class Synthetic:
    """A run whose quantities are functions of time, one for each patient."""

    time_s: Floats
    functions: Sequence[Callable[[Floats], Floats]]

    def quantity(self, name: str, level: str | None = None) -> Floats:
        return np.stack([function(self.time_s) for function in self.functions], axis=1)


def figure(expect: str, function: Callable[[Floats], Floats]) -> float:
    one_case = case(expect)
    assert one_case.reading is not None
    times = sample_times(one_case, one_case.reading)
    return float(measured(one_case.reading, times, function(times)[:, None])[0])


@pytest.mark.parametrize(
    ("expect", "value"),
    [
        ("at_s = 30", 60.0),
        ("at_s = 200", 400.0),
        ("at_s = 30\nminus_at_s = 10", 40.0),
        ("at_s = 30\nratio_to_at_s = 10", 3.0),
        ('over = "min"\nfrom_s = 20\nto_s = 40', 40.0),
        ('over = "max"\nfrom_s = 20\nto_s = 40', 80.0),
        ('over = "mean"\nfrom_s = 20\nto_s = 40', 60.0),
        ('over = "mean"\nfrom_s = 20\nto_s = 20', 40.0),
        ('over = "max"', 400.0),
        ('over = "max"\nminus_at_s = 10', 380.0),
        ('over = "mean"\nratio_to_at_s = 50', 2.0),
    ],
)
def test_a_figure_is_read_as_the_case_says(expect: str, value: float) -> None:
    assert figure(expect, lambda t: 2.0 * t) == pytest.approx(value, rel=1e-12)


def test_extremes_at_the_corner_of_a_ramp_are_met_exactly() -> None:
    assert figure('over = "max"', lambda t: -np.abs(t - 107.3)) == 0.0


def test_a_wave_is_sampled_finely_enough_for_its_extremes() -> None:
    text = one('over = "max"\nfrom_s = 107.3\nlow = 0').replace(
        "pull_n = 50.0", 'pull_n = 50.0\nwave = "sine"\nwave_amplitude_n = 5\nwave_hz = 1.7'
    )
    (found,) = parse_cases(text.encode()).cases
    assert found.reading is not None
    times = sample_times(found, found.reading)
    peak = measured(found.reading, times, np.sin(2 * math.pi * 1.7 * times)[:, None])
    assert peak[0] > 0.99


def test_the_mean_over_whole_periods_of_a_wave_is_what_it_swings_about() -> None:
    text = one('over = "mean"\nfrom_s = 110\nto_s = 600\nlow = 0').replace(
        "pull_n = 50.0", 'pull_n = 50.0\nwave = "sine"\nwave_amplitude_n = 5\nwave_hz = 2.0'
    )
    (found,) = parse_cases(text.replace("for_s = 100.0\n[case", "for_s = 500.0\n[case").encode()).cases
    assert found.reading is not None
    times = sample_times(found, found.reading)
    middle = measured(found.reading, times, np.sin(2 * math.pi * 2.0 * times)[:, None])
    assert middle[0] == pytest.approx(0.0, abs=1e-3)


def test_where_entries_meet_the_figure_belongs_to_the_one_that_ends() -> None:
    times = np.asarray([0.0, 100.0, 100.0, 200.0])  # a run may have both sides of the instant
    reading = Reading("travel_mm", at_s=100.0)
    assert measured(reading, times, np.asarray([[0.0], [1.0], [2.0], [3.0]]))[0] == 1.0


def test_a_ratio_to_nothing_is_no_figure() -> None:
    assert math.isnan(figure("at_s = 30\nratio_to_at_s = 0", lambda t: t))


bounds = st.none() | st.floats(-1e6, 1e6)


@given(bounds, bounds, st.floats())
def test_a_band_holds_what_is_finite_and_not_beyond_its_bounds(
    low: float | None, high: float | None, value: float
) -> None:
    beyond = (low is not None and value < low) or (high is not None and value > high)
    assert Band(low, high).holds(value) == (math.isfinite(value) and not beyond)


def test_the_bounds_of_a_band_are_inside() -> None:
    assert Band(1.0, 2.0).holds(1.0)
    assert Band(1.0, 2.0).holds(2.0)
    assert not Band(1.0, 2.0).holds(math.nextafter(2.0, 3.0))


def judged(library, *texts: str, values: Sequence[float] = (1.0,), others: Sequence[float] = (1.0,)):
    """Judge the first case; ``values`` are its figures for each parameter set."""

    def simulate(asked: Case, members: Sequence[Values], times: Floats) -> Synthetic:
        figures = values if asked.id == "a" else others
        assert len(figures) == 1 + len(members)
        return Synthetic(times, [lambda t, x=x: np.full_like(t, x) for x in figures])

    members = [{}] * (len(values) - 1)
    return run_cases(library(*texts), members, simulate=simulate)[0]


def other(name: str = "b") -> str:
    return one("at_s = 60\nlow = -100", name=name).replace("for_s = 100.0", "for_s = 90.0")


def test_a_band_alone_decides(library) -> None:
    for value, inside in ((2.0, True), (2.1, False), (math.nan, False), (math.inf, False)):
        verdict = judged(library, one("at_s = 60\nhigh = 2"), values=[value])
        assert verdict.inside is inside
        assert (verdict.band, verdict.unit) == (Band(None, 2.0), "mm")


@pytest.mark.parametrize(
    ("relation", "value", "theirs", "inside"),
    [
        ("less", 1.0, 2.0, True),
        ("less", 2.0, 2.0, False),
        ("greater", 3.0, 2.0, True),
        ("greater", 2.0, 2.0, False),
        ("less", -math.inf, 2.0, False),
        ("less", 1.0, math.inf, False),
        ("greater", math.nan, 2.0, False),
        ("greater", 2.0, math.nan, False),
    ],
)
def test_less_and_greater_are_strict_and_finite(library, relation, value, theirs, inside) -> None:
    text = one(compare=f'other = "b"\nrelation = "{relation}"')
    verdict = judged(library, text, other(), values=[value], others=[theirs])
    assert verdict.inside is inside
    assert verdict.comparison is not None
    assert verdict.comparison.holds is inside
    if math.isfinite(value) and math.isfinite(theirs):
        bound = verdict.band.high if relation == "less" else verdict.band.low
        assert (bound, verdict.value) == (theirs, value)


@pytest.mark.parametrize(("relation", "shown", "unit"), [("difference", -3.0, "mm"), ("ratio", 0.25, "1")])
def test_difference_and_ratio_are_shown_themselves(library, relation, shown, unit) -> None:
    text = one(compare=f'other = "b"\nrelation = "{relation}"\nlow = -5\nhigh = 1')
    verdict = judged(library, text, other(), values=[1.0, 2.0], others=[4.0, 4.0])
    assert (verdict.value, verdict.unit, verdict.inside) == (shown, unit, True)
    assert verdict.band == Band(-5.0, 1.0)
    assert verdict.ensemble == ((-2.0, -2.0) if relation == "difference" else (0.5, 0.5))


def test_a_ratio_to_zero_is_outside(library) -> None:
    text = one(compare='other = "b"\nrelation = "ratio"\nlow = -5\nhigh = 1')
    verdict = judged(library, text, other(), values=[0.0], others=[0.0])
    assert not verdict.inside
    assert math.isnan(verdict.value)


@pytest.mark.parametrize(("value", "inside"), [(1.0, True), (0.0, False), (3.0, False)])
def test_with_both_a_band_and_a_comparison_both_must_hold(library, value: float, inside: bool) -> None:
    text = one("at_s = 60\nlow = 0.5\nhigh = 9", compare='other = "b"\nrelation = "less"')
    verdict = judged(library, text, other(), values=[value], others=[2.0])
    assert verdict.inside is inside
    assert verdict.band == Band(0.5, 9.0)
    assert verdict.value == value


def test_the_shipped_parameters_decide_and_the_ensemble_is_a_band(library) -> None:
    verdict = judged(library, one("at_s = 60\nhigh = 2"), values=[1.0, 5.0, -3.0])
    assert verdict.inside
    assert verdict.ensemble == (-3.0, 5.0)
    assert judged(library, one("at_s = 60\nhigh = 2"), values=[1.0, math.nan]).ensemble is None
    assert judged(library, one("at_s = 60\nhigh = 2"), values=[1.0]).ensemble is None


def test_a_figure_does_not_depend_on_what_else_is_read_off_the_run(library) -> None:
    def figures(*cases: str) -> list[float]:
        def simulate(_: Case, members: Sequence[Values], times: Floats) -> Synthetic:
            return Synthetic(times, [lambda t: np.sin(37.0 * t)])

        return [verdict.value for verdict in run_cases(library(*cases), simulate=simulate)]

    mean = one('over = "mean"\nfrom_s = 20\nto_s = 40\nlow = -1')
    within = one("at_s = 30.05\nlow = -1", name="b")
    assert figures(mean, within)[0] == figures(mean)[0]


def test_equal_scenarios_run_once(library) -> None:
    runs = []

    def simulate(asked: Case, members: Sequence[Values], times: Floats) -> Synthetic:
        runs.append(asked.id)
        return Synthetic(times, [lambda t: t])

    texts = one("at_s = 60\nlow = 0"), one("at_s = 20\nminus_at_s = 5\nhigh = 16", name="b"), other("c")
    verdicts = run_cases(library(*texts), simulate=simulate)
    assert [verdict.value for verdict in verdicts] == [60.0, 15.0, 60.0]
    assert runs == ["a", "c"]


def test_progress_tells_how_many_runs_are_done(library) -> None:
    told: list[tuple[int, int]] = []
    run_cases(
        library(one("at_s = 60\nlow = 0"), other("c")),
        simulate=lambda asked, members, times: Synthetic(times, [lambda t: t]),
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 2), (1, 2), (2, 2)]
