"""The page about drivers is followed to the letter: its files are written, its commands run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "write-a-driver.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w.]+\.(?:toml|py))`[^`]*:\n\n$")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every file of the page, and do what its first command does."""
    place = tmp_path_factory.mktemp("spring")
    written = []
    for match in BLOCK.finditer(PAGE):
        if match[1] in ("python", "toml"):
            named = FILE.search(PAGE[: match.start()])
            assert named, match[2][:60]
            (place / named[1]).write_text(match[2], encoding="utf-8")
            written.append(named[1])
    assert sorted(written) == sorted(
        ["pyproject.toml", "spring_table.py", "try_it.py", "spring.toml", "test_spring_table.py"]
    )
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--no-build-isolation", "--target", str(place / "installed"), "."]
    subprocess.run([sys.executable, *install, *options], cwd=place, check=True)
    (place / "spring_table.py").unlink()  # the installed one is meant
    return place


def commands() -> list[str]:
    lines = [line for kind, text in BLOCK.findall(PAGE) if kind == "sh" for line in text.splitlines()]
    assert lines.pop(0) == "python -m pip install ."
    return lines


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_page_works(folder: Path, line: str) -> None:
    words = shlex.split(line)
    command = [sys.executable, *(["-m", *words] if words[0] == "traction" else words[1:])]
    if "pytest" in words:
        command += ["-q", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "installed"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    if "try_it.py" in line:
        promised = next(text for kind, text in BLOCK.findall(PAGE) if kind == "text")
        assert done.stdout == promised
    if "pytest" in line:
        passed = re.search(r"(\d+) passed", done.stdout)
        assert passed
        assert int(passed[1]) > 60
        assert "skipped" not in done.stdout
