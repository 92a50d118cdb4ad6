"""Take the fields of one TOML table: what is wrong is noted with its path, what is left over is unknown.

A value that is wrong is noted and returned as None, like one that is not there; ``has`` tells the two apart.
"""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any, Final

from traction.protocol.fields import type_name
from traction.protocol.places import Path
from traction.protocol.problems import Fault

_MAX_TEXT: Final = 1000
_SHOWN: Final = 60


class Fields:
    """One table of the file at ``path``; ``faults`` collects what is wrong, in all tables together."""

    def __init__(self, data: Mapping[str, Any], path: Path, faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        self._data = data
        self._known: list[str] = []

    def has(self, name: str) -> bool:
        """Say whether the field is written, be it right or wrong."""
        return name in self._data

    def number(self, name: str, low: float, high: float, *, above: bool = False) -> float | None:
        """Take a number from ``low`` (itself not, when ``above``) to ``high``; notes E712, E713."""
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong("E712", type_name(value), "a number; the unit stands in the field's name", name)
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.wrong("E713", f"{value}", "a finite number", name)
            return None
        if not low <= value <= high or (above and value == low):
            self.wrong(
                "E713",
                shown(value),
                f"above {low:g}, at most {high:g}" if above else f"{low:g} to {high:g}",
                name,
            )
            return None
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        """Take true or false, ``default`` when it is not there; notes E712."""
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong("E712", type_name(value), "true or false", name)
            return default
        return value

    def text(self, name: str, *, default: str | None = None) -> str | None:
        """Take a text of visible characters; without ``default`` it must be there; notes E711, E712, E714."""
        if default is None:
            self.require(name, "a text")
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self.wrong("E712", type_name(value), "a text in quotes", name)
            return None
        if len(value) > _MAX_TEXT or not _visible(value) or (default is None and not value.strip()):
            expected = f"visible characters on one line, at most {_MAX_TEXT}"
            self.wrong("E714", shown(value), expected, name)
            return None
        return value

    def word(self, name: str, known: Collection[str], *, default: str | None = None) -> str | None:
        """Take one of the ``known`` words; without ``default`` it must be there; notes E711, E712, E714."""
        if default is None:
            self.require(name, f"one of {', '.join(known)}")
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self.wrong("E712", type_name(value), "a text in quotes", name)
            return None
        if value in known:
            return value
        self.wrong("E714", shown(value) + _meant(value, known), f"one of {', '.join(known)}", name)
        return None

    def table(self, name: str) -> Fields | None:
        """Take a table; notes E712 when it is something else."""
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.wrong("E712", type_name(value), f"a table [case.{name}]", name)
            return None
        return Fields(value, (*self.path, name), self.faults)

    def tables(self, name: str, most: int) -> list[Fields]:
        """Take a list of tables, at least one and at most ``most``; notes E711, E712, E705."""
        value = self._take(name)
        header = f"[[{'.'.join(str(part) for part in (*self.path, name) if isinstance(part, str))}]]"
        if value is None or value == []:
            self.missing(name, f"at least one {header}")
            return []
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self.wrong("E712", type_name(value), f"tables headed {header}", name)
            return []
        if len(value) > most:
            self.wrong("E705", f"{len(value)} of {header}", f"at most {most}", name)
            return []
        return [Fields(one, (*self.path, name, at), self.faults) for at, one in enumerate(value)]

    def raw(self, name: str) -> Any:
        """Take a value as it is, None when it is not there."""
        return self._take(name)

    def require(self, name: str, expected: str) -> bool:
        """Note E711 unless the field is there; say whether it is."""
        if name not in self._data:
            self.missing(name, expected)
            self._known.append(name)
            return False
        return True

    def missing(self, name: str, expected: str) -> None:
        """Note that something that must be stated is not."""
        self.faults.append(Fault((*self.path, name), "E711", f"no {name}", expected, whole_table=True))

    def wrong(self, code: str, found: str, expected: str, name: str) -> None:
        """Note what was found in place of what was expected in the field ``name``."""
        self.faults.append(Fault((*self.path, name), code, found, expected))

    def finish(self) -> None:
        """Note every field nobody has taken: E710, with the name that was probably meant."""
        known = list(dict.fromkeys(self._known))
        for name in self._data:
            if name not in known:
                found = f"the unknown field {shown(name)}{_meant(name, known)}"
                self.wrong("E710", found, f"one of {', '.join(known)}", name)

    def _take(self, name: str) -> Any:
        self._known.append(name)
        return self._data.get(name)


def _visible(text: str) -> bool:
    """Say whether a text has nothing in it but characters and blanks, of whatever width."""
    return all(one.isprintable() or unicodedata.category(one) == "Zs" for one in text)


def shown(value: object) -> str:
    """Return a value as it may stand in a message: plain characters, and not too many."""
    text = f"{value:g}" if isinstance(value, float) else _ascii(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _ascii(value: object) -> str:
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return "a number of very many digits"
    return ascii(value)


def _meant(name: str, known: Collection[str]) -> str:
    """Return a hint: the same name with its unit, else the nearest by spelling."""
    with_unit = [one for one in known if one.startswith(f"{name}_") and name]
    other_unit = [one for one in known if "_" in name and one.startswith(f"{name.rpartition('_')[0]}_")]
    near = with_unit or other_unit or difflib.get_close_matches(name[:40], known, n=1)
    return f" (did you mean {' or '.join(near[:3])}?)" if near else ""
