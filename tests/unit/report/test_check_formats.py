"""JUnit and GitHub output survive any text that a protocol, a path or an error can hold."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.errors import Problem, catalogue
from traction.report.checks import Check, check_row, figure
from traction.report.github import github_lines
from traction.report.junit import junit_lines

NASTY = 'a<b> & "c"\n::error::x,y: 100% \x00\x1b[31m \ud800 é'
BAD = Check(NASTY, (Problem("E100", NASTY, "less", file="p.toml", line=3, column=7, field="a.b"),))


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_junit_is_xml_whatever_the_texts_hold(file: str, found: str) -> None:
    root = ET.fromstring("\n".join(junit_lines([Check(file, (Problem("E100", found),)), Check("ok")])))
    assert root.get("tests") == "2"
    assert root.get("failures") == "1"
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("type") == "E100"


def test_junit_names_every_problem_and_its_advice() -> None:
    (suite,) = ET.fromstring("\n".join(junit_lines([BAD, Check("good")])))
    first, second = suite
    assert second.get("name") == "good"
    assert len(second) == 0
    assert "p.toml:3:7: a.b" in (first[0].text or "")
    assert catalogue()["E100"].advice in (first[0].text or "")
    assert "\n".join(junit_lines([BAD])).isascii()


@given(st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_a_github_command_is_one_line_that_no_text_can_break_out_of(file: str, found: str) -> None:
    (line,) = github_lines([Check(file, (Problem("E100", found),))])
    assert "\n" not in line
    assert "\r" not in line
    match = re.fullmatch(r"::error file=([^,:]*),title=traction E100::(.*)", line)
    assert match
    decoded = match[1].replace("%2C", ",").replace("%3A", ":")
    assert decoded.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == file


def test_github_places_the_error_at_its_line() -> None:
    (line,) = github_lines([BAD])
    assert line.startswith("::error file=p.toml,line=3,col=7,title=traction E100::a.b: ")
    assert github_lines([Check("a"), Check("b")]) == ["::notice title=traction check::2 of 2 protocols hold"]


def test_a_row_says_whether_it_holds_and_what_is_wrong() -> None:
    row = json.loads(json.dumps(check_row(BAD)))
    assert (row["ok"], row["margins"]) == (False, {})
    (error,) = row["errors"]
    assert (error["code"], error["line"], error["column"], error["field"]) == ("E100", 3, 7, "a.b")
    assert check_row(Check("x"))["ok"] is True


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (392.266, "392.3"), (1234567.8, "1234568"), (0.12345, "0.123"), (5.0, "5")],
)
def test_figures_for_people(value: float, text: str) -> None:
    assert figure(value) == text
