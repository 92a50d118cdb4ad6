"""The matrix of faults and phases as a picture: of each fault and moment the least margin on any table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from traction.campaign.matrix import Found, Matrix
from traction.report.matrix_row import verdict
from traction.report.plot import check_suffix, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK: Final = "#1a1a1a"
_DARKEST: Final = -0.25
"""Of an escape, well below the shade of no margin at all."""
_DARK: Final = 0.34
"""Below this shade white is further from the colour than black is."""
_COLOURS: Final = "cividis"
"""Made to read alike for colour-blind eyes and in grey: lightness alone rises along it."""


def draw(matrix: Matrix, path: Path) -> None:
    """Write the picture to ``path``; E161 for an unknown kind, E650 when it cannot be written."""
    check_suffix(path)
    save(matrix_figure(matrix), path)


def matrix_figure(matrix: Matrix) -> Figure:
    """Return the figure: a row for each fault, three columns for each phase, shades and figures."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    worst = _worst(matrix)
    faults = list(dict.fromkeys(fault for fault, _, _ in worst))
    columns = list(dict.fromkeys((phase, onset) for _, phase, onset in worst))
    size = (max(3.0 + 0.27 * len(columns), 8.0), 1.8 + 0.165 * len(faults))
    figure = Figure(figsize=size, dpi=120, layout=ConstrainedLayoutEngine(h_pad=0.06, w_pad=0.06))
    panel = figure.subplots()
    shades = [[_shade(worst.get((fault, *column))) for column in columns] for fault in faults]
    panel.imshow(shades, cmap=_COLOURS, vmin=_DARKEST, vmax=1.0, aspect="auto")
    for row, fault in enumerate(faults):
        for column, where in enumerate(columns):
            text, bold = _text(worst.get((fault, *where)))
            dark = shades[row][column] < _DARK
            weight: Any = "bold" if bold else "normal"
            ink = "white" if dark else "black"
            panel.text(column, row, text, ha="center", va="center", fontsize=5.5, color=ink, weight=weight)
    _axes(panel, faults, columns)
    figure.suptitle(
        f"Least margin of each fault at each moment on any table, in % of what is allowed\n{verdict(matrix)}",
        x=0.01,
        ha="left",
        fontsize=9,
        color=_INK,
    )
    return figure


def _axes(panel: Axes, faults: list[str], columns: list[tuple[str, str]]) -> None:
    panel.set_yticks(range(len(faults)), faults, fontsize=6)
    panel.set_xticks(range(len(columns)), [onset[0] for _, onset in columns], fontsize=6)
    panel.tick_params(length=0, colors=_INK)
    phases = list(dict.fromkeys(phase for phase, _ in columns))
    for phase in phases:
        places = [index for index, column in enumerate(columns) if column[0] == phase]
        panel.text(
            sum(places) / len(places),
            -1.2,
            phase.replace("_", "\n"),
            ha="center",
            va="bottom",
            fontsize=6,
            color=_INK,
        )
        panel.axvline(places[0] - 0.5, color="white", lw=1.5)
    panel.set_xlabel(
        "e, m, l: the fault begins at the entry, middle or last tick of the phase.\n"
        "X: escape, ?: empty, -: cannot be. Bench evidence on simulated tables, no conformity claim.",
        fontsize=6.5,
        color=_INK,
    )
    panel.spines[:].set_visible(False)


def _worst(matrix: Matrix) -> dict[tuple[str, str, str], Found]:
    worst: dict[tuple[str, str, str], Found] = {}
    for one in matrix.found:
        place = (one.cell.fault, one.cell.phase, one.cell.onset)
        if place not in worst or _rank(one) < _rank(worst[place]):
            worst[place] = one
    return worst


def _rank(one: Found) -> float:
    if one.absent:
        return 2.0
    if one.escapes or one.empty or one.margin is None:
        return -2.0
    return one.margin


def _shade(one: Found | None) -> float:
    """Return the margin as a shade, NaN (which stays white) where there is no cell."""
    rank = 2.0 if one is None else _rank(one)
    return math.nan if rank > 1.0 else max(rank, _DARKEST)


def _text(one: Found | None) -> tuple[str, bool]:
    if one is None or one.absent:
        return "-", False
    if one.escapes:
        return "X", True
    if one.margin is None:
        return "?", True
    return f"{100 * one.margin:.0f}", False
