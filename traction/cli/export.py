"""``traction export``: a record as tables for pandas, polars, DuckDB, MATLAB and spreadsheets."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, note_folded
from traction.cli.names import RECORD, NewFile

NEW_EXPORT = NewFile("E652")


@click.command(
    "export",
    cls=RichCommand,
    short_help="Write a record as tables for other tools.",
    epilog="Example: traction export run.mcap -o run.parquet",
)
@click.argument("record", type=RECORD, metavar="RECORD")
@click.option(
    "-o",
    "--out",
    type=NEW_EXPORT,
    required=True,
    metavar="FILE.csv",
    help="Where to: .csv, .parquet, .json or .mat; the ending says which.",
)
@debug_option
def command(record: Path, out: Path) -> int:
    """Write the samples, events and spans of a RECORD as tables, with a dictionary of every column.

    CSV and Parquet are one file for each table: run.csv, run.events.csv, run.spans.csv; the dictionary of a
    CSV is run.dictionary.json. JSON and MATLAB files hold everything. Of a damaged record the part that can
    be trusted is written, and the command ends with 6.
    """
    from traction.cli.damage import read_for, verdict_on
    from traction.report.export import check_export, write_export

    check_export(out)
    known = read_for(record)
    for path in write_export(known, out):
        note_folded(f"written: {path}")
    return verdict_on(known)
