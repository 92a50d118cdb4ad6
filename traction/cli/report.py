"""``traction report``: what a record says, as text, as one object, or as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli import EXIT_USAGE
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.errors import print_problems
from traction.cli.names import RECORD
from traction.cli.options import picture_option
from traction.errors import RecordError

if TYPE_CHECKING:
    from traction.report.summary import Summary
    from traction.runner.reader import Record

EXIT_DAMAGED = 6
NO_FILE = "E611"
"""Not what a record says but that there is none."""

CUT_SHORT = ("E613", "E615")
"""A record may lack its end, as after a crash, and still tell the truth as far as it goes."""


@click.command(
    "report",
    cls=RichCommand,
    short_help="Report on the record of a run.",
    epilog="Example: traction report run.mcap --plot run.png",
)
@click.argument("record", type=RECORD, metavar="RECORD")
@picture_option("-o", "--plot")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(record: Path, plot: Path | None, as_json: bool) -> int:
    """Report on a RECORD: outcome, figures, margins; with --plot also a picture of forces and disc pressure.

    A record that was cut short is shown as far as it goes, with a warning. A damaged one is shown as far as
    it can be trusted, and ends with 6.
    """
    from traction.report.recorded import of_record
    from traction.runner.reader import read_record

    try:
        known = read_record(record)
        summary = of_record(known)
    except RecordError as error:
        print_problems(error.problems)
        return EXIT_USAGE if error.code == NO_FILE else error.exit_code
    if as_json:
        from traction.report.summary import summary_row

        emit_json({**summary_row(summary), "complete": known.complete, "rows": _rows(known)})
    else:
        emit(_lines(known, summary))
    if plot is not None:
        from traction.report.session_picture import draw

        draw(known, plot)
        note_folded(f"picture: {plot}")
    return _verdict(known)


def _verdict(record: Record) -> int:
    if record.complete:
        return 0
    damage = [problem for problem in record.problems if problem.code not in CUT_SHORT]
    damaged = bool(damage)
    what = (
        "DAMAGED: only the part shown can be trusted" if damaged else "INCOMPLETE: the session was cut short"
    )
    note_folded(f"warning: this record is {what}")
    # behind damage nobody knows whether the rest was ever written: nothing more is said of it
    print_problems(damage or record.problems)
    return EXIT_DAMAGED if damaged else 0


def _lines(record: Record, summary: Summary) -> list[str]:
    from traction.report.chart import force_chart
    from traction.report.layout import heading
    from traction.report.recorded import series_of
    from traction.report.text import summary_lines

    style = style_of(sys.stdout)
    series = series_of(record)
    lines = summary_lines(summary, style)
    lines += heading("Measured force over time (min:s)", style)
    return lines + force_chart(series["time_s"].tolist(), series["force_n"].tolist(), style, rows=9)


def _rows(record: Record) -> int:
    return len(record.samples["t_us"])
