"""The equations of the simulated table and patient, and one 10 ms tick of them.

The only numerical source. Compiled by numba it runs inside the table; with NUMBA_DISABLE_JIT=1 Python runs
the same lines and gives the same bits. So: no fast math, no powers, only exp, log and log1p of the C
library, and everything a tick needs in this one file, because numba's cache watches only the file itself.

Units: N, mm, s, kg, kPa, %MVA. Pull, elongation and tension are positive; disc load is positive in
compression; pressures are gauge. docs/simulator.md states each equation with its source.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = tuple[int, int, int, int]
Seen = tuple[int, int, int, Truths]
F = TypeVar("F", bound=Callable[..., object])

TICK_S = 0.01
MAX_SUBSTEPS = 160  # enough for every set within the stated ranges; what needs more is refused
LAST_RESORT = 10_000.0  # so that a tick ends whatever it is given; no pelvis gets there
TINY = 1e-30  # what decays below this is set to zero: denormal numbers are a hundred times slower
VAPOUR_KPA = -95.0  # a gauge pressure cannot fall below that of water vapour
MM_PER_M = MN_PER_N = UM_PER_MM = PA_PER_KPA = 1000.0

# State
X_M, V_M = 0, 1  # carriage: position mm, velocity mm/s
F_REGION = 2  # force carried by the spinal region, N; the pelvis position follows from it without iteration
V_P = 3  # pelvis (or head) velocity, mm/s
Z = 4  # couch friction, N, positive against a pull
SLIP = 5  # harness slipped over the skin so far, mm
PAYOUT = 6  # strap let out by the power-less release, mm
CREEP_1, CREEP_2 = 7, 8  # Kelvin-Voigt branches, mm per level
SENSED = 9  # net tension as the stretch reflex has it, N
ACTIVITY = 10  # paraspinal activity, %MVA
UNLOADED = 11  # height regained by lying, mm per level
HYDRATION = 12  # pressure regained by lying, kPa
STATES = 13

# Outputs
TENSION, PELVIS, DISC_TENSION, LOAD, PRESSURE, ELONGATION = 0, 1, 2, 3, 4, 5
OUTPUTS = 6

# One flat buffer holds everything a tick touches: every further array would cost 0.06 us a call
STATE_AT = 0
SLOPE_AT = STATES
TRIAL_AT = 2 * STATES
SUM_AT = 3 * STATES
OUT_AT = 4 * STATES
PARAMETERS_AT = OUT_AT + OUTPUTS

# What the drive does in a tick
POWERED, LOCKED, BACK_DRIVEN = 0, 1, 2

PARAMETERS = tuple(
    """
    slack_mm harness_stiffness_n_per_mm harness_damping_ns_per_mm slip_force_n slip_mm_per_s_n2
    moving_mass_kg body_damping_ns_per_mm
    friction_force_n friction_stiffness_n_per_mm shifting_s shifting_force_n
    take_up_stiffness_n_per_mm levels transmitted_share
    offset_force_n offset_width_n soft_at_zero level_stiffness_n_per_mm stiffening_per_mm
    creep_1_mm_per_n creep_1_s creep_2_mm_per_n creep_2_s
    guarding_rest_mva guarding_gain_mva_s_per_n guarding_s
    reflex_s guarding_n_per_mva rest_load_n rest_pressure_kpa
    tension_gain_kpa_per_n compression_gain_kpa_per_n negative_scale_kpa
    unloading_mm unloading_s hydration_kpa hydration_s motor_s brake_s
    back_drive_drag_ns_per_mm back_drive_friction_n dump_damping_ns_per_mm dump_spring_n dump_gap_mm
    cell_offset_a_mn cell_offset_b_mn cell_step_mn encoder_step_um min_substeps passive_drive
    """.split()  # noqa: SIM905  one name a line would be longer and say less
)
NOISE_AT = PARAMETERS_AT + len(PARAMETERS)  # then pairs of load-cell noise, mN


def _places(names: str) -> tuple[int, ...]:
    return tuple(PARAMETERS_AT + PARAMETERS.index(name) for name in names.split())


_SLACK, _K_H, _C_H = _places("slack_mm harness_stiffness_n_per_mm harness_damping_ns_per_mm")
_F_SLIP, _K_SLIP = _places("slip_force_n slip_mm_per_s_n2")
_MASS, _C_B = _places("moving_mass_kg body_damping_ns_per_mm")
_F_C, _K_F, _TAU_Z, _F_Z = _places("friction_force_n friction_stiffness_n_per_mm shifting_s shifting_force_n")
_K_T, _LEVELS, _ETA = _places("take_up_stiffness_n_per_mm levels transmitted_share")
_F_OFF, _WIDTH, _SOFT_0 = _places("offset_force_n offset_width_n soft_at_zero")
_K_0, _A_S = _places("level_stiffness_n_per_mm stiffening_per_mm")
_C_1, _TAU_1, _C_2, _TAU_2 = _places("creep_1_mm_per_n creep_1_s creep_2_mm_per_n creep_2_s")
_A_REST, _K_R, _TAU_G = _places("guarding_rest_mva guarding_gain_mva_s_per_n guarding_s")
_TAU_S, _C_M = _places("reflex_s guarding_n_per_mva")
_N_REST, _P_REST = _places("rest_load_n rest_pressure_kpa")
_G_S, _G_C, _P_S = _places("tension_gain_kpa_per_n compression_gain_kpa_per_n negative_scale_kpa")
_U_INF, _TAU_U, _H_INF, _TAU_H = _places("unloading_mm unloading_s hydration_kpa hydration_s")
_TAU_M, _TAU_B, _DRAG, _DRY = _places("motor_s brake_s back_drive_drag_ns_per_mm back_drive_friction_n")
_C_DUMP, _F_DUMP, _GAP = _places("dump_damping_ns_per_mm dump_spring_n dump_gap_mm")
_OFFSET_A, _OFFSET_B, _CELL_STEP = _places("cell_offset_a_mn cell_offset_b_mn cell_step_mn")
_ENCODER_STEP, _SUBSTEPS, _PASSIVE = _places("encoder_step_um min_substeps passive_drive")


def compiled(function: F) -> F:
    """Compile ``function`` on first use and cache it, in memory only where no file can be written.

    ``error_model="numpy"`` leaves out the test for zero before every division; no divisor here can be zero.
    """
    try:
        return cast("F", njit(cache=True, error_model="numpy")(function))
    except RuntimeError:  # numba found no writable place for its cache
        return cast("F", njit(error_model="numpy")(function))


@compiled
def softplus(x: float) -> float:
    """Return ln(1 + exp(x)) without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@compiled
