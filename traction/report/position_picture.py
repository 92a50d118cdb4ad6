"""How a patient is placed, as a schematic: lying, sitting or standing, the pull, and the level that is meant.

Drawn from what a protocol states and from nothing else: a posture that is not understood gives no picture.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from traction import units
from traction.report.html import text
from traction.report.position import BENT, SEATED, SQUARE, STRAIGHT, SUPINE, Placed, small_print, words_of

_LEVEL: Final = re.compile(r"([CTLS])(\d{1,2})")
_NUMBERS: Final = {"C": (0, 7), "T": (1, 12), "L": (1, 5), "S": (1, 1)}

WIDTH: Final = 680
_SKIN, _EDGE, _COUCH = "#d9d9d9", "#222", "#8a8a8a"


class _Point(NamedTuple):
    x: float
    y: float

    def on(self, way: _Point, by: float) -> _Point:
        """Return the point so far from here in a direction."""
        return _Point(self.x + way.x * by, self.y + way.y * by)


class _Body(NamedTuple):
    """Where the joints are; ``up`` leads from the neck to the crown, ``front`` is where the face looks."""

    head: _Point
    neck: _Point
    hip: _Point
    legs: tuple[_Point, ...]
    hand: _Point
    up: _Point
    front: _Point


def picture_lines(placed: Placed, name: str = "position") -> Iterator[str]:
    """Yield the lines of one SVG element; ``name`` makes its ids unique within a page."""
    height = 300 if placed.lies else 390
    body = _lying(placed) if placed.lies else _upright(placed)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="{name}-title {name}-words" font-family="Arial, sans-serif" font-size="14">'
    )
    yield f'<title id="{name}-title">{text(f"Position: {placed.posture}")}</title>'
    yield f'<desc id="{name}-words">{text(words_of(placed))}</desc>'
    yield f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    yield from _couch(placed) if placed.lies else _seat(placed)
    yield from _figure(body)
    yield from _spine(placed, body)
    yield from _pull(placed, body)
    yield f'<text x="16" y="{height - 26}" fill="{_EDGE}">{text(placed.posture)}</text>'
    yield f'<text x="16" y="{height - 8}" fill="#555" font-size="12">{text(small_print(placed))}</text>'
    yield "</svg>"


def picture(placed: Placed) -> str:
    """Return the picture as a file of its own."""
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *picture_lines(placed), ""])


# ---- where the joints are --------------------------------------------------------------------------------


def _tilt(placed: Placed) -> float:
    """Return how far neck and pull slope, in radians; a drawing of more than 60 degrees says nothing."""
    slope = math.radians(min(placed.angle_deg or 0.0, 60.0))
    return -slope if placed.downward else slope


def _lying(placed: Placed) -> _Body:
    cervical = placed.region == "cervical"
    x = 86.0 if cervical else 0.0
    tilt = max(_tilt(placed), 0.0) if cervical else 0.0
    up = _Point(-math.cos(tilt), -math.sin(tilt))
    face = 1 if placed.body == SUPINE else -1
    neck, hip = _Point(176 + x, 184), _Point(330 + x, 184)
    ways = {
        STRAIGHT: ((410, 187), (492, 189), (498, 168) if placed.body == SUPINE else (514, 195)),
        BENT: ((388, 112), (440, 186), (464, 191)),
        SQUARE: ((334, 98), (424, 98), (428, 74)),
    }
    return _Body(
        head=neck.on(up, 36),
        neck=neck,
        hip=hip,
        legs=tuple(_Point(a + x, b) for a, b in ways[placed.legs]),
        hand=_Point(286 + x, 193),
        up=up,
        front=_Point(-up.y * face, up.x * face),
    )


def _upright(placed: Placed) -> _Body:
    tilt = max(_tilt(placed), 0.0) if placed.region == "cervical" else 0.0
    up = _Point(math.sin(tilt), -math.cos(tilt))
    if placed.body == SEATED:
        neck, hip = _Point(300, 148), _Point(300, 258)
        legs = (_Point(382, 260), _Point(382, 324), _Point(406, 328))
        hand = _Point(356, 244)
    else:
        neck, hip = _Point(300, 132), _Point(300, 228)
        legs = (_Point(302, 280), _Point(300, 324), _Point(326, 329))
        hand = _Point(314, 236)
    return _Body(neck.on(up, 36), neck, hip, legs, hand, up, _Point(-up.y, up.x))


# ---- what is drawn ---------------------------------------------------------------------------------------


def _couch(placed: Placed) -> Iterator[str]:
    first, last = (150, 640) if placed.region == "cervical" else (70, 580)
    top, floor, gap = 200, 252, 300 if placed.region == "cervical" else 258
    style = f'fill="{_COUCH}" stroke="{_EDGE}"'
    halves = [(first, gap - 4), (gap + 4, last)] if placed.couch == "split" else [(first, last)]
    for left, right in halves:
        yield f'<rect x="{left}" y="{top}" width="{right - left}" height="13" rx="4" {style}/>'
        for x in (left + 22, right - 28):
            yield f'<rect x="{x}" y="{top + 13}" width="6" height="{floor - top - 13}" fill="{_EDGE}"/>'
    yield f'<path d="M20 {floor}H{WIDTH - 20}" stroke="{_EDGE}"/>'
    if placed.couch:
        said = "split couch: this half glides" if placed.couch == "split" else "fixed couch"
        middle = (halves[-1][0] + last) / 2
        yield f'<text x="{middle}" y="234" text-anchor="middle" fill="{_EDGE}">{said}</text>'
    if placed.couch == "split":
        yield from _arrow(_Point(middle + 20, 243), _Point(middle + 70, 243), 1.5)
        yield from _arrow(_Point(middle - 20, 243), _Point(middle - 70, 243), 1.5)
    if placed.legs == SQUARE:
        yield f'<rect x="350" y="111" width="92" height="89" rx="6" fill="#bdbdbd" stroke="{_EDGE}"/>'
    head = _lying(placed).head
    if placed.region == "cervical" and head.y < 178:
        wedge = f"M{head.x - 26:.0f} 200V{head.y + 17:.0f}L{head.x + 34:.0f} 199Z"
        yield f'<path d="{wedge}" fill="#bdbdbd" stroke="{_EDGE}"/>'


def _seat(placed: Placed) -> Iterator[str]:
    yield f'<path d="M120 332H520" stroke="{_EDGE}"/>'
    if placed.body == SEATED:
        yield f'<path d="M262 278V332M362 278V332M258 278V170" stroke="{_EDGE}" stroke-width="5"/>'
        yield f'<rect x="254" y="272" width="116" height="10" rx="3" fill="{_COUCH}" stroke="{_EDGE}"/>'


def _figure(body: _Body) -> Iterator[str]:
    knee, ankle, toe = body.legs
    limbs = (
        ((body.neck, body.head), 13),
        ((ankle, toe), 11),
        ((knee, ankle), 17),
        ((body.hip, knee), 22),
        ((_inside(body.neck, body.hip, 0.09), body.hip), 29),
        ((_inside(body.neck, body.hip, 0.13), body.hand), 9),
    )
    for points, wide in limbs:
        way = "L".join(f"{point.x:.1f} {point.y:.1f}" for point in points)
        for colour, width in ((_EDGE, wide + 3), (_SKIN, wide)):
            yield f'<path d="M{way}" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>'
    tip, base = body.head.on(body.front, 25), body.head.on(body.front, 15)
    ends = [base.on(body.up, 6), tip, base.on(body.up, -6)]
    nose = " ".join(f"{point.x:.1f},{point.y:.1f}" for point in ends)
    yield f'<polygon points="{nose}" fill="{_SKIN}" stroke="{_EDGE}" stroke-width="1.5"/>'
    yield (
        f'<circle cx="{body.head.x:.1f}" cy="{body.head.y:.1f}" r="19" fill="{_SKIN}" stroke="{_EDGE}" '
        'stroke-width="1.5"/>'
    )


def _spine(placed: Placed, body: _Body) -> Iterator[str]:
    """Yield a dot for each vertebra, the region's own dark, and a word at the level that is meant."""
    own = {"cervical": "C", "lumbar": "L"}.get(placed.region, "")
    for letter, (first, last) in _NUMBERS.items():
        for number in range(max(first, 1), last + 1):
            at = _vertebra(body, letter, number)
            fill = _EDGE if letter == own else "#fff"
            yield (
                f'<circle cx="{at.x:.1f}" cy="{at.y:.1f}" r="2.2" fill="{fill}" stroke="{_EDGE}" '
                'stroke-width=".8"/>'
            )
    ends = [
        _vertebra(body, letter, int(number))
        for letter, number in _LEVEL.findall(placed.level)
        if _NUMBERS[letter][0] <= int(number) <= _NUMBERS[letter][1]
    ]
    if not ends:
        return
    at = _inside(ends[0], ends[-1], 0.5)
    yield f'<circle cx="{at.x:.1f}" cy="{at.y:.1f}" r="7" fill="none" stroke="#000" stroke-width="2.5"/>'
    if placed.lies:
        label, anchor, way = _Point(at.x, 48), "middle", f"M{at.x:.1f} {at.y - 7:.1f}V54"
    else:
        label, anchor, way = _Point(196, at.y + 5), "end", f"M{at.x - 7:.1f} {at.y:.1f}H202"
    yield f'<path d="{way}" stroke="#000" stroke-dasharray="3 3"/>'
    yield (
        f'<text x="{label.x:.1f}" y="{label.y:.1f}" text-anchor="{anchor}" font-weight="bold">'
        f"{text(placed.level)}</text>"
    )


