"""One picture of how far the model agrees: pressure over pull, creep, and two ways back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traction.report.clean import clean
from traction.report.plot import check_suffix, save
from traction.report.validate_row import counts
from traction.units import N_PER_LBF

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from traction.evidence.curves import Curve, Curves, Mark

# Okabe and Ito's palette (Color Universal Design, 2008), chosen also to differ in lightness.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (4, 1.5, 1, 1.5)), (0, (8, 2)))
_INK, _OUTSIDE = "#333333", "#A33B00"
_NOTES = (
    "Bars: published bands, with an arrow where a side is open; grey where not scored. "
    "Dots: simulated, a cross where outside. Shaded: the ensemble of parameter sets.\n"
    "Inside means that the model gives what was published, not that a pull helps anybody."
)


def draw(curves: Curves, path: Path) -> None:
    """Write the picture to ``path``; E161 for an unknown kind, E650 when it cannot be written."""
    check_suffix(path)
    save(validate_figure(curves), path)


def validate_figure(curves: Curves) -> Figure:
    """Return the figure: four panels, the published bands on the curves they belong to."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(h_pad=0.1, w_pad=0.1)
    figure = Figure(figsize=(12.0, 8.6), dpi=150, layout=layout)
    pressure, creep, lying, release = figure.subplots(2, 2).flat
    _panel(pressure, curves.pressure, "Disc pressure against the pull", "pull (N)", "pressure (mmHg)")
    if curves.pressure:
        pressure.axhline(0, color=_INK, lw=0.8)
        above = pressure.secondary_xaxis("top", functions=(_to_lbf, _to_newtons))
        above.set_xlabel("pull (lbf)", color=_INK, fontsize=8)
        above.tick_params(colors=_INK, labelsize=8)
    _panel(creep, curves.creep, "Creep: lengthening under a pull", "time since the pull began (min)", "mm")
    if curves.creep:
        creep.set_xscale("log")
        creep.set_xlim(left=1.0 / 60.0)
        creep.xaxis.set_major_formatter("{x:g}")
        creep.set_ylim(bottom=0.0)
    _panel(lying, curves.lying, "Recovery: stature gained by lying down", "time (min)", "mm")
    title = "Recovery: lengthening that is left after the pull"
    _panel(release, curves.release, title, "time since the release (min)", "% of that at the release")
    if curves.release:
        release.set_ylim(bottom=min(0.0, release.get_ylim()[0]))
    passed, failed = counts(curves.verdicts)
    figure.suptitle(
        f"Model and publications: {passed} of {passed + failed} scored cases inside their bands",
        x=0.012,
        ha="left",
        fontsize=13,
        fontweight="bold",
        color=_INK,
    )
    figure.supxlabel(_NOTES, x=0.012, ha="left", fontsize=8, color="#777777")
    return figure


def _to_lbf(newtons: Any) -> Any:
    return newtons / N_PER_LBF


def _to_newtons(pounds: Any) -> Any:
    return pounds * N_PER_LBF


def _panel(panel: Axes, curves: Sequence[Curve], title: str, across: str, up: str) -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(color="#DDDDDD", lw=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(colors=_INK)
    panel.set_title(title, loc="left", fontsize=10.5, color=_INK)
    panel.set_xlabel(across, color=_INK)
    panel.set_ylabel(up, color=_INK)
    if not curves:
        panel.set(xticks=(), yticks=())
        panel.text(
            0.5, 0.5, "no such case in these files", transform=panel.transAxes, ha="center", color="#777777"
        )
        return
    for curve, colour, dashes in zip(curves, _COLOURS, _DASHES, strict=False):
        if len(curve.y) > 1:
            low, high = curve.y[1:].min(axis=0), curve.y[1:].max(axis=0)
            panel.fill_between(curve.x, low, high, color=colour, alpha=0.15, lw=0)
        label = clean(curve.label).replace("$", r"\$")
        panel.plot(curve.x, curve.y[0], color=colour, ls=dashes, lw=1.5, label=label)
    for curve, colour in zip(curves, _COLOURS, strict=False):
        for mark in curve.marks:
            _mark(panel, mark, colour)
    panel.legend(fontsize=8, frameon=False)


def _mark(panel: Axes, mark: Mark, colour: str) -> None:
    """Draw a band as a bar with caps; an open side is a short arrow from the bound away."""
    bar = colour if mark.scored else "#999999"
    style: dict[str, Any] = {"color": bar, "lw": 2.0, "alpha": 0.75, "zorder": 3}
    if mark.low is not None and mark.high is not None:
        panel.plot([mark.x, mark.x], [mark.low, mark.high], **style)
    for bound, side in ((mark.low, "low"), (mark.high, "high")):
        if bound is None:
            continue
        panel.plot([mark.x], [bound], marker="_", ms=9, mew=2.0, **style)
        if (mark.high if side == "low" else mark.low) is None:
            away = 1 if side == "low" else -1
            panel.annotate(
                "",
                (mark.x, bound),
                xytext=(0, away * 16),
                textcoords="offset points",
                arrowprops={"arrowstyle": "<-", "color": bar, "lw": 1.2},
            )
    shape = "o" if mark.inside else "X"
    panel.plot(
        [mark.x],
        [mark.value],
        marker=shape,
        ms=5.5,
        color=colour if mark.inside else _OUTSIDE,
        mec="white",
        zorder=4,
    )
