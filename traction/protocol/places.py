"""Where each key of a TOML text stands: a scanner beside ``tomllib``, which keeps no positions.

It walks the text once and never fails: what it does not understand it skips to the end of the line, and
``tomllib`` says what is wrong there. It also finds what would take ``tomllib`` too long (deep nesting, very
many keys) before that is asked, and every key that is written twice, where ``tomllib`` stops at the first.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

Path = tuple[str | int, ...]

MAX_DEPTH: Final = 8
MAX_KEYS: Final = 12_000

_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')[ \t]*""")
_STRING: Final = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_BARE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*|[^\s,\]}#\[{\"']+")


@dataclass(slots=True)
class Places:
    """Keep the offset of every value, the keys written twice, and the first place that goes too far."""

    text: str
    offsets: dict[Path, int] = field(default_factory=dict)
    twice: list[tuple[Path, int]] = field(default_factory=list)
    too_deep: int | None = None
    too_many: int | None = None
    _lines: list[int] = field(default_factory=list)

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of an offset in the text."""
        if not self._lines:
            self._lines = [0, *(match.end() for match in re.finditer("\n", self.text))]
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def find(self, path: Path) -> tuple[int, int, bool]:
        """Return line, column and whether it is the place itself, else that of the table around it."""
        exact = True
        while path:
            if path in self.offsets:
                return *self.position(self.offsets[path]), exact
            path, exact = path[:-1], False
        return 1, 1, False

    def shift(self, path: Path, offset: int) -> int:
        """Return how far into the file's spelling of a text value its character ``offset`` stands."""
        start = self.offsets.get(path)
        if start is None or offset < 0:
            return 0
        quotes = 3 if self.text.startswith(('"""', "'''"), start) else 1
        return offset + quotes


def scan(text: str) -> Places:
    """Return where everything in a TOML ``text`` stands; never raises."""
    scanner = _Scanner(text)
    scanner.run()
    return scanner.places


class _TooFarError(Exception):
    """Nesting or number of keys beyond what a protocol can have; ends the scan."""


class _Scanner:
    """Walk one text from statement to statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places = Places(text)
        self.table: Path = ()
        self.count = 0
        self.again = False  # within a table that is written a second time
        self.lengths: dict[Path, int] = {}

    def run(self) -> None:
        """Scan to the end, or to where the text goes too far."""
        try:
            while self._skip_blank():
                if not self._statement():
                    self._next_line()
        except _TooFarError:
            return

    def _skip_blank(self) -> bool:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.text)

    def _next_line(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end + 1

    def _statement(self) -> bool:
        if self.text.startswith("[[", self.at):
            return self._header(2)
        if self.text.startswith("[", self.at):
            return self._header(1)
        return self._assignment(self.table, len(self.table))

    def _header(self, brackets: int) -> bool:
        start = self.at
        self.at += brackets
        keys = self._keys(0)
        if not keys or not self.text.startswith("]" * brackets, self.at):
            return False
        self.at += brackets
        path: Path = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        path = (*path, keys[-1])
        if brackets == 2:
            number = self.lengths.get(path, 0)
            self.lengths[path] = number + 1
            self.places.offsets.setdefault(path, start)
            path = (*path, number)
        self.table = path
        self.again = False
        self.again = not self._note(path, start)
        return True

    def _assignment(self, table: Path, depth: int) -> bool:
        start = self.at
        keys = self._keys(depth)
        if not keys or not self.text.startswith("=", self.at):
            return False
        self.at += 1
        self._spaces()
        path = (*table, *keys)
        for end in range(len(table) + 1, len(path)):  # the tables a dotted key passes through
            self.places.offsets.setdefault(path[:end], start)
        known = path in self.places.offsets
        self._note(path, start if known else self.at)
        return self._value(path, depth + len(keys))

    def _keys(self, depth: int) -> list[str]:
        keys: list[str] = []
        while match := _KEY.match(self.text, self.at):
            self.at = match.end()
            keys.append(match[1] or match[2] or match[3] or "")
            if depth + len(keys) > MAX_DEPTH:
                self.places.too_deep = match.start()
                raise _TooFarError
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1
        return []

    def _note(self, path: Path, offset: int) -> bool:
        """Remember a place and say whether it is the first; a key of a repeated table is not reported too."""
        known = path in self.places.offsets
        self._remember(path, offset)
        if known and not self.again:
            self.places.twice.append((path, offset))
        return not known

    def _remember(self, path: Path, offset: int) -> None:
        self.places.offsets.setdefault(path, offset)
        self.count += 1
        if self.count > MAX_KEYS:
            self.places.too_many = offset
            raise _TooFarError

    def _value(self, path: Path, depth: int) -> bool:
        opening = self.text[self.at : self.at + 1]
        if opening in ("[", "{") and depth >= MAX_DEPTH:
            self.places.too_deep = self.at
            raise _TooFarError
        if opening == "[":
            return self._array(path, depth + 1)
        if opening == "{":
            return self._inline_table(path, depth)
        match = _STRING.match(self.text, self.at) or _BARE.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def _array(self, path: Path, depth: int) -> bool:
        self.at += 1
        index = 0
        while self._skip_blank():
            if self._closes("]"):
                return True
            self._remember((*path, index), self.at)
            if not self._value((*path, index), depth):
                return False
            index += 1
            self._skip_blank()
            if not self._closes(","):
                return self._closes("]")
        return False

    def _inline_table(self, path: Path, depth: int) -> bool:
        self.at += 1
        while self._skip_blank():
            if self._closes("}"):
                return True
            if not self._assignment(path, depth):
                return False
            self._skip_blank()
            if not self._closes(","):
                return self._closes("}")
        return False

    def _closes(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.at):
            return False
        self.at += 1
        return True

    def _spaces(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
