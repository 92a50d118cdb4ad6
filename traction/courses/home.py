"""Where a store is at home: a copy of it is told from the store itself, so that no history goes on twice.

A history has an id of its own, and the store remembers the file it was begun in: its path and its number on
the disk. A copy has another number. Whoever copies to another machine is asked there; nobody can see from
there whether the first one is used as well.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from traction.errors import Problem


def settle(db: sqlite3.Connection, path: Path) -> None:
    """Write down that the store is at home here, with the id it has or, where it has none, a new one."""
    row, here = db.execute("SELECT history, path, inode FROM home").fetchone(), _whereabouts(path)
    if row is None or (row[1], row[2]) != here:
        history = secrets.token_hex(16) if row is None else row[0]
        db.execute("INSERT OR REPLACE INTO home VALUES (1, ?, ?, ?)", (history, *here))


def away(db: sqlite3.Connection, path: Path) -> Problem | None:
    """Return what speaks against going on with the store here: a copy (E384), or one that was moved (E383).

    None where it is at home, was only renamed, or does not remember any home yet.
    """
    row = db.execute("SELECT history, path, inode FROM home").fetchone()
    if row is None:
        return None
    history, known, inode = (str(value) for value in row)
    here, now_inode = _whereabouts(path)
    before = Path(known)
    if now_inode == inode and (here == known or not before.exists() or before.samefile(here)):
        return None
    if here != known and history_in(before) == history:
        found = f"a copy of {known}, which is still there"
        return Problem("E384", found, f"--store {known}, where the history goes on", file=here)
    found = f"the store was begun as {known}, and is another file now"
    return Problem("E383", found, "the store itself, and no copy", file=here)


def history_in(path: Path) -> str | None:
    """Return the id of the history in a store; None where there is none that can be read. Leaves no trace."""
    with suppress(sqlite3.Error), closing(looked_into(path)) as db:
        row = db.execute("SELECT history FROM home").fetchone()
        return None if row is None else str(row[0])
    return None


def _whereabouts(path: Path) -> tuple[str, str]:
    """Return path and number of a file; one that was taken away while it was open has no number."""
    try:
        return str(path.resolve()), str(path.stat().st_ino)
    except OSError:
        return str(path.resolve()), ""


def looked_into(path: Path) -> sqlite3.Connection:
    """Open a store as it was when it was last closed, and leave no files beside it. The caller closes it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
