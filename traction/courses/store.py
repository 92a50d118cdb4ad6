"""The store of courses: one SQLite file, written in whole transactions or not at all.

Two processes may use it at once, and either may be killed at any moment: SQLite's write-ahead log with full
synchronisation holds that (https://www.sqlite.org/wal.html), and the rules of ``store_schema.py`` hold that
no two sessions are open. It has to lie on a disk of this machine: the log does not work over a network.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from traction.courses import home
from traction.courses import store_rows as rows
from traction.courses.history import Begun, Closing, History, Opening
from traction.courses.store_schema import APPLICATION_ID, MIGRATIONS
from traction.errors import Problem, RecordError, RefusedError

BUSY_MS: Final = 5_000
"""So long a command waits for another one that writes; a transaction here takes milliseconds."""

_CODES: Final = {
    sqlite3.SQLITE_BUSY: "E622",
    sqlite3.SQLITE_LOCKED: "E622",
    sqlite3.SQLITE_FULL: "E623",
    sqlite3.SQLITE_IOERR: "E623",
    sqlite3.SQLITE_READONLY: "E623",
    sqlite3.SQLITE_CORRUPT: "E624",
}


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """An open store. Every method is one transaction."""

    path: Path
    _connection: sqlite3.Connection

    def history(self, course_id: str) -> History:
        """Return all that is known of a course, from one moment. Raises RecordError E622, E624."""
        with self._transaction("BEGIN") as db:
            try:
                begun = rows.begun(db, course_id)
                held, events = rows.sessions(db, course_id), rows.events(db, course_id)
            except (ValueError, TypeError) as error:  # a text that is no JSON: nothing here wrote it
                raise RecordError(Problem("E624", str(error), "a sound file", file=str(self.path))) from error
            return History(begun, held, events, home.away(db, self.path))

    def begin(self, begun: Begun, patient_id: str, at: str, told: Mapping[str, object] | None = None) -> None:
        """Write down what a course begins with, and what was ``told`` about it.

        Raises RefusedError E370 where another process just has.
        """
        with self._changing() as db:
            rows.insert_course(db, begun, patient_id)
            rows.add_event(db, begun.course_id, at, "begun", {"course": begun.course_digest, **(told or {})})

    def accept(self, begun: Begun, at: str, kind: str, detail: dict[str, object]) -> None:
        """Write down that a change was confirmed: its digests hold from now on."""
        with self._changing(begun) as db:
            rows.require_clock(db, begun.course_id, at, self.path)
            rows.update_course(db, begun)
            rows.add_event(db, begun.course_id, at, kind, detail)

    def open_session(self, begun: Begun, opening: Opening, at: str) -> int:
        """Open a session and return its entry. Raises RefusedError E370 where one is open already."""
        with self._changing(begun) as db:
            rows.require_clock(db, begun.course_id, at, self.path)
            entry = rows.insert_session(db, begun.course_id, opening, at)
            rows.add_event(db, begun.course_id, at, "opened", {"session": opening.number})
            return entry

    def close_session(self, begun: Begun, entry: int, closing: Closing, at: str, *, note: str = "") -> None:
        """Tie a record to the open session, or give it up. RefusedError E376: a record tied before.

        It ends no earlier than it was opened, whatever a clock says that was set back in it.
        """
        with self._changing(begun) as db:
            at = max(at, rows.latest_at(db, begun.course_id))
            rows.close(db, begun.course_id, entry, closing, at, note)
            detail = {"entry": entry, "outcome": closing.outcome, "record": closing.record_digest}
            rows.add_event(db, begun.course_id, at, "closed", detail)

    def add_session(self, begun: Begun, opening: Opening, closing: Closing, at: str) -> None:
        """Write down a session that was run elsewhere, opened and closed in one. RefusedError E370, E376."""
        with self._changing(begun) as db:
            rows.require_clock(db, begun.course_id, at, self.path)
            entry = rows.insert_session(db, begun.course_id, opening, at)
            rows.close(db, begun.course_id, entry, closing, at, "")
            detail = {"session": opening.number, "record": closing.record_digest}
            rows.add_event(db, begun.course_id, at, "added", detail)

    def judge_session(
        self, begun: Begun, entry: int, at: str, *, tolerated: bool | None, symptoms: str | None, note: str
    ) -> None:
        """Write down what was said of a session; what was said before stays in the events."""
        with self._changing(begun) as db:
            rows.require_clock(db, begun.course_id, at, self.path)
            rows.judge(db, begun.course_id, entry, tolerated, symptoms, note)
            detail = {"entry": entry, "tolerated": tolerated, "symptoms": symptoms, "note": note}
            rows.add_event(db, begun.course_id, at, "judged", detail)

    def move_record(self, begun: Begun, entry: int, path: str, at: str) -> None:
        """Write down where the record of a session lies now."""
        with self._changing(begun) as db:
            rows.require_clock(db, begun.course_id, at, self.path)
            rows.move(db, begun.course_id, entry, path)
            rows.add_event(db, begun.course_id, at, "moved", {"entry": entry, "path": path})

    def review(self, begun: Begun, at: str, detail: dict[str, object]) -> None:
        """Write down a review: it may stand before entries that were made by a wrong clock."""
        with self._changing(begun) as db:
            rows.add_event(db, begun.course_id, at, "reviewed", detail)

    def settle_here(self, known: Begun, at: str, found: Problem) -> None:
        """Write down that the store is at home where it is now: somebody said that it was moved for good."""
        with self._transaction("BEGIN IMMEDIATE") as db:
            rows.require_revision(db, known, self.path)
            home.settle(db, self.path)
            at = max(at, rows.latest_at(db, known.course_id))
            rows.add_event(db, known.course_id, at, "moved store", {found.code: found.message})

    def check(self) -> None:
        """Look through every page. Raises RecordError E624 for what does not hold together."""
        with self._transaction("BEGIN") as db:
            said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if said != "ok":
            raise RecordError(Problem("E624", str(said), "a sound file", file=str(self.path)))

    @contextmanager
    def _changing(self, begun: Begun | None = None) -> Iterator[sqlite3.Connection]:
        """Hold the file for one change; ``begun`` must still be what it was when it was read."""
        with self._transaction("BEGIN IMMEDIATE") as db:
            found = home.away(db, self.path)
            if found is not None:
                raise RefusedError(found)
            if begun is not None:
                rows.require_revision(db, begun, self.path)
            home.settle(db, self.path)
            yield db

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with _plainly(self.path):
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has rolled it back already
                    self._connection.execute("ROLLBACK")
                raise


@contextmanager
def open_store(path: Path, *, create: bool = True) -> Iterator[Store]:
    """Open a store, brought to this version's tables; made where there is none and ``create``.

    Raises RecordError E620 to E624.
    """
    if not path.parent.is_dir() or (not create and not path.exists()):
        raise RecordError(
            Problem("E620", "it is not there", "a store, in a folder that exists", file=str(path))
        )
    if path.exists() and not path.is_file():
        raise RecordError(Problem("E620", "it is no plain file", "a store", file=str(path)))
    with _plainly(path):
        connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    with closing(connection):
        with _plainly(path):
            _prepare(connection, path)
        yield Store(path, connection)


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA trusted_schema = OFF")
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    empty = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if owner != APPLICATION_ID and not (owner == 0 and empty):
        raise RecordError(
            Problem("E620", "a database of something else", "a store of courses", file=str(path))
        )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    if db.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
        migrate(db, path)


def migrate(db: sqlite3.Connection, path: Path, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring a store to the version of ``migrations``, in one transaction. Raises RecordError E621."""
    db.execute("BEGIN IMMEDIATE")
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]  # another process may have been faster
        if version > len(migrations):
            found, expected = f"version {version}", f"version {len(migrations)} or older"
            raise RecordError(Problem("E621", found, expected, file=str(path)))
        for statements in migrations[version:]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(migrations)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def _plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a code of ours: nothing of the change is in the file then."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise _refused(error, path) from error
    except sqlite3.Error as error:
        number = getattr(error, "sqlite_errorcode", 0) & 0xFF
        code = _CODES.get(number, "E620")
        raise RecordError(Problem(code, str(error), "a store that can be used", file=str(path))) from error


def _refused(error: sqlite3.IntegrityError, path: Path) -> RefusedError:
    """Say which rule of the file a change would have broken."""
    said = str(error)
    if "record_digest" in said:
        problem = Problem("E376", "a record that another session has", "one of its own", file=str(path))
    else:
        problem = Problem("E370", "a session is open, or was just opened elsewhere", "none", file=str(path))
    return RefusedError(problem)
