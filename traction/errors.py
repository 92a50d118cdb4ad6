"""Every error a user can meet: one root, five branches, a stable code and an advice text.

    TractionError
    ├── UsageError      E1xx  the command was not understood: an unknown name, a file that is not there
    ├── ProtocolError   E2xx  a protocol or limits file says something it may not say
    ├── RefusedError    E3xx  nothing moved: a limit, a missing fact, or a preflight check said no
    ├── TableError      E5xx  the table, its controller or the link to it failed
    └── RecordError     E6xx  the record could not be written or read

Codes E4xx are trips: not exceptions but the reasons of an outcome. All codes stand in ``error_codes.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What the catalogue says of one code."""

    code: str
    title: str
    why: str
    advice: str


@cache
def catalogue() -> dict[str, CodeEntry]:
    """Return every stable code with its title, reason and advice, in ascending order of code."""
    import tomllib

    text = resources.files("traction").joinpath("error_codes.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    return {code: CodeEntry(code, **rows[code]) for code in sorted(rows)}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what was found, and what was expected."""

    code: str
    found: str
    expected: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None

    @property
    def message(self) -> str:
        """Say what was found and what was expected, in one sentence."""
        return f"{self.found}; expected {self.expected}" if self.expected else self.found

    @property
    def advice(self) -> str:
        """Say what to do about it, from the catalogue; empty for a code of somebody else's driver."""
        entry = catalogue().get(self.code)
        return entry.advice if entry is not None else ""

    @property
    def where(self) -> str:
        """Name the place as ``file:line:column: field``, as far as it is known."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.field}" if place and self.field else place or self.field or ""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{where}{self.code} {self.message}"


class TractionError(Exception):
    """Root of every error this project raises on purpose; carries one or more problems.

    Scenario: a caller wants one ``except`` clause for everything that is not a defect of the program.
    """

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    @property
    def code(self) -> str:
        """Return the code of the first problem."""
        return self.problems[0].code


class UsageError(TractionError, ValueError):
    """The command or call was not understood. Scenario: ``--mass 80`` without a unit."""

    exit_code = 2


class ProtocolError(TractionError, ValueError):
    """A file says something it may not say. Scenario: a phase without a force; all errors come at once."""

    exit_code = 3


class RefusedError(TractionError):
    """Nothing moved, and this is why. Scenario: the peak force is above the tightest limit."""

    exit_code = 3


class TableError(TractionError, OSError):
    """The table, its controller or the link failed; the driver is then dead. Scenario: cable pulled."""

    exit_code = 6


class RecordError(TractionError, OSError):
    """A record could not be written or read. Scenario: the disk is full; a byte of the file was flipped."""

    exit_code = 6
