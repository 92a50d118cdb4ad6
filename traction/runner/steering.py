"""The target force of the next tick, in whole mN, for every state in which the loop commands.

The loop commands what is due when the *next* tick begins, and the controller moves its own target there
within the tick; so the target of a sample and the force in it belong to the same instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from traction.runner.plan import ROUNDING_MN, SessionPlan, controller_limits, milli, unclocked_mn_per_s
from traction.wire import codes

if TYPE_CHECKING:
    from traction.profile.profile import Profile

TICK_US = 20_000
TICKS_PER_S = 50

OVER_MN_PER_S = 2 * TICKS_PER_S
"""So far above a limit is rounding: 1 mN at both ends of a step."""

SETTLE_US = 1_000_000
"""A hold by position begins this long after its ramp has ended, so that the carriage stands where it must."""


EASE_SHARE = 0.8
"""What one "ease off" leaves of the force."""

NO_CAP_MN = 1 << 62


class Steering:
    """Compute targets; a plain object with no idea of states or of the table.

    ``share`` is what is left of the force of the profile after "ease off": 1.0, 0.8, 0.64 and so on, but
    never less than the rest force, and never more than before.
    """

    __slots__ = (
        "_cap_mn",
        "_cursor",
        "_duration_s",
        "_fall_mn",
        "_falling",
        "_floor_rate",
        "_max_down",
        "_max_up",
        "_position_from_us",
        "_rest_mn",
        "_rise_mn",
        "base_mn",
        "duration_us",
        "mode",
        "over_mn_per_s",
        "rate_mn_per_s",
        "share",
        "span_index",
        "steady_until_us",
        "target_mn",
    )

    def __init__(self, plan: SessionPlan) -> None:
        limits = controller_limits(plan.limits)
        self._max_up, self._max_down = limits.max_rate_up_mn_per_s, limits.max_rate_down_mn_per_s
        self._floor_rate = min(self._max_up, self._max_down) // 4
        self._rest_mn = self.base_mn = milli(plan.profile.rest_n)
        self.share = 1.0
        self._cap_mn = NO_CAP_MN  # a force that has been eased off below the profile, until that falls so low
        self.go_over(plan.profile)
        self.target_mn = 0
        self.rate_mn_per_s = self._floor_rate
        self.mode = codes.MODE_FORCE
        self.span_index = -1
        self._falling = False
        self.over_mn_per_s = 0  # the rate that would arrive in time, where it is above the limit; else 0
        self.steady_until_us = 0  # before this profile time ``follow`` would change nothing

    def go_over(self, profile: Profile) -> None:
        """Follow ``profile`` from here on; what is commanded now must be what it asks for, too."""
        self._cursor = profile.cursor()
        self._duration_s = profile.duration_s
        self.duration_us = round(profile.duration_s * 1e6)
        self._rise_mn = max(unclocked_mn_per_s(self._max_up, profile.rate_up_n_per_s) // TICKS_PER_S, 1)
        self._fall_mn = max(unclocked_mn_per_s(self._max_down, profile.rate_down_n_per_s) // TICKS_PER_S, 1)
        self._position_from_us = _position_holds(profile)
        self.steady_until_us = 0

    def follow(self, profile_us: int, force_mn: int) -> None:
        """Aim at the profile one tick after ``profile_us``; by position where the hold asks for it."""
        index = self.span_index  # of the instant profile_us itself: looked up a tick ago
        next_s = (profile_us + TICK_US) * 1e-6
        force_n, self.span_index = self._cursor.at(next_s if next_s < self._duration_s else self._duration_s)
        target_mn = int(force_n * 1000 + ROUNDING_MN)
        if self.share < 1.0:
            target_mn = self.eased_mn(target_mn)
        still = target_mn == self.target_mn
        self._aim(target_mn)
        if self._position_from_us and not self._choose_mode(index, profile_us, force_mn):
            return
        if still and index == self.span_index:
            self.steady_until_us = int(self._cursor.level_until_s * 1e6) - TICK_US - 1

    def _choose_mode(self, index: int, profile_us: int, force_mn: int) -> bool:
        """Choose between force and position; return whether that is for the rest of this span."""
        from_us = self._position_from_us.get(index)
        if from_us is not None and profile_us >= from_us:
            self.mode = codes.MODE_POSITION
            return True
        self._leave_position(force_mn)
        return from_us is None and self.mode == codes.MODE_FORCE

    def profile_mn(self, profile_us: int) -> int:
        """Return the force of the profile at ``profile_us``, eased off as asked for, in whole mN."""
        t_s = min(profile_us * 1e-6, self._duration_s)
        force_n, self.span_index = self._cursor.at(t_s)
        return self.eased_mn(int(force_n * 1000 + ROUNDING_MN))

    def eased_mn(self, target_mn: int) -> int:
        """Return what is left of a target of the profile after all that was eased off."""
        if target_mn > self._rest_mn:
            target_mn = max(int(target_mn * self.share), self._rest_mn)
        if target_mn > self._cap_mn:
            return self._cap_mn
        self._cap_mn = NO_CAP_MN  # the profile has come down to it by itself
        return target_mn

    def ease(self, force_mn: int) -> None:
        """Leave 80 % of the force from here on; ``force_mn`` is the measured one.

        While a position is held the tissue has relaxed: then it is 80 % of what is felt, until the profile
        itself falls that low, and the target drops to what is felt at once.
        """
        self.share *= EASE_SHARE
        self.steady_until_us = 0
        if self.mode == codes.MODE_POSITION:
            self.target_mn = max(min(force_mn, self.target_mn), 0)
            floor_mn = min(self.target_mn, self._rest_mn)
            self._cap_mn = min(self._cap_mn, max(int(self.target_mn * EASE_SHARE), floor_mn))

    @property
    def capped(self) -> bool:
        """Say whether a force that was felt in a held position, and not the profile, bounds the target."""
        return self._cap_mn != NO_CAP_MN

    def move_to(self, goal_mn: int, force_mn: int) -> bool:
        """Aim one step nearer to ``goal_mn``; return whether the target stands there."""
        step = min(max(goal_mn - self.target_mn, -self._fall_mn), self._rise_mn)
        self._aim(self.target_mn + step)
        self._leave_position(force_mn)
        return self.target_mn == goal_mn

    def begin_pause(self) -> None:
        """Set the base of a pause: the rest force of the profile, or the target where that is lower."""
        self.base_mn = min(self._rest_mn, self.target_mn)
        self.steady_until_us = 0

    def _leave_position(self, force_mn: int) -> None:
        # a held position lets the force sag: stay there until the falling target meets the force, because a
        # force loop would first pull back up to the target
        if self.mode == codes.MODE_POSITION and not (self._falling and self.target_mn > force_mn):
            self.mode = codes.MODE_FORCE

    def let_go(self) -> None:
        """Command nothing any more: from here on the controller releases by itself."""
        self.target_mn = 0
        self.mode = codes.MODE_FORCE
        self.steady_until_us = 0

    def _aim(self, target_mn: int) -> None:
        self.steady_until_us = 0
        change = target_mn - self.target_mn
        self.target_mn = target_mn
        self._falling = change < 0
        # the rate that just arrives keeps the controller's own target smooth; a floor lets it catch up
        if change < 0:
            rate, limit = -change * TICKS_PER_S, self._max_down
        else:
            rate, limit = change * TICKS_PER_S, self._max_up
        if rate < self._floor_rate:
            rate = self._floor_rate
        if rate <= limit:
            self.rate_mn_per_s, self.over_mn_per_s = rate, 0
        else:  # after a late tick: the controller goes there no faster, and arrives later
            self.rate_mn_per_s = limit
            self.over_mn_per_s = rate if rate > limit + OVER_MN_PER_S else 0


def _position_holds(profile: Profile) -> dict[int, int]:
    """Return index of span -> profile time in us from which its position is held."""
    return {
        index: round(span.start_s * 1e6) + SETTLE_US
        for index, span in enumerate(profile.spans)
        if getattr(span.segment, "mode", "force") == "position"
    }
