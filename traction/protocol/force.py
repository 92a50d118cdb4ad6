"""Forces as people write them: "90 lbf", "50 %BW + 10 lbf", "min(50 %BW, 90 lbf)", "high - 10 lbf".

A force may need the patient's mass (``%BW``, a share of the body weight) or the phase's high level
(``% of high``, ``high - ...``, ``residual``); the last three are for low levels only. Values are kept as
decimals and rounded to a float once, at the end, so that two spellings of one force give the same float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from traction.units import DECIMAL, STANDARD_GRAVITY

Operation = Literal["newtons", "body weight", "of high", "residual", "sum", "min", "max", "below high"]

_GRAVITY: Final = Decimal(repr(STANDARD_GRAVITY))


@dataclass(frozen=True, slots=True)
class Levels:
    """What a force may refer to: the patient's mass in kg, the high level and the residual in N."""

    mass_kg: float | None = None
    high_n: float | None = None
    residual_n: float | None = None


@dataclass(frozen=True, slots=True)
class Force:
    """Hold one expression as a tree; ``value`` is newtons or a fraction, ``text`` the canonical form."""

    operation: Operation
    text: str
    value: Decimal = Decimal(0)
    parts: tuple[Force, ...] = ()

    @property
    def needs_mass(self) -> bool:
        """Say whether the body weight appears anywhere in the expression."""
        return self.operation == "body weight" or any(part.needs_mass for part in self.parts)

    @property
    def is_capped(self) -> bool:
        """Say whether a ``min`` appears anywhere in the expression."""
        return self.operation == "min" or any(part.is_capped for part in self.parts)

    def newtons(self, levels: Levels) -> float:
        """Return the force in N; below zero where ``high - ...`` takes away more than there is.

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
    total = Decimal(0)
    for part in parts:
        total = DECIMAL.add(total, part)
    return total


def _known(value: float | None, name: str) -> Decimal:
    """Return the shortest decimal that reads back as ``value``: 80.1 kg is 80.1, not 80.0999999999999943."""
    if value is None:
        raise LookupError(name)
    return Decimal(repr(value))
