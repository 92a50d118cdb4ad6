"""The population's step once more, on whole arrays: for NumPy, and, where it is installed, for JAX.

The same scheme and the same arithmetic as ``traction/sim/lane_step.py``, one array for each state and number.
"""

from __future__ import annotations

import math
from time import perf_counter
from typing import Any

import numpy as np

from traction.sim import lanes
from traction.sim.coefficients import MAX_LEVELS

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)


def numbers_of(rows: np.ndarray) -> dict[str, Any]:
    """Return the rows of ``lanes.numbers`` by name, and the softness of the levels under ``softness``."""
    named = dict(zip(lanes.NUMBERS, rows, strict=False))
    return named | {"softness": rows[len(lanes.NUMBERS) :]}


def step(xp: Any, y: tuple[Any, ...], c: dict[str, Any], first: Any, rise: Any, h: float) -> tuple[Any, ...]:
    """Return the states after ``h`` seconds, in which the tension goes from ``first`` up by ``rise``."""

    def net_tension(f: Any) -> Any:
        over = f - c["offset_force_n"]
        none = xp.sqrt(c["offset_force_n"] ** 2 + c["offset_width_n"] ** 2) - c["offset_force_n"]
        return 0.5 * (over + xp.sqrt(over * over + c["offset_width_n"] ** 2) - none)

    def stiffness(f: Any, net: Any) -> Any:
        product, steeper = 1.0, 0.0
        for level in range(MAX_LEVELS):
            stiffened = 1.0 + c["softness"][level] * net
            steeper = steeper * stiffened + product * c["softness"][level]
            product = product * stiffened
        over = f - c["offset_force_n"]
        root = xp.sqrt(over * over + c["offset_width_n"] ** 2)
        reach = c["flattening_n_per_mm"] + xp.abs(f) * c["per_flattening_most"]
        square, rooted = reach * reach, product * root
        levels = 0.5 * (over + root) * c["per_stiffening"] * steeper
        return rooted * square / (c["flattening_n_per_mm"] * rooted + levels * square)

    def gone(x: Any) -> Any:
        return x * (1.0 - x / 2 * (1.0 - x / 3 * (1.0 - x / 4 * (1.0 - x / 5 * (1.0 - x / 6)))))

    tau, middle = GAMMA * h, first + 0.5 * rise
    force, speed, friction, slip, creep_1, creep_2, sensed, activity = y
    axial, per_m, damping = c["axial"], c["per_mass"], c["body_damping_n_s_per_mm"]
    bristle, most = c["friction_stiffness_n_per_mm"], c["friction_force_n"]
    wear = bristle / xp.maximum(most - c["friction_lift"] * middle, 0.02 * most)
    loose = xp.maximum(1.0 - middle / c["shifting_force_n"], 0.0) / c["shifting_s"]
    fading = wear * xp.abs(speed) + loose
    net = net_tension(force)
    k = stiffness(force, net)
    gone_1, gone_2 = gone(h * c["creep_1_per_s"]), gone(h * c["creep_2_per_s"])
    creep = (
        (c["creep_1_mm_per_n"] * net - creep_1) * gone_1 + (c["creep_2_mm_per_n"] * net - creep_2) * gone_2
    ) / h
    push = tau * per_m * axial * rise / h
    soft = 1.0 / (1.0 + tau * fading)
    f1, z1 = k * (speed - creep), soft * (bristle * speed - fading * friction)
    v1 = per_m * (axial * first - friction - force - damping * speed) + push
    v1 = v1 - tau * per_m * (f1 + z1)
    share, bulk = tau * per_m * tau * soft, 1.0 + tau * per_m * (damping + tau * k)
    give = wear * xp.abs(friction)
    sliding = xp.maximum(bristle - give, 0.0)
    ends = speed * (bulk + share * sliding) + h * v1
    spring = xp.where((friction * speed > 0.0) & (friction * ends > 0.0), sliding, bristle + give)
    kt, scale = tau * soft * spring, 1.0 / (bulk + share * spring)
    v1 = v1 * scale
    f1, z1 = f1 + tau * k * v1, z1 + kt * v1

    force2, speed2, friction2 = force + h * f1, speed + h * v1, friction + h * z1
    net2 = net_tension(force2)
    mean = 0.5 * (net + net2)
    crept1 = (c["creep_1_mm_per_n"] * mean - creep_1) * gone_1
    crept2 = (c["creep_2_mm_per_n"] * mean - creep_2) * gone_2
    f2 = stiffness(force2, net2) * (speed2 - 2.0 * (crept1 + crept2) / h + creep) - 2.0 * f1
    v2 = per_m * (axial * (first + rise) - friction2 - force2 - damping * speed2) - push - 2.0 * v1
    z2 = (bristle * speed2 - (wear * xp.abs(speed2) + loose) * friction2 - 2.0 * z1) * soft
    v2 = (v2 - tau * per_m * (f2 + z2)) * scale
    f2, z2 = f2 + tau * k * v2, z2 + kt * v2

    over = xp.maximum(middle - c["slip_force_n"], 0.0)
    stretch = (mean - sensed) * gone(h * c["reflex_per_s"])
    target = c["guarding_rest_mva"] + c["guarding_gain_mva_s_per_n"] * xp.maximum(stretch / h, 0.0)
    return (
        force + h * (1.5 * f1 + 0.5 * f2),
        speed + h * (1.5 * v1 + 0.5 * v2),
        friction + h * (1.5 * z1 + 0.5 * z2),
        slip + h * c["slip_mm_per_s_n2"] * over * over,
        creep_1 + crept1,
        creep_2 + crept2,
        sensed + stretch,
        activity + (target - activity) * gone(h * c["guarding_per_s"]),
    )


def _start(c: dict[str, Any]) -> tuple[Any, ...]:
    zero = np.zeros_like(c["axial"])
    return (zero,) * 7 + (c["guarding_rest_mva"],)


def run_numpy(rows: np.ndarray, tension: np.ndarray, h: float) -> tuple[float, np.ndarray]:
    """Return wall seconds, and the region's force after each step; ``tension`` is at every step."""
    c = numbers_of(rows)
    y, out = _start(c), np.empty((tension.size - 1, rows.shape[1]))
    start = perf_counter()
    for k in range(tension.size - 1):
        y = step(np, y, c, tension[k], tension[k + 1] - tension[k], h)
        out[k] = y[0]
    return perf_counter() - start, out


def run_jax(rows: np.ndarray, tension: np.ndarray, h: float) -> tuple[float, np.ndarray] | None:
    """Return the same by JAX, compiled as one scan, best of three; None where it is not installed."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    c = {name: jnp.asarray(row) for name, row in numbers_of(rows).items()}

    @jax.jit
    def whole(y: Any, c: Any, first: Any, rise: Any) -> Any:
        def one(y: Any, each: Any) -> Any:
            y = step(jnp, y, c, each[0], each[1], h)
            return y, y[0]

        return jax.lax.scan(one, y, (first, rise))[1]

    arguments = (
        tuple(map(jnp.asarray, _start(numbers_of(rows)))),
        c,
        jnp.asarray(tension[:-1]),
        jnp.diff(tension),
    )
    out = np.asarray(whole(*arguments).block_until_ready())
    times = []
    for _ in range(3):
        start = perf_counter()
        whole(*arguments).block_until_ready()
        times.append(perf_counter() - start)
    return min(times), out
