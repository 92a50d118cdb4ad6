"""The paths through a protocol: which phase follows an ask, how many paths there are, and each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from traction.protocol.happened import Happened
from traction.protocol.model import Document
from traction.protocol.question_phases import QuestionBase
from traction.protocol.questions import GO_TO, leads

MAX_PATHS: Final = 256
"""Every path is proved; what has more than these is too much for a person to follow, too."""


@dataclass(frozen=True, slots=True)
class ProvedPath:
    """One path that was proved: (phase, answer or "no answer") of each ask, how long it lasts, its peak."""

    taken: tuple[tuple[str, str], ...]
    duration_s: float
    peak_n: float


def next_phase(document: Document, index: int, action: str) -> int:
    """Return the index of the phase that follows ``action`` at an ask; the number of phases where it ends."""
    if action == "continue":
        return index + 1
    if action.startswith(GO_TO):
        name = action.removeprefix(GO_TO)
        return next(at for at, phase in enumerate(document.phase) if phase.name == name)
    return len(document.phase)


def branches(document: Document, index: int) -> dict[int, str | None]:
    """Return next phase -> an answer that leads there, for the ask at ``index``; None is no answer.

    Answers that lead to one phase are one branch: each is as long as the question may be.
    """
    phase = document.phase[index]
    assert isinstance(phase, QuestionBase)
    found: dict[int, str | None] = {next_phase(document, index, phase.no_answer): None}
    for answer, action in leads(phase):
        found.setdefault(next_phase(document, index, action), answer)
    return found


def count_paths(document: Document) -> int:
    """Return how many paths lead through a document whose actions are sound."""
    total = len(document.phase)
    many = [1] * (total + 1)
    for index in range(total - 1, -1, -1):
        is_question = isinstance(document.phase[index], QuestionBase)
        many[index] = sum(many[to] for to in branches(document, index)) if is_question else many[index + 1]
    return many[0]


def reached(document: Document) -> set[int]:
    """Return the indices of the phases that some path visits."""
    found = {0}
    for index in range(len(document.phase)):
        if index in found:
            is_question = isinstance(document.phase[index], QuestionBase)
            found |= set(branches(document, index)) if is_question else {index + 1}
    return found


def routes(document: Document, happened: Happened) -> Iterator[dict[int, str | None]]:
    """Yield each path as ask -> answer, the one on which nobody answers first.

    What was answered stays so, and what was asked before it and not answered was not answered.
    """
    said: Mapping[int, str | None] = {one.phase: one.answer for one in happened.answers}
    last = max(said, default=-1)

    def walk(index: int, route: dict[int, str | None]) -> Iterator[dict[int, str | None]]:
        while index < len(document.phase) and not isinstance(document.phase[index], QuestionBase):
            index += 1
        if index >= len(document.phase):
            yield route
        elif index <= last:
            answer = said.get(index)
            yield from walk(
                next_phase(document, index, _action(document, index, answer)), {**route, index: answer}
            )
        else:
            for to, answer in branches(document, index).items():
                yield from walk(to, {**route, index: answer})

    yield from walk(0, {})


def _action(document: Document, index: int, answer: str | None) -> str:
    phase = document.phase[index]
    assert isinstance(phase, QuestionBase)
    return phase.no_answer if answer is None else dict(leads(phase)).get(answer, phase.no_answer)
