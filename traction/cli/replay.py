"""``traction replay``: judge a record again, by its own limits or by tighter ones."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, style_of
from traction.cli.names import FILE, RECORD, kind_of
from traction.errors import Problem, UsageError

EXIT_OTHERWISE = 5


@click.command(
    "replay",
    cls=RichCommand,
    short_help="Judge a record again.",
    epilog="Example: traction replay run.mcap --limits stricter.toml",
)
@click.argument("record", type=RECORD, metavar="RECORD")
@click.option(
    "--limits",
    "limits",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="Judge by the tightest of the record's limits and these.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(record: Path, limits: Path | None, as_json: bool) -> int:
    """Let the supervisor judge the samples of a RECORD again, and compare.

    Without --limits it ends with 0 when the same verdicts come at the same samples, else with 5. With
    --limits it says what would have tripped where, or been refused before the run (5), or that all would have
    held, and by how much (0). Limits that are looser than the record's change nothing. 6: a damaged record.
    """
    from traction.cli.damage import read_for, verdict_on
    from traction.report.recorded import header_of
    from traction.report.replay import replay
    from traction.report.replay_limits import limits_file

    if limits is not None and kind_of(limits) != FILE:  # a pipe would be waited for
        found = f"{limits} is {kind_of(limits)}"
        raise UsageError(Problem("E132", found, "a file of limits", str(limits), field="--limits"))
    known = read_for(record)
    source = None if limits is None else limits_file(limits, header_of(known).text("region"))
    judged = replay(known, source)
    if as_json:
        from traction.report.replay_text import replay_row

        emit_json({"record": str(record), **replay_row(judged)})
    else:
        from traction.report.replay_text import replay_lines

        emit(replay_lines(judged, style_of(sys.stdout)))
    damaged = verdict_on(known)
    return damaged or (0 if judged.holds else EXIT_OTHERWISE)
