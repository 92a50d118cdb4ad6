"""Arguments of Python calls: NumPy's numbers are welcome, texts and all else are a clear error."""

from __future__ import annotations

import math
from collections.abc import Collection
from numbers import Integral, Real
from pathlib import Path

from traction.drivers.url import guess
from traction.errors import Problem, UsageError


def amount(value: object, name: str, example: str) -> float | None:
    """Return a real number of any type as a float, and None as None; whether it fits is judged later.

    ``example`` is a fitting value for the error. Raises UsageError E117 for a text, a truth value or else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise wrong(name, value, f"a number without a unit in it, such as {name}={example}")
    try:
        return float(value)
    except OverflowError:  # a whole number beyond the largest float
        return math.inf


def whole(value: object, name: str) -> int:
    """Return a whole number of any type as an int. Raises UsageError E117 for anything else."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise wrong(name, value, f"a whole number, such as {name}=7")
    return int(value)


def location(value: object, name: str) -> str | Path:
    """Return a text or a path as it is. Raises UsageError E117 for anything else."""
    if not isinstance(value, str | Path):
        raise wrong(name, value, "a text or a path")
    return value


def choice(value: object, name: str, choices: Collection[str]) -> None:
    """Raise UsageError E117 unless ``value`` is one of ``choices`` or None."""
    if value is None or (isinstance(value, str) and value in choices):
        return
    hint = guess(value, choices) if isinstance(value, str) else ""
    raise wrong(name, value, f"one of {', '.join(choices)}{hint}")


def wrong(name: str, value: object, expected: str) -> UsageError:
    """Return the error for argument ``name``, which is ``value``."""
    shown = ascii(value) if isinstance(value, str) else f"of type {type(value).__name__}"
    found = f"{name} is {shown if len(shown) <= 80 else shown[:77] + '...'}"
    return UsageError(Problem("E117", found, expected, field=name))
