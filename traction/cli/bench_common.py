"""What the commands of the bench share: opening a table for them, and whoever answers their questions."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from traction.cli.common import note_folded
from traction.errors import Problem, RefusedError, UsageError
from traction.report.clean import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from traction.bench.connect import Connector
    from traction.clock import Clock
    from traction.drivers.base import Identity
    from traction.safety.limits import Limits
    from traction.tables import Table

_Function = TypeVar("_Function", bound="Callable[..., Any]")

NO_PERSON: Final = "no-person"
NOBODY_ON_IT: Final = "Is NOBODY on the table, and is a test load fastened in place of a person?"
MOST_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A table that has answered once: what its file says, how to reach it again, and who it is."""

    table: Table
    connector: Connector
    clock: Clock
    identity: Identity
    limits: Limits


def open_table(text: str, *, virtual: bool) -> Opened:
    """Find the table, have it say who it is, and let go of it again; nothing moves.

    ``virtual``: a simulated table lives in virtual time. Raises what finding and opening a table raise.
    """
    from traction.bench.connect import connector_for
    from traction.clock import VirtualClock, WallClock
    from traction.drivers.base import TableSetup
    from traction.drivers.url import parse_url
    from traction.safety.hardware import session_limits
    from traction.tables import find_table

    table = find_table(text)
    region = parse_url(table.url).option("region") if table.simulated else None
    clock = VirtualClock() if virtual and table.simulated else WallClock()
    setup = TableSetup() if region is None else TableSetup(region=region)
    connector = connector_for(table.url, clock, setup)
    with connector.make().guard as guard:
        identity = guard.open()
    return Opened(table, connector, clock, identity, session_limits(identity.region, table.facts))


def operator_option(function: _Function) -> _Function:
    """Add ``--operator``."""
    text = "Who stands for the result; without a name nothing is signed off."
    return click.option("--operator", default="", metavar="NAME", callback=_name, help=text)(function)


def _name(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if len(value) > 100 or not value.isprintable():
        raise UsageError(Problem("E100", "--operator is no name", "at most 100 characters that can be seen"))
    return value.strip()


# ---- people ---------------------------------------------------------------------------------------------


class Nobody:
    """Nobody is there: no question has an answer."""

    present = False

    def asked(self, name: str, question: str) -> bool | None:
        """Return None."""
        del name, question
        return None

    def told(self, text: str) -> None:
        """Say it anyway: somebody may read it later."""
        note_folded(text)


class Written(Nobody):
    """Answers from a file: they stand for what a person has seen, and press nothing."""

    def __init__(self, answers: Mapping[str, bool]) -> None:
        self._answers = answers

    def asked(self, name: str, question: str) -> bool | None:
        """Return the answer of the file, None where it has none."""
        del question
        return self._answers.get(name)


class AtTerminal(Nobody):
    """A person at this terminal; what a file has answered is not asked again."""

    present = True

    def __init__(self, answers: Mapping[str, bool]) -> None:
        self._answers = answers

    def asked(self, name: str, question: str) -> bool | None:
        """Ask on stderr, y or n; Ctrl-C ends the checks."""
        known = self._answers.get(name)
        if known is not None:
            return known
        try:
            return click.confirm(clean(question), err=True)
        except click.Abort:
            raise KeyboardInterrupt from None


def person_for(path: Path | None, allowed: frozenset[str]) -> Nobody:
    """Return who answers: a person at a terminal, else the file, else nobody. Raises UsageError E545."""
    answers = {} if path is None else read_answers(path, allowed | {NO_PERSON})
    if is_terminal():
        return AtTerminal(answers)
    return Written(answers) if answers else Nobody()


def is_terminal() -> bool:
    """Say whether a person can be asked here."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def read_answers(path: Path, allowed: frozenset[str]) -> dict[str, bool]:
    """Read a TOML file of answers, true or false; every error of it at once (UsageError E545)."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError("a file too large for answers")
        rows = tomllib.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UsageError(Problem("E545", said, "a TOML file of answers", file=str(path))) from error
    problems = []
    for name, value in rows.items():
        if name not in allowed:
            found, expected = f"the question {name!a:.60}", f"one of {', '.join(sorted(allowed))}"
        elif type(value) is not bool:
            found, expected = f"{value!a:.60} for {name}", "true or false"
        else:
            continue
        problems.append(Problem("E545", found, expected, file=str(path), field=name))
    if problems:
        raise UsageError(*problems)
    return {name: bool(value) for name, value in rows.items()}


def require_free_table(opened: Opened, person: Nobody) -> None:
    """Raise RefusedError E550 unless somebody says that nobody is on a real table."""
    if opened.identity.simulated or person.asked(NO_PERSON, NOBODY_ON_IT):
        return
    raise RefusedError(Problem("E550", f"nobody said that {opened.table.url} is free", "a yes"))


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Let every stop signal do what Ctrl-C does, and put the old handlers back at the end."""
    import signal
    import threading

    from traction.runner.signals import STOP_SIGNALS

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
