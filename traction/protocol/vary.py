"""Variation of cycles from a seed: integer arithmetic only, so that a seed means the same everywhere.

Each value has its own number, mixed from the seed, the phase, the cycle and what varies; drawing one more
value cannot shift the others. The mixer is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom
number generators, OOPSLA 2014), which depends on no library and no version of Python.
"""

from __future__ import annotations

from typing import Final, Literal

Varied = Literal["high", "low", "hold", "rest"]

_MASK: Final = (1 << 64) - 1
_INDEX: Final[dict[str, int]] = {"high": 1, "low": 2, "hold": 3, "rest": 4}


def mix(value: int) -> int:
    """Return a 64-bit number that depends on every bit of ``value`` (taken modulo 2**64)."""
    z = (value + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def draw(seed: int, phase: int, cycle: int, what: Varied) -> float:
    """Return a number from 0 (included) to 1 (not included), a multiple of 2**-53."""
    state = mix(seed & _MASK)
    for part in (phase, cycle, _INDEX[what]):
        state = mix(state ^ part)
    return (state >> 11) / (1 << 53)


def between(low: float, high: float, part: float) -> float:
    """Return the value ``part`` of the way from ``low`` to ``high``, never outside of them."""
    return min(max(low + (high - low) * part, low), high)
