"""One short session in a process of its own: up to a force, a hold, and down again.

    python one_session.py URL HOLD_S [--peak N] [--record FILE] [--clock wall|virtual]

Says ``started`` when the table is open (with a record only), ``holding`` when the force is nearly there, and
at the end the outcome, its code, the true force in mN (- where only the table knows it) and the detail.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from traction.clock import VirtualClock, WallClock
from traction.drivers.base import TableSetup
from traction.drivers.registry import open_driver
from traction.errors import TractionError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.beside import record_beside
from traction.runner.record.direct import record_to_file, record_to_memory
from traction.runner.session import run_session
from traction.testing.session import plan_of


class Told:
    """Says when the hold is about to begin."""

    def __init__(self, peak_n: float) -> None:
        self.from_mn: float | None = 1000 * peak_n * 5 / 6

    def look(self, _standing: object, _steering: object, sample: Any) -> None:
        """Look at one sample."""
        if self.from_mn is not None and sample.force_mn > self.from_mn:
            self.from_mn = None
            print("holding", flush=True)


def plan(url: str, hold_s: float, peak_n: float = 30.0) -> SessionPlan:
    """Return the plan: 20 N/s up, 40 N/s down."""
    profile = Profile.of(Ramp(0.0, peak_n, peak_n / 20), Hold(peak_n, hold_s), Ramp(peak_n, 0.0, peak_n / 40))
    return replace(plan_of(profile, limit_n=4 * peak_n), table_url=url)


def true_force_mn(driver: Any) -> object:
    """Return the tension in the harness of a simulated table, "-" of any other."""
    plant = getattr(driver._driver, "_plant", None)
    return "-" if plant is None else plant.channels()[0]


def main() -> int:
    """Run it; return the exit code of its outcome."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("hold_s", type=float)
    parser.add_argument("--peak", type=float, default=30.0)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--clock", choices=("wall", "virtual"), default="wall")
    wanted = parser.parse_args()
    clock = WallClock() if wanted.clock == "wall" else VirtualClock()
    recorder: Any = record_to_memory()
    if wanted.record is not None:
        recorder = record_beside(wanted.record)[0] if clock.realtime else record_to_file(wanted.record)
    try:
        session = plan(wanted.url, wanted.hold_s, wanted.peak)
        with open_driver(wanted.url, clock=clock, setup=TableSetup()) as driver:
            if wanted.record is not None:
                print("started", flush=True)
            viewer = None if wanted.record is not None else Told(wanted.peak)
            result = run_session(session, driver, clock, recorder, viewer=viewer)
    except TractionError as error:
        print("ERROR", error.code, "-", error, flush=True)
        return error.exit_code
    print(result.outcome, result.code or "-", true_force_mn(driver), result.detail, flush=True)
    return result.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
