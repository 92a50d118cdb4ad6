"""The matrix as it is published: every cell is there in words, and what fails cannot be overlooked."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from traction.campaign.matrix import NO_LINE, Choice, Found, Matrix, cells
from traction.campaign.oracle import Escape
from traction.cli.errors import run
from traction.report.hazard_about import about
from traction.report.hazard_html import CLAIM
from traction.report.matrix_page import BROKEN, EMPTY, matrix_page
from traction.report.matrix_plot import draw, matrix_figure
from traction.report.matrix_row import matrix_lines, matrix_row, replay, told

ABOUT = about("traction faults matrix")
CHOICE = Choice(faults=("cell-a-open", "link-cut"), phases=("HOLD", "STOPPING"), regions=("lumbar",))
ESCAPE = Escape("I1", 1234, 95.0, 90.0, "N of true force")


def matrix(**changes: object) -> Matrix:
    """Every cell at half of its margin, but for the first, which is changed."""
    found = [
        Found(cell, NO_LINE)
        if (cell.fault, cell.transport) == ("link-cut", "direct")
        else Found(cell, at_ms=10, ended="TRIPPED E416", peak_n=90.0, margin=0.5, hazard="H14")
        for cell in cells(CHOICE)
    ]
    return Matrix((replace(found[0], **changes), *found[1:]), 1.0)


def marks(text: str) -> list[str]:
    """Every cell of the grids, as it is written; the last table is not one of them."""
    grids = re.findall(r'<div class="scroll matrix">.*?</div>', text, re.DOTALL)
    return [cell for grid in grids for cell in re.findall(r'<td class="[amxq]\d?">([^<]*)</td>', grid)]


def test_every_cell_is_on_the_page_with_its_figure() -> None:
    whole = matrix()
    shown = marks(matrix_page(whole, ABOUT))
    assert len(shown) == len(whole.found)
    assert shown.count("50") == len(whole.runs)
    assert shown.count("-") == len(whole.found) - len(whole.runs)


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("COMPLETED", "COMPLETED, at the end of its plan, "),
        ("TRIPPED E412", "TRIPPED E412, out of RUN after 40 ms, "),
    ],
)
def test_the_end_of_a_plan_is_not_told_as_a_reaction(ended: str, said: str) -> None:
    first = matrix(ended=ended, react_ms=40).found[0]
    assert f": {said}90.0 N at most" in told(first)


@pytest.mark.parametrize(
    ("changes", "mark", "said"),
    [
        ({"escapes": (ESCAPE,)}, BROKEN, "I1 at 1234 ms: 95, bound 90 (N of true force)"),
        ({"margin": None}, EMPTY, "nothing was measured"),
        ({"at_ms": None}, EMPTY, "the fault never began"),
    ],
)
def test_what_fails_is_marked_named_and_can_be_run_again(
    changes: dict[str, object], mark: str, said: str
) -> None:
    broken = matrix(**changes)
    text = matrix_page(broken, ABOUT)
    assert marks(text).count(mark) == 1
    assert said in text
    assert replay(broken.found[0].cell) in text
    lines = list(matrix_lines(broken))
    assert any(said in line for line in lines)
    assert any(replay(broken.found[0].cell) in line for line in lines)


@pytest.mark.parametrize(("margin", "shown"), [(-0.2, "0"), (0.0, "0"), (0.999, "99"), (1.0, "99")])
def test_a_margin_is_never_rounded_to_more_than_there_was(margin: float, shown: str) -> None:
    assert marks(matrix_page(matrix(margin=margin), ABOUT))[0] == shown


def test_the_page_stands_on_its_own_and_says_what_it_is() -> None:
    text = matrix_page(matrix(), ABOUT)
    assert CLAIM in text
    assert "cells: 36 run, 12 that cannot be, 0 with an escape, 0 empty." in text
    assert not re.search(r"<(script|link|img|iframe)|src=|href=", text)
    assert text.count("<caption>") == text.count("<table")


def test_the_json_has_every_cell_and_says_why_one_cannot_be() -> None:
    row = json.loads(json.dumps(matrix_row(matrix(escapes=(ESCAPE,)), ABOUT), allow_nan=False))
    assert (row["passed"], row["runs"], row["escapes"], row["empty"]) == (False, 36, 1, 0)
    assert len(row["found"]) == row["cells"] == 48
    assert {one.get("absent") for one in row["found"]} == {None, NO_LINE}
    assert row["found"][0]["escapes"][0]["invariant"] == "I1"


def test_the_picture_has_a_row_for_each_fault_and_says_what_it_is(tmp_path: Path) -> None:
    figure = matrix_figure(matrix(escapes=(ESCAPE,)))
    (panel,) = figure.axes
    texts = [one.get_text() for one in panel.texts]
    assert texts.count("X") == 1
    assert len(panel.get_yticks()) == 2
    assert "no conformity claim" in panel.get_xlabel()
    draw(matrix(), tmp_path / "matrix.png")
    assert (tmp_path / "matrix.png").stat().st_size > 1000


def test_an_unknown_name_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["faults", "matrix", "--phase", "holding"]) == 2
    said = capsys.readouterr().err
    assert "E194" in said
    assert "RAMP_UP" in said


def test_a_page_that_could_not_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    assert run(["faults", "matrix", "-o", str(tmp_path / "nowhere" / "page.html")]) == 2
