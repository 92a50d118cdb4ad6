"""What has happened in a run so far and changes the rest of its profile: answers and edits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

TICK_US: Final = 20_000
"""An answer takes effect on this grid of profile time, in us: the tick of the session."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: of the phase with index ``phase`` (from 0), at ``at_us`` of profile time, in us.

    ``answer`` is one of those the phase has ("done" for a text to be confirmed), None where nobody answered
    in time.
    """

    phase: int
    answer: str | None
    at_us: int


@dataclass(frozen=True, slots=True)
class Edited:
    """One edit: ``field`` of phase ``phase`` (from 0) has ``value`` (a text with its unit) from a cycle on.

    ``cycle`` counts from 1; 0 and 1 both mean from the start of the phase.
    """

    phase: int
    cycle: int
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Happened:
    """All answers and edits of a run so far, oldest first."""

    answers: tuple[Answered, ...] = ()
    edits: tuple[Edited, ...] = ()

    def answered(self, one: Answered) -> Happened:
        """Return the same and one more answer."""
        return replace(self, answers=(*self.answers, one))

    def edited(self, one: Edited) -> Happened:
        """Return the same and one more edit."""
        return replace(self, edits=(*self.edits, one))


NOTHING: Final = Happened()
