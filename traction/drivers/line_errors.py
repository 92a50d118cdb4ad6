"""The words for a line that cannot be opened, or is lost."""

from __future__ import annotations

import errno
from typing import Final, NoReturn

from traction.errors import Problem, TableError

_MISSING: Final = (errno.ENOENT, errno.ENODEV, errno.ENXIO)
_BUSY: Final = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)
LISTED: Final = "a port that `traction ports` lists"
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM)


def no_such(name: str, error: Exception, expected: str = LISTED) -> NoReturn:
    """Raise TableError E530: there is no such port or host."""
    raise TableError(Problem("E530", f"there is no {name}", expected)) from error


def cannot_open(name: str, error: Exception, expected: str = "a serial port") -> NoReturn:
    """Raise TableError E530 to E533 for what an operating system or pyserial threw at opening."""
    number, text = _number(error), str(error)
    if number in _MISSING or "FileNotFoundError" in text:
        no_such(name, error)
    if number == errno.ECONNREFUSED:
        problem = Problem("E530", f"nobody listens at {name}", "a controller there")
    elif number in _BUSY or "PermissionError" in text:  # as Windows calls a port that somebody else has
        problem = Problem("E531", f"{name} is in use by another program", "a port that nobody has open")
    elif number in _FORBIDDEN:
        problem = Problem("E532", f"{name} may not be opened by this user", "the right to read and write it")
    else:
        problem = Problem("E533", f"{name} cannot be opened: {text or type(error).__name__}", expected)
    raise TableError(problem) from error


def lost(name: str, error: object) -> NoReturn:
    """Raise TableError E538: the line is gone."""
    raise TableError(Problem("E538", f"the line to {name} is gone: {error}"))


def _number(error: Exception) -> int | None:
    number = getattr(error, "errno", None)
    if number is None and error.args and isinstance(error.args[0], int):  # as in termios.error
        number = error.args[0]
    return number
