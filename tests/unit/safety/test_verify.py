"""A margin for every limit or every reason to refuse; two routines agree or nothing moves."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import math

import pytest

from traction.errors import RefusedError
from traction.profile.profile import Profile
from traction.profile.segments import Hold, LogRise, Oscillation, Ramp, SCurve
from traction.profile.spans import Span
from traction.safety import closed_form, release
from traction.safety.figures import FIGURES
from traction.safety.hardware import load_region, load_table
from traction.safety.interval import arithmetic, enclosures, holds, search, shapes
from traction.safety.limits import LIMIT_NAMES, LimitSource, merge
from traction.safety.verify import COARSE, ROUNDING, Margin, _broken, _contradictions, _second_opinion, verify

TABLE = load_table("sim")
PROFILE = Profile.of(
    Ramp(20.0, 300.0, 10.0),
    Hold(300.0, 60.0),
    SCurve(300.0, 100.0, 8.0),
    Hold(100.0, 30.0, Oscillation("sine", 8.0, 0.5)),
    LogRise(100.0, 350.0, 40.0),
    Hold(350.0, 45.0),
    Ramp(350.0, 0.0, 7.0),
    rest_n=20.0,
)


def limits(region="lumbar", **values):
    return merge(load_region(region), [TABLE.source(region), LimitSource("operator", "test", values)])


def codes(profile, bounds, **more):
    return sorted(problem.code for problem in verify(profile, bounds, TABLE, **more).problems)


def test_there_is_a_margin_for_every_limit_and_it_is_limit_minus_value():
    result = verify(PROFILE, limits(), TABLE, take_up_timeout_s=30.0)
    assert result.passed
    result.require()
    assert tuple(margin.name for margin in result.margins) == FIGURES
    for margin in result.margins:
        assert margin.margin == margin.limit - margin.value > 0
        assert margin.source.split()[0] in ("region", "table")


def test_the_figures_are_the_profiles_own_and_the_worst_cases():
    found = {m.name: m for m in verify(PROFILE, limits(), TABLE, take_up_timeout_s=30.0).margins}
    assert found["peak_force"].value == 350.0
    assert found["rate_up"].value == PROFILE.rate_up_n_per_s
    assert found["rate_down"].value == PROFILE.rate_down_n_per_s
    assert found["impulse"].value == PROFILE.impulse_n_s
    assert found["longest_hold"].value == PROFILE.longest_hold_s(20.0, 10.0)
    assert found["travel"].value == pytest.approx(350.0 / 6.0 + 20.0)
    # the power-less release, 0.5 s late, is slower than 340 N at 120 N/s: 20 mm/s on the softest patient
    assert found["release_self_locking"].value == pytest.approx(1.0 + 0.9 * 3.5553, rel=1e-4)
    assert found["release_self_locking"].value > 0.5 + 340.0 / 120.0
    # a drive that stands still: noticed after 0.5 s more, then ln(350 N / 10 N) time constants of 0.95 s
    assert found["release_back_drivable"].value == pytest.approx(1.0 + 0.95 * 3.5553, rel=1e-4)
    slower = max(found["release_back_drivable"].value, found["release_self_locking"].value)
    assert found["session_duration"].value == pytest.approx(30.0 + PROFILE.duration_s + slower)


def test_the_times_name_the_instant_of_the_worst_force():
    found = {m.name: m for m in verify(PROFILE, limits(), TABLE).margins}
    for name in ("peak_force", "travel", "release_back_drivable", "release_self_locking"):
        assert PROFILE.force_at(found[name].at_s) == 350.0
    assert PROFILE.span_at(found["rate_up"].at_s).segment.rate_up_n_per_s == found["rate_up"].value
    assert found["impulse"].at_s is None


@pytest.mark.parametrize(("wave", "crest_s"), [("sine", 2.5), ("triangle", 2.5), ("sawtooth", 4.5)])
def test_the_crest_of_a_wave_is_the_instant_of_its_peak(wave, crest_s):
    profile = Profile.of(Hold(200.0, 5.0), Hold(200.0, 60.0, Oscillation(wave, 20.0, 0.1)))
    peak = verify(profile, limits(), TABLE).margins[0]
    assert (peak.value, peak.at_s) == (220.0, pytest.approx(5.0 + crest_s))


def test_repeating_a_cycle_multiplies_what_adds_up_and_nothing_else():
    cycle = (Ramp(20.0, 300.0, 10.0), Hold(300.0, 30.0), Ramp(300.0, 20.0, 10.0), Hold(20.0, 10.0))
    once, thrice = (Profile.of(*cycle * count, rest_n=20.0) for count in (1, 3))
    one = {m.name: m.value for m in verify(once, limits(), TABLE).margins}
    three = {m.name: m.value for m in verify(thrice, limits(), TABLE).margins}
    assert verify(thrice, limits(), TABLE).passed
    assert three["impulse"] == pytest.approx(3.0 * one["impulse"])
    assert three["session_duration"] == pytest.approx(one["session_duration"] + 2.0 * once.duration_s)
    for name in ("peak_force", "rate_up", "rate_down", "longest_hold", "travel", "release_back_drivable"):
        assert three[name] == one[name]


FIGURE_LIMITS = {
    "peak_force": ("max_force_n", "E311"),
    "rate_up": ("max_rate_up_n_per_s", "E312"),
    "rate_down": ("max_rate_down_n_per_s", "E313"),
    "longest_hold": ("max_hold_s", "E314"),
    "session_duration": ("max_session_s", "E315"),
    "impulse": ("max_impulse_n_s", "E316"),
    "travel": ("max_travel_mm", "E317"),
}


@pytest.mark.parametrize("name", FIGURE_LIMITS)
def test_a_limit_refuses_one_thousandth_below_the_figure_and_not_at_it(name):
    limit, code = FIGURE_LIMITS[name]
    figure = {m.name: m.value for m in verify(PROFILE, limits(), TABLE).margins}[name]
    assert codes(PROFILE, limits(**{limit: figure + 0.001})) == []
    assert codes(PROFILE, limits(**{limit: figure})) == []
    assert codes(PROFILE, limits(**{limit: figure - 0.001})) == [code]


@pytest.mark.parametrize(("index", "table"), [(7, "coast_s"), (8, "dump_s")])
def test_each_drive_has_its_own_release(index, table):
    slow = dataclasses.replace(TABLE, **{table: 10.0})
    name = FIGURES[index]
    found = {m.name: m.value for m in verify(PROFILE, limits(), slow).margins}
    other = {m.name: m.value for m in verify(PROFILE, limits(), TABLE).margins}
    assert found[name] > other[name]
    assert [p.field for p in verify(PROFILE, limits(), slow).problems] == [name]
    assert found[name] == pytest.approx(0.5 + 0.5 + 10.0 * 3.5553, rel=1e-4)  # ln(350 N / 10 N)


def test_the_release_limit_is_exact_too():
    coasting, dumping = (verify(PROFILE, limits(), TABLE).margins[index].value for index in (7, 8))
    assert coasting > dumping
    low = {"max_force_n": 360.0}  # from the region's own limit no release is that quick: E324
    assert codes(PROFILE, limits(**low, max_release_s=coasting)) == []
    assert codes(PROFILE, limits(**low, max_release_s=coasting - 0.001)) == ["E318"]
    assert codes(PROFILE, limits(**low, max_release_s=dumping - 0.001)) == ["E318", "E319"]


def test_every_reason_comes_at_once():
    tight = limits(**dict.fromkeys(LIMIT_NAMES, 1e-3))
    assert codes(PROFILE, tight) == [*(f"E3{number}" for number in range(11, 20)), "E324"]
    with pytest.raises(RefusedError) as caught:
        verify(PROFILE, tight, TABLE).require()
    broken = [problem for problem in caught.value.problems if problem.code != "E324"]
    assert len(broken) == 9
    assert all(problem.expected.endswith("(operator test)") for problem in broken)


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_a_limit_of_zero_refuses_even_nothing(name):
    nothing = Profile.of(Hold(0.0, 1.0))
    assert codes(nothing, limits()) == []
    assert codes(nothing, limits(**{name: 0.0})) != []


def test_a_profile_at_rest_has_nothing_to_release():
    margins = {m.name: m.value for m in verify(Profile.of(Hold(10.0, 5.0)), limits(), TABLE).margins}
    assert (
        margins["release_back_drivable"] == margins["release_self_locking"] == margins["longest_hold"] == 0.0
    )
    assert margins["session_duration"] == 5.0


def test_the_take_up_counts_into_the_session():
    one, other = (verify(PROFILE, limits(), TABLE, take_up_timeout_s=t).margins[4].value for t in (0.0, 25.0))
    assert other - one == pytest.approx(25.0)


@pytest.mark.parametrize("timeout", [float("nan"), float("inf"), -1.0, "30 s"])
def test_a_take_up_that_is_no_time_is_refused(timeout):
    with pytest.raises(RefusedError) as caught:
        verify(PROFILE, limits(), TABLE, take_up_timeout_s=timeout)
    assert caught.value.code == "E304"


def test_limits_with_nan_in_them_refuse():
    broken = dataclasses.replace(limits(), max_force_n=float("nan"))
    assert codes(PROFILE, broken) == ["E311", "E324", "E324"]


def test_a_table_without_the_region_is_refused():
    other = dataclasses.replace(TABLE, regions={"cervical": TABLE.regions["cervical"]})
    with pytest.raises(RefusedError) as caught:
        verify(PROFILE, limits(), other)
    assert caught.value.code == "E303"


# ---- the two routines ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class LyingRamp(Ramp):
    """A ramp whose figures are not those of its force."""

    claimed_peak_n: float | None = None
    claimed_up: float | None = None
    claimed_down: float | None = None
    claimed_impulse: float | None = None

    @property
    def peak_n(self) -> float:
        return Ramp.peak_n.fget(self) if self.claimed_peak_n is None else self.claimed_peak_n

    @property
    def rate_up_n_per_s(self) -> float:
        return Ramp.rate_up_n_per_s.fget(self) if self.claimed_up is None else self.claimed_up

    @property
    def rate_down_n_per_s(self) -> float:
        return Ramp.rate_down_n_per_s.fget(self) if self.claimed_down is None else self.claimed_down

    def impulse_above(self, level_n: float) -> float:
        return Ramp.impulse_above(self, level_n) if self.claimed_impulse is None else self.claimed_impulse


@pytest.mark.parametrize(
    ("lie", "fields"),
    [
        ({"claimed_peak_n": 290.0}, {"peak_force", "travel", "release_back_drivable"}),
        ({"claimed_peak_n": 300.01}, {"peak_force"}),
        ({"claimed_up": 29.9}, {"rate_up"}),
        ({"claimed_down": 30.01}, {"rate_down"}),
        ({"claimed_impulse": 1400.0}, {"impulse"}),
    ],
)
def test_a_wrong_figure_in_the_closed_form_is_refused(lie, fields):
    profile = Profile.of(LyingRamp(0.0, 300.0, 10.0, **lie), LyingRamp(300.0, 0.0, 10.0, **lie))
    problems = verify(profile, limits(), TABLE).problems
    assert {problem.code for problem in problems} == {"E321"}
    assert fields <= {problem.field for problem in problems}
    honest = Profile.of(LyingRamp(0.0, 300.0, 10.0), Ramp(300.0, 0.0, 10.0))
    assert verify(honest, limits(), TABLE).passed


def test_a_wrong_duration_and_hold_in_the_closed_form_are_refused(monkeypatch):
    monkeypatch.setattr(Profile, "longest_hold_s", lambda self, band_n, slack_n: 59.0)
    assert [p.field for p in verify(PROFILE, limits(), TABLE).problems] == ["longest_hold"]
    monkeypatch.setattr(Profile, "longest_hold_s", lambda self, band_n, slack_n: 70.0)
    assert [p.field for p in verify(PROFILE, limits(), TABLE).problems] == ["longest_hold"]
    monkeypatch.undo()
    monkeypatch.setattr(Profile, "duration_s", property(lambda self: 170.0))
    assert [p.field for p in verify(PROFILE, limits(), TABLE).problems] == ["session_duration"]


def test_a_wrong_release_in_the_closed_form_is_refused(monkeypatch):
    monkeypatch.setattr(release.ReleasePath, "time_to_slack_s", lambda self, force_n: 1.0)
    fields = {problem.field for problem in verify(PROFILE, limits(), TABLE).problems}
    assert fields == {"release_back_drivable", "release_self_locking", "session_duration"}


@pytest.mark.parametrize("name", FIGURES)
def test_a_wrong_enclosure_in_the_second_routine_is_refused(monkeypatch, name):
    right = enclosures.enclosures

    def wrong(profile, case):
        found = right(profile, case)
        found[name] = found[name] + arithmetic.Interval(0.01 * found[name].hi + found[name].width)
        return found

    monkeypatch.setattr("traction.safety.verify.enclosures", wrong)
    (problem,) = verify(PROFILE, limits(), TABLE).problems
    assert (problem.code, problem.field) == ("E321", name)


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "longest_hold"])
def test_an_enclosure_that_is_too_wide_is_refused(monkeypatch, name):
    right = enclosures.enclosures

    def blurred(profile, case):
        found = right(profile, case)
        found[name] = arithmetic.Interval(found[name].lo * 0.9, found[name].hi * 1.1)
        return found

    monkeypatch.setattr("traction.safety.verify.enclosures", blurred)
    (problem,) = verify(PROFILE, limits(), TABLE).problems
    assert (problem.code, problem.field) == ("E323", name)


@pytest.mark.parametrize("name", FIGURES)
def test_nan_from_either_routine_is_refused(monkeypatch, name):
    right = enclosures.enclosures

    def unknown(profile, case):
        found = right(profile, case)
        found[name] = arithmetic.Interval(float("nan"))
        return found

    monkeypatch.setattr("traction.safety.verify.enclosures", unknown)
    assert [p.field for p in verify(PROFILE, limits(), TABLE).problems] == [name]


@dataclasses.dataclass(frozen=True, slots=True)
class Parabola:
    """A shape the second routine was not written for."""

    start_n: float = 0.0
    end_n: float = 0.0
    duration_s: float = 10.0
    peak_n: float = 100.0
    trough_n: float = 0.0
    rate_up_n_per_s: float = 25.0
    rate_down_n_per_s: float = 40.0

    def impulse_above(self, level_n):
        return 666.0

    def time_at(self, force_n):
        return 0.0


def test_a_shape_only_one_routine_knows_is_refused():
    problems = verify(Profile.of(Parabola()), limits(), TABLE).problems
    assert [problem.code for problem in problems] == ["E322"]


def test_a_wave_only_one_routine_knows_is_refused():
    square = Oscillation("sine", 5.0, 1.0)
    object.__setattr__(square, "wave", "square")
    hold = Hold(100.0, 10.0)
    object.__setattr__(hold, "oscillation", square)
    with pytest.raises(RefusedError) as caught:
        shapes.parts_of(hold)
    assert caught.value.code == "E322"


def test_a_jump_between_spans_is_an_infinite_rate():
    spans = (
        Span(Ramp(0.0, 100.0, 5.0), 0.0, "", 0, "", 0, True),
        Span(Hold(100.0, 5.0), 5.0, "", 0, "", 0, True),
    )
    profile = Profile(spans)
    torn = (spans[0], Span(Hold(101.0, 5.0), 5.0, "", 0, "", 0, True))
    object.__setattr__(profile, "spans", torn)
    object.__setattr__(profile, "_segments", tuple((span.segment, 1) for span in torn))
    assert {p.field for p in verify(profile, limits(), TABLE).problems} == {"rate_up", "rate_down"}


def imported(module) -> set[str]:
    tree = ast.parse(inspect.getsource(module))
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_neither_routine_imports_the_other():
    second = (arithmetic, enclosures, holds, search, shapes)
    assert not [name for name in imported(closed_form) | imported(release) if "interval" in name]
    for module in second:
        assert not imported(module) & {"traction.safety.closed_form", "traction.safety.release"}
        assert "traction.profile.longest_hold" not in imported(module)


def test_the_second_routine_asks_no_segment_for_a_figure():
    figures = {
        "peak_n",
        "trough_n",
        "rate_up_n_per_s",
        "rate_down_n_per_s",
        "impulse_above",
        "time_at",
        "value",
    }
    for module in (arithmetic, enclosures, holds, search, shapes):
        tree = ast.parse(inspect.getsource(module))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not used & (figures | {"force_at", "whole_periods", "mean_above", "offset", "longest_hold_s"})


EASY = Profile.of(Ramp(0.0, 100.0, 10.0), Hold(100.0, 600.0), Ramp(100.0, 0.0, 5.0))


def test_what_the_second_proof_cannot_rule_out_is_refused(monkeypatch):
    from traction.safety import verify as module

    bounds = limits()
    loose = {"longest_hold": arithmetic.Interval(0.0, bounds.max_hold_s * 1.03)}
    real = module.enclosures
    monkeypatch.setattr(module, "enclosures", lambda profile, case: {**real(profile, case), **loose})
    found = verify(EASY, bounds, TABLE)
    assert [problem.code for problem in found.problems] == ["E314"]
    assert "interval" in found.problems[0].found


def test_limits_that_no_controller_would_load_are_refused():
    # 900 N at 200 N/s are 4.5 s: a release in 4 s cannot be kept from the limit, whatever the profile
    hasty = verify(EASY, limits(max_release_s=4.0), TABLE)
    assert [problem.code for problem in hasty.problems] == ["E324"]
    assert verify(EASY, limits(max_release_s=4.0, max_force_n=800.0), TABLE).passed
    slack = verify(Profile.of(Hold(5.0, 10.0)), limits(max_force_n=10.0), TABLE)
    assert "E324" in [problem.code for problem in slack.problems]


def test_a_proof_says_what_it_proved():
    found = verify(EASY, limits(), TABLE)
    assert (found.profile_digest, found.limits) == (EASY.digest(), limits())


# ---- each comparison at its edge ----------------------------------------------------------------------


def margin(name, value, limit):
    return Margin(name, value, limit, limit - value, "N", "test")


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_a_figure_may_pass_its_limit_by_the_rounding_of_a_division(limit):
    assert ROUNDING == 1e-9
    assert _broken(margin("peak_force", limit * (1.0 + ROUNDING), limit)) is None
    problem = _broken(margin("peak_force", limit * (1.0 + 1.5e-9), limit))
    assert problem.code == "E311"
    assert problem.found == f"the peak force is {limit * (1.0 + 1.5e-9):.9g} N"


@pytest.mark.parametrize("name", FIGURES)
def test_the_closed_form_may_lie_outside_its_enclosure_by_rounding_only(name):
    slop = ROUNDING * (1.0 + 50.0)
    point = arithmetic.Interval(50.0)
    for value in (50.0 - slop, 50.0, 50.0 + slop):
        assert _second_opinion(margin(name, value, 100.0), point) == []
    for value in (50.0 - 1.5 * slop, 50.0 + 1.5 * slop):
        (problem,) = _second_opinion(margin(name, value, 100.0), point)
        assert problem.code == "E321"


def test_a_hold_may_be_stated_too_long_by_its_doubt_and_nothing_else_may():
    doubt = arithmetic.Interval(48.0, 50.0)
    assert _second_opinion(margin("longest_hold", 52.0, 100.0), doubt) == []
    assert [one.code for one in _second_opinion(margin("longest_hold", 52.001, 100.0), doubt)] == ["E321"]
    assert [one.code for one in _second_opinion(margin("longest_hold", 47.999, 100.0), doubt)] == ["E321"]
    for name in set(FIGURES) - {"longest_hold"}:
        assert [one.code for one in _second_opinion(margin(name, 50.001, 100.0), doubt)] == ["E321"]


WIDEST = dict.fromkeys(FIGURES, 1e-06) | {"longest_hold": 1.0, "impulse": 1e-2}


@pytest.mark.parametrize("name", FIGURES)
def test_an_enclosure_proves_up_to_its_width(name):
    width = WIDEST[name] * (1.0 + 50.0)
    narrow = arithmetic.Interval(50.0 - 0.95 * width, 50.0)
    assert _second_opinion(margin(name, 50.0, 100.0), narrow) == []
    wide = arithmetic.Interval(50.0 - 1.05 * width, 50.0)
    assert [problem.code for problem in _second_opinion(margin(name, 50.0, 100.0), wide)] == ["E323"]


def test_an_enclosure_of_just_the_widest_width_proves():
    just = arithmetic.Interval(-1.0, 0.0)
    assert _second_opinion(margin("longest_hold", 0.0, 100.0), just) == []


def test_an_enclosure_may_pass_the_limit_by_a_fiftieth():
    assert COARSE == 0.02
    just = arithmetic.Interval(90.0, 100.0 * (1.0 + COARSE))
    assert _second_opinion(margin("longest_hold", 95.0, 100.0), just) == []
    beyond = arithmetic.Interval(90.0, 100.0 * (1.0 + COARSE) + 1e-9)
    assert [one.code for one in _second_opinion(margin("longest_hold", 95.0, 100.0), beyond)] == ["E314"]
    broken = margin("longest_hold", 101.0, 100.0)  # has been told by the first routine
    assert _second_opinion(broken, beyond) == []


@pytest.mark.parametrize(
    ("rate", "whole"),
    [(12.3456, 12.345), (0.29, 0.29), (8.2, 8.2), (50.0, 50.0), (float("inf"), float("inf"))],
)
def test_a_limit_on_a_rate_is_the_whole_millinewtons_the_table_is_given(rate, whole):
    for name, field in (("rate_up", "max_rate_up_n_per_s"), ("rate_down", "max_rate_down_n_per_s")):
        bounds = dataclasses.replace(limits(), **{field: rate})
        found = {one.name: one for one in verify(EASY, bounds, TABLE).margins}[name]
        assert found.limit == whole
        assert found.margin == whole - found.value


@pytest.mark.parametrize(
    ("changes", "codes_"),
    [
        ({"max_force_n": 800.0 * (1.0 + 0.7e-9), "max_release_s": 4.0}, []),
        ({"max_force_n": 800.0 * (1.0 + 1.5e-9), "max_release_s": 4.0}, ["E324"]),
        ({"release_rate_n_per_s": 0.0}, ["E324"]),
        ({"release_rate_n_per_s": 1.0, "max_force_n": 4.0, "slack_n": 1.0}, []),
        ({"release_rate_n_per_s": 0.5, "max_force_n": 2.0, "slack_n": 1.0}, []),
        ({"max_force_n": 10.0}, ["E324"]),
        ({"max_force_n": 10.000001}, []),
    ],
)
def test_limits_contradict_each_other_from_here_on(changes, codes_):
    bounds = dataclasses.replace(limits(), **changes)
    assert [problem.code for problem in _contradictions(bounds)] == codes_


def test_a_force_that_only_falls_is_highest_where_it_begins():
    for first in (Hold(300.0, 10.0), Ramp(300.0, 290.0, 10.0), SCurve(300.0, 290.0, 10.0)):
        profile = Profile.of(first, Ramp(first.end_n, 0.0, 10.0))
        assert verify(profile, limits(), TABLE).margins[0].at_s == 0.0


def test_the_way_to_slack_is_the_slower_of_a_drive_that_obeys_and_one_that_stands():
    path = release.ReleasePath(slack_n=10.0, rate_n_per_s=120.0, reaction_s=0.5, lag_s=0.4, powerless_s=0.7)
    assert path.time_to_slack_s(130.0) == pytest.approx(0.5 + 0.4 + 0.7 * math.log(13.0), rel=1e-12)
    slow = dataclasses.replace(path, rate_n_per_s=10.0)
    assert slow.time_to_slack_s(130.0) == pytest.approx(0.5 + 12.0, rel=1e-12)
    assert path.time_to_slack_s(10.0 + 1e-6) == 0.0
    assert path.time_to_slack_s(10.0 + 0.9e-6) == 0.0
    assert path.time_to_slack_s(10.0 + 1.5e-6) > 0.9


def test_near_zero_the_allowances_are_those_of_one_unit():
    assert _second_opinion(margin("peak_force", 0.95e-9, 100.0), arithmetic.Interval(0.0)) == []
    (problem,) = _second_opinion(margin("peak_force", 1.05e-9, 100.0), arithmetic.Interval(0.0))
    assert problem.code == "E321"
    (problem,) = _second_opinion(margin("longest_hold", 0.0, 100.0), arithmetic.Interval(-1.05, 0.0))
    assert problem.code == "E323"


def test_a_release_may_take_just_its_time_and_the_rounding():
    just = dataclasses.replace(limits(), max_force_n=200.0 * (4.0 * (1.0 + ROUNDING)), max_release_s=4.0)
    assert just.max_force_n / just.release_rate_n_per_s == 4.0 * (1.0 + ROUNDING)
    assert list(_contradictions(just)) == []


def test_a_release_is_as_slow_as_the_softest_body_makes_it():
    assert release.achievable_rate_n_per_s(200.0, 6.0, 20.0) == 120.0
    assert release.achievable_rate_n_per_s(50.0, 8.0, 8.0) == 50.0
