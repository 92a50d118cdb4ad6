"""Pictures of a session and of a profile: PNG, SVG or PDF, readable in grey and by colour-blind eyes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traction.errors import Problem, RecordError, UsageError
from traction.report.clean import clean

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Series: TypeAlias = Sequence[float] | NDArray[np.float64]

SUFFIXES = (".png", ".svg", ".pdf")

# Okabe and Ito's palette (Color Universal Design, 2008), chosen also to differ in lightness.
_MEASURED, _TARGET, _PRESSURE, _LIMIT, _INK = "#0072B2", "#E69F00", "#009E73", "#A33B00", "#333333"
# beside the subtitle, where no curve can be
_LEGEND: dict[str, Any] = {
    "loc": "lower right",
    "bbox_to_anchor": (1.0, 1.0),
    "ncols": 2,
    "fontsize": 8,
    "frameon": False,
    "borderaxespad": 0.2,
}
_PLAIN: dict[str, Any] = {"parse_math": False, "in_layout": False}
"""For texts out of files: a dollar sign is no formula, and a long title takes no room from the curves."""
_HEAD_IN = 0.32
"""Room for the title; the subtitle stands beside the legend."""
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth a word on the picture."""

    t_s: float
    label: str


@dataclass(frozen=True, slots=True)
class SessionPicture:
    """What the picture of a session shows; all series are 1-D, oldest first, in s, N and mmHg.

    ``pressure_mmhg`` is empty when the table reports none.
    """

    title: str
    subtitle: str
    t_s: Series
    target_n: Series
    measured_n: Series
    pressure_mmhg: Series = ()
    pressure_label: str = "disc pressure"
    rest_pressure_mmhg: float | None = None
    max_force_n: float | None = None
    marks: Sequence[Mark] = field(default=())
    footer: str = ""


