"""``traction list``: the shipped protocols and templates, their figures and where they come from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.errors import print_problems
from traction.cli.kinds import EVIDENCE, MODE
from traction.cli.names import REGION
from traction.errors import Problem, TractionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from traction.report.style import Style


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for; None stands for anything."""

    region: str | None
    mode: str | None
    evidence: str | None
    complete: bool

    def takes(self, row: dict[str, Any]) -> bool:
        """Say whether one row is wanted."""
        pairs = (("region", self.region), ("mode", self.mode), ("evidence", self.evidence))
        said = all(wanted in (None, row[key]) for key, wanted in pairs)
        return said and (not self.complete or bool(row["complete"]))


@click.command(
    "list",
    cls=RichCommand,
    short_help="List the shipped protocols.",
    epilog="Example: traction list --region cervical --mode intermittent",
)
@click.option("--region", type=REGION, help="Only the protocols for this body region.")
@click.option("--mode", type=MODE, help="Only those of this type; mixed is for phases of several types.")
@click.option("--evidence", type=EVIDENCE, help="Only those with this kind of source.")
@click.option("--complete", is_flag=True, help="Only those whose settings were all read at their source.")
@click.option("--templates", is_flag=True, help="The templates, which ask for what their sources leave out.")
@click.option("--long", is_flag=True, help="Also print title and source of each protocol.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, one object for each protocol.")
@debug_option
def command(
    region: str | None,
    mode: str | None,
    evidence: str | None,
    complete: bool,
    templates: bool,
    long: bool,
    as_json: bool,
) -> int:
    """List the shipped protocols with their figures and the kind of source they have.

    The duration of a protocol that needs a body mass is the one at the reference mass that is named.
    """
    from traction.protocol import library
    from traction.report.listing import listing_row, template_row

    if complete and templates:
        raise UsageError(Problem("E100", "--complete and --templates", "one of the two"))
    wanted = _Wanted(region, mode, evidence, complete)
    one: Callable[[Path], dict[str, Any]] = template_row if templates else listing_row
    rows, problems = _rows((library.templates() if templates else library.names()).values(), one, wanted)
    if as_json:
        emit_json(rows)
    else:
        emit(_lines(rows, style_of(sys.stdout), long=long))
        if not templates and not complete:
            note_folded("more of each: traction show NAME")
            _tell_of_templates(_rows(library.templates().values(), template_row, wanted)[0])
    if problems:
        print_problems(problems)
        return EXIT_REFUSED
    if not rows:
        note_folded("none is as wanted" if wanted != _Wanted(None, None, None, False) else "none is shipped")
    return 0


def _rows(
    paths: Iterable[Path], one: Callable[[Path], dict[str, Any]], wanted: _Wanted
) -> tuple[list[dict[str, Any]], list[Problem]]:
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            row = one(path)
        except TractionError as error:
            problems += error.problems
            continue
        if wanted.takes(row):
            rows.append(row)
    return rows, problems


def _tell_of_templates(rows: list[dict[str, Any]]) -> None:
    if rows:
        many = "1 template asks" if len(rows) == 1 else f"{len(rows)} templates ask"
        note_folded(f"{many} for what the source does not give: add --templates")


def _lines(rows: list[dict[str, Any]], style: Style, *, long: bool) -> list[str]:
    from traction.report.listing import listing_lines

    return listing_lines(rows, style, long=long)
