"""Where every number of a block of patients stands: one flat buffer of rows, one lane for each patient.

The width of a row is fixed, so that the compiler sees every distance between two rows and can take several
lanes at a time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from traction.sim.coefficients import BLOCK_AT, MAX_LEVELS, PLACE

Floats = NDArray[np.float64]

WIDTH: Final = 64
"""Lanes of a block: half of what a core keeps closest to it."""

SAVED: Final = tuple("F_REGION V_P Z SLIP CREEP_1 CREEP_2 SENSED ACTIVITY".split())  # noqa: SIM905
"""States that are stepped; what lying gives back depends on nothing else and is worked out exactly."""

F_REGION, V_P, Z, SLIP, CREEP_1, CREEP_2, SENSED, ACTIVITY = (WIDTH * row for row in range(len(SAVED)))
NEXT: Final = WIDTH * len(SAVED)
"""Where the states after the step stand until it is accepted."""

FORCE_AT: Final = 2 * NEXT
"""Two rows: the tension at both ends of the present straight piece."""

NUMBERS: Final = tuple(
    """
    axial per_mass body_damping_n_s_per_mm friction_force_n friction_lift friction_stiffness_n_per_mm
    shifting_s shifting_force_n flattening_n_per_mm per_flattening_most offset_force_n offset_width_n
    per_stiffening creep_1_mm_per_n creep_1_per_s creep_2_mm_per_n creep_2_per_s
    guarding_rest_mva guarding_gain_mva_s_per_n guarding_per_s reflex_per_s slip_force_n slip_mm_per_s_n2
    """.split()  # noqa: SIM905  one name a line would be longer and say less
)
ERROR: Final = FORCE_AT + 2 * WIDTH
"""One row: how far a step may be off, N."""

NUMBERS_AT: Final = ERROR + WIDTH
SOFTNESS: Final = NUMBERS_AT + WIDTH * len(NUMBERS)
"""``MAX_LEVELS`` rows: how fast a level stiffens, per newton of net tension."""

SIZE: Final = SOFTNESS + WIDTH * MAX_LEVELS

_TURNED: Final = {
    "creep_1_per_s": "creep_1_s",
    "creep_2_per_s": "creep_2_s",
    "guarding_per_s": "guarding_s",
    "reflex_per_s": "reflex_s",
    "per_flattening_most": "flattening_most_mm",
    "per_stiffening": "stiffening_per_mm",
}
MM_PER_M = 1000.0


def rows(names: str) -> tuple[int, ...]:
    """Return where the rows of these numbers, divided by spaces, start in the buffer."""
    return tuple(NUMBERS_AT + WIDTH * NUMBERS.index(name) for name in names.split())


def numbers(coefficients: Floats) -> Floats:
    """Return the rows behind ``NUMBERS_AT`` for coefficients of shape (n_patients, n_coefficients).

    Shape (n_rows, n_patients): ``NUMBERS``, then the softness of each level.
    """
    packed = [_number(coefficients, name) for name in NUMBERS]
    share = coefficients[:, BLOCK_AT["eta"] : BLOCK_AT["eta"] + MAX_LEVELS]
    stiffness = coefficients[:, BLOCK_AT["stiffness_n_per_mm"] :][:, :MAX_LEVELS]
    softness = share * coefficients[:, [PLACE["stiffening_per_mm"]]] / stiffness
    return np.vstack([*packed, softness.T])


def _number(coefficients: Floats, name: str) -> Floats:
    if name == "per_mass":
        return MM_PER_M / coefficients[:, PLACE["moving_mass_kg"]]
    turned = _TURNED.get(name)
    return coefficients[:, PLACE[name]] if turned is None else 1.0 / coefficients[:, PLACE[turned]]
