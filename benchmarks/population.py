"""Ten thousand drawn patients through 45 minutes, and the rate of the kernel beside C, NumPy and JAX.

The peers take the same scheme at a fixed step of 10 ms for two minutes, and the simulator both that and its
own steps. Errors are of the force in the region against steps a hundred times tighter.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from benchmarks import twin_arrays
from benchmarks.twin import best_s, compiled_twin, machine, pointer
from traction.sim import lanes
from traction.sim.block import Stepping
from traction.sim.coefficients import PLACE, coefficients
from traction.sim.measure import measure
from traction.sim.patient import make_patient
from traction.sim.people import draw_patients
from traction.sim.population import march
from traction.sim.reference import reference
from traction.sim.scenario import Entry, Timeline
from traction.sim.simulate import simulate

STEP_S = 0.01
SHORT_RUNS = 60  # of some milliseconds each: the best of them is undisturbed
TIGHT = Stepping(0.0005, 0.02, 2e-5)
MINUTES_45 = 2700.0
CYCLE = ((10.0, 400.0), (60.0, 400.0), (10.0, 100.0), (30.0, 100.0))


def course(duration_s: float) -> tuple[np.ndarray, np.ndarray]:
    times, forces = [0.0], [0.0]
    while times[-1] < duration_s - 1e-9:
        for length, force in CYCLE:
            times.append(times[-1] + length)
            forces.append(force)
    cut = np.array(times)
    at = np.append(cut[cut < duration_s], duration_s)
    return at, np.interp(at, cut, forces)


def timeline(duration_s: float) -> Timeline:
    return Timeline((Entry("prone", duration_s, course=course(duration_s)),))


def block_of(rows: np.ndarray) -> np.ndarray:
    block = np.zeros(lanes.SIZE)
    block[lanes.NUMBERS_AT :] = lanes.numbers(rows).ravel()
    block[lanes.ACTIVITY :][: lanes.WIDTH] = rows[:, PLACE["guarding_rest_mva"]]
    return block


def rate(
    name: str, patients: int, simulated_s: float, wall_s: float, best: float, error: np.ndarray | None
) -> None:
    speed = patients * simulated_s / wall_s
    far = "" if error is None else f"   error p95 {np.quantile(error, 0.95):.4f} N, max {error.max():.3f} N"
    print(f"  {name:40s} {speed / 1e6:8.3f} M patient-s/s  ours / it {best / speed:7.2f}{far}")


def kernel_rates() -> None:
    """Print the rate on one core of each way to step 64 or 1024 patients for two minutes."""
    duration = 120.0
    people = draw_patients(1024, 1)
    rows = np.array([coefficients(each) for each in people])
    knots, forces = course(duration)
    at_s = np.arange(1.0, duration + 0.5)
    tight = simulate(people, timeline(duration), at_s=at_s, stepping=TIGHT).states["F_REGION"]
    lane, wide = rows[: lanes.WIDTH], np.repeat(forces[:, None], lanes.WIDTH, axis=1)
    saved = np.zeros((1, len(lanes.SAVED), lanes.WIDTH))
    none = np.full(knots.size, -1)

    def one_block(stepping: np.ndarray) -> float:
        def work() -> None:
            march(block_of(lane), knots, wide, none, saved, stepping, np.zeros(3))

        work()
        return best_s(work, SHORT_RUNS)

    def error(stepping: Stepping) -> np.ndarray:
        found = simulate(people, timeline(duration), at_s=at_s, stepping=stepping).states["F_REGION"]
        return np.abs(found - tight).max(axis=0)

    default, fixed = Stepping(), Stepping.fixed(STEP_S)
    by_own, by_fixed = (one_block(each.numbers([lane])) for each in (default, fixed))
    best, same = lanes.WIDTH * duration / by_own, lanes.WIDTH * duration / by_fixed
    print("split couch, drawn patients, one core; 'ours / it' against our own steps")
    rate("ours, steps by their own error", lanes.WIDTH, duration, by_own, best, error(default))
    rate("ours, fixed 10 ms", lanes.WIDTH, duration, by_fixed, best, error(fixed))
    with tempfile.TemporaryDirectory() as folder:
        twin = compiled_twin(Path(folder), "LANES", ("-march=native", "-ffast-math"))
        if twin is None:
            print("  C twin: no C compiler here")
        else:
            for name, stepping in (("own steps", default), ("fixed 10 ms", fixed)):
                stepped, region = stepping.numbers([lane]), np.zeros_like(wide)

                def in_c() -> None:
                    block, told = block_of(lane), np.zeros(3)
                    arrays = [pointer(each) for each in (block, knots, wide)]
                    more = [pointer(each) for each in (stepped, told, region)]  # noqa: B023
                    twin.march(*arrays, ctypes.c_long(knots.size), *more)

                rate(
                    f"C twin (-O3 -march=native), {name}",
                    lanes.WIDTH,
                    duration,
                    best_s(in_c, SHORT_RUNS),
                    best,
                    None,
                )
    numbers = lanes.numbers(rows)
    part = np.interp(np.arange(20.0 / STEP_S + 1) * STEP_S, knots, forces)
    wall, _ = twin_arrays.run_numpy(numbers, part, STEP_S)
    rate("NumPy twin, 1024 at once, fixed 10 ms", 1024, 20.0, wall, best, None)
    jax = twin_arrays.run_jax(numbers, part, STEP_S)
    if jax is None:
        print("  JAX twin: JAX is not installed here")
    else:
        rate("JAX twin, 1024 at once, fixed 10 ms", 1024, 20.0, jax[0], best, None)
    print(f"  at the same fixed 10 ms ours is {same / 1e6:.3f} M patient-s/s")


def whole(couch: str) -> None:
    """Print time and memory of ten thousand patients in a process of its own, and the errors of some."""
    code = f"from benchmarks import population; population.ten_thousand({couch!r})"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


def ten_thousand(couch: str) -> None:
    start = perf_counter()
    people = draw_patients(10_000, 1, couch=couch)
    drawn = perf_counter() - start
    line = timeline(MINUTES_45)
    simulate(people[:64], timeline(5.0))
    start, before = perf_counter(), process_time()
    measure(people, line, ["disc_pressure_kpa"], every_s=10.0)
    spent, worked = perf_counter() - start, process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  10 000 patients, {couch} couch, 45 min, pressure every 10 s: {spent:.1f} s and {memory:.0f} MB")
    print(f"    ({worked:.1f} s of processor time, {drawn:.1f} s to draw them; claimed: under 30 s, 1 GB)")
    some = people[:512]
    line = timeline(300.0)
    found, tight = (simulate(some, line, stepping=each) for each in (Stepping(), TIGHT))
    far = np.abs(found.states["F_REGION"] - tight.states["F_REGION"]).max(axis=0)
    pressure, exact = (run.quantity("disc_pressure_kpa") for run in (found, tight))
    share = np.abs(pressure - exact).max(axis=0) / np.abs(exact).max(axis=0)
    print(
        f"    of 512, over 5 min: force off by {np.quantile(far, 0.95):.4f} N at the 95th percentile, "
        f"{far.max():.3f} N at most, {(far > 0.1).sum()} beyond 0.1 N; "
        f"pressure {100 * share.max():.3f} % at most, {(share > 1e-3).sum()} beyond 0.1 %"
    )


def scaling() -> None:
    """Print the time of 2048 patients on one thread and on two, on the wall and of the processors."""
    people, line = draw_patients(2048, 2), timeline(MINUTES_45)
    simulate(people[:64], timeline(5.0))
    walls, works = [], []
    for threads in (1, 2):
        before = process_time()
        walls.append(best_s(lambda n=threads: simulate(people, line, every_s=60.0, threads=n), 3))
        works.append((process_time() - before) / 3)
    print(
        f"  2048 patients, 45 min: one thread {walls[0]:.2f} s, two {walls[1]:.2f} s, "
        f"{walls[0] / walls[1]:.2f} times as fast; processor time {works[0]:.2f} s and {works[1]:.2f} s"
    )


def start_up() -> None:
    """Print how long the first simulation of an installation takes, and that of any other process."""
    code = (
        "from time import perf_counter as now, process_time as worked; start = now()\n"
        "from traction.sim.simulate import simulate\n"
        "from traction.sim.patient import make_patient\n"
        "from traction.sim.scenario import Entry, Timeline\n"
        "simulate([make_patient()], Timeline((Entry('prone', 60.0, 300.0, ramp_s=15.0),)))\n"
        "print(now() - start, worked())"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        told = [subprocess.check_output([sys.executable, "-c", code], env=environment) for _ in range(4)]
    times = [tuple(map(float, each.split())) for each in told]
    again = min(times[1:])
    print(
        f"  first use {times[0][0]:.2f} s (processor {times[0][1]:.2f} s; claimed: under 5 s), "
        f"then {again[0]:.2f} s (processor {again[1]:.2f} s; claimed: under 1 s), imports included"
    )


PULLS = ((10.0, 0.0, 0.0), (60.0, 300.0, 15.0), (30.0, 100.0, 6.0), (20.0, 200.0, 5.0), (50.0, 0.0, 6.0))
"""Length in s, pull in N and ramp in s; the fourth is a wave."""
KINDS = ({}, {"couch": "fixed"}, {"region": "cervical"}, {"region": "cervical", "couch": "fixed"})


def error_against_step() -> None:
    """Print the largest error of the nominal patients for steps of one length, and by the error allowed."""
    print("  largest force error, N, of the nominal patients over 170 s of ramps, holds and a wave")
    lengths = [("fixed %g ms" % (1e3 * h), Stepping.fixed(h)) for h in (0.01, 0.005, 0.0025, 0.00125)]
    allowed = [(f"allowed {a:g} N", Stepping(allowed_n=a)) for a in (0.05, 0.01, 0.002, 0.0005)]
    people = [make_patient(**kind) for kind in KINDS]
    cells = [[name] for name, _ in lengths + allowed]
    for patient in people:
        scale = 1.0 if patient.region == "lumbar" else 0.35
        entries = [Entry(patient.posture, long, scale * pull, ramp_s=ramp) for long, pull, ramp in PULLS]
        entries[3] = Entry(patient.posture, 20.0, 200.0 * scale, 0.0, "sine", 20.0 * scale, 0.5, 5.0)
        tight = reference(patient, Timeline(tuple(entries)), every_s=0.1).states["F_REGION"]
        for row, (_, stepping) in zip(cells, lengths + allowed, strict=True):
            found = simulate([patient], Timeline(tuple(entries)), every_s=0.1, stepping=stepping)
            far = np.abs(found.states["F_REGION"] - tight).max()
            row += [f"{far:.4f}" if far < 1e3 else "-", f"{found.steps[0] + found.steps[1]}"]
    names = [f"{each.region} {each.couch}" for each in people]
    print("    " + "steps".ljust(18) + "".join(f"{name:>16s} {'steps':>7s}" for name in names))
    for row in cells:
        pairs = zip(row[1::2], row[2::2], strict=True)
        print("    " + row[0].ljust(18) + "".join(f"{far:>16s} {steps:>7s}" for far, steps in pairs))


def main() -> None:
    print(machine())
    kernel_rates()
    scaling()
    start_up()
    error_against_step()
    for couch in ("split", "fixed"):
        whole(couch)
