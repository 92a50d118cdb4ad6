"""A new course file for one patient, from a shipped plan: the comments and the source stay in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from traction.courses.course import parse_course
from traction.errors import Problem, UsageError
from traction.shipped import shipped_files

FOLDER: Final = "protocols/courses"


def plans() -> dict[str, Path]:
    """Return name -> file of every shipped plan, sorted by name."""
    return shipped_files(FOLDER)


def new_course(like: str, path: Path, *, patient: Path, protocol: str, start: str, name: str) -> str:
    """Return the text of the course file ``path`` after a shipped plan. Raises E139.

    ``patient`` is a path; in the file it is written from beside it. ``protocol`` is a name of the library, or
    a path from beside the file. ``start`` is the label of a day.
    """
    known = plans()
    if like not in known:
        raise UsageError(
            Problem("E139", f"no plan {like!a:.60}", f"one of {', '.join(known)}", field="--like")
        )
    text = known[like].read_text(encoding="utf-8")
    beside = os.path.relpath(patient, path.parent)
    said = {"id": _quoted(name), "patient": _quoted(beside), "protocol": _quoted(protocol), "start": start}
    lines = text.splitlines(keepends=True)
    for index, line in enumerate(lines):
        key = line.partition(" = ")[0]
        if key in said:  # each once, above the first table
            lines[index] = f"{key} = {said.pop(key)}\n"
    text = "".join(lines)
    parse_course(text.encode("utf-8"), path)
    return text


def _quoted(text: str) -> str:
    if not text.isprintable() or '"' in text or "\\" in text:
        raise UsageError(Problem("E100", f"{text!a:.60}", "a name or path without quotes and backslashes"))
    return f'"{text}"'
