"""Watch that a release keeps to its line and ends at slack."""

from __future__ import annotations

from traction.safety.bounds import SupervisorBounds
from traction.safety.sample import Reaction, Verdict
from traction.wire import codes


class ReleaseWatch:
    """Judges a release from its first sample on: the line, the clock, then what power-off achieves."""

    __slots__ = ("_b", "_behind_us", "_dumped_us", "_from_mn", "_start_us")

    def __init__(self, bounds: SupervisorBounds) -> None:
        self._b = bounds
        self._from_mn = 0
        self._start_us = self._behind_us = self._dumped_us = -1

    def judge(self, t_us: int, force_mn: int, state: int, age_us: int = 0) -> Verdict | None:
        """Return what the release needs, or None; ``force_mn`` is the believed force, ``age_us`` ago.

        Behind the line (half the rate a healthy release keeps): FAST_RELEASE, and after the lag POWER_OFF.
        Not slack when the time is over: POWER_OFF. Not slack long after power-off: the force is trapped,
        E463.
        """
        b = self._b
        if self._start_us < 0:
            self._start_us = t_us
            self._from_mn = force_mn
        t_us -= max(age_us, 0)  # a force is due by its own time: what a silent line repeats shows no jam
        if state == codes.STATE_DUMPED and self._dumped_us < 0:
            self._dumped_us = t_us
        if force_mn <= b.slack_mn + b.noise_mn:
            self._behind_us = -1
            return None
        now = f"{force_mn / 1000:.1f} N"
        if self._dumped_us >= 0:
            if t_us - self._dumped_us <= b.powerless_us:
                return None
            return Verdict(Reaction.POWER_OFF, "E463", f"{now} with the power off")
        elapsed_us = t_us - self._start_us
        if elapsed_us > b.max_release_us:
            return Verdict(Reaction.POWER_OFF, "E462", f"{now} after {elapsed_us / 1e6:.1f} s")
        falling_us = max(elapsed_us - b.reaction_us, 0)
        line_mn = self._from_mn - b.release_line_mn_per_s * falling_us // 1_000_000
        if force_mn <= line_mn + b.noise_mn:
            self._behind_us = -1
            return None
        if self._behind_us < 0:
            self._behind_us = t_us
        detail = f"{now}, due below {line_mn / 1000:.1f} N"
        if t_us - self._behind_us > b.release_lag_us:
            return Verdict(Reaction.POWER_OFF, "E462", detail)
        return Verdict(Reaction.FAST_RELEASE, "E461", detail)
