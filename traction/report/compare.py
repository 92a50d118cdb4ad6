"""Two protocols beside each other, by what they do: figures, phases, and from when on they differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from traction import units
from traction.profile.agree import agree_until_us
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.report.chart import clock_text, force_chart
from traction.report.checks import amount, figure
from traction.report.layout import heading, table, wrap
from traction.report.phases import PhaseSpan, forces_text, phases_of
from traction.report.protocol_text import clock_s, profile_points
from traction.report.style import Style

if TYPE_CHECKING:
    from traction.profile.segment import Segment
    from traction.protocol.protocol import Protocol

SHARES: Final = (0.25, 0.5, 0.75, 0.9)
"""Of the higher of the two peaks: the levels the times above are given for."""

NO_DIFFERENCE: Final = 1e-6
"""Figures that differ by less, as a part of the larger, are one figure: a way takes whole microseconds."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the protocol and what it compiles to."""

    protocol: Protocol
    profile: Profile


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both, in ``unit``; ``difference`` is second minus first."""

    name: str
    unit: str
    first: float
    second: float

    @property
    def difference(self) -> float:
        """Return second minus first, 0 where only rounding parts them."""
        apart = self.second - self.first
        return 0.0 if abs(apart) <= NO_DIFFERENCE * max(abs(self.first), abs(self.second)) else apart


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two protocols do, side by side; ``differ_from_s`` is None where every force is the same."""

    first: Side
    second: Side
    figures: tuple[Figure, ...]
    phases: tuple[tuple[PhaseSpan | None, PhaseSpan | None], ...]
    differ_from_s: float | None

    @property
    def same(self) -> bool:
        """Say whether both pull with the same force at every instant."""
        return self.differ_from_s is None


def compare(first: Side, second: Side) -> Comparison:
    """Return two compiled protocols side by side."""
    one, other = first.profile, second.profile
    agreed_s = agree_until_us(_bare(one), _bare(other)) / 1e6
    alike = agreed_s >= max(one.duration_s, other.duration_s) - 1e-6
    return Comparison(
        first,
        second,
        tuple(_figures(one, other)),
        tuple(_pairs(phases_of(one), phases_of(other))),
        None if alike else agreed_s,
    )


def _bare(profile: Profile) -> Profile:
    """Return the forces of a profile alone: no names, no cycles, a hold that was cut in two in one piece."""
    segments: list[Segment] = []
    for span in profile.spans:
        before, now = segments[-1] if segments else None, span.segment
        if isinstance(before, Hold) and isinstance(now, Hold) and _go_on(before, now):
            segments[-1] = Hold(now.force_n, before.duration_s + now.duration_s, None, now.mode)
        else:
            segments.append(now)
    return Profile.of(*segments)


def _go_on(before: Hold, now: Hold) -> bool:
    plain = before.oscillation is None and now.oscillation is None
    return plain and (before.force_n, before.mode) == (now.force_n, now.mode)


def _figures(one: Profile, other: Profile) -> Iterator[Figure]:
    yield Figure("peak force", "N", one.peak_n, other.peak_n)
    yield Figure("steepest rise", "N/s", one.rate_up_n_per_s, other.rate_up_n_per_s)
    yield Figure("steepest fall", "N/s", one.rate_down_n_per_s, other.rate_down_n_per_s)
    yield Figure("profile lasts", "s", one.duration_s, other.duration_s)
    yield Figure("time on the clock", "s", clock_s(one), clock_s(other))
    yield Figure("longest hold", "s", one.longest_hold_s(0.0), other.longest_hold_s(0.0))
    yield Figure("cycles", "", one.cycles, other.cycles)
    yield Figure("impulse above rest", "N s", one.impulse_n_s, other.impulse_n_s)
    highest_n = max(one.peak_n, other.peak_n)
    for share in SHARES:
        level_n = share * highest_n
        name = f"time above {figure(level_n)} N"
        yield Figure(name, "s", seconds_above(one, level_n), seconds_above(other, level_n))


def seconds_above(profile: Profile, level_n: float) -> float:
    """Return for how long the target is at or above ``level_n``, in s, exactly."""
    return math.fsum(_above(span.segment, level_n - 1e-9) for span in profile.spans)


def _above(segment: Segment, level_n: float) -> float:
    if segment.trough_n >= level_n:
        return segment.duration_s
    if segment.peak_n < level_n:
        return 0.0
    if isinstance(segment, Hold):
        return _above_wave(segment, level_n)
    at_s = segment.time_at(level_n)
    return segment.duration_s - at_s if segment.end_n > segment.start_n else at_s


