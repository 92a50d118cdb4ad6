"""One step of the equations for a block of patients side by side, as ``population.py`` marches them.

The scheme is ROS2 (Verwer JG et al. SIAM J Sci Comput 1999;20:1456-1480): linearly implicit, of second order
whatever its Jacobian leaves out, and damping what is too fast to follow. Region, speed and friction reduce to
one scalar equation. Lags and creep take their exact exponentials.

Compiled by numba, with fast math, for several lanes at a time. For that every loop over lanes has a fixed
count, and only one number leaves each lane by a row of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from traction.sim import equations
from traction.sim.coefficients import MAX_LEVELS
from traction.sim.lanes import (
    ACTIVITY,
    CREEP_1,
    CREEP_2,
    ERROR,
    F_REGION,
    FORCE_AT,
    NEXT,
    SENSED,
    SLIP,
    SOFTNESS,
    V_P,
    WIDTH,
    Z,
    rows,
)

Floats = NDArray[np.float64]
Pair = tuple[float, float]
Three = tuple[float, float, float]
Factors = tuple[float, float, float, float, float]
"""What ``solved`` needs of the Jacobian, worked out once a step."""

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
"""Makes ROS2 L-stable: what is infinitely fast is gone after one step."""

_AXIAL, _PER_M, _C_B = rows("axial per_mass body_damping_n_s_per_mm")
_F_C, _LIFT, _K_F = rows("friction_force_n friction_lift friction_stiffness_n_per_mm")
_TAU_Z, _F_Z = rows("shifting_s shifting_force_n")
_K_FLAT, _PER_MOST = rows("flattening_n_per_mm per_flattening_most")
_F_OFF, _CORNER, _PER_A = rows("offset_force_n offset_width_n per_stiffening")
_C_1, _Q_1, _C_2, _Q_2 = rows("creep_1_mm_per_n creep_1_per_s creep_2_mm_per_n creep_2_per_s")
_A_REST, _K_R, _Q_G = rows("guarding_rest_mva guarding_gain_mva_s_per_n guarding_per_s")
_Q_S, _F_SLIP, _K_SLIP = rows("reflex_per_s slip_force_n slip_mm_per_s_n2")


def fast(function: Callable[..., Any]) -> Any:
    """Compile ``function``, or once more an equation that is compiled already, with fast math."""
    return njit(fastmath=True, error_model="numpy")(getattr(function, "py_func", function))


net_tension_n, region_n_per_mm = fast(equations.net_tension_n), fast(equations.region_n_per_mm)
grip_n, worn_n_per_s = fast(equations.grip_n), fast(equations.worn_n_per_s)
loosening_per_s, slip_mm_per_s = fast(equations.loosening_per_s), fast(equations.slip_mm_per_s)
activity_target_mva = fast(equations.activity_target_mva)


@fast
def gone(x: float) -> float:
    """Return 1 - exp(-x) for 0 <= x <= 1: within 2e-4, and within 1e-9 where x is below 0.1."""
    return x * (1.0 - x / 2 * (1.0 - x / 3 * (1.0 - x / 4 * (1.0 - x / 5 * (1.0 - x / 6)))))


@fast
def net_of(b: Floats, p: int, region_n: float) -> float:
    """Return the net tension of lane ``p``, N."""
    return net_tension_n(region_n, b[_F_OFF + p], b[_CORNER + p])  # type: ignore[no-any-return]


@fast
def stiffness(b: Floats, p: int, region_n: float, net_n: float) -> float:
    """Return the tangent stiffness of the region, N/mm, under the net tension ``net_n``."""
    product, steeper = 1.0, 0.0
    for level in range(MAX_LEVELS):
        softness = b[SOFTNESS + level * WIDTH + p]
        stiffened = 1.0 + softness * net_n
        steeper = steeper * stiffened + product * softness
        product *= stiffened
    corner, curve = (b[_F_OFF + p], b[_CORNER + p]), (b[_K_FLAT + p], b[_PER_MOST + p])
    return region_n_per_mm(region_n, corner, curve, (product, steeper), b[_PER_A + p])  # type: ignore[no-any-return]


@fast
def relaxed(b: Floats, p: int, h: float, mean_n: float) -> None:
    """Write what the net tension ``mean_n`` of this step makes of reflex and muscle activity."""
    stretch = (mean_n - b[SENSED + p]) * gone(h * b[_Q_S + p])
    b[NEXT + SENSED + p] = b[SENSED + p] + stretch
    target = activity_target_mva(stretch / h, b[_A_REST + p], b[_K_R + p])
    b[NEXT + ACTIVITY + p] = b[ACTIVITY + p] + (target - b[ACTIVITY + p]) * gone(h * b[_Q_G + p])


@fast
def crept(b: Floats, p: int, h: float, net_n: float) -> tuple[float, float]:
    """Return by how much both branches creep within ``h`` under the net tension ``net_n``, mm."""
    creep_1 = (b[_C_1 + p] * net_n - b[CREEP_1 + p]) * gone(h * b[_Q_1 + p])
    creep_2 = (b[_C_2 + p] * net_n - b[CREEP_2 + p]) * gone(h * b[_Q_2 + p])
    return creep_1, creep_2


@fast
def factors(
    moving: Pair, slopes: Three, h: float, per_m: float, region: Pair, bristles: Pair, fading: float
) -> Factors:
    """Return what ``solved`` needs of the Jacobian for a body of this speed and friction.

    ``region``: its stiffness and damping. ``bristles``: their stiffness, and by how much less, N/mm, it is
    while the body slides on, or more once it turns back; friction fades by ``fading``, 1/s. A body that would
    turn back within the step meets the stiffer ones from its beginning: with the softer ones it would
    shiver through every hold, and that wears off the friction which holds it.
    """
    (speed, friction), (k_region, damping), (bristle, give) = moving, region, bristles
    tau = GAMMA * h
    soft = 1.0 / (1.0 + tau * fading)
    share = tau * per_m * tau * soft
    bulk = 1.0 + tau * per_m * (damping + tau * k_region)
    sliding = max(bristle - give, 0.0)
    push = slopes[1] - tau * per_m * (slopes[0] + soft * slopes[2])
    ends = (
        speed * (bulk + share * sliding) + h * push
    )  # the speed of the second stage, times what is positive
    on = friction * speed > 0.0 and friction * ends > 0.0
    spring = sliding if on else bristle + give
    return tau * per_m, soft, 1.0 / (bulk + share * spring), tau * k_region, tau * soft * spring


@fast
def solved(slopes: Three, by: Factors) -> Three:
    """Return x with (1 - tau J) x = ``slopes``, those of the region's force, of speed and of friction."""
    f, v, z = slopes
    tau_per_m, soft, scale, give, bend = by
    v = (v - tau_per_m * (f + soft * z)) * scale
    return f + give * v, v, soft * z + bend * v


