"""A force over time as a picture within a page: lines that differ without colour, and words beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from traction.report.hazard_figures import ForcePicture
from traction.report.hazard_html import text
from traction.report.svg import ticks

WIDTH: Final = 760
HEIGHT: Final = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 26, 40
_MOST_POINTS: Final = 360
"""So many columns of a curve: each keeps its highest and its lowest force, so that no peak is lost."""


def svg(picture: ForcePicture, name: str, title: str) -> str:
    """Return an SVG element; ``name`` makes its ids unique in the page. An empty text without samples."""
    if not picture.t_s:
        return ""
    span = _Span(picture)
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{name}-title {name}-words">',
        f'<title id="{name}-title">{text(title)}</title>',
        f'<desc id="{name}-words">{text(words(picture))}</desc>',
        *_axes(span),
        *_limit(picture, span),
    ]
    if picture.target_n:
        points = span.points(picture.t_s, picture.target_n)
        dashes = 'stroke="#777" stroke-width="1.2" stroke-dasharray="6 3"'
        lines.append(f'<polyline fill="none" {dashes} points="{points}"/>')
    points = span.points(picture.t_s, picture.force_n)
    lines.append(f'<polyline fill="none" stroke="#111" stroke-width="1.6" points="{points}"/>')
    lines += _marks(picture, span)
    return "\n".join([*lines, "</svg>"])


def words(picture: ForcePicture) -> str:
    """Return what the picture shows, for whoever does not see it."""
    if not picture.t_s:
        return "no samples"
    highest = max(picture.force_n)
    at = picture.t_s[picture.force_n.index(highest)]
    last_s, last_n = picture.t_s[-1], picture.force_n[-1]
    parts = [f"The true force is highest at {at:.2f} s with {highest:.1f} N"]
    if picture.limit_n is not None:
        parts.append(f"the limit is {picture.limit_n:.1f} N")
    parts += [f"{said} at {when:.2f} s" for when, said in picture.marks]
    parts.append(f"at the end, after {last_s:.2f} s, it is {last_n:.1f} N")
    return "; ".join(parts) + "."


class _Span:
    """Where a time and a force lie in the picture."""

    def __init__(self, picture: ForcePicture) -> None:
        marked = [when for when, _ in picture.marks]
        self.first = min(picture.t_s[0], *marked, picture.t_s[0])
        self.last = max(picture.t_s[-1], self.first + 1e-3)
        tops = [*picture.force_n, *picture.target_n, picture.limit_n or 0.0, 1.0]
        self.high = 1.08 * max(tops)
        self.low = min(0.0, *picture.force_n)

    def x(self, t_s: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (t_s - self.first) / (self.last - self.first)

    def y(self, force_n: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (force_n - self.low) / (self.high - self.low)

    def points(self, t_s: Sequence[float], force_n: Sequence[float]) -> str:
        kept = list(_thinned(t_s, force_n))
        return " ".join(f"{self.x(t):.1f},{self.y(force):.1f}" for t, force in kept)


def _thinned(t_s: Sequence[float], force_n: Sequence[float]) -> Iterator[tuple[float, float]]:
    pairs = list(zip(t_s, force_n, strict=True))
    step = max(1, math.ceil(len(pairs) / _MOST_POINTS))
    for at in range(0, len(pairs), step):
        part = pairs[at : at + step]
        kept = {
            min(range(len(part)), key=lambda i: part[i][1]),
            max(range(len(part)), key=lambda i: part[i][1]),
        }
        yield from (part[i] for i in sorted({0, *kept, len(part) - 1}))


def _axes(span: _Span) -> Iterator[str]:
    floor, ceiling = HEIGHT - _BOTTOM, _TOP
    yield '<g fill="#333" stroke="none">'
    for force in ticks(span.low, span.high, 5):
        y = span.y(force)
        yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="#ddd" fill="none"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{force:g}</text>'
    for t_s in ticks(span.first, span.last, 8):
        x = span.x(t_s)
        yield f'<path d="M{x:.1f} {floor}v4" stroke="#333" fill="none"/>'
        yield f'<text x="{x:.1f}" y="{floor + 16}" text-anchor="middle">{t_s:g}</text>'
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">time since the start (s)</text>'
    yield f'<text x="14" y="{ceiling - 12}">force (N): solid is the true force, dashed the target</text>'
    yield "</g>"
    yield f'<path d="M{_LEFT} {ceiling}V{floor}H{WIDTH - _RIGHT}" stroke="#333" fill="none"/>'


def _limit(picture: ForcePicture, span: _Span) -> Iterator[str]:
    if picture.limit_n is None:
        return
    y = span.y(picture.limit_n)
    yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="#111" stroke-dasharray="1 3" fill="none"/>'
    said = f"limit {picture.limit_n:.0f} N"
    yield f'<text x="{WIDTH - _RIGHT - 4}" y="{y - 4:.1f}" text-anchor="end" fill="#111">{said}</text>'


def _marks(picture: ForcePicture, span: _Span) -> Iterator[str]:
    for index, (when, said) in enumerate(picture.marks):
        x = span.x(when)
        y = _TOP + 10 + 13 * (index % 6)
        right = x > WIDTH * 0.7
        anchor, beside = ("end", x - 4) if right else ("start", x + 4)
        way = f"M{x:.1f} {_TOP}V{HEIGHT - _BOTTOM}"
        yield f'<path d="{way}" stroke="#555" stroke-dasharray="2 2" fill="none"/>'
        yield (f'<text class="said" x="{beside:.1f}" y="{y}" text-anchor="{anchor}">{text(said)}</text>')
