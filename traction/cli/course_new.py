"""``traction course new``: a course file for one patient, after a plan that is shipped with its source."""

from __future__ import annotations

from pathlib import Path

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, note_folded
from traction.cli.names import PROTOCOL, NewFile
from traction.cli.outputs import write_new
from traction.cli.people import style, today
from traction.errors import Problem, UsageError

LIKE_HELP = "The plan to go by; without it the shipped plans are listed."
START_HELP = "First day of the first week, such as 2026-11-23. [default: today]"


@click.command(
    "new",
    cls=RichCommand,
    short_help="A course file after a shipped plan.",
    epilog="Example: traction course new c.toml --like kdt-after-two --patient p.toml --protocol steps.toml",
)
@click.argument("file", type=NewFile("E134", fresh=True), metavar="[FILE.toml]", required=False)
@click.option("--like", metavar="PLAN", help=LIKE_HELP)
@click.option("--patient", type=click.Path(path_type=Path), metavar="FILE.toml", help="The patient's file.")
@click.option("--protocol", type=PROTOCOL, metavar="NAME_OR_PATH", help="The protocol of its sessions.")
@click.option("--start", metavar="DAY", help=START_HELP)
@click.option("--id", "name", metavar="ID", help="The id. [default: the name of the file]")
@debug_option
def command(
    file: Path | None,
    like: str | None,
    patient: Path | None,
    protocol: str | None,
    start: str | None,
    name: str | None,
) -> int:
    """Write a course file with the stages of a shipped plan, its source and what the plan had to assume.

    Nothing else is filled in: read it, edit it, then look at traction course plan.
    """
    from traction.courses.new import new_course
    from traction.patients.days import day_of

    if file is None and like is None:
        emit(_plans())
        return 0
    if file is None or like is None or patient is None or protocol is None:
        raise UsageError(Problem("E100", "a new course", "FILE, --like, --patient and --protocol"))
    day = start or today()[:10]
    try:
        day_of(day)
    except ValueError as error:
        raise UsageError(
            Problem("E100", f"{day!a:.40}", "a day such as 2026-11-23", field="--start")
        ) from error
    text = new_course(like, file, patient=patient, protocol=protocol, start=day[:10], name=name or file.stem)
    write_new(file, text)
    note_folded(f"written: {file}; next: traction course plan {file}")
    return 0


def _plans() -> list[str]:
    from traction.courses.course import load_course
    from traction.courses.new import plans
    from traction.report.layout import table

    rows = []
    for name, path in plans().items():
        course = load_course(path)
        held = sum(stage.weeks * stage.per_week for stage in course.stages)
        weeks = sum(stage.weeks for stage in course.stages)
        rows.append((name, course.title, str(held), str(weeks)))
    return table(("plan", "what", "sessions", "weeks"), rows, style(), right=(2, 3))
