"""What is in the way of a new history: one that the course has already, as far as can be seen from here."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from traction.courses.course import Course
from traction.courses.home import looked_into
from traction.courses.store_schema import APPLICATION_ID
from traction.errors import Problem

_MAGIC: Final = b"SQLite format 3\0"
_OWNER: Final = slice(68, 72)
"""Where the header of a database says whose it is (https://www.sqlite.org/fileformat.html)."""


def in_the_way(course: Course, where: Path, records: Path) -> Iterator[Problem]:
    """Yield each history that the course has in ``where``, or in a file beside that or its own: E384.

    Where there is none, its records in the folder ``records`` are E385: they are those of another history.
    """
    known = False
    for folder in sorted({course.path.parent.resolve(), where.parent.resolve()}):
        for path in _plain_files(folder):
            if _knows(path, course.id):
                known = True
                found = f"a history of {course.id} is in {path}"
                yield course.problem("E384", found, "to go on with it, or another id for another course")
    if known:
        return
    own = re.compile(rf"{re.escape(course.id)}-\d+(-try\d+)?\.mcap")
    left = [path.name for path in _plain_files(records) if own.fullmatch(path.name)]
    if left:
        found = f"records of {course.id} in {records}: {len(left)}, from {left[0]} on"
        yield course.problem("E385", found, "none before its history begins")


def _plain_files(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from sorted(path for path in folder.iterdir() if path.is_file())


def _knows(path: Path, course_id: str) -> bool:
    """Say whether a file is a store that has a history of the course; what cannot be read is none."""
    try:
        with path.open("rb") as file:
            head = file.read(_OWNER.stop)
    except OSError:
        return False
    if not head.startswith(_MAGIC) or head[_OWNER] != APPLICATION_ID.to_bytes(4, "big"):
        return False
    with suppress(sqlite3.Error), closing(looked_into(path)) as db:
        return db.execute("SELECT 1 FROM course WHERE id = ?", (course_id,)).fetchone() is not None
    return False
