"""The parts of a profile above slack, as knots joined by rising, falling or level spans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from traction.profile.spans import JOIN_TOLERANCE_N, Span


@dataclass(slots=True)
class Stretch:
    """Hold the knots of one unbroken part above slack; ``spans[i]`` leads from knot i to knot i + 1.

    Times in s from the start of the profile, levels in N. The first and last span may be cut at slack. A wave
    over a hold is left out: the hold is level.
    """

    times_s: list[float]
    levels_n: list[float]
    spans: list[Span] = field(default_factory=list)

    def add(self, span: Span, end_s: float, end_n: float) -> None:
        """Append a span and the knot it leads to."""
        self.spans.append(span)
        self.times_s.append(end_s)
        self.levels_n.append(end_n)

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        return self.times_s[-1] - self.times_s[0]

    def crossing_s(self, index: int, level_n: float) -> float:
        """Return when span ``index``, which is not level, passes ``level_n``."""
        span = self.spans[index]
        return span.start_s + span.segment.time_at(level_n)


def stretches_above(spans: Iterable[Span], slack_n: float) -> Iterator[Stretch]:
    """Yield the parts of the profile above ``slack_n`` in order; what only touches slack is left out."""
    stretch: Stretch | None = None
    level_n: float | None = None
    for span in spans:
        segment = span.segment
        start_n = segment.start_n if level_n is None else level_n
        # within the tolerance of a join a level is the level before: rounding must not break a hold in two
        end_n = start_n if abs(segment.end_n - start_n) <= JOIN_TOLERANCE_N else segment.end_n
        level_n = end_n
        if segment.peak_n > slack_n:  # by its wave a hold may be above slack though its level is not
            if stretch is None:
                late_s = segment.time_at(slack_n) if start_n < slack_n else 0.0
                stretch = Stretch([span.start_s + late_s], [max(start_n, slack_n)])
            leaves = end_n < slack_n < start_n
            length_s = segment.time_at(slack_n) if leaves else segment.duration_s
            stretch.add(span, span.start_s + length_s, max(end_n, slack_n))
        if stretch is not None and end_n <= slack_n:
            yield stretch
            stretch = None
    if stretch is not None:
        yield stretch
