"""Strict reading of TOML files that people keep: patients, checklists, courses. Every mistake at once.

A value that is missing or wrong is noted with its line and comes back as something harmless that nobody sees,
because ``finish`` raises first; what nobody asked for is noted there, too.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from traction import units
from traction.errors import Problem, ProtocolError, UsageError
from traction.patients.days import day_of
from traction.protocol.places import MAX_DEPTH, Places, scan
from traction.protocol.places import Path as Place
from traction.protocol.protocol import field_path

MAX_BYTES: Final = 262_144
MAX_TEXT: Final = 1000
_ID: Final = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)*")
_ID_SAID: Final = "lower-case letters and digits, joined by - . or _, at most 60"


@dataclass(slots=True)
class Reading:
    """One file being read: its text, where everything stands in it, and what is wrong so far."""

    file: str
    text: str
    digest: str
    places: Places
    problems: list[Problem] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)


class Form:
    """One table of a file: take what is expected by its key."""

    def __init__(self, reading: Reading, data: Mapping[str, Any], place: Place = ()) -> None:
        self.reading = reading
        self.place = place
        self._data = data
        self._taken: dict[str, None] = {}
        reading.forms.append(self)

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys as written."""
        return tuple(self._data)

    def has(self, key: str) -> bool:
        """Say whether the key is there; one that is asked for is a known one."""
        self._taken[key] = None
        return key in self._data

    def text(self, key: str, allowed: tuple[str, ...] = ()) -> str:
        """Take a text, one of ``allowed`` where those are given."""
        value = self._take(key, "a text in quotes")
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or (allowed and value not in allowed):
            self.wrong(key, f"found {value!r:.60}", " or ".join(map(repr, allowed)) or "a text in quotes")
            return ""
        if not value.isprintable() or len(value) > MAX_TEXT:  # it is shown on terminals as it stands
            self.wrong(key, f"found {value!a:.60}", f"at most {MAX_TEXT} characters that can be printed")
            return ""
        return value

    def name(self, key: str) -> str:
        """Take a name of lower-case words: an id."""
        value = self.text(key)
        if value and (len(value) > 60 or not _ID.fullmatch(value)):
            self.wrong(key, f"found {value!r:.60}", _ID_SAID)
        return value

    def quantity(
        self, key: str, kind: units.Kind, *, low: float = 0.0, high: float = math.inf, zero: bool = False
    ) -> float:
        """Take a quantity with its unit, above ``low`` (or 0 where ``zero``) and at most ``high``."""
        value = self._take(key, f'a {kind.replace("_", " ")} such as "{units.EXAMPLES[kind]}"')
        if value is None:
            return math.nan
        try:
            number = units.parse(value, kind)
        except UsageError as error:
            place = self._where(key)
            self.reading.problems += [
                replace(one, file=self.reading.file, line=place[0], field=place[1]) for one in error.problems
            ]
            return math.nan
        if not (low < number <= high or (zero and number == 0.0)):
            base = next(unit for unit, factor in units.UNITS[kind].items() if factor == 1 or unit == "%")
            scale = float(units.UNITS[kind][base])
            top = "" if math.isinf(high) else f", at most {high / scale:g} {base}"
            self.wrong(
                key, f"found {value!r}", f"{'0 or ' if zero else ''}more than {low / scale:g} {base}{top}"
            )
        return number

    def whole(self, key: str, low: int, high: int) -> int:
        """Take a whole number from ``low`` to ``high``."""
        value = self._take(key, f"a whole number from {low} to {high}")
        if value is None:
            return low
        if type(value) is not int or not low <= value <= high:
            self.wrong(key, f"found {units.shown(value)}", f"a whole number from {low} to {high}")
            return low
        return value

    def flag(self, key: str) -> bool:
        """Take true or false."""
        value = self._take(key, "true or false")
        if value is not None and type(value) is not bool:
            self.wrong(key, f"found {value!r:.60}", "true or false")
        return value is True

    def day(self, key: str) -> str:
        """Take a date, written 2026-11-22 without quotes, as its label."""
        value = self._take(key, "a date such as 2026-11-22")
        if value is None:
            return "1970-01-01"
        said = value.isoformat() if hasattr(value, "isoformat") and not hasattr(value, "hour") else ""
        try:
            day_of(said)
        except ValueError:
            self.wrong(key, f"found {str(value)!r:.60}", "a date such as 2026-11-22, without quotes")
            return "1970-01-01"
        return str(said)

    def words(self, key: str, allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Take a list of texts, each once, each one of ``allowed`` where those are given."""
        value = self._take(key, "a list of texts")
        if value is None:
            return ()
        fine = isinstance(value, list) and all(
            isinstance(one, str) and one.isprintable() and 0 < len(one) <= MAX_TEXT for one in value
        )
        if not fine or len(set(value)) != len(value) or not set(value) <= set(allowed or value):
            named = f" of {', '.join(allowed)}" if allowed else ""
            self.wrong(key, f"found {value!r:.60}", f"a list{named}, each once")
            return ()
        return tuple(value)

    def table(self, key: str) -> Form:
        """Take a table ``[key]``; one that is not there is an empty one."""
        self._taken[key] = None
        value = self._data.get(key, {})
        if not isinstance(value, Mapping):
            self.wrong(key, f"found {value!r:.60}", f"a table [{key}]")
            value = {}
        return Form(self.reading, value, (*self.place, key))

    def tables(self, key: str) -> list[Form]:
        """Take the tables ``[[key]]`` in their order."""
        self._taken[key] = None
        value = self._data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self.wrong(key, f"found {value!r:.60}", f"tables [[{key}]]")
            return []
        return [Form(self.reading, one, (*self.place, key, index)) for index, one in enumerate(value)]

    def wrong(self, key: str, found: str, expected: str, code: str = "E308") -> None:
        """Note that the value of ``key`` is not right."""
        self.reading.problems.append(self.problem(key, found, expected, code))

    def problem(self, key: str, found: str, expected: str, code: str) -> Problem:
        """Return a problem with the place of ``key``."""
        line, where = self._where(key)
        return Problem(code, found, expected, self.reading.file, line, None, where)

    def finish(self) -> None:
        """Raise ProtocolError with all that is wrong in the whole file, unknown keys (E306) included."""
        for form in self.reading.forms:
            form.note_unknown()
        if self.reading.problems:
            raise ProtocolError(*sorted(self.reading.problems, key=lambda problem: problem.line or 0))

    def note_unknown(self) -> None:
        """Note every key that nobody asked for (E306)."""
        known = tuple(self._taken)
        for key in self._data:
            if key not in self._taken:
                near = difflib.get_close_matches(key[:40], known, n=1)
                hint = f" (did you mean {near[0]}?)" if near else ""
                expected = f"one of {', '.join(known)}" if known else "nothing here"
                self.wrong(key, f"the unknown key {key!a:.60}{hint}", expected, "E306")

    def _take(self, key: str, expected: str) -> Any:
        self._taken[key] = None
        value = self._data.get(key)
        if value is None:
            self.wrong(key, f"{key!r} is missing", expected, "E307")
        return value

    def _where(self, key: str) -> tuple[int, str]:
        place = (*self.place, key)
        return self.reading.places.find(place)[0], field_path(place)


def read_form(path: Path, what: str) -> Form:
    """Return the whole of a TOML file as a form; ``what`` it is, for errors, such as "a patient file".

    Raises UsageError E132 (no file that can be read) and ProtocolError E305 (no TOML).
    """
    return parse_form(read_text_bytes(path, what), str(path))


def parse_form(content: bytes, file: str) -> Form:
    """Return the whole of a TOML text as a form. Raises ProtocolError E305."""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
        places = scan(text)
        if places.too_deep is not None or places.too_many is not None:
            raise _no_toml(f"more than {MAX_DEPTH} levels, or far too many keys", file)
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise _no_toml("bytes that are no UTF-8 text", file) from error
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        match = re.search(r"line (\d+)", str(error))
        raise _no_toml(str(error), file, int(match[1]) if match else None) from error
    return Form(Reading(file, text, hashlib.sha256(content).hexdigest(), places), data)


def _no_toml(found: str, file: str, line: int | None = None) -> ProtocolError:
    return ProtocolError(Problem("E305", found, "a TOML file", file=file, line=line))


def read_text_bytes(path: Path, what: str) -> bytes:
    """Return the bytes of a plain file, never waiting for a pipe. Raises E132, E305."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError(Problem("E132", "it is no plain file", what, file=str(path)))
            content = file.read(MAX_BYTES + 1)
    except UsageError:  # it is a ValueError, too
        raise
    except OSError as error:
        said = (error.strerror or type(error).__name__).lower()
        raise UsageError(Problem("E132", said, f"{what} that can be read", file=str(path))) from error
    except ValueError as error:  # a NUL in the name
        raise UsageError(Problem("E132", "a name no file can have", what)) from error
    if len(content) > MAX_BYTES:
        raise _no_toml(f"more than {MAX_BYTES // 1024} KiB", str(path))
    return content
