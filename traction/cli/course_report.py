"""``traction course report``: a course as one document: the plan, every session with its record's digest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit
from traction.cli.course_common import file_argument, opened, store_option
from traction.cli.errors import print_problems
from traction.cli.names import NewFile
from traction.cli.outputs import write_file
from traction.cli.people import style, today
from traction.errors import Problem, UsageError

SUFFIXES: Final = (".html", ".json", ".txt")


@click.command(
    "report",
    cls=RichCommand,
    short_help="A course as one document.",
    epilog="Example: traction course report course.toml -o course.html",
)
@file_argument
@store_option
@click.option(
    "-o",
    "--out",
    type=NewFile("E162"),
    metavar="FILE",
    help="Write .html, .json or .txt instead of the screen.",
)
@debug_option
def command(file: Path, store_file: Path | None, out: Path | None) -> int:
    """Put a course into one document: file, patient's id, rules, calendar, sessions, events, digests.

    Every record is read through and held against its digest; what is missing or altered is said in it, and
    the command ends with 3.
    """
    from traction.courses.outlook import due_now, outlook
    from traction.courses.tie import record_problems
    from traction.report.clean import clean
    from traction.report.course_page import course_page
    from traction.report.course_text import report_lines
    from traction.report.courses import report_row
    from traction.report.style import Style

    if out is not None and out.suffix not in SUFFIXES:  # -o course.toml would be the end of the course's file
        found = f"the report name {out.name!r}"
        raise UsageError(Problem("E161", found, f"one ending in {', '.join(SUFFIXES)}", field="--out"))
    with opened(file, store_file, "history") as kept:
        book = kept.book
        due, rows = due_now(book, today()), outlook(book)
        problems = tuple(record_problems(book.history.sessions, book.course.path.parent, digests=True))
    if out is None:
        emit(report_lines(book, rows, due, problems, style()))
    elif out.suffix == ".json":
        write_file(out, json.dumps(report_row(book, rows, due, problems), indent=2, allow_nan=False) + "\n")
    elif out.suffix == ".html":
        write_file(out, course_page(book, rows, due, problems))
    else:
        lines = report_lines(book, rows, due, problems, Style(width=100, unicode=False))
        write_file(out, "".join(f"{clean(line)}\n" for line in lines))
    if problems:
        print_problems(problems)
        return EXIT_REFUSED
    return 0
