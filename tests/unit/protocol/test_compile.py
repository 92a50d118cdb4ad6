"""What each kind of phase compiles to, span by span, and what is refused for one patient."""

from __future__ import annotations

import math

import pytest

from traction.errors import RefusedError, UsageError
from traction.profile.segments import LogRise, Ramp, SCurve
from traction.protocol.compile import compile_protocol
from traction.protocol.load import parse_protocol

STATIC = 'type = "static"\nforce = "120 N"\nhold = "10 s"'
CYCLES = 'type = "intermittent"\nhigh = "120 N"\nlow = "40 N"\nhold = "10 s"\nrest = "5 s"\n'
STEPS = 'type = "progressive"\nfrom = "20 N"\nto = "80 N"\nsteps = 3\nhold = "10 s"'


def test_static_goes_up_by_its_rate_holds_and_comes_down(small, spans):
    assert spans(small(STATIC)) == [
        ("ramp_up", 0.0, 20.0, 120.0),
        ("hold", 5.0, 120.0, 120.0),
        ("end", 15.0, 120.0, 0.0),
    ]


def test_a_static_time_on_the_clock_includes_the_rise_if_the_clock_always_runs(small, profile_of):
    timed = STATIC.replace("hold", "for")
    always, on_target = (profile_of(small(timed, count=count)) for count in ("always", "on_target"))
    assert always.spans[1].segment.duration_s == 5.0
    assert on_target.spans[1].segment.duration_s == 10.0
    assert [span.counts for span in always.spans] == [True, True, False]
    assert [span.counts for span in on_target.spans] == [False, True, False]


def test_intermittent_repeats_rise_hold_fall_rest(small, spans):
    assert spans(small(CYCLES + "repeat = 2")) == [
        ("ramp_up", 0.0, 20.0, 120.0),
        ("hold", 5.0, 120.0, 120.0),
        ("ramp_down", 15.0, 120.0, 40.0),
        ("rest", 17.0, 40.0, 40.0),
        ("ramp_up", 22.0, 40.0, 120.0),
        ("hold", 26.0, 120.0, 120.0),
        ("ramp_down", 36.0, 120.0, 40.0),
        ("rest", 38.0, 40.0, 40.0),
        ("end", 43.0, 40.0, 0.0),
    ]


def test_cycles_are_numbered_and_named(small, profile_of):
    profile = profile_of(small(STATIC, CYCLES + "repeat = 2"))
    assert [(s.phase, s.phase_name, s.cycle) for s in profile.spans if s.kind == "hold"] == [
        (0, "p1", 0),
        (1, "p2", 1),
        (1, "p2", 2),
    ]
    assert profile.cycles == 2


@pytest.mark.parametrize(
    ("time_s", "last"),
    [
        # in the second hold: the hold is cut, the fall is finished after the time
        (30, [("hold", 26.0, 120.0, 120.0), ("ramp_down", 30.0, 120.0, 40.0), ("end", 32.0, 40.0, 0.0)]),
        # in the first fall: it is finished, and no rest follows
        (16, [("hold", 5.0, 120.0, 120.0), ("ramp_down", 15.0, 120.0, 40.0), ("end", 17.0, 40.0, 0.0)]),
        # in the first rest: the rest is cut
        (20, [("ramp_down", 15.0, 120.0, 40.0), ("rest", 17.0, 40.0, 40.0), ("end", 20.0, 40.0, 0.0)]),
        # in the second rise: it does not begin, and the rest lasts until the time is up
        (25, [("rest", 17.0, 40.0, 40.0), ("rest", 22.0, 40.0, 40.0), ("end", 25.0, 40.0, 0.0)]),
    ],
)
def test_a_cycle_cut_by_the_clock_finishes_its_fall(small, spans, time_s, last):
    assert spans(small(CYCLES + f'for = "{time_s} s"'))[-3:] == last


def test_the_fall_after_the_time_is_off_the_clock(small, profile_of):
    profile = profile_of(small(CYCLES + 'for = "30 s"'))
    assert [span.counts for span in profile.spans[-3:]] == [True, False, False]


def test_on_target_the_clock_runs_in_holds_and_rests_only(small, profile_of):
    profile = profile_of(small(CYCLES + 'for = "45 s"', count="on_target"))
    counted = sum(span.segment.duration_s for span in profile.spans if span.counts)
    assert counted == 45.0
    assert {span.kind for span in profile.spans if span.counts} == {"hold", "rest"}
    assert profile.cycles == 3


def test_cyclic_takes_its_stated_times_after_going_to_the_low_level(small, spans):
    text = small(
        'type = "cyclic"\nramp_up = "8 s"\nramp_down = "3 s"\n' + CYCLES.split("\n", 1)[1] + "repeat = 1"
    )
    assert spans(text) == [
        ("ramp_up", 0.0, 20.0, 40.0),
        ("ramp_up", 1.0, 40.0, 120.0),
        ("hold", 9.0, 120.0, 120.0),
        ("ramp_down", 19.0, 120.0, 40.0),
        ("rest", 22.0, 40.0, 40.0),
        ("end", 27.0, 40.0, 0.0),
    ]


