"""After the end the body shortens again; whatever the drive, the harness stays slack for 20 minutes."""

from __future__ import annotations

import pytest

import traction
from traction.api import connect, make_clock
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Request, Requests
from traction.runner.session import run_session

SLACK_N = 10.0


@pytest.mark.parametrize(
    ("name", "table", "stopped"),
    [
        ("lumbar-disc-30min", "sim:", False),
        ("lumbar-disc-30min", "sim:?drive=self-locking", False),
        ("lumbar-disc-30min", "sim:?drive=self-locking", True),
        ("activetrac-prone-static", "sim:?drive=self-locking", False),
        ("cerv-generic", "sim:?drive=self-locking", True),
    ],
)
def test_the_harness_stays_slack_after_its_end(name: str, table: str, stopped: bool) -> None:
    proof = traction.verify(name, mass_kg=110.0, table=table, seed=5)
    assert proof.passed, proof.verification.problems
    clock = make_clock(proof.table)
    requests = Requests([(0.6 * proof.profile.duration_s, Request.STOP)] if stopped else ())
    with connect(proof, clock) as driver:
        result = run_session(proof.session_plan(), driver, clock, record_to_memory(), requests=requests)
        assert result.outcome == ("STOPPED" if stopped else "COMPLETED"), result.causes
        highest_n = 0.0
        for _ in range(20 * 60):
            clock.wait_until_us(clock.now_us() + 1_000_000)
            highest_n = max(highest_n, driver.poll().channels[0] / 1000)
    assert highest_n <= SLACK_N
