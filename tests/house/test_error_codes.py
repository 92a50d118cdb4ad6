"""Every code the program can say is explained, and every explained code can be said."""

import re
from pathlib import Path

from traction.errors import (
    Problem,
    ProtocolError,
    RecordError,
    RefusedError,
    TableError,
    TractionError,
    UsageError,
    catalogue,
)

PACKAGE = Path(__file__).resolve().parents[2] / "traction"
CODE = re.compile(r"""["'](E[1-9]\d\d)["']""")


def codes_in_source() -> set[str]:
    return {code for path in PACKAGE.rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_in_the_source_is_in_the_catalogue_and_the_other_way_round() -> None:
    assert codes_in_source() == set(catalogue())


def test_every_entry_says_what_why_and_what_to_do() -> None:
    for entry in catalogue().values():
        for text in (entry.title, entry.why, entry.advice):
            assert len(text) > 8, entry
        assert not entry.title.endswith("."), entry
        assert entry.why.endswith("."), entry
        assert entry.advice.endswith("."), entry


def test_the_catalogue_file_is_in_ascending_order() -> None:
    text = (PACKAGE / "error_codes.toml").read_text(encoding="utf-8")
    codes = re.findall(r"^\[(E\d+)\]$", text, re.MULTILINE)
    assert codes == sorted(codes)


def test_a_problem_says_what_was_found_expected_and_where() -> None:
    problem = Problem("E100", "found 3", "2", file="a.toml", line=4, column=2, field="phase[0].hold")
    assert str(problem) == "a.toml:4:2: phase[0].hold: E100 found 3; expected 2"
    assert problem.advice == catalogue()["E100"].advice


def test_one_root_and_five_branches_with_their_exit_codes() -> None:
    exits = {UsageError: 2, ProtocolError: 3, RefusedError: 3, TableError: 6, RecordError: 6}
    for branch, exit_code in exits.items():
        error = branch(Problem("E900", "a"), Problem("E100", "b"))
        assert isinstance(error, TractionError)
        assert branch.__mro__.index(TractionError) == 1
        assert (error.exit_code, error.code, str(error)) == (exit_code, "E900", "E900 a\nE100 b")
