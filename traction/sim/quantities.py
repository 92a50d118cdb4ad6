"""What can be read off a simulated patient: loads, pressures, lengths and areas from the sampled states.

Pull, tension and elongation are positive; disc load is positive in compression; pressures are gauge. A
"change", and every elongation, is against the same patient at rest at the start: unpulled, unbent, in the
posture of the first entry. Quantities of one disc are of the patient's own level unless another is named.
Formulas and sources: docs/simulator.md; the functions of ``equations.py`` are repeated here for arrays, and a
test holds both to be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from traction.errors import Problem, UsageError
from traction.sim.coefficients import BLOCK_AT, MAX_LEVELS, PLACE
from traction.sim.equations import ROOT_GROWTH, ROOT_SCALE_MMHG, VAPOUR_KPA
from traction.units import KPA_PER_MMHG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.sim.trajectory import Trajectory

    Floats = NDArray[np.float64]


def net_tension(force: Floats, offset: Floats, width: Floats) -> Floats:
    """Return ``equations.net_tension_n`` for arrays."""
    over = force - offset
    none = np.sqrt(offset * offset + width * width) - offset
    return 0.5 * (over + np.sqrt(over * over + width * width) - none)


def flattening(force: Floats, stiffness: Floats, most: Floats) -> Floats:
    """Return ``equations.flattening_mm`` for arrays."""
    return force / (stiffness + np.abs(force) / most)


def elastic(tension: Floats, toe: Floats, stiffening: Floats) -> Floats:
    """Return ``equations.elastic_mm`` for arrays."""
    return np.log1p(stiffening * tension / toe) / stiffening


def nucleus(undisturbed: Floats, scale: Floats) -> Floats:
    """Return ``equations.nucleus_kpa`` for arrays."""
    negative = scale * np.expm1(np.minimum(undisturbed, 0.0) / scale)
    return np.maximum(np.where(undisturbed > 0.0, undisturbed, negative), VAPOUR_KPA)


def root_pressure(free: Floats, critical: Floats) -> Floats:
    """Return ``equations.root_pressure_mmhg`` for arrays."""
    narrowed = np.maximum(1.0 - free / critical, 0.0)
    return ROOT_SCALE_MMHG * np.expm1(ROOT_GROWTH * narrowed)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The part of a trajectory under one entry: states and coefficients of the patients, one disc chosen."""

    states: Mapping[str, Floats]
    tension: Floats
    coefficients: Floats
    level: NDArray[np.int64]

    def c(self, name: str) -> Floats:
        """Return one coefficient, shape (n_patients,)."""
        return self.coefficients[:, PLACE[name]]

    def disc(self, name: str) -> Floats:
        """Return one coefficient of the chosen disc, shape (n_patients,)."""
        return self.coefficients[np.arange(len(self.level)), BLOCK_AT[name] + self.level]

    def net(self) -> Floats:
        """Return the net tension beyond the take-up offset, N."""
        return net_tension(self.states["F_REGION"], self.c("offset_force_n"), self.c("offset_width_n"))

    def creep(self) -> Floats:
        """Return the creep of all levels together, mm."""
        return self.states["CREEP_1"] + self.states["CREEP_2"]

    def guarding(self) -> Floats:
        """Return the load the muscles add, N."""
        return self.c("guarding_n_per_mva") * (self.states["ACTIVITY"] - self.c("guarding_rest_mva"))

    def flat(self) -> Floats:
        """Return how much the flattening of the curve lengthens the region, mm."""
        stiffness, most = self.c("flattening_n_per_mm"), self.c("flattening_most_mm")
        return flattening(self.states["F_REGION"], stiffness, most)


def _tension(v: View) -> Floats:
    """Tension of the strap, N."""
    return v.tension


def _load(v: View) -> Floats:
    """Load on the disc, N, compression positive: at rest, less its tension, more the muscles' guarding."""
    return v.disc("rest_load_n") - v.disc("eta") * v.net() + v.guarding()


def _undisturbed(v: View) -> Floats:
    """Pressure the nucleus would have at zero pull, kPa: posture and water, before it saturates."""
    return v.disc("rest_pressure_kpa") + v.disc("hydration_kpa") * v.states["WATER"]


def _pressure(v: View) -> Floats:
    """Gauge pressure in the nucleus, kPa."""
    pulled = v.disc("tension_gain_kpa_per_n") * v.disc("eta") * v.net()
    guarded = v.disc("compression_gain_kpa_per_n") * v.guarding()
    return nucleus(_undisturbed(v) - pulled + guarded, v.disc("negative_scale_kpa"))


def _pressure_mmhg(v: View) -> Floats:
    """Gauge pressure in the nucleus, mmHg."""
    return _pressure(v) / KPA_PER_MMHG


def _segment(v: View) -> Floats:
    """Elongation of one level under its own tension, elastic and creep, mm."""
    stretched = elastic(v.disc("eta") * v.net(), v.disc("stiffness_n_per_mm"), v.c("stiffening_per_mm"))
    return stretched + v.disc("creep_share") * v.creep()


def _region(v: View) -> Floats:
    """Elongation of the whole region, mm: its flattening, and every level."""
    net, total = v.net(), v.flat() + v.creep()
    for level in range(MAX_LEVELS):
        eta = v.coefficients[:, BLOCK_AT["eta"] + level]
        toe = v.coefficients[:, BLOCK_AT["stiffness_n_per_mm"] + level]
        total = total + elastic(eta * net, toe, v.c("stiffening_per_mm"))
    return total


