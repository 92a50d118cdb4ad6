"""How each test that a hazard names ended when it last ran, and the trace from hazard to that and back."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from traction.hazards.model import ASKED, Hazards
from traction.hazards.trace import Things

PASSED: Final = "passed"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"
NOT_RUN: Final = "not run"
_WORST: Final = (FAILED, SKIPPED, PASSED)


class Step(NamedTuple):
    """One way from a hazard to a result: its requirement of one layer, the code, one test, how that ended."""

    hazard: str
    title: str
    layer: str
    requirement: str
    status: str
    code: str
    test: str
    result: str


class Back(NamedTuple):
    """One thing of the project and the hazards that it stands for, or why for none."""

    kind: str
    name: str
    hazards: str


def read(paths: Iterable[Path]) -> dict[str, str]:
    """Return FILE::NAME -> how it ended, of JUnit files as pytest writes them; of several cases the worst.

    Raises OSError for a file that cannot be read, and ParseError for one that is no XML.
    """
    found: dict[str, str] = {}
    for path in paths:
        for case in ET.parse(path).getroot().iter("testcase"):
            name = _name(case)
            found[name] = min(found.get(name, PASSED), _ended(case), key=_WORST.index)
    return found


def _ended(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return FAILED
    return PASSED if case.find("skipped") is None else SKIPPED


def _name(case: ET.Element) -> str:
    """Return the test as hazards name it: FILE::NAME or FILE::CLASS.NAME.

    Parameters follow in brackets, and behind an @ the group in which pytest-xdist keeps it.
    """
    parts = (case.get("classname") or "").split(".")
    name = (case.get("name") or "").partition("[")[0].partition("@")[0]
    inside = next((at for at, part in enumerate(parts) if part.startswith("test_")), len(parts) - 1) + 1
    return f"{'/'.join(parts[:inside])}.py::{'.'.join([*parts[inside:], name])}"


def steps(known: Hazards, ended: Mapping[str, str]) -> Iterator[Step]:
    """Yield the whole trace from hazards on; what is asked of a builder has neither test nor result."""
    for one in known.hazards:
        for control in one.controls:
            code = " ".join(control.code)
            start = (one.name, one.title, control.layer, control.does, control.status, code)
            for test in control.tests:
                yield Step(*start, test, ended.get(test, NOT_RUN))
            if not control.tests:
                yield Step(*start, "", "" if control.status == ASKED else NOT_RUN)


def back(known: Hazards, things: Things) -> Iterator[Back]:
    """Yield the trace from what there is to hazards; every test and all code that is named is in it, too."""
    excused = dict(known.no_hazard)
    controls = [(one.name, control) for one in known.hazards for control in one.controls]
    tests = {test for _, control in controls for test in control.tests}
    code = {place for _, control in controls for place in control.code}
    for kind, names in (("fault", things.faults), ("check", things.checks), ("code", code), ("test", tests)):
        for name in sorted(names, key=str):
            mine = [
                hazard.name
                for hazard in known.hazards
                if name in hazard.faults
                or name in hazard.checks
                or any(name in control.code or name in control.tests for control in hazard.controls)
            ]
            said = ", ".join(mine) or f"none: {excused.get(str(name), 'and nobody says why')}"
            yield Back(kind, str(name), said)


def unshown(trace: Iterable[Step]) -> tuple[str, ...]:
    """Return a sentence for each test that a hazard rests on and that has not passed."""
    wrong = {
        f"{one.result}: {one.test or f'{one.hazard}, {one.layer}: no test is named'}"
        for one in trace
        if one.result not in (PASSED, "")
    }
    return tuple(sorted(wrong))
