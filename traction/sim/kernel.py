"""One 10 ms tick of the simulated table: the equations of ``equations.py`` put together and stepped.

Compiled by numba it runs inside the table; with NUMBA_DISABLE_JIT=1 Python runs the same lines and gives the
same bits. So: no fast math, no powers, only sqrt, exp and log of the C library.

Units: N, mm, s, kg, kPa, %MVA. Pull, elongation and tension are positive; disc load is positive in
compression; pressures are gauge. docs/simulator.md states each equation with its source.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from traction.sim.coefficients import MAX_LEVELS
from traction.sim.equations import (
    activity_target_mva,
    compiled,
    flattening_mm,
    flattening_mm_per_n,
    friction_n_per_s,
    grip_n,
    loosening_per_s,
    net_slope,
    net_tension_n,
    nucleus_kpa,
    relax,
    slip_mm_per_s,
)
from traction.sim.layout import (
    ACTIVITY,
    CREEP_1,
    CREEP_2,
    DISC_TENSION,
    ELONGATION,
    F_REGION,
    LOAD,
    OUT_AT,
    PAYOUT,
    PRESSURE,
    SENSED,
    SLIP,
    SLOPE_AT,
    SOFTNESS_AT,
    STATE_AT,
    STATES,
    SUM_AT,
    TENSION,
    TRIAL_AT,
    UNLOADED,
    V_M,
    V_P,
    WATER,
    X_M,
    Z,
    places,
)

Floats = NDArray[np.float64]
Truths = tuple[int, int, int, int]
Seen = tuple[int, int, int, Truths]

TICK_S = 0.01
MAX_SUBSTEPS = 160  # enough for every set within the stated ranges; what needs more is refused
LAST_RESORT = 10_000.0  # so that a tick ends whatever it is given; no pelvis gets there
TINY = 1e-30  # what decays below this is set to zero: denormal numbers are a hundred times slower
MM_PER_M = MN_PER_N = UM_PER_MM = PA_PER_KPA = 1000.0

# What the drive does in a tick
POWERED, LOCKED, BACK_DRIVEN = 0, 1, 2

_SLACK, _TAU_M, _TAU_B, _DRAG, _DRY = places(
    "slack_mm motor_s brake_s back_drive_drag_n_s_per_mm back_drive_friction_n"
)
_C_DUMP, _F_DUMP, _GAP, _LET_GO = places(
    "dump_damping_n_s_per_mm dump_spring_n dump_gap_mm let_go_mm_per_s"
)
_AXIAL, _K_H, _C_H = places("axial harness_stiffness_n_per_mm harness_damping_n_s_per_mm")
_F_SLIP, _K_SLIP, _MASS, _C_B = places("slip_force_n slip_mm_per_s_n2 moving_mass_kg body_damping_n_s_per_mm")
_F_C, _LIFT, _K_F = places("friction_force_n friction_lift friction_stiffness_n_per_mm")
_TAU_Z, _F_Z = places("shifting_s shifting_force_n")
_K_FLAT, _MOST, _F_OFF, _WIDTH = places(
    "flattening_n_per_mm flattening_most_mm offset_force_n offset_width_n"
)
_A_S, _C_1, _TAU_1, _C_2, _TAU_2 = places(
    "stiffening_per_mm creep_1_mm_per_n creep_1_s creep_2_mm_per_n creep_2_s"
)
_A_REST, _K_R, _TAU_G = places("guarding_rest_mva guarding_gain_mva_s_per_n guarding_s")
_TAU_S, _C_M = places("reflex_s guarding_n_per_mva")
_U_INF, _TAU_U, _H_INF, _TAU_H = places("unloaded_target unloading_s water_target water_s")
_ETA, _N_REST, _P_REST = places("eta rest_load_n rest_pressure_kpa")
_G_S, _G_C, _HYD, _P_S = places(
    "tension_gain_kpa_per_n compression_gain_kpa_per_n hydration_kpa negative_scale_kpa"
)


@compiled
def levels(b: Floats, net: float) -> tuple[float, float]:
    """Return the product over the levels of how much each has stiffened, and its slope against ``net``.

    The logarithm of a product is the sum of the logarithms: one serves the ``elastic_mm`` of all levels.
    """
    product, slope_of_it = 1.0, 0.0
    for i in range(MAX_LEVELS):
        softness = b[SOFTNESS_AT + i]
        stiffened = 1.0 + softness * net
        slope_of_it = slope_of_it * stiffened + product * softness
        product *= stiffened
    return product, slope_of_it


@compiled
def region_mm(b: Floats, at: int, product: float) -> float:
    """Return how much longer the region is, mm: flattened, and every level by elastic stretch and creep."""
    flat = flattening_mm(b[at + F_REGION], b[_K_FLAT], b[_MOST])
    total: float = flat + math.log(product) / b[_A_S] + b[at + CREEP_1] + b[at + CREEP_2]
    return total


@compiled
def stretch_mm(b: Floats, at: int, pelvis: float) -> float:
    """Return the stretch of the harness, mm; negative means so much slack."""
    stretch: float = b[at + X_M] - pelvis - b[_SLACK] - b[at + PAYOUT] - b[at + SLIP]
    return stretch


@compiled
def tension_n(b: Floats, at: int, stretch: float) -> float:
    """Return the harness tension, N: spring and damper, never negative; damping fades in over 1 mm."""
    if stretch <= 0.0:
        return 0.0
    rate = b[at + V_M] - b[at + V_P]
    force: float = b[_K_H] * stretch + b[_C_H] * min(stretch, 1.0) * rate
    return max(force, 0.0)


@compiled
def slope_drive(b: Floats, at: int, force: float, velocity: float, drive: int) -> None:
    """Write the derivative of the carriage's position and speed; ``velocity`` is what the drive is told."""
    speed = b[at + V_M]
    b[SLOPE_AT + X_M] = speed
    if drive == POWERED:
        b[SLOPE_AT + V_M] = relax(speed, velocity, b[_TAU_M])
    elif drive == LOCKED:
        b[SLOPE_AT + V_M] = relax(speed, 0.0, b[_TAU_B])
    else:
        back = min(max(force - b[_DRY], 0.0) / b[_DRAG], b[_LET_GO])
        b[SLOPE_AT + V_M] = relax(speed, -back, b[_TAU_M])


