"""A simulation of the model alone, as the reports about it need it, and as one JSON object."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from traction.sim.measure import PERCENTILES, Measured, percentiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from traction.sim.patient import Patient

    Floats = NDArray[np.float64]

NOTICE = (
    "The model alone: no table, no controller, no proof of safety. It predicts nothing about a person, and "
    "nothing in it says that a treatment works."
)


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """What was simulated, who, and what was read off; ``seed`` is None for the one patient described."""

    name: str
    title: str
    source: str
    patients: tuple[Patient, ...]
    seed: int | None
    measured: Measured

    @property
    def drawn(self) -> bool:
        """Say whether the patients were drawn: then there are percentiles, even of one."""
        return self.seed is not None

    def series(self, name: str) -> dict[str, Floats]:
        """Return the series of one quantity: by percentile as ``p05``, or the one patient's as ``value``."""
        values = self.measured.quantities[name]
        if not self.drawn:
            return {"value": values[:, 0].astype(float)}
        keys = [f"p{share:02d}" for share in PERCENTILES]
        return dict(zip(keys, percentiles(values), strict=True))

    def columns(self) -> dict[str, Floats]:
        """Return every column of the table: ``time_s``, then each quantity, or each of its percentiles."""
        columns = {"time_s": self.measured.time_s}
        for name in self.measured.quantities:
            for key, values in self.series(name).items():
                columns[name if key == "value" else f"{name}_{key}"] = values
        return columns


def who(found: Simulated) -> dict[str, Any]:
    """Return who was simulated: the patient and what was filled in, or the spread of those drawn."""
    first = found.patients[0]
    place = {"region": first.region, "couch": first.couch, "disc": first.disc, "level": first.level}
    if not found.drawn:
        body = {"mass_kg": first.mass_kg, "height_m": first.height_m, "age_years": first.age_years}
        own = {"sex": first.sex, "grades": list(first.grades), "stated": list(first.stated)}
        return place | body | own | {"filled": dict(first.filled)}
    spans = {}
    for field in ("mass_kg", "height_m", "age_years"):
        values = [getattr(patient, field) for patient in found.patients]
        spans[field] = {"low": min(values), "high": max(values)}
    sexes = dict(Counter(patient.sex for patient in found.patients))
    return place | spans | {"sex": sexes, "n": len(found.patients), "seed": found.seed}


def simulate_row(found: Simulated) -> dict[str, Any]:
    """Return the JSON object of a simulation; series are lists as long as ``time_s``."""
    series = {
        name: {
            key: [round(float(value), 6) for value in values] for key, values in found.series(name).items()
        }
        for name in found.measured.quantities
    }
    return {
        "simulated": found.name,
        "title": found.title,
        "source": found.source,
        "notice": NOTICE,
        "patients": who(found),
        "time_s": [round(float(t), 6) for t in found.measured.time_s],
        "quantities": series,
    }
