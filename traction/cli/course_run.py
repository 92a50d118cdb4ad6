"""Run the session of a course that is due: prove it, open it in the store, run it, tie its record."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from traction.cli.bench_common import is_terminal
from traction.cli.common import emit, emit_json, note_folded, style_of
from traction.cli.course_common import Kept, settle, write_down
from traction.cli.errors import print_problems
from traction.cli.people import require_ready, today
from traction.errors import Problem, RecordError, RefusedError, TractionError

if TYPE_CHECKING:
    from traction.cli.wishes import ClockName
    from traction.courses.book import Book
    from traction.courses.history import Closing, Opening
    from traction.courses.rules import Due
    from traction.proof import Proof
    from traction.runner.plan import About
    from traction.runner.session import SessionResult


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of the run."""

    table: str
    preflight: Mapping[str, str]
    answers: Mapping[str, str]
    clock: str | None
    yes: bool
    quiet: bool
    as_json: bool


def prove(book: Book, due: Due, table: str) -> Proof:
    """Compile and verify the session that is due, under the patient's limits and the cap of the course.

    Raises what ``traction.proof.verify`` raises; what breaks a limit stands in the proof.
    """
    from traction.proof import verify

    assert due.planned is not None
    return verify(
        book.protocols[due.planned.stage.protocol],
        mass_kg=book.patient.mass_kg,
        table=table,
        seed=book.seed_of(due.number),
        session=due.level,
        patient=book.patient.limit_source(book.region),
        max_force_n=book.course.caps.max_force_n,
    )


def highest_n(proof: Proof) -> float:
    """Return the highest force in N of every way through the questions, whatever may be set meanwhile."""
    from traction.protocol.happened import Edited, Happened
    from traction.protocol.live import FORCES

    highest = tuple(Edited(one.phase, 1, one.field, one.highest) for one in proof.live if one.field in FORCES)
    peaks_n = [proof.margins["peak_force"].value]
    for edits in (highest, *((one,) for one in highest)):
        with suppress(RefusedError):  # what cannot be set raises nothing
            peaks_n.append(proof.again(Happened(edits=edits)).margins["peak_force"].value)
    return max(peaks_n)


def run_due(kept: Kept, wanted: Wanted) -> int:
    """Run the session that is due and return its exit code.

    Raises RefusedError with everything against it, before anything is written or moved.
    """
    from traction.cli.session import confirm
    from traction.courses.session_lock import held_alone
    from traction.replan import require_answers
    from traction.runner.requests import Requests

    book, now = kept.book, today()
    due = book.due(now)
    if due.planned is None:
        raise RefusedError(*due.problems)
    proof = prove(book, due, wanted.table)
    fine = settle([*due.problems, *book.jumps(highest_n(proof))])
    proof.verification.require()
    about = require_ready(book.patient, book.region, wanted.preflight, simulated=proof.table.simulated)
    confirm(proof, yes=wanted.yes)
    clock = wanted.clock or ("virtual" if proof.table.simulated else "wall")
    attended = clock == "wall" and sys.stdin.isatty()
    require_answers(proof, Requests(answers=wanted.answers), attended=attended)
    book = write_down(kept, fine, now)
    opening = book.opening(due, proof.profile, about.checklist_digest, dict(about.answers))
    with held_alone(book.course.path):
        return _run(Kept(book, kept.store), proof, opening, about, wanted)


