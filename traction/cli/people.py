"""What the commands about patients share: answers from the command line or a person, and the screening."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from traction.cli.bench_common import is_terminal
from traction.errors import Problem, RefusedError, UsageError
from traction.report.clean import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from traction.patients.checklist import Checklist, Item, Row
    from traction.patients.patient import Patient
    from traction.runner.plan import About

_Function = TypeVar("_Function", bound="Callable[..., Any]")

ANSWERS: Final = ("yes", "no")
PATIENT_HELP: Final = (
    "The patient's file: mass, limits and screening answers; nothing runs without them then."
)
PREFLIGHT_HELP: Final = "An answer to a line of the preflight, such as changed=no; repeatable."


def patient_option(function: _Function) -> _Function:
    """Add ``--patient``."""
    kind = click.Path(path_type=Path)
    return click.option("--patient", "patient_file", type=kind, metavar="FILE.toml", help=PATIENT_HELP)(
        function
    )


def preflight_option(function: _Function) -> _Function:
    """Add ``--preflight ID=yes``, repeatable, as ``preflight``."""
    return click.option(
        "--preflight", multiple=True, metavar="ID=yes", callback=_answers, help=PREFLIGHT_HELP
    )(function)


def answer_option(function: _Function) -> _Function:
    """Add ``--answer ID=yes``, repeatable, as ``answers``."""
    text = "An answer, such as fracture=no; repeatable."
    return click.option("--answer", "answers", multiple=True, metavar="ID=yes", callback=_answers, help=text)(
        function
    )


def _answers(_ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        key, _, answer = value.partition("=")
        if answer not in ANSWERS or not key or found.get(key, answer) != answer:
            raise UsageError(Problem("E100", f"{value!r}", "ID=yes or ID=no, each once", field=param.opts[0]))
        found[key] = answer
    return found


def require_known(answers: Mapping[str, str], known: Iterable[str], option: str) -> None:
    """Raise UsageError E100 for an answer to what nobody asks: a slip of the pen would go unheard."""
    names = tuple(known)
    wrong = [
        Problem("E100", f"an answer to {key!r}", f"one of {', '.join(names)}", field=option)
        for key in answers
        if key not in names
    ]
    if wrong:
        raise UsageError(*wrong)


def ask(items: Iterable[Item], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers, with those of whoever sits at this terminal to what is still open."""
    found = dict(answers)
    if not is_terminal():
        return found
    for item in items:
        if item.id in found or item.kind == "machine":
            continue
        try:
            said = click.prompt(clean(item.text), type=click.Choice(ANSWERS), err=True)
        except click.Abort:
            raise KeyboardInterrupt from None
        found[item.id] = said
    return found


def today() -> str:
    """Return the present time as a label in UTC."""
    from traction.clock import wall_label

    return wall_label()


def load_patient(path: Path | None) -> Patient | None:
    """Return the patient of ``--patient``, None where none was said."""
    if path is None:
        return None
    from traction.patients.patient import load_patient_file

    return load_patient_file(path)


def require_screened(patient: Patient, region: str) -> None:
    """Raise RefusedError with everything the screening has against a session of this region."""
    problems = screened(patient, region)
    if problems:
        raise RefusedError(*problems)


def screened(patient: Patient, region: str) -> tuple[Problem, ...]:
    """Return what the screening has against a session of this region, with its lines in the file."""
    from traction.patients.patient import placed

    return tuple(placed(problem, patient) for problem in patient.objections(region, today()))


def require_ready(patient: Patient, region: str, answers: Mapping[str, str], *, simulated: bool) -> About:
    """Screen the patient, ask what is open of the preflight, and return what the record says of both.

    Raises RefusedError E360 to E365. What a machine looks at is left to the session, which looks itself.
    """
    from traction.patients.checklist import load_checklist, preflight_rows
    from traction.runner.plan import About

    require_screened(patient, region)
    checklist = load_checklist(region)
    asked = asked_items(checklist, simulated=simulated)
    require_known(answers, [item.id for item in checklist.preflight if item.kind != "machine"], "--preflight")
    given = ask(asked, answers)
    rows = {row.id: row for row in preflight_rows(checklist, given, {}, simulated=simulated)}
    problems = [rows[item.id].problem for item in asked]
    against = [problem for problem in problems if problem is not None]
    if against:
        raise RefusedError(*against)
    return About(patient.id, patient.digest, checklist.digest, tuple(sorted(given.items())))


def asked_items(checklist: Checklist, *, simulated: bool) -> tuple[Item, ...]:
    """Return the lines of the preflight that a person answers on such a table."""
    return tuple(
        item for item in checklist.preflight if item.kind != "machine" and not (item.real_only and simulated)
    )


def against(rows: Iterable[Row]) -> tuple[Problem, ...]:
    """Return what the rows object to."""
    return tuple(row.problem for row in rows if row.problem is not None)


def style() -> Any:
    """Return the style of stdout."""
    from traction.cli.common import style_of

    return style_of(sys.stdout)
