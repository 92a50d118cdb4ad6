"""Watch that the force neither rises nor falls too fast, nor goes all at once."""

from __future__ import annotations

from collections import deque
from typing import Final

from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Verdict

WINDOWS_MS: Final = (100, 1000)
"""The short window sees a jerk in time, the long one a steady excess that noise hides in the short."""

_WINDOWS: Final = tuple(enumerate(WINDOWS_MS))
_LONGEST_MS: Final = max(WINDOWS_MS)

LOST_FLOOR_MN: Final = 30_000
"""Below this, half of the force is within what noise and an ordinary release can do."""


class RateWatch:
    """Judges slopes on the sum of both cells, by the controller's own clock.

    The reference of a window is the newest sample at least a window old, and what is allowed grows with the
    time that really passed, so that a late or missing sample cannot trip by itself.

    While the sum has stayed between ``low_mn`` and ``high_mn``, which are as far apart as the noise is
    allowed to be, for longer than every window (from ``level_ms`` on), no two samples of it can make a slope:
    there the supervisor only adds to the ``history`` by itself.
    """

    __slots__ = (
        "_back",
        "_down",
        "_fast_down",
        "_noise_un",
        "_up",
        "high_mn",
        "history",
        "level_ms",
        "low_mn",
    )

    def __init__(self, bounds: SupervisorBounds) -> None:
        # sums of two cells in mN, slopes in mN/ms
        self._noise_un = 2000 * bounds.rate_noise_mn
        self._up = 2 * bounds.rate_up_mn_per_s
        self._down = 2 * bounds.rate_down_mn_per_s
        self._fast_down = 2 * bounds.fast_release_rate_mn_per_s
        self.begin(0, 0)

    def begin(self, controller_ms: int, sum_mn: int) -> None:
        """Take a first sample, which everything until a window is full is compared with."""
        # the clock counts whole ms and only forward: no more samples than that fit into the longest window
        self.history = deque([(controller_ms, sum_mn)], _LONGEST_MS + 1)
        self._back = [0] * len(WINDOWS_MS)  # so many samples before the newest the reference stands
        self._level(controller_ms, sum_mn)

    def _level(self, controller_ms: int, sum_mn: int) -> None:
        half_mn = self._noise_un // 2000
        self.low_mn, self.high_mn = sum_mn - half_mn, sum_mn + half_mn
        self.level_ms = controller_ms + _LONGEST_MS

    def judge(self, controller_ms: int, sum_mn: int, releasing: bool) -> Verdict | None:
        """Return a verdict on both windows, or None; a sample seen twice, or out of order, has no slope.

        While ``releasing``, a fall faster than a fast release only warns (stopping harder cannot slow it),
        and a rise asks for the power to be cut.
        """
        history, back = self.history, self._back
        if controller_ms <= history[-1][0]:
            return None
        history.append((controller_ms, sum_mn))
        if not self.low_mn <= sum_mn <= self.high_mn:
            self._level(controller_ms, sum_mn)
        down = self._fast_down if releasing else self._down
        verdict = None
        for index, width_ms in _WINDOWS:
            at = back[index] = self._reference(back[index], controller_ms - width_ms)
            then_ms, then_mn = history[-1 - at]
            passed_ms, change_un = controller_ms - then_ms, 1000 * (sum_mn - then_mn)
            if not -down * passed_ms - self._noise_un <= change_un <= self._up * passed_ms + self._noise_un:
                verdict = verdict or self._diagnose(passed_ms, then_mn, sum_mn, releasing)
        return verdict

    def _reference(self, at: int, until_ms: int) -> int:
        """Return how many samples back the newest one up to ``until_ms`` stands, else the oldest there is.

        ``at`` is where it stood a tick ago: with regular ticks that is where it still stands.
        """
        history = self.history
        oldest = len(history) - 1
        while at < oldest and history[-1 - at][0] > until_ms:
            at += 1
        while history[-at][0] <= until_ms:  # ends before the newest, which is of now
            at -= 1
        return at

    def _diagnose(self, passed_ms: int, then_mn: int, now_mn: int, releasing: bool) -> Verdict:
        change = f"{(now_mn - then_mn) / 2000:+.1f} N in {passed_ms} ms"
        if now_mn > then_mn:
            if releasing:
                return Verdict(Reaction.POWER_OFF, "E464", change)
            return Verdict(Reaction.RELEASE, "E421", change)
        if releasing:
            return Verdict(Reaction.WARN, "E423", change)
        uncommanded_mn = then_mn - now_mn - self._down * passed_ms // 1000 - self._noise_un // 1000
        if passed_ms < _LONGEST_MS and then_mn > 2 * LOST_FLOOR_MN and 2 * uncommanded_mn > then_mn:
            return Verdict(Reaction.POWER_OFF, "E415", change)
        return Verdict(Reaction.RELEASE, "E422", change)
