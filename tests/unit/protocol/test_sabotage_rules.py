"""Each rule for a protocol alone: one value on its edge that is taken, and the next that is not."""

from __future__ import annotations

import pytest

from traction.errors import TractionError
from traction.protocol.load import parse_protocol

PULLS = 'type = "intermittent"\nhigh = "200 N"\nlow = "100 N"\nhold = "30 s"\nrest = "10 s"\nrepeat = 5\n'
STATIC = 'type = "static"\nforce = "200 N"\nhold = "60 s"\n'
UP = 'type = "progressive"\nfrom = "100 N"\nto = "200 N"\nsteps = 3\nhold = "10 s"\n'
DOWN = 'type = "regressive"\nfrom = "200 N"\nto = "100 N"\nsteps = 3\nhold = "10 s"\n'
ASK = (
    'type = "ask"\nquestion = "Pain?"\nanswers = ["no", "yes"]\nwithin = "60 s"\n'
    'no_answer = "stop"\nthen = { no = "continue", yes = "go to p3" }\n'
)
LOOK = 'type = "observe"\ntext = "Look."\nwithin = "90 s"\nno_answer = "continue"\n'
WAVE = 'oscillation = {{ wave = "sine", amplitude = "{}", frequency = "1 Hz" }}\n'
RATES = '\n[rates]\nup = "20 N/s"\ndown = "40 N/s"\n'
OWN = 'rate_up = "10 N/s"\nrate_down = "10 N/s"\n'
PRE = '[pretension]\nforce = "{}"\nhold = "5 s"\n'


def found(text: str) -> list[str]:
    """Return the words of everything that is wrong with a protocol, each behind its code."""
    try:
        parse_protocol(text)
    except TractionError as error:
        return [f"{one.code} {one.found}" for one in error.problems]
    return []


@pytest.mark.parametrize(
    ("bounds", "wrong"),
    [
        ('high = ["150 N", "250 N"]', []),
        ('high = ["200 N", "200 N"]', []),
        ('high = ["250 N", "150 N"]', ["E252 bounds from '250 N' to '150 N'"]),
        ('high = ["150 N", "199 N"]', ["E252 '200 N' outside '150 N' to '199 N'"]),
        ('high = ["201 N", "250 N"]', ["E252 '200 N' outside '201 N' to '250 N'"]),
        ('hold = ["30 s", "30 s"]', []),
        ('hold = ["40 s", "20 s"]', ["E252 bounds from 40 s to 20 s"]),
        ('hold = ["31 s", "40 s"]', ["E252 30 s outside 31 s to 40 s"]),
        ('hold = ["20 s", "29 s"]', ["E252 30 s outside 20 s to 29 s"]),
        ('force = ["1 N", "9 N"]', ["E252 bounds of force, which the phase does not state"]),
        ('for = ["5 min", "9 min"]', ["E252 bounds of for, which the phase does not state"]),
        ("", ["E252 nothing that may be set"]),
    ],
)
def test_what_may_be_set_lies_around_what_is_stated(small, bounds: str, wrong: list[str]) -> None:
    assert found(small(PULLS + f"live = {{ {bounds} }}")) == wrong


@pytest.mark.parametrize(
    ("bounds", "wrong"),
    [
        ('hold = ["20 s", "40 s"]', []),
        ('hold = ["19 s", "40 s"]', ["E252 bounds from 19 s to 40 s"]),
        ('hold = ["20 s", "41 s"]', ["E252 bounds from 20 s to 41 s"]),
        ('high = ["150 N", "250 N"]', []),
        ('high = ["150 N", "251 N"]', ["E252 bounds up to '251 N'"]),
    ],
)
def test_what_may_be_set_lies_within_what_is_published(small, bounds: str, wrong: list[str]) -> None:
    published = 'range = { hold = ["20 s", "40 s"], high = ["150 N", "250 N"] }\n'
    assert found(small(PULLS + published + f"live = {{ {bounds} }}")) == wrong


