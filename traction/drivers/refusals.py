"""The words for a controller that answers, and says no."""

from __future__ import annotations

from typing import Final

from traction.drivers.base import CONTROLLER_REFUSED, HAND_NEEDED
from traction.errors import Problem, TableError
from traction.wire import codes

BY_HAND: Final = (codes.RESULT_STOPS_UNTRIED, codes.RESULT_SWITCH_OPEN, codes.RESULT_SWITCH_STUCK)
"""Answers after which somebody has to do something at the table."""


def refusal(verb: str, result: int) -> TableError:
    """Return the error for an answer that is not "done": E520, or E522 where a hand is needed."""
    name = codes.RESULT_NAMES.get(result, "an answer this program does not know")
    code = HAND_NEEDED if result in BY_HAND else CONTROLLER_REFUSED
    return TableError(Problem(code, f"{verb}: {name} (answer {result})", "answer 0, done"))
