"""An emulated table in a process of its own, and short sessions on it in real time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

SESSION = Path(__file__).parents[1] / "scripts" / "one_session.py"


@dataclass
class Served:
    """A running emulated table."""

    process: subprocess.Popen[str]
    url: str
    session: Callable[..., subprocess.Popen[str]]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(10)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Return a function that starts an emulated table with the options given."""
    started: list[subprocess.Popen[str]] = []

    def popen(*command: object) -> subprocess.Popen[str]:
        words = [str(word) for word in command]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
        )
        started.append(process)
        return process

    def session(url: str, hold_s: float = 0.5) -> subprocess.Popen[str]:
        return popen(sys.executable, SESSION, url, hold_s)

    def begin(*options: str) -> Served:
        table = "sim:?seed=3&slack_mm=0"
        process = popen(sys.executable, "-m", "traction", "emulate", *options, "--table", table)
        assert process.stdout is not None
        return Served(process, process.stdout.readline().strip(), session)

    yield begin
    for process in started:
        with suppress(OSError):
            process.kill()
        process.communicate()


@pytest.fixture
def shell_run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a command of the shell to its end."""

    def run(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "traction", *map(str, words)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=90)

    return run
