"""Over several proofs the least margin of each kind is shown, and every kind of reason is told once."""

from __future__ import annotations

import math

from traction.errors import Problem
from traction.safety.verify import Margin
from traction.safety.worst import reasons, worst_margins


def margin(name, left, source="a"):
    return Margin(name, 10.0 - left, 10.0, left, "N", source)


def test_the_margin_with_the_least_left_is_shown_in_the_order_of_the_first_proof():
    first = (margin("force", 3.0), margin("rate", 1.0))
    second = (margin("force", 2.0), margin("rate", 4.0))
    third = (margin("force", 2.5), margin("rate", 1.5))
    assert worst_margins([first, second, third]) == (margin("force", 2.0), margin("rate", 1.0))
    assert worst_margins([]) == ()


def test_of_equal_margins_the_first_is_shown():
    same = [(margin("force", 2.0, "first"),), (margin("force", 2.0, "second"),)]
    assert worst_margins(same)[0].source == "first"


def test_a_margin_that_is_no_number_is_the_least_and_stays_it():
    unknown, known = (margin("force", math.nan, "unknown"),), (margin("force", -5.0),)
    for order in ([known, unknown], [unknown, known], [known, unknown, known]):
        assert worst_margins(order)[0].source == "unknown"
    twice = [unknown, (margin("force", math.nan, "later"),)]
    assert worst_margins(twice)[0].source == "unknown"


def test_each_kind_of_reason_is_told_once_and_all_of_the_first_proof():
    first = [Problem("E311", "one", field="force"), Problem("E311", "two", field="force")]
    others = [
        Problem("E311", "three", field="force"),
        Problem("E311", "four", field="peak"),
        Problem("E312", "five", field="force"),
        Problem("E312", "six", field="force"),
    ]
    assert [problem.found for problem in reasons(first, others)] == ["one", "two", "four", "five"]
    assert reasons([], []) == ()
