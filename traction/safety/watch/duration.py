"""Watch what adds up: hold, session, travel and impulse."""

from __future__ import annotations

from typing import Final

from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Verdict

MAX_STEP_US: Final = 200_000
"""Older gaps than stale telemetry are judged as stale, not integrated."""


class DurationWatch:
    """Judges what adds up: time at one force, session time, travel, and impulse above rest.

    ``low_mn`` to ``high_mn`` up to ``due_us`` is the hold that lasts: there the supervisor adds to the
    impulse by itself, as long as that is below ``near_mn_us``, from where one step could reach the limit.
    """

    __slots__ = (
        "_anchor_mn",
        "_b",
        "_since_us",
        "due_us",
        "high_mn",
        "impulse_mn_us",
        "last_us",
        "low_mn",
        "near_mn_us",
        "rest_mn",
        "travel_um",
    )

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._b = bounds
        self.rest_mn = bounds.rest_mn
        self.travel_um = bounds.max_travel_um
        self.last_us = 0
        self.impulse_mn_us = 0
        highest_mn = bounds.over_force_mn - bounds.rest_mn
        self.near_mn_us = bounds.max_impulse_mn_us - highest_mn * MAX_STEP_US
        self._begin_hold(0, 0)

    def _begin_hold(self, t_us: int, force_mn: int) -> None:
        b = self._b
        self._anchor_mn = force_mn
        self._since_us = t_us
        self.low_mn = max(force_mn - b.hold_band_mn, b.slack_mn + 1, b.negative_force_mn)
        self.high_mn = min(force_mn + b.hold_band_mn, b.over_force_mn)
        self.due_us = min(t_us + b.max_hold_us, b.max_session_us)

    def judge(self, t_us: int, force_mn: int, travel_um: int) -> Verdict | None:
        """Return which limit is broken, or None.

        A hold lasts while the measured force stays within the band of the force it began with, above slack.
        """
        b = self._b
        band = b.hold_band_mn
        if force_mn <= b.slack_mn or not -band <= force_mn - self._anchor_mn <= band:
            self._begin_hold(t_us, force_mn)
        self.impulse_mn_us += max(force_mn - b.rest_mn, 0) * min(t_us - self.last_us, MAX_STEP_US)
        self.last_us = t_us
        if (
            t_us - self._since_us <= b.max_hold_us
            and t_us <= b.max_session_us
            and -b.max_travel_um <= travel_um <= b.max_travel_um
            and self.impulse_mn_us <= b.max_impulse_mn_us
        ):
            return None
        return self._diagnose(t_us, force_mn, travel_um)

    def _diagnose(self, t_us: int, force_mn: int, travel_um: int) -> Verdict:
        b = self._b
        if not -b.max_travel_um <= travel_um <= b.max_travel_um:
            detail = f"{travel_um / 1000:.1f} mm, limit {b.max_travel_um / 1000:.1f} mm"
            return Verdict(Reaction.RELEASE, "E433", detail)
        if not t_us - self._since_us <= b.max_hold_us:
            detail = f"{(t_us - self._since_us) / 1e6:.1f} s near {force_mn / 1000:.0f} N"
            return Verdict(Reaction.RELEASE, "E431", detail)
        if not t_us <= b.max_session_us:
            return Verdict(Reaction.RELEASE, "E432", f"{t_us / 1e6:.1f} s")
        return Verdict(Reaction.RELEASE, "E434", f"{self.impulse_mn_us / 1e9:.0f} N s above rest")
