"""``traction check-run``: what was commanded against what was delivered, judged by a tolerance profile."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, style_of
from traction.cli.names import RECORD, TOLERANCE, NewFile
from traction.cli.quantity import FORCE

EXIT_OUT = 5
NEW_TEXT = NewFile("E162")


@click.command(
    "check-run",
    cls=RichCommand,
    short_help="Hold a run against a tolerance profile.",
    epilog="Example: traction check-run run.mcap --tolerance strict --junit run.xml",
)
@click.argument("record", type=RECORD, metavar="RECORD")
@click.option(
    "--tolerance",
    type=TOLERANCE,
    metavar="NAME|FILE.toml",
    help="The profile to judge by; without it that of the protocol, or yy-0697.",
)
@click.option(
    "--over",
    "over_n",
    type=FORCE,
    multiple=True,
    metavar="300N",
    help="Also count the time at or above this force; repeatable.",
)
@click.option("--all", "every", is_flag=True, help="A line for every hold, rest and ramp.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--junit", type=NEW_TEXT, metavar="FILE.xml", help="Also write JUnit XML.")
@debug_option
def command(
    record: Path,
    tolerance: str | None,
    over_n: tuple[float, ...],
    every: bool,
    as_json: bool,
    junit: Path | None,
) -> int:
    """Hold the holds, rests, ramps, times and dose of a RECORD against what was commanded.

    Ends with 0 when all that was judged is within tolerance, 5 when something is not or nothing could be
    judged, 6 when the record is damaged. Of a session that was stopped, what ran is judged.
    """
    from traction.cli.damage import read_for, verdict_on
    from traction.report.conformance import conformance, judged_by
    from traction.report.conformance_row import conformance_junit_lines, conformance_row

    known = read_for(record)
    found = conformance(known, judged_by(known, tolerance), thresholds_n=over_n)
    if as_json:
        emit_json({"record": str(record), **conformance_row(found)})
    else:
        from traction.report.conformance_text import CLAIM, conformance_lines
        from traction.report.layout import wrap

        style = style_of(sys.stdout)
        emit([*conformance_lines(found, style, every=every), "", *wrap(CLAIM, style)])
    if junit is not None:
        from traction.cli.outputs import write_file

        write_file(junit, "\n".join([*conformance_junit_lines(found, str(record)), ""]))
    damaged = verdict_on(known)
    return damaged or (0 if found.within else EXIT_OUT)
