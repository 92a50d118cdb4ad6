"""The C twin, compiled here and now where there is a compiler, and what machine this is."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from traction.sim import lanes, layout
from traction.sim.coefficients import MAX_LEVELS

SOURCE = Path(__file__).with_name("twin.c")
STATES = (
    "X_M V_M F_REGION V_P Z SLIP PAYOUT CREEP_1 CREEP_2 SENSED ACTIVITY UNLOADED WATER STATES".split()  # noqa: SIM905
)
OUTPUTS = (
    "OUT_AT TENSION DISC_TENSION LOAD PRESSURE ELONGATION NET STEP SOFTNESS_AT".split()  # noqa: SIM905
)
LANE_ROWS = (
    "F_REGION V_P Z SLIP CREEP_1 CREEP_2 SENSED ACTIVITY NEXT FORCE_AT ERROR SOFTNESS WIDTH".split()  # noqa: SIM905
)


def machine() -> str:
    name = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    for line in told.read_text(encoding="utf-8").splitlines() if told.exists() else ():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    cores = len(os.sched_getaffinity(0))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{name}, {cores} cores, {platform.system()}, Python {platform.python_version()}; load {load}"


def best_s(work: Callable[[], object], runs: int = 5) -> float:
    """Return the shortest wall time of some runs, s: on a shared machine the one least disturbed."""
    times = []
    for _ in range(runs):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def compiled_twin(folder: Path, kind: str, flags: tuple[str, ...] = ()) -> ctypes.CDLL | None:
    """Return the twin of the ``TABLE`` or of the ``LANES``, or None without a C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        return None
    places = {"MAX_LEVELS": MAX_LEVELS}
    if kind == "TABLE":
        places |= {name: getattr(layout, name) for name in STATES + OUTPUTS}
        places |= {f"P_{name}": layout.PARAMETERS_AT + k for k, name in enumerate(layout.PARAMETERS)}
    else:
        places |= {name: getattr(lanes, name) for name in LANE_ROWS}
        places |= {f"N_{name}": lanes.NUMBERS_AT + lanes.WIDTH * k for k, name in enumerate(lanes.NUMBERS)}
    target = folder / f"twin-{kind.lower()}.so"
    defines = [f"-D{name}={value}" for name, value in places.items()]
    command = [compiler, "-O3", *flags, "-shared", "-fPIC", f"-D{kind}", *defines, str(SOURCE), "-lm", "-o"]
    subprocess.run([*command, str(target)], check=True)
    return ctypes.CDLL(str(target))


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
