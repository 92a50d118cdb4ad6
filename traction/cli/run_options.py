"""What a run may be told beforehand: its number in a course, answers, edits and eases at given times."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from traction.cli.options import session_option
from traction.cli.quantity import DURATION
from traction.errors import Problem, UsageError

if TYPE_CHECKING:
    from traction.runner.requests import Wish

_Function = TypeVar("_Function", bound=Callable[..., Any])

ANSWER_HELP: Final = "What to answer at a question, as soon as it is asked; NAME= for nobody. Repeatable."
EDIT_HELP: Final = "Set another value at this session time. Repeatable."
EASE_HELP: Final = "Ease off to 80 % of the force at this session time. Repeatable."
_EDIT: Final = re.compile(
    r"\s*(?P<time>[\d.]+\s*[a-z]+)\s+(?P<phase>.+)\.(?P<field>[a-z]+)\s*=\s*(?P<value>.+)"
)


def wish_options(function: _Function) -> _Function:
    """Add ``--session``, ``--answer`` (``answers``), ``--edit`` (``edits``) and ``--ease-at`` (``eases``)."""
    for add in (
        click.option("--ease-at", "eases", type=DURATION, multiple=True, metavar="60s", help=EASE_HELP),
        click.option(
            "--edit",
            "edits",
            multiple=True,
            metavar='"60s PHASE.FIELD=VALUE"',
            callback=_edits,
            help=EDIT_HELP,
        ),
        stated_answers_option,
        session_option,
    ):
        function = add(function)
    return function


def stated_answers_option(function: _Function) -> _Function:
    """Add ``--answer`` (``answers``): what is answered at the questions of a protocol."""
    return click.option(
        "--answer", "answers", multiple=True, metavar="NAME=ANSWER", callback=_answers, help=ANSWER_HELP
    )(function)


def _answers(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        name, equals, answer = value.partition("=")
        if not equals or not name or found.get(name, answer) != answer:
            raise UsageError(Problem("E100", f"{value!r}", "NAME=ANSWER, each name once", field="--answer"))
        found[name] = answer
    return found


def _edits(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[float, Wish], ...]:
    from traction.runner.requests import Edit

    found: list[tuple[float, Wish]] = []
    for value in values:
        parts = _EDIT.fullmatch(value)
        if parts is None:
            raise UsageError(Problem("E100", f"{value!r}", '"60s PHASE.FIELD=VALUE"', field="--edit"))
        at_s = DURATION.convert(parts["time"], param, ctx)
        found.append((at_s, Edit(parts["phase"].strip(), parts["field"], parts["value"].strip())))
    return tuple(found)
