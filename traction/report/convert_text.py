"""What another table would make of a protocol, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traction.errors import Problem
from traction.protocol.capability import Capability
from traction.protocol.convert_sheet import Change, Found
from traction.report.checks import figure, problem_row
from traction.report.layout import facts, heading, table, wrap
from traction.report.style import Style


def convert_lines(found: Found, kind: Capability, style: Style) -> list[str]:
    """Return the table, every rounding, everything it cannot do, and remarks."""
    lines = [style.paint(line, "strong") for line in wrap(f"{kind.name}: {kind.title}", style)]
    lines += facts([("source", " ".join(part for part in (kind.citation, kind.url) if part))], style)
    if found.cannot:
        rows = [(one.field, one.found, one.why, str(one.line)) for one in found.cannot]
        lines += [
            *heading("Cannot be done", style),
            *table(("value", "says", "the table", "line"), rows, style, right=(3,)),
        ]
    if found.changes:
        lines += [*heading("Rounded", style), *_changes(found.changes, style)]
    if not found.cannot and not found.changes:
        lines += ["", *wrap("Nothing is rounded: the table can be set to every value as it stands.", style)]
    if found.notes:
        notes = [line for text in found.notes for line in wrap(text, style, indent="  ", hanging="    ")]
        lines += [*heading("Remarks", style), *notes]
    return lines


def _changes(changes: Sequence[Change], style: Style) -> list[str]:
    rows = [
        (
            one.field,
            f"{figure(one.first)} {one.unit}",
            _set_to(one),
            f"{figure(one.difference)} {one.unit} ({one.percent:+.1f} %)",
            one.why,
            str(one.line),
        )
        for one in changes
    ]
    return table(("value", "from", "to", "difference", "why", "line"), rows, style, right=(1, 2, 3, 5))


def _set_to(one: Change) -> str:
    value = f"{figure(one.second)} {one.unit}"
    plain = one.unit in ("s", "N/s") or one.setting.endswith(" N")
    return value if plain else f"{value} = {one.setting}"


def convert_row(
    found: Found, kind: Capability, problems: Sequence[Problem], written: Path | None
) -> dict[str, Any]:
    """Return ``table, ok, rounded, cannot, notes, errors, written`` with plain values only."""
    return {
        "table": {
            "name": kind.name,
            "title": kind.title,
            "source": kind.citation,
            "url": kind.url,
            "not_seen": kind.not_seen,
            "unconfirmed": kind.unconfirmed,
            "unknown": kind.unknown(),
        },
        "ok": not found.cannot and not problems,
        "rounded": [
            {
                "field": one.field,
                "line": one.line,
                "from": one.before,
                "to": one.after,
                "setting": one.setting,
                "from_value": one.first,
                "to_value": one.second,
                "difference": one.difference,
                "percent": one.percent,
                "unit": one.unit,
                "why": one.why,
            }
            for one in found.changes
        ],
        "cannot": [
            {"field": one.field, "line": one.line, "found": one.found, "why": one.why} for one in found.cannot
        ],
        "notes": list(found.notes),
        "errors": [problem_row(problem) for problem in problems],
        "written": None if written is None else str(written),
    }
