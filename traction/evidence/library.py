"""The cases of the given files, and the shipped ones they may refer to, as one library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from traction.errors import Problem, UsageError
from traction.evidence.case import Case
from traction.evidence.links import check_links
from traction.evidence.read import CaseFile, read_cases


@dataclass(frozen=True, slots=True)
class Library:
    """``cases`` are to be judged, in the order of the files; ``known`` has also what they may refer to."""

    cases: tuple[Case, ...]
    known: Mapping[str, Case]


def shipped_files() -> list[Path]:
    """Return the files of the cases that come with the program, by name."""
    folder = Path(str(resources.files("traction.evidence").joinpath("cases")))
    return sorted(folder.glob("*.toml"))


def load_library(paths: Sequence[Path] = ()) -> Library:
    """Return the cases of ``paths``, or the shipped ones where there are none.

    A given case may refer to any other given one and to the shipped ones; an id of a given case hides the
    shipped case of that name. Raises UsageError with every error of every file.
    """
    given = _read(paths or shipped_files())
    shipped: dict[str, Case] = {}
    if paths:
        shipped = {case.id: case for file in _read(shipped_files()) for case in file.cases}
    check_links(given, shipped)
    cases = tuple(case for file in given for case in file.cases)
    return Library(cases, shipped | {case.id: case for case in cases})


def _read(paths: Iterable[Path]) -> list[CaseFile]:
    files: list[CaseFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(read_cases(path))
        except UsageError as error:
            problems += error.problems
    if problems:
        raise UsageError(*problems)
    return files
