"""``traction diff``: two protocols beside each other, by what they do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.names import PROTOCOL
from traction.cli.options import mass_option, picture_option, seed_option, session_option

if TYPE_CHECKING:
    from traction.report.compare import Comparison, Side

EXIT_DIFFERENT = 5
"""As of every command that finds something not to be as it should."""


@click.command(
    "diff",
    cls=RichCommand,
    short_help="Compare two protocols by what they do.",
    epilog="Example: traction diff lumbar-disc lumbar-disc-30min --mass 80kg",
)
@click.argument("first", type=PROTOCOL, metavar="A")
@click.argument("second", type=PROTOCOL, metavar="B")
@mass_option
@seed_option
@session_option
@click.option("--session-b", type=int, metavar="N", help="Another number of the session for B.")
@picture_option("-o", "--plot")
@click.option("--exit-code", is_flag=True, help="End with 5 where the two do not do the same.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(
    first: str,
    second: str,
    mass_kg: float | None,
    seed: int,
    session: int,
    session_b: int | None,
    plot: Path | None,
    exit_code: bool,
    as_json: bool,
) -> int:
    """Compare protocols A and B by their force over time, for one patient: figures, phases, charts.

    Texts, names and sources play no part in it. Ends with 0 whether they do the same or not, unless
    --exit-code is given.
    """
    from traction.report.compare import compare, compare_lines, compare_row

    found = compare(
        _side(first, mass_kg, seed, session),
        _side(second, mass_kg, seed, session if session_b is None else session_b),
    )
    if as_json:
        emit_json(compare_row(found))
    else:
        emit(compare_lines(found, style_of(sys.stdout)))
    if plot is not None:
        _draw(found, plot)
        note_folded(f"picture: {plot}")
    return EXIT_DIFFERENT if exit_code and not found.same else 0


def _side(name: str, mass_kg: float | None, seed: int, session: int) -> Side:
    from traction.protocol.compile import compile_protocol
    from traction.protocol.load import load_protocol
    from traction.report.compare import Side

    protocol = load_protocol(name)
    return Side(protocol, compile_protocol(protocol, mass_kg=mass_kg, seed=seed, session=session))


def _draw(found: Comparison, path: Path) -> None:
    from traction.report.chart import clock_text
    from traction.report.plot import plot_profiles
    from traction.report.protocol_text import profile_points

    first, second = (
        (side.protocol.name, *profile_points(side.profile)) for side in (found.first, found.second)
    )
    until = (
        "the same throughout"
        if found.same
        else f"different from {clock_text(found.differ_from_s or 0.0)} min on"
    )
    plot_profiles(first, second, path, title=f"{first[0]} and {second[0]}", subtitle=f"target force, {until}")
