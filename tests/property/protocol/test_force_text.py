"""Force expressions: reading and writing are inverse, and the value is the one exact arithmetic gives."""

from __future__ import annotations

from fractions import Fraction

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.errors import UsageError
from traction.protocol.force import Levels
from traction.protocol.force_text import MAX_DEPTH, MAX_LENGTH, parse_force

FACTORS = {
    "N": Fraction(1),
    "kN": Fraction(1000),
    "lbf": Fraction("4.4482216152605"),
    "kgf": Fraction("9.80665"),
}
MASS_KG = Fraction("72.5")
HIGH_N = Fraction(400)

numbers = st.decimals(0, 2000, places=3, allow_nan=False).map(lambda number: f"{number}")


@st.composite
def leaves(draw, low):
    number = draw(numbers)
    units = [*FACTORS, "%BW", *(["% of high"] if low else [])]
    unit = draw(st.sampled_from(units))
    space = draw(st.sampled_from(["", " ", "  "]))
    if unit in FACTORS:
        return f"{number}{space}{unit}", Fraction(number) * FACTORS[unit]
    whole = MASS_KG * Fraction("9.80665") if unit == "%BW" else HIGH_N
    return f"{number}{space}{unit}", Fraction(number) / 100 * whole


@st.composite
def counts(draw, depth=2):
    """Return a whole number as an expression of session and cycle, and its value in session 5, cycle 3."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from([("session", 5), ("cycle", 3), ("7", 7), ("0", 0)]))
    (one, first), (two, second) = draw(counts(depth - 1)), draw(counts(depth - 1))
    kind = draw(st.sampled_from(["+", "-", "*", "//", "min", "max"]))
    if kind in ("min", "max"):
        return f"{kind}({one}, {two})", min(first, second) if kind == "min" else max(first, second)
    if kind == "//":
        return f"({one} // 4)", first // 4
    value = first + second if kind == "+" else first - second if kind == "-" else first * second
    return f"({one} {kind} {two})", value


@given(st.lists(st.tuples(leaves(False), counts(), st.sampled_from("+-")), min_size=1, max_size=3))
def test_what_counts_is_exact_as_well(drawn):
    text, value = "500 N", Fraction(500)
    for (leaf, force), (count, times), sign in drawn:
        text += f" {sign} {leaf} * {count}"
        value += force * times if sign == "+" else -force * times
    if len(text) > MAX_LENGTH:
        return
    force = parse_force(text)
    assert force.newtons(Levels(float(MASS_KG), session=5, cycle=3)) == float(value)
    assert len(force.text) > MAX_LENGTH or parse_force(force.text) == force
    assert (force.uses("session"), force.uses("cycle")) == ("session" in text, "cycle" in text)


def joined(parts):
    return st.tuples(st.lists(parts, min_size=2, max_size=3), st.sampled_from(["sum", "min", "max"])).map(
        _join
    )


def _join(drawn):
    parts, operation = drawn
    texts, values = zip(*parts, strict=True)
    if operation == "sum":
        return " + ".join(texts), sum(values)
    return f"{operation}({', '.join(texts)})", min(values) if operation == "min" else max(values)


def expressions(low=False):
    return st.recursive(leaves(low), joined, max_leaves=4).filter(lambda drawn: len(drawn[0]) <= MAX_LENGTH)


@given(expressions())
def test_the_value_is_the_exact_one_rounded_once(drawn):
    text, value = drawn
    assert parse_force(text).newtons(Levels(float(MASS_KG))) == float(value)


@given(expressions(low=True))
def test_the_value_of_a_low_level_is_exact_too(drawn):
    text, value = drawn
    levels = Levels(float(MASS_KG), float(HIGH_N), 15.0)
    assert parse_force(text, low=True).newtons(levels) == float(value)
    below = parse_force(f"high - {text}", low=True) if "high" not in text and len(text) < 100 else None
    assert below is None or below.newtons(levels) == float(HIGH_N - value)


@given(expressions(low=True))
def test_the_canonical_spelling_reads_back_as_itself(drawn):
    force = parse_force(drawn[0], low=True)
    if len(force.text) <= MAX_LENGTH:
        assert parse_force(force.text, low=True) == force


@given(
    st.text(alphabet="0123456789.,+-*/()% NkgflbBWminaxhighresduocyt", max_size=40) | st.text(), st.booleans()
)
def test_any_other_text_is_a_usage_error_with_a_column_in_it(text, low):
    try:
        force = parse_force(text, low=low)
    except UsageError as error:
        problem = error.problems[0]
        assert problem.code in {"E110", "E111", "E112", "E113", "E114", "E115"}
        assert 1 <= problem.column <= len(text) + 1
    else:
        assert parse_force(force.text, low=low).text == force.text


def test_nesting_has_a_bound():
    text = "1 N"
    for _ in range(MAX_DEPTH):
        text = f"min({text}, 2 N)"
    assert parse_force(text).newtons(Levels()) == 1.0
    with pytest.raises(UsageError):
        parse_force(f"min({text}, 2 N)")


def test_forces_agree_with_an_independent_library():
    registry = pint.UnitRegistry()
    for unit, name in {"lbf": "force_pound", "kgf": "force_kilogram", "kN": "kilonewton"}.items():
        expected = registry.Quantity(12.5, name).to("newton").magnitude
        assert parse_force(f"12.5 {unit}").newtons(Levels()) == pytest.approx(expected, rel=1e-12)
