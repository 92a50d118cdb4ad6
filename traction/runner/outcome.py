"""How a session ended, why, and which of several reasons counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Outcome(StrEnum):
    """The five ways a session can end."""

    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"  # by a person: Ctrl-C, a signal, the patient's stop, the emergency stop
    TRIPPED = "TRIPPED"  # by a limit
    FAULTED = "FAULTED"  # by the link, the controller, the recorder, or a defect
    REFUSED = "REFUSED"  # nothing moved

    @property
    def exit_code(self) -> int:
        """Return the exit code of the shell for this outcome."""
        return EXIT_CODES[self]


EXIT_CODES: Mapping[Outcome, int] = MappingProxyType(
    {
        Outcome.COMPLETED: 0,
        Outcome.REFUSED: 3,
        Outcome.STOPPED: 4,
        Outcome.TRIPPED: 5,
        Outcome.FAULTED: 6,
    }
)

FAILURES = (Outcome.TRIPPED, Outcome.FAULTED)


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason to end: the outcome it leads to, its code, the figures behind it, and the session time."""

    outcome: Outcome
    code: str
    detail: str
    t_us: int = 0


COMPLETED = Cause(Outcome.COMPLETED, "", "the profile ran to its end")


_BY_GROUP: Mapping[str, Outcome] = MappingProxyType(
    {
        "E40": Outcome.FAULTED,  # samples that cannot be trusted, a controller in the wrong state
        "E41": Outcome.TRIPPED,
        "E42": Outcome.TRIPPED,
        "E43": Outcome.TRIPPED,
        "E44": Outcome.TRIPPED,
        "E45": Outcome.STOPPED,  # the stop inputs: a person pressed them
        "E46": Outcome.TRIPPED,
    }
)


def outcome_of(code: str) -> Outcome:
    """Return the outcome a supervisor's verdict leads to; an unknown code is a fault."""
    return _BY_GROUP.get(code[:3], Outcome.FAULTED)


def is_verdict(code: str) -> bool:
    """Say whether ``code`` is one that the supervisor gives."""
    return code[:3] in _BY_GROUP


NOTHING_SAID = Cause(Outcome.FAULTED, "E900", "the session ended without saying why")
"""No cause at all is a defect, and never a success."""


def deciding(causes: tuple[Cause, ...]) -> Cause:
    """Return the cause that names the outcome.

    The first failure counts, because what follows it is often its consequence. A completed profile or a
    person's stop gives way to a failure on the way down: such a session did not end well.
    """
    for cause in causes:
        if cause.outcome in FAILURES:
            return cause
    for cause in causes:
        if cause.outcome is not Outcome.COMPLETED:
            return cause
    return causes[0] if causes else NOTHING_SAID
