"""One number of the model with all it takes to doubt it: unit, range, source, whether it was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from traction.errors import Problem, UsageError

Rows = dict[str, "Parameter"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: ``value`` in ``unit``, the range ``low``..``high`` believed possible, and its source."""

    value: float
    low: float
    high: float
    unit: str
    assumed: bool
    source: str


@cache
def parameter_tables() -> Mapping[str, Rows]:
    """Return the shipped parameters: table name (as ``lumbar.couch.split``) to rows by name."""
    import tomllib

    text = resources.files("traction.sim").joinpath("parameters.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    tables = {"drive": _rows(found["drive"])}
    for region in ("lumbar", "cervical"):
        tables[f"{region}.base"] = _rows(found[region]["base"])
        for part in ("couch", "disc"):
            for kind, rows in found[region][part].items():
                tables[f"{region}.{part}.{kind}"] = _rows(rows)
    return tables


def _rows(table: Mapping[str, Mapping[str, object]]) -> Rows:
    return {name: Parameter(**row) for name, row in table.items()}  # type: ignore[arg-type]


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
        name: replace(rows[name], value=float(value), assumed=True, source="set by the caller")
        for name, value in values.items()
    }
    return rows | changed


def markdown() -> str:
    """Return all shipped parameters as the manual prints them, one table for each part of the file."""
    lines = []
    for table, rows in sorted(parameter_tables().items(), key=lambda item: item[0] != "lumbar.base"):
        lines += [
            f"### {table}",
            "",
            "| parameter | value | range | unit | assumed | source |",
            "|---|---|---|---|---|---|",
        ]
        for name, row in rows.items():
            span, mark = f"{row.low:g} to {row.high:g}", "yes" if row.assumed else "no"
            lines.append(f"| `{name}` | {row.value:g} | {span} | {row.unit} | {mark} | {row.source} |")
        lines.append("")
    return "\n".join(lines)
