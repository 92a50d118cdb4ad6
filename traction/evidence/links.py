"""What must hold between cases: each id once, every comparison to a case that is there, and no circles."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from traction.errors import Problem, UsageError
from traction.evidence.case import Case, Reading
from traction.evidence.fields import shown
from traction.evidence.read import CaseFile
from traction.evidence.rules import outside
from traction.protocol.problems import Fault, placed


def check_links(files: Sequence[CaseFile], shipped: Mapping[str, Case]) -> None:
    """Raise UsageError with everything that is wrong between the cases: E719, E720, E716."""
    problems: list[Problem] = []
    first: dict[str, Case] = {}
    known = dict(shipped)
    for file in files:
        twice = []
        for case in file.cases:
            if case.id in first:
                place = first[case.id].place
                found = f"{shown(case.id)} again, first as case {place.number} of {place.file}"
                twice.append(Fault(_path(case, "id"), "E719", found, "each id once"))
            first.setdefault(case.id, case)
        problems += placed(twice, file.places, file.file)
    known |= first
    for file in files:
        faults = [fault for case in file.cases for fault in _faults(case, known)]
        problems += placed(faults, file.places, file.file)
    if problems:
        raise UsageError(*problems)


def reading_of(case: Case, known: Mapping[str, Case]) -> Reading:
    """Return how the case is read: by its own ``expect``, else as the case it is compared with.

    ``known`` must have passed ``check_links``.
    """
    while case.reading is None:
        assert case.compare is not None
        case = known[case.compare.other]
    return case.reading


def other_reading(case: Case, known: Mapping[str, Case]) -> Reading:
    """Return how the case it is compared with is read: in that case's own way, but the same quantity."""
    assert case.compare is not None
    other = reading_of(known[case.compare.other], known)
    return replace(other, quantity=reading_of(case, known).quantity)


def _path(case: Case, *names: str) -> tuple[str | int, ...]:
    return ("case", case.place.number - 1, *names)


def _faults(case: Case, known: Mapping[str, Case]) -> Iterator[Fault]:
    if case.compare is None:
        return
    where = _path(case, "compare", "other")
    other = case.compare.other
    if other == case.id:
        yield Fault(where, "E720", f"{shown(other)}, which is this case itself", "another case")
    elif other not in known:
        near = difflib.get_close_matches(other[:80], known, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        expected = "the id of a case in the files given, or of a shipped one"
        yield Fault(where, "E720", f"no case {shown(other)}{hint}", expected)
    elif circle := _circle(case, known):
        found = f"a circle: {' to '.join(circle)}"
        yield Fault(where, "E720", found, "comparisons that come to an end")
    elif case.reading is None:
        yield from _borrowed(case, known)


def _circle(case: Case, known: Mapping[str, Case]) -> list[str]:
    """Return the ids from ``case`` back to itself; empty when its comparisons do not lead back."""
    seen = [case.id]
    at = case
    while at.compare is not None and at.compare.other in known:
        at = known[at.compare.other]
        if at.id in seen:
            return [*seen, at.id] if at.id == case.id else []
        seen.append(at.id)
    return []


def _borrowed(case: Case, known: Mapping[str, Case]) -> Iterator[Fault]:
    """Judge a reading taken over from the other case by this case's own timeline."""
    seen: set[str] = set()
    at = case
    while at.reading is None:
        if at.id in seen or at.compare is None or at.compare.other not in known:
            return  # said at the case where it is wrong
        seen.add(at.id)
        at = known[at.compare.other]
    for _, found, expected in outside(at.reading, case.duration_s):
        yield Fault(_path(case, "compare", "other"), "E716", f"{found}, taken over from {at.id}", expected)