def test_progressive_steps_are_equal_and_each_is_held(small, spans):
    levels = [row[2] for row in spans(small(STEPS)) if row[0] == "hold"]
    assert levels == [40.0, 60.0, 80.0]


def test_regressive_steps_go_down_to_the_last_level(small, spans):
    down = STEPS.replace("progressive", "regressive").replace("20 N", "100 N").replace("80 N", "40 N")
    assert [row[2] for row in spans(small(down)) if row[0] == "hold"] == [80.0, 60.0, 40.0]


def test_steps_may_rest_at_a_part_of_their_own_level(small, spans):
    rows = spans(small(STEPS + '\nlow = "50 % of high"\nrest = "5 s"'))
    assert [row[2] for row in rows if row[0] == "rest"] == [20.0, 30.0, 40.0]


def test_a_plain_ramp_follows_the_rates_or_its_own_time(small, spans):
    assert spans(small('type = "ramp"\nto = "120 N"'))[0] == ("ramp_up", 0.0, 20.0, 120.0)
    assert spans(small('type = "ramp"\nto = "120 N"\nover = "20 s"'))[1][:2] == ("end", 20.0)


def test_phases_chain_with_their_own_rates(small, profile_of):
    fast = CYCLES.replace("120 N", "200 N") + 'repeat = 1\nrate_up = "8 N/s"\nrate_down = "16 N/s"'
    profile = profile_of(small(STATIC, fast))
    rises = [span.segment for span in profile.spans if span.kind == "ramp_up"]
    assert [segment.rate_up_n_per_s for segment in rises] == [20.0, 8.0]
    assert profile.spans[4].segment.rate_down_n_per_s == 16.0


def test_pretension_comes_before_the_clock_and_before_the_first_phase(small, profile_of):
    before = '\n[pretension]\nforce = "60 N"\nhold = "12 s"\n'
    profile = profile_of(small(STATIC, before=before))
    first, second, third = profile.spans[:3]
    assert (first.kind, second.kind, third.kind) == ("pretension", "pretension", "ramp_up")
    assert (first.phase, second.segment.duration_s, second.counts) == (-1, 12.0, False)
    assert third.segment.start_n == 60.0


def test_the_profile_starts_at_the_take_up_and_ends_at_the_residual(small, profile_of):
    profile = profile_of(small(STATIC, residual="15 N"))
    assert (profile.force_at(0.0), profile.force_at(profile.duration_s)) == (20.0, 15.0)
    assert profile.rest_n == 20.0
    without = small(STATIC).replace('[take_up]\nforce = "20 N"\ntimeout = "60 s"\n', "")
    assert (profile_of(without).force_at(0.0), profile_of(without).rest_n) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("low", "newtons"),
    [
        ("40 N", 40.0),
        ("50 % of high", 60.0),
        ("high - 10 lbf", 75.517784),
        ("residual", 15.0),
        ("max(5 N, 25 % of high)", 30.0),
    ],
)
def test_the_five_ways_to_state_a_low_level(small, spans, low, newtons):
    rows = spans(small(CYCLES.replace("40 N", low) + "repeat = 1", residual="15 N"))
    assert [row[2] for row in rows if row[0] == "rest"] == [pytest.approx(newtons, abs=1e-3)]


def test_an_s_curve_is_nowhere_steeper_than_the_stated_rate(small, profile_of):
    profile = profile_of(small(STATIC + '\nshape = "s-curve"'))
    rise = profile.spans[0].segment
    assert isinstance(rise, SCurve)
    assert rise.duration_s == pytest.approx(math.pi / 2 * 5.0, abs=1e-6)
    assert 19.9999 < rise.rate_up_n_per_s <= 20.0


def test_a_log_rise_starts_at_its_knee_as_steep_as_the_line_below_it(small, profile_of):
    shape = '\nshape = "log"\nknee = "50 %"'
    by_rate = profile_of(small(STATIC + shape)).spans
    cyclic = (
        'type = "cyclic"\nramp_up = "12 s"\nramp_down = "3 s"\n' + CYCLES.split("\n", 1)[1] + "repeat = 1"
    )
    by_time = profile_of(small(cyclic + shape)).spans[2:]  # after the way to the low level
    for line, log, fall in ((by_rate[0], by_rate[1], by_rate[3]), (by_time[0], by_time[1], by_time[3])):
        assert isinstance(line.segment, Ramp)
        assert isinstance(log.segment, LogRise)
        assert log.segment.start_n == (line.segment.start_n + log.segment.end_n) / 2
        assert log.segment.rate_up_n_per_s == pytest.approx(line.segment.rate_up_n_per_s, rel=1e-5)
        assert isinstance(fall.segment, Ramp)
    assert by_time[2].start_s - by_time[0].start_s == 12.0


WAVE = 'oscillation = { wave = "triangle", amplitude = "5 N", frequency = "0.2 Hz" }\n'


