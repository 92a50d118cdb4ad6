"""``traction report``: what a record says, as text, as one object, or as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.names import RECORD
from traction.cli.options import picture_option

if TYPE_CHECKING:
    from traction.report.summary import Summary
    from traction.runner.reader import Record


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
    from traction.cli.damage import read_for, verdict_on
    from traction.report.recorded import of_record

    known = read_for(record)
    summary = of_record(known)
    if as_json:
        from traction.report.summary import summary_row

        emit_json({**summary_row(summary), "complete": known.complete, "rows": _rows(known)})
    else:
        emit(_lines(known, summary))
    if plot is not None:
        from traction.report.session_picture import draw

        draw(known, plot)
        note_folded(f"picture: {plot}")
    return verdict_on(known)


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
