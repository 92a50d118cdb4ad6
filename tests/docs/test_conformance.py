"""The page about the rules is followed to the letter: its files are written, its commands run."""

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`(\w+\.py)`[^`]*:\n\n$")
PORT = "47110"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("rules")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    (place / "port").write_text(port, encoding="utf-8")
    for match in BLOCK.finditer(PAGE):
        if match[1] == "python":
            named = FILE.search(PAGE[: match.start()])
            assert named, match[2][:60]
            (place / named[1]).write_text(match[2].replace(PORT, port), encoding="utf-8")
    assert sorted(path.name for path in place.glob("*.py")) == ["test_my_controller.py", "test_my_driver.py"]
    return place


def lines() -> list[str]:
    return [line for kind, text in BLOCK.findall(PAGE) if kind == "sh" for line in text.splitlines()]


def command(line: str, folder: Path) -> list[str]:
    words = shlex.split(line.replace(PORT, (folder / "port").read_text(encoding="utf-8")))
    return [sys.executable, *(["-m", *words] if words[0] == "traction" else words[1:])]


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    words = [*command(line, folder), *(["-q", "-p", "no:cacheprovider"] if "pytest" in line else [])]
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=200
    )


def passed(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    told = re.search(r"(\d+) passed", done.stdout)
    assert told
    return int(told[1])


def test_the_page_has_these_commands() -> None:
    assert [line.split()[:3] for line in lines()] == [
        ["python", "-m", "pytest"],
        ["traction", "emulate", "--tcp"],
        ["python", "-m", "pytest"],
        ["traction", "run", "uconn-30-10"],
    ]


def test_a_driver_joins(folder: Path) -> None:
    assert passed(run(lines()[0], folder)) > 60


@pytest.mark.realtime
def test_a_controller_joins(folder: Path) -> None:
    with subprocess.Popen(command(lines()[1], folder), stdout=subprocess.PIPE, text=True) as emulator:
        try:
            assert emulator.stdout is not None
            assert emulator.stdout.readline().startswith("tcp://127.0.0.1:")
            assert passed(run(lines()[2], folder)) >= 5
        finally:
            emulator.kill()


def test_a_fault_on_request_ends_the_run_as_the_page_says(folder: Path) -> None:
    done = run(lines()[3], folder)
    assert done.returncode == int(re.search(r"exit code (\d)", PAGE)[1]), done.stderr
    assert "E414" in done.stderr
