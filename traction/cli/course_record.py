"""``traction course record``: tie a record to a session, give a session up, or say how one was borne."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, note_folded
from traction.cli.course_common import (
    confirm_options,
    file_argument,
    opened,
    settle,
    store_option,
    write_down,
)
from traction.cli.names import RECORD
from traction.cli.people import today
from traction.errors import Problem, RefusedError, UsageError

if TYPE_CHECKING:
    from traction.cli.course_common import Kept
    from traction.courses.history import Session

SYMPTOMS: Final = click.Choice(["same", "inward", "outward", "gone"])
RECORD_HELP = "The record of the open session, of one run outside, or (with --session) where it lies now."
ABANDON_HELP = "Give the open session up: there is no record of it; --note says why."


@click.command(
    "record",
    cls=RichCommand,
    short_help="Tie a record; say how a session was borne.",
    epilog="Example: traction course record course.toml --tolerated yes --symptoms same",
)
@file_argument
@store_option
@click.option("--record", type=RECORD, metavar="PATH", help=RECORD_HELP)
@click.option(
    "--session", "number", type=click.IntRange(1), metavar="N", help="Which one. [default: the last]"
)
@click.option("--tolerated", type=click.Choice(["yes", "no"]), help="Whether the session was borne well.")
@click.option("--symptoms", type=SYMPTOMS, help="How symptoms moved in it.")
@click.option(
    "--note", default="", metavar="TEXT", callback=lambda _c, _p, text: _plain(text), help="A note."
)
@click.option("--abandon", is_flag=True, help=ABANDON_HELP)
@confirm_options
@debug_option
def command(
    file: Path,
    store_file: Path | None,
    record: Path | None,
    number: int | None,
    tolerated: str | None,
    symptoms: str | None,
    note: str,
    abandon: bool,
) -> int:
    """Write down what came of a session; nothing that was said before is lost.

    A record belongs to its session by digest, protocol, patient and session number, or it is refused (E376).
    The rules of the course go by --tolerated and --symptoms.
    """
    said = tolerated is not None or symptoms is not None or bool(note)
    if not (said or record or abandon):
        raise UsageError(
            Problem("E100", "nothing to write down", "--record, --abandon, --tolerated or --symptoms")
        )
    if abandon and (record or tolerated or not note):
        raise UsageError(
            Problem("E100", "--abandon", "it alone, with a --note that says why", field="--abandon")
        )
    from traction.courses.session_lock import held_alone

    with opened(file, store_file, "change") as kept:
        if abandon:
            with held_alone(file):
                return _abandon(kept, note)
        if record is not None:
            with held_alone(file):
                kept = _tie(kept, record, number)
        if said:
            _judge(kept, number, None if tolerated is None else tolerated == "yes", symptoms, note)
    return 0


def _plain(text: str) -> str:
    if len(text) > 1000 or not text.isprintable():
        raise UsageError(Problem("E100", "--note", "at most 1000 characters that can be printed"))
    return text.strip()


def _abandon(kept: Kept, note: str) -> int:
    from traction.courses.history import Closing

    store, opened_session = kept.store, kept.book.history.open_session
    if store is None or opened_session is None or kept.book.history.begun is None:
        raise RefusedError(
            Problem("E378", "no session is open", "one to give up", file=str(kept.book.course.path))
        )
    closing = Closing(None, None, None, "ABANDONED", "", None, None)
    store.close_session(kept.book.history.begun, opened_session.entry, closing, today(), note=note)
    note_folded(f"session {opened_session.number} was given up; its place in the plan is free again")
    return 0


def _tie(kept: Kept, record: Path, number: int | None) -> Kept:
    """Tie a record to the open session, to one that has it (moved), or to the one that is due."""
    from dataclasses import replace

    from traction.cli.course_common import Kept as Pair
    from traction.courses.tie import closing_of, digest_of, place_of

    store, book, now = kept.store, kept.book, today()
    assert store is not None
    session, begun = book.history.open_session, book.history.begun
    if number is not None and (session is None or session.number != number):
        held = _held(kept, number)
        if held.closing is None or digest_of(record) != held.closing.record_digest or begun is None:
            found, expected = f"{record} is not the record of session {number}", "the file with its digest"
            raise RefusedError(Problem("E376", found, expected, file=str(record)))
        store.move_record(begun, held.entry, place_of(record, book.course.path.parent), now)
        note_folded(f"the record of session {number} lies at {record} now")
    elif session is not None and begun is not None:
        store.close_session(
            begun, session.entry, closing_of(record, session.opening, book.course.path.parent), now
        )
        note_folded(f"session {session.number} is tied to {record}")
    else:
        _tie_outside(kept, record, now)
    return Pair(replace(book, history=store.history(book.course.id)), store)


def _tie_outside(kept: Kept, record: Path, now: str) -> None:
    """Tie a record of a session that was run without the course, where it is the one that is due."""
    from traction.cli.course_run import prove
    from traction.courses.tie import closing_of

    book = kept.book
    due = book.due(now)
    if due.planned is None:
        raise RefusedError(*due.problems)
    profile = prove(book, due, "sim:").profile
    opening = book.opening(due, profile, "", {})
    closing = closing_of(record, opening, book.course.path.parent)
    fine = settle([*due.problems, *book.jumps(profile.peak_n)])
    book = write_down(kept, fine, now)
    assert kept.store is not None
    assert book.history.begun is not None
    kept.store.add_session(book.history.begun, opening, closing, now)
    note_folded(f"session {opening.number}, run outside the course, is tied to {record}")


def _judge(kept: Kept, number: int | None, tolerated: bool | None, symptoms: str | None, note: str) -> None:
    store, begun = kept.store, kept.book.history.begun
    session = _held(kept, number)
    if store is None or begun is None or session.is_open:
        raise RefusedError(Problem("E370", f"session {session.number} is still open", "its record first"))
    store.judge_session(begun, session.entry, today(), tolerated=tolerated, symptoms=symptoms, note=note)
    note_folded(f"written down for session {session.number}")


def _held(kept: Kept, number: int | None) -> Session:
    """Return the session of this number, or the last one. Raises RefusedError E378 where there is none."""
    sessions = [one for one in kept.book.history.sessions if one.counts or one.is_open]
    found = sessions[-1:] if number is None else [one for one in sessions if one.number == number]
    if not found:
        said = "no session has been held" if number is None else f"session {number} has not been held"
        raise RefusedError(Problem("E378", said, "one that has", file=str(kept.book.course.path)))
    return found[-1]
