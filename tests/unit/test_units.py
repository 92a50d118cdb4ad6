"""What people write becomes exactly one number, or an error that says what to write."""

from __future__ import annotations

import re
from typing import get_args

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction import units
from traction.errors import UsageError

PINT_UNITS = {
    "lbf": "force_pound",
    "kgf": "force_kilogram",
    "lbf/s": "force_pound / second",
    "kgf/s": "force_kilogram / second",
    "lbf s": "force_pound * second",
    "N s": "newton * second",
    "kN s": "kilonewton * second",
    "%": "percent",
    "min": "minute",
    "h": "hour",
    "lb": "pound",
    "deg": "degree",
    "Hz": "hertz",
}
PINT_BASE = {
    "force": "newton",
    "force_rate": "newton / second",
    "time": "second",
    "mass": "kilogram",
    "length": "millimeter",
    "frequency": "hertz",
    "fraction": "dimensionless",
    "angle": "degree",
    "speed": "millimeter / second",
    "impulse": "newton * second",
    "pressure": "kilopascal",
    "stiffness": "newton / millimeter",
}
KINDS = get_args(units.Kind)
ALL_UNITS = [(kind, unit) for kind in KINDS for unit in units.UNITS[kind]]


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    return pint.UnitRegistry()


@pytest.mark.parametrize(("kind", "unit"), ALL_UNITS)
def test_every_factor_agrees_with_an_independent_library(registry, kind, unit):
    expected = registry.Quantity(12.5, PINT_UNITS.get(unit, unit)).to(PINT_BASE[kind]).magnitude
    assert units.parse(f"12.5 {unit}", kind) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("kind", "unit"), ALL_UNITS)
def test_space_before_the_unit_is_a_matter_of_taste(kind, unit):
    assert units.parse(f"7{unit}", kind) == units.parse(f" 7  {unit} ", kind)


@pytest.mark.parametrize(("kind", "unit"), ALL_UNITS)
def test_the_schema_pattern_accepts_what_the_parser_accepts(kind, unit):
    pattern = units.pattern(kind)
    assert re.search(pattern, f"7.5 {unit}")
    assert not re.search(pattern, "7.5")
    assert not re.search(pattern, f"7,5 {unit}")


def test_two_spellings_of_one_force_are_the_same_float():
    assert units.parse("90 lbf", "force") == units.parse("400.339945373445 N", "force")
    assert units.parse("40 kgf", "force") == units.parse("392.266 N", "force")
    assert units.parse("80 lb", "mass") == units.parse("36.2873896 kg", "mass")


@pytest.mark.parametrize(
    ("text", "kind", "code", "says"),
    [
        ("80", "mass", "E110", "kg, lb"),
        (80, "mass", "E110", "80 without a unit"),
        (True, "time", "E110", "without a unit"),
        (None, "time", "E110", "without a unit"),
        ("90 lb", "force", "E111", "write lbf"),
        ("90 kg", "force", "E111", "write kgf"),
        ("80 lbf", "mass", "E111", "write lb for a mass"),
        ("80 KG", "mass", "E111", "did you mean kg?"),
        ("3 m", "time", "E111", "write min"),
        ("3 seconds", "time", "E111", "did you mean s?"),
        ("3 s", "force", "E111", "s is a unit of time"),
        ("1,5 s", "time", "E112", "point before decimals"),
        ("1 000 N", "force", "E112", "1 000 N"),
        (".5 s", "time", "E112", ".5 s"),
        ("5. s", "time", "E112", "5. s"),
        ("+5 s", "time", "E112", "+5 s"),
        ("", "time", "E112", "nothing, where"),
        ("s", "time", "E112", "'s'"),
        ("0x10 s", "time", "E111", "x10 s"),
        ("\uff18\uff10 kg", "mass", "E112", "U+FF18"),
        ("\u0668 kg", "mass", "E112", "U+0668"),
        ("80\u00a0kg", "mass", "E112", "U+00A0"),
        ("80 \u043a", "mass", "E112", "U+043A"),
        ("80\nkg", "mass", "E112", "U+000A"),
        ("8" * 100 + " kg", "mass", "E112", "characters"),
        ("nan kg", "mass", "E113", "not a finite number"),
        ("-inf N", "force", "E113", "not a finite number"),
        ("1e400 N", "force", "E113", "out of range"),
        ("1e999999 N", "force", "E113", "out of range"),
        ("1e-400 N", "force", "E113", "out of range"),
        ("-5 N", "force", "E114", "negative"),
    ],
)
def test_every_other_spelling_is_an_error_that_says_what_to_write(text, kind, code, says):
    with pytest.raises(UsageError) as caught:
        units.parse(text, kind, what="--thing")
    problem = caught.value.problems[0]
    assert problem.code == code
    assert says in str(problem)
    assert problem.field == "--thing"


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none()), st.sampled_from(KINDS))
def test_nothing_but_a_usage_error_ever_comes_out(text, kind):
    try:
        value = units.parse(text, kind)
    except UsageError:
        return
    assert 0 <= value < float("inf")


@given(st.decimals(0, 10**6, places=6), st.sampled_from(ALL_UNITS))
def test_formatting_and_parsing_are_inverse(number, kind_unit):
    kind, unit = kind_unit
    value = units.parse(f"{number} {unit}", kind)
    again = units.parse(units.format_quantity(value, kind, unit, digits=9), kind)
    assert again == pytest.approx(value, rel=1e-12, abs=1e-9 * units.parse(f"1 {unit}", kind))


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [(0, "0 s"), (12.5, "12.5 s"), (59.99, "1 min"), (60, "1 min"), (89.97, "1 min 30 s"), (1800, "30 min")],
)
def test_durations_read_as_a_person_says_them(duration_s, text):
    assert units.format_time(duration_s) == text


def test_forces_are_shown_without_empty_decimals():
    assert units.format_force(400.339945373445, "lbf") == "90 lbf"
    assert units.format_force(0.0) == "0 N"
    assert units.format_force(-0.0) == "0 N"
    with pytest.raises(UsageError):
        units.format_force(1.0, "lb")


@pytest.mark.parametrize("text", ["1e999999 kN", "9e999999 N", "1e999999 kgf"])
def test_a_quantity_beyond_decimal_arithmetic_is_out_of_range(text):
    with pytest.raises(UsageError) as caught:
        units.parse(text, "force")
    assert caught.value.code == "E113"


@pytest.mark.parametrize("value", [10**400, -(10**5000)], ids=["long", "very long"])
def test_a_whole_number_too_long_to_write_out_has_no_unit(value):
    with pytest.raises(UsageError) as caught:
        units.parse(value, "force")
    assert caught.value.code == "E110"
    assert "digits" in caught.value.problems[0].found


@pytest.mark.parametrize(
    ("text", "kind", "found"), [("", "mass", "nothing"), ("  ", "force", "nothing"), ("20m", "time", "min")]
)
def test_the_advice_fits_the_kind_of_quantity(text, kind, found):
    with pytest.raises(UsageError) as caught:
        units.parse(text, kind)
    problem = caught.value.problems[0]
    assert found in problem.found
    assert "12.5 s" not in problem.advice
    assert "''" not in problem.message
    assert "min for minutes" in problem.advice or "example in the message" in problem.advice
