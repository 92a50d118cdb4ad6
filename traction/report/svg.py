"""Curves over time as pictures within a page: lines that differ without colour, and words beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from traction.report.html import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WIDTH: Final = 960
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 30, 42
_COLUMNS: Final = 700
"""A curve keeps its highest and its lowest value in each of so many columns, so that no peak is lost."""

LANE: Final = 14
LANES: Final = 6
"""Words of marks stand in so many lines of so many units; what comes after them begins above again."""

LONG_S: Final = 120.0
"""A longer time is written in minutes."""

SOLID: Final = 'stroke="#111" stroke-width="1.3"'
BROAD: Final = 'stroke="#86aed1" stroke-width="4.5"'
DASHED: Final = 'stroke="#5b7fa0" stroke-width="2.6" stroke-dasharray="7 4"'
DOTTED: Final = 'stroke="#666" stroke-width="1.4" stroke-dasharray="2 4"'


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line: times in s, values in the chart's unit (NaN where there is none), and how it is drawn."""

    name: str
    t_s: Floats
    values: Floats
    drawn: str = SOLID


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A picture of curves: ``name`` makes its ids unique, ``words`` say what it shows to who does not see it.

    ``line`` is a level with a word, such as a limit; ``marks`` are moments worth a word: (s, text).
    """

    name: str
    title: str
    words: str
    axis: str
    curves: Sequence[Curve]
    line: tuple[float, str] | None = None
    marks: Sequence[tuple[float, str]] = field(default=())
    height: int = 300


def chart_lines(chart: Chart) -> Iterator[str]:
    """Yield the lines of one SVG element; nothing where no curve has a value."""
    span = _span(chart)
    if span is None:
        return
    ids = f"{chart.name}-title {chart.name}-words"
    yield f'<svg viewBox="0 0 {WIDTH} {chart.height}" role="img" aria-labelledby="{ids}">'
    yield f'<title id="{chart.name}-title">{text(chart.title)}</title>'
    yield f'<desc id="{chart.name}-words">{text(chart.words)}</desc>'
    yield from _axes(chart, span)
    yield from _marks(chart, span)
    for curve in chart.curves:
        for points in _pieces(curve, span):
            yield f'<polyline fill="none" {curve.drawn} stroke-linejoin="round" points="{points}"/>'
    yield from _line(chart, span)
    yield from _legend(chart)
    yield "</svg>"


@dataclass(frozen=True, slots=True)
class _Span:
    first: float
    last: float
    low: float
    high: float
    height: int

    def x(self, t_s: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (t_s - self.first) / (self.last - self.first)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.height - _BOTTOM - (self.height - _TOP - _BOTTOM) * share


def _span(chart: Chart) -> _Span | None:
    times = [curve.t_s[np.isfinite(curve.values)] for curve in chart.curves]
    values = [curve.values[np.isfinite(curve.values)] for curve in chart.curves]
    every_t, every = np.concatenate(times), np.concatenate(values)
    if not len(every):
        return None
    low, high = min(0.0, float(every.min())), max(0.0, float(every.max()))
    if chart.line is not None:
        low, high = min(low, chart.line[0]), max(high, chart.line[0])
    room = 0.06 * ((high - low) or 1.0)
    first = float(every_t.min())
    last = max(float(every_t.max()), first + 1e-3)
    low, high = low - (room if low < 0 else 0.0), high + room
    # what the marks say stands above every curve, and never across one
    lanes = (
        (LANE * min(len(chart.marks), LANES) + 6) / (chart.height - _TOP - _BOTTOM) if chart.marks else 0.0
    )
    return _Span(first, last, low, low + (high - low) / (1.0 - lanes), chart.height)


def _pieces(curve: Curve, span: _Span) -> Iterator[str]:
    """Yield the points of each stretch without a gap, thinned to what a picture can show."""
    known = np.isfinite(curve.values)
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        t_s, values = curve.t_s[start:end], curve.values[start:end]
        rows = _kept(t_s, values, span)
        pairs = zip(t_s[rows].tolist(), values[rows].tolist(), strict=True)
        yield " ".join(f"{span.x(t):.1f},{span.y(value):.1f}" for t, value in pairs)


def _kept(t_s: Floats, values: Floats, span: _Span) -> NDArray[np.int64]:
    """Return the rows to draw: the first, last, lowest and highest of each column."""
    if len(t_s) <= 4 * _COLUMNS:
        return np.arange(len(t_s))
    column = ((t_s - span.first) / (span.last - span.first) * _COLUMNS).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], len(t_s))
    rows = {0, len(t_s) - 1}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        part = values[start:end]
        rows |= {start, start + int(part.argmin()), start + int(part.argmax()), end - 1}
    return np.array(sorted(rows))


def _axes(chart: Chart, span: _Span) -> Iterator[str]:
    floor = chart.height - _BOTTOM
    unit_s = 60.0 if span.last - span.first > LONG_S else 1.0
    yield '<g fill="#333" stroke="none">'
    for value in ticks(span.low, span.high, 5):
        y = span.y(value)
        yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="#ddd" fill="none"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    for tick in ticks(span.first / unit_s, span.last / unit_s, 8):
        x = span.x(tick * unit_s)
        yield f'<path d="M{x:.1f} {floor}v5" stroke="#333" fill="none"/>'
        yield f'<text x="{x:.1f}" y="{floor + 17}" text-anchor="middle">{tick:g}</text>'
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    said = f"time since GO ({'min' if unit_s > 1 else 's'})"
    yield f'<text x="{middle:.0f}" y="{chart.height - 6}" text-anchor="middle">{said}</text>'
    yield f'<text x="6" y="14">{text(chart.axis)}</text>'
    yield "</g>"
    yield f'<path d="M{_LEFT} {_TOP}V{floor}H{WIDTH - _RIGHT}" stroke="#333" fill="none"/>'
    if span.low < 0:
        yield f'<path d="M{_LEFT} {span.y(0.0):.1f}H{WIDTH - _RIGHT}" stroke="#333" fill="none"/>'


def _legend(chart: Chart) -> Iterator[str]:
    """Yield a short stroke of each curve and its name, flush right above the picture."""
    x = float(WIDTH - _RIGHT)
    for curve in reversed(chart.curves):
        x -= 7.6 * len(curve.name)
        yield f'<text x="{x:.0f}" y="14" fill="#333">{text(curve.name)}</text>'
        x -= 36
        yield f'<path d="M{x:.0f} 10h28" fill="none" {curve.drawn}/>'
        x -= 22


def _line(chart: Chart, span: _Span) -> Iterator[str]:
    if chart.line is None:
        return
    value, said = chart.line
    y = span.y(value)
    yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="#111" stroke-dasharray="1 3" fill="none"/>'
    yield (
        f'<text class="said" x="{WIDTH - _RIGHT - 4}" y="{y - 4:.1f}" text-anchor="end">{text(said)}</text>'
    )


def _marks(chart: Chart, span: _Span) -> Iterator[str]:
    for index, (when, said) in enumerate(chart.marks):
        x = span.x(min(max(when, span.first), span.last))
        y = _TOP + 12 + LANE * (index % LANES)
        anchor, beside = ("end", x - 4) if x > WIDTH * 0.6 else ("start", x + 4)
        way = f"M{x:.1f} {_TOP}V{chart.height - _BOTTOM}"
        yield f'<path d="{way}" stroke="#555" stroke-dasharray="3 3" fill="none"/>'
        yield f'<text class="said" x="{beside:.1f}" y="{y}" text-anchor="{anchor}">{text(said)}</text>'


def ticks(low: float, high: float, about: int) -> list[float]:
    """Return round numbers from ``low`` to ``high``, about so many."""
    rough = (high - low) / about
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(one for one in (scale, 2 * scale, 5 * scale, 10 * scale) if one >= rough)
    first = math.ceil(low / step)
    return [round(number * step, 9) for number in range(first, math.floor(high / step) + 1)]
