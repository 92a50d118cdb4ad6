"""What every command needs: data to stdout, everything else to stderr, and what these two can show."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO, TypeVar

import click

from traction.errors import Problem, TractionError
from traction.report.clean import clean
from traction.report.layout import wrap
from traction.report.style import Style

_Function = TypeVar("_Function", bound=Callable[..., Any])

_DEBUG = "traction.debug"

MAX_WIDTH = 100
"""Longer lines are hard to read however wide the terminal is."""

PIPE_WIDTH = 100


def style_of(stream: TextIO) -> Style:
    """Return what ``stream`` can show: colour on a terminal without NO_COLOR, Unicode where it encodes."""
    tty = stream.isatty()
    return Style(_width(tty), unicode=_takes_unicode(stream), colour=takes_colour(stream), whole=not tty)


def takes_colour(stream: TextIO) -> bool:
    """Say whether colours are wanted on ``stream``: a terminal that has them, and no NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width(tty: bool) -> int:
    named = os.environ.get("COLUMNS", "")
    if not tty and not named.isdigit():
        return PIPE_WIDTH
    columns = shutil.get_terminal_size((80, 24)).columns
    return max(20, min(columns, MAX_WIDTH))


def _takes_unicode(stream: TextIO) -> bool:
    try:
        "⣿│─".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def emit(lines: Iterable[str]) -> bool:
    """Write data to stdout; return whether somebody still reads it. A full disk is E162.

    A reader that has gone away (``| head``) is not an error, but whoever writes for hours may want to end.
    """
    return _write(sys.stdout, lines)


def emit_json(value: Any) -> None:
    """Write one JSON value to stdout; never NaN or infinity, which JSON does not have."""
    emit(json.dumps(value, indent=2, allow_nan=False).splitlines())


def note(*lines: str) -> None:
    """Write what is not data to stderr."""
    with contextlib.suppress(TractionError):  # there is no other place to say it, and the command goes on
        _write(sys.stderr, lines)


def note_folded(text: str) -> None:
    """Write one line to stderr, folded to the width of a terminal; in a pipe it stays whole."""
    style = style_of(sys.stderr)
    note(*([text] if style.whole else wrap(text, style, hanging="  ")))


def _write(stream: TextIO, lines: Iterable[str]) -> bool:
    """Write lines, cleaned of what files may have put into them: all text of ours goes out here."""
    colour = takes_colour(stream)
    text = "".join(f"{clean(line, colour=colour)}\n" for line in lines)
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence(stream)
        return False
    except OSError as error:
        silence(stream)
        raise TractionError(Problem("E162", f"the output could not be written: {error.strerror}")) from error
    return True


def silence(stream: TextIO) -> None:
    """Send what is still buffered for ``stream``, and all that follows, to nowhere."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  a descriptor is wanted, not a path
        os.dup2(nowhere.fileno(), stream.fileno())


def debug_option(function: _Function) -> _Function:
    """Let a command take ``--debug`` too, where people write it: at the end. ``errors.run`` reads it."""
    option = click.option("--debug", is_flag=True, expose_value=False, hidden=True, callback=remember_debug)
    return option(function)


def remember_debug(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Remember that ``--debug`` was said, wherever it stood."""
    if value:
        ctx.meta[_DEBUG] = True


def debugging() -> bool:
    """Say whether ``--debug`` was said."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_DEBUG))
