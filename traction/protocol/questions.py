"""What a profile waits for: each question or text of one path, when it stands, and where its answers lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from traction.protocol.question_phases import DONE, Ask, Move, QuestionPhase

QuestionKind = Literal["ask", "observe", "prompt", "move"]
QUESTION_KINDS: Final[tuple[QuestionKind, ...]] = get_args(QuestionKind)
"""The types of phases that wait for a person."""

GO_TO: Final = "go to "


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a profile: ``phase`` is its index, times are whole us of the profile.

    ``then`` pairs each answer with what it does: "continue", "end", "stop" or "go to NAME"; ``no_answer`` is
    what happens at ``end_us`` when nobody has answered. ``answered`` is what was answered, empty before.
    """

    phase: int
    name: str
    kind: QuestionKind
    text: str
    answers: tuple[str, ...]
    start_us: int
    end_us: int
    no_answer: str
    then: tuple[tuple[str, str], ...]
    answered: str = ""

    def action(self, answer: str | None) -> str:
        """Return what an answer does; None is no answer in time. Raises KeyError for another answer."""
        return self.no_answer if answer is None else dict(self.then)[answer]


def question_of(phase: QuestionPhase) -> str:
    """Return the text a person is shown."""
    if isinstance(phase, Ask):
        return phase.question
    if isinstance(phase, Move):
        return f"{phase.axis} to {phase.to:g} deg: {phase.text}"
    return phase.text


def leads(phase: QuestionPhase) -> tuple[tuple[str, str], ...]:
    """Return each answer of a phase, in its order, and what it does."""
    if isinstance(phase, Ask):
        return tuple((answer, phase.then[answer]) for answer in phase.answers)
    return ((DONE, "continue"),)
