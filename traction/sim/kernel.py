"""One 10 ms tick of the simulated table: the equations of ``equations.py`` put together and stepped.

What swings is stepped by ``rosenbrock.py``, as finely as its own error asks for. What only relaxes (creep,
reflex, muscles, what lying gives back) and the carriage take their exact exponentials over the tick.

Compiled by numba it runs inside the table; with NUMBA_DISABLE_JIT=1 Python runs the same lines and gives the
same bits. So: no fast math, no powers, only sqrt, exp and log of the C library.

Units: N, mm, s, kg, kPa, %MVA. Pull, elongation and tension are positive; disc load is positive in
compression; pressures are gauge. docs/simulator.md states each equation with its source.
"""

from __future__ import annotations

import math

from traction.sim.equations import (
    activity_target_mva,
    compiled,
    flattening_mm,
    nucleus_kpa,
    relax,
)
from traction.sim.layout import (
    ACTIVITY,
    CREEP_1,
    CREEP_2,
    DISC_TENSION,
    ELONGATION,
    F_REGION,
    LOAD,
    NET,
    OUT_AT,
    PAYOUT,
    PRESSURE,
    SENSED,
    SLIP,
    SLOPE_AT,
    STATE_AT,
    STATES,
    STEP,
    TENSION,
    UNLOADED,
    V_M,
    V_P,
    WATER,
    X_M,
    Z,
    places,
)
from traction.sim.motion import (
    LOCKED,
    Floats,
    Swinging,
    Told,
    carriage,
    levels,
    net_of,
    rates,
    spine,
    tension_n,
)
from traction.sim.rosenbrock import step

Truths = tuple[int, int, int, int]
Seen = tuple[int, int, int, Truths]

TICK_S = 0.01
TINY = 1e-30  # what decays below this is set to zero: denormal numbers are a hundred times slower
MM_PER_M = MN_PER_N = UM_PER_MM = PA_PER_KPA = 1000.0

SHRINK, GROW, SAFE = 0.2, 2.0, 0.85
"""How far the error of one step may change the next, and the margin kept below what is allowed."""
SMALL = 0.18  # share of the allowed error below which the next step may grow by ``GROW``: (SAFE / GROW)^2
REST = 1.1  # a rest of a tick that is this many steps long is taken in one

_SLACK, _TAU_M, _PART_M, _TAU_B, _PART_B = places("slack_mm motor_s motor_part brake_s brake_part")
_K_FLAT, _MOST, _A_S = places("flattening_n_per_mm flattening_most_mm stiffening_per_mm")
_C_1, _TAU_1, _Q_1, _PART_1 = places("creep_1_mm_per_n creep_1_s creep_1_per_s creep_1_part")
_C_2, _TAU_2, _Q_2, _PART_2 = places("creep_2_mm_per_n creep_2_s creep_2_per_s creep_2_part")
_A_REST, _K_R, _C_M = places("guarding_rest_mva guarding_gain_mva_s_per_n guarding_n_per_mva")
_TAU_G, _PART_G, _TAU_S, _PART_S = places("guarding_s guarding_part reflex_s reflex_part")
_U_INF, _TAU_U, _PART_U = places("unloaded_target unloading_s unloading_part")
_H_INF, _TAU_H, _PART_H = places("water_target water_s water_part")
_ETA, _N_REST, _P_REST = places("eta rest_load_n rest_pressure_kpa")
_G_S, _G_C, _HYD, _P_S = places(
    "tension_gain_kpa_per_n compression_gain_kpa_per_n hydration_kpa negative_scale_kpa"
)
_ALLOWED, _LONGEST, _FINEST = places("allowed_n longest_s finest_s")


@compiled
def region_mm(b: Floats, at: int, net: float) -> float:
    """Return how much longer the region is, mm: flattened, and every level by elastic stretch and creep."""
    product, _ = levels(b, net)
    flat = flattening_mm(b[at + F_REGION], b[_K_FLAT], b[_MOST])
    total: float = flat + math.log(product) / b[_A_S] + (b[at + CREEP_1] + b[at + CREEP_2])
    return total


@compiled
def stretch_mm(b: Floats, at: int, pelvis: float) -> float:
    """Return the stretch of the harness, mm; negative means so much slack."""
    stretch: float = b[at + X_M] - pelvis - (b[_SLACK] + b[at + PAYOUT] + b[at + SLIP])
    return stretch


@compiled
def slope(b: Floats, at: int, velocity: float, drive: int, dump: int) -> None:
    """Write the time derivative of the state that starts at index ``at`` of the buffer to ``SLOPE_AT``.

    For solvers that want the whole right side; the steps below take the same ``rates``.
    """
    net, stiffness = spine(b, b[at + F_REGION])
    stretch = stretch_mm(b, at, region_mm(b, at, net))
    creep_1 = relax(b[at + CREEP_1], b[_C_1] * net, b[_TAU_1])
    creep_2 = relax(b[at + CREEP_2], b[_C_2] * net, b[_TAU_2])
    y = (stretch, b[at + V_M], b[at + F_REGION], b[at + V_P], b[at + Z])
    slopes, let_out, _ = rates(b, y, stiffness, creep_1 + creep_2, (velocity, drive, dump))
    sensed = relax(b[at + SENSED], net, b[_TAU_S])
    target = activity_target_mva(sensed, b[_A_REST], b[_K_R])
    b[SLOPE_AT + X_M] = b[at + V_M]
    b[SLOPE_AT + V_M], b[SLOPE_AT + F_REGION] = slopes[1], slopes[2]
    b[SLOPE_AT + V_P], b[SLOPE_AT + Z] = slopes[3], slopes[4]
    b[SLOPE_AT + SLIP], b[SLOPE_AT + PAYOUT] = let_out
    b[SLOPE_AT + CREEP_1], b[SLOPE_AT + CREEP_2] = creep_1, creep_2
    b[SLOPE_AT + SENSED] = sensed
    b[SLOPE_AT + ACTIVITY] = relax(b[at + ACTIVITY], target, b[_TAU_G])
    b[SLOPE_AT + UNLOADED] = relax(b[at + UNLOADED], b[_U_INF], b[_TAU_U])
    b[SLOPE_AT + WATER] = relax(b[at + WATER], b[_H_INF], b[_TAU_H])