def _vertebra(body: _Body, letter: str, number: int) -> _Point:
    """Return the place of a vertebra along neck and trunk, on the side of the back."""
    if letter == "C":
        top = body.head.on(body.up, -13)
        low = _inside(body.neck, body.hip, 0.06)
        at = _inside(top, low, number / 8)
        return at.on(body.front, -3)
    start, step, first = {"T": (0.1, 0.042, 1), "L": (0.63, 0.062, 1), "S": (0.95, 0.0, 1)}[letter]
    at = _inside(body.neck, body.hip, start + step * (number - first))
    back = _Point(0, 9 if body.front.y < 0 else -9) if abs(body.hip.y - body.neck.y) < 1 else _Point(-9, 0)
    return _Point(at.x + back.x, at.y + back.y)


def _pull(placed: Placed, body: _Body) -> Iterator[str]:
    """Yield the cord with its arrow, and the angle against the dashed line."""
    ends = _cord(placed, body)
    if ends is None:
        return
    start, level, way, length = ends
    end = start.on(way, length)
    yield from _arrow(start, end, 3.5)
    yield f'<circle cx="{start.x:.1f}" cy="{start.y:.1f}" r="4" fill="#000"/>'
    yield _label(_pull_label(placed, end), "pull", bold=True)
    if not placed.angle_deg:
        return
    flat, bent = start.on(level, length * 0.8), start.on(way, length * 0.62)
    yield (
        f'<path d="M{start.x:.1f} {start.y:.1f}L{flat.x:.1f} {flat.y:.1f}" stroke="#000" '
        'stroke-dasharray="5 4"/>'
    )
    near = start.on(level, length * 0.62)
    sweep = int(level.x * way.y - level.y * way.x > 0)
    yield (
        f'<path d="M{near.x:.1f} {near.y:.1f}A{length * 0.62:.0f} {length * 0.62:.0f} 0 0 {sweep} '
        f'{bent.x:.1f} {bent.y:.1f}" fill="none" stroke="#000"/>'
    )
    said = units.format_quantity(placed.angle_deg, "angle", "deg")
    yield _label(_angle_label(placed, flat, start.on(_inside(level, way, 0.5), length * 0.62 + 8)), said)