@compiled
def slope_harness(b: Floats, at: int, force: float, stretch: float, dump: int) -> None:
    """Write the derivative of harness slip and of the strap let out by an open power-less release.

    One damper bounds how fast carriage and strap together let go.
    """
    b[SLOPE_AT + SLIP] = slip_mm_per_s(force, b[_F_SLIP], b[_K_SLIP])
    b[SLOPE_AT + PAYOUT] = 0.0
    if dump != 0:
        closing = min(max(1.0 + stretch / b[_GAP], 0.0), 1.0)
        left = max(b[_LET_GO] + min(b[at + V_M], 0.0), 0.0)
        b[SLOPE_AT + PAYOUT] = min((force + b[_F_DUMP]) / b[_C_DUMP], left) * closing


@compiled
def slope_patient(b: Floats, at: int, net: float) -> None:
    """Write the derivative of reflex, muscle activity, and of what lying down gives back."""
    sensed = relax(b[at + SENSED], net, b[_TAU_S])
    target = activity_target_mva(sensed, b[_A_REST], b[_K_R])
    b[SLOPE_AT + SENSED] = sensed
    b[SLOPE_AT + ACTIVITY] = relax(b[at + ACTIVITY], target, b[_TAU_G])
    b[SLOPE_AT + UNLOADED] = relax(b[at + UNLOADED], b[_U_INF], b[_TAU_U])
    b[SLOPE_AT + WATER] = relax(b[at + WATER], b[_H_INF], b[_TAU_H])


