"""``traction course review``: somebody has looked at what a stop rule found, and lets the course go on."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.bench_common import operator_option
from traction.cli.common import debug_option, note_folded
from traction.cli.course_common import confirm_option, file_argument, opened, store_option
from traction.cli.people import today
from traction.errors import Problem, RefusedError, UsageError


@click.command(
    "review",
    cls=RichCommand,
    short_help="Let a course go on that a stop rule holds.",
    epilog='Example: traction course review course.toml --operator Ada --note "strap mended"',
)
@file_argument
@store_option
@operator_option
@click.option("--note", default="", metavar="TEXT", help="What was found, and why it may go on.")
@confirm_option("store")
@debug_option
def command(file: Path, store_file: Path | None, operator: str, note: str) -> int:
    """Write down who looked at what holds the course, and why it may go on: a stop rule, or a wrong clock.

    The rules count anew from here; after a clock that was wrong, the rest counts from here.
    """
    from traction.courses.rules import clock_back, held_back

    note = note.strip()
    if not operator or not note or len(note) > 1000 or not note.isprintable():
        raise UsageError(Problem("E100", "a review", "--operator NAME and --note TEXT"))
    with opened(file, store_file, "change") as kept:
        history, now = kept.book.history, today()
        course = kept.book.course
        found = (*clock_back(course, history, now), *held_back(course, history, now))
        if not found or kept.store is None or history.begun is None:
            said = "neither a stop rule nor a clock holds the course"
            raise RefusedError(Problem("E378", said, "one to review", file=str(file)))
        detail: dict[str, object] = {
            "held": len(history.held),
            "operator": operator,
            "note": note,
            "rules": [problem.message for problem in found],
        }
        kept.store.review(history.begun, now, detail)
    note_folded(f"reviewed by {operator}: the course may go on")
    return 0