@compiled
def report(b: Floats, net: float) -> None:
    """Write the outputs of the state, whose net tension is ``net``, each by its index behind ``OUT_AT``."""
    disc = b[_ETA] * net
    elongation = region_mm(b, STATE_AT, net)
    guarding = b[_C_M] * (b[ACTIVITY] - b[_A_REST])
    undisturbed = b[_P_REST] - b[_G_S] * disc + b[_G_C] * guarding + b[_HYD] * b[WATER]
    stretch = stretch_mm(b, STATE_AT, elongation)
    b[OUT_AT + TENSION] = tension_n(b, stretch, b[V_M] - b[V_P])
    b[OUT_AT + DISC_TENSION] = disc
    b[OUT_AT + LOAD] = b[_N_REST] - disc + guarding
    b[OUT_AT + PRESSURE] = nucleus_kpa(undisturbed, b[_P_S])
    b[OUT_AT + ELONGATION] = elongation
    b[OUT_AT + NET] = net


@compiled
def observe(b: Floats) -> None:
    """Write the outputs that belong to the state, as ``report`` does."""
    report(b, net_of(b, b[F_REGION]))


@compiled
def next_s(now: float, error: float, allowed: float) -> float:
    """Return how long the next step should be, s, after one of ``now`` s was off by ``error`` newtons."""
    if error <= SMALL * allowed:
        return GROW * now
    return now * max(SHRINK, SAFE * math.sqrt(allowed / error))


@compiled
def swing(b: Floats, y: Swinging, told: Told) -> Swinging:
    """Take what swings over one tick, in steps by their own error; add up what harness and release let out.

    A step of ``finest_s``, or a rest hardly longer, is accepted whatever its error; friction turns at once.
    """
    crept = b[CREEP_1] * b[_Q_1] + b[CREEP_2] * b[_Q_2]
    allowed, longest, finest = b[_ALLOWED], b[_LONGEST], b[_FINEST]
    h, left = b[OUT_AT + STEP], TICK_S
    while left > 0.0:
        now = left if left <= REST * h else h
        there, let_out, error = step(b, y, crept, told, now)
        wanted = next_s(now, error, allowed)
        if not error <= allowed and now > REST * finest:
            h = max(wanted, finest)
            continue
        y = there
        b[SLIP] += let_out[0]
        b[PAYOUT] += let_out[1]
        left = left - now if now < left else 0.0
        h = max(min(wanted if now >= h else max(wanted, h), longest), finest)
    b[OUT_AT + STEP] = h
    return y


@compiled
def drive_on(b: Floats, goal: float, drive: int) -> None:
    """Move the carriage over one tick, on which it goes to the speed ``goal``."""
    part, tau = (b[_PART_B], b[_TAU_B]) if drive == LOCKED else (b[_PART_M], b[_TAU_M])
    gone = (b[V_M] - goal) * part
    b[X_M] += goal * TICK_S + gone * tau
    b[V_M] -= gone


@compiled
def relax_on(b: Floats, net: float) -> None:
    """Take what only relaxes over one tick, under the mean net tension ``net``."""
    b[CREEP_1] += (b[_C_1] * net - b[CREEP_1]) * b[_PART_1]
    b[CREEP_2] += (b[_C_2] * net - b[CREEP_2]) * b[_PART_2]
    sensed = (net - b[SENSED]) * b[_PART_S]
    b[SENSED] += sensed
    target = activity_target_mva(sensed / TICK_S, b[_A_REST], b[_K_R])
    b[ACTIVITY] += (target - b[ACTIVITY]) * b[_PART_G]
    b[UNLOADED] += (b[_U_INF] - b[UNLOADED]) * b[_PART_U]
    b[WATER] += (b[_H_INF] - b[WATER]) * b[_PART_H]


@compiled
def advance(b: Floats, velocity: float, drive: int, dump: int) -> None:
    """Advance the state by one 10 ms tick; then ``report``.

    The stretch of the harness starts each tick from the positions of its ends, so that it cannot drift.
    """
    told = (velocity, drive, dump)
    stretch = stretch_mm(b, STATE_AT, b[OUT_AT + ELONGATION])
    begins, _ = carriage(b, b[OUT_AT + TENSION], told)
    stretch, motor, region, pelvis, friction = swing(b, (stretch, b[V_M], b[F_REGION], b[V_P], b[Z]), told)
    ends, _ = carriage(b, tension_n(b, stretch, motor - pelvis), told)
    drive_on(b, 0.5 * (begins + ends), drive)
    b[F_REGION], b[V_P], b[Z] = region, pelvis, friction
    net = net_of(b, region)
    relax_on(b, 0.5 * (b[OUT_AT + NET] + net))
    for i in range(STATES):
        if abs(b[i]) < TINY:
            b[i] = 0.0
    report(b, net)
