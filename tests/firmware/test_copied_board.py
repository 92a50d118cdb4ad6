"""What ``traction firmware copy`` lays out is all that a board needs: it runs from that folder alone."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from traction.wire import codes

BOARD = Path(__file__).resolve().parent / "board"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copied") / "board"
    subprocess.run([sys.executable, "-m", "traction", "firmware", "copy", str(folder)], check=True)
    return folder


def test_a_copied_board_pulls(copied: Path, micropython_command: Callable[..., list[str]]) -> None:
    node, run = micropython_command("scenes")[:2]
    folders = [
        f"{copied}=/",
        *(f"{copied}/traction/{part}=/traction/{part}" for part in ("wire", "controller")),
    ]
    command = [node, run, *folders, f"{BOARD}=/", "--", "scenes"]
    done = subprocess.run(command, input="pull\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout)["state"] == codes.STATE_RUN
