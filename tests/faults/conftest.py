"""A short session on the simulated table, for faults of the machine it runs on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SESSION = Path(__file__).parents[1] / "scripts" / "one_session.py"
TABLE = "sim:?seed=3&slack_mm=0"


@pytest.fixture
def session_command() -> Callable[[Path, str, float], list[str]]:
    """Return a function that gives the command of a session in a process of its own."""

    def command(record: Path, clock: str, hold_s: float) -> list[str]:
        words = (SESSION, TABLE, hold_s, "--peak", 20, "--record", record, "--clock", clock)
        return [sys.executable, *map(str, words)]

    return command
