"""The picture of a simulation: each quantity over time, one patient's line or the bands of a population."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from traction.report.clean import clean
from traction.report.plot import check_suffix, save
from traction.report.simulate_result import NOTICE, Simulated, who

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINE, _INK, _GREY = "#0072B2", "#333333", "#777777"  # Okabe and Ito's blue, and greys
_PLAIN: dict[str, Any] = {"parse_math": False}
POINTS = 4000
"""Instants drawn at most: more would not be seen."""

_UNITS = {
    "n": "N",
    "kpa": "kPa",
    "mmhg": "mmHg",
    "mm": "mm",
    "pct": "%",
    "mva": "%MVA",
    "index": "of full rest",
}


def draw(found: Simulated, path: Path) -> None:
    """Write the picture to ``path``. Raises UsageError E161 for an unknown kind, RecordError E650."""
    check_suffix(path)
    save(picture(found)[0], path)


def picture(found: Simulated) -> tuple[Figure, list[Axes]]:
    """Return the figure and its panels, one for each quantity."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    names = list(found.measured.quantities)
    layout = ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.08)
    figure = Figure(figsize=(10.5, 2.0 + 2.1 * len(names)), dpi=150, layout=layout)
    panels = list(figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0])
    step = max(len(found.measured.time_s) // POINTS, 1)
    minutes = found.measured.time_s[::step] / 60.0
    for panel, name in zip(panels, names, strict=True):
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(color="#DDDDDD", lw=0.6)
        panel.set_axisbelow(True)
        panel.tick_params(colors=_INK)
        _series(panel, minutes, {key: values[::step] for key, values in found.series(name).items()})
        panel.set_ylabel(axis_text(name), color=_INK, fontsize=9)
        panel.margins(x=0.0, y=0.08)
    figure.suptitle(
        clean(f"{found.name}: {_people(found)}"), x=0.012, ha="left", fontsize=12, fontweight="bold", **_PLAIN
    )
    panels[-1].set_xlabel("time (min)", color=_INK)
    if found.drawn:
        panels[0].legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, fontsize=8, frameon=False)
    figure.supxlabel(NOTICE, x=0.012, ha="left", fontsize=7.5, color=_GREY, **_PLAIN)
    return figure, panels


def _series(panel: Axes, minutes: Any, series: dict[str, Any]) -> None:
    if "value" in series:
        panel.plot(minutes, series["value"], color=_LINE, lw=1.2)
    else:
        panel.fill_between(
            minutes, series["p05"], series["p95"], color=_LINE, alpha=0.18, lw=0, label="5 to 95 %"
        )
        panel.fill_between(
            minutes, series["p25"], series["p75"], color=_LINE, alpha=0.32, lw=0, label="25 to 75 %"
        )
        panel.plot(minutes, series["p50"], color=_LINE, lw=1.2, label="median")
    low, high = panel.get_ylim()
    if low < 0.0 < high:
        panel.axhline(0.0, color=_INK, lw=0.8)


def axis_text(name: str) -> str:
    """Return how an axis names a quantity: in words, with its unit below."""
    words = name.split("_")
    unit = _UNITS.get(words[-1], "")
    if unit == "%MVA":
        words = words[:-1]  # muscle_activity_pct_mva
    text = " ".join(words[:-1] if unit and words[-1] != "index" else words)
    return f"{text}\n({unit})" if unit else text


def _people(found: Simulated) -> str:
    told = who(found)
    place = f"{told['couch']} couch, {told['disc']} {told['level']}"
    if found.drawn:
        return f"{told['n']} simulated patients, seed {told['seed']}, {place}"
    return f"a simulated patient of {told['mass_kg']:g} kg, {place}"