def _run(kept: Kept, proof: Proof, opening: Opening, about: About, wanted: Wanted) -> int:
    from traction.cli.session import run_shown
    from traction.report.courses import session_row
    from traction.report.summary import of_result, summary_row
    from traction.report.text import summary_lines
    from traction.runner.requests import Requests

    store, book = kept.store, kept.book
    assert store is not None
    assert book.history.begun is not None
    path = record_path(book, opening)
    entry = store.open_session(book.history.begun, opening, today())
    clock = cast("ClockName", wanted.clock or ("virtual" if proof.table.simulated else "wall"))
    try:
        asked = Requests(answers=wanted.answers)
        shown = run_shown(proof, wanted.table, path, clock, quiet=wanted.quiet, about=about, requests=asked)
        session = shown.session
    except TractionError as error:  # before anything moved: the table or the record was not there
        close(kept, entry, nothing_moved(error), f"{error.code}: {error.problems[0].message}")
        raise
    try:
        close(kept, entry, tied(session, opening, path, book.course.path.parent))
    except RecordError:
        print_problems(session.problems)
        note_folded(f"the session ended: {session.outcome}")
        raise
    summary = of_result(proof.session_plan(), session, clock, proof.table.simulated)
    if wanted.as_json:
        held = store.history(book.course.id).sessions[entry - 1]
        emit_json({**summary_row(summary), "course": session_row(held)})
    elif not session.problems:
        emit(summary_lines(summary, style_of(sys.stdout)))
    if session.problems:
        print_problems(session.problems)
        note_folded(f"{summary.outcome}: nothing moved; record {summary.record}")
    note_folded(f"session {opening.number} of {book.course.id} is tied to {path}")
    _ask_how(kept, entry)
    return session.exit_code


def _ask_how(kept: Kept, entry: int) -> None:
    """Ask at a terminal how the session was borne; elsewhere, and later, the next session asks for it."""
    store, book = kept.store, kept.book
    assert store is not None
    held = store.history(book.course.id)
    if not held.sessions[entry - 1].counts:
        return
    said = "later"
    if is_terminal():
        with suppress(click.Abort):
            said = click.prompt("Was it borne well?", type=click.Choice(["yes", "no", "later"]), err=True)
    if said == "later" or held.begun is None:
        note_folded(f"how was it borne? traction course record {book.course.path} --tolerated yes (or no)")
        return
    store.judge_session(held.begun, entry, today(), tolerated=said == "yes", symptoms=None, note="")


def tied(session: SessionResult, opening: Opening, path: Path, base: Path) -> Closing:
    """Return how the session ended, from its record; where there is none that can be read, from memory."""
    from dataclasses import replace

    from traction.courses.history import Closing
    from traction.courses.tie import closing_of

    code = session.code
    try:
        return replace(closing_of(path, opening, base), outcome=str(session.outcome), code=code)
    except RecordError as error:
        print_problems(error.problems)
        peak_n = session.stats.peak_force_n
        return Closing(None, None, None, str(session.outcome), code, peak_n, None)


def nothing_moved(error: TractionError) -> Closing:
    """Return the end of a session that never became one."""
    from traction.courses.history import Closing

    return Closing(None, None, None, "REFUSED", error.code, None, None)


def close(kept: Kept, entry: int, closing: Closing, note: str = "") -> None:
    """Close a session in the store; a store that cannot be written now loses nothing, and says so."""
    store, course_id = kept.store, kept.book.course.id
    assert store is not None
    begun = store.history(course_id).begun
    assert begun is not None
    try:
        store.close_session(begun, entry, closing, today(), note=note)
    except TractionError as error:
        where = kept.book.course.path
        said = f"the session is over and its record is {closing.record_path}, but the store does not have it"
        expected = f"that mended, then: traction course record {where} --record {closing.record_path}"
        raise RecordError(*error.problems, Problem("E623", said, expected)) from error


def record_path(book: Book, opening: Opening) -> Path:
    """Return where a record goes: a folder beside the course file. Raises RecordError E603."""
    from traction.courses.book import RECORDS

    folder = book.course.path.parent / RECORDS
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        found = f"the system said: {error.strerror}"
        raise RecordError(Problem("E603", found, "a folder we may write to", file=str(folder))) from error
    stem = f"{book.course.id}-{opening.number:03d}"
    path = folder / f"{stem}.mcap"
    tries = 1
    while path.exists():
        tries += 1
        path = folder / f"{stem}-try{tries}.mcap"
    return path
