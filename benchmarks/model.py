"""One patient on the table for 45 minutes, a controller sampled at 100 Hz, beside adaptive solvers and C.

All get the same equations and the same controller. A solver starts anew at every sample, because the speed of
the drive jumps there and nobody knows the next one; each line says where its right side runs. The error is
the largest difference of the force from the same loop in steps fifty times shorter, with a two-hundredth of
the error allowed. Times are those of the processor, not of the clock on the wall, so that other work counts
for less. What is not installed is said.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
from numba import config, njit

from benchmarks.twin import compiled_twin, machine, pointer
from traction.sim import kernel, layout
from traction.sim.entry import ENTRIES
from traction.sim.patient import make_patient
from traction.sim.plant import Plant

SESSION_S, TICK_S = 2700.0, 0.01
PART = 3000
"""Ticks the slow peers run, the first half minute; their times are scaled to the session."""

INTERPRETED = 300
"""Ticks the slowest peer runs: a solver that calls the interpreter for every slope."""

TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
"""Each peer is shown at the loosest of these at which it is no further off than the table's kernel."""

KP, KI, FASTEST = 0.3, 0.3, 20.0
TENSION = layout.OUT_AT + layout.TENSION
TIGHT = {"longest_s": 2e-4, "allowed_n": 1e-5, "finest_s": 1e-6}
N_STATES, SLOPE_AT = layout.STATES, layout.SLOPE_AT
_advance, _observe, _slope = kernel.advance, kernel.observe, kernel.slope


@njit(error_model="numpy")
def controller(error, integral):
    """Return the speed, mm/s, and the integral after one sample; it waits at the limit of the drive."""
    velocity = KP * error + integral
    if -FASTEST < velocity < FASTEST:
        integral += KI * TICK_S * error
    return min(max(velocity, -FASTEST), FASTEST), integral


interpreted_controller = getattr(controller, "py_func", controller)


@njit(error_model="numpy")
def ours(b, target, out):
    integral = 0.0
    for k in range(target.shape[0]):
        velocity, integral = controller(target[k] - b[TENSION], integral)
        _advance(b, velocity, 0, 0)
        out[k] = b[TENSION]


def problem(couch: str) -> tuple[np.ndarray, np.ndarray]:
    plant = Plant(make_patient(couch=couch))
    times = np.arange(int(SESSION_S / TICK_S)) * TICK_S
    target = np.interp(times % 110.0, [0.0, 10.0, 70.0, 80.0, 110.0], [100.0, 400.0, 400.0, 100.0, 100.0])
    return plant.buffer, target


