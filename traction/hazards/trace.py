"""From hazards to code and tests and back: what is named and not there, and what is there and not named."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path

from traction.hazards.model import Hazards


@dataclass(frozen=True, slots=True)
class Things:
    """What a project has that its hazards must speak of.

    ``faults`` is the closed list; ``checks`` are fault numbers and codes, each of which must stand for a
    hazard or be excused; ``codes`` are all there are; ``classes`` (MODULE:NAME) and ``files`` (of tests)
    must each hold one.
    """

    faults: frozenset[str]
    checks: frozenset[int | str]
    codes: frozenset[str]
    classes: frozenset[str]
    files: frozenset[str]


def problems(known: Hazards, root: Path, things: Things) -> tuple[str, ...]:
    """Return a sentence for each thing that stands alone, on either side; ``root`` is the checkout."""
    controls = [control for hazard in known.hazards for control in hazard.controls]
    code = {one for control in controls for one in control.code}
    tests = {one for control in controls for one in control.tests}
    files = {one.split("::")[0] for one in tests}
    holding = {cls for cls in things.classes if any(f"{one}.".startswith(f"{cls}.") for one in code)}
    checks = {one for hazard in known.hazards for one in hazard.checks}
    excused = {name for name, _ in known.no_hazard}
    real = {one for one in things.checks if isinstance(one, int)} | things.codes
    faults = {one for hazard in known.hazards for one in hazard.faults}
    return (
        *_told("there is no code", (one for one in code if not _is_there(one, root))),
        *_told("there is no test", (one for one in tests if not _is_test(one, root))),
        *_told("there is no fault", faults - things.faults),
        *_told("no hazard names the fault", things.faults - faults),
        *_told("there is no check", (checks | excused) - real),
        *_told("no hazard names the check", things.checks - checks - excused),
        *_told("excused, and named by a hazard:", checks & excused),
        *_told("no hazard names the class", things.classes - holding),
        *_told("no hazard names a test of", things.files - files),
    )


@cache
def defined(path: Path) -> frozenset[str]:
    """Return the qualified names of all functions and classes of a Python file, without importing it."""
    if not path.is_file():
        return frozenset()
    return frozenset(_names(ast.parse(path.read_text(encoding="utf-8")).body, ""))


def classes(folder: Path, module: str) -> frozenset[str]:
    """Return MODULE:NAME for each class in the files of ``folder``, which is the package ``module``."""
    return frozenset(
        f"{module}.{path.stem}:{name}"
        for path in folder.glob("*.py")
        for name in defined(path)
        if "." not in name and re.search(rf"^class {name}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    )


def _names(body: Iterable[ast.stmt], above: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield above + node.name
            yield from _names(node.body, f"{above}{node.name}.")


def _is_there(one: str, root: Path) -> bool:
    place, name = one.split(":")
    if place.endswith(".py"):  # of a board: it imports what only a board has
        return name in defined(root / place)
    try:
        attrgetter(name)(importlib.import_module(place))
    except (ImportError, AttributeError):
        return False
    return True


def _is_test(one: str, root: Path) -> bool:
    place, name = one.split("::")
    return name in defined(root / place)


def _told(what: str, ones: Iterable[int | str]) -> list[str]:
    return sorted(f"{what} {one}" for one in ones)
