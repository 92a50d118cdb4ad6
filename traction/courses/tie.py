"""Tie a session to its record: by the digest of the file, and by what the record says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traction.courses.history import Closing, Opening, Session
from traction.errors import Problem, RefusedError
from traction.runner.eased import EASE

if TYPE_CHECKING:
    from traction.runner.reader import Record

CUT = "FAULTED"
"""The outcome of a record that has none: it was cut short, and nobody knows how the session ended."""


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def closing_of(path: Path, opening: Opening, base: Path) -> Closing:
    """Return how a session ended, from its record; the record has to be that of the session.

    ``base`` is the folder of the course's file: a record below it is known from there, so that both may move.
    Raises RecordError (E61x: it cannot be read) and RefusedError E376 for another protocol, patient, session
    number or body mass than the session was opened with.
    """
    from traction.runner.reader import read_record

    before = digest_of(path)
    record = read_record(path)
    problems = list(_strangers(record.header, opening, path))
    after = digest_of(path)
    if before is None or before != after:
        problems.append(
            Problem("E376", "the file changes while it is read", "a finished one", file=str(path))
        )
    if problems:
        raise RefusedError(*problems)
    outcome = record.outcome or {}
    return Closing(
        record_path=place_of(path, base),
        record_digest=after,
        record_bytes=path.stat().st_size,
        outcome=str(outcome.get("outcome", CUT)),
        code=str(outcome.get("code", "E614")),
        peak_n=_peak_n(record),
        table=str(record.header.get("table", {}).get("url", "")),
        eased=sum(event.name == EASE for event in record.events),
    )


def place_of(path: Path, base: Path) -> str:
    """Return where a record lies: from the course's folder where it is below it, else from the root."""
    whole, folder = path.resolve(), base.resolve()
    return str(whole.relative_to(folder) if whole.is_relative_to(folder) else whole)


def _peak_n(record: Record) -> float:
    forces = record.samples.get("force_mn")
    return 0.0 if forces is None or not len(forces) else float(forces.max()) / 1000.0


def _strangers(header: Any, opening: Opening, path: Path) -> Iterator[Problem]:
    patient = header.get("patient") or {}
    pairs = (
        ("protocol", (header.get("protocol") or {}).get("digest"), opening.protocol_digest),
        ("patient", patient.get("id"), opening.patient_id),
        ("patient's file", patient.get("digest"), opening.patient_digest),
        ("session number", header.get("session_number", 1), opening.level),
        ("body mass", header.get("mass_kg"), opening.mass_kg),
    )
    for what, found, expected in pairs:
        if found != expected:
            said = f"a record with the {what} {str(found)[:20]}"
            yield Problem("E376", said, f"that of the session, {str(expected)[:20]}", file=str(path))


def record_problems(sessions: Iterable[Session], base: Path, *, digests: bool) -> Iterator[Problem]:
    """Yield each record that is gone (E375) or not what it was (E376); with ``digests`` to the last bit.

    ``base`` is the folder of the course's file.
    """
    for session in sessions:
        closing = session.closing
        if closing is None or closing.record_path is None:
            continue
        path = base / closing.record_path
        try:
            size = path.stat().st_size
        except OSError:
            found = f"the record of session {session.number} is not there"
            yield Problem("E375", found, "the file that the session left", file=str(path))
            continue
        if size != closing.record_bytes or (digests and digest_of(path) != closing.record_digest):
            found = f"the record of session {session.number} is not what it was"
            yield Problem("E376", found, f"digest {str(closing.record_digest)[:12]}", file=str(path))
