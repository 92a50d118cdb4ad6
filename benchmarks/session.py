"""A 45-minute session through the full path, beside real time and the bare physics of the same session.

Full path: engine at 50 Hz, controller at 100 Hz, physics at its own step, guard, supervisor, record.
"""

import statistics
import tempfile
import time
from pathlib import Path

import traction
from traction.sim.patient import make_patient
from traction.sim.plant import Plant
from traction.sim.sensors import Noise

RUNS = 5
SESSION_S = 2700.0

PROTOCOL = """
format = 1
name = "benchmark-45min"
title = "Forty-five minutes of 400 N and 100 N"
region = "lumbar"

[source]
citation = "none; made for the benchmark"
evidence = "engineering"
confirmed = true
caution = "a load for a benchmark"
assumed = []

[session]
count = "always"
hold_by = "force"

[rates]
up = "30 N/s"
down = "30 N/s"

[take_up]
force = "20 N"
timeout = "60 s"

[[phase]]
name = "cycles"
type = "intermittent"
high = "400 N"
low = "100 N"
hold = "60 s"
rest = "30 s"
for = "45 min"

[end]
rate = "30 N/s"
residual = "0 N"
"""


def full_path_s(folder: Path) -> tuple[float, float]:
    """Return wall seconds and session seconds of one run that writes its record."""
    path = folder / "benchmark-45min.toml"
    path.write_text(PROTOCOL, encoding="utf-8")
    proof = traction.verify(path, seed=1)
    record = folder / "run.mcap"
    record.unlink(missing_ok=True)
    start = time.perf_counter()
    result = traction.run(proof, record=record)
    spent = time.perf_counter() - start
    if result.outcome != "COMPLETED":
        raise SystemExit(f"the session ended {result.outcome} {result.code}")
    return spent, result.session.stats.duration_s


def bare_physics_s() -> float:
    """Return wall seconds of the physics alone over as many ticks, driven back and forth."""
    plant = Plant(make_patient("lumbar", mass_kg=75.0), "back-drivable", Noise(1))
    start = time.perf_counter()
    for tick in range(int(SESSION_S * 100)):
        plant.tick(3000 if tick % 4000 < 2000 else -3000, 1, 0)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        full_path_s(Path(name))  # compiles and warms up
        runs = [full_path_s(Path(name)) for _ in range(RUNS)]
    physics = statistics.median(bare_physics_s() for _ in range(RUNS))
    spent = statistics.median(seconds for seconds, _ in runs)
    session = runs[0][1]
    print(f"session {session:.0f} s in {spent:.2f} s: {session / spent:.0f} x real time (claimed: 1000)")
    print(
        f"bare physics of 270 000 ticks: {physics:.2f} s; the full path takes {spent / physics:.1f} x as long"
    )
