"""The page about courses does what it says, on the days it says, from its own files."""

import re
import shlex
from pathlib import Path

import pytest

from traction.cli import errors

PAGE = Path(__file__).resolve().parents[2] / "docs" / "courses.md"
BLOCKS = re.findall(r"```(sh|toml|python)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_on_courses_works_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for kind, block in BLOCKS:
        first, _, rest = block.partition("\n")
        if kind == "python":
            exec(compile(block, str(PAGE), "exec"), {})
            assert "at level 3 it pulls 205 N at most" in capsys.readouterr().out
            continue
        if kind == "toml":
            Path(first.removeprefix("# ")).write_text(rest, encoding="utf-8")
            continue
        for line in block.splitlines():
            if line.startswith("# "):
                label = f"{line[2:].replace(' ', 'T')}:00Z"
                monkeypatch.setattr("traction.clock.wall_label", lambda label=label: label)
                continue
            command, _, promise = line.partition("  # ends with ")
            code = errors.run(shlex.split(command)[1:])
            out, err = capsys.readouterr()
            assert code == int(promise or 0), f"{line}\n{out}\n{err}"
    assert Path("course.html").stat().st_size > 5000
    assert "E380" in PAGE.read_text(encoding="utf-8")


def test_the_page_names_every_part_of_the_command_and_every_code_that_may_be_confirmed() -> None:
    from traction.cli.course import COMMANDS
    from traction.cli.course_common import CONFIRMED_BY

    text = PAGE.read_text(encoding="utf-8")
    assert all(f"traction course {name}" in text for name in COMMANDS)
    for code, word in CONFIRMED_BY.items():
        assert re.search(rf"{code}.*--confirm-{word}", text), code
