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

SESSION = '''
"""Run one short session in real time; arguments: URL, seconds of hold. Prints what it sees."""

import sys

from traction.clock import WallClock
from traction.drivers.base import TableSetup
from traction.drivers.registry import open_driver
from traction.errors import TractionError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.session import run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify


class Told:
    """Says when the hold has begun."""

    def __init__(self):
        self.said = False

    def look(self, standing, steering, sample):
        if not self.said and sample.force_mn > 25_000:
            self.said = True
            print("holding", flush=True)


def plan(url, hold_s):
    facts = load_table("sim")
    limits = session_limits("lumbar", facts)
    profile = Profile.of(Ramp(0.0, 30.0, 1.5), Hold(30.0, hold_s), Ramp(30.0, 0.0, 0.8))
    return SessionPlan(
        protocol_name="wire",
        protocol_text="# wire",
        protocol_digest="0" * 64,
        profile=profile,
        limits=limits,
        verification=verify(profile, limits, facts),
        region="lumbar",
        mass_kg=None,
        seed=3,
        take_up_force_n=0.0,
        take_up_timeout_s=0.0,
        table=facts,
        table_url=url,
    )


url, hold_s = sys.argv[1], float(sys.argv[2])
clock = WallClock()
try:
    with open_driver(url, clock=clock, setup=TableSetup()) as driver:
        result = run_session(plan(url, hold_s), driver, clock, record_to_memory(), viewer=Told())
    print(result.outcome, result.code or "-", result.detail, flush=True)
except TractionError as error:
    print("ERROR", error.code, error, flush=True)
'''


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
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Return a function that starts an emulated table with the options given."""
    script = tmp_path / "one_session.py"
    script.write_text(SESSION, encoding="utf-8")
    started: list[subprocess.Popen[str]] = []

    def popen(*command: object) -> subprocess.Popen[str]:
        words = [str(word) for word in command]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
        )
        started.append(process)
        return process

    def session(url: str, hold_s: float = 0.5) -> subprocess.Popen[str]:
        return popen(sys.executable, script, url, hold_s)

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