def stepped_finely(buffer: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the forces of the same loop in far shorter steps."""
    b, out = buffer.copy(), np.empty(target.size)
    for name, value in TIGHT.items():
        b[layout.PARAMETERS_AT + layout.PARAMETERS.index(name)] = value
    b[layout.OUT_AT + layout.STEP] = TIGHT["longest_s"]
    ours(b, target, out)
    return out


def with_solve_ivp(buffer: np.ndarray, target: np.ndarray, tolerance: float) -> tuple[float, np.ndarray]:
    from scipy.integrate import solve_ivp

    # where nothing is compiled a list of plain numbers is faster than an array
    b, taken = (buffer.tolist(), np.ndarray.tolist) if config.DISABLE_JIT else (buffer.copy(), np.asarray)
    out, integral, slope = np.empty(target.size), 0.0, ENTRIES.slope

    def right(_, y, velocity):
        b[:N_STATES] = taken(y)
        slope(b, 0, velocity, 0, 0)
        return b[SLOPE_AT : SLOPE_AT + N_STATES].copy()

    right(0.0, buffer[:N_STATES].copy(), 0.0)
    y = buffer[:N_STATES].copy()
    start = process_time()
    for k, wanted in enumerate(target):
        velocity, integral = interpreted_controller(wanted - b[TENSION], integral)
        found = solve_ivp(right, (0.0, TICK_S), y, "LSODA", args=(velocity,), rtol=tolerance, atol=tolerance)
        y = found.y[:, -1]
        b[:N_STATES] = taken(y)
        ENTRIES.observe(b)
        out[k] = b[TENSION]
    return process_time() - start, out


def with_numbalsoda(buffer, target, tolerance, method):
    """Return a function that runs the session in compiled code, restarted at each sample; None without it."""
    try:
        import numbalsoda
    except ImportError:
        return None
    from numba import carray, cfunc

    size = buffer.size + 1

    @cfunc(numbalsoda.lsoda_sig)
    def right(_, u, du, p):
        b = carray(p, (size,))
        y = carray(u, (N_STATES,))
        d = carray(du, (N_STATES,))
        for i in range(N_STATES):
            b[i] = y[i]
        _slope(b, 0, b[size - 1], 0, 0)
        for i in range(N_STATES):
            d[i] = b[SLOPE_AT + i]

    address, solve, instants = right.address, getattr(numbalsoda, method), np.array([0.0, TICK_S])

    @njit
    def run(b, out):
        integral = 0.0
        y = b[:N_STATES].copy()
        for k in range(target.shape[0]):
            velocity, integral = controller(target[k] - b[TENSION], integral)
            b[size - 1] = velocity
            found, _ = solve(address, y, instants, b, tolerance, tolerance)
            y = found[1].copy()
            b[:N_STATES] = y
            _observe(b)
            out[k] = b[TENSION]

    def whole():
        out = np.empty(target.size)
        run(np.append(buffer, 0.0), out)
        return out

    return whole


def best_s(work: Callable[[], object], runs: int = 9) -> float:
    """Return the shortest time on the processor of some runs, s."""
    times = []
    for _ in range(runs):
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


def interpreted(couch: str, tolerance: float) -> None:
    """Print how long ``solve_ivp`` takes for some ticks; run where numba compiles nothing."""
    buffer, target = problem(couch)
    with_solve_ivp(buffer, target[:10], tolerance)
    print(with_solve_ivp(buffer, target[:INTERPRETED], tolerance)[0])


def with_interpreter(couch: str, tolerance: float) -> float:
    """Return the time ``solve_ivp`` takes for the session when the same slopes are not compiled, s."""
    code = f"from benchmarks import model; model.interpreted({couch!r}, {tolerance!r})"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True
    )
    return float(done.stdout) * SESSION_S / TICK_S / INTERPRETED


def show(name: str, spent_s: float, ours_s: float, error_n: float | None) -> None:
    far = "" if error_n is None else f"   worst force error {error_n:.1e} N"
    print(
        f"  {name:62s} {spent_s:9.3f} s  {SESSION_S / spent_s:9.0f} x real time  "
        f"{spent_s / ours_s:8.1f} x ours{far}"
    )


def in_c(buffer: np.ndarray, target: np.ndarray, out: np.ndarray) -> float | None:
    """Return the time of the C twin, s, and write its forces to ``out``; None without a compiler."""
    with tempfile.TemporaryDirectory() as folder:
        twin = compiled_twin(Path(folder), "TABLE", ("-march=native",))
        if twin is None:
            return None

        def work() -> None:
            own = buffer.copy()
            gains = [ctypes.c_double(each) for each in (KP, KI, FASTEST)]
            twin.table(pointer(own), pointer(target), ctypes.c_long(target.size), *gains, pointer(out))

        return best_s(work, 25)


def loosest(work: Callable[[float], np.ndarray], tight: np.ndarray, allowed_n: float) -> tuple[float, float]:
    """Return the loosest tolerance at which ``work`` is within ``allowed_n``, and its worst error, N."""
    for tolerance in TOLERANCES:
        found = work(tolerance)
        error = float(np.abs(found - tight[: found.size]).max())
        if error <= allowed_n:
            break
    return tolerance, error


def show_numbalsoda(
    buffer: np.ndarray, target: np.ndarray, tight: np.ndarray, ours_s: float, allowed_n: float
) -> None:
    for method in ("lsoda", "dop853"):
        made = {each: with_numbalsoda(buffer, target, each, method) for each in TOLERANCES}
        if None in made.values():
            print("  numbalsoda: not installed here")
            return
        tolerance, error = loosest(lambda each: made[each](), tight, allowed_n)  # noqa: B023
        name = f"numbalsoda {method}, {tolerance:g}; right side and loop compiled"
        show(name, best_s(made[tolerance], 3), ours_s, error)


def show_solve_ivp(
    couch: str, buffer: np.ndarray, target: np.ndarray, tight: np.ndarray, ours_s: float, allowed_n: float
) -> None:
    part = target[:PART]
    tolerance, error = loosest(lambda each: with_solve_ivp(buffer, part, each)[1], tight, allowed_n)
    spent = min(with_solve_ivp(buffer, part, tolerance)[0] for _ in range(3)) * target.size / PART
    show(f"solve_ivp LSODA, {tolerance:g}; right side compiled, loop in Python", spent, ours_s, error)
    spent = with_interpreter(couch, tolerance)
    show(f"solve_ivp LSODA, {tolerance:g}; the same right side not compiled", spent, ours_s, error)


def main() -> None:
    print(machine())
    for couch in ("split", "fixed"):
        buffer, target = problem(couch)
        ours(buffer.copy(), target[:10], np.empty(10))
        out, again = (np.empty(target.size) for _ in range(2))
        tight = stepped_finely(buffer, target)
        spent = best_s(lambda: ours(buffer.copy(), target, out), 25)  # noqa: B023
        worst = float(np.abs(out - tight).max())
        print(
            f"{couch} couch, five discs, 45 min, controller at 100 Hz; solvers start anew each tick,\n"
            "  at the loosest tolerance of 1e-3 to 1e-7 that is no further off than ours"
        )
        show("table kernel (numba, steps by their own error)", spent, spent, worst)
        same = in_c(buffer, target, again)
        if same is None:
            print("  C twin: no C compiler here")
        else:
            show("the same kernel in C (gcc -O3 -march=native)", same, spent, np.abs(again - tight).max())
        show_numbalsoda(buffer, target, tight, spent, worst)
        show_solve_ivp(couch, buffer, target, tight, spent, worst)
