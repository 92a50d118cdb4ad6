"""The same equations by an adaptive solver, slow and tight: what the fast kernels are measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.integrate import solve_ivp

from traction.sim import equations as eq
from traction.sim.coefficients import BLOCK_AT, MAX_LEVELS, PLACE, STATE_NAMES, coefficients
from traction.sim.grid import entry_of, legs, sample_times
from traction.sim.trajectory import Trajectory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from traction.sim.patient import Patient
    from traction.sim.scenario import Timeline

    Floats = NDArray[np.float64]

MM_PER_M = 1000.0
TOLERANCE, LONGEST_S = 1e-9, 0.5

_NEEDED = """
    axial moving_mass_kg body_damping_n_s_per_mm friction_force_n friction_lift friction_stiffness_n_per_mm
    shifting_force_n shifting_s flattening_n_per_mm flattening_most_mm offset_force_n offset_width_n
    stiffening_per_mm creep_1_mm_per_n creep_1_s creep_2_mm_per_n creep_2_s
    guarding_rest_mva guarding_gain_mva_s_per_n guarding_s reflex_s slip_force_n slip_mm_per_s_n2
    unloaded_target unloading_s water_target water_s
""".split()  # noqa: SIM905  one name a line would be longer and say less
_AT = np.array([PLACE[name] for name in _NEEDED])


@eq.compiled
def slopes(y: Floats, tension: float, c: Floats, share: Floats, toe: Floats) -> Floats:
    """Return the slopes of all states under ``tension``; ``c`` are the scalars, then two rows of levels."""
    (
        axial,
        mass,
        damping,
        friction,
        lift,
        bristle,
        still,
        shifting,
        flat,
        most,
        offset,
        width,
        stiffening,
    ) = c[:13]
    region, speed, z, _, creep_1, creep_2, sensed, activity, unloaded, water = y
    net = eq.net_tension_n(region, offset, width)
    give = 0.0
    for i in range(MAX_LEVELS):
        give += share[i] / eq.tangent_n_per_mm(share[i] * net, toe[i], stiffening)
    compliance = eq.flattening_mm_per_n(region, flat, most) + eq.net_slope(region, offset, width) * give
    out = np.empty(10)
    out[4] = eq.relax(creep_1, c[13] * net, c[14])
    out[5] = eq.relax(creep_2, c[15] * net, c[16])
    out[0] = (speed - out[4] - out[5]) / compliance
    out[1] = MM_PER_M * (axial * tension - z - region - damping * speed) / mass
    grip = eq.grip_n(tension, friction, lift)
    out[2] = eq.friction_n_per_s(z, speed, bristle, grip) - eq.loosening_per_s(tension, still, shifting) * z
    out[3] = eq.slip_mm_per_s(tension, c[21], c[22])
    out[6] = eq.relax(sensed, net, c[20])
    out[7] = eq.relax(activity, eq.activity_target_mva(out[6], c[17], c[18]), c[19])
    out[8] = eq.relax(unloaded, c[23], c[24])
    out[9] = eq.relax(water, c[25], c[26])
    return out


def reference(
    patient: Patient,
    timeline: Timeline,
    *,
    every_s: float = 1.0,
    at_s: Sequence[float] | Floats | None = None,
    tolerance: float = TOLERANCE,
) -> Trajectory:
    """Return what ``simulate`` does for one patient, by ``scipy.integrate.solve_ivp`` on each straight piece.

    ``tolerance`` is relative and absolute. Seconds for a minute of friction: for tests and figures.
    """
    times = sample_times(timeline, every_s, at_s)
    rows = tuple(
        coefficients(patient, posture=entry.posture, flexion_deg=entry.flexion_deg)
        for entry in timeline.entries
    )
    saved = np.empty((times.size, len(STATE_NAMES)))
    tension = np.empty((times.size, 1))
    y = np.zeros(len(STATE_NAMES))
    y[STATE_NAMES.index("ACTIVITY")] = rows[0][PLACE["guarding_rest_mva"]]
    for leg in legs(timeline, times):
        forces = leg.forces_n.reshape(len(leg.times_s))
        for k, end in enumerate(leg.times_s):
            if k and end > leg.times_s[k - 1]:
                y = _solved(y, rows[leg.entry], end - leg.times_s[k - 1], forces[k - 1], forces[k], tolerance)
            if leg.store[k] >= 0:
                saved[leg.store[k]], tension[leg.store[k]] = y, forces[k]
    states = {name: saved[:, [i]] for i, name in enumerate(STATE_NAMES)}
    by_entry = tuple(row[np.newaxis] for row in rows)
    return Trajectory(times, tension, states, (patient,), entry_of(timeline, times), by_entry)


def _solved(y: Floats, row: Floats, span_s: float, from_n: float, to_n: float, tolerance: float) -> Floats:
    """Return the state after one straight piece of tension."""
    share = row[BLOCK_AT["eta"] :][:MAX_LEVELS]
    toe = row[BLOCK_AT["stiffness_n_per_mm"] :][:MAX_LEVELS]
    scalars, rise = row[_AT], (to_n - from_n) / span_s

    def right(t: float, state: Floats) -> Floats:
        return slopes(state, from_n + rise * t, scalars, share, toe)

    span = (0.0, float(span_s))
    found = solve_ivp(right, span, y, "LSODA", rtol=tolerance, atol=tolerance, max_step=LONGEST_S)
    return np.asarray(found.y[:, -1], dtype=np.float64)
