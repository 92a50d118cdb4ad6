"""What ``check`` found of one protocol, as a row for programs and as lines for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from traction.errors import Problem
from traction.report.chart import clock_text
from traction.report.layout import fits, table, wrap
from traction.report.style import Style

if TYPE_CHECKING:
    from traction.protocol.rounding import Rounded
    from traction.safety.verify import Margin


ROUNDING = 1e-9
"""A margin this part of its limit below zero is the rounding of one float, as the proof judges it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One protocol and everything that is wrong with it; without problems it may run.

    ``session`` is its number, ``paths`` how many ways through its answers were proved, ``rounded`` the levels
    that are no whole number of the table's ``step_n`` in N. ``remarks`` refuse nothing.
    """

    file: str
    problems: tuple[Problem, ...] = ()
    margins: tuple[Margin, ...] = ()
    table: str = ""
    mass_kg: float | None = None
    session: int = 1
    paths: int = 1
    step_n: float = 0.0
    rounded: tuple[Rounded, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


def check_row(check: Check) -> dict[str, Any]:
    """Return ``file, table, mass_kg, session, paths, ok, errors, margins, rounding, remarks``, plain."""
    return {
        "file": check.file,
        "table": check.table,
        "mass_kg": check.mass_kg,
        "session": check.session,
        "paths": check.paths,
        "ok": check.ok,
        "errors": [problem_row(problem) for problem in check.problems],
        "margins": margin_rows(check.margins),
        "rounding": {"step_n": check.step_n, "levels": [asdict(one) for one in check.rounded]},
        "remarks": list(check.remarks),
    }


def problem_row(problem: Problem) -> dict[str, Any]:
    """Return ``code, message, file, line, column, field, advice``; what is not known is None."""
    return {
        "code": problem.code,
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "field": problem.field,
        "advice": problem.advice,
    }


def margin_rows(margins: Iterable[Margin]) -> dict[str, dict[str, Any]]:
    """Return name -> ``value, limit, margin, unit, source, at_s``; figures not finite become None."""
    return {
        margin.name: {
            "value": finite(margin.value),
            "limit": finite(margin.limit),
            "margin": finite(margin.margin),
            "unit": margin.unit,
            "source": margin.source,
            "at_s": finite(margin.at_s),
        }
        for margin in margins
    }


def finite(value: float | None) -> float | None:
    """Return ``value``, or None for NaN and infinities, which JSON does not have."""
    return value if value is not None and math.isfinite(value) else None


def margin_lines(margins: Sequence[Margin], style: Style) -> list[str]:
    """Return every margin: the value, its limit, what is left, who set it; sentences where it is narrow."""
    header = ("margin", "value", "limit", "left", "set by")
    rows = [_margin_cells(margin) for margin in margins]
    notes: list[str] = []
    for margin in margins:
        if note := margin.source.partition("; ")[2]:  # what this limit could not say, such as without a mass
            notes += wrap(f"{margin.name.replace('_', ' ')}: {note}", style, hanging="  ")
    if fits(header, rows, style):
        return [*table(header, rows, style, right=(1, 2, 3)), *notes]
    lines: list[str] = []
    for name, value, limit, left, source in rows:
        lines += wrap(f"{name}: {value} of {limit}, left {left} ({source})", style, hanging="  ")
    return lines + notes


def _margin_cells(margin: Margin) -> tuple[str, str, str, str, str]:
    source = margin.source.partition("; ")[0]
    kept = margin.limit > 0 and margin.margin >= -ROUNDING * margin.limit
    return (
        margin.name.replace("_", " "),
        amount(margin.value, margin.unit),
        amount(margin.limit, margin.unit),
        amount(max(margin.margin, 0.0), margin.unit) if kept else "BROKEN",
        "this protocol" if source.startswith("protocol ") else source,
    )


def amount(value: float, unit: str) -> str:
    """Return a figure with its unit, long times as m:ss and large impulses in kN s."""
    if unit == "s" and abs(value) >= 60:
        return f"{clock_text(value)} min"
    if unit == "N s" and abs(value) >= 10_000:
        return f"{figure(value / 1000)} kN s"
    return f"{figure(value)} {unit}"


def figure(value: float) -> str:
    """Return a number for people: four digits that count, never an exponent for ordinary sizes."""
    if not math.isfinite(value):
        return str(value)
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if abs(value) >= 1e-3 else 3
    text = f"{value:.{min(digits, 3)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def tightest(margins: Sequence[Margin]) -> str:
    """Return the margin with the least left, as a share of its limit; empty without margins."""
    if not margins:
        return ""
    least = min(margins, key=lambda margin: margin.margin / margin.limit)
    share = f"{100 * least.margin / least.limit:.0f} %"
    return f"  (least margin: {share} of {least.name.replace('_', ' ')})"
