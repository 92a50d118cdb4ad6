"""``traction course plan``: the calendar of a course, with the force of each session."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note_folded
from traction.cli.course_common import file_argument, opened, store_option
from traction.cli.people import style


@click.command(
    "plan",
    cls=RichCommand,
    short_help="The calendar, with each session's force.",
    epilog="Example: traction course plan course.toml",
)
@file_argument
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(file: Path, store_file: Path | None, as_json: bool) -> int:
    """Show every session of the course: its day, its level, its peak force and how long it takes.

    What was held is shown as it was. What is to come is shown as if every session were tolerated: no session
    goes further than that, and one that is not tolerated goes less far. Nothing is written.
    """
    from traction.courses.outlook import outlook
    from traction.report.courses import plan_lines, plan_row

    with opened(file, store_file) as kept:
        rows = outlook(kept.book)
        if as_json:
            emit_json(plan_row(kept.book, rows))
        else:
            emit(plan_lines(kept.book, rows, style()))
            if kept.book.history.begun is None:
                note_folded(f"its history is not begun yet: traction course begin {file}")
    return 0