def test_a_wave_lies_over_every_hold(small, profile_of):
    profile = profile_of(small(CYCLES + WAVE + "repeat = 2"))
    holds = [span.segment for span in profile.spans if span.kind == "hold"]
    assert [hold.oscillation.amplitude_n for hold in holds] == [5.0, 5.0]
    assert profile.peak_n == 125.0


def test_a_hold_that_the_clock_cuts_under_one_period_of_its_wave_is_refused(small, profile_of):
    problem = refused(small(CYCLES + WAVE + 'for = "29 s"'), None)  # a second hold of 3 s, a period of 5 s
    assert (problem.code, problem.field) == ("E335", "phase[1].oscillation")
    assert "3 s in cycle 2" in problem.found
    assert len([s for s in profile_of(small(CYCLES + WAVE + 'for = "31 s"')).spans if s.kind == "hold"]) == 2


def test_a_hold_that_the_clock_cuts_before_its_position_has_settled_is_refused(small, profile_of):
    problem = refused(small(CYCLES + 'for = "27 s"', hold_by="position"), None)
    assert (problem.code, "1 s in cycle 2" in problem.found) == ("E335", True)
    assert profile_of(small(CYCLES + 'for = "27.1 s"', hold_by="position")).cycles == 2
    assert profile_of(small(CYCLES + 'for = "26 s"', hold_by="position")).cycles == 1  # no second hold at all


def test_the_loop_holds_a_position_as_soon_as_the_language_says():
    from traction.protocol.rules_holds import POSITION_SETTLES_S
    from traction.runner.steering import SETTLE_US

    assert POSITION_SETTLES_S * 1e6 == SETTLE_US


def test_a_hold_by_position_is_marked_and_its_rests_are_not(small, profile_of):
    profile = profile_of(small(CYCLES + "repeat = 1", hold_by="position"))
    modes = {span.kind: span.segment.mode for span in profile.spans if span.kind in ("hold", "rest")}
    assert modes == {"hold": "position", "rest": "force"}
    profile = profile_of(small(CYCLES + 'repeat = 1\nhold_by = "force"', hold_by="position"))
    assert profile.spans[1].segment.mode == "force"


def test_the_body_weight_and_its_cap(small, profile_of):
    text = small(STATIC.replace("120 N", "min(50 %BW, 90 lbf)"))
    assert profile_of(text, 60.0).peak_n == 0.5 * 60.0 * 9.80665
    assert profile_of(text, 100.0).peak_n == 400.339945373445


def test_two_spellings_of_one_plan_are_one_profile(small, profile_of):
    plans = [
        CYCLES.replace("120 N", "40 kgf").replace("40 N", "50 N") + "repeat = 3",
        CYCLES.replace("120 N", "392.266 N").replace("40 N", "0.05 kN").replace("10 s", "10000 ms")
        + "repeat = 3",
        CYCLES.replace("120 N", "min(1 kN, 20 kgf + 196.133 N)").replace("40 N", "50 N") + "repeat = 3",
    ]
    assert len({profile_of(small(plan)).digest() for plan in plans}) == 1


def refused(text, mass_kg, seed=0):
    with pytest.raises(RefusedError) as caught:
        compile_protocol(parse_protocol(text), mass_kg=mass_kg, seed=seed)
    return caught.value.problems[0]


def test_a_missing_mass_is_refused_and_never_assumed(small):
    problem = refused(small(STATIC.replace("120 N", "50 %BW")), None)
    assert (problem.code, "50 %BW" in problem.found) == ("E330", True)


@pytest.mark.parametrize("mass_kg", [0.0, -80.0, math.nan, math.inf, 1e9])
def test_a_mass_no_body_has_is_refused(small, mass_kg):
    assert refused(small(STATIC), mass_kg).code == "E302"


def test_levels_that_cross_at_one_mass_are_refused_at_that_mass_only(small, profile_of):
    text = small(CYCLES.replace("120 N", "50 %BW").replace("40 N", "300 N") + "repeat = 1")
    problem = refused(text, 50.0)
    assert (problem.code, problem.field) == ("E331", "phase[1].low")
    assert "at 50 kg" in problem.found
    assert text.split("\n")[problem.line - 1] == 'low = "300 N"'
    assert profile_of(text, 80.0).cycles == 1


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, True, "7"])
def test_a_seed_is_a_whole_number(small, seed):
    with pytest.raises(UsageError) as caught:
        compile_protocol(parse_protocol(small(STATIC)), seed=seed)
    assert caught.value.code == "E116"


def test_a_forty_five_minute_session_of_many_cycles_has_exact_starts(small, profile_of):
    quick = CYCLES.replace("10 s", "2.3 s").replace("5 s", "1.7 s") + 'for = "45 min"'
    profile = profile_of(small(quick, count="on_target"))
    assert len(profile.spans) > 2000
    for span in profile.spans[::97]:
        assert round(span.start_s * 1e6) / 1e6 == span.start_s
