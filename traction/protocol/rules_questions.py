"""Rules on phases that wait for a person: answers and actions that fit, and paths that reach every phase."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from traction.protocol.model import Document
from traction.protocol.paths import MAX_PATHS, count_paths, reached
from traction.protocol.places import Path
from traction.protocol.problems import Fault
from traction.protocol.questions import GO_TO, QUESTION_KINDS


def check_asks(document: Document) -> Iterator[Fault]:
    """Yield E248 (answers), E249 (actions), E255 (a move without its tension), E244, E250, E251 (paths)."""
    faults: list[Fault] = []
    for index, phase in enumerate(document.phase):
        kind = getattr(phase, "type", None)
        path: Path = ("phase", index)
        if kind == "ask":
            faults += _answers(phase, path)
        if kind in QUESTION_KINDS:
            faults += _actions(document, index, phase, path)
        if kind == "move" and getattr(document.position, "moves_below", None) is None:
            expected = 'moves_below in [position], such as "60 N"'
            faults.append(Fault((*path, "type"), "E255", "a move at no stated tension", expected))
    kinds = [getattr(phase, "type", None) for phase in document.phase]
    if kinds and all(kind in QUESTION_KINDS for kind in kinds):
        expected = "a phase that pulls: static, intermittent or the like"
        faults.append(Fault(("phase",), "E244", "no phase that pulls", expected, whole_table=True))
    yield from faults
    if not faults and isinstance(document, Document):
        yield from _paths(document)


def _answers(phase: Any, path: Path) -> Iterator[Fault]:
    answers, then = phase.answers, phase.then
    if not isinstance(answers, list) or not isinstance(then, dict):
        return
    for at, answer in enumerate(answers):
        if answer == "no answer":
            expected = "another word; no_answer says what happens then"
            yield Fault((*path, "answers", at), "E248", f"the answer {answer!a}", expected)
        elif answer in answers[:at]:
            yield Fault((*path, "answers", at), "E248", f"{answer!a} twice", "each answer once")
        elif answer not in then:
            expected = f'what follows {answer!a}, such as {{ {answer} = "continue" }}'
            yield Fault((*path, "then"), "E248", f"nothing for the answer {answer!a}", expected)
    for answer in then:
        if answer not in answers:
            expected = f"one of {', '.join(answers)}"
            yield Fault((*path, "then", answer), "E248", f"{answer!a}, which is no answer", expected)


def _actions(document: Document, index: int, phase: Any, path: Path) -> Iterator[Fault]:
    then = getattr(phase, "then", None)
    actions: list[tuple[Path, object]] = [((*path, "no_answer"), phase.no_answer)]
    if isinstance(then, dict):
        actions += [((*path, "then", answer), action) for answer, action in then.items()]
    names = [getattr(one, "name", None) for one in document.phase]
    for place, action in actions:
        if not isinstance(action, str) or not action.startswith(GO_TO):
            continue
        name = action.removeprefix(GO_TO)
        if name not in names:
            yield Fault(place, "E249", f"no phase {name!a}", "the name of a later phase")
        elif names.index(name) <= index:
            yield Fault(place, "E249", f"{name!a}, which is not later", "a phase that comes after this one")


def _paths(document: Document) -> Iterator[Fault]:
    visited = reached(document)
    for index, phase in enumerate(document.phase):
        if index not in visited:
            found = f"{phase.name!a}, which no answer leads to"
            yield Fault(("phase", index), "E250", found, "a phase that can be reached", whole_table=True)
    many = count_paths(document)
    if many > MAX_PATHS:
        shown = many if many < 10**9 else "more than a thousand million"
        yield Fault(("phase",), "E251", f"{shown} paths", f"at most {MAX_PATHS}", whole_table=True)