@fast
def step(b: Floats, begin: float, part: float, h: float) -> float:
    """Write the states after ``h`` seconds to ``NEXT``; return the largest error of any lane, N.

    The step begins at the share ``begin`` of the straight piece of tension and takes ``part`` of it.
    """
    tau = GAMMA * h
    for p in range(WIDTH):
        rise = part * (b[FORCE_AT + WIDTH + p] - b[FORCE_AT + p])
        first = b[FORCE_AT + p] + begin * (b[FORCE_AT + WIDTH + p] - b[FORCE_AT + p])
        middle = first + 0.5 * rise
        force, speed, friction = b[F_REGION + p], b[V_P + p], b[Z + p]
        axial, per_m, damping, bristle = b[_AXIAL + p], b[_PER_M + p], b[_C_B + p], b[_K_F + p]
        wear = bristle / grip_n(middle, b[_F_C + p], b[_LIFT + p])
        loose = loosening_per_s(middle, b[_F_Z + p], b[_TAU_Z + p])
        net = net_of(b, p, force)
        k_region = stiffness(b, p, force, net)
        creep_1, creep_2 = crept(b, p, h, net)
        creep = (creep_1 + creep_2) / h
        bristles, fading = (bristle, wear * abs(friction)), wear * abs(speed) + loose
        push = tau * per_m * axial * rise / h

        v_1 = per_m * (axial * first - friction - force - damping * speed) + push
        slopes = (k_region * (speed - creep), v_1, worn_n_per_s(friction, speed, bristle, wear, loose))
        by = factors((speed, friction), slopes, h, per_m, (k_region, damping), bristles, fading)
        f_1, v_1, z_1 = solved(slopes, by)

        force_2, speed_2, friction_2 = force + h * f_1, speed + h * v_1, friction + h * z_1
        net_2 = net_of(b, p, force_2)
        creep_1, creep_2 = crept(b, p, h, 0.5 * (net + net_2))
        f_2 = stiffness(b, p, force_2, net_2) * (speed_2 - 2.0 * (creep_1 + creep_2) / h + creep)
        v_2 = per_m * (axial * (first + rise) - friction_2 - force_2 - damping * speed_2) - push
        z_2 = worn_n_per_s(friction_2, speed_2, bristle, wear, loose)
        slopes = (f_2 - 2.0 * f_1, v_2 - 2.0 * v_1, z_2 - 2.0 * z_1)
        f_2, v_2, z_2 = solved(slopes, by)

        b[NEXT + F_REGION + p] = force + h * (1.5 * f_1 + 0.5 * f_2)
        b[NEXT + V_P + p] = speed + h * (1.5 * v_1 + 0.5 * v_2)
        b[NEXT + Z + p] = friction + h * (1.5 * z_1 + 0.5 * z_2)
        b[NEXT + CREEP_1 + p] = b[CREEP_1 + p] + creep_1
        b[NEXT + CREEP_2 + p] = b[CREEP_2 + p] + creep_2
        b[NEXT + SLIP + p] = b[SLIP + p] + h * slip_mm_per_s(middle, b[_F_SLIP + p], b[_K_SLIP + p])
        relaxed(b, p, h, 0.5 * (net + net_2))
        b[ERROR + p] = 0.5 * h * max(abs(f_1 + f_2), abs(z_1 + z_2))
    worst = 0.0
    for p in range(WIDTH):
        worst = max(worst, b[ERROR + p])
    return worst
