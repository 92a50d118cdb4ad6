"""``traction faults run`` and ``replay``: whole sessions with faults in them, judged by the true force."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, style_of
from traction.cli.errors import print_problems
from traction.cli.faults_common import EXIT_BROKEN, EXIT_STOPPED, emit_folded
from traction.cli.outputs import folder_of, require_folders, write_file
from traction.cli.progress import progress
from traction.errors import Problem, TractionError, UsageError

if TYPE_CHECKING:
    from traction.campaign.campaign import Report
    from traction.campaign.case import Case

_SEEDS: Final = re.compile(r"(\d{1,15})(?::(\d{1,15}))?")
MOST: Final = 10_000_000
PAGES: Final = (".html", ".htm", ".json")

_faults_option = click.option(
    "--faults", type=click.IntRange(0, 8), metavar="N", help="Exactly so many faults; 0 is healthy sessions."
)


@click.command(
    "run",
    cls=RichCommand,
    short_help="Run whole sessions with faults in them, and judge each.",
    epilog="Example: traction faults run --seeds 0:1000 --jobs 2",
)
@click.option("--seeds", required=True, metavar="0:1000", help="The first seed, and the one after the last.")
@_faults_option
@click.option("--first", is_flag=True, help="End with the first invariant that breaks.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="So many processes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="DIR", help="Write each failure there, made small."
)
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Also write JUnit XML.")
@click.option(
    "-o",
    "--report",
    "pages",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE.html",
    help="Also write a page, or all that it shows as FILE.json; may be repeated.",
)
@debug_option
def run(
    seeds: str,
    faults: int | None,
    first: bool,
    jobs: int,
    as_json: bool,
    keep: Path | None,
    junit: Path | None,
    pages: tuple[Path, ...],
) -> int:
    """Run one simulated session for each seed: plan, limits, patient, line, people and faults come from it.

    The engine, driver, codec, controller and recorder are those of a real session, on virtual time. An oracle
    judges the true force in every tick. Ends with 0 when every invariant held, 5 when one broke or a healthy
    session did not complete, 4 after Ctrl-C, with what was found by then.
    """
    from traction.campaign.campaign import campaign
    from traction.report.faults_row import report_lines, report_row
    from traction.report.hazard_about import about

    wanted = seeds_of(seeds)
    _check_pages(pages)
    require_folders(keep, folder_of(junit), *map(folder_of, pages))
    with progress("running") as told:
        report = campaign(wanted, jobs, told, faults=faults, first=first)
    broken = bool(report.escapes or report.false_trips)
    try:  # what was found is told first: no file that cannot be written may hide it
        if as_json:
            emit_json(report_row(report, faults, about(_command(seeds, faults))))
        else:
            emit_folded(report_lines(report, faults))
        _keep(report, faults, keep)
        _write_evidence(report, _command(seeds, faults), faults, junit, pages)
    except TractionError as error:
        if not broken:
            raise
        print_problems(error.problems)
    if broken:
        return EXIT_BROKEN
    return EXIT_STOPPED if report.interrupted else 0


@click.command(
    "replay",
    cls=RichCommand,
    short_help="Show one session of a campaign: fault, reaction, times, force.",
    epilog="Example: traction faults replay 4711",
)
@click.argument("what", metavar="SEED|FILE.json")
@_faults_option
@click.option("--small", is_flag=True, help="First make it as small as it can be while it still fails.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def replay(what: str, faults: int | None, small: bool, as_json: bool) -> int:
    """Run one case again, of a seed or of a file that a campaign has kept, and show what happened.

    Ends with 0 when every invariant held, 5 when one broke or a healthy session did not complete.
    """
    from traction.campaign.interrupts import held_back
    from traction.campaign.oracle import judge
    from traction.campaign.shrink import shrink
    from traction.campaign.world import run as run_case
    from traction.report.chart import force_chart
    from traction.report.faults_row import case_lines, case_row, picture

    with held_back() as look:  # within a session Ctrl-C would be a stop, and another case than that asked for
        case = _case(what, faults)  # which runs sessions of its own: when something is to go wrong
        look()
        if small:
            case = shrink(case, _looking(look))
        history = run_case(case)
        look()
    verdict = judge(case, history)
    if as_json:
        emit_json(case_row(case, history, verdict))
    else:
        emit(force_chart(*picture(history), style_of(sys.stdout)))
        emit_folded(case_lines(case, history, verdict))
    return EXIT_BROKEN if verdict.escapes or verdict.false_trip else 0


def seeds_of(text: str) -> range:
    """Return the seeds of ``A:B`` (B is the one after the last) or ``A``. Raises UsageError E193."""
    found = _SEEDS.fullmatch(text)
    if found is None:
        raise _no_seeds(f"the seeds {text!r}")
    low = int(found[1])
    high = low + 1 if found[2] is None else int(found[2])
    if not 0 < high - low <= MOST:
        raise _no_seeds(f"{high - low} seeds")
    return range(low, high)


def _no_seeds(found: str) -> UsageError:
    return UsageError(Problem("E193", found, f"0:1000, one to {MOST} of them", field="--seeds"))


def _case(what: str, faults: int | None) -> Case:
    from traction.campaign.case import read_case
    from traction.campaign.draw import draw

    return draw(int(what), faults=faults) if what.isdecimal() else read_case(Path(what))


def _command(seeds: str, faults: int | None) -> str:
    return f"traction faults run --seeds {seeds}" + ("" if faults is None else f" --faults {faults}")


def _keep(report: Report, faults: int | None, folder: Path | None) -> None:
    """Write every failure as a small case of its own."""
    from traction.campaign.case import to_json
    from traction.campaign.draw import draw
    from traction.campaign.interrupts import held_back
    from traction.campaign.shrink import shrink

    if folder is None:
        return
    with held_back() as look:
        for seed in sorted({one.seed for one in report.escapes} | set(report.false_trips)):
            case = draw(seed, faults=faults)
            with suppress(KeyboardInterrupt):  # then this and the rest are kept as they were drawn
                case = shrink(case, _looking(look))
            write_file(folder / f"seed-{seed}.json", to_json(case) + "\n")


def _looking(look: Callable[[], None]) -> Callable[[Case], frozenset[str]]:
    """Return what tells how a case fails, and calls ``look`` before it, which may raise."""
    from traction.campaign.shrink import failures

    def fails(case: Case) -> frozenset[str]:
        look()
        return failures(case)

    return fails


def _check_pages(pages: tuple[Path, ...]) -> None:
    for page in pages:
        if page.suffix.lower() not in PAGES:
            expected = f"one ending in {', '.join(PAGES)}"
            raise UsageError(Problem("E161", f"the report's name {page.name!r}", expected, field="--report"))


def _write_evidence(
    report: Report, command: str, faults: int | None, junit: Path | None, pages: tuple[Path, ...]
) -> None:
    if junit is None and not pages:
        return
    from traction.campaign.interrupts import held_back
    from traction.report.hazard_gather import gather
    from traction.report.hazard_junit import hazard_junit_lines
    from traction.report.hazard_page import hazard_page
    from traction.report.hazard_row import hazard_row

    with held_back():  # the worst sessions again, for their pictures: seconds, and Ctrl-C would alter them
        evidence = gather(report, command, faults)
    for page in pages:
        if page.suffix.lower() == ".json":
            write_file(page, json.dumps(hazard_row(evidence), allow_nan=False) + "\n")
        else:
            write_file(page, hazard_page(evidence))
    if junit is not None:
        write_file(junit, "\n".join(hazard_junit_lines(evidence)) + "\n")