def check_suffix(path: Path) -> None:
    """Raise UsageError E161 unless the name says which kind of picture is wanted."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            Problem("E161", f"the picture name {path.name!r}", f"one ending in {', '.join(SUFFIXES)}")
        )


def plot_session(picture: SessionPicture, path: Path) -> None:
    """Write the picture of a session to ``path``; E161 for an unknown kind, E650 when it cannot."""
    check_suffix(path)
    save(session_figure(picture)[0], path)


def session_figure(picture: SessionPicture) -> tuple[Figure, list[Axes]]:
    """Return the figure of a session and its panels: force, then disc pressure where there is any."""
    figure, axes = _figure(2 if len(picture.pressure_mmhg) else 1, picture.title, picture.subtitle)
    force = axes[0]
    minutes = _minutes(picture.t_s)
    force.plot(minutes, picture.measured_n, color=_MEASURED, lw=1.1, label="measured force")
    force.plot(minutes, picture.target_n, color=_TARGET, lw=1.3, ls=(0, (4, 2)), label="target force")
    _force_axis(force, picture.measured_n, picture.max_force_n)
    _marks(force, picture.marks)
    if len(picture.pressure_mmhg):
        _pressure_axis(axes[1], minutes, picture)
    _finish(figure, axes, minutes, picture.footer)
    return figure, axes


def plot_profile(
    t_s: Series,
    force_n: Series,
    path: Path,
    *,
    title: str,
    subtitle: str = "",
    footer: str = "",
    max_force_n: float | None = None,
) -> None:
    """Write the picture of a profile (s, N) to ``path``; raises what ``plot_session`` raises."""
    check_suffix(path)
    figure, axes = _figure(1, title, subtitle)
    minutes = _minutes(t_s)
    axes[0].plot(minutes, force_n, color=_MEASURED, lw=1.3, label="target force")
    _force_axis(axes[0], force_n, max_force_n)
    _finish(figure, axes, minutes, footer)
    save(figure, path)


def plot_profiles(
    first: tuple[str, Series, Series],
    second: tuple[str, Series, Series],
    path: Path,
    *,
    title: str,
    subtitle: str = "",
) -> None:
    """Write two profiles, each (name, times in s, forces in N), over each other; raises E161, E650."""
    check_suffix(path)
    figure, axes = _figure(1, title, subtitle)
    longest = max((first[1], second[1]), key=max)
    highest = max((first[2], second[2]), key=max)
    for (name, t_s, force_n), colour, dashes in ((first, _MEASURED, "-"), (second, _TARGET, (0, (4, 2)))):
        axes[0].plot(_minutes(t_s), force_n, color=colour, lw=1.3, ls=dashes, label=_line(name, 40))
    _force_axis(axes[0], highest, None)
    _finish(figure, axes, _minutes(longest), "")
    save(figure, path)


def _minutes(t_s: Series) -> Any:
    import numpy as np

    return np.asarray(t_s, dtype=float) / 60.0


def _figure(panels: int, title: str, subtitle: str) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    height = 3.8 + 2.4 * (panels - 1)
    layout = ConstrainedLayoutEngine(h_pad=0.08, w_pad=0.08, rect=(0, 0, 1, 1 - _HEAD_IN / height))
    figure = Figure(figsize=(10.5, height), dpi=150, layout=layout)
    ratios = [1.5, 1.0][:panels]
    axes = list(figure.subplots(panels, 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0])
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="both", color="#DDDDDD", lw=0.6)
        panel.set_axisbelow(True)
        panel.tick_params(colors=_INK)
    above = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "ha": "left",
        "annotation_clip": False,
        **_PLAIN,
    }
    axes[0].annotate(_line(subtitle, 115), (0, 1), xytext=(0, 8), fontsize=9, color="#555555", **above)
    axes[0].annotate(
        clean(title), (0, 1), xytext=(0, 24), fontsize=13, fontweight="bold", color=_INK, **above
    )
    return figure, axes


def _force_axis(panel: Axes, forces: Series, max_force_n: float | None) -> None:
    import numpy as np

    finite = np.asarray(forces, dtype=float)
    finite = finite[np.isfinite(finite)]
    peak, trough = (float(finite.max()), float(finite.min())) if finite.size else (0.0, 0.0)
    top = max(peak, 1.0) * 1.18
    if max_force_n is not None and max_force_n <= 2.2 * max(peak, 1.0):
        # a limit far above the force would flatten the curve; then the subtitle alone names it
        top = max(top, max_force_n * 1.08)
        panel.axhline(max_force_n, color=_LIMIT, lw=1.0, ls=(0, (1, 1.5)))
        panel.annotate(
            f"limit {max_force_n:.0f} N",
            (1, max_force_n),
            xycoords=("axes fraction", "data"),
            xytext=(-2, 3),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color=_LIMIT,
        )
    panel.set_ylim(min(0.0, trough * 1.1), top)
    panel.set_ylabel("force (N)", color=_INK)
    panel.legend(**_LEGEND)


def _pressure_axis(panel: Axes, minutes: Any, picture: SessionPicture) -> None:
    panel.plot(minutes, picture.pressure_mmhg, color=_PRESSURE, lw=1.1, label=picture.pressure_label)
    panel.axhline(0, color=_INK, lw=0.8)
    if picture.rest_pressure_mmhg is not None:
        panel.axhline(picture.rest_pressure_mmhg, color=_INK, lw=0.8, ls=(0, (1, 2)), label="at rest")
    panel.margins(y=0.08)
    panel.set_ylabel("disc pressure (mmHg)", color=_INK)
    panel.legend(**_LEGEND)


def _marks(panel: Axes, marks: Sequence[Mark]) -> None:
    for mark in marks:
        panel.axvline(mark.t_s / 60.0, color=_LIMIT, lw=1.0)
        panel.annotate(
            _line(mark.label, 40),
            (mark.t_s / 60.0, 0.90),
            **_PLAIN,
            xycoords=("data", "axes fraction"),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color=_LIMIT,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
        )


def _finish(figure: Figure, axes: list[Axes], minutes: Any, footer: str) -> None:
    if len(minutes):
        axes[-1].set_xlim(float(minutes[0]), max(float(minutes[-1]), float(minutes[0]) + 1e-3))
    axes[-1].set_xlabel("time (min)", color=_INK)
    if footer:
        figure.supxlabel(
            _folded(footer, 165), x=0.012, ha="left", fontsize=7.5, color="#777777", parse_math=False
        )


def _line(text: str, width: int) -> str:
    """Return a text from a file as one line that leaves the curves their room."""
    said = clean(text)
    return said if len(said) <= width else said[: width - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _folded(text: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(clean(text), width, max_lines=_MOST_LINES))


def save(figure: Figure, path: Path) -> None:
    """Write ``figure`` beside ``path`` first and move it there, so that no half picture is ever left."""
    partial = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(partial, format=path.suffix[1:].lower())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):  # the reason that counts is the first
            partial.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise RecordError(
            Problem("E650", f"the picture could not be written: {reason}", file=str(path))
        ) from error
