"""A session that is followed, as lines for people and as rows for programs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from traction.report.chart import clock_text
from traction.report.layout import wrap
from traction.report.screen import now_text, screen_lines, whole
from traction.units import KPA_PER_MMHG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from traction.report.followed import Happening
    from traction.report.frame import Frame
    from traction.report.screen import Session
    from traction.report.style import Style


def follow_line(frame: Frame, sensed: str = "") -> str:
    """Return how a session stands as one line, for a pipe or a file."""
    cycle = f" cycle {frame.cycle}/{frame.cycles}" if frame.cycle else ""
    measured = "----" if math.isnan(frame.measured_n) else whole(frame.measured_n)
    pressure = "" if frame.pressure_kpa is None else f"  disc {whole(frame.pressure_kpa / KPA_PER_MMHG)} mmHg"
    stands = f"{frame.state.lower().replace('_', ' ')}  {frame.phase}{cycle}, {now_text(frame)}"
    forces = f"target {whole(frame.target_n)} N  force {measured} N  {margin_text(frame)}"
    more = f"  {sensed}" if sensed else ""
    return f"{clock_text(frame.t_s)}  {stands}  {forces}{pressure}{more}"


def watched_lines(session: Session, frame: Frame, last: str, style: Style, sensed: str = "") -> list[str]:
    """Return the running screen as somebody sees it who only watches; none is wider than the style."""
    lines = screen_lines(replace(session, keys=""), frame, style)
    margin = f"{margin_text(frame)} to the force limit"
    said = [margin, f"sensors: {sensed}" if sensed else "", f"last: {last}" if last else "", session.keys]
    return lines + [line for text in said if text for line in wrap(text, style, hanging="  ")]


def sensed_text(sensed: Mapping[str, int]) -> str:
    """Return the readings of a table's own sensors as one line; empty where it has none."""
    return ", ".join(_reading(name, value) for name, value in sensed.items())


def _reading(name: str, value: int) -> str:
    stem, _, unit = name.rpartition("_")
    said = stem.replace("_", " ") or name
    if unit == "mn":
        return f"{said} {value / 1000:.1f} N"
    if unit == "ppm":
        return f"{said} {value / 1e4:.2f} %"
    return f"{said} {value} {unit}"


def margin_text(frame: Frame) -> str:
    """Say how far the measured force is from its limit."""
    if math.isnan(frame.measured_n):
        return "margin unknown"
    return f"margin {whole(frame.limit_n - frame.measured_n)} N"


def frame_row(frame: Frame, sensed: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Return how a session stands for programs; plain values only, forces in N and times in s."""
    measured = None if math.isnan(frame.measured_n) else round(frame.measured_n, 3)
    return {
        "kind": "sample",
        "t_s": round(frame.t_s, 6),
        "state": frame.state,
        "phase": frame.phase,
        "span": frame.kind,
        "cycle": frame.cycle,
        "cycles": frame.cycles,
        "target_n": round(frame.target_n, 3),
        "force_n": measured,
        "limit_n": frame.limit_n,
        "margin_n": None if measured is None else round(frame.limit_n - measured, 3),
        "travel_mm": round(frame.travel_mm, 3),
        "total_left_s": round(frame.total_left_s, 3),
        "asked": frame.question or None,
        "sensed": dict(sensed or {}),
    }


def happening_row(happening: Happening) -> dict[str, Any]:
    """Return one event for programs."""
    return {
        "kind": "event",
        "t_s": round(happening.t_us * 1e-6, 6),
        "name": happening.name,
        "code": happening.code or None,
        "text": happening.text,
        "calls": happening.calls,
    }
