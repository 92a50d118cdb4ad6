"""Where a segment stands in a profile: when, in which phase and cycle, and whether the clock runs."""

from __future__ import annotations

from dataclasses import dataclass

from traction.errors import Problem
from traction.profile.segment import Segment

JOIN_TOLERANCE_N = 1e-9
"""Two spans may differ by this much where they meet: the rounding of sums of newtons, not a step."""

JOIN_TOLERANCE_S = 1e-9


@dataclass(frozen=True, slots=True)
class Span:
    """Place one segment in a profile.

    ``kind`` says what it is for ("pretension", "ramp_up", "hold", "ramp_down", "rest", "end", ...), ``phase``
    is its index in the protocol (-1 before the first), ``cycle`` counts from 1 within the phase or the whole
    profile (0: not part of a cycle), ``counts`` says that the treatment clock runs.
    """

    segment: Segment
    start_s: float
    kind: str
    phase: int
    phase_name: str
    cycle: int
    counts: bool

    @property
    def end_s(self) -> float:
        """Return when the span ends, in s from the start of the profile."""
        return self.start_s + self.segment.duration_s


def join_problems(spans: tuple[Span, ...]) -> list[Problem]:
    """Return what is wrong: E286 no span, a gap or an overlap in time; E287 a jump of force."""
    if not spans:
        return [Problem("E286", "a profile without a span", "at least one", field="Profile.spans")]
    problems: list[Problem] = []
    end_s, end_n = 0.0, spans[0].segment.start_n
    for index, span in enumerate(spans):
        segment = span.segment
        if not abs(span.start_s - end_s) <= JOIN_TOLERANCE_S:
            found = f"a span that starts at {span.start_s} s"
            problems.append(Problem("E286", found, f"{end_s} s", field=f"Profile.spans[{index}].start_s"))
        if not abs(segment.start_n - end_n) <= JOIN_TOLERANCE_N:
            found = f"a jump from {end_n:g} N to {segment.start_n:g} N at {end_s:g} s"
            problems.append(Problem("E287", found, "no jump", field=f"Profile.spans[{index}]"))
        end_s, end_n = span.start_s + segment.duration_s, segment.end_n
    return problems


def laid_end_to_end(segments: tuple[Segment, ...]) -> tuple[Span, ...]:
    """Return spans for bare segments, one after the other: kinds by their direction, one phase, no cycles."""
    spans: list[Span] = []
    start_s = 0.0
    for segment in segments:
        rise_n = segment.end_n - segment.start_n
        kind = "ramp_up" if rise_n > 0.0 else "ramp_down" if rise_n < 0.0 else "hold"
        spans.append(Span(segment, start_s, kind, 0, "", 0, counts=True))
        start_s += segment.duration_s
    return tuple(spans)
