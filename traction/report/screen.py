"""The screen of a running session as lines of text, at any width and without relying on colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from traction.report.chart import clock_text
from traction.report.frame import Frame
from traction.report.layout import wrap
from traction.report.style import Style
from traction.units import KPA_PER_MMHG

_PAUSE = ("PAUSING", "PAUSED")

_STANDS = {
    "RESUMING": "ramping back",
    "EASING": "easing off",
    "ANSWERED": "working out what follows",
}

WIDE = 60
"""From this many columns on, two facts share a line."""


@dataclass(frozen=True, slots=True)
class Session:
    """What stays the same while a session runs; ``keys`` names the keys that may be pressed."""

    protocol: str
    table: str
    simulated: bool
    clock: str
    seed: int
    keys: str = ""


def screen_lines(session: Session, frame: Frame, style: Style) -> list[str]:
    """Return the lines of the screen; none is wider than the style."""
    dot = style.pick(" · ", " - ")
    kind = "simulated table" if session.simulated else "REAL TABLE"
    head = [
        (session.protocol, f"{kind} {session.table}"),
        (f"{session.clock} clock{dot}seed {session.seed}", frame.state.lower().replace("_", " ")),
    ]
    cycle = f"cycle {frame.cycle} of {frame.cycles}" if frame.cycle else ""
    kind = f" ({frame.kind.replace('_', ' ')})" if frame.kind else ""
    body = [
        (f"phase {frame.phase}{kind}", cycle),
        (
            now_text(frame),
            "" if frame.phase_left_s is None else f"phase {clock_text(frame.phase_left_s)} left",
        ),
        (f"total {clock_text(frame.total_left_s)} left", f"travel {frame.travel_mm:5.1f} mm"),
        (_pressure(session, frame), "" if frame.eased == 100 else f"eased off to {frame.eased} %"),
    ]
    body = [pair for pair in body if pair != ("", "")]
    lines = [line for pair in head for line in _pair(pair, style)]
    lines[0] = style.paint(lines[0], "strong")
    lines += [line for pair in body for line in _pair(pair, style)]
    lines += force_bar(frame, style)
    if session.clock == "wall":  # virtual time is too quick for seconds of it to be seen
        lines += _trace(frame, style)
    lines.append(_progress(frame.progress, style))
    if frame.stops:
        lines += wrap(frame.stops, style, hanging="  ")
    if frame.ended:
        lines += wrap(frame.ended, style, hanging="  ")
    lines += _question(frame, style)
    if frame.line:
        lines += [style.paint(line, "strong") for line in wrap(f"> {frame.line}", style, hanging="  ")]
    return lines + (wrap(session.keys, style, hanging="  ") if session.keys else [])


def _trace(frame: Frame, style: Style) -> list[str]:
    """Return the force of the last seconds as one line, each second a step of its own height."""
    steps = style.pick("▁▂▃▄▅▆▇█", "_.-~=+*#")
    room = style.width - 17
    shown = frame.trace[-room:] if room > 0 else ()
    if len(shown) < 2:
        return []
    top_n = max(*shown, round(frame.high_n), 1)
    heights = "".join(steps[min(force_n * len(steps) // (top_n + 1), len(steps) - 1)] for force_n in shown)
    return [f"last {clock_text(len(shown))}".ljust(16) + heights]


def _question(frame: Frame, style: Style) -> list[str]:
    """Return what is asked, the numbered answers, and what happens when nobody answers."""
    if not frame.question:
        return []
    asked = [style.paint(line, "strong") for line in wrap(f"? {frame.question}", style, hanging="  ")]
    left = "" if frame.question_left_s is None else f"{clock_text(frame.question_left_s)} left, then "
    answers = wrap(frame.answers, style, indent="  ")
    return [*asked, *answers, *wrap(f"{left}{frame.no_answer}", style, indent="  ")]


def now_text(frame: Frame) -> str:
    """Say how long what happens in this very moment goes on; what has no fixed end is only named."""
    if frame.patience_s is not None:
        left = clock_text(frame.patience_s)
        return f"pause: {left}, then release" if frame.state in _PAUSE else f"gives up in {left}"
    if frame.state == "ENDED":
        return "the force is down"
    if frame.span_left_s is None:
        return "until the force is down"
    if frame.state in _STANDS:
        return _STANDS[frame.state]
    return f"{frame.kind.replace('_', ' ')} {clock_text(frame.span_left_s)} left"


def _pressure(session: Session, frame: Frame) -> str:
    if frame.pressure_kpa is None:
        return ""
    modelled = " (simulated)" if session.simulated else ""
    return f"disc pressure {whole(frame.pressure_kpa / KPA_PER_MMHG):>4} mmHg{modelled}"


def force_bar(frame: Frame, style: Style) -> list[str]:
    """Return three lines: target, measured force against the limit, and the low and high of the phase."""
    labels = (
        f"target {frame.target_n:6.1f} N ",
        f"force  {_reading(frame.measured_n)} N ",
        f"L {frame.low_n:.0f}  H {frame.high_n:.0f} N".ljust(16),
    )
    # noise and the loop's overshoot reach a little above the limit: that is the trip's to judge, not ours
    over = frame.measured_n > frame.trip_n
    limit = f" {frame.limit_n:.0f} N {'EXCEEDED' if over else 'limit   '}"
    room = style.width - len(labels[0]) - len(limit) - 1
    if room < 8:
        limit, room = "", max(style.width - len(labels[0]) - 1, 4)

    def column(force_n: float) -> int:
        # a screen must show nonsense as it is, not fail on it: NaN stands at the left end
        if not force_n > 0:
            return 0
        return round(force_n / frame.limit_n * (room - 1)) if force_n < frame.limit_n else room - 1

    full, rest = style.pick("━", "="), style.pick("┄", "-")
    reach = column(frame.measured_n) + (1 if frame.measured_n > 0 else 0)
    bar = style.paint(full * reach, "bad" if over else "good") + rest * (room - reach)
    wall = style.paint(style.pick("┃", "|"), "bad")
    marks = _marked(room, [(column(frame.low_n), "L"), (column(frame.high_n), "H")])
    target = _marked(room, [(column(frame.target_n), style.pick("▼", "v"))])
    tail = wall + limit if limit else wall
    return [(labels[0] + target).rstrip(), (labels[1] + bar + tail).rstrip(), (labels[2] + marks).rstrip()]


def progress_line(session: Session, frame: Frame) -> str:
    """Return one line for a pipe or a file, where nothing can be drawn over."""
    percent = f"{100 * frame.progress:3.0f} %"
    pressure = "" if frame.pressure_kpa is None else f"  disc {whole(frame.pressure_kpa / KPA_PER_MMHG)} mmHg"
    cycle = f" cycle {frame.cycle}/{frame.cycles}" if frame.cycle else ""
    measured = "----" if math.isnan(frame.measured_n) else whole(frame.measured_n)
    forces = f"target {whole(frame.target_n)} N  force {measured} N"
    left = clock_text(frame.total_left_s)
    return f"{percent}  {left} left  {session.table}  {frame.phase}{cycle}  {forces}{pressure}"


def _reading(force_n: float) -> str:
    return "  ----" if math.isnan(force_n) else f"{force_n:6.1f}"


def whole(value: float) -> str:
    """Return a figure without decimals, and never minus nothing."""
    text = f"{value:.0f}"
    return "0" if text == "-0" else text


def _pair(pair: tuple[str, str], style: Style) -> list[str]:
    left, right = pair
    if not right:
        return [_cut(left, style)]
    if style.width >= WIDE and len(left) + len(right) + 2 <= style.width:
        return [left + right.rjust(style.width - len(left))]
    return [_cut(left, style), _cut(right, style)]


def _cut(text: str, style: Style) -> str:
    if len(text) <= style.width:
        return text
    return text[: style.width - 1] + style.pick("…", "~")


def _marked(room: int, marks: Sequence[tuple[int, str]]) -> str:
    cells = [" "] * room
    for column, mark in marks:
        cells[column] = mark
    return "".join(cells)


def _progress(progress: float, style: Style) -> str:
    percent = f" {100 * progress:3.0f} %"
    room = max(style.width - len(percent) - 2, 4)
    done = min(max(round(progress * room), 0), room)
    body = style.pick("█", "#") * done + style.pick("░", ".") * (room - done)
    return f"[{body}]{percent}"