def _stature(v: View) -> Floats:
    """Change of body height, mm, as it is measured, which is standing up.

    What lying gave back soon and overnight counts, and the slow creep of the region. Flattening, stretch and
    the fast creep go with the pull or within a minute of it.
    """
    soon = v.c("stature_unloading_mm") * v.states["UNLOADED"]
    return soon + v.c("stature_water_mm") * v.states["WATER"] + v.states["CREEP_2"]


def _turned(v: View) -> Floats:
    """Rotation of one level against rest, rad, opening behind: its part of flexion and of flattening."""
    straightened = v.c("flattening_deg_per_mm") * v.flat() * v.disc("turning_share")
    return np.radians(v.c("flexion_deg") / v.c("levels") + straightened)


def _posterior(v: View) -> Floats:
    """Change of the disc's height behind, mm: elongation, what lying gave back, and rotation."""
    middle = _segment(v) + v.disc("unloading_mm") * v.states["UNLOADED"]
    return middle + v.disc("posterior_arm_mm") * _turned(v)


def _anterior(v: View) -> Floats:
    """Change of the disc's height in front, mm; a rotation that opens behind closes in front."""
    middle = _segment(v) + v.disc("unloading_mm") * v.states["UNLOADED"]
    return middle - v.disc("posterior_arm_mm") * _turned(v)


def _hernia_mm2(v: View) -> Floats:
    """How much smaller the hernia has become, mm2: less pressure behind it, and a taller disc."""
    fallen = nucleus(_undisturbed(v), v.disc("negative_scale_kpa")) - _pressure(v)
    strain = _segment(v) / v.disc("height_mm")
    share = v.c("hernia_share_per_kpa") * fallen + v.c("hernia_share_per_strain") * strain
    return v.c("hernia_area_mm2") * np.minimum(share, 1.0)


def _hernia(v: View) -> Floats:
    """Change of the hernia's area, percent; 0 where there is none."""
    area = v.c("hernia_area_mm2")
    return 0.0 - 100.0 * _hernia_mm2(v) / np.where(area > 0.0, area, 1.0)  # so that none is 0, not -0


def _freed_mm2(v: View) -> Floats:
    """Area gained in the canal, mm2: from the hernia, and from ligaments drawn tight."""
    return _hernia_mm2(v) + v.c("canal_mm2_per_mm") * _segment(v)


def _canal(v: View) -> Floats:
    """Change of the canal's area, percent of what nerves have of it at rest."""
    return 100.0 * _freed_mm2(v) / v.c("root_free_mm2")


def _foramen(v: View) -> Floats:
    """Change of the foramen's width, percent."""
    return 100.0 * v.c("foramen_mm_per_mm") * _posterior(v) / v.c("foramen_width_mm")


def _root(v: View) -> Floats:
    """Contact pressure on the nerve root, mmHg; 0 where nothing touches it."""
    return root_pressure(v.c("root_free_mm2") + _freed_mm2(v), v.c("root_critical_mm2"))


def _activity(v: View) -> Floats:
    """Paraspinal muscle activity, percent of the maximum voluntary."""
    return v.states["ACTIVITY"]


def _travel(v: View) -> Floats:
    """Travel of the strap's end from taut, mm: pelvis, stretch of the harness and its slip."""
    return _region(v) + v.tension / v.c("harness_stiffness_n_per_mm") + v.states["SLIP"]


def _water(v: View) -> Floats:
    """Water in the disc against that after full rest, 1."""
    up = v.disc("water_when_up")
    return up + (1.0 - up) * v.states["WATER"]


QUANTITIES: Final[Mapping[str, Callable[[View], Floats]]] = MappingProxyType(
    {
        "tension_n": _tension,
        "disc_load_n": _load,
        "disc_pressure_kpa": _pressure,
        "disc_pressure_mmhg": _pressure_mmhg,
        "segment_elongation_mm": _segment,
        "lumbar_elongation_mm": _region,
        "stature_change_mm": _stature,
        "posterior_height_change_mm": _posterior,
        "anterior_height_change_mm": _anterior,
        "hernia_area_change_pct": _hernia,
        "canal_area_change_pct": _canal,
        "foramen_width_change_pct": _foramen,
        "root_contact_pressure_mmhg": _root,
        "muscle_activity_pct_mva": _activity,
        "travel_mm": _travel,
        "disc_water_index": _water,
    }
)
"""Name of each quantity, with its unit at the end, and how it is read. ``lumbar_elongation_mm`` is of the
region that is simulated, the cervical one included."""


def quantity(name: str, trajectory: Trajectory, level: str | None = None) -> Floats:
    """Return the quantity ``name`` of every patient over time, shape (n_times, n_patients).

    ``level`` names the disc of quantities of one disc, by default each patient's own. Raises UsageError
    (E186) for an unknown quantity, or a level that a patient does not have.
    """
    read = QUANTITIES.get(name)
    if read is None:
        known = ", ".join(QUANTITIES)
        raise UsageError(Problem("E186", f"quantity {name!r}", f"one of {known}", field="quantity"))
    levels = _levels(trajectory, level)
    found = np.empty(trajectory.tension_n.shape)
    for entry in np.unique(trajectory.entry):
        rows = trajectory.entry == entry
        states = {state: series[rows] for state, series in trajectory.states.items()}
        tension, c = trajectory.tension_n[rows], trajectory.coefficients[entry]
        found[rows] = read(View(states, tension, c, levels))
    return found


def _levels(trajectory: Trajectory, level: str | None) -> NDArray[np.int64]:
    if level is None:
        return trajectory.coefficients[0][:, PLACE["level_index"]].astype(np.int64)
    for patient in trajectory.patients:
        if level not in patient.levels:
            raise UsageError(
                Problem("E186", f"level {level!r}", f"one of {', '.join(patient.levels)}", field="level")
            )
    return np.array([patient.levels.index(level) for patient in trajectory.patients])
