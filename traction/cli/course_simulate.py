"""``traction course simulate``: what the model says of the sessions of a course, and of the time between."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note_folded
from traction.cli.course_common import file_argument, opened, store_option
from traction.cli.options import picture_option
from traction.cli.people import style


@click.command(
    "simulate",
    cls=RichCommand,
    short_help="What the model says between sessions.",
    epilog="Example: traction course simulate course.toml --plot course.png",
)
@file_argument
@store_option
@picture_option("--plot")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(file: Path, store_file: Path | None, plot: Path | None, as_json: bool) -> int:
    """Simulate each session of the course, a sham session beside it, and the rest of the day after both.

    The model is that of traction simulate, nominal but for the patient's mass, height and age. It has no
    pain, no healing and no outcome: it says what forces do to a disc, and how soon that is gone.
    """
    from traction.courses.outlook import outlook
    from traction.courses.simulate import live
    from traction.report.course_simulated import simulated_lines, simulated_row

    with opened(file, store_file) as kept:
        book = kept.book
    patient, lived = live(book, outlook(book))
    if as_json:
        emit_json(simulated_row(book, patient, lived))
    else:
        emit(simulated_lines(book, patient, lived, style()))
    if plot is not None:
        from traction.report.course_plot import draw

        draw(book, lived, plot)
        note_folded(f"picture: {plot}")
    return 0
