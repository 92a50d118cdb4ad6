"""What the model says of a course, and plainly what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from traction.patients.days import day_label
from traction.report.courses import course_row
from traction.report.layout import heading, table, wrap

if TYPE_CHECKING:
    from traction.courses.book import Book
    from traction.courses.simulate import Felt, Lived
    from traction.report.style import Style
    from traction.sim.patient import Patient

CANNOT = (
    "The model has no pain, no nerve, no repair: nothing in it gets better or worse over a course.",
    "Whether a course helps, and how many sessions or which forces would, it cannot say.",
    "Sham equals real by default: what decides an outcome is not in the model, so it gives both the same.",
    "The body is nominal but for mass, height and age; every parameter is in traction/sim/parameters.toml.",
)
"""What has to stand under every figure of a simulated course."""

NOTHING_MM = 1e-6
"""A millionth of a millimetre: below it nothing is left."""


def simulated_lines(book: Book, patient: Patient, lived: Sequence[Lived], style: Style) -> list[str]:
    """Return what the model says of each session, what is left between them, and what it cannot say."""
    header = (
        "session",
        "day",
        "peak",
        "least pressure",
        "longer by",
        "at the end",
        "1 min",
        "10 min",
        "1 h",
        "6 h",
    )
    cells = [
        (str(one.row.planned.number), day_label(one.row.planned.day), *_cells(one.real)) for one in lived
    ]
    lines = wrap(f"{book.course.id}: {book.course.title}, in the model", style)
    lines += wrap(f"for {patient.mass_kg:g} kg, {patient.height_m:g} m, {patient.age_years:g} years", style)
    right = tuple(range(2, len(header)))
    lines += ["", *table(header, cells, style, right=right)]
    said = (
        "longer by: most that one level of the disc is longer than on a day without a session, then what is "
    )
    lines += wrap(f"{said}left of it at the end of the session and after it, in mm", style, hanging="  ")
    sham = max((one.sham for one in lived), key=lambda felt: felt.most_mm)
    lines += wrap(
        f"a sham session ({sham.peak_n:.0f} N at most): pressure {sham.pressure_mmhg:.0f} mmHg at least, "
        f"longer by {_mm(sham.most_mm)} mm, {_mm(sham.left_mm[-1])} mm after 6 h",
        style,
        hanging="  ",
    )
    lines += heading("Between sessions", style)
    lines += wrap(between(lived), style)
    lines += heading("What this cannot say", style)
    for text in CANNOT:
        lines += wrap(f"- {text}", style, hanging="  ")
    return lines


def between(lived: Sequence[Lived]) -> str:
    """Return one sentence on what is carried from one session to the next."""
    left = max(abs(one.left_mm[-1]) for each in lived for one in (each.real, each.sham))
    most = max(each.real.most_mm for each in lived)
    if left < NOTHING_MM:
        return (
            f"Of the {_mm(most)} mm at most, less than a millionth of a millimetre is left six hours later, "
            "real or sham: each session begins where the first one did, and nothing adds up."
        )
    return f"Of the {_mm(most)} mm at most, {_mm(left)} mm are left six hours later."


def _cells(felt: Felt) -> tuple[str, ...]:
    return (
        f"{felt.peak_n:.0f} N",
        f"{felt.pressure_mmhg:.0f} mmHg",
        _mm(felt.most_mm),
        _mm(felt.elongation_mm),
        *(_mm(one) for one in felt.left_mm),
    )


def _mm(value: float) -> str:
    if abs(value) < NOTHING_MM:
        return "0"
    return "<0.001" if abs(value) < 0.001 else f"{value:.3f}"


def simulated_row(book: Book, patient: Patient, lived: Sequence[Lived]) -> dict[str, Any]:
    """Return the same with plain values only; what it cannot say is in it, too."""
    return {
        "course": course_row(book),
        "patient": {
            "mass_kg": patient.mass_kg,
            "height_m": patient.height_m,
            "age_years": patient.age_years,
            "nominal": dict(patient.filled),
        },
        "sessions": [
            {
                "number": one.row.planned.number,
                "day": day_label(one.row.planned.day),
                "level": one.row.level,
                "real": _felt_row(one.real),
                "sham": _felt_row(one.sham),
            }
            for one in lived
        ],
        "between": between(lived),
        "cannot_say": list(CANNOT),
    }


def _felt_row(felt: Felt) -> dict[str, Any]:
    names = ("1_min", "10_min", "1_h", "6_h")
    left = {f"left_mm_after_{name}": value for name, value in zip(names, felt.left_mm, strict=True)}
    return {
        "peak_n": felt.peak_n,
        "least_pressure_mmhg": felt.pressure_mmhg,
        "most_mm": felt.most_mm,
        "at_end_mm": felt.elongation_mm,
        **left,
        "pressure_difference_mmhg_after_6_h": felt.left_pressure_mmhg,
        "water_difference_after_6_h": felt.left_water,
    }
