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


PROTOCOL = """
format = 1
name = "short-pull"
title = "A short pull"
region = "lumbar"

[source]
citation = "None: made for a test."
evidence = "none"
confirmed = false
caution = "Made for a test."
assumed = ["Everything."]

[session]
count = "always"
hold_by = "force"

[rates]
up = "25 N/s"
down = "50 N/s"

[take_up]
force = "20 N"
timeout = "60 s"

[[phase]]
name = "pull"
type = "static"
force = "40 N"
hold = "1 s"

[end]
rate = "50 N/s"
residual = "0 N"

[limits]
max_force = "100 N"
"""


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
        table = () if "--table" in options else ("--table", "sim:?seed=3&slack_mm=0")
        process = popen(sys.executable, "-m", "traction", "emulate", *options, *table)
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


@pytest.fixture
def short_protocol(tmp_path: Path) -> Path:
    """Return a protocol of a few seconds: a take-up, one pull to 40 N, and down."""
    path = tmp_path / "short.toml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return path
