"""``traction preflight``: everything that is asked and looked at before a session, as one list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json
from traction.cli.names import REGION
from traction.cli.options import table_option
from traction.cli.people import (
    against,
    answer_option,
    ask,
    asked_items,
    load_patient,
    patient_option,
    require_known,
    style,
    today,
)

if TYPE_CHECKING:
    from traction.errors import Problem
    from traction.patients.checklist import Row


@click.command(
    "preflight",
    cls=RichCommand,
    short_help="What is looked at before a session.",
    epilog="Example: traction preflight --region lumbar --patient p-0147.toml --answer changed=no",
)
@click.option("--region", type=REGION, required=True, help="The region whose checklist is gone through.")
@patient_option
@table_option
@answer_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(
    region: str, patient_file: Path | None, table: str, answers: dict[str, str], as_json: bool
) -> int:
    """Go through the checklist of a region: screening, what a person looks at, what the machine looks at.

    Opens the table and moves nothing. At a terminal what is open is asked. Ends with 0 when all is clear,
    else 3. The lists are hardware/checklists/REGION.toml, to be edited for a site.
    """
    from traction.patients.checklist import load_checklist, preflight_rows
    from traction.report.people import patient_row, row_lines, rows_row, verdict_lines

    patient, checklist = load_patient(patient_file), load_checklist(region)
    require_known(answers, [item.id for item in checklist.preflight if item.kind != "machine"], "--answer")
    simulated, looked = _looked(table, region)
    given = ask(asked_items(checklist, simulated=simulated), answers)
    screening: tuple[Row, ...] = () if patient is None else patient.screened(region, today(), checklist)
    rows = preflight_rows(checklist, given, looked, simulated=simulated)
    count = len(against((*screening, *rows)))
    if as_json:
        emit_json(
            {
                "region": region,
                "table": table,
                "simulated": simulated,
                "checklist": {"path": checklist.path, "digest": checklist.digest},
                "patient": None if patient is None else patient_row(patient),
                "screening": rows_row(screening),
                "preflight": rows_row(rows),
                "clear": not count,
            }
        )
        return EXIT_REFUSED if count else 0
    lines = [] if patient is None else row_lines(f"Patient {patient.id}", screening, style())
    lines += row_lines(f"{checklist.title}, on {table}", rows, style())
    emit([*lines[1:], *verdict_lines(f"a {region} session on {table}", count, style())])
    return EXIT_REFUSED if count else 0


def _looked(table: str, region: str) -> tuple[bool, dict[str, tuple[Problem, ...]]]:
    """Look at the table; one that does not answer is a line that is open, unless its name is wrong."""
    from traction.cli.looked import look_at
    from traction.errors import TableError
    from traction.tables import find_table

    try:
        return look_at(table, region)
    except TableError as error:
        return find_table(table).simulated, {"controller": error.problems}