@compiled
def slope(b: Floats, at: int, velocity: float, drive: int, dump: int) -> None:
    """Write the time derivative of the state that starts at index ``at`` of the buffer to ``SLOPE_AT``."""
    region = b[at + F_REGION]
    net = net_tension_n(region, b[_F_OFF], b[_WIDTH])
    product, steeper = levels(b, net)
    stretch = stretch_mm(b, at, region_mm(b, at, product))
    force = tension_n(b, at, stretch)

    creep_1 = relax(b[at + CREEP_1], b[_C_1] * net, b[_TAU_1])
    creep_2 = relax(b[at + CREEP_2], b[_C_2] * net, b[_TAU_2])
    per_n = net_slope(region, b[_F_OFF], b[_WIDTH]) * steeper / (product * b[_A_S])
    compliance = flattening_mm_per_n(region, b[_K_FLAT], b[_MOST]) + per_n
    speed = b[at + V_P]
    b[SLOPE_AT + CREEP_1] = creep_1
    b[SLOPE_AT + CREEP_2] = creep_2
    b[SLOPE_AT + F_REGION] = (speed - (creep_1 + creep_2)) / compliance
    resistance = b[at + Z] + region + b[_C_B] * speed
    b[SLOPE_AT + V_P] = MM_PER_M * (b[_AXIAL] * force - resistance) / b[_MASS]
    friction = b[at + Z]
    grip = grip_n(force, b[_F_C], b[_LIFT])
    loose = loosening_per_s(force, b[_F_Z], b[_TAU_Z])
    b[SLOPE_AT + Z] = friction_n_per_s(friction, speed, b[_K_F], grip) - loose * friction
    slope_drive(b, at, force, velocity, drive)
    slope_harness(b, at, force, stretch, dump)
    slope_patient(b, at, net)


@compiled
def observe(b: Floats) -> None:
    """Write the outputs that belong to the state, each by its index, behind ``OUT_AT``."""
    net = net_tension_n(b[F_REGION], b[_F_OFF], b[_WIDTH])
    disc = b[_ETA] * net
    product, _ = levels(b, net)
    elongation = region_mm(b, STATE_AT, product)
    guarding = b[_C_M] * (b[ACTIVITY] - b[_A_REST])
    undisturbed = b[_P_REST] - b[_G_S] * disc + b[_G_C] * guarding + b[_HYD] * b[WATER]
    b[OUT_AT + TENSION] = tension_n(b, STATE_AT, stretch_mm(b, STATE_AT, elongation))
    b[OUT_AT + DISC_TENSION] = disc
    b[OUT_AT + LOAD] = b[_N_REST] - disc + guarding
    b[OUT_AT + PRESSURE] = nucleus_kpa(undisturbed, b[_P_S])
    b[OUT_AT + ELONGATION] = elongation


@compiled
def finer(b: Floats, h: float) -> int:
    """Return into how many parts a step of ``h`` seconds is cut: bristles relax with the speed.

    The rate is their stiffness over the largest friction times the pelvis' speed at the end of the step,
    foreseen from the acceleration the step before ended with.
    """
    grip = grip_n(b[OUT_AT + TENSION], b[_F_C], b[_LIFT])
    swept = h * b[_K_F] / grip * (abs(b[V_P]) + h * abs(b[SLOPE_AT + V_P]))
    return 1 + int(min(swept, LAST_RESORT))


@compiled
def step(b: Floats, h: float, velocity: float, drive: int, dump: int) -> None:
    """Advance the state by ``h`` seconds in one classical Runge-Kutta step."""
    slope(b, STATE_AT, velocity, drive, dump)
    for i in range(STATES):
        b[SUM_AT + i] = b[SLOPE_AT + i]
        b[TRIAL_AT + i] = b[i] + 0.5 * h * b[SLOPE_AT + i]
    slope(b, TRIAL_AT, velocity, drive, dump)
    for i in range(STATES):
        b[SUM_AT + i] += 2.0 * b[SLOPE_AT + i]
        b[TRIAL_AT + i] = b[i] + 0.5 * h * b[SLOPE_AT + i]
    slope(b, TRIAL_AT, velocity, drive, dump)
    for i in range(STATES):
        b[SUM_AT + i] += 2.0 * b[SLOPE_AT + i]
        b[TRIAL_AT + i] = b[i] + h * b[SLOPE_AT + i]
    slope(b, TRIAL_AT, velocity, drive, dump)
    for i in range(STATES):
        b[i] += h / 6.0 * (b[SUM_AT + i] + b[SLOPE_AT + i])


@compiled
def advance(b: Floats, velocity: float, drive: int, dump: int, steps: int) -> None:
    """Advance the state by one 10 ms tick in ``steps`` equal steps, cut finer where needed; then observe."""
    for _ in range(steps):
        parts = finer(b, TICK_S / steps)
        for _ in range(parts):
            step(b, TICK_S / (steps * parts), velocity, drive, dump)
    for i in range(STATES):
        if abs(b[i]) < TINY:
            b[i] = 0.0
    observe(b)