def _pull_label(placed: Placed, end: _Point) -> tuple[float, float, str]:
    """Return where the word at the arrow stands, clear of the line."""
    if not placed.lies:
        return end.x + 14, end.y + 4, "start"
    side = "start" if placed.region == "cervical" else "end"
    return end.x, end.y + (24 if placed.downward else -14), side


def _angle_label(placed: Placed, flat: _Point, arc: _Point) -> tuple[float, float, str]:
    """Return where the figure of the angle stands: beside its arc, or beside the dashed line."""
    if not placed.lies:
        return flat.x - 8, flat.y + 14, "end"
    if placed.downward:
        return flat.x, flat.y - 8, "start" if placed.region == "cervical" else "end"
    return arc.x, arc.y + 5, "end" if placed.region == "cervical" else "start"


def _label(place: tuple[float, float, str], said: str, *, bold: bool = False) -> str:
    x, y, anchor = place
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{text(said)}</text>'


def _cord(placed: Placed, body: _Body) -> tuple[_Point, _Point, _Point, float] | None:
    """Return where the pull begins, the line its angle is against, its direction, and its length."""
    tilt = _tilt(placed)
    if placed.region == "cervical":
        level = _Point(-1, 0) if placed.lies else _Point(0, -1)
        way = (
            _Point(-math.cos(tilt), -math.sin(tilt))
            if placed.lies
            else _Point(math.sin(tilt), -math.cos(tilt))
        )
        return body.head.on(body.up, 19), level, way, 120.0 if placed.lies else 62.0
    if placed.region == "lumbar" and placed.lies:
        way = _Point(math.cos(tilt), -math.sin(tilt))
        return body.hip, _Point(1, 0), way, min(300.0, 120.0 / max(math.sin(abs(tilt)), 0.3))
    return None


def _arrow(start: _Point, end: _Point, wide: float) -> Iterator[str]:
    long = math.hypot(end.x - start.x, end.y - start.y)
    way = _Point((end.x - start.x) / long, (end.y - start.y) / long)
    across, size = _Point(-way.y, way.x), 3.2 * wide
    foot = end.on(way, -2.2 * size)
    tip = " ".join(f"{p.x:.1f},{p.y:.1f}" for p in (end, foot.on(across, size), foot.on(across, -size)))
    way_to = f"M{start.x:.1f} {start.y:.1f}L{foot.x:.1f} {foot.y:.1f}"
    yield f'<path d="{way_to}" stroke="#000" stroke-width="{wide}"/>'
    yield f'<polygon points="{tip}" fill="#000"/>'


def _inside(first: _Point, last: _Point, share: float) -> _Point:
    return _Point(first.x + (last.x - first.x) * share, first.y + (last.y - first.y) * share)
