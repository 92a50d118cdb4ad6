"""One step of what swings inside the table, and how far it may be off.

The scheme is ROS2 (Verwer JG et al. SIAM J Sci Comput 1999;20:1456-1480), as for a population: linearly
implicit, of second order whatever its Jacobian leaves out, and damping what is too fast to follow. With
tau = GAMMA h and slopes s, a stage solves (1 - tau J) k = s; all five equations reduce to one for the pelvis.

Compiled by numba, and run as it is with NUMBA_DISABLE_JIT=1, with the same bits.
"""

from __future__ import annotations

import math

from traction.sim.equations import compiled
from traction.sim.layout import places
from traction.sim.motion import Floats, Pair, Swinging, Told, rates, spine

Factors = tuple[float, float, float, float, float, float, float, float, float]
Taken = tuple[Swinging, Pair, float]
"""The state after a step, how much the harness slipped and the release let out, mm, and the error, N."""

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
"""Makes ROS2 L-stable: what is infinitely fast is gone after one step."""

_AXIAL, _K_H, _C_H = places("axial harness_stiffness_n_per_mm harness_damping_n_s_per_mm")
_K_F, _PER_M, _C_B = places("friction_stiffness_n_per_mm per_mass body_damping_n_s_per_mm")
_SOON, _CREEP = places("motor_per_s creep_mm_per_n_s")


@compiled
def factors(b: Floats, y: Swinging, stiffness: float, worn: Pair, tau: float) -> Factors:
    """Return what ``solved`` needs of the Jacobian at ``y``; ``worn`` is how friction fades there.

    Bristles that overshot their grip count as slack, not as a spring that pushes on: so nothing below zero
    is divided by. The order of the scheme does not depend on it.

    Tau, what is left of the carriage's and of the friction's slope, of the pelvis' slope once all is put
    together; what harness, its damper, and a newton accelerate; and the region's and the bristles' share.
    """
    stretch, _, _, pelvis, friction = y
    wear, loose = worn
    left = 1.0 / (1.0 + tau * b[_SOON])
    soft = 1.0 / (1.0 + tau * (wear * abs(pelvis) + loose))
    bend = soft * tau * max(b[_K_F] - (wear * friction if pelvis > 0.0 else -wear * friction), 0.0)
    per_m = b[_PER_M]
    pull = per_m * b[_AXIAL]
    spring = pull * b[_K_H] if stretch > 0.0 else 0.0
    damper = pull * b[_C_H] * min(max(stretch, 0.0), 1.0)
    bulk = damper + tau * spring + per_m * (b[_C_B] + tau * stiffness + bend)
    return tau, left, soft, 1.0 / (1.0 + tau * bulk), spring, damper, per_m, tau * stiffness, bend


@compiled
def solved(s: Swinging, f: Factors) -> Swinging:
    """Return k with (1 - tau J) k = ``s``."""
    stretch, motor, region, pelvis, friction = s
    tau, left, soft, scale, spring, damper, per_m, give, bend = f
    motor *= left
    friction *= soft
    push = spring * (stretch + tau * motor) + damper * motor - per_m * (region + friction)
    pelvis = (pelvis + tau * push) * scale
    return stretch + tau * (motor - pelvis), motor, region + give * pelvis, pelvis, friction + bend * pelvis


@compiled
def added(y: Swinging, one: float, k: Swinging, other: float, m: Swinging) -> Swinging:
    """Return ``y`` + ``one`` x ``k`` + ``other`` x ``m``."""
    return (
        y[0] + (one * k[0] + other * m[0]),
        y[1] + (one * k[1] + other * m[1]),
        y[2] + (one * k[2] + other * m[2]),
        y[3] + (one * k[3] + other * m[3]),
        y[4] + (one * k[4] + other * m[4]),
    )


@compiled
def step(b: Floats, y: Swinging, crept: float, told: Told, h: float) -> Taken:
    """Take one step of ``h`` s from ``y``; ``crept``: how fast creep would go back without tension, mm/s."""
    net, stiffness = spine(b, y[2])
    slopes, let_1, worn = rates(b, y, stiffness, b[_CREEP] * net - crept, told)
    f = factors(b, y, stiffness, worn, GAMMA * h)
    k = solved(slopes, f)

    there = added(y, h, k, 0.0, k)
    net, stiffness = spine(b, there[2])
    slopes, let_2, _ = rates(b, there, stiffness, b[_CREEP] * net - crept, told)
    m = solved(added(slopes, -1.0, k, -1.0, k), f)

    half = 0.5 * h
    error = max(abs(k[2] + m[2]), abs(k[4] + m[4]), b[_K_H] * abs(k[0] + m[0]))
    let_out = half * (let_1[0] + let_2[0]), half * (let_1[1] + let_2[1])
    return added(y, 1.5 * h, k, half, m), let_out, half * error
