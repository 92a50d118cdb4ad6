"""What a simulation gives: the states of every patient at the instants asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traction.sim.quantities import quantity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from traction.sim.patient import Patient

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """States of patients over time; every series has shape (n_times, n_patients).

    ``time_s`` in s, shape (n_times,); ``tension_n`` of the strap in N; ``states`` by the names in
    ``coefficients.STATE_NAMES``, in their units; ``entry`` the number of the entry at each instant;
    ``coefficients`` for each entry shape (n_patients, n_coefficients). ``steps`` says how many steps were
    taken, taken again, and the largest error in N that one of them told.
    """

    time_s: Floats
    tension_n: Floats
    states: Mapping[str, Floats]
    patients: Sequence[Patient]
    entry: Whole
    coefficients: tuple[Floats, ...]
    steps: tuple[int, int, float] = (0, 0, 0.0)

    def quantity(self, name: str, level: str | None = None) -> Floats:
        """Return one quantity, shape (n_times, n_patients), in the unit its name ends with.

        ``level`` names the disc, such as "L5-S1"; by default it is each patient's own. See ``quantities``
        for the names. Raises UsageError (E186) for a name or level that is not known.
        """
        return quantity(name, self, level)