@pytest.mark.parametrize(
    ("published", "wrong"),
    [
        ('hold = ["30 s", "30 s"]', []),
        ('hold = ["40 s", "20 s"]', ["E241 a range from 40 s to 20 s"]),
        ('hold = ["31 s", "40 s"]', ["E241 30 s outside 31 s to 40 s"]),
        ('hold = ["20 s", "29 s"]', ["E241 30 s outside 20 s to 29 s"]),
        ('high = ["200 N", "200 N"]', []),
        ('high = ["250 N", "150 N"]', ["E241 a range from '250 N' to '150 N'"]),
        ('high = ["150 N", "199 N"]', ["E241 '200 N' above '199 N'"]),
        ('high = ["201 N", "250 N"]', ["E241 '200 N' below '201 N'"]),
        ('force = ["1 N", "2 N"]', ["E241 a range of force, which the phase does not state"]),
        ('time = ["1 min", "2 min"]', ["E241 a range of for, which the phase does not state"]),
    ],
)
def test_what_is_stated_lies_within_what_is_published(small, published: str, wrong: list[str]) -> None:
    assert found(small(PULLS + f"range = {{ {published} }}")) == wrong


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("", "", []),
        ('["no", "yes"]', '["no", "no answer", "yes"]', ["E248 the answer 'no answer'"]),
        ('["no", "yes"]', '["no", "yes", "no"]', ["E248 'no' twice"]),
        ('["no", "yes"]', '["no", "yes", "some"]', ["E248 nothing for the answer 'some'"]),
        ('["no", "yes"]', '["no"]', ["E248 'yes', which is no answer"]),
        ("go to p3", "go to p9", ["E249 no phase 'p9'"]),
        ("go to p3", "go to p2", ["E249 'p2', which is not later"]),
        ("go to p3", "go to p1", ["E249 'p1', which is not later"]),
        ('no_answer = "stop"', 'no_answer = "go to p1"', ["E249 'p1', which is not later"]),
        ('"continue"', '"go to p4"', []),
    ],
)
def test_every_answer_leads_somewhere_that_is_later(small, old: str, new: str, wrong: list[str]) -> None:
    assert found(small(PULLS, ASK.replace(old, new), STATIC, STATIC)) == wrong


def test_every_phase_can_be_reached_has_its_own_name_and_one_pulls(small) -> None:
    nowhere = ASK.replace('"continue"', '"stop"').replace("go to p3", "go to p4")
    assert found(small(PULLS, nowhere, STATIC, STATIC)) == ["E250 'p3', which no answer leads to"]
    assert found(small(PULLS, STATIC).replace('name = "p2"', 'name = "p1"')) == [
        "E245 'p1', the name of phase 1"
    ]
    assert found(small(LOOK)) == ["E244 no phase that pulls"]


@pytest.mark.parametrize(
    ("phase", "wrong"),
    [
        (STATIC + 'shape = "linear"\nknee = "50 %"\n', ["E236 a knee with the shape linear"]),
        (STATIC + 'shape = "s-curve"\nknee = "50 %"\n', ["E236 a knee with the shape s-curve"]),
        (STATIC + 'shape = "log"\n', ["E236 the shape log without a knee"]),
        (STATIC + 'shape = "log"\nknee = "50 %"\n', []),
        (STATIC.replace("200 N", "0 N"), ["E231 '0 N', which is no pull"]),
        (
            PULLS.replace("200 N", "0 N"),
            ["E231 '0 N', which is no pull", "E230 '100 N' at a high level of '0 N'"],
        ),
        (PULLS.replace("100 N", "200 N"), ["E230 '200 N' at a high level of '200 N'"]),
        (PULLS.replace("100 N", "199 N"), []),
        (PULLS.replace("100 N", "0 N"), []),
        (UP.replace('to = "200 N"', 'to = "100 N"'), ["E238 steps up from '100 N' to '100 N'"]),
        (UP.replace("progressive", "regressive"), ["E238 steps down from '100 N' to '200 N'"]),
        (DOWN.replace('from = "200 N"', 'from = "100 N"'), ["E238 steps down from '100 N' to '100 N'"]),
        (DOWN.replace("regressive", "progressive"), ["E238 steps up from '200 N' to '100 N'"]),
        (PULLS + 'for = "5 min"\n', ["E234 both repeat and for"]),
        (PULLS.replace("repeat = 5\n", ""), ["E234 neither repeat nor for"]),
        (STATIC + 'for = "5 min"\n', ["E234 both hold and for"]),
        (STATIC.replace('hold = "60 s"\n', ""), ["E234 neither hold nor for"]),
    ],
)
def test_a_phase_is_what_it_says(small, phase: str, wrong: list[str]) -> None:
    assert found(small(phase)) == wrong


@pytest.mark.parametrize("steps", [UP, DOWN])
def test_steps_rest_below_their_top_or_not_at_all(small, steps: str) -> None:
    assert found(small(steps + 'low = "50 N"\n')) == ["E239 low without rest"]
    assert found(small(steps + 'rest = "5 s"\n')) == ["E239 rest without low"]
    assert found(small(steps + 'low = "100 N"\nrest = "5 s"\n')) == []
    assert found(small(steps + 'low = "200 N"\nrest = "5 s"\n')) == [
        "E230 '200 N' at a high level of '200 N'"
    ]


