"""``traction check``: prove protocols without running them, for people, editors and CI."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED, EXIT_USAGE
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.errors import problem_lines
from traction.cli.names import PROTOCOL
from traction.cli.options import mass_option, seed_option, session_option, table_option
from traction.cli.people import load_patient, patient_option, screened
from traction.errors import Problem, TractionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from traction.patients.patient import Patient
    from traction.report.checks import Check
    from traction.report.style import Style

FORMATS = ("text", "json", "junit", "github")
NO_FILE = ("E130", "E131")
"""Not what a file says but that there is none: CI must not take it for a finding."""


@click.command(
    "check",
    cls=RichCommand,
    short_help="Check protocol files, for people and for CI.",
    epilog="Example: traction check protocols/library/*.toml --mass 80kg",
)
@click.argument("files", type=PROTOCOL, metavar="FILE...", nargs=-1, required=True)
@mass_option
@patient_option
@table_option
@seed_option
@session_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="text (default), json (an array), junit (XML), or github (annotations).",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@debug_option
def command(
    files: tuple[str, ...],
    mass_kg: float | None,
    patient_file: Path | None,
    table: str,
    seed: int,
    session: int,
    form: str | None,
    as_json: bool,
) -> int:
    """Check each FILE (a path, or a name from the library): its text, its limits, its margins.

    Ends with 0 when all hold, 3 when one does not, 2 when a file is not there. No mass is assumed: a protocol
    that needs one and gets none does not hold. With --patient a protocol holds only for a screened patient.
    """
    from traction.patients.patient import one_mass
    from traction.report.table_name import table_name
    from traction.tables import find_table

    if as_json and form not in (None, "json"):
        raise UsageError(Problem("E100", f"--json and --format {form}", "one of the two"))
    facts = find_table(table).facts  # a mistake in --table is said once, not for every file
    patient = load_patient(patient_file)
    mass_kg = one_mass(patient, mass_kg)
    results = [
        check_one(file, mass_kg=mass_kg, table=table, seed=seed, patient=patient, session=session)
        for file in files
    ]
    named = table_name(table, facts.name)
    checks = [replace(check, table=named, mass_kg=mass_kg) for check, _ in results]
    _print(checks, "json" if as_json else form or "text")
    codes = {code for _, code in results}
    return EXIT_USAGE if EXIT_USAGE in codes else max(codes)


def check_one(
    file: str,
    *,
    mass_kg: float | None,
    table: str,
    seed: int,
    patient: Patient | None = None,
    session: int = 1,
) -> tuple[Check, int]:
    """Return everything that is wrong with one protocol, and the exit code it asks for."""
    from traction.proof import verify
    from traction.protocol.load import load_protocol
    from traction.report.cautions import remarks
    from traction.report.checks import Check

    try:
        protocol = load_protocol(file)
        limits = None if patient is None else patient.limit_source(protocol.region)
        proof = verify(protocol, mass_kg=mass_kg, table=table, seed=seed, patient=limits, session=session)
    except TractionError as error:
        return Check(file, error.problems), EXIT_USAGE if error.code in NO_FILE else EXIT_REFUSED
    unscreened = () if patient is None else screened(patient, protocol.region)
    check = Check(
        file,
        (*unscreened, *proof.verification.problems),
        proof.verification.margins,
        session=session,
        paths=len(proof.paths),
        step_n=proof.table.facts.force_resolution_n,
        rounded=proof.rounding,
        remarks=remarks(protocol.region, proof.margins["peak_force"].value),
    )
    return check, 0 if check.ok else EXIT_REFUSED


def _print(checks: Sequence[Check], form: str) -> None:
    match form:
        case "json":
            from traction.report.checks import check_row

            emit_json([check_row(check) for check in checks])
        case "junit":
            from traction.report.junit import junit_lines

            emit(junit_lines(checks))
        case "github":
            from traction.report.github import github_lines

            emit(github_lines(checks))
        case _:
            _print_text(checks)


def _print_text(checks: Sequence[Check]) -> None:
    style = style_of(sys.stdout)
    advised: set[str] = set()
    for check in checks:
        emit(_text(check, style, advised))
    failed = sum(not check.ok for check in checks)
    mass = "no mass" if checks[0].mass_kg is None else f"{checks[0].mass_kg:g} kg"
    hold = f"{len(checks) - failed} of {len(checks)} hold" if failed else f"all {len(checks)} hold"
    note_folded(f"{hold} on {checks[0].table}, {mass}")


def _text(check: Check, style: Style, advised: set[str]) -> list[str]:
    from traction.report.checks import tightest
    from traction.report.layout import wrap
    from traction.report.session_parts import rounding_lines

    word = "ok" if check.ok else "REFUSED"
    least = tightest(check.margins) if check.ok else ""
    first, *lines = wrap(f"{word}  {check.file}{least}", style, hanging="  ")
    lines.insert(0, style.paint(word, "good" if check.ok else "bad") + first.removeprefix(word))
    inner = replace(style, width=style.width - 2)
    if check.paths > 1:
        lines.append(f"  all {check.paths} ways through its answers were judged")
    lines += [f"  {line}" for line in rounding_lines(check.rounded, check.step_n, inner)]
    lines += [f"  {line}" for text in check.remarks for line in wrap(text, inner, hanging="  ")]
    for problem in check.problems:
        lines += [f"  {line}" for line in problem_lines(problem, inner, advice=problem.code not in advised)]
        advised.add(problem.code)
    return lines
