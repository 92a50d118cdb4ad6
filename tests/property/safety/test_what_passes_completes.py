"""What the proof passes completes on a healthy table, however close its limits stand to its own figures."""

from __future__ import annotations

import math
import random

import pytest

import traction
from traction.protocol.load import parse_protocol

HEAD = """\
format = 1
name = "drawn"
title = "Drawn"
region = "{region}"
source = {{ citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }}
session = {{ count = "always", hold_by = "{hold_by}" }}
rates = {{ up = "{up:.4f} N/s", down = "{down:.4f} N/s" }}
take_up = {{ force = "{take_up:.4f} N", timeout = "{timeout} s" }}
end = {{ rate = "{end:.4f} N/s", residual = "{residual:.4f} N" }}
[[phase]]
name = "steady"
type = "static"
force = "{high:.4f} N"
for = "{steady:.3f} s"
[[phase]]
name = "pulls"
type = "intermittent"
high = "{high:.4f} N"
low = "{low:.4f} N"
hold = "{hold:.3f} s"
rest = "{rest:.3f} s"
repeat = 2
"""
LIMITS = {
    "peak_force": "max_force = '{:.9f} N'",
    "rate_up": "max_rate_up = '{:.3f} N/s'",
    "rate_down": "max_rate_down = '{:.3f} N/s'",
    "longest_hold": "max_hold = '{:.9f} s'",
    "session_duration": "max_session = '{:.9f} s'",
    "impulse": "max_impulse = '{:.9f} N s'",
    "travel": "max_travel = '{:.3f} mm'",
}


def drawn(rng: random.Random, region: str) -> dict[str, object]:
    lumbar = region == "lumbar"
    high = rng.uniform(60, 400) if lumbar else rng.uniform(40, 100)
    take_up = rng.uniform(10, 20)
    up = rng.uniform(10, 29) if lumbar else rng.uniform(4, 14)
    down = rng.uniform(10, 80) if lumbar else rng.uniform(4, 35)
    return {
        "region": region,
        "hold_by": rng.choice(["force", "position"]),
        "up": up,
        "down": down,
        "take_up": take_up,
        "timeout": 600,
        "high": high,
        "low": rng.uniform(take_up, 0.9 * high),
        "steady": rng.uniform(45, 70),
        "hold": rng.uniform(5, 20),
        "rest": rng.uniform(5, 20),
        "end": min(down, 30.0),
        "residual": rng.choice([0.0, take_up]),
    }


def tightened(text: str, proof: traction.Proof, *, without: str = "") -> str:
    """Return the protocol with its own figures as limits, and the distance rounding needs: mN/s and um."""
    rows = []
    for name, row in LIMITS.items():
        value = proof.margins[name].value * (1 + 1e-6)
        if name in ("rate_up", "rate_down", "travel"):
            value = math.ceil(value * 1000) / 1000
        if name != without:
            rows.append(row.format(value))
    return text + "[limits]\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("region", ["lumbar", "cervical"])
@pytest.mark.parametrize("seed", range(6))
def test_it_completes_with_its_own_figures_as_limits(region: str, seed: int) -> None:
    rng = random.Random(f"{region} {seed}")
    text = HEAD.format(**drawn(rng, region))
    table = f"sim:?drive={rng.choice(['back-drivable', 'self-locking'])}&slack_mm={rng.choice([0, 10, 20])}"
    mass_kg = rng.choice([60.0, 90.0, 150.0])

    def verify(source: str) -> traction.Proof:
        return traction.verify(parse_protocol(source), mass_kg=mass_kg, table=table, seed=seed)

    free = verify(text)
    assert free.passed, free.verification.problems
    proof = verify(tightened(text, free))
    if {problem.code for problem in proof.verification.problems} == {"E314"}:
        # interval arithmetic knows the hold too coarsely to rule out a breach so close to the limit
        proof = verify(tightened(text, free, without="longest_hold"))
    assert proof.passed, proof.verification.problems
    result = traction.run(proof)
    assert result.outcome == "COMPLETED", result.session.causes
