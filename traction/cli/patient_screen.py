"""``traction patient screen``: ask the screening and write the answers into the patient's file."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json, note_folded
from traction.cli.names import REGION
from traction.cli.people import against, answer_option, ask, require_known, style, today

CLEAR_HELP = "Every question that is still open was asked just now, and its answer does not block."


@click.command(
    "screen",
    cls=RichCommand,
    short_help="Ask the screening of a region.",
    epilog="Example: traction patient screen p-0147.toml --region lumbar --answer fracture=no",
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option("--region", type=REGION, required=True, help="The region whose questions are asked.")
@answer_option
@click.option("--all-clear", is_flag=True, help=CLEAR_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(file: Path, region: str, answers: dict[str, str], all_clear: bool, as_json: bool) -> int:
    """Ask what is open or too old, write the answers with their day into FILE, and say what blocks.

    Without a terminal only --answer counts. Ends with 0 when nothing blocks, else 3.
    """
    from traction.patients.checklist import load_checklist
    from traction.patients.patient import load_patient_file
    from traction.patients.write import replace_file, with_answers
    from traction.report.people import patient_row, row_lines, rows_row, verdict_lines

    patient, checklist, now = load_patient_file(file), load_checklist(region), today()
    require_known(answers, [item.id for item in checklist.screening], "--answer")
    state = {row.id: row.state for row in patient.screened(region, now, checklist)}
    known = {item.id: "" for item in checklist.screening if state[item.id] in ("clear", "blocks")}
    cleared = (
        {item.id: item.clear for item in checklist.screening if item.id not in known} if all_clear else {}
    )
    given = ask(checklist.screening, {**known, **cleared, **answers})
    new = {key: answer for key, answer in given.items() if answer}
    if new:
        replace_file(file, with_answers(patient, new, now[:10]), patient.digest)
        patient = load_patient_file(file)
        note_folded(f"written into {file}: {len(new)} answer{'' if len(new) == 1 else 's'} of {now[:10]}")
    rows = patient.screened(region, now, checklist)
    count = len(against(rows))
    if as_json:
        emit_json({"patient": patient_row(patient), "region": region, "screening": rows_row(rows)})
    else:
        emit(
            [
                *row_lines(checklist.title, rows, style())[1:],
                *verdict_lines(f"{region} traction", count, style()),
            ]
        )
    return EXIT_REFUSED if count else 0
