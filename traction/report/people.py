"""What is known of a patient before a session, line by line: for people, and as rows for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from traction.report.checks import problem_row
from traction.report.layout import facts, wrap

if TYPE_CHECKING:
    from traction.patients.checklist import Row
    from traction.patients.patient import Patient
    from traction.report.style import Role, Style

WORDS: Final = {"clear": "ok", "blocks": "BLOCKS", "open": "OPEN", "old": "TOO OLD", "not asked": "-"}
_ROLES: Final[dict[str, Role]] = {"clear": "good", "blocks": "bad", "open": "warn", "old": "warn"}


def patient_lines(patient: Patient, style: Style) -> list[str]:
    """Return who the patient is, as far as a file may say."""
    height = "" if patient.height_mm is None else f"{patient.height_mm / 10:g} cm"
    age = "" if patient.age_years is None else f"{patient.age_years} years"
    pairs = [("patient", patient.id), ("mass", f"{patient.mass_kg:g} kg"), ("height", height), ("age", age)]
    return facts([*pairs, ("digest", patient.digest)], style)


def row_lines(title: str, rows: Sequence[Row], style: Style) -> list[str]:
    """Return a title and a line for each row: its verdict first, then what was asked and answered."""
    lines = ["", *(style.paint(line, "title") for line in wrap(title, style))]
    for row in rows:
        word = WORDS[row.state]
        said = f"  {row.answer}" if row.answer else ""
        on = f", {row.on}" if row.on else ""
        why = _why(row)
        text = f"{word.ljust(8)}{row.id}: {row.text}{said}{on}{why}"
        first, *rest = wrap(text, style, hanging=" " * 8)
        role = _ROLES.get(row.state)
        lines.append(first if role is None else style.paint(word, role) + first[len(word) :])
        lines += rest
    return lines


def _why(row: Row) -> str:
    """Return the code, and what was found where the line itself does not say it."""
    if row.problem is None:
        return ""
    if row.answer or row.state == "open":
        return f" ({row.problem.code})"
    return f" ({row.problem.code} {row.problem.message})"


def verdict_lines(what: str, against: int, style: Style) -> list[str]:
    """Return one sentence: whether anything speaks against it."""
    if not against:
        return wrap(f"nothing speaks against {what}", style)
    many = "thing speaks" if against == 1 else "things speak"
    return wrap(f"REFUSED: {against} {many} against {what}", style, hanging="  ")


def rows_row(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows with plain values only."""
    return [
        {
            "id": row.id,
            "text": row.text,
            "state": row.state,
            "answer": row.answer or None,
            "on": row.on or None,
            "error": None if row.problem is None else problem_row(row.problem),
        }
        for row in rows
    ]


def patient_row(patient: Patient) -> dict[str, Any]:
    """Return the figures of a patient; no name is among them, for there is none."""
    return {
        "id": patient.id,
        "digest": patient.digest,
        "mass_kg": patient.mass_kg,
        "height_mm": patient.height_mm,
        "age_years": patient.age_years,
        "cannot_communicate": patient.cannot_communicate,
        "limits": {region: dict(values) for region, values in patient.limits.items()},
    }