def crossing(b: Floats, region_n: float) -> tuple[float, float]:
    """Return the net tension, N, beyond the take-up offset, and its slope against the region force (0..1)."""
    x = (region_n - b[_F_OFF]) / b[_WIDTH]
    decay = math.exp(-abs(x))
    share = 1.0 / (1.0 + decay) if x >= 0.0 else decay / (1.0 + decay)
    return b[_WIDTH] * (max(x, 0.0) + math.log1p(decay) - b[_SOFT_0]), share


@compiled
def elongation_mm(b: Floats, at: int, stiffness: float) -> float:
    """Return how much longer all levels together are by elastic stretch and creep, mm."""
    elastic = math.log(stiffness / b[_K_0]) / b[_A_S]
    total: float = b[_LEVELS] * (elastic + b[at + CREEP_1] + b[at + CREEP_2])
    return total


@compiled
def stretch_mm(b: Floats, at: int, elongation: float) -> float:
    """Return the stretch of the harness, mm; negative means so much slack."""
    pelvis = b[at + F_REGION] / b[_K_T] + elongation
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
        b[SLOPE_AT + V_M] = (velocity - speed) / b[_TAU_M]
    elif drive == LOCKED:
        b[SLOPE_AT + V_M] = -speed / b[_TAU_B]
    else:
        b[SLOPE_AT + V_M] = (-max(force - b[_DRY], 0.0) / b[_DRAG] - speed) / b[_TAU_M]


@compiled
def slope_harness(b: Floats, force: float, stretch: float, dump: int) -> None:
    """Write the derivative of harness slip and of the strap let out by an open power-less release."""
    over = max(force - b[_F_SLIP], 0.0)
    b[SLOPE_AT + SLIP] = b[_K_SLIP] * over * over
    b[SLOPE_AT + PAYOUT] = 0.0
    if dump != 0:
        closing = min(max(1.0 + stretch / b[_GAP], 0.0), 1.0)
        b[SLOPE_AT + PAYOUT] = (force + b[_F_DUMP]) / b[_C_DUMP] * closing


