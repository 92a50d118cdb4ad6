"""The tightest limit wins and is named; what is missing or no limit refuses, all at once."""

from __future__ import annotations

import dataclasses

import pytest

from traction.errors import RefusedError
from traction.safety.hardware import load_region
from traction.safety.limits import LIMIT_NAMES, LimitSource, is_amount, merge

LUMBAR = load_region("lumbar")


def source(kind="operator", name="test", **values):
    return LimitSource(kind, name, values)


def test_the_tightest_source_wins_and_is_named():
    limits = merge(
        LUMBAR, [source("table", "bench", max_force_n=700.0), source(max_force_n=650.0, max_hold_s=2e3)]
    )
    assert limits.max_force_n == 650.0
    assert limits.sources["max_force_n"] == "operator test"
    assert limits.max_hold_s == LUMBAR.source.values["max_hold_s"]
    assert limits.sources["max_hold_s"] == "region lumbar"
    assert list(limits.values()) == list(LIMIT_NAMES)


def test_of_equal_limits_the_first_kind_is_named_whatever_the_order():
    table, operator = source("table", "bench", max_force_n=500.0), source(max_force_n=500.0)
    for order in ([table, operator], [operator, table]):
        assert merge(LUMBAR, order).sources["max_force_n"] == "table bench"


def test_every_absent_limit_refuses_at_once():
    bare = dataclasses.replace(LUMBAR, source=LimitSource("region", "lumbar", {"max_force_n": 900.0}))
    with pytest.raises(RefusedError) as caught:
        merge(bare)
    assert {problem.code for problem in caught.value.problems} == {"E301"}
    assert [problem.field for problem in caught.value.problems] == list(LIMIT_NAMES[1:])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, True, None, "900", 10**400, 3 + 4j])
def test_a_value_that_is_no_limit_refuses(value):
    with pytest.raises(RefusedError) as caught:
        merge(LUMBAR, [source(max_force_n=value)])
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("E304", "max_force_n")]


def test_a_limit_given_only_as_nan_is_not_also_called_absent():
    bare = dataclasses.replace(
        LUMBAR, source=LimitSource("region", "lumbar", dict.fromkeys(LIMIT_NAMES, float("nan")))
    )
    with pytest.raises(RefusedError) as caught:
        merge(bare)
    assert [problem.code for problem in caught.value.problems] == ["E304"] * len(LIMIT_NAMES)


def test_an_unknown_name_or_kind_refuses():
    with pytest.raises(RefusedError) as caught:
        merge(LUMBAR, [source(max_forec_n=1.0), source("cloud", max_force_n=1.0)])
    assert [problem.code for problem in caught.value.problems] == ["E304", "E304"]


def test_whole_numbers_are_limits_too():
    limits = merge(LUMBAR, [source(max_force_n=400)])
    assert limits.max_force_n == 400.0
    assert isinstance(limits.max_force_n, float)


@pytest.mark.parametrize(("value", "amount"), [(0, True), (0.0, True), (5e-324, True), (-5e-324, False)])
def test_zero_is_an_amount_and_anything_below_is_not(value, amount):
    assert is_amount(value) is amount
