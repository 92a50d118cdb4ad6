"""The tables of a store, version by version: each migration takes a store from one version to the next."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x54524331
"""Says in the header of the file that it is a store of courses, and no other database."""

_FIRST: Final = (
    """CREATE TABLE course (
        id TEXT PRIMARY KEY,
        course_digest TEXT NOT NULL,
        patient_id TEXT NOT NULL,
        patient_digest TEXT NOT NULL,
        patient TEXT NOT NULL,
        protocols TEXT NOT NULL,
        revision INTEGER NOT NULL CHECK (revision >= 0)
    ) STRICT""",
    """CREATE TABLE session (
        course_id TEXT NOT NULL REFERENCES course (id),
        entry INTEGER NOT NULL CHECK (entry >= 1),
        number INTEGER NOT NULL CHECK (number >= 1),
        level INTEGER NOT NULL CHECK (level >= 1),
        stage TEXT NOT NULL,
        protocol TEXT NOT NULL,
        protocol_digest TEXT NOT NULL,
        patient_id TEXT NOT NULL,
        patient_digest TEXT NOT NULL,
        course_digest TEXT NOT NULL,
        mass_kg REAL NOT NULL,
        planned_peak_n REAL NOT NULL,
        planned_s REAL NOT NULL,
        checklist_digest TEXT NOT NULL,
        answers TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        closed_at TEXT,
        record_path TEXT,
        record_digest TEXT,
        record_bytes INTEGER,
        outcome TEXT,
        code TEXT,
        peak_n REAL,
        table_url TEXT,
        tolerated INTEGER CHECK (tolerated IN (0, 1)),
        symptoms TEXT,
        note TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (course_id, entry),
        CHECK ((closed_at IS NULL) = (outcome IS NULL))
    ) STRICT, WITHOUT ROWID""",
    # not the program's care but the file's own rule: one open session of a course, and one of a patient
    "CREATE UNIQUE INDEX open_of_course ON session (course_id) WHERE closed_at IS NULL",
    "CREATE UNIQUE INDEX open_of_patient ON session (patient_id) WHERE closed_at IS NULL",
    """CREATE UNIQUE INDEX record_once ON session (record_digest)
        WHERE record_digest IS NOT NULL AND outcome <> 'REFUSED'""",
    """CREATE TABLE event (
        course_id TEXT NOT NULL REFERENCES course (id),
        entry INTEGER NOT NULL,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (course_id, entry)
    ) STRICT, WITHOUT ROWID""",
)

_SECOND: Final = (
    """CREATE TABLE home (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        history TEXT NOT NULL,
        path TEXT NOT NULL,
        inode TEXT NOT NULL
    ) STRICT""",
    "ALTER TABLE session ADD COLUMN eased INTEGER CHECK (eased >= 0)",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _SECOND)
"""Statements that take a store from version n to version n + 1; what is written here never changes again."""
