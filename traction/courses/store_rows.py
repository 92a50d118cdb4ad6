"""The statements of the store, and its rows as plain objects."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from traction.courses.history import Begun, Closing, Event, Opening, Session
from traction.errors import Problem, RefusedError
from traction.patients.days import seconds_of

_OPENING: Final = (
    "number", "level", "stage", "protocol", "protocol_digest", "patient_id", "patient_digest",
    "course_digest", "mass_kg", "planned_peak_n", "planned_s", "checklist_digest", "answers",
)  # fmt: skip


def begun(db: sqlite3.Connection, course_id: str) -> Begun | None:
    """Return what a course was begun with, None where it was not."""
    row = db.execute("SELECT * FROM course WHERE id = ?", (course_id,)).fetchone()
    if row is None:
        return None
    return Begun(
        course_id,
        row["course_digest"],
        row["patient_digest"],
        json.loads(row["patient"]),
        json.loads(row["protocols"]),
        row["revision"],
    )


def sessions(db: sqlite3.Connection, course_id: str) -> tuple[Session, ...]:
    """Return the sessions of a course, oldest first."""
    query = "SELECT * FROM session WHERE course_id = ? ORDER BY entry"
    return tuple(_session(row) for row in db.execute(query, (course_id,)))


def events(db: sqlite3.Connection, course_id: str) -> tuple[Event, ...]:
    """Return the events of a course, oldest first."""
    query = "SELECT at, kind, detail FROM event WHERE course_id = ? ORDER BY entry"
    return tuple(_event(*row) for row in db.execute(query, (course_id,)))


def _event(at: str, kind: str, detail: str) -> Event:
    """Return an event. Raises ValueError for what nothing here wrote: rules would fall over it later."""
    found = json.loads(detail)
    if not isinstance(found, dict) or type(found.get("held", 0)) is not int:
        raise ValueError(f"an event {kind!a:.20} with {detail!a:.40}")
    seconds_of(at)
    return Event(at, kind, found)


def _session(row: sqlite3.Row) -> Session:
    opening = {name: row[name] for name in _OPENING}
    closing = None
    seconds_of(row["opened_at"])
    if row["closed_at"] is not None:
        seconds_of(row["closed_at"])
        closing = Closing(
            row["record_path"],
            row["record_digest"],
            row["record_bytes"],
            row["outcome"],
            row["code"],
            row["peak_n"],
            row["table_url"],
            row["eased"],
        )
    return Session(
        entry=row["entry"],
        opening=Opening(**{**opening, "answers": json.loads(row["answers"])}),
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        closing=closing,
        tolerated=None if row["tolerated"] is None else bool(row["tolerated"]),
        symptoms=row["symptoms"],
        note=row["note"],
    )


def require_revision(db: sqlite3.Connection, known: Begun, path: Path) -> None:
    """Raise RefusedError E370 where somebody has changed the course since it was read; else count up."""
    changed = db.execute(
        "UPDATE course SET revision = revision + 1 WHERE id = ? AND revision = ?",
        (known.course_id, known.revision),
    )
    if changed.rowcount != 1:
        found = "the course was changed by somebody else in the meantime"
        raise RefusedError(Problem("E370", found, "to look again", file=str(path)))


def insert_course(db: sqlite3.Connection, known: Begun, patient_id: str) -> None:
    """Insert the row of a course."""
    db.execute(
        "INSERT INTO course VALUES (?, ?, ?, ?, ?, ?, 0)",
        (
            known.course_id,
            known.course_digest,
            patient_id,
            known.patient_digest,
            _json(known.patient),
            _json(known.protocols),
        ),
    )


def update_course(db: sqlite3.Connection, known: Begun) -> None:
    """Set what a course is held against."""
    db.execute(
        "UPDATE course SET course_digest = ?, patient_digest = ?, patient = ?, protocols = ? WHERE id = ?",
        (
            known.course_digest,
            known.patient_digest,
            _json(known.patient),
            _json(known.protocols),
            known.course_id,
        ),
    )


def insert_session(db: sqlite3.Connection, course_id: str, opening: Opening, at: str) -> int:
    """Insert an open session and return its entry."""
    entry = int(_next(db, "session", course_id))
    values = {**asdict(opening), "answers": _json(opening.answers)}
    named = ("course_id", "entry", "opened_at", *_OPENING)
    marks = ", ".join("?" for _ in named)
    db.execute(
        f"INSERT INTO session ({', '.join(named)}) VALUES ({marks})",
        (course_id, entry, at, *(values[name] for name in _OPENING)),
    )
    return entry


def close(db: sqlite3.Connection, course_id: str, entry: int, closing: Closing, at: str, note: str) -> None:
    """Close a session. Raises RefusedError E370 where somebody else has: what they wrote down stays."""
    changed = db.execute(
        "UPDATE session SET closed_at = ?, record_path = ?, record_digest = ?, record_bytes = ?, outcome = ?,"
        " code = ?, peak_n = ?, table_url = ?, eased = ?, note = ?"
        " WHERE course_id = ? AND entry = ? AND closed_at IS NULL",
        (
            at,
            closing.record_path,
            closing.record_digest,
            closing.record_bytes,
            closing.outcome,
            closing.code,
            closing.peak_n,
            closing.table,
            closing.eased,
            note,
            course_id,
            entry,
        ),
    )
    if changed.rowcount != 1:
        raise RefusedError(
            Problem("E370", "the session was ended by somebody else meanwhile", "to look again")
        )


def judge(
    db: sqlite3.Connection,
    course_id: str,
    entry: int,
    tolerated: bool | None,
    symptoms: str | None,
    note: str,
) -> None:
    """Set what was said of a session; None and an empty note leave what is there."""
    db.execute(
        "UPDATE session SET tolerated = coalesce(?, tolerated), symptoms = coalesce(?, symptoms),"
        " note = CASE ? WHEN '' THEN note ELSE ? END WHERE course_id = ? AND entry = ?",
        (tolerated, symptoms, note, note, course_id, entry),
    )


def move(db: sqlite3.Connection, course_id: str, entry: int, path: str) -> None:
    """Set where a record lies."""
    db.execute(
        "UPDATE session SET record_path = ? WHERE course_id = ? AND entry = ?", (path, course_id, entry)
    )


def add_event(
    db: sqlite3.Connection, course_id: str, at: str, kind: str, detail: Mapping[str, object]
) -> None:
    """Append an event."""
    entry = _next(db, "event", course_id)
    db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?)", (course_id, entry, at, kind, _json(detail)))


def latest_at(db: sqlite3.Connection, course_id: str) -> str:
    """Return when the last event of a course was written down, empty where there is none."""
    query = "SELECT at FROM event WHERE course_id = ? ORDER BY entry DESC LIMIT 1"
    row = db.execute(query, (course_id,)).fetchone()
    return "" if row is None else str(row[0])


def require_clock(db: sqlite3.Connection, course_id: str, at: str, path: Path) -> None:
    """Raise RefusedError E374 where the last event of a course is still to come by this clock."""
    latest = latest_at(db, course_id)
    if at < latest:
        found = f"it is {at}, and the store has an entry of {latest}"
        raise RefusedError(Problem("E374", found, "a clock that only goes on", file=str(path)))


def _next(db: sqlite3.Connection, table: str, course_id: str) -> int:
    query = f"SELECT coalesce(max(entry), 0) + 1 FROM {table} WHERE course_id = ?"
    return int(db.execute(query, (course_id,)).fetchone()[0])


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), sort_keys=True, allow_nan=False)
