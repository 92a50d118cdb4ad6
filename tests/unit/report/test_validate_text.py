"""The table of verdicts says for each case what was published, what came out, and how far to trust it."""

import math

import pytest

from traction.evidence.case import Band, Case, Person, Place, Reading, Setup, Stage
from traction.evidence.case import Compare as CompareWith
from traction.evidence.judge import Verdict, judge
from traction.report.style import Style
from traction.report.validate_row import validate_row
from traction.report.validate_text import figure, validate_lines

BAND = Band(1.0, 2.0)
READING = Reading("disc_pressure_kpa", at_s=60.0)


def verdict(
    value: float,
    *,
    name: str = "a-case",
    score: bool = True,
    confirmed: bool = True,
    band: Band = BAND,
    compare: CompareWith | None = None,
    other: float = 4.0,
    reading: Reading | None = READING,
    spread: tuple[float, ...] = (),
) -> Verdict:
    import numpy as np

    case = Case(
        name,
        "Author, year",
        "",
        confirmed,
        score,
        Person(),
        Setup("lumbar", "split", "L4-L5"),
        (Stage("prone", 60.0, 1.0),),
        Place("file.toml", 1),
        reading,
        band,
        compare,
    )
    own = np.asarray([value, *spread])
    return judge(case, reading or Reading("disc_pressure_kpa", at_s=1.0), own, np.full_like(own, other))


def text(*verdicts: Verdict, width: int = 100, members: int = 0) -> str:
    return "\n".join(validate_lines(verdicts, Style(width), members=members))


def test_a_line_has_verdict_band_value_and_ensemble_and_the_next_the_source() -> None:
    shown = text(verdict(1.5, spread=(1.25, 1.75)), members=2).splitlines()
    assert shown[0].split() == ["model", "case", "published", "simulated", "ensemble"]
    assert shown[1].split("  ")[0] == "inside"
    assert "1 to 2 kPa" in shown[1]
    assert "1.25 to 1.75" in shown[1]
    assert shown[2].strip() == "disc_pressure_kpa at 60 s; Author, year [confirmed]"
    assert "1 of 1 scored cases hold" in shown
    assert "ensemble: 2 parameter sets" in "\n".join(shown)


def test_scored_and_reported_inside_and_outside_read_apart_without_colour() -> None:
    shown = text(
        verdict(1.5), verdict(3.0), verdict(1.5, score=False), verdict(math.nan, score=False, confirmed=False)
    )
    words = [line.split()[0] for line in shown.splitlines() if "a-case" in line]
    assert words == ["inside", "OUTSIDE", "(inside)", "(outside)"]
    assert "1 of 2 scored cases hold, 1 DO NOT" in shown
    assert "2 in brackets are reported only" in shown
    assert "1 rest on figures not confirmed" in shown
    assert "[UNCONFIRMED]" in shown
    assert "not finite" in shown


@pytest.mark.parametrize("width", [30, 40, 60, 80])
def test_a_narrow_terminal_gets_blocks_that_fit(width: int) -> None:
    shown = text(verdict(1.5, name="a-case-with-a-rather-long-name", spread=(1.0, 2.0)), width=width)
    assert max(map(len, shown.splitlines())) <= width
    assert "OUTSIDE" not in shown
    assert "simulated" in shown


def test_colour_changes_nothing_but_the_colour() -> None:
    from traction.report.style import COLOUR_OFF, COLOUR_ON

    plain = text(verdict(1.5), verdict(9.0))
    coloured = "\n".join(validate_lines([verdict(1.5), verdict(9.0)], Style(100, colour=True), members=0))
    assert coloured != plain
    for code in (*COLOUR_ON.values(), COLOUR_OFF):
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_comparisons_are_told_in_words() -> None:
    less = verdict(5.0, band=Band(), reading=None, compare=CompareWith("b", "less"))
    assert "below 4 kPa" in text(less)
    assert "less than b (4)" in text(less)
    ratio = verdict(2.0, band=Band(), reading=None, compare=CompareWith("b", "ratio", Band(0.4, 0.6)))
    assert "0.4 to 0.6 " in text(ratio)
    assert "over b (4)" in text(ratio)
    both = verdict(1.5, compare=CompareWith("b", "difference", Band(-1.0, None)))
    assert "minus b (4) is -2.5, published from -1 kPa: FAILS" in text(both)
    failing = verdict(1.5, compare=CompareWith("b", "greater"))
    assert "greater than b (4): FAILS" in text(failing)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (-0.0, "0"), (1 / 3, "0.3333"), (-123.456, "-123.5"), (12345.6, "12346"), (1e-12, "1e-12")],
)
def test_a_figure_has_the_digits_that_matter(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_the_object_has_every_promised_field_and_no_number_that_is_none() -> None:
    row = validate_row([verdict(1.5, spread=(1.0, 2.0)), verdict(math.inf), verdict(0.0, score=False)])
    assert (row["passed"], row["failed"], set(row)) == (1, 1, {"cases", "passed", "failed"})
    first, second, _ = row["cases"]
    promised = {"id", "scored", "inside", "value", "low", "high", "unit", "source", "confirmed"}
    assert promised <= first.keys()
    assert (first["value"], first["low"], first["high"], first["unit"]) == (1.5, 1.0, 2.0, "kPa")
    assert (first["band_low"], first["band_high"]) == (1.0, 2.0)
    assert second["value"] is None
    assert second["inside"] is False
