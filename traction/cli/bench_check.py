"""``traction bench check``: the acceptance checks of a table, signed off or not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich_click import RichCommand

from traction.cli import EXIT_STOPPED
from traction.cli.bench_common import (
    Opened,
    open_table,
    operator_option,
    person_for,
    require_free_table,
    signals_interrupt,
)
from traction.cli.common import debug_option, emit, emit_json, note, note_folded, style_of
from traction.cli.options import table_option
from traction.cli.quantity import DURATION
from traction.errors import Problem, TractionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from traction.bench.context import Bench, Person
    from traction.bench.result import CheckReport, Result

EXIT_FAILED: Final = 5
EXIT_OPEN: Final = 3
SUFFIXES: Final = (".txt", ".json", ".xml")

ANSWERS_HELP = (
    "Answers of a person, written before (true or false for each question), for want of a terminal."
)
REPORT_HELP = "Also write NAME.txt, NAME.json and NAME.xml (JUnit), never over other files."
REACH_SHARE: Final = 0.98
"""The proof of a sweep stands a little below what the softest load can be pulled with."""


@click.command(
    "check",
    cls=RichCommand,
    short_help="Run the acceptance checks.",
    epilog="Example: traction bench check --table sim: --operator Ada --burn-in 10min",
)
@table_option
@operator_option
@click.option("--answers", type=click.Path(path_type=Path), metavar="FILE.toml", help=ANSWERS_HELP)
@click.option(
    "--burn-in",
    "burn_in_s",
    type=DURATION,
    default="1min",
    show_default=True,
    metavar="1h",
    help="How long to pull cycle after cycle.",
)
@click.option("--report", type=click.Path(path_type=Path), metavar="NAME", help=REPORT_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the text.")
@debug_option
def command(
    table: str, operator: str, answers: Path | None, burn_in_s: float, report: Path | None, as_json: bool
) -> int:
    """Check stops, limits, force, time and link of a table, with a test load and nobody on it.

    A simulated table takes seconds of virtual time, a real one its real time. What only a person can see is
    asked on stderr; without answers it is not judged. Ctrl-C releases the force and says what is missing.
    Ends with 0 signed off, 3 not signed off because something is open, 4 cut short, 5 a check failed.
    """
    from traction.bench import kept
    from traction.bench.suite import QUESTIONS, run_checks
    from traction.report.bench_row import check_row
    from traction.report.bench_text import check_lines

    _require_new(report)
    person = person_for(answers, frozenset(QUESTIONS))
    with signals_interrupt():
        opened = open_table(table, virtual=True)
        require_free_table(opened, person)
        known = kept.load(opened.identity.serial_number)
        bench = _bench(opened, table, person, burn_in_s, known)
        started = _now()
        results, cut = run_checks(bench, _tell, _say_begun(opened))
    found = _report(opened, operator, started, results)
    if as_json:
        emit_json(check_row(found))
    else:
        emit(check_lines(found, style_of(sys.stdout)))
    if report is not None:
        _write(found, report)
    if found.failed or not cut:  # what was cut short changes nothing, but a failure counts whatever followed
        note_folded(f"kept in {kept.save(kept.with_checks(known, found))}")
    return _exit_code(found, cut=cut)


def _exit_code(found: CheckReport, *, cut: bool) -> int:
    from traction.bench.result import Verdict

    if found.failed:
        return EXIT_FAILED
    if cut:
        note_folded(f"cut short, with the force down; missing are {', '.join(found.named(Verdict.MISSING))}")
        return EXIT_STOPPED
    return 0 if found.signed_off else EXIT_OPEN


def _bench(opened: Opened, typed: str, person: Person, burn_in_s: float, known: object) -> Bench:
    from traction.bench.context import Bench
    from traction.bench.kept import Kept
    from traction.proof import verify
    from traction.protocol.load import parse_protocol
    from traction.runner.plan import SessionPlan

    assert isinstance(known, Kept)
    facts = opened.table.facts.region(opened.identity.region)
    way_mm = opened.limits.max_travel_mm - facts.slack_travel_mm

    def prove(text: str) -> SessionPlan:
        return verify(parse_protocol(text, file="the check"), table=typed).session_plan()

    return Bench(
        connector=opened.connector,
        clock=opened.clock,
        limits=opened.limits,
        identity=opened.identity,
        person=person,
        prove=prove,
        burn_in_s=burn_in_s,
        slack_travel_mm=facts.slack_travel_mm,
        reach_n=REACH_SHARE * way_mm * facts.softest_n_per_mm,
        calibration=known.calibration,
    )


def _report(opened: Opened, operator: str, started: str, results: tuple[Result, ...]) -> CheckReport:
    from traction.bench.result import About, CheckReport
    from traction.report.table_name import table_name

    identity = opened.identity
    about = About(
        table=table_name(opened.table.url, opened.table.facts.name),
        url=opened.table.url,
        serial_number=identity.serial_number,
        model=identity.model,
        firmware=identity.firmware,
        region=identity.region,
        drive=identity.drive,
        simulated=identity.simulated,
        operator=operator,
        started=started,
        ended=_now(),
    )
    return CheckReport(about, results)


def _now() -> str:
    from traction.clock import wall_label

    return wall_label()


def _tell(result: Result) -> None:
    """Say on stderr what has just been found: a real table takes minutes."""
    from traction.report.bench_text import result_lines

    note(*result_lines(result, style_of(sys.stderr), figures=False))


def _say_begun(opened: Opened) -> Callable[[str], None]:
    """Return what says on stderr what begins, where it takes its real time and no question says so."""
    from traction.bench.suite import QUESTIONS

    def say(name: str) -> None:
        if opened.clock.realtime and name not in QUESTIONS:
            note(f"{name} ...")

    return say


def _require_new(report: Path | None) -> None:
    if report is None:
        return
    problems = [
        Problem("E601", "a file is already there", "a new name", str(path), field="--report")
        for path in (report.with_name(report.name + suffix) for suffix in SUFFIXES)
        if path.exists()
    ]
    if not report.parent.is_dir():
        found = f"there is no folder {report.parent}"
        problems.append(Problem("E603", found, "a folder that exists", str(report), field="--report"))
    if problems:
        raise UsageError(*problems)


def _write(found: CheckReport, report: Path) -> None:
    import json

    from traction.report.bench_junit import check_junit_lines
    from traction.report.bench_row import check_row
    from traction.report.bench_text import check_lines
    from traction.report.clean import clean
    from traction.report.style import Style

    texts = (
        [clean(line) for line in check_lines(found, Style(width=100, unicode=False))],
        json.dumps(check_row(found), indent=2, allow_nan=False).splitlines(),
        check_junit_lines(found),
    )
    for suffix, lines in zip(SUFFIXES, texts, strict=True):
        path = report.with_name(report.name + suffix)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise TractionError(Problem("E162", f"{error.strerror}", "", file=str(path))) from error
        note_folded(f"written: {path}")
