"""Watch that the force arrives where it is commanded, and that travel comes with force."""

from __future__ import annotations

from collections import deque
from typing import Final

from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Verdict

BUCKET_US: Final = 200_000
BUCKETS: Final = 6
"""A force is compared with every force commanded in the last 1.2 to 1.4 s: an honest lag is no error."""

SHARE: Final = 20
"""One part in so many of the commanded force, and the noise, is the accuracy nobody is blamed for."""

_MAX_STEP_US: Final = 200_000


class ArrivalWatch:
    """Sums up missing and surplus force over time, as a heater's watch sums up missing degrees.

    A single error says nothing: noise, lag and a soft patient all make one. What stays away keeps adding
    up; what comes back is forgiven at the rate of the band. While a position is held the force may sag, and
    the comparison starts anew from where it is left.

    Once the target and both expected forces stand at ``settled_mn``, with no error left, a force between
    ``floor_mn`` and ``ceiling_mn`` adds none until the bucket ends: the supervisor sees that by itself.
    """

    __slots__ = (
        "_b",
        "_both_down",
        "_both_up",
        "_high",
        "_highs",
        "_left",
        "_low",
        "_lows",
        "_missing",
        "_past_high",
        "_past_low",
        "_quick",
        "_slow",
        "_surplus",
        "bucket_ends_us",
        "ceiling_mn",
        "floor_mn",
        "last_us",
        "settled_mn",
    )

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._b = bounds
        self._both_up = min(bounds.quick_up_mn_per_s, bounds.slow_up_mn_per_s)
        self._both_down = min(bounds.quick_down_mn_per_s, bounds.slow_down_mn_per_s)
        self.restart(0, 0)

    def restart(self, t_us: int, force_mn: int) -> None:
        """Forget all errors and expect the force that is there."""
        force = force_mn * 1000  # in uN, so that a slow ramp is not lost in rounding
        self._quick = self._slow = force
        self._low = self._high = self._past_low = self._past_high = force
        self._lows = deque([force], BUCKETS)
        self._highs = deque([force], BUCKETS)
        self.last_us = t_us
        self.bucket_ends_us = t_us + BUCKET_US
        self._missing = self._surplus = 0
        self.settled_mn: int | None = None
        self.floor_mn = self.ceiling_mn = 0
        self._left: tuple[int, int] | None = None

    def leave(self, t_us: int, force_mn: int) -> None:
        """Judge nothing at this time, and restart from this force when there is something to judge again."""
        self._left = (t_us, force_mn)
        self.settled_mn = None

    def judge(self, t_us: int, force_mn: int, target_mn: int) -> Verdict | None:
        """Return E441 or E442 when the errors have added up to a fault, or None."""
        if self._left is not None:
            self.restart(*self._left)
        step_us = min(t_us - self.last_us, _MAX_STEP_US)
        self.last_us = t_us
        goal = target_mn * 1000
        both, up, down = self._quick, self._both_up * step_us // 1000, self._both_down * step_us // 1000
        if both == self._slow and -down <= goal - both <= up:
            self._quick = self._slow = low = high = goal  # the usual case: both are where the target is
        else:
            low, high = self._follow(goal, step_us)
        if t_us >= self.bucket_ends_us:
            self._turn(t_us, low, high)
        else:
            self._low, self._high = min(low, self._low), max(high, self._high)
        low, high = min(self._low, self._past_low) // 1000, max(self._high, self._past_high) // 1000
        band = self._b.noise_mn + max(high, 0) // SHARE
        missing = self._missing + (low - band - force_mn) * step_us
        surplus = self._surplus + (force_mn - high - band) * step_us
        self._missing, self._surplus = max(missing, 0), max(surplus, 0)
        at_rest = missing <= 0 and surplus <= 0 and self._quick == self._slow == goal
        self.settled_mn = target_mn if at_rest else None
        self.floor_mn, self.ceiling_mn = low - band, high + band
        allowed = self._b.arrival_error_mn_us
        if missing <= allowed and surplus <= allowed:
            return None
        code, which = ("E442", "too much") if surplus > allowed else ("E441", "missing")
        detail = f"{max(missing, surplus) / 1e9:.0f} N s {which}, {force_mn / 1000:.0f} N now"
        return Verdict(Reaction.RELEASE, code, detail)

    def _follow(self, goal: int, step_us: int) -> tuple[int, int]:
        """Move both expected forces towards the target; return the lower and the higher of them."""
        b = self._b
        up, down = b.quick_up_mn_per_s * step_us // 1000, b.quick_down_mn_per_s * step_us // 1000
        self._quick = quick = self._quick + max(-down, min(goal - self._quick, up))
        up, down = b.slow_up_mn_per_s * step_us // 1000, b.slow_down_mn_per_s * step_us // 1000
        self._slow = slow = self._slow + max(-down, min(goal - self._slow, up))
        return min(quick, slow), max(quick, slow)

    def _turn(self, t_us: int, low: int, high: int) -> None:
        """Begin the next bucket with these forces; the oldest one is forgotten."""
        self._lows.append(self._low)
        self._highs.append(self._high)
        self._past_low, self._past_high = min(self._lows), max(self._highs)
        self._low, self._high = low, high
        self.bucket_ends_us = t_us + BUCKET_US


class SlipWatch:
    """Sums up travel that no force explains: a harness that slips lets the carriage go where no force is.

    Judged twice a second. While the force rises, the softest patient explains the most travel; while it
    falls, the stiffest the least retreat. A small speed is forgiven as creep.
    """

    __slots__ = ("_b", "_force_mn", "_since_us", "_travel_um", "_unexplained_um", "due_us")

    INTERVAL_US: Final = 500_000

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._b = bounds
        self.restart(0, 0, 0)

    def restart(self, t_us: int, force_mn: int, travel_um: int) -> None:
        """Begin at this force and travel with nothing unexplained."""
        self._since_us = t_us
        self.due_us = t_us + self.INTERVAL_US  # before that a sample changes nothing
        self._force_mn = force_mn
        self._travel_um = travel_um
        self._unexplained_um = 0

    def judge(self, t_us: int, force_mn: int, travel_um: int) -> Verdict | None:
        """Return E443 when the harness slips, or None."""
        passed_us = t_us - self._since_us
        if passed_us < self.INTERVAL_US:
            return None
        b = self._b
        if force_mn <= b.slack_mn or self._force_mn <= b.slack_mn:
            self.restart(t_us, force_mn, travel_um)
            return None
        change_mn = force_mn - self._force_mn
        explained_um = 1000 * change_mn // (b.soft_mn_per_mm if change_mn > 0 else b.stiff_mn_per_mm)
        creep_um = b.slip_leak_um_per_s * passed_us // 1_000_000
        unexplained = self._unexplained_um + travel_um - self._travel_um - explained_um - creep_um
        self._unexplained_um = max(unexplained, 0)
        self._since_us, self._force_mn, self._travel_um = t_us, force_mn, travel_um
        self.due_us = t_us + self.INTERVAL_US
        if unexplained <= b.slip_um:
            return None
        detail = f"{unexplained / 1000:.1f} mm of travel without force, {force_mn / 1000:.0f} N now"
        return Verdict(Reaction.RELEASE, "E443", detail)
