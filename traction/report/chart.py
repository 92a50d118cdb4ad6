"""A force chart for the terminal: braille dots where they can be shown, stars where not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from traction.report.style import Style

_BRAILLE = 0x2800
_DOTS = (
    (0x01, 0x02, 0x04, 0x40),
    (0x08, 0x10, 0x20, 0x80),
)  # [column][row from the top], Unicode chapter 21.1
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_TICK_ROOM = 10


@dataclass(slots=True)
class _Canvas:
    """Dots on a grid of character cells; (0, 0) is the lowest dot on the left."""

    columns: int
    rows: int
    braille: bool
    cells: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.cells = [[0] * self.columns for _ in range(self.rows)]

    @property
    def width(self) -> int:
        return self.columns * (2 if self.braille else 1)

    @property
    def height(self) -> int:
        return self.rows * (4 if self.braille else 1)

    def bar(self, x: int, low: int, high: int) -> None:
        for y in range(low, high + 1):
            if self.braille:
                row, dot = divmod(self.height - 1 - y, 4)
                self.cells[row][x // 2] |= _DOTS[x % 2][dot]
            else:
                self.cells[self.height - 1 - y][x] = 1

    def lines(self) -> list[str]:
        if self.braille:
            return ["".join(chr(_BRAILLE + cell) if cell else " " for cell in row) for row in self.cells]
        return ["".join("*" if cell else " " for cell in row) for row in self.cells]


def force_chart(
    times_s: Sequence[float],
    forces_n: Sequence[float],
    style: Style,
    *,
    rows: int = 10,
    unit: str = "N",
    least_s: float = 0.0,
    least_n: float = 0.0,
) -> list[str]:
    """Return the lines of a chart of force over time that fills the width of ``style``.

    ``times_s`` ascends and is as long as ``forces_n``. A column shows the whole range of the force in it, so
    short peaks stay visible however long the session is. Values that are not finite are left out. The axes
    reach at least ``least_s`` and ``least_n``, so that charts can be compared.
    """
    points = [(t, f) for t, f in zip(times_s, forces_n, strict=True) if math.isfinite(t) and math.isfinite(f)]
    if not points:
        return ["(no samples)"]
    start_s, end_s = points[0][0], max(points[-1][0], points[0][0] + 1e-9, least_s)
    top = _nice_top(
        max(max(force for _, force in points), 1e-3, least_n)
    )  # a chart of nothing still has a scale
    labels = _labels(top, rows, unit)
    gutter = max(len(label) for label in labels)
    canvas = _Canvas(max(style.width - gutter - 2, 8), rows, style.unicode)
    for x, (low, high) in enumerate(_envelope(points, start_s, end_s, canvas.width)):
        if low <= high:
            canvas.bar(x, _level(low, top, canvas.height), _level(high, top, canvas.height))
    lines = []
    for label, body in zip(labels, canvas.lines(), strict=True):
        tick = style.pick("┤", "+") if label else style.pick("│", "|")
        lines.append(f"{label:>{gutter}} {style.paint(tick, 'dim')}{body}".rstrip())
    return [*lines, *_time_axis(start_s, end_s, gutter, canvas.columns, style)]


def _level(force: float, top: float, height: int) -> int:
    return min(max(round(force / top * (height - 1)), 0), height - 1)


def _envelope(
    points: Sequence[tuple[float, float]], start_s: float, end_s: float, columns: int
) -> list[tuple[float, float]]:
    """Return (lowest, highest) for each column; a column between two points takes the line between them."""
    bounds = [(math.inf, -math.inf)] * columns
    scale = columns / (end_s - start_s)
    before: tuple[float, float] | None = None
    for point in points:
        last = min(int((point[0] - start_s) * scale), columns - 1)
        first = last if before is None else min(int((before[0] - start_s) * scale), columns - 1)
        for x in range(first, last + 1):
            edges = (start_s + x / scale, start_s + (x + 1) / scale)
            for force in _inside(before or point, point, edges):
                bounds[x] = (min(bounds[x][0], force), max(bounds[x][1], force))
        before = point
    return bounds


def _inside(
    a: tuple[float, float], b: tuple[float, float], edges: tuple[float, float]
) -> tuple[float, float]:
    """Return the forces where the line from ``a`` to ``b`` enters and leaves the column between ``edges``."""
    if b[0] - a[0] < 1e-9:  # at once, as far as a chart can tell
        return a[1], b[1]
    slope = (b[1] - a[1]) / (b[0] - a[0])
    enter, leave = max(a[0], edges[0]), min(b[0], edges[1])
    return a[1] + slope * (enter - a[0]), a[1] + slope * (leave - a[0])


def _nice_top(peak: float) -> float:
    """Return the smallest of 1, 2, 2.5, 4, 5, 6, 8 times a power of ten that is not below ``peak``."""
    if not peak > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(peak))
    return next(step * power for step in (1, 2, 2.5, 4, 5, 6, 8, 10) if step * power >= peak * (1 - 1e-12))


def _labels(top: float, rows: int, unit: str) -> list[str]:
    labels = [""] * rows
    labels[0], labels[-1] = f"{top:g} {unit}", f"0 {unit}"
    if rows % 2 and rows > 4:
        labels[rows // 2] = f"{top / 2:g} {unit}"
    return labels


def _time_axis(start_s: float, end_s: float, gutter: int, columns: int, style: Style) -> list[str]:
    span_s = end_s - start_s
    room = max(columns // _TICK_ROOM, 1)
    step_s = next((step for step in _TIME_STEPS_S if span_s / step <= room), span_s)
    axis, label = [style.pick("─", "-")] * columns, ""
    tick_s = math.ceil(start_s / step_s) * step_s
    while tick_s <= end_s + 1e-9:
        x = min(round((tick_s - start_s) / span_s * (columns - 1)), columns - 1)
        text = clock_text(tick_s)
        axis[x] = style.pick("┴", "+")
        place = min(max(x - len(text) // 2, 0), columns - len(text))
        if place >= len(label) + (1 if label else 0):
            label = label.ljust(place) + text
        tick_s += step_s
    corner = style.pick("└", "+")
    pad = " " * (gutter + 1)
    return [pad + style.paint(corner + "".join(axis), "dim"), f"{pad} {label}"]


def clock_text(time_s: float) -> str:
    """Return a time as ``m:ss`` (minutes run past 60), as a screen shows a countdown."""
    whole = max(round(time_s), 0)
    return f"{whole // 60}:{whole % 60:02d}"
