"""``traction course next``: the session that is due, and what speaks against it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json, note_folded
from traction.cli.course_common import confirm_options, file_argument, opened, store_option
from traction.cli.errors import print_problems
from traction.cli.options import table_option
from traction.cli.people import preflight_option, style, today
from traction.cli.run_options import stated_answers_option

if TYPE_CHECKING:
    from traction.cli.course_common import Kept

CLOCK_HELP = "virtual jumps (default on a simulated table), wall is real time (always on a real one)."
RUN_HELP = "Run it, tie its record to the course, and show the summary."


@click.command(
    "next",
    cls=RichCommand,
    short_help="What is due; with --run, run it.",
    epilog="Example: traction course next course.toml --run --preflight changed=no",
)
@file_argument
@store_option
@table_option
@click.option("--run", "wanted", is_flag=True, help=RUN_HELP)
@preflight_option
@stated_answers_option
@confirm_options
@click.option("--clock", type=click.Choice(["virtual", "wall"]), help=CLOCK_HELP)
@click.option("--yes", is_flag=True, help="Do not ask before a run on a real table.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(
    file: Path,
    store_file: Path | None,
    table: str,
    wanted: bool,
    preflight: dict[str, str],
    answers: dict[str, str],
    clock: str | None,
    yes: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Say which session is due and hold it against the rules, the patient, the limits and the last session.

    Without --run nothing is written. Ends with 0 when the session may be run, 3 when something speaks against
    it; with --run as traction run does. A jump and a change of a file are asked about at a terminal; in a
    script the options --confirm-... say yes. The tolerance is said afterwards: traction course record.
    """
    if wanted:
        from traction.cli.course_run import Wanted, run_due

        asked = Wanted(table, preflight, answers, clock, yes=yes, quiet=quiet, as_json=as_json)
        with opened(file, store_file, "change") as kept:
            return run_due(kept, asked)
    with opened(file, store_file) as kept:
        return _show(kept, table, as_json=as_json)


def _show(kept: Kept, table: str, *, as_json: bool) -> int:
    from dataclasses import replace

    from traction.cli.course_run import highest_n, prove
    from traction.errors import RefusedError
    from traction.patients.patient import placed
    from traction.report.course_text import due_lines
    from traction.report.courses import due_row

    book, now = kept.book, today()
    due, peak_n = book.due(now), None
    problems = [*due.problems]
    problems += [placed(one, book.patient) for one in book.patient.objections(book.region, now)]
    if due.planned is not None:
        try:
            proof = prove(book, due, table)
            peak_n = highest_n(proof)
            problems += [*book.jumps(peak_n), *proof.verification.problems]
        except RefusedError as error:
            problems += error.problems
    due = replace(due, problems=tuple(problems))
    if as_json:
        emit_json(due_row(book, due, peak_n))
    else:
        emit(due_lines(book, due, peak_n, style()))
    if due.problems:
        print_problems(due.problems)
        return EXIT_REFUSED
    if not as_json:
        note_folded(f"nothing speaks against it: traction course next {book.course.path} --run")
    return 0
