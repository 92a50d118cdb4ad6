"""Forces as people write them: "90 lbf", "50 %BW + 10 lbf", "min(50 %BW, 90 lbf)", "high - 10 lbf".

A force may need the patient's mass (``%BW``, a share of the body weight), the number of the session or of
the cycle (``5 lbf * (session - 1)``), or the phase's high level (``% of high``, ``high - ...``,
``residual``); the last three are for low levels only. Values are kept as decimals and rounded to a float
once, at the end, so that two spellings of one force give the same float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from traction.protocol.number import Number
from traction.units import DECIMAL, STANDARD_GRAVITY

Operation = Literal[
    "newtons", "body weight", "of high", "residual", "sum", "difference", "times", "min", "max", "below high"
]

_GRAVITY: Final = Decimal(repr(STANDARD_GRAVITY))


@dataclass(frozen=True, slots=True)
class Levels:
    """What a force may refer to: the patient's mass in kg, the high level and the residual in N.

    ``session`` and ``cycle`` count from 1; as they stand they are the first of each.
    """

    mass_kg: float | None = None
    high_n: float | None = None
    residual_n: float | None = None
    session: int = 1
    cycle: int = 1


@dataclass(frozen=True, slots=True)
class Force:
    """Hold one expression as a tree; ``value`` is newtons or a fraction, ``text`` the canonical form.

    ``count`` is what a force is taken times.
    """

    operation: Operation
    text: str
    value: Decimal = Decimal(0)
    parts: tuple[Force, ...] = ()
    count: Number | None = None

    @property
    def needs_mass(self) -> bool:
        """Say whether the body weight appears anywhere in the expression."""
        return self.operation == "body weight" or any(part.needs_mass for part in self.parts)

    @property
    def is_capped(self) -> bool:
        """Say whether a ``min`` appears anywhere in the expression."""
        return self.operation == "min" or any(part.is_capped for part in self.parts)

    def uses(self, name: Literal["session", "cycle"]) -> bool:
        """Say whether the number of the session or of the cycle appears anywhere in the expression."""
        if self.count is not None and self.count.uses(name):
            return True
        return any(part.uses(name) for part in self.parts)

    @property
    def counts(self) -> bool:
        """Say whether the force differs from session to session or from cycle to cycle."""
        return self.uses("session") or self.uses("cycle")

    def newtons(self, levels: Levels) -> float:
        """Return the force in N; below zero where more is taken away than there is.

        Raises LookupError when the expression needs a level that ``levels`` does not have.
        """
        return float(_decimal(self, levels))


def _decimal(force: Force, levels: Levels) -> Decimal:
    match force.operation:
        case "newtons":
            return force.value
        case "body weight":
            return DECIMAL.multiply(force.value, DECIMAL.multiply(_known(levels.mass_kg, "mass"), _GRAVITY))
        case "of high":
            return DECIMAL.multiply(force.value, _known(levels.high_n, "high"))
        case "residual":
            return _known(levels.residual_n, "residual")
    parts = [_decimal(part, levels) for part in force.parts]
    match force.operation:
        case "min":
            return min(parts)
        case "max":
            return max(parts)
        case "below high":
            return DECIMAL.subtract(_known(levels.high_n, "high"), parts[0])
        case "difference":
            return DECIMAL.subtract(parts[0], parts[1])
        case "times":
            count = 1 if force.count is None else force.count.at(levels.session, levels.cycle)
            return DECIMAL.multiply(parts[0], Decimal(count))
    total = Decimal(0)
    for part in parts:
        total = DECIMAL.add(total, part)
    return total


def _known(value: float | None, name: str) -> Decimal:
    """Return the shortest decimal that reads back as ``value``: 80.1 kg is 80.1, not 80.0999999999999943."""
    if value is None:
        raise LookupError(name)
    return Decimal(repr(value))
