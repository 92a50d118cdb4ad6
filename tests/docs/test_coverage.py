"""The page of features: every command on it does what it says, and what is not there yet only gets less."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from traction.cli import errors
from traction.shipped import shipped_files

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
SHOWN = re.compile(r'`traction ([^`]+)`(?: ends with (\d))?(?: says "([^"]+)")?')

NOT_YET = 0
"""How many rows nobody can do; a change may lower it and never raise it."""

IN_PART = 0
"""How many rows are there in part, and say what of them is not; a change may lower it and never raise it."""

LEFT_OUT = 3


class Row(NamedTuple):
    """One row of a table: the feature, what there is of it, and how it is shown."""

    feature: str
    here: str
    shown: str


def rows() -> Iterator[Row]:
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if (
            line.startswith("| ")
            and len(cells) == 4
            and cells[0] != "feature"
            and not cells[0].startswith("---")
        ):
            yield Row(cells[0], cells[2], cells[3])


ROWS = list(rows())


def block(kind: str) -> str:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[0]


def test_every_row_is_done_by_a_command_or_says_that_it_is_not() -> None:
    assert len(ROWS) > 100
    marks = {"**not yet**": 0, "**left out**": 0}
    for row in ROWS:
        if row.shown in marks:
            marks[row.shown] += 1
        else:
            assert SHOWN.fullmatch(row.shown), row
    assert marks["**not yet**"] <= NOT_YET, "this number only gets less"
    assert marks["**left out**"] == LEFT_OUT
    parts = [row for row in ROWS if row.here.startswith("**in part**: ")]
    assert len(parts) <= IN_PART, "this number only gets less"
    assert all(re.search(r"\bno\b|\bnobody\b|\bnothing\b", row.here) for row in parts), "what is not there"
    for point in range(1, 31):
        assert any(row.feature.startswith(f"{point}. ") for row in ROWS), point


def test_every_command_of_the_page_does_what_its_row_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for folder in ("protocols", "hardware"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "course.toml").write_text(block("toml"), encoding="utf-8")
    for line in block("sh").splitlines():
        assert errors.run(shlex.split(line)[1:]) == 0, (line, capsys.readouterr().err)
    for whole, half in (("run", "running"), ("sensors", "sensed")):
        data = (tmp_path / f"{whole}.mcap").read_bytes()
        (tmp_path / f"{half}.mcap").write_bytes(data[: len(data) // 2])
    capsys.readouterr()
    done: dict[str, tuple[int, str]] = {}
    wrong = []
    for row in ROWS:
        match = SHOWN.fullmatch(row.shown)
        if match is None:
            continue
        command, ends, says = match.groups()
        if command not in done:
            code = errors.run(shlex.split(command))
            done[command] = (code, " ".join("".join(capsys.readouterr()).split()))
        code, said = done[command]
        if code != int(ends or 0) or " ".join((says or "").split()) not in said:
            wrong.append((row.feature, command, code, said[-300:]))
    assert not wrong


def test_every_published_protocol_that_is_named_is_there_and_none_is_left_out() -> None:
    named = set(
        re.findall(r"`([a-z0-9-]+)`", PAGE.partition("## Published protocols")[2].partition("## Sources")[0])
    )
    shipped = set(shipped_files("protocols/library")) | set(shipped_files("protocols/templates"))
    assert named == shipped - {"lumbar-disc-30min", "test-varied-cycles"}
