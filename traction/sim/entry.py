"""What Python calls of the table's kernel: one tick with its sensors, and the steps it is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from traction.sim import kernel
from traction.sim.caching import cached, fingerprint
from traction.sim.equations import compiled
from traction.sim.kernel import MN_PER_N, PA_PER_KPA, UM_PER_MM, Seen, Truths
from traction.sim.layout import ELONGATION, LOAD, NOISE_AT, OUT_AT, PRESSURE, TENSION, X_M, places
from traction.sim.motion import POWERED, Floats

MADE_FROM = ("equations", "motion", "rosenbrock", "kernel", "layout", "coefficients")

_OFFSET_A, _OFFSET_B, _CELL_STEP = places("cell_offset_a_mn cell_offset_b_mn cell_step_mn")
_ENCODER_STEP, _PASSIVE = places("encoder_step_um passive_drive")

_advance, _observe, _slope = kernel.advance, kernel.observe, kernel.slope


@compiled
def reading(value: float, resolution: float) -> int:
    """Return ``value`` as a sensor of this resolution reports it."""
    return int(math.floor(value / resolution + 0.5) * resolution)


@compiled
def truths(b: Floats) -> Truths:
    """Return what no sensor sees: true tension mN, disc pressure Pa, disc load mN, elongation um."""
    tension_mn, load_mn = round(b[OUT_AT + TENSION] * MN_PER_N), round(b[OUT_AT + LOAD] * MN_PER_N)
    pressure_pa = round(b[OUT_AT + PRESSURE] * PA_PER_KPA)
    return tension_mn, pressure_pa, load_mn, round(b[OUT_AT + ELONGATION] * UM_PER_MM)


class Entries(NamedTuple):
    """The compiled functions that Python calls; all work in the buffer they are given."""

    tick: Callable[[Floats, int, int, int, int], Seen]
    advance: Callable[[Floats, float, int, int], None]
    observe: Callable[[Floats], None]
    slope: Callable[[Floats, int, float, int, int], None]
    truths: Callable[[Floats], Truths]


def _entries(made_from: int) -> Entries:
    """Return the entry points, which close over ``made_from`` so that numba compiles them anew with it."""

    @cached
    def tick(b: Floats, row: int, velocity_um_per_s: int, powered: int, dump: int) -> Seen:
        """Advance one tick with noise pair ``row``; return cells A, B in mN, carriage in um, ``truths``."""
        _ = made_from
        drive = POWERED if powered != 0 else int(b[_PASSIVE])
        _advance(b, velocity_um_per_s / UM_PER_MM, drive, dump)
        force_mn = MN_PER_N * b[OUT_AT + TENSION]
        noise = NOISE_AT + 2 * row
        force_a_mn = reading(force_mn + b[_OFFSET_A] + b[noise], b[_CELL_STEP])
        force_b_mn = reading(force_mn + b[_OFFSET_B] + b[noise + 1], b[_CELL_STEP])
        return force_a_mn, force_b_mn, reading(UM_PER_MM * b[X_M], b[_ENCODER_STEP]), truths(b)

    @cached
    def advance(b: Floats, velocity: float, drive: int, dump: int) -> None:
        """Advance by one tick as ``kernel.advance`` does."""
        _ = made_from
        _advance(b, velocity, drive, dump)

    @cached
    def observe(b: Floats) -> None:
        """Write the outputs as ``kernel.observe`` does."""
        _ = made_from
        _observe(b)

    @cached
    def slope(b: Floats, at: int, velocity: float, drive: int, dump: int) -> None:
        """Write the derivative as ``kernel.slope`` does."""
        _ = made_from
        _slope(b, at, velocity, drive, dump)

    @cached
    def see(b: Floats) -> Truths:
        """Return ``truths``."""
        _ = made_from
        return truths(b)

    return Entries(tick, advance, observe, slope, see)


ENTRIES = _entries(fingerprint(*MADE_FROM))
