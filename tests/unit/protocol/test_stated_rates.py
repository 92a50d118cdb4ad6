"""The rates a file states hold for stated times and for waves too, and the error names what is too steep."""

from __future__ import annotations

import pytest

from traction.errors import RefusedError

CYCLIC = 'type = "cyclic"\nhigh = "120 N"\nlow = "20 N"\nhold = "9 s"\nrest = "5 s"\nrepeat = 2\n'
STATIC = 'type = "static"\nforce = "120 N"\nhold = "20 s"\n'
WAVE = 'oscillation = {{ wave = "{}", amplitude = "{} N", frequency = "1 Hz" }}\n'

TOO_STEEP = [
    (CYCLIC + 'ramp_up = "4.9 s"\nramp_down = "9 s"', ["phase[1].ramp_up"]),
    (CYCLIC + 'ramp_up = "9 s"\nramp_down = "2.4 s"', ["phase[1].ramp_down"]),
    (CYCLIC + 'ramp_up = "7 s"\nramp_down = "9 s"\nshape = "s-curve"', ["phase[1].ramp_up"]),
    ('type = "ramp"\nto = "120 N"\nover = "4 s"', ["phase[1].over"]),
    (STATIC + WAVE.format("sine", 4), ["phase[1].oscillation"]),
    (STATIC + WAVE.format("triangle", 10.5), ["phase[1].oscillation"] * 2),
    (STATIC + WAVE.format("sawtooth", 2.5), ["phase[1].oscillation"]),
    (STATIC + 'rate_up = "3 N/s"\n' + WAVE.format("sine", 1), ["phase[1].oscillation"]),
]
AS_STATED = [
    CYCLIC + 'ramp_up = "5 s"\nramp_down = "2.5 s"',
    CYCLIC + 'ramp_up = "8 s"\nramp_down = "9 s"\nshape = "s-curve"',
    CYCLIC + 'ramp_up = "2 s"\nramp_down = "9 s"\nrate_up = "50 N/s"',
    STATIC + WAVE.format("triangle", 5),
    STATIC + WAVE.format("sine", 3.1),
]


@pytest.mark.parametrize(("phase", "fields"), TOO_STEEP)
def test_what_is_steeper_than_the_stated_rate_is_refused_with_its_place(small, profile_of, phase, fields):
    with pytest.raises(RefusedError) as caught:
        profile_of(small(phase))
    assert {problem.code for problem in caught.value.problems} == {"E334"}
    assert [problem.field for problem in caught.value.problems] == fields
    assert all(problem.line is not None and problem.column is not None for problem in caught.value.problems)


@pytest.mark.parametrize("phase", AS_STATED)
def test_what_keeps_to_the_stated_rate_is_accepted(small, profile_of, phase):
    assert profile_of(small(phase)).rate_up_n_per_s > 0.0


def test_a_ramp_of_a_stated_time_needs_no_rate(small, profile_of):
    text = small('type = "ramp"\nto = "120 N"\nover = "4 s"')
    text = text.replace('[rates]\nup = "20 N/s"\ndown = "40 N/s"\n', "")
    assert profile_of(text).rate_up_n_per_s == 25.0
