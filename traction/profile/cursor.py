"""The reader of a profile that the loop uses: one look-up a tick, without a search."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING

from traction.profile.segment import outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from traction.profile.profile import Profile


class Cursor:
    """Follow a profile in time. Any order of times is right; ever later times are fast.

    It keeps the bounds of the span it is in, so that most calls are one comparison and one formula.
    ``level_until_s`` says how long the force stays what it was at the last call (0: it does not).
    """

    __slots__ = ("_duration_s", "_end_s", "_index", "_profile", "_start_s", "_value", "level_until_s")

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._duration_s = profile.duration_s
        self._enter(0)

    def at(self, t_s: float) -> tuple[float, int]:
        """Return the force in N at ``t_s`` and the index of its span, the later one where two meet.

        Raises ProtocolError E289 when ``t_s`` is NaN or outside 0 .. duration_s; duration_s itself is inside.
        """
        if not self._start_s <= t_s < self._end_s:
            self._seek(t_s)
        return self._value(t_s - self._start_s), self._index

    def _seek(self, t_s: float) -> None:
        if not 0.0 <= t_s <= self._duration_s:
            raise outside(t_s, self._duration_s)
        starts_s = self._profile.starts_s
        following = self._index + 1
        if self._end_s <= t_s and (following + 1 == len(starts_s) or t_s < starts_s[following + 1]):
            self._enter(following)
        else:
            self._enter(bisect_right(starts_s, t_s) - 1)

    def _enter(self, index: int) -> None:
        spans = self._profile.spans
        last = index + 1 == len(spans)
        self._index = index
        self._start_s = spans[index].start_s
        self._end_s = math.nextafter(self._duration_s, math.inf) if last else spans[index + 1].start_s
        segment = spans[index].segment
        self._value: Callable[[float], float] = segment.value
        self.level_until_s = self._end_s if segment.peak_n == segment.trough_n else 0.0
