"""The equations of patient and couch, one small function each, on plain numbers.

The single source of the physics: the kernel inside the table and the population kernel are both put together
from these functions, so they cannot drift apart. docs/simulator.md states each with its source.

Units: N, mm, s, kg, kPa, %MVA, degrees. Pull, tension and elongation are positive; disc load is positive in
compression; pressures are gauge. No powers, and only sqrt, exp and log of the C library, because the same
lines run with and without compilation and must give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

VAPOUR_KPA = -95.0  # a gauge pressure cannot fall below that of water vapour
LEAST_GRIP = 0.02  # share of the couch's friction that no lifting pull takes away
ROOT_SCALE_MMHG = 12.8  # both fitted to the points of Schonstrom N et al.: 19 % at 50, 26 % at 100 mmHg
ROOT_GROWTH = 8.36


def compiled(function: F) -> F:
    """Compile ``function`` on first use; the kernels that call it cache the result with their own code.

    ``error_model="numpy"`` leaves out the test for zero before every division; no divisor here can be zero.
    """
    return cast("F", njit(error_model="numpy")(function))


@compiled
def net_tension_n(region_n: float, offset_n: float, width_n: float) -> float:
    """Return the tension, N, that reaches the spine: what exceeds the take-up offset, round the corner.

    A hyperbola of ``width_n`` about the corner, shifted so that no pull is no tension.
    """
    over = region_n - offset_n
    here = over + math.sqrt(over * over + width_n * width_n)
    none = math.sqrt(offset_n * offset_n + width_n * width_n) - offset_n
    return 0.5 * (here - none)


@compiled
def net_slope(region_n: float, offset_n: float, width_n: float) -> float:
    """Return the derivative of ``net_tension_n`` against the region's force, 0 to 1."""
    over = region_n - offset_n
    return 0.5 * (1.0 + over / math.sqrt(over * over + width_n * width_n))


@compiled
def flattening_mm(region_n: float, stiffness_n_per_mm: float, most_mm: float) -> float:
    """Return how much the flattening of the spine's curve lengthens the region, mm; it saturates."""
    return region_n / (stiffness_n_per_mm + abs(region_n) / most_mm)


@compiled
def flattening_mm_per_n(region_n: float, stiffness_n_per_mm: float, most_mm: float) -> float:
    """Return the derivative of ``flattening_mm`` against the force, mm/N."""
    reach = stiffness_n_per_mm + abs(region_n) / most_mm
    return stiffness_n_per_mm / (reach * reach)


@compiled
def region_n_per_mm(
    region_n: float,
    corner: tuple[float, float],
    curve: tuple[float, float],
    stiffened: tuple[float, float],
    per_stiffening_mm: float,
) -> float:
    """Return the tangent stiffness of the region, N/mm: flattening and all levels in a row.

    One over ``flattening_mm_per_n`` + ``net_slope`` x (sum over the levels of share / ``tangent_n_per_mm``),
    multiplied out, so that one root and one division serve it all. ``corner``: offset and width, N;
    ``curve``: stiffness in N/mm and one over the most in mm; ``stiffened``: the product over the levels of
    how much each has stiffened, and its slope against the net tension; one over the stiffening in mm.
    """
    over, width = region_n - corner[0], corner[1]
    root = math.sqrt(over * over + width * width)
    reach = curve[0] + abs(region_n) * curve[1]
    square, rooted = reach * reach, stiffened[0] * root
    levels = 0.5 * (over + root) * per_stiffening_mm * stiffened[1]
    return rooted * square / (curve[0] * rooted + levels * square)


@compiled
def tangent_n_per_mm(level_n: float, stiffness_n_per_mm: float, stiffening_per_mm: float) -> float:
    """Return the stiffness of one level at this tension, N/mm: a soft toe, then stiffer in proportion."""
    return stiffness_n_per_mm + stiffening_per_mm * level_n


@compiled
def elastic_mm(level_n: float, stiffness_n_per_mm: float, stiffening_per_mm: float) -> float:
    """Return the elastic lengthening of one level, mm, whose derivative is 1 / ``tangent_n_per_mm``."""
    return math.log(1.0 + stiffening_per_mm * level_n / stiffness_n_per_mm) / stiffening_per_mm


@compiled
def relax(value: float, target: float, time_s: float) -> float:
    """Return the rate at which ``value`` goes to ``target`` with the time constant ``time_s``."""
    return (target - value) / time_s


@compiled
def grip_n(tension_n: float, friction_n: float, lift: float) -> float:
    """Return the most friction of the couch, N, when the pull lifts ``lift`` newtons of grip per newton."""
    return max(friction_n - lift * tension_n, LEAST_GRIP * friction_n)


@compiled
def friction_n_per_s(
    friction_n: float, speed_mm_per_s: float, stiffness_n_per_mm: float, most_n: float
) -> float:
    """Return the rate of the couch's friction, N/s: bristles that bend, then slide (Dahl 1968)."""
    return stiffness_n_per_mm * (speed_mm_per_s - abs(speed_mm_per_s) * friction_n / most_n)


@compiled
def worn_n_per_s(
    friction_n: float,
    speed_mm_per_s: float,
    stiffness_n_per_mm: float,
    wear_per_mm: float,
    loose_per_s: float,
) -> float:
    """Return ``friction_n_per_s`` less what a loose strap lets go; ``wear_per_mm`` is stiffness / grip."""
    fading = wear_per_mm * abs(speed_mm_per_s) + loose_per_s
    return stiffness_n_per_mm * speed_mm_per_s - fading * friction_n


@compiled
def loosening_per_s(tension_n: float, still_n: float, shifting_s: float) -> float:
    """Return the rate at which a person shifting in a loose strap lets the friction go, 1/s."""
    return max(1.0 - tension_n / still_n, 0.0) / shifting_s


@compiled
def activity_target_mva(stretch_n_per_s: float, rest_mva: float, gain_mva_s_per_n: float) -> float:
    """Return the muscle activity, %MVA, that a rising tension calls for; a falling one calls for rest."""
    return rest_mva + gain_mva_s_per_n * max(stretch_n_per_s, 0.0)


@compiled
def slip_mm_per_s(tension_n: float, slip_n: float, rate_mm_per_s_n2: float) -> float:
    """Return the speed at which the harness slips over the skin, mm/s."""
    over = max(tension_n - slip_n, 0.0)
    return rate_mm_per_s_n2 * over * over


@compiled
def nucleus_kpa(undisturbed_kpa: float, negative_scale_kpa: float) -> float:
    """Return the nucleus pressure, kPa gauge: below zero the annulus bypasses it, so it saturates."""
    pressure = undisturbed_kpa
    if undisturbed_kpa <= 0.0:
        pressure = -negative_scale_kpa * (1.0 - math.exp(undisturbed_kpa / negative_scale_kpa))
    return max(pressure, VAPOUR_KPA)


@compiled
def root_pressure_mmhg(free_area_mm2: float, critical_area_mm2: float) -> float:
    """Return the contact pressure on the nerve root, mmHg, when its space is narrower than critical."""
    narrowed = max(1.0 - free_area_mm2 / critical_area_mm2, 0.0)
    return ROOT_SCALE_MMHG * (math.exp(ROOT_GROWTH * narrowed) - 1.0)
