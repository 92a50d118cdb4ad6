"""Over which patients, sessions and cycles a rule judges a force that depends on them."""

from __future__ import annotations

from itertools import product
from typing import Final

from traction.protocol.force import Force, Levels

MASSES_KG: Final = (15.0, 40.0, 80.0, 150.0, 300.0)
_NUMBERS: Final = (1, 2, 3, 5, 10, 30, 100)


def cases(*forces: Force, masses: tuple[float, ...] = MASSES_KG) -> list[Levels]:
    """Return levels to judge ``forces`` at together; what is wrong at each of them is wrong as written."""
    sessions = _NUMBERS if any(force.uses("session") for force in forces) else (1,)
    cycles = _NUMBERS if any(force.uses("cycle") for force in forces) else (1,)
    return [Levels(mass, session=one, cycle=two) for mass, one, two in product(masses, sessions, cycles)]


def at_high(levels: Levels, high_n: float | None, residual_n: float = 0.0) -> Levels:
    """Return the same case with a high level and a residual."""
    return Levels(levels.mass_kg, high_n, residual_n, levels.session, levels.cycle)
