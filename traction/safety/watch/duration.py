"""Watch what adds up: hold, session, travel and impulse."""

from __future__ import annotations

from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Verdict

_MAX_STEP_US = 200_000
"""Older gaps than stale telemetry are judged as stale, not integrated."""


class DurationWatch:
    """Judges what adds up: time at one force, session time, travel, and impulse above rest."""

    __slots__ = ("_anchor_mn", "_b", "_impulse", "_last_us", "_since_us")

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._b = bounds
        self._anchor_mn = 0
        self._since_us = self._last_us = 0
        self._impulse = 0

    def judge(self, t_us: int, force_mn: int, travel_um: int) -> Verdict | None:
        """Return which limit is broken, or None.

        A hold lasts while the measured force stays within the band of the force it began with, above slack.
        """
        b = self._b
        band = b.hold_band_mn
        if force_mn <= b.slack_mn or not -band <= force_mn - self._anchor_mn <= band:
            self._anchor_mn = force_mn
            self._since_us = t_us
        above = force_mn - b.rest_mn
        if above > 0:
            step = t_us - self._last_us
            self._impulse += above * (step if step < _MAX_STEP_US else _MAX_STEP_US)
        self._last_us = t_us
        if (
            t_us - self._since_us <= b.max_hold_us
            and t_us <= b.max_session_us
            and -b.max_travel_um <= travel_um <= b.max_travel_um
            and self._impulse <= b.max_impulse_mn_us
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
        return Verdict(Reaction.RELEASE, "E434", f"{self._impulse / 1e9:.0f} N s above rest")
