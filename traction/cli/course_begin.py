"""``traction course begin``: begin the history of a course, in a store that is made where there is none."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, note_folded
from traction.cli.course_common import confirm_option, file_argument, opened, settle, store_option
from traction.cli.people import today

RECORDS_HELP = "Begin although records of the course lie beside its file, as where its store was lost."


@click.command(
    "begin",
    cls=RichCommand,
    short_help="Begin the history of a course, once.",
    epilog="Example: traction course begin course.toml",
)
@file_argument
@store_option
@confirm_option("records", RECORDS_HELP)
@debug_option
def command(file: Path, store_file: Path | None) -> int:
    """Begin the history of the course: the only command that makes a store, or a second course in one.

    Refused where the course has a history already, in this store or in one beside it.
    """
    from traction.courses.begin import in_the_way
    from traction.courses.book import RECORDS, store_beside
    from traction.courses.course import load_course

    where = store_beside(file) if store_file is None else store_file
    fine = settle(in_the_way(load_course(file), where, file.parent / RECORDS))
    with opened(file, store_file, "store") as kept:
        store, book = kept.store, kept.book
        assert store is not None
        store.begin(book.begun(), book.patient.id, today(), {one.code: one.message for one in fine})
    note_folded(f"a new history of {book.course.id} begins at {where}; next: traction course next {file}")
    return 0
