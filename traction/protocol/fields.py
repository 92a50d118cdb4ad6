"""The kinds of value a protocol may hold, for pydantic: each reads a text, and each writes its own schema.

A value that is wrong becomes one error with a stable code (``type``), what was found and what was expected;
``problems.py`` adds the place. No value is converted from another type: 5, 5.0 and "5" are three mistakes.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from traction import units
from traction.errors import UsageError
from traction.protocol.force import Force
from traction.protocol.force_text import EXPECTED, EXPECTED_LOW, MAX_LENGTH, parse_force

# What the language takes, wide of every limit a table has: beyond these a number is a slip of the pen.
MAX_FORCE_N: Final = 5000.0
MAX_RATE_N_PER_S: Final = 5000.0
MIN_RATE_N_PER_S: Final = 0.1
MAX_TIME_S: Final = 4 * 3600.0
MIN_TIME_S: Final = 0.1
MAX_REPEAT: Final = 10_000
MAX_STEPS: Final = 100

FILE_CODES: Final = MappingProxyType(
    {"E110": "E210", "E111": "E211", "E112": "E212", "E113": "E213", "E114": "E214", "E115": "E215"}
)
"""The code of a quantity on the command line -> the code of the same mistake in a file."""


def wrong(code: str, found: str, expected: str, offset: int = -1) -> PydanticCustomError:
    """Return the error pydantic collects; ``offset`` is the place in the text, counted from 0."""
    return PydanticCustomError(
        code,
        "{found}",
        {"found": found, "expected": expected, "offset": offset},
    )


def not_a_text(value: object, expected: str) -> PydanticCustomError:
    """Say which of the mistakes a value that is not a text is: no unit, not finite, or another type."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return wrong("E222", f"{type_name(value)}", expected)
    if isinstance(value, float) and not math.isfinite(value):
        return wrong("E213", f"{value}, which is not a finite number", expected)
    return wrong("E210", f"{units.shown(value)} without a unit", expected)


def type_name(value: object) -> str:
    """Return what TOML calls the type of ``value``, for people."""
    names = {bool: "true or false", str: "a text", dict: "a table", list: "a list", int: "a whole number"}
    return names.get(type(value), "a number" if isinstance(value, float) else "a date or time")


class Quantity:
    """Read a number with a unit of one kind, within what the language takes."""

    def __init__(
        self, kind: units.Kind, lowest: float = 0.0, highest: float = math.inf, zero: bool = False
    ) -> None:
        self.kind = kind
        self.lowest = lowest
        self.highest = highest
        self.zero = zero
        self.expected = (
            f'a {kind.replace("_", " ")} such as "{units.EXAMPLES[kind]}" (units: {units.allowed(kind)})'
        )

    def read(self, value: object) -> float:
        """Return the value in the unit of its kind, or raise what is wrong with it."""
        if not isinstance(value, str):
            raise not_a_text(value, self.expected)
        try:
            number = units.parse(value, self.kind)
        except UsageError as error:
            problem = error.problems[0]
            raise wrong(FILE_CODES[problem.code], problem.found, self.expected) from error
        if not (self.lowest <= number <= self.highest or (self.zero and number == 0.0)):
            raise wrong("E216", f"{value!r}", self._range())
        return number

    def _range(self) -> str:
        base = next(unit for unit, factor in units.UNITS[self.kind].items() if factor == 1 or unit == "%")
        factor = float(units.UNITS[self.kind][base])
        zero = "0, or " if self.zero else ""
        return f"{zero}{self.lowest / factor:g} to {self.highest / factor:g} {base}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": units.pattern(self.kind),
            "examples": [units.EXAMPLES[self.kind]],
        }


# A regular expression cannot count brackets; the schema checks the characters and that there is a unit.
_UNIT: Final = r"[0-9] *(?:N|kN|lbf|kgf|% ?BW)"
_FORCE_PATTERN: Final = rf"^(?=.*{_UNIT})[-+*/0-9A-Za-z%.,() ]*$"
_LOW_PATTERN: Final = rf"^(?: *residual *|(?=.*(?:{_UNIT}|[0-9] *% of high))[-+*/0-9A-Za-z%.,() ]*)$"


