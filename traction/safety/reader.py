"""Strict reading of the TOML files under ``hardware/``: every problem at once, with file, line and field."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from traction import units
from traction.errors import Problem, ProtocolError, UsageError

_MAX_BYTES: Final = 65_536
"""No limits file is anywhere near this; a larger one is not a limits file."""

_MAX_DEPTH: Final = 8
"""Nor does one nest its tables deeper than two."""

_MAX_TEXT: Final = 200
"""The longest text of such a file: a title, a URL."""

_HEADER: Final = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


class Reader:
    """One file being read: take what is expected, then ``finish`` reports all that was wrong or left over.

    A value that is missing or wrong is noted and returned as NaN or an empty text, which nobody sees, because
    ``finish`` raises first.
    """

    def __init__(self, path: Path) -> None:
        self.file = str(path)
        self.problems: list[Problem] = []
        self._text = _read(path)
        self._data = _parse(self._text, self.file)
        self._taken: set[tuple[str, ...]] = set()

    def has(self, field: str) -> bool:
        """Say whether the file has the key or table ``field``, a dotted path."""
        return self._find(field) is not None

    def text(self, field: str, allowed: tuple[str, ...] = ()) -> str:
        """Take a text; E307 when missing, E308 when it is no text, unprintable, or not one of ``allowed``."""
        value = self._take(field, "a text")
        if value is None:
            return ""
        if not isinstance(value, str) or not value or (allowed and value not in allowed):
            expected = " or ".join(repr(one) for one in allowed) or "a text in quotes"
            self._wrong("E308", f"found {value!r:.60}", expected, field)
            return ""
        if not value.isprintable() or len(value) > _MAX_TEXT:  # it is shown on terminals as it stands
            expected = f"a text of at most {_MAX_TEXT} characters that can be printed"
            self._wrong("E308", f"found {value!a:.60}", expected, field)
            return ""
        return value

    def quantity(self, field: str, kind: units.Kind, *, positive: bool = True) -> float:
        """Take a quantity with its unit; notes E307 missing, E11x for its unit, E308 for a zero."""
        value = self._take(field, f'a {kind.replace("_", " ")} such as "{units.EXAMPLES[kind]}"')
        if value is None:
            return float("nan")
        try:
            number = units.parse(value, kind)
        except UsageError as error:
            line = self._line(field)
            self.problems += [replace(one, file=self.file, line=line, field=field) for one in error.problems]
            return float("nan")
        if positive and not number > 0:
            self._wrong("E308", f"found {value!r}", "more than zero", field)
        return number

    def require(self, field: str, low: float, high: float, expected: str) -> None:
        """Note E308 at ``field`` when ``low`` is above ``high``: two figures contradict each other."""
        if low > high:
            self._wrong("E308", f"{low:g} and {high:g} contradict each other", expected, field)

    def finish(self) -> None:
        """Raise ProtocolError with every problem noted, and E306 for every key nobody took."""
        known = ", ".join(sorted(".".join(path) for path in self._taken))
        for path in _leaves(self._data, self.file):
            if path not in self._taken:
                field = ".".join(path)
                self._wrong("E306", f"the unknown key {field!r}", f"one of {known}", field)
        if self.problems:
            raise ProtocolError(*sorted(self.problems, key=lambda one: (one.line is not None, one.line)))

    def _find(self, field: str) -> Any:
        value: Any = self._data
        for part in field.split("."):
            if not isinstance(value, Mapping) or part not in value:
                return None
            value = value[part]
        return value

    def _take(self, field: str, expected: str) -> Any:
        self._taken.add(tuple(field.split(".")))
        value = self._find(field)
        if value is None:
            self._wrong("E307", f"{field!r} is missing", expected, field)
        return value

    def _wrong(self, code: str, found: str, expected: str, field: str) -> None:
        line = self._line(field)
        self.problems.append(Problem(code, found, expected, file=self.file, line=line, field=field))

    def _line(self, field: str) -> int | None:
        """Find the line of ``field``: plain ``[table]`` headers and ``key =`` lines, as these files use."""
        table = ""
        for number, line in enumerate(self._text.splitlines(), start=1):
            if header := _HEADER.match(line):
                table = f"{header[1]}."
            elif (key := _KEY.match(line)) and f"{table}{key[1]}" == field:
                return number
        return None


def _read(path: Path) -> str:
    if "\0" in str(path):
        raise ProtocolError(Problem("E305", f"the path {str(path)!r:.60}", "a path without a null character"))
    try:
        # not to wait for a pipe that nobody writes to; what is no file is told after it is open, not before
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ProtocolError(Problem("E305", "no plain file", "a TOML file", file=str(path)))
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise ProtocolError(
                Problem("E305", "a file too large for limits", "64 KiB at most", file=str(path))
            )
        return content.decode("utf-8")
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise ProtocolError(Problem("E305", found, "a file that can be read", file=str(path))) from error
    except UnicodeDecodeError as error:
        raise ProtocolError(Problem("E305", "bytes that are no text", "UTF-8", file=str(path))) from error


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        match = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(match[1]), int(match[2])) if match else (None, None)
        problem = Problem("E305", str(error), "a TOML file", file=file, line=line, column=column)
        raise ProtocolError(problem) from error


def _leaves(data: Mapping[str, Any], file: str, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if len(above) > _MAX_DEPTH:
        found = f"tables within tables, {'.'.join(above)[:40]!r} and deeper"
        raise ProtocolError(Problem("E305", found, f"at most {_MAX_DEPTH} levels", file=file))
    leaves = []
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            leaves += _leaves(value, file, (*above, key))
        else:
            leaves.append((*above, key))
    return leaves
