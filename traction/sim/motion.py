"""How fast what swings inside the table moves: harness, carriage, region, pelvis and friction of the couch.

Units: N, mm, s. Compiled by numba, and run as it is with NUMBA_DISABLE_JIT=1, with the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from traction.sim.equations import (
    compiled,
    grip_n,
    loosening_per_s,
    net_tension_n,
    region_n_per_mm,
    slip_mm_per_s,
    worn_n_per_s,
)
from traction.sim.layout import SOFTNESS_AT, places

Floats = NDArray[np.float64]
Swinging = tuple[float, float, float, float, float]
"""Stretch of the harness mm (negative: so much slack), speed of the carriage mm/s, force in the region N,
speed of the pelvis mm/s, friction of the couch N; or the rates of these."""
Pair = tuple[float, float]
Told = tuple[float, int, int]
"""What the drive is told: speed mm/s, which of ``POWERED``, ``LOCKED`` and ``BACK_DRIVEN``, release open."""

# What the drive does in a tick
POWERED, LOCKED, BACK_DRIVEN = 0, 1, 2

_MOTOR_PER_S, _BRAKE_PER_S, _DRAG, _DRY = places(
    "motor_per_s brake_per_s back_drive_drag_n_s_per_mm back_drive_friction_n"
)
_C_DUMP, _F_DUMP, _GAP, _LET_GO = places("dump_damping_n_s_per_mm dump_spring_n dump_gap_mm let_go_mm_per_s")
_AXIAL, _K_H, _C_H = places("axial harness_stiffness_n_per_mm harness_damping_n_s_per_mm")
_F_SLIP, _K_SLIP, _PER_M, _C_B = places("slip_force_n slip_mm_per_s_n2 per_mass body_damping_n_s_per_mm")
_F_C, _LIFT, _K_F = places("friction_force_n friction_lift friction_stiffness_n_per_mm")
_TAU_Z, _F_Z = places("shifting_s shifting_force_n")
_K_FLAT, _PER_MOST, _F_OFF, _WIDTH, _PER_A = places(
    "flattening_n_per_mm per_flattening_most offset_force_n offset_width_n per_stiffening"
)


@compiled
def levels(b: Floats, net: float) -> Pair:
    """Return the product over the levels of how much each has stiffened, and its slope against ``net``.

    The logarithm of a product is the sum of the logarithms: one serves the ``elastic_mm`` of all levels. In
    pairs, and pairs of these, because each waits for the one before it.
    """
    a_0, a_1, a_2 = b[SOFTNESS_AT], b[SOFTNESS_AT + 1], b[SOFTNESS_AT + 2]
    a_3, a_4, a_5 = b[SOFTNESS_AT + 3], b[SOFTNESS_AT + 4], b[SOFTNESS_AT + 5]
    s_0, s_1, s_2 = 1.0 + a_0 * net, 1.0 + a_1 * net, 1.0 + a_2 * net
    s_3, s_4, s_5 = 1.0 + a_3 * net, 1.0 + a_4 * net, 1.0 + a_5 * net
    p_0, p_1, p_2 = s_0 * s_1, s_2 * s_3, s_4 * s_5
    q_0, q_1, q_2 = a_0 * s_1 + a_1 * s_0, a_2 * s_3 + a_3 * s_2, a_4 * s_5 + a_5 * s_4
    product, steeper = p_0 * p_1, q_0 * p_1 + q_1 * p_0
    return product * p_2, steeper * p_2 + q_2 * product


@compiled
def net_of(b: Floats, region: float) -> float:
    """Return the net tension, N, for the force ``region`` in the region."""
    return net_tension_n(region, b[_F_OFF], b[_WIDTH])


@compiled
def spine(b: Floats, region: float) -> Pair:
    """Return the net tension, N, and the tangent stiffness of the region, N/mm."""
    net = net_of(b, region)
    stiffened = levels(b, net)
    corner, curve = (b[_F_OFF], b[_WIDTH]), (b[_K_FLAT], b[_PER_MOST])
    return net, region_n_per_mm(region, corner, curve, stiffened, b[_PER_A])


@compiled
def tension_n(b: Floats, stretch: float, rate: float) -> float:
    """Return the harness tension, N: spring and damper, never negative; damping fades in over 1 mm.

    ``rate``: how much faster the carriage is than the pelvis, mm/s.
    """
    if stretch <= 0.0:
        return 0.0
    force: float = b[_K_H] * stretch + b[_C_H] * min(stretch, 1.0) * rate
    return max(force, 0.0)


@compiled
def carriage(b: Floats, force: float, told: Told) -> Pair:
    """Return the speed, mm/s, that the carriage goes to under the tension ``force``, and how soon, 1/s."""
    velocity, drive, _ = told
    if drive == POWERED:
        return velocity, b[_MOTOR_PER_S]
    if drive == LOCKED:
        return 0.0, b[_BRAKE_PER_S]
    return -min(max(force - b[_DRY], 0.0) / b[_DRAG], b[_LET_GO]), b[_MOTOR_PER_S]


@compiled
def let_out(b: Floats, force: float, stretch: float, speed: float, dump: int) -> Pair:
    """Return how fast the harness slips and an open power-less release lets strap out, mm/s.

    One damper bounds how fast carriage and strap together let go; ``speed`` is the carriage's.
    """
    slip = slip_mm_per_s(force, b[_F_SLIP], b[_K_SLIP])
    if dump == 0:
        return slip, 0.0
    closing = min(max(1.0 + stretch / b[_GAP], 0.0), 1.0)
    left = max(b[_LET_GO] + min(speed, 0.0), 0.0)
    return slip, min((force + b[_F_DUMP]) / b[_C_DUMP], left) * closing


@compiled
def fading(b: Floats, force: float) -> Pair:
    """Return how friction wears off, per mm that the pelvis moves and, in a loose strap, 1/s."""
    loose = loosening_per_s(force, b[_F_Z], b[_TAU_Z]) if force < b[_F_Z] else 0.0
    return b[_K_F] / grip_n(force, b[_F_C], b[_LIFT]), loose


@compiled
def rates(b: Floats, y: Swinging, stiffness: float, creep: float, told: Told) -> tuple[Swinging, Pair, Pair]:
    """Return the rates of ``y``, ``let_out``, and ``fading``.

    ``stiffness`` is the region's, N/mm, and ``creep`` how fast it creeps, mm/s.
    """
    stretch, motor, region, pelvis, friction = y
    force = tension_n(b, stretch, motor - pelvis)
    goal, soon = carriage(b, force, told)
    slip, paid = let_out(b, force, stretch, motor, told[2])
    wear, loose = fading(b, force)
    slopes = (
        motor - pelvis - slip - paid,
        (goal - motor) * soon,
        stiffness * (pelvis - creep),
        (b[_AXIAL] * force - friction - region - b[_C_B] * pelvis) * b[_PER_M],
        worn_n_per_s(friction, pelvis, b[_K_F], wear, loose),
    )
    return slopes, (slip, paid), (wear, loose)