class Expression:
    """Read a force expression; ``low`` admits what only the low level of a phase may be."""

    def __init__(self, low: bool = False) -> None:
        self.low = low
        self.expected = EXPECTED_LOW if low else EXPECTED

    def read(self, value: object) -> Force:
        """Return the expression, or raise what is wrong with it."""
        if not isinstance(value, str):
            raise not_a_text(value, self.expected)
        try:
            force = parse_force(value, low=self.low)
        except UsageError as error:
            problem = error.problems[0]
            offset = (problem.column or 1) - 1
            raise wrong(FILE_CODES[problem.code], problem.found, problem.expected, offset) from error
        _require_sane(force)
        return force

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        examples = ["400 N", "90 lbf", "50 %BW", "min(50 %BW, 90 lbf)", "50 %BW + 10 lbf"]
        examples += ["min(25 %BW + 5 lbf * (session - 1), 50 %BW)", "200 N + 10 N * (cycle - 1)"]
        if self.low:
            examples += ["50 % of high", "high - 10 lbf", "residual"]
        pattern = _LOW_PATTERN if self.low else _FORCE_PATTERN
        return {"type": "string", "maxLength": MAX_LENGTH, "pattern": pattern, "examples": examples}


def _require_sane(force: Force) -> None:
    if force.operation == "newtons" and force.value > MAX_FORCE_N:
        raise wrong("E216", f"{force.text!r}", f"at most {MAX_FORCE_N:g} N")
    if force.operation == "body weight" and force.value > 2:
        raise wrong("E216", f"{force.text!r}", "at most 200 %BW")
    if force.operation == "of high" and force.value > 1:
        raise wrong("E216", f"{force.text!r}", "at most 100 % of high")
    for part in force.parts:
        _require_sane(part)


class Whole:
    """Read a whole number within a range; true, 5.0 and "5" are not whole numbers."""

    def __init__(self, lowest: int, highest: int) -> None:
        self.lowest = lowest
        self.highest = highest

    def read(self, value: object) -> int:
        """Return the number, or raise what is wrong with it."""
        expected = f"a whole number from {self.lowest} to {self.highest}"
        if isinstance(value, bool) or not isinstance(value, int):
            found = f"{value}" if isinstance(value, float) else type_name(value)
            raise wrong("E222", found, expected)
        if not self.lowest <= value <= self.highest:
            raise wrong("E216", units.shown(value), expected)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}


# No control characters and no characters that turn the direction of writing: texts reach terminals.
_PLAIN: Final = r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
_CLEAN: Final = rf"^{_PLAIN}*[^\s\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]{_PLAIN}*$"

_VERTEBRA: Final = r"(C[0-7]|T[1-9]|T1[0-2]|L[1-5]|S1)"

ForceText = Annotated[Force, Expression()]
LowText = Annotated[Force, Expression(low=True)]
PlainForce = Annotated[float, Quantity("force", 0.0, MAX_FORCE_N)]
Rate = Annotated[float, Quantity("force_rate", MIN_RATE_N_PER_S, MAX_RATE_N_PER_S)]
Time = Annotated[float, Quantity("time", MIN_TIME_S, MAX_TIME_S)]
TimeOrNone = Annotated[float, Quantity("time", MIN_TIME_S, MAX_TIME_S, zero=True)]
Frequency = Annotated[float, Quantity("frequency", 0.01, 5.0)]
Spread = Annotated[float, Quantity("fraction", 0.001, 0.5)]
Share = Annotated[float, Quantity("fraction", 0.01, 0.99)]
Angle = Annotated[float, Quantity("angle", 0.0, 90.0)]
HeadMass = Annotated[float, Quantity("mass", 0.5, 20.0)]
HeadShare = Annotated[float, Quantity("fraction", 0.01, 0.3)]
Impulse = Annotated[float, Quantity("impulse", 0.0, 1e9)]
Length = Annotated[float, Quantity("length", 0.0, 1e4)]
Repeat = Annotated[int, Whole(1, MAX_REPEAT)]
Steps = Annotated[int, Whole(1, MAX_STEPS)]
Alarms = Annotated[int, Whole(1, 1000)]
Text = Annotated[str, StringConstraints(strict=True, max_length=2000, pattern=_CLEAN)]
Label = Annotated[str, StringConstraints(strict=True, max_length=80, pattern=_CLEAN)]
Slug = Annotated[str, StringConstraints(strict=True, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Url = Annotated[str, StringConstraints(strict=True, max_length=300, pattern=r"^https?://[!-~]+$")]
Answer = Annotated[
    str, StringConstraints(strict=True, max_length=40, pattern=r"^[A-Za-z0-9]+([ -][A-Za-z0-9]+)*$")
]
Action = Annotated[
    str, StringConstraints(strict=True, max_length=90, pattern=rf"^(continue|end|stop|go to {_PLAIN}+)$")
]
Level = Annotated[str, StringConstraints(strict=True, max_length=9, pattern=rf"^{_VERTEBRA}(-{_VERTEBRA})?$")]
Seal = Annotated[str, StringConstraints(strict=True, max_length=64, pattern=r"^[0-9a-f]{64}$")]
