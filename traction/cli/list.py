"""``traction list``: the shipped protocols, their figures and where they come from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.errors import print_problems
from traction.cli.names import REGION
from traction.errors import Problem, TractionError

if TYPE_CHECKING:
    from traction.report.style import Style


@click.command(
    "list",
    cls=RichCommand,
    short_help="List the shipped protocols.",
    epilog="Example: traction list --region cervical",
)
@click.option("--region", type=REGION, help="Only the protocols for this body region.")
@click.option("--long", is_flag=True, help="Also print the source of each protocol.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, one object for each protocol.")
@debug_option
def command(region: str | None, long: bool, as_json: bool) -> int:
    """List the shipped protocols with their figures and the kind of source they have.

    The duration of a protocol that needs a body mass is the one at the reference mass that is named.
    """
    rows, problems = _rows(region)
    if as_json:
        emit_json(rows)
    else:
        emit(_lines(rows, style_of(sys.stdout), long=long))
    if problems:
        print_problems(problems)
        return EXIT_REFUSED
    if not rows:
        note_folded(f"no protocols for the region {region}" if region else "no protocols are shipped")
    return 0


def _rows(region: str | None) -> tuple[list[dict[str, Any]], list[Problem]]:
    from traction.protocol import library
    from traction.report.listing import listing_row

    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for path in library.names().values():
        try:
            row = listing_row(path)
        except TractionError as error:
            problems += error.problems
            continue
        if region is None or row["region"] == region:
            rows.append(row)
    return rows, problems


def _lines(rows: list[dict[str, Any]], style: Style, *, long: bool) -> list[str]:
    from traction.report.listing import listing_lines

    return listing_lines(rows, style, long=long)
