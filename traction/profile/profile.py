"""A compiled protocol: the target force at every instant of a session, and its exact figures."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from traction.profile.checks import require, settle
from traction.profile.cursor import Cursor
from traction.profile.digest import digest_of
from traction.profile.longest_hold import longest_hold_s
from traction.profile.segment import Segment, Time, evaluate, outside
from traction.profile.spans import Span, join_problems, laid_end_to_end

if TYPE_CHECKING:
    from traction.profile.segment import FloatArray


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold the target force over a session: spans end to end from 0 s, without a jump.

    ``rest_n`` is the force above which the impulse counts; ``seed`` is the one that drew any variation.
    Raises ProtocolError E280, E282 (rest_n), E286 (no span, a gap or an overlap), E287 (a jump of force).
    """

    spans: tuple[Span, ...]
    rest_n: float = 0.0
    seed: int = 0
    starts_s: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _segments: tuple[tuple[Segment, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spans = tuple(self.spans)
        require(settle(self, non_negative=("rest_n",)) + join_problems(spans))
        object.__setattr__(self, "spans", spans)
        object.__setattr__(self, "starts_s", tuple(span.start_s for span in spans))
        # a protocol repeats a handful of segments hundreds of times: each figure is worked out once for each
        object.__setattr__(self, "_segments", tuple(Counter(span.segment for span in spans).items()))

    @classmethod
    def of(cls, *segments: Segment, rest_n: float = 0.0, seed: int = 0) -> Profile:
        """Return the profile of bare segments laid end to end, without phases or cycles."""
        return cls(laid_end_to_end(segments), rest_n, seed)

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        return self.spans[-1].end_s

    @property
    def peak_n(self) -> float:
        """Return the highest force, in N, exactly."""
        return max(segment.peak_n for segment, _ in self._segments)

    @property
    def trough_n(self) -> float:
        """Return the lowest force, in N, exactly."""
        return min(segment.trough_n for segment, _ in self._segments)

    @property
    def rate_up_n_per_s(self) -> float:
        """Return the steepest rise in N/s, zero or more, exactly."""
        return max(segment.rate_up_n_per_s for segment, _ in self._segments)

    @property
    def rate_down_n_per_s(self) -> float:
        """Return the steepest fall in N/s, zero or more, exactly."""
        return max(segment.rate_down_n_per_s for segment, _ in self._segments)

    @property
    def impulse_n_s(self) -> float:
        """Return the integral of max(force - rest_n, 0) over the profile, in N s, exactly."""
        return math.fsum(count * segment.impulse_above(self.rest_n) for segment, count in self._segments)

    @property
    def cycles(self) -> int:
        """Return the number of cycles: distinct pairs of phase and cycle number above zero."""
        return len({(span.phase, span.cycle) for span in self.spans if span.cycle > 0})

    def longest_hold_s(self, band_n: float, slack_n: float = 0.0) -> float:
        """Return an upper bound, in s, of a contiguous-hold timer; with a band of 0, the longest hold.

        The timer restarts whenever the force leaves ``band_n`` about its anchor (the force when it started)
        and counts above ``slack_n`` only. See ``longest_hold`` for what the bound includes.
        """
        return longest_hold_s(self.spans, band_n, slack_n)

    def force_at(self, t_s: Time) -> Time:
        """Return the target force in N at ``t_s`` (scalar -> float, array -> float64 array of equal shape).

        Where two spans meet, the later one answers. Raises ProtocolError E289 (a ValueError) outside 0 ..
        duration_s.
        """
        return evaluate(self, t_s)

    def index_at(self, t_s: float) -> int:
        """Return the index of the span at ``t_s``, the later one where two meet. Raises E289."""
        if not 0.0 <= t_s <= self.duration_s:
            raise outside(t_s, self.duration_s)
        return bisect_right(self.starts_s, t_s) - 1

    def span_at(self, t_s: float) -> Span:
        """Return the span at ``t_s``, the later one where two meet. Raises ProtocolError E289."""
        return self.spans[self.index_at(t_s)]

    def value(self, t_s: float) -> float:
        """Return the target force in N at one time within the profile (not checked)."""
        span = self.spans[bisect_right(self.starts_s, t_s) - 1]
        return span.segment.value(min(t_s - span.start_s, span.segment.duration_s))

    def values(self, t_s: FloatArray) -> FloatArray:
        """Return the target force in N at each time within the profile (not checked)."""
        import numpy as np

        flat = t_s.ravel()
        indices = np.searchsorted(np.asarray(self.starts_s), flat, side="right") - 1
        force_n = np.empty_like(flat)
        order = np.argsort(indices, kind="stable")
        in_order = indices[order]
        used = np.unique(indices)
        firsts, ends = np.searchsorted(in_order, used), np.searchsorted(in_order, used, side="right")
        for index, first, end in zip(used, firsts, ends, strict=True):
            where = order[first:end]
            span = self.spans[index]
            force_n[where] = span.segment.values(
                np.minimum(flat[where] - span.start_s, span.segment.duration_s)
            )
        return force_n.reshape(t_s.shape)

    def cursor(self) -> Cursor:
        """Return a cursor for a loop that asks for ever later times; each loop needs its own."""
        return Cursor(self)

    def digest(self) -> str:
        """Return the SHA-256, in hex, of every number and label of the profile, exactly (not rounded)."""
        return digest_of(self.spans, self.rest_n, self.seed)