@pytest.mark.parametrize(
    ("phase", "most", "beyond", "wrong"),
    [
        (PULLS, "100 N", "101 N", "E232 a wave of 101 N on a hold 100 N above its low level"),
        (STATIC, "200 N", "201 N", "E232 a wave of 201 N on a hold 200 N above its low level"),
    ],
)
def test_a_wave_is_one_and_stays_above_the_low_level(
    small, phase: str, most: str, beyond: str, wrong: str
) -> None:
    assert found(small(phase + WAVE.format(most))) == []
    assert found(small(phase + WAVE.format(beyond))) == [wrong]
    assert found(small(phase + WAVE.format("0 N"))) == ["E232 a wave of 0 N"]


def test_a_wave_is_no_wave_on_a_hold_by_position(small) -> None:
    here, there = STATIC + WAVE.format("5 N"), "E233 a wave on a hold by position"
    assert found(small(here + 'hold_by = "position"\n')) == [there]
    assert found(small(here, hold_by="position")) == [there]
    assert found(small(here + 'hold_by = "force"\n', hold_by="position")) == []


@pytest.mark.parametrize(
    ("phase", "last_n"),
    [
        (PULLS, 100),
        (DOWN, 100),
        (DOWN.replace("100 N", "150 N") + 'low = "100 N"\nrest = "5 s"\n', 100),
        (UP, 200),
        (STATIC, 200),
    ],
)
def test_what_is_left_at_the_end_is_no_rise(small, phase: str, last_n: int) -> None:
    assert found(small(phase, residual=f"{last_n} N")) == []
    assert found(small(phase, residual=f"{last_n + 1} N")) == [
        f"E243 a residual of {last_n + 1} N above the {last_n} N the last phase ends at"
    ]


def test_every_way_up_and_down_has_a_rate(small) -> None:
    text = small(STATIC)
    assert text.count(RATES) == 1
    bare = text.replace(RATES, "")
    assert found(bare) == ["E235 no rate down", "E235 no rate up"]
    assert found(bare.replace('hold = "60 s"\n', 'hold = "60 s"\nrate_up = "10 N/s"\n')) == [
        "E235 no rate down"
    ]
    assert found(bare.replace('hold = "60 s"\n', 'hold = "60 s"\nrate_down = "10 N/s"\n')) == [
        "E235 no rate up"
    ]
    assert found(small(STATIC + OWN).replace(RATES, "")) == []
    pre = small(STATIC + OWN, before=PRE.format("30 N"))
    assert found(pre) == []
    assert found(pre.replace(RATES, "")) == ["E235 no rate up"]
    own = small(STATIC + OWN, before=PRE.format("30 N") + 'rate = "5 N/s"\n')
    assert found(own.replace(RATES, "")) == []


def test_a_pre_tension_is_not_below_the_take_up(small) -> None:
    assert found(small(STATIC, before=PRE.format("20 N"))) == []
    assert found(small(STATIC, before=PRE.format("19 N"))) == [
        "E242 a pre-tension of 19 N under a take-up of 20 N"
    ]


@pytest.mark.parametrize(
    ("variation", "wrong"),
    [
        ('high = "10 %", cap = "220 N"', []),
        ('high = "10 %", cap = "200 N"', []),
        ("", ["E237 a variation of nothing"]),
        ('high = "10 %"', ["E237 a varying high level without a cap"]),
        ('hold = "10 %", cap = "220 N"', ["E237 a cap where high does not vary"]),
        ('high = "10 %", cap = "199 N"', ["E237 a cap of '199 N'"]),
        ('hold = "10 %"', []),
        (
            'high = "40 %", low = "20 %", cap = "300 N"',
            ["E237 a low level of up to 120 N and a high level from 120 N"],
        ),
        ('high = "40 %", low = "19 %", cap = "300 N"', []),
    ],
)
def test_a_variation_has_a_cap_and_keeps_low_below_high(small, variation: str, wrong: list[str]) -> None:
    assert found(small(PULLS + f"variation = {{ {variation} }}")) == wrong


@pytest.mark.parametrize(
    ("repeats", "places"),
    [
        ((3330,), []),
        ((3331,), ["phase"]),
        ((3332,), ["phase"]),
        ((3333,), ["phase[1].repeat"]),
        ((1700, 1629), []),
        ((1700, 1630), ["phase"]),
        ((3333, 3333), ["phase[1].repeat", "phase[2].repeat"]),  # and not of the whole once more
    ],
)
def test_a_protocol_has_an_end_to_what_it_may_hold(
    small, repeats: tuple[int, ...], places: list[str]
) -> None:
    text = small(*(PULLS.replace("repeat = 5", f"repeat = {count}") for count in repeats))
    if not places:
        assert found(text) == []
        return
    with pytest.raises(TractionError) as caught:
        parse_protocol(text)
    assert [(one.code, one.field) for one in caught.value.problems] == [("E240", place) for place in places]
