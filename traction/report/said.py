"""Take values out of a record's JSON, each of the kind that a session writes; anything else is E610."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from traction.errors import Problem, RecordError

_EXPECTED: Final = "a record written by a session"


class Said:
    """One object of a record. Every method raises RecordError E610 where the value is absent or no such kind.

    A record passes its own checksums whatever somebody has written into it, so nothing is taken on trust.
    """

    def __init__(self, value: object, place: str, file: str | None) -> None:
        self._place, self._file = place, file
        if not isinstance(value, Mapping):
            raise self._wrong(place, value, "no object")
        self._values = value

    def has(self, key: str) -> bool:
        """Say whether ``key`` is there and not null."""
        return self._values.get(key) is not None

    def part(self, key: str) -> Said:
        """Return the object at ``key``."""
        return Said(self._at(key), f"{self._place}.{key}", self._file)

    def parts(self, key: str) -> list[Said]:
        """Return the list of objects at ``key``."""
        values = self._at(key)
        if not isinstance(values, list):
            raise self._wrong(f"{self._place}.{key}", values, "no list")
        return [Said(one, f"{self._place}.{key}[{at}]", self._file) for at, one in enumerate(values)]

    def text(self, key: str) -> str:
        """Return the text at ``key``."""
        value = self._at(key)
        if not isinstance(value, str):
            raise self._wrong(f"{self._place}.{key}", value, "no text")
        return value

    def flag(self, key: str) -> bool:
        """Return the truth value at ``key``."""
        value = self._at(key)
        if not isinstance(value, bool):
            raise self._wrong(f"{self._place}.{key}", value, "neither true nor false")
        return value

    def whole(self, key: str) -> int:
        """Return the whole number at ``key``."""
        value = self._at(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(f"{self._place}.{key}", value, "no whole number")
        return value

    def number(self, key: str) -> float:
        """Return the finite number at ``key``."""
        value = self._at(key)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        # a whole number beyond the largest float is no figure of a session either
        if not number or not abs(value) < math.inf or abs(value) > 1e300:
            raise self._wrong(f"{self._place}.{key}", value, "no number")
        return float(value)

    def number_or_none(self, key: str) -> float | None:
        """Return the finite number at ``key``, or None where it is null or absent."""
        return self.number(key) if self.has(key) else None

    def _at(self, key: str) -> Any:
        if key not in self._values:
            raise RecordError(Problem("E610", f"no {self._place}.{key}", _EXPECTED, self._file))
        return self._values[key]

    def _wrong(self, place: str, value: object, what: str) -> RecordError:
        found = f"{place} is {what} ({type(value).__name__})"
        return RecordError(Problem("E610", found, _EXPECTED, self._file))
