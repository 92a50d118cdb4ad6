"""``traction report``: what a record says, as text, as one object, as a picture or as a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.names import NEW_REPORT, RECORD, TOLERANCE

if TYPE_CHECKING:
    from traction.report.conformance_rows import Conformance
    from traction.report.summary import Summary
    from traction.runner.reader import Record

PAGE = ".html"


@click.command(
    "report",
    cls=RichCommand,
    short_help="Report on the record of a run.",
    epilog="Example: traction report run.mcap -o run.html",
)
@click.argument("record", type=RECORD, metavar="RECORD")
@click.option(
    "-o",
    "--out",
    "--plot",
    "outs",
    type=NEW_REPORT,
    multiple=True,
    metavar="FILE.html",
    help="Also write a page (.html) or a picture (.png, .svg, .pdf); repeatable.",
)
@click.option(
    "--tolerance",
    type=TOLERANCE,
    metavar="NAME|FILE.toml",
    help="The profile to judge by; without it that of the protocol, or yy-0697.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(record: Path, outs: tuple[Path, ...], tolerance: str | None, as_json: bool) -> int:
    """Report on a RECORD: outcome, figures, conformance, margins; with -o also a page or a picture.

    A record that was cut short is shown as far as it goes, with a warning. A damaged one is shown as far as
    it can be trusted, and ends with 6.
    """
    from traction.cli.damage import read_for, verdict_on
    from traction.report.conformance import conformance, judged_by
    from traction.report.recorded import of_record

    known = read_for(record)
    summary = of_record(known)
    profile = judged_by(known, tolerance)
    judged = conformance(known, profile)
    if as_json:
        from traction.report.conformance_row import conformance_row
        from traction.report.summary import summary_row

        rows = {"complete": known.complete, "rows": len(known.samples["t_us"])}
        emit_json({**summary_row(summary), **rows, "conformance": conformance_row(judged)})
    else:
        emit(_lines(known, summary, judged))
    for out in outs:
        if out.suffix.lower() == PAGE:
            from traction.report.session_page import write_page

            write_page(known, profile, out)
            note_folded(f"page: {out}")
        else:
            from traction.report.session_picture import draw

            draw(known, out)
            note_folded(f"picture: {out}")
    return verdict_on(known)


def _lines(record: Record, summary: Summary, judged: Conformance) -> list[str]:
    from traction.report.chart import force_chart
    from traction.report.conformance_text import out_lines, verdict_lines
    from traction.report.layout import heading
    from traction.report.recorded import series_of
    from traction.report.text import summary_lines

    style = style_of(sys.stdout)
    series = series_of(record)
    lines = summary_lines(summary, style)
    lines += heading("Commanded against delivered", style)
    lines += [*verdict_lines(judged, style), *out_lines(judged, style)]
    lines += heading("Measured force over time (min:s)", style)
    return lines + force_chart(series["time_s"].tolist(), series["force_n"].tolist(), style, rows=9)
