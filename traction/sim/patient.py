"""The simulated patient: who lies there, on which couch, with which disc, and every parameter.

The numbers stand in ``parameters.toml``, each with unit, range, source and whether it was assumed. Nominal
where nothing is said: 75 kg, a herniated L4-L5 disc, on a split couch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from traction.errors import Problem, UsageError
from traction.sim.parameter import Rows, parameter_tables, with_values
from traction.units import STANDARD_GRAVITY

REGIONS = ("lumbar", "cervical")
COUCHES = ("split", "fixed")
DISCS = ("herniated", "healthy")
NOMINAL_MASS_KG = 75.0
MASS_RANGE_KG = (30.0, 250.0)


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient on one couch: who it is, and every parameter of the equations by name."""

    region: str
    couch: str
    disc: str
    mass_kg: float
    parameters: Rows

    def value(self, name: str) -> float:
        """Return the value of the parameter ``name`` in the unit its row states."""
        return self.parameters[name].value

    @property
    def moving_mass_kg(self) -> float:
        """Return the mass that moves with the pelvis or head, kg: a share of body mass."""
        return self.value("moving_share") * self.mass_kg

    @property
    def friction_force_n(self) -> float:
        """Return the largest friction of the couch, N: coefficient times the weight that slides on it."""
        weight_n = self.value("sliding_share") * self.mass_kg * STANDARD_GRAVITY
        return self.value("friction_coefficient") * weight_n

    @property
    def friction_stiffness_n_per_mm(self) -> float:
        """Return the stiffness of the friction's bristles before they slide, N/mm (Dahl 1968)."""
        return self.value("bristle_ratio") * self.value("take_up_stiffness_n_per_mm")


def make_patient(
    region: str = REGIONS[0],
    *,
    couch: str = COUCHES[0],
    disc: str = DISCS[0],
    mass_kg: float = NOMINAL_MASS_KG,
    values: Mapping[str, float] | None = None,
) -> Patient:
    """Return the patient of this description; ``values`` replaces parameters by name, inside their ranges.

    Raises UsageError (E180, E181) for an unknown region, couch or disc, a mass outside 30..250 kg, an unknown
    parameter, or a value out of its range.
    """
    asked = (("region", region, REGIONS), ("couch", couch, COUCHES), ("disc", disc, DISCS))
    problems = [
        Problem("E180", f"{what} {found!r}", f"one of {', '.join(known)}", field=what)
        for what, found, known in asked
        if found not in known
    ]
    if not MASS_RANGE_KG[0] <= mass_kg <= MASS_RANGE_KG[1]:
        problems.append(Problem("E180", f"a body mass of {mass_kg} kg", "30 to 250 kg", field="mass_kg"))
    if problems:
        raise UsageError(*problems)
    tables = parameter_tables()
    rows: Rows = {}
    for base in dict.fromkeys(("lumbar", region)):
        rows |= tables[f"{base}.base"] | tables[f"{base}.couch.{couch}"] | tables[f"{base}.disc.{disc}"]
    return Patient(region, couch, disc, float(mass_kg), with_values(rows, values or {}))
