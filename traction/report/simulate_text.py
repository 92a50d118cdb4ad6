"""A simulation of the model alone, for people: who, and the figures along the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from traction.report.chart import clock_text
from traction.report.layout import facts, table, wrap
from traction.report.protocol_text import section
from traction.report.simulate_result import NOTICE, Simulated, who
from traction.report.style import Style

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROWS = 10
"""Instants shown of a series; the table and the picture have them all."""


def simulate_lines(found: Simulated, style: Style) -> list[str]:
    """Return the lines of a simulation: what, who, and each quantity over time."""
    lines = [
        style.paint(line, "strong") for line in wrap(f"{found.name}: {found.title}", style, hanging="  ")
    ]
    lines += wrap(NOTICE, style)
    lines += facts([("source", found.source), *_people(found)], style)
    times = found.measured.time_s
    picks = np.unique(np.linspace(0, times.size - 1, min(ROWS + 1, times.size)).round().astype(int))
    for name in found.measured.quantities:
        lines += section(_heading(found, name), _rows(found, name, picks, style), style)
    return lines


def _people(found: Simulated) -> list[tuple[str, str]]:
    told = who(found)
    place = f"{told['region']}, {told['couch']} couch; {told['disc']} disc at {told['level']}"
    if not found.drawn:
        grades = "".join(str(grade) for grade in told["grades"])
        grades = " ".join(grades)
        body = f"{told['mass_kg']:g} kg, {told['height_m']:g} m, {told['age_years']:g} years, {told['sex']}"
        filled = ", ".join(f"{name} {value}" for name, value in told["filled"].items())
        return [("patient", f"{body}; grades {grades}"), ("setup", place), ("nominal", filled)]
    spans = [
        f"{told[field]['low']:.{digits}f} to {told[field]['high']:.{digits}f} {unit}"
        for field, digits, unit in (("mass_kg", 0, "kg"), ("height_m", 2, "m"), ("age_years", 0, "years"))
    ]
    sexes = ", ".join(f"{count} {sex}" for sex, count in told["sex"].items())
    drawn = f"{told['n']} drawn with seed {told['seed']}: {sexes}; {', '.join(spans)}"
    return [("patients", drawn), ("setup", place)]


def _heading(found: Simulated, name: str) -> str:
    return f"{name} (percentiles over the patients)" if found.drawn else name


def _rows(found: Simulated, name: str, picks: NDArray[np.int64], style: Style) -> list[str]:
    series = found.series(name)
    times = found.measured.time_s
    rows = [
        (clock_text(float(times[k])), *(figure(values[k]) for values in series.values()))
        for k in picks.tolist()
    ]
    for word, pick in (("least", np.min), ("most", np.max)):
        rows.append((word, *(figure(float(pick(values))) for values in series.values())))
    header = ("time", *("" if key == "value" else key for key in series))
    return table(header, rows, style, right=range(1, len(header)))


def figure(value: float) -> str:
    """Return ``value`` with three or four figures, and no sign on a zero."""
    digits = 1 if abs(value) >= 10.0 else 2 if abs(value) >= 1.0 else 3
    return f"{round(float(value), digits) + 0.0:.{digits}f}"
