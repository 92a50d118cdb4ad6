"""One number of the model with all it takes to doubt it: unit, range, source, and how it was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from traction.errors import Problem, UsageError

Rows = dict[str, "Parameter"]

HOW = ("published", "calibrated", "prior", "assumed", "design")
"""How a shipped number was found: read, fitted, chosen where data do not decide, assumed, or designed."""
STATED = "stated"  # how a number was found that the caller set

SHARED_PARTS = ("posture", "grade")  # what the cervical region may take from the lumbar one, row by row


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: ``value`` in ``unit``, the range ``low``..``high`` believed possible, and its source.

    ``how`` is one of ``HOW``; ``sd`` is the spread among people, 0 where all are taken to be alike.
    """

    value: float
    low: float
    high: float
    unit: str
    how: str
    source: str
    sd: float = 0.0


@cache
def parameter_tables() -> Mapping[str, Rows]:
    """Return the shipped parameters: table name (as ``lumbar.couch.split``) to rows by name."""
    import tomllib

    text = resources.files("traction.sim").joinpath("parameters.toml").read_text(encoding="utf-8")
    return dict(_tables("", tomllib.loads(text)))


def _tables(name: str, found: Mapping[str, object]) -> Iterator[tuple[str, Rows]]:
    for key, inner in found.items():
        below = f"{name}.{key}" if name else key
        if not isinstance(inner, dict):
            raise TypeError(f"{below} is not a table")
        if all(isinstance(row, dict) and "unit" in row for row in inner.values()):
            yield below, {row: Parameter(**inner[row]) for row in inner}
        else:
            yield from _tables(below, inner)


@cache
def level_names(region: str) -> tuple[str, ...]:
    """Return the discs of a region from the top down, as ``L1-L2``."""
    start = f"{region}.level."
    return tuple(name.removeprefix(start) for name in parameter_tables() if name.startswith(start))


@cache
def region_rows(region: str, couch: str, disc: str) -> Rows:
    """Return every row that a patient on this couch with this disc needs, by one flat name.

    Rows of base, couch and the patient's disc carry their own name; the others that of their part as well:
    ``healthy.rest_pressure_kpa``, ``posture.prone.load``, ``grade.4.pressure_factor``,
    ``level.L4-L5.area_factor``. The cervical region takes from the lumbar one what it does not state.
    """
    tables = parameter_tables()
    rows: Rows = {}
    for base in dict.fromkeys(("lumbar", region)):
        rows |= tables[f"{base}.base"] | tables[f"{base}.couch.{couch}"] | tables[f"{base}.disc.{disc}"]
        for name, row in tables[f"{base}.disc.healthy"].items():
            rows[f"healthy.{name}"] = row
        for table, inner in tables.items():
            owner, _, part = table.partition(".")
            if owner == base and part.startswith(SHARED_PARTS):
                rows |= {f"{part}.{name}": row for name, row in inner.items()}
    for level in level_names(region):
        rows |= {f"level.{level}.{name}": row for name, row in tables[f"{region}.level.{level}"].items()}
    return rows


def with_values(rows: Rows, values: Mapping[str, float]) -> Rows:
    """Return ``rows`` with values replaced; raises UsageError (E181) when unknown or out of range."""
    problems = []
    for name, value in values.items():
        row = rows.get(name)
        if row is None:
            known = ", ".join(sorted(rows))
            problems.append(Problem("E181", f"no parameter is called {name!r}", f"one of {known}"))
        elif not row.low <= value <= row.high:
            found, expected = f"{value} {row.unit}", f"{row.low} to {row.high} {row.unit}"
            problems.append(Problem("E181", found, expected, field=name))
    if problems:
        raise UsageError(*problems)
    changed = {
        name: replace(rows[name], value=float(value), how=STATED, source="set by the caller")
        for name, value in values.items()
    }
    return rows | changed


def markdown() -> str:
    """Return all shipped parameters as the manual prints them, one table for each part of the file."""
    lines = []
    for table, rows in parameter_tables().items():
        lines += [
            f"### {table}",
            "",
            "| parameter | value | range | unit | how | source |",
            "|---|---|---|---|---|---|",
        ]
        for name, row in rows.items():
            span = f"{row.low:g} to {row.high:g}" + (f", sd {row.sd:g}" if row.sd else "")
            lines.append(f"| `{name}` | {row.value:g} | {span} | {row.unit} | {row.how} | {row.source} |")
        lines.append("")
    return "\n".join(lines)
