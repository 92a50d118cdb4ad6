"""A short session on the simulated table, for faults of the machine it runs on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SESSION = '''
"""Run one short session on the simulated table; arguments: record, clock, seconds of hold."""

import sys
from pathlib import Path

from traction.clock import VirtualClock, WallClock
from traction.drivers.base import TableSetup
from traction.drivers.registry import open_driver
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.beside import record_beside
from traction.runner.record.direct import record_to_file
from traction.runner.session import run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify


def plan(hold_s: float) -> SessionPlan:
    facts = load_table("sim")
    limits = session_limits("lumbar", facts)
    profile = Profile.of(Ramp(0.0, 20.0, 1.0), Hold(20.0, hold_s), Ramp(20.0, 0.0, 0.5))
    return SessionPlan(
        protocol_name="faults",
        protocol_text="# faults",
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
        table_url="sim:?seed=3&slack_mm=0",
    )


def main(path: Path, clock_name: str, hold_s: float) -> None:
    wall = clock_name == "wall"
    clock = WallClock() if wall else VirtualClock()
    recorder = record_beside(path)[0] if wall else record_to_file(path)
    session = plan(hold_s)
    driver = open_driver(session.table_url, clock=clock, setup=TableSetup())
    print("started", flush=True)
    result = run_session(session, driver, clock, recorder)
    driver.close()
    force_mn = driver._driver._plant.channels()[0]
    print(result.outcome, result.code or "-", force_mn, result.detail, flush=True)
    raise SystemExit(result.exit_code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
'''


@pytest.fixture
def session_command(tmp_path: Path) -> Callable[[Path, str, float], list[str]]:
    """Return a function that gives the command of a session in a process of its own."""
    script = tmp_path / "one_session.py"
    script.write_text(SESSION, encoding="utf-8")

    def command(record: Path, clock: str, hold_s: float) -> list[str]:
        return [sys.executable, str(script), str(record), clock, str(hold_s)]

    return command
