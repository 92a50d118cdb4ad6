"""``traction course status``: where a course stands, session by session."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json
from traction.cli.course_common import file_argument, opened, store_option
from traction.cli.errors import print_problems
from traction.cli.people import style, today

RECORDS_HELP = "Also read every record through and hold it against its digest, and look through the store."


@click.command(
    "status",
    cls=RichCommand,
    short_help="Where a course stands.",
    epilog="Example: traction course status course.toml --records",
)
@file_argument
@store_option
@click.option("--records", is_flag=True, help=RECORDS_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(file: Path, store_file: Path | None, records: bool, as_json: bool) -> int:
    """Show every session so far, what came of it, and what holds the course up now. Nothing is written.

    Ends with 0, or 3 when a record is missing or altered.
    """
    from traction.courses.outlook import due_now
    from traction.courses.tie import record_problems
    from traction.report.course_text import status_lines
    from traction.report.courses import status_row

    with opened(file, store_file, "history") as kept:
        if records and kept.store is not None:
            kept.store.check()
        due = due_now(kept.book, today())
        problems = tuple(
            record_problems(kept.book.history.sessions, kept.book.course.path.parent, digests=records)
        )
        if as_json:
            emit_json(status_row(kept.book, due, problems))
        else:
            emit(status_lines(kept.book, due, style()))
    if problems:
        print_problems(problems)
        return EXIT_REFUSED
    return 0
