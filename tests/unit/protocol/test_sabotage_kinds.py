"""A value of another kind, in any place: it is refused, and the rules that come after do not stumble."""

from __future__ import annotations

import pytest

from traction.errors import TractionError
from traction.protocol.load import parse_protocol

INTERMITTENT = """type = "intermittent"
high = "200 N"
low = "100 N"
hold = "30 s"
rest = "10 s"
repeat = 5
oscillation = { wave = "sine", amplitude = "5 N", frequency = "1 Hz" }
variation = { high = "10 %", low = "5 %", cap = "220 N" }
range = { hold = ["20 s", "40 s"], high = ["150 N", "250 N"] }
live = { hold = ["20 s", "40 s"], high = ["150 N", "250 N"] }
"""
CYCLIC = """type = "cyclic"
low = "100 N"
high = "200 N"
hold = "30 s"
rest = "10 s"
for = "5 min"
ramp_up = "5 s"
ramp_down = "5 s"
"""
STEPS = """type = "progressive"
from = "100 N"
to = "200 N"
steps = 3
hold = "10 s"
low = "50 N"
rest = "5 s"
"""
DOWN = STEPS.replace("progressive", "regressive").replace("100 N", "300 N")
ASK = """type = "ask"
question = "Pain?"
answers = ["no", "yes"]
within = "60 s"
no_answer = "stop"
then = { no = "continue", yes = "go to p6" }
"""
STATIC = """type = "static"
force = "200 N"
for = "60 s"
shape = "s-curve"
"""
BEFORE = """[pretension]
force = "30 N"
hold = "5 s"
[tare]
head_mass = "5 kg"
angle = "15 deg"
pull = "upward"
"""


@pytest.fixture
def whole(small) -> str:
    return small(INTERMITTENT, CYCLIC, STEPS, DOWN, ASK, STATIC, before=BEFORE)


def found(text: str) -> list[str]:
    try:
        parse_protocol(text)
    except TractionError as error:
        return [f"{one.code} {one.found}" for one in error.problems]
    return []


def test_as_it_stands_nothing_is_wrong(whole: str) -> None:
    assert found(whole) == []


@pytest.mark.parametrize("other", ["true", "7.5", '"?"', "[]", '["?"]', "{}", '{ a = "b" }', "-1"])
def test_another_kind_of_value_anywhere_is_refused_and_nothing_stumbles(whole: str, other: str) -> None:
    lines = whole.split("\n")
    taken = []
    for at, line in enumerate(lines):
        key, equals, _ = line.partition(" = ")
        text = "\n".join([*lines[:at], f"{key} = {other}", *lines[at + 1 :]])
        if equals and not found(text):
            taken.append(f"{key} = {other}")
    may = ("title", "question", "caution", "citation", "name", "assumed", "confirmed", "range = {}")
    assert [line for line in taken if not line.startswith(may)] == []


def test_a_cyclic_phase_is_held_to_its_levels_and_its_end_too(small) -> None:
    assert found(small(CYCLIC, residual="100 N")) == []
    assert [one[:4] for one in found(small(CYCLIC, residual="101 N"))] == ["E243"]
    assert [one[:4] for one in found(small(CYCLIC.replace("200 N", "0 N")))] == ["E230", "E231"]
    assert [one[:4] for one in found(small(CYCLIC.replace("100 N", "200 N")))] == ["E230"]


def test_the_mass_of_a_head_is_stated_once(whole: str) -> None:
    assert found(whole.replace('head_mass = "5 kg"', 'head_share = "7 %"')) == []
    both = whole.replace('head_mass = "5 kg"', 'head_mass = "5 kg"\nhead_share = "7 %"')
    assert found(both) == ["E253 both head_mass and head_share"]
    assert [one[:4] for one in found(whole.replace('head_mass = "5 kg"\n', ""))] == ["E253"]


@pytest.mark.parametrize("key", ["hold", "rest"])
def test_what_takes_no_time_does_not_vary(small, key: str) -> None:
    pulls = CYCLIC.replace({"hold": 'hold = "30 s"', "rest": 'rest = "10 s"'}[key], f'{key} = "0 s"')
    vary = f'variation = {{ {key} = "10 %" }}\n'
    said = f"E237 a spread of a {key} of 0 s"
    assert said in found(small(pulls + vary))
    assert said not in found(small(pulls))
    assert said not in found(small(pulls.replace('"0 s"', '"5 s"') + vary))