def _above_wave(hold: Hold, level_n: float) -> float:
    """Return the time above a level between trough and crest: whole periods, and a plain rest.

    A straight wave spends equal time at every level; of a sine the part above c amplitudes is acos(c) / pi.
    """
    wave = hold.oscillation
    if wave is None:
        return hold.duration_s if hold.force_n >= level_n else 0.0
    waves_s = wave.whole_periods(hold.duration_s) / wave.frequency_hz
    part = (level_n - hold.force_n) / wave.amplitude_n
    above = math.acos(part) / math.pi if wave.wave == "sine" else (1.0 - part) / 2.0
    plain_s = max(hold.duration_s - waves_s, 0.0)
    return waves_s * above + (plain_s if hold.force_n >= level_n else 0.0)


def _pairs(
    one: Sequence[PhaseSpan], other: Sequence[PhaseSpan]
) -> Iterator[tuple[PhaseSpan | None, PhaseSpan | None]]:
    """Yield phases beside each other: by name where names meet, in order; else by their order."""
    if not {phase.name for phase in one[:-1]} & {phase.name for phase in other[:-1]}:
        yield from zip_longest(one[:-1], other[:-1])
        yield one[-1], other[-1]
        return
    rest = list(other)
    for phase in one:
        at = next((index for index, two in enumerate(rest) if two.name == phase.name), None)
        if at is None:
            yield phase, None
            continue
        yield from ((None, two) for two in rest[:at])
        yield phase, rest[at]
        rest = rest[at + 1 :]
    yield from ((None, two) for two in rest)


def compare_row(found: Comparison) -> dict[str, Any]:
    """Return a comparison as one object for programs: ``same, differ_from_s, a, b, figures, phases``."""
    return {
        "same": found.same,
        "differ_from_s": found.differ_from_s,
        "a": _side_row(found.first),
        "b": _side_row(found.second),
        "figures": [
            {
                "name": one.name,
                "unit": one.unit,
                "a": one.first,
                "b": one.second,
                "difference": one.difference,
            }
            for one in found.figures
        ],
        "phases": [
            {"a": None if one is None else asdict(one), "b": None if two is None else asdict(two)}
            for one, two in found.phases
        ],
    }


def _side_row(side: Side) -> dict[str, Any]:
    return {
        "name": side.protocol.name,
        "file": side.protocol.path,
        "region": side.protocol.region,
        "protocol_digest": side.protocol.digest,
        "profile_digest": side.profile.digest(),
    }


def compare_lines(found: Comparison, style: Style) -> list[str]:
    """Return a comparison for people: the verdict, the figures, phase by phase, and a chart of each."""
    names = _names(found)
    lines = wrap(_verdict(found, names), style, hanging="  ")
    regions = {side.protocol.region for side in (found.first, found.second)}
    if len(regions) == 2:
        lines += wrap("They are for different regions of the body.", style)
    rows = [
        (one.name, _amount(one.first, one.unit), _amount(one.second, one.unit), _change(one))
        for one in found.figures
    ]
    lines += [*heading("Figures", style), *table(("", *names, "difference"), rows, style, right=(1, 2, 3))]
    phases = [
        (phase.name if phase else other.name if other else "", _phase(phase), _phase(other))
        for phase, other in found.phases
    ]
    lines += [*heading("Phase by phase", style), *table(("phase", *names), phases, style)]
    longest_s = max(found.first.profile.duration_s, found.second.profile.duration_s)
    highest_n = max(found.first.profile.peak_n, found.second.profile.peak_n)
    for name, side in zip(names, (found.first, found.second), strict=True):
        points = profile_points(side.profile)
        chart = force_chart(*points, style, rows=7, least_s=longest_s, least_n=highest_n)
        title = wrap(f"{name}: target force over time (min:s)", style)
        lines += ["", *(style.paint(line, "title") for line in title), *chart]
    return lines


def _names(found: Comparison) -> tuple[str, str]:
    one, other = found.first.protocol, found.second.protocol
    return (one.name, other.name) if one.name != other.name else (f"A {one.name}", f"B {other.name}")


def _verdict(found: Comparison, names: tuple[str, str]) -> str:
    if found.differ_from_s is None:
        return f"{names[0]} and {names[1]} do the same: the same force at every instant."
    if found.differ_from_s <= 0.0:
        return f"{names[0]} and {names[1]} differ from the start."
    return f"{names[0]} and {names[1]} differ from {clock_text(found.differ_from_s)} min on."


def _amount(value: float, unit: str) -> str:
    return amount(value, unit) if unit else f"{value:g}"


def _change(one: Figure) -> str:
    if one.difference == 0.0:
        return "same"
    sign = "+" if one.difference > 0 else "-"
    share = f" ({sign}{abs(100 * one.difference / one.first):.0f} %)" if one.first else ""
    return f"{sign}{_amount(abs(one.difference), one.unit)}{share}"


def _phase(phase: PhaseSpan | None) -> str:
    if phase is None:
        return "none"
    cycles = f", {phase.cycles} cycles" if phase.cycles > 1 else ""
    return f"{units.format_time(round(phase.duration_s, 1))}, {forces_text(phase)}{cycles}"
