"""The phases of a profile as people see them: when each runs, between which forces, in how many cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from traction.profile.profile import Profile
from traction.profile.spans import Span
from traction.report.checks import figure

LEAD_IN = "pretension"
END = "end"


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """One phase of a profile: its times in s, the lowest and highest force of its levels in N, its cycles.

    ``falls`` says that it ends lower than it begins and has no cycles.
    """

    index: int
    name: str
    start_s: float
    end_s: float
    low_n: float
    high_n: float
    cycles: int
    falls: bool
    first_span: int
    last_span: int

    @property
    def duration_s(self) -> float:
        """Return how long the phase lasts, in s."""
        return self.end_s - self.start_s


def phases_of(profile: Profile) -> tuple[PhaseSpan, ...]:
    """Return the phases in the order they run; the lead-in and the end are phases of their own."""
    numbered = enumerate(profile.spans)
    groups = groupby(numbered, key=lambda item: (item[1].phase, item[1].phase_name, item[1].kind == END))
    return tuple(_phase([*members]) for _, members in groups)


def forces_text(phase: PhaseSpan) -> str:
    """Return between which forces a phase runs, in the order in which it comes to them."""
    low, high = f"{figure(phase.low_n)} N", f"{figure(phase.high_n)} N"
    if low == high:
        return high
    return f"{high} to {low}" if phase.falls else f"{low} to {high}"


def _phase(members: Sequence[tuple[int, Span]]) -> PhaseSpan:
    spans = [span for _, span in members]
    levels = [span for span in spans if not span.kind.startswith("ramp")] or spans
    first, last = spans[0], spans[-1]
    return PhaseSpan(
        index=first.phase,
        name=first.phase_name or (END if last.kind == END else LEAD_IN if first.phase < 0 else "phase"),
        start_s=first.start_s,
        end_s=last.end_s,
        low_n=min(span.segment.trough_n for span in levels),
        high_n=max(span.segment.peak_n for span in levels),
        falls=first.segment.start_n > last.segment.end_n and not any(span.cycle for span in spans),
        cycles=len({span.cycle for span in spans if span.cycle > 0}),
        first_span=members[0][0],
        last_span=members[-1][0],
    )
