"""Whole numbers in a force expression: the session, the cycle, and plain arithmetic with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NumberOperation = Literal[
    "whole", "session", "cycle", "sum", "difference", "product", "quotient", "min", "max"
]

MAX_WHOLE: Final = 10_000
"""The largest whole number an expression may have, and the last session there is."""


@dataclass(frozen=True, slots=True)
class Number:
    """Hold one expression as a tree; a quotient is rounded down, and its divisor is ``value``."""

    operation: NumberOperation
    text: str
    value: int = 0
    parts: tuple[Number, ...] = ()

    def uses(self, name: Literal["session", "cycle"]) -> bool:
        """Say whether the session or the cycle appears anywhere in the expression."""
        return self.operation == name or any(part.uses(name) for part in self.parts)

    def at(self, session: int, cycle: int) -> int:
        """Return the value in one session and cycle, both counted from 1; it may be below zero."""
        match self.operation:
            case "whole":
                return self.value
            case "session":
                return session
            case "cycle":
                return cycle
        values = [part.at(session, cycle) for part in self.parts]
        match self.operation:
            case "min":
                return min(values)
            case "max":
                return max(values)
            case "quotient":
                return values[0] // self.value
            case "difference":
                return values[0] - values[1]
            case "product":
                return values[0] * values[1]
        return sum(values)
