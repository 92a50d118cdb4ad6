"""``traction show``: one protocol, its phases, its force over time, its exact figures and its margins."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.errors import print_problems
from traction.cli.names import NEW_DRAWING, PROTOCOL
from traction.cli.options import mass_option, picture_option, seed_option, session_option, table_option
from traction.errors import Problem, UsageError

if TYPE_CHECKING:
    from traction.profile.profile import Profile
    from traction.proof import Proof
    from traction.protocol.protocol import Protocol
    from traction.report.style import Style


@click.command(
    "show",
    cls=RichCommand,
    short_help="Show a protocol, its figures and its margins.",
    epilog="Example: traction show lumbar-disc-30min --mass 80kg",
)
@click.argument("name", type=PROTOCOL, metavar="NAME_OR_PATH")
@mass_option
@table_option
@seed_option
@session_option
@click.option(
    "--way",
    type=int,
    default=1,
    show_default=True,
    metavar="N",
    help="Which of the listed ways through the answers to draw and to give figures of.",
)
@picture_option("-o", "--plot")
@click.option(
    "--position",
    type=NEW_DRAWING,
    metavar="FILE.svg",
    help="Also draw how the patient is placed, as the protocol states it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(
    name: str,
    mass_kg: float | None,
    table: str,
    seed: int,
    session: int,
    way: int,
    plot: Path | None,
    position: Path | None,
    as_json: bool,
) -> int:
    """Show a protocol: phases, force over time, exact figures, margins to every limit, and its source.

    Where a force is a share of the body weight and no mass is given, the phases are shown as written.
    """
    from traction.cli.show_template import load_or_template, show_template
    from traction.proof import verify
    from traction.protocol.template import Template

    protocol = load_or_template(name)
    if isinstance(protocol, Template):
        undrawn = position is not None and not draw_position(protocol.text, position)
        ended = show_template(protocol, plot, as_json=as_json)
        return ended or (EXIT_REFUSED if undrawn else 0)
    undrawn = position is not None and not draw_position(protocol.text, position)
    missing = protocol.needs_mass and mass_kg is None
    proof = None if missing else verify(protocol, mass_kg=mass_kg, table=table, seed=seed, session=session)
    profile = None if proof is None else _way(proof, way)
    if plot is not None and proof is not None and profile is not None:
        _draw(proof, profile, plot)
    if as_json:
        emit_json({**_row(protocol, proof, profile, mass_kg), "way": way})
    else:
        emit(_lines(protocol, proof, profile, table, style_of(sys.stdout)))
    return _ending(proof, plot) or (EXIT_REFUSED if undrawn else 0)


def draw_position(written: str, path: Path) -> bool:
    """Write the picture of the position that a protocol states; say so where it states none."""
    from traction.cli.outputs import write_file
    from traction.report.position import placed_of
    from traction.report.position_picture import picture

    placed = placed_of(written)
    if placed is None:
        note_folded("no position was drawn: the protocol states no posture that a drawing is known for")
        return False
    write_file(path, picture(placed))
    return True


def _way(proof: Proof, way: int) -> Profile:
    """Return the profile to draw. Raises UsageError E100 for a way that is not listed."""
    if not 1 <= way <= len(proof.paths):
        ways = "1, the only way there is" if len(proof.paths) == 1 else f"1 to {len(proof.paths)}"
        raise UsageError(Problem("E100", f"--way {way}", ways))
    return proof.way(way)


def _row(
    protocol: Protocol, proof: Proof | None, profile: Profile | None, mass_kg: float | None
) -> dict[str, Any]:
    from traction.report.cautions import remarks
    from traction.report.protocol_row import protocol_row
    from traction.report.session_parts import proof_row

    if proof is None:
        return protocol_row(protocol, None, None, mass_kg)
    step_n = proof.table.facts.force_resolution_n
    said = proof_row(proof.session, proof.questions, proof.paths, proof.live, proof.rounding, step_n)
    told = list(remarks(protocol.region, proof.margins["peak_force"].value))
    return {**protocol_row(protocol, profile, proof.verification, mass_kg), **said, "remarks": told}


def _ending(proof: Proof | None, plot: Path | None) -> int:
    if proof is None:
        note_folded(
            "forces depend on the body weight: add --mass 80kg to see the chart, the figures and the margins"
        )
        if plot is not None:
            note_folded("no picture was drawn")
        return 0 if plot is None else EXIT_REFUSED
    if plot is not None:
        note_folded(f"picture: {plot}")
    if proof.verification.problems:
        print_problems(proof.verification.problems)
        return EXIT_REFUSED
    return 0


def _lines(
    protocol: Protocol, proof: Proof | None, profile: Profile | None, table: str, style: Style
) -> list[str]:
    from traction.report import protocol_text as text
    from traction.report.cautions import remarks
    from traction.report.checks import margin_lines
    from traction.report.layout import wrap
    from traction.report.session_parts import rounding_lines, way_through_lines
    from traction.report.table_name import table_name

    mass_kg = None if proof is None else proof.mass_kg
    lines = text.source_lines(protocol, style)
    lines += text.section("Phases", text.phase_lines(protocol, style), style)
    lines += text.section("How it pulls, as written", text.way_lines(protocol, style, mass_kg), style)
    if proof is None or profile is None:
        return lines
    if proof.protocol.uses_session:
        lines += ["", *wrap(f"Session {proof.session} of a course whose forces depend on it.", style)]
    ways = way_through_lines(proof.paths, style)
    if ways:
        lines += text.section("Ways through the answers", ways, style)
    lines += text.section("Timing", text.timing_lines(profile, style), style)
    lines += text.section("Target force over time (min:s)", text.chart_lines(profile, style), style)
    lines += text.section("Exact figures", text.figure_lines(profile, style), style)
    named = table_name(table, proof.table.facts.name)
    verdict = "may run" if proof.verification.passed else "REFUSED"
    margins = margin_lines(proof.verification.margins, style) + text.session_note(protocol, style)
    margins += rounding_lines(proof.rounding, proof.table.facts.force_resolution_n, style)
    said = remarks(protocol.region, proof.margins["peak_force"].value)
    margins += [line for one in said for line in wrap(one, style, hanging="  ")]
    return lines + text.section(f"Margins: {verdict} on {named}", margins, style)


def _draw(proof: Proof, profile: Profile, path: Path) -> None:
    from traction.report.evidence import badge
    from traction.report.plot import plot_profile
    from traction.report.protocol_text import profile_points

    times, forces = profile_points(profile)
    protocol = proof.protocol
    plot_profile(
        times,
        forces,
        path,
        title=protocol.title,
        subtitle=f"{protocol.name}, target force {badge(protocol.source)}",
        footer=f"{protocol.source.citation}",
        max_force_n=proof.limits.max_force_n,
    )
