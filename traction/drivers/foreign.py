"""What somebody else's driver throws or hands over, in words that fit a line and a record.

A driver may fail with any exception, and with values whose own text cannot be made. Nothing here raises for
it, and no text from here is long, empty, or anything but printable.
"""

from __future__ import annotations

import re
import signal
import threading
from typing import Final

from traction.errors import Problem, TableError, TractionError

LONGEST: Final = 200
"""How many characters of a foreign text are kept."""

LONGEST_OWN: Final = 4000
"""How long a text in a problem may be that a driver gives in this project's own form."""

MOST_PROBLEMS: Final = 50
MIN_INT: Final = -(1 << 63)
MAX_INT: Final = (1 << 63) - 1
"""What a record can hold: whole numbers of 64 bits."""

STOP_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

CODE: Final = re.compile(r"[A-Z][A-Z0-9_-]{0,15}")
NO_TEXT: Final = "something that cannot be put into words"


def cleaned(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` cut to ``longest`` characters, with everything unprintable written as an escape."""
    # by the method of str itself: a subclass may have its own idea of a slice
    exact = str.__getitem__(text, slice(0, longest))
    if not exact.isprintable():
        exact = "".join(one if one.isprintable() else _escaped(one) for one in exact)
    return exact if str.__len__(text) <= longest else exact + "..."


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")


def shown(value: object, longest: int = LONGEST) -> str:
    """Return ``repr(value)``, cut and cleaned; NO_TEXT where there is none."""
    if type(value) is int and not MIN_INT <= value <= MAX_INT:
        return f"a whole number of {value.bit_length()} bits"  # its digits would fill pages, or be refused
    try:
        return cleaned(repr(value), longest)
    except BaseException:
        return NO_TEXT


def described(error: BaseException) -> str:
    """Return the type of ``error`` and what it says, cut and cleaned."""
    try:
        name = cleaned(type.__getattribute__(type(error), "__name__"))
    except BaseException:
        name = "an error"
    try:
        text = cleaned(str(error))
    except BaseException:
        text = NO_TEXT
    return f"{name}: {text}" if text.strip() else f"{name}, which says nothing"


def is_usable(error: BaseException) -> bool:
    """Say whether ``error`` is one of this project's own that says something and can be written down."""
    if not issubclass(type(error), TractionError):
        return False
    try:
        problems = error.problems  # type: ignore[attr-defined]  # it is one, whatever its __class__ says
        return (
            type(problems) is tuple
            and 0 < len(problems) <= MOST_PROBLEMS
            and all(type(problem) is Problem and _is_plain(problem) for problem in problems)
        )
    except BaseException:
        return False


def _is_plain(problem: Problem) -> bool:
    texts = (problem.code, problem.found, problem.expected, problem.file or "", problem.field or "")
    places = (problem.line, problem.column)
    return (
        all(type(text) is str and len(text) <= LONGEST_OWN and text.isprintable() for text in texts)
        and CODE.fullmatch(problem.code) is not None
        and problem.found.strip() != ""
        and all(place is None or (type(place) is int and 0 <= place < 1 << 31) for place in places)
    )


def failure(what: str, error: BaseException) -> TractionError:
    """Return ``error`` where it is usable as it stands, else the TableError E507 to raise in its place."""
    if is_usable(error) and isinstance(error, TractionError):
        return error
    return TableError(Problem("E507", f"{what}: {described(error)}"))


def is_from_outside(error: BaseException) -> bool:
    """Say whether ``error`` came out of a signal, such as a Ctrl-C, and not out of what a driver did.

    Signals are handled in the main thread, wherever it stands. Either the handler is a function, and then its
    frame is among those of the error; or it is Python's own for Ctrl-C, which leaves no frame, but never
    speaks up at a ``raise``. In a session a signal is a flag once something can move, and no exception.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    handlers = [signal.getsignal(number) for number in STOP_SIGNALS]
    functions = {getattr(handler, "__code__", None) for handler in handlers} - {None}
    trace, last = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code in functions:
            return True
        trace, last = trace.tb_next, trace
    if type(error) is not KeyboardInterrupt or signal.default_int_handler not in handlers or last is None:
        return False
    from opcode import opmap  # on this rare way only

    return last.tb_frame.f_code.co_code[last.tb_lasti] != opmap["RAISE_VARARGS"]
