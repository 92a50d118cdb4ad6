"""Strict reading of ``hardware/hazards.toml``: everything that is wrong is said at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from traction import units
from traction.errors import Problem, ProtocolError, UsageError
from traction.hazards import model
from traction.hazards.model import Control, Hazard, Hazards
from traction.shipped import shipped_dir

NUMBER: Final = 58
"""There are so many hazards: H01 to H58, none left out."""

SEVERITIES: Final = range(1, 5)
_KEYS: Final = (
    "title", "happens", "severity", "signal", "reaction", "within", "alone", "faults", "checks",
)  # fmt: skip
_MAY: Final = ("unproved", *model.LAYERS)
_NO_HAZARD: Final = "no_hazard"
_CODE: Final = re.compile(r"E[1-9]\d\d")
_SYMBOL: Final = re.compile(r"traction(\.\w+)+:\w+(\.\w+)*|hardware/[\w/]+\.py:\w+(\.\w+)*")
_TEST: Final = re.compile(r"tests/[\w/]+\.py::test_\w+")


def load_hazards(path: Path | None = None) -> Hazards:
    """Return the hazards of ``path``, of the shipped file unless given.

    Raises ProtocolError E305 for a file that cannot be read, E306 for an unknown key or name, E307 for a
    missing one, E308 for a value that it cannot have, with every problem at once.
    """
    place = shipped_dir("hardware") / "hazards.toml" if path is None else path
    try:
        data = tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProtocolError(Problem("E305", f"the file of hazards: {error}", file=str(place))) from error
    reader = _Reader(str(place))
    unclaimed = reader.reasons(data.pop(_NO_HAZARD, {}))
    wanted = [f"H{number:02}" for number in range(1, NUMBER + 1)]
    if list(data) != wanted:
        odd = sorted(set(data) ^ set(wanted)) or ["another order"]
        reader.wrong("E306", f"H01 to H{NUMBER} with {', '.join(odd)}", "each once, in order", "")
    hazards = tuple(reader.hazard(name, table) for name, table in data.items())
    if reader.problems:
        raise ProtocolError(*reader.problems)
    return Hazards(hazards, unclaimed)


class _Reader:
    """Collects what is wrong; a value that is wrong is replaced by one that nobody sees."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, code: str, found: str, expected: str, field: str) -> None:
        self.problems.append(Problem(code, found, expected, file=self.file, field=field or None))

    def reasons(self, table: object) -> tuple[tuple[str, str], ...]:
        """Take a table of texts: what stands for no hazard, and why."""
        if not isinstance(table, Mapping):
            self.wrong("E308", f"found {table!r:.60}", "a table", _NO_HAZARD)
            return ()
        return tuple((name, self.text(table, name, f"{_NO_HAZARD}.{name}")) for name in table)

    def hazard(self, name: str, table: object) -> Hazard:
        """Take one hazard with its controls."""
        rows = self.table(table, name, _KEYS, _MAY)
        controls = tuple(
            self.control(layer, rows[layer], f"{name}.{layer}") for layer in model.LAYERS if layer in rows
        )
        if not any(control.status != model.ASKED for control in controls):
            self.wrong("E307", "no layer of software", "one, though it be missing", name)
        alone = self.names(rows, "alone", f"{name}.alone", model.LAYERS.__contains__)
        if not set(alone) <= {control.layer for control in controls}:
            self.wrong("E308", f"alone: {', '.join(alone)}", "layers of this hazard", f"{name}.alone")
        return Hazard(
            name=name,
            title=self.text(rows, "title", f"{name}.title"),
            happens=self.text(rows, "happens", f"{name}.happens"),
            severity=self.severity(rows.get("severity"), f"{name}.severity"),
            signal=self.text(rows, "signal", f"{name}.signal"),
            reaction=self.names(rows, "reaction", f"{name}.reaction", model.REACTIONS.__contains__, least=1),
            within=self.within(rows, f"{name}.within"),
            alone=alone,
            faults=self.names(rows, "faults", f"{name}.faults", lambda one: isinstance(one, str)),
            checks=self.names(rows, "checks", f"{name}.checks", _is_check),
            unproved=self.text(rows, "unproved", f"{name}.unproved") if "unproved" in rows else "",
            controls=controls,
        )

    def control(self, layer: str, table: object, field: str) -> Control:
        """Take what one layer has; what its status asks for must be there, and nothing else."""
        rows = self.table(table, field, ("does", "status"), ("lacks", "code", "tests"))
        status = self.text(rows, "status", f"{field}.status")
        allowed = model.STATUSES if layer == model.MECHANICS else model.STATUSES[:-1]
        if status not in allowed:
            self.wrong("E308", f"the status {status!r}", f"one of {', '.join(allowed)}", f"{field}.status")
        there = status in (model.HELD, model.PARTLY)
        for key, needed in (("code", there), ("tests", there), ("lacks", status != model.HELD)):
            may = needed and status != model.ASKED
            if may and key not in rows:
                self.wrong("E307", f"no {key} where the status is {status}", "some", f"{field}.{key}")
            elif key in rows and not may:
                self.wrong("E308", f"{key} where the status is {status}", "none", f"{field}.{key}")
        return Control(
            layer=layer,
            does=self.text(rows, "does", f"{field}.does"),
            status=status,
            lacks=self.text(rows, "lacks", f"{field}.lacks") if "lacks" in rows else "",
            code=self.names(rows, "code", f"{field}.code", _SYMBOL.fullmatch, least=int("code" in rows)),
            tests=self.names(rows, "tests", f"{field}.tests", _TEST.fullmatch, least=int("tests" in rows)),
        )

    def table(
        self, table: object, field: str, must: tuple[str, ...], may: tuple[str, ...]
    ) -> Mapping[str, Any]:
        """Take a table that has all keys of ``must`` and no others than those of ``may``."""
        if not isinstance(table, Mapping):
            self.wrong("E308", f"found {table!r:.60}", "a table", field)
            return {}
        for key in must:
            if key not in table:
                self.wrong("E307", f"no {key}", "it", f"{field}.{key}")
        for key in table:
            if key not in must and key not in may:
                self.wrong("E306", f"the key {key!r}", f"one of {', '.join((*must, *may))}", field)
        return table

    def text(self, rows: Mapping[str, Any], key: str, field: str) -> str:
        """Take a text of one line; a missing one has been told."""
        value = rows.get(key, "-")
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or "|" in value:
            self.wrong("E308", f"found {value!r:.60}", "a text of one line, without |", field)
            return ""
        return value

    def severity(self, value: object, field: str) -> int:
        """Take a whole number from 1 to 4."""
        if type(value) is not int or value not in SEVERITIES:
            self.wrong("E308", f"found {value!r:.60}", "a whole number from 1 to 4", field)
            return 0
        return value

    def within(self, rows: Mapping[str, Any], field: str) -> str:
        """Take a time with its unit, or one of the moments."""
        text = self.text(rows, "within", field)
        if text not in model.MOMENTS:
            try:
                units.parse(text, "time", what=field)
            except UsageError as error:
                expected = f"a time, or one of {', '.join(model.MOMENTS)}"
                self.wrong("E308", f"found {error.problems[0].found}", expected, field)
        return text

    def names(
        self,
        rows: Mapping[str, Any],
        key: str,
        field: str,
        fits: Callable[[Any], object],
        *,
        least: int = 0,
    ) -> tuple[Any, ...]:
        """Take a list of ``least`` or more, each of which fits, none twice."""
        values = rows.get(key, [])
        if not isinstance(values, list):
            self.wrong("E308", f"found {values!r:.60}", "a list", field)
            return ()
        bad = [one for one in values if not isinstance(one, str | int) or not _fits(fits, one)]
        if bad:
            self.wrong("E308", f"found {bad[0]!r:.120}", "another", field)
        elif len(set(values)) != len(values) or len(values) < least:
            self.wrong("E308", f"{len(values)} of {len(set(values))}", f"at least {least}, each once", field)
        return () if bad else tuple(values)


def _fits(fits: Callable[[Any], object], one: object) -> bool:
    try:
        return bool(fits(one))
    except TypeError:  # a number where only a text can fit
        return False


def _is_check(one: object) -> bool:
    if isinstance(one, str):
        return _CODE.fullmatch(one) is not None
    return type(one) is int and one > 0
