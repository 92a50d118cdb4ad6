"""Checks of the numbers a segment is made of: plain finite floats, or a problem that names the field."""

from __future__ import annotations

import math

from traction.errors import Problem, ProtocolError


def settle(
    owner: object, *, positive: tuple[str, ...] = (), non_negative: tuple[str, ...] = ()
) -> list[Problem]:
    """Turn the named fields of a frozen ``owner`` into plain floats, in place; return what is wrong.

    Whole numbers, NumPy scalars and -0.0 become the one float they equal, so that equal segments have
    equal digests. Codes: E280 not finite, E281 not above zero, E282 below zero.
    """
    problems: list[Problem] = []
    for name in (*positive, *non_negative):
        value = _as_float(getattr(owner, name))
        object.__setattr__(owner, name, value)
        field = f"{type(owner).__name__}.{name}"
        if not math.isfinite(value):
            problems.append(Problem("E280", f"{value}", "a finite number", field=field))
        elif name in positive and not value > 0.0:
            problems.append(Problem("E281", f"{value:g}", "a number above zero", field=field))
        elif not value >= 0.0:
            problems.append(Problem("E282", f"{value:g} N", "zero or more", field=field))
    return problems


def require(problems: list[Problem]) -> None:
    """Raise ProtocolError with all the problems, if there are any."""
    if problems:
        raise ProtocolError(*problems)


def _as_float(value: float) -> float:
    try:
        return float(value) + 0.0  # -0.0 + 0.0 is 0.0
    except OverflowError:  # a whole number beyond the largest float
        return math.inf
