"""``traction run``: run a protocol on a table, show it going, and leave its record."""

from __future__ import annotations

import itertools
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli import options
from traction.cli.common import debug_option, debugging, emit, emit_json, note, note_folded, style_of
from traction.cli.errors import print_problems
from traction.cli.names import NEW_RECORD, PROTOCOL
from traction.cli.people import patient_option, preflight_option
from traction.cli.quantity import DURATION, FORCE
from traction.cli.run_options import wish_options
from traction.cli.wishes import Wishes
from traction.errors import RecordError, TractionError
from traction.runner.requests import Request

if TYPE_CHECKING:
    from traction.proof import Proof
    from traction.report.summary import Summary
    from traction.runner.requests import Wish
    from traction.runner.session import SessionResult

RECORD_HELP = (
    "The record to write, never over another file. [default: the next free name in ./traction-records]"
)
CLOCK_HELP = "virtual jumps (default on a simulated table), wall is real time (always on a real one)."

NAME_TAKEN = "E601"
MOST_TOLD = 5
"""So many wishes that were not served are said at the end."""

MOST_NAMES = 100
"""So many runs may take a name away from this one, between choosing the name and making the file."""


@click.command(
    "run",
    cls=RichCommand,
    short_help="Run a protocol on a table.",
    epilog="Example: traction run lumbar-disc-30min --mass 80kg --seed 7",
)
@click.argument("name", type=PROTOCOL, metavar="NAME_OR_PATH")
@options.mass_option
@patient_option
@preflight_option
@options.region_option
@options.table_option
@options.seed_option
@wish_options
@click.option("--record", type=NEW_RECORD, metavar="PATH", help=RECORD_HELP)
@click.option("--clock", type=click.Choice(["virtual", "wall"]), help=CLOCK_HELP)
@click.option("--max-force", "max_force_n", type=FORCE, metavar="300N", help="Refuse to pull harder.")
@click.option(
    "--max-duration", "max_duration_s", type=DURATION, metavar="20min", help="Refuse to last longer."
)
@click.option("--yes", is_flag=True, help="Do not ask before a run on a real table.")
@options.picture_option("--plot")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end, also when refused.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@debug_option
def command(
    name: str,
    mass_kg: float | None,
    patient_file: Path | None,
    preflight: dict[str, str],
    region: str | None,
    table: str,
    seed: int,
    session: int,
    answers: dict[str, str],
    edits: tuple[tuple[float, Wish], ...],
    eases: tuple[float, ...],
    record: Path | None,
    clock: str | None,
    max_force_n: float | None,
    max_duration_s: float | None,
    yes: bool,
    plot: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run a protocol, by library name or file, on a table; the simulated one unless --table says so.

    What does not fit the limits is refused before anything moves; --max-force, --max-duration only tighten.
    Ctrl-C once is a controlled release, twice a fast release. Ends with 0 completed, 3 refused, 4 stopped,
    5 tripped by a limit, 6 faulted.
    """
    wishes = Wishes(
        name=name,
        mass_kg=mass_kg,
        region=region,
        table=table,
        seed=seed,
        record=record,
        clock=clock,
        max_force_n=max_force_n,
        max_duration_s=max_duration_s,
        yes=yes,
        plot=plot,
        quiet=quiet,
        patient_file=patient_file,
        preflight=preflight,
        session=session,
        answers=answers,
        schedule=(*edits, *((at_s, Request.EASE) for at_s in eases)),
    )
    proof: Proof | None = None
    try:
        proof = wishes.prove()
        summary, result = _run(proof, wishes)
    except TractionError as error:
        from traction.report.summary import summary_row

        refusal = wishes.refusal(error, proof)
        if as_json:
            emit_json(summary_row(refusal))
        print_problems(error.problems)
        note_folded(f"{refusal.outcome}: nothing moved")
        return error.exit_code
    try:
        return _tell(summary, result, wishes, as_json=as_json)
    except KeyboardInterrupt:
        note_folded(f"interrupted after the run, which ended {summary.outcome}")
        return result.exit_code
    except TractionError as error:  # of the output or of the record: whatever it is, the run was made
        print_problems(error.problems)
        note_folded(f"the run ended {summary.outcome}; record {summary.record}")
        return result.exit_code or error.exit_code


def _run(proof: Proof, wishes: Wishes) -> tuple[Summary, SessionResult]:
    from traction.cli.records import record_path
    from traction.cli.session import confirm, run_shown
    from traction.replan import require_answers
    from traction.report.summary import of_result

    proof.verification.require()
    about = wishes.about(proof)
    confirm(proof, yes=wishes.yes)
    clock = wishes.clock_of(proof)
    attended = clock == "wall" and sys.stdin.isatty()
    require_answers(proof, wishes.requests(), attended=attended)
    for attempt in itertools.count(1):
        path = record_path(wishes.record, proof.protocol.name, wishes.seed)
        try:
            shown = run_shown(
                proof,
                wishes.table,
                path,
                clock,
                quiet=wishes.quiet,
                about=about,
                requests=wishes.requests(),
            )
            session = shown.session
            break
        except RecordError as error:  # before anything moved: another run has just taken the name
            if wishes.record is not None or error.code != NAME_TAKEN or attempt == MOST_NAMES:
                raise
    return of_result(proof.session_plan(), session, clock, proof.table.simulated), session


def _tell(summary: Summary, result: SessionResult, wishes: Wishes, *, as_json: bool) -> int:
    from traction.report.summary import summary_row
    from traction.report.text import summary_lines

    if as_json:
        emit_json(summary_row(summary))
    elif not result.problems:  # why the preflight said no is an error, and goes to stderr once
        emit(summary_lines(summary, style_of(sys.stdout)))
    if result.defect is not None:
        told = traceback.format_exception(result.defect) if debugging() else ["--debug shows where"]
        note(*"".join(told).splitlines())
    for text in result.not_done[:MOST_TOLD]:
        note_folded(f"not done: {text}")
    if len(result.not_done) > MOST_TOLD:
        note_folded(f"not done: {len(result.not_done) - MOST_TOLD} more, which the record names")
    if result.problems:
        print_problems(result.problems)
        note_folded(f"{summary.outcome}: nothing moved; record {summary.record}")
    elif summary.reason_code:
        note_folded(f"what that means: traction explain {summary.reason_code}")
    drawn = 0 if wishes.plot is None else _draw(result, wishes.plot)
    return result.exit_code or drawn


def _draw(result: SessionResult, path: Path) -> int:
    """Draw what was recorded, however the run has ended."""
    from traction.report.session_picture import draw

    if not result.stats.rows:
        note_folded("no picture was drawn: nothing moved")
        return 0
    try:
        draw(result.record(), path)
    except TractionError as error:
        print_problems(error.problems)
        return error.exit_code
    note_folded(f"picture: {path}")
    return 0
