"""The picture of a simulated course: what each session does to the disc of the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from traction.report.clean import clean
from traction.report.plot import check_suffix, save

if TYPE_CHECKING:
    from traction.courses.book import Book
    from traction.courses.simulate import Lived

REAL, SHAM = "#0072B2", "#777777"
NOTICE = "A model of a disc, not a person: no pain, no healing, no outcome. Sham equals real by default."


def draw(book: Book, lived: Sequence[Lived], path: Path) -> None:
    """Write the picture to ``path``. Raises UsageError E161 for an unknown kind, RecordError E650."""
    from matplotlib.figure import Figure

    check_suffix(path)
    figure = Figure(figsize=(9.0, 6.0), dpi=150, layout="constrained")
    force, length = figure.subplots(2, 1, sharex=True)
    numbers = [one.row.planned.number for one in lived]
    force.step(numbers, [one.real.peak_n for one in lived], where="mid", color=REAL, label="real")
    force.step(numbers, [one.sham.peak_n for one in lived], where="mid", color=SHAM, ls="--", label="sham")
    force.set_ylabel("peak force (N)")
    real = [one.real for one in lived]
    length.plot(numbers, [one.most_mm for one in real], "o-", color=REAL, label="real, most in the session")
    length.plot(numbers, [one.left_mm[1] for one in real], "s:", color=REAL, label="real, 10 min after")
    length.plot(numbers, [one.left_mm[3] for one in real], "v", color=REAL, label="real, 6 h after")
    sham = [one.sham.most_mm for one in lived]
    length.plot(numbers, sham, "x--", color=SHAM, label="sham, most in the session")
    length.set_ylabel("one level longer by (mm)")
    length.set_xlabel(f"session\n{NOTICE}")
    for panel in (force, length):
        panel.set_ylim(bottom=0.0)
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(color="#DDDDDD", lw=0.6)
        panel.legend(fontsize=8, frameon=False)
    figure.suptitle(clean(f"{book.course.id}, in the model"), parse_math=False)
    save(figure, path)
