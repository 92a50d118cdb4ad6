"""A protocol as people read it: where it comes from, its phases as written, and its exact figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from traction import units
from traction.protocol.phases import Cycling, Phase, Ramp, Static, Stepping
from traction.protocol.question_phases import QuestionBase
from traction.report.chart import clock_text, force_chart
from traction.report.checks import amount, figure
from traction.report.evidence import badge
from traction.report.layout import facts, heading, table, wrap
from traction.report.phase_text import how_lines, rests
from traction.report.phases import forces_text, phases_of
from traction.report.session_parts import declared_pairs, position_pairs
from traction.report.style import Style

if TYPE_CHECKING:
    from traction.profile.profile import Profile
    from traction.profile.segment import Segment
    from traction.protocol.protocol import Protocol

POINTS_PER_SPAN = 24
"""Enough to draw a curve; straight pieces need two, an oscillation eight to each period."""

MAX_POINTS_PER_SPAN = 4000


def source_lines(protocol: Protocol, style: Style) -> list[str]:
    """Return name, title, evidence, caution, source and everything the file had to assume."""
    source = protocol.source
    lines = wrap(f"{protocol.name}: {protocol.title}", style, hanging="  ")
    lines = [style.paint(line, "strong") for line in lines]
    lines += wrap(badge(source), style)
    pairs = [
        ("caution", source.caution),
        ("source", " ".join(part for part in (source.citation, source.url) if part)),
        ("course", source.course or ""),
        ("conflicts", source.conflicts or ""),
        ("region", f"{protocol.region}, {protocol.mode}"),
        ("setup", _setup(protocol)),
        *position_pairs(protocol),
    ]
    pairs += [("assumed" if index == 0 else "", text) for index, text in enumerate(source.assumed)]
    return lines + facts(pairs, style)


def _setup(protocol: Protocol) -> str:
    setup = protocol.document.setup
    if setup is None:
        return ""
    angle = "" if setup.angle is None else units.format_quantity(setup.angle, "angle", "deg")
    couch = "" if setup.couch is None else f"{setup.couch} couch"
    return "; ".join(part for part in (setup.posture, angle, couch, setup.note) if part)


def phase_lines(protocol: Protocol, style: Style) -> list[str]:
    """Return the phases as they are written."""
    rows = [(phase.name, type_of(phase), levels(phase), timing(phase)) for phase in protocol.phases]
    return table(("phase", "type", "force", "timing"), rows, style)


def way_lines(protocol: Protocol, style: Style, mass_kg: float | None = None) -> list[str]:
    """Return how each part of a protocol pulls: shapes, rates, waves, variation, and when the clock runs."""
    pairs = [*how_lines(protocol), *declared_pairs(protocol, mass_kg)]
    return facts([*pairs, ("protocol digest", protocol.digest)], style)


def timing_lines(profile: Profile, style: Style) -> list[str]:
    """Return when each phase of a profile starts, how long it lasts, its forces and its cycles."""
    rows = []
    for part in phases_of(profile):
        lasts = units.format_time(part.duration_s)
        rows.append((part.name, clock_text(part.start_s), lasts, forces_text(part), str(part.cycles or "")))
    return table(("phase", "starts", "lasts", "force", "cycles"), rows, style, right=(1, 2, 4))


def type_of(phase: Phase | QuestionBase) -> str:
    """Return the type of a phase as written."""
    return str(getattr(phase, "type", ""))


def levels(phase: Phase | QuestionBase) -> str:
    """Return the forces of a phase as written."""
    if isinstance(phase, Static):
        return phase.force.text
    if isinstance(phase, Cycling):
        return f"{phase.high.text} / {phase.low.text}"
    if isinstance(phase, Stepping):
        return f"{phase.from_.text} to {phase.to.text} in {phase.steps}{rests(phase)}"
    if isinstance(phase, Ramp):
        return f"to {phase.to.text}"
    return ""


def timing(phase: Phase | QuestionBase) -> str:
    """Return the times of a phase as written."""
    if isinstance(phase, Static):
        return units.format_time(phase.hold if phase.hold is not None else phase.for_ or 0.0)
    if isinstance(phase, Cycling):
        many = (
            f"x {phase.repeat}" if phase.repeat is not None else f"for {units.format_time(phase.for_ or 0.0)}"
        )
        return f"{units.format_time(phase.hold)} / {units.format_time(phase.rest)} {many}"
    if isinstance(phase, Stepping):
        rest = "" if phase.rest is None else f" / {units.format_time(phase.rest)}"
        return f"{units.format_time(phase.hold)}{rest} each"
    if isinstance(phase, QuestionBase):
        return f"within {units.format_time(phase.within)}"
    if isinstance(phase, Ramp) and phase.over is not None:
        return f"over {units.format_time(phase.over)}"
    return ""


def figure_lines(profile: Profile, style: Style) -> list[str]:
    """Return the exact figures of a profile, from its closed form."""
    pounds = units.format_force(profile.peak_n, "lbf")
    return facts(
        [
            ("peak force", f"{figure(profile.peak_n)} N ({pounds})"),
            ("steepest rise", f"{figure(profile.rate_up_n_per_s)} N/s"),
            ("steepest fall", f"{figure(profile.rate_down_n_per_s)} N/s"),
            ("longest hold", units.format_time(profile.longest_hold_s(0.0))),
            ("impulse", f"{amount(profile.impulse_n_s, 'N s')} above {figure(profile.rest_n)} N"),
            ("time on the clock", units.format_time(clock_s(profile))),
            ("profile lasts", f"{units.format_time(profile.duration_s)}, without take-up and release"),
            ("cycles", str(profile.cycles)),
            ("profile digest", profile.digest()),
        ],
        style,
    )


def clock_s(profile: Profile) -> float:
    """Return how long the clock of the protocol runs, in s: the spans that count."""
    return math.fsum(span.segment.duration_s for span in profile.spans if span.counts)


def session_note(protocol: Protocol, style: Style) -> list[str]:
    """Return what the session's duration, as a limit, has in it besides the profile."""
    take_up = protocol.take_up
    timeout = (
        "" if take_up is None else f", the time-out of the take-up ({units.format_time(take_up.timeout_s)})"
    )
    return wrap(f"session duration: the profile{timeout} and the release", style, hanging="  ")


def profile_points(profile: Profile) -> tuple[list[float], list[float]]:
    """Return times in s and forces in N that draw the profile: every join, and points between on curves."""
    times, forces = [], []
    for span in profile.spans:
        points = _points(span.segment)
        for step in range(points + 1):
            inside_s = span.segment.duration_s * step / points
            times.append(span.start_s + inside_s)
            forces.append(span.segment.value(inside_s))
    return times, forces


def _points(segment: Segment) -> int:
    wave = getattr(segment, "oscillation", None)
    if wave is None:
        return POINTS_PER_SPAN
    points = round(segment.duration_s * float(wave.frequency_hz) * 8)
    return max(POINTS_PER_SPAN, min(points, MAX_POINTS_PER_SPAN))


def chart_lines(profile: Profile, style: Style, *, rows: int = 9) -> list[str]:
    """Return the force chart of a profile."""
    return force_chart(*profile_points(profile), style, rows=rows)


def section(title: str, lines: list[str], style: Style) -> list[str]:
    """Return a titled block."""
    return [*heading(title, style), *lines]
