"""``traction patient check``: what a patient's file says, and what blocks a session of each region."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json
from traction.cli.names import REGION, REGIONS
from traction.cli.people import against, style, today


@click.command(
    "check",
    cls=RichCommand,
    short_help="Say what blocks what.",
    epilog="Example: traction patient check p-0147.toml --region lumbar",
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option("--region", type=REGION, help="Only this region.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(file: Path, region: str | None, as_json: bool) -> int:
    """Read FILE strictly, and say for each region what speaks against a session.

    Ends with 0 when a region that was asked for (without --region: at least one) is clear, else 3.
    """
    from traction.patients.checklist import load_checklist
    from traction.patients.patient import load_patient_file
    from traction.report.layout import wrap
    from traction.report.people import patient_lines, patient_row, row_lines, rows_row, verdict_lines
    from traction.safety.hardware import load_patient, load_region

    patient, now = load_patient_file(file), today()
    shown = REGIONS if region is None else (region,)
    rows = {one: patient.screened(one, now) for one in shown}
    clear = [one for one in shown if not against(rows[one])]
    if as_json:
        found = {one: {"clear": one in clear, "screening": rows_row(rows[one])} for one in shown}
        emit_json({"patient": patient_row(patient), "regions": found})
        return 0 if clear else EXIT_REFUSED
    lines = patient_lines(patient, style())
    for one in shown:
        lines += row_lines(load_checklist(one).title, rows[one], style())
        own = patient.limit_source(one)
        force_n = min(
            load_patient(one, patient.mass_kg).values["max_force_n"], own.values.get("max_force_n", 1e9)
        )
        force_n = min(force_n, load_region(one).source.values["max_force_n"])
        lines += wrap(f"at most {force_n:.0f} N in this region, by the body mass and the file", style())
        lines += verdict_lines(f"{one} traction", len(against(rows[one])), style())
    emit(lines)
    return 0 if clear else EXIT_REFUSED