@compiled
def slope_patient(b: Floats, at: int, net: float) -> None:
    """Write the derivative of reflex, muscle activity, and of what lying down gives back."""
    sensed = (net - b[at + SENSED]) / b[_TAU_S]
    b[SLOPE_AT + SENSED] = sensed
    b[SLOPE_AT + ACTIVITY] = (b[_A_REST] + b[_K_R] * max(sensed, 0.0) - b[at + ACTIVITY]) / b[_TAU_G]
    b[SLOPE_AT + UNLOADED] = (b[_U_INF] - b[at + UNLOADED]) / b[_TAU_U]
    b[SLOPE_AT + HYDRATION] = (b[_H_INF] - b[at + HYDRATION]) / b[_TAU_H]


@compiled
def slope(b: Floats, at: int, velocity: float, drive: int, dump: int) -> None:
    """Write the time derivative of the state that starts at index ``at`` of the buffer to ``SLOPE_AT``."""
    net, share = crossing(b, b[at + F_REGION])
    disc = b[_ETA] * net
    stiffness = b[_K_0] + b[_A_S] * disc
    stretch = stretch_mm(b, at, elongation_mm(b, at, stiffness))
    force = tension_n(b, at, stretch)

    creep_1 = (b[_C_1] * disc - b[at + CREEP_1]) / b[_TAU_1]
    creep_2 = (b[_C_2] * disc - b[at + CREEP_2]) / b[_TAU_2]
    compliance = 1.0 / b[_K_T] + b[_LEVELS] * b[_ETA] * share / stiffness
    speed = b[at + V_P]
    b[SLOPE_AT + CREEP_1] = creep_1
    b[SLOPE_AT + CREEP_2] = creep_2
    b[SLOPE_AT + F_REGION] = (speed - b[_LEVELS] * (creep_1 + creep_2)) / compliance
    resistance = b[at + Z] + b[at + F_REGION] + b[_C_B] * speed
    b[SLOPE_AT + V_P] = MM_PER_M * (force - resistance) / b[_MASS]
    loose = max(1.0 - force / b[_F_Z], 0.0) / b[_TAU_Z]
    b[SLOPE_AT + Z] = b[_K_F] * (speed - abs(speed) * b[at + Z] / b[_F_C]) - loose * b[at + Z]
    slope_drive(b, at, force, velocity, drive)
    slope_harness(b, force, stretch, dump)
    slope_patient(b, at, net)


@compiled
def observe(b: Floats) -> None:
    """Write the outputs that belong to the state, each by its index, behind ``OUT_AT``."""
    net, _ = crossing(b, b[F_REGION])
    disc = b[_ETA] * net
    elongation = elongation_mm(b, STATE_AT, b[_K_0] + b[_A_S] * disc)
    guarding = b[_C_M] * (b[ACTIVITY] - b[_A_REST])
    pressure = b[_P_REST] - b[_G_S] * disc + b[_G_C] * guarding + b[HYDRATION]
    if pressure <= 0.0:
        pressure = -b[_P_S] * (1.0 - math.exp(pressure / b[_P_S]))
    b[OUT_AT + TENSION] = tension_n(b, STATE_AT, stretch_mm(b, STATE_AT, elongation))
    b[OUT_AT + PELVIS] = b[F_REGION] / b[_K_T] + elongation
    b[OUT_AT + DISC_TENSION] = disc
    b[OUT_AT + LOAD] = b[_N_REST] - disc + guarding
    b[OUT_AT + PRESSURE] = max(pressure, VAPOUR_KPA)
    b[OUT_AT + ELONGATION] = elongation


@compiled
def finer(b: Floats, h: float) -> int:
    """Return into how many parts a step of ``h`` seconds is cut: bristles relax with the speed.

    The rate is their stiffness over the largest friction times the pelvis' speed at the end of the step,
    foreseen from the acceleration the step before ended with.
    """
    swept = h * b[_K_F] / b[_F_C] * (abs(b[V_P]) + h * abs(b[SLOPE_AT + V_P]))
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


@compiled
def tick(b: Floats, row: int, velocity_um_per_s: int, powered: int, dump: int) -> Seen:
    """Advance one tick with noise pair ``row``; return cells A and B in mN, carriage in um, ``truths``."""
    drive = POWERED if powered != 0 else int(b[_PASSIVE])
    advance(b, velocity_um_per_s / UM_PER_MM, drive, dump, int(b[_SUBSTEPS]))
    force_mn = MN_PER_N * b[OUT_AT + TENSION]
    noise = NOISE_AT + 2 * row
    force_a_mn = reading(force_mn + b[_OFFSET_A] + b[noise], b[_CELL_STEP])
    force_b_mn = reading(force_mn + b[_OFFSET_B] + b[noise + 1], b[_CELL_STEP])
    return force_a_mn, force_b_mn, reading(UM_PER_MM * b[X_M], b[_ENCODER_STEP]), truths(b)
