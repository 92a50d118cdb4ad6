"""One patient on the table for 45 minutes, a controller sampled at 100 Hz, beside adaptive solvers and C.

All peers get the same equations, compiled, and the same controller; each starts anew at every sample, because
that is what a sampled controller asks of a solver. What is not installed is said.
"""

from __future__ import annotations

import ctypes
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from numba import njit

from benchmarks.twin import best_s, compiled_twin, machine, pointer
from traction.sim import kernel, layout
from traction.sim.entry import ENTRIES
from traction.sim.patient import make_patient
from traction.sim.plant import Plant

SESSION_S, TICK_S = 2700.0, 0.01
PART = 6000
"""Ticks the slow peers run, the first minute; their times are scaled to the session."""

KP, KI, FASTEST = 0.3, 0.3, 20.0
TENSION = layout.OUT_AT + layout.TENSION
N_STATES, SLOPE_AT = layout.STATES, layout.SLOPE_AT
SPEED_AT = layout.NOISE_AT  # the noise is not used here
_advance, _observe, _slope = kernel.advance, kernel.observe, kernel.slope


@njit(error_model="numpy")
def controller(error, integral):
    """Return the speed, mm/s, and the integral after one sample; it waits at the limit of the drive."""
    velocity = KP * error + integral
    if -FASTEST < velocity < FASTEST:
        integral += KI * TICK_S * error
    return min(max(velocity, -FASTEST), FASTEST), integral


@njit(error_model="numpy")
def ours(b, target, steps, out):
    integral = 0.0
    for k in range(target.shape[0]):
        velocity, integral = controller(target[k] - b[TENSION], integral)
        _advance(b, velocity, 0, 0, steps)
        out[k] = b[TENSION]


def problem(couch: str) -> tuple[np.ndarray, np.ndarray, int]:
    plant = Plant(make_patient(couch=couch))
    times = np.arange(int(SESSION_S / TICK_S)) * TICK_S
    target = np.interp(times % 110.0, [0.0, 10.0, 70.0, 80.0, 110.0], [100.0, 400.0, 400.0, 100.0, 100.0])
    steps = int(plant.buffer[layout.PARAMETERS_AT + layout.PARAMETERS.index("min_substeps")])
    return plant.buffer, target, steps


def with_solve_ivp(buffer: np.ndarray, target: np.ndarray, tolerance: float) -> tuple[float, np.ndarray]:
    from scipy.integrate import solve_ivp

    b, out, integral = buffer.copy(), np.empty(target.size), 0.0
    slope = ENTRIES.slope

    def right(_, y, velocity):
        b[:N_STATES] = y
        slope(b, 0, velocity, 0, 0)
        return b[SLOPE_AT : SLOPE_AT + N_STATES].copy()

    right(0.0, b[:N_STATES].copy(), 0.0)
    y = buffer[:N_STATES].copy()
    start = perf_counter()
    for k, wanted in enumerate(target):
        velocity, integral = controller.py_func(wanted - b[TENSION], integral)
        found = solve_ivp(right, (0.0, TICK_S), y, "LSODA", args=(velocity,), rtol=tolerance, atol=tolerance)
        y = found.y[:, -1]
        b[:N_STATES] = y
        ENTRIES.observe(b)
        out[k] = b[TENSION]
    return perf_counter() - start, out


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


def show(name: str, wall_s: float, ours_s: float, error_n: float | None) -> None:
    far = "" if error_n is None else f"   worst force error {error_n:.1e} N"
    print(
        f"  {name:44s} {wall_s:9.3f} s  {SESSION_S / wall_s:9.0f} x real time  "
        f"{wall_s / ours_s:8.1f} x ours{far}"
    )


def main() -> None:
    print(machine())
    for couch in ("split", "fixed"):
        buffer, target, steps = problem(couch)
        ours(buffer.copy(), target[:10], steps, np.empty(10))
        out, tight = np.empty(target.size), np.empty(target.size)
        ours(buffer.copy(), target, 32 * steps, tight)
        wall = best_s(lambda: ours(buffer.copy(), target, steps, out))  # noqa: B023
        worst = np.abs(out - tight).max()
        print(f"{couch} couch, five discs, 45 min, controller at 100 Hz, {steps} step(s) a tick")
        show("table kernel (numba, Runge-Kutta)", wall, wall, worst)
        with tempfile.TemporaryDirectory() as folder:
            twin = compiled_twin(Path(folder), "TABLE", ("-march=native",))
            if twin is None:
                print("  C twin: no C compiler here")
            else:
                again = np.empty(target.size)

                def in_c() -> None:
                    own = buffer.copy()  # noqa: B023
                    numbers = [ctypes.c_long(target.size), ctypes.c_long(steps)]  # noqa: B023
                    gains = [ctypes.c_double(each) for each in (KP, KI, FASTEST)]
                    twin.table(pointer(own), pointer(target), *numbers, *gains, pointer(again))  # noqa: B023

                spent = best_s(in_c)
                show("the same in C (gcc -O3 -march=native)", spent, wall, np.abs(again - tight).max())
        for method in ("lsoda", "dop853"):
            for tolerance in (1e-3, 1e-5):
                whole = with_numbalsoda(buffer, target, tolerance, method)
                if whole is None:
                    print(f"  numbalsoda {method}: not installed here")
                    break
                whole()
                start = perf_counter()
                found = whole()
                show(
                    f"numbalsoda {method}, tolerance {tolerance:g}",
                    perf_counter() - start,
                    wall,
                    np.abs(found - tight).max(),
                )
        for tolerance in (1e-4, 1e-6):
            spent, found = with_solve_ivp(buffer, target[:PART], tolerance)
            scaled = spent * target.size / PART
            show(
                f"solve_ivp LSODA, tolerance {tolerance:g} (1 min, scaled)",
                scaled,
                wall,
                np.abs(found - tight[:PART]).max(),
            )
