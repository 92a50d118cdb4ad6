"""What a table cannot follow is refused before anything moves, with a code and the figure that would do."""

from __future__ import annotations

import pytest

import traction
from traction.protocol.library import find
from traction.protocol.load import parse_protocol

CERVICAL = "cerv-generic"
TAKE_UP = '[take_up]\nforce = "15 N"\ntimeout = "90 s"\n'


def text(name: str = CERVICAL, *changes: tuple[str, str]) -> str:
    found = find(name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in found
        found = found.replace(old, new)
    return found


def refused(source: str, table: str = "sim:") -> dict[str, traction.Problem]:
    proof = traction.verify(parse_protocol(source), mass_kg=80.0, table=table)
    return {problem.code: problem for problem in proof.verification.problems}


def test_slack_without_a_take_up() -> None:
    pull = ('low = "15 N"', 'low = "11 N"')
    assert refused(text(CERVICAL, (TAKE_UP, ""), pull)).keys() == {"E325"}


def test_a_take_up_that_is_too_short_is_told_where_it_stands() -> None:
    source = text(CERVICAL, ('timeout = "90 s"', 'timeout = "60 s"'))
    problem = refused(source)["E326"]
    assert source.splitlines()[(problem.line or 0) - 1] == 'timeout = "60 s"'
    assert problem.advice


def test_a_limit_that_is_too_tight_to_learn_by() -> None:
    limits = '[limits]\nmax_rate_up = "2 N/s"\n'
    source = text(CERVICAL, ("[limits]\n", limits), ('up = "8 N/s"', 'up = "2 N/s"'))
    assert {"E326", "E327"} <= refused(source).keys()


def test_a_limit_closer_to_a_rate_than_the_table_can_tell() -> None:
    limits = '[limits]\nmax_rate_up = "%s N/s"\n'
    rates = ('up = "8 N/s"', 'up = "8.0004 N/s"')
    assert refused(text(CERVICAL, rates, ("[limits]\n", limits % "8.00041"))).keys() >= {"E312"}
    assert "E312" not in refused(text(CERVICAL, rates, ("[limits]\n", limits % "8.001")))


@pytest.mark.parametrize("slack_mm", [21, 60])
def test_a_url_with_more_slack_than_the_table_states(slack_mm: int) -> None:
    with pytest.raises(traction.RefusedError, match="E328"):
        traction.verify(CERVICAL, table=f"sim:?slack_mm={slack_mm}")
    assert traction.verify(CERVICAL, table="sim:?slack_mm=20").passed


def test_what_is_not_judged_for_want_of_a_mass_is_said() -> None:
    assert "no mass" in traction.verify(CERVICAL).margins["peak_force"].source
    assert "no mass" not in traction.verify(CERVICAL, mass_kg=80.0).margins["peak_force"].source


def test_a_published_static_hold_of_exactly_twenty_minutes_passes() -> None:
    source = text("cerv-home-classic", ('for = "15 min"', 'for = "20 min"'))
    proof = traction.verify(parse_protocol(source), mass_kg=80.0)
    assert proof.passed, proof.verification.problems
    assert proof.margins["longest_hold"].value > 1200.0
