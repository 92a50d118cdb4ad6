"""Watch that each sample is fresh, from the same controller, and later than the one before."""

from __future__ import annotations

from typing import Final

from traction.safety.sample import Reaction, Verdict

WARN_AGE_US: Final = 100_000
MAX_AGE_US: Final = 200_000
"""Above this the force is history: a set-point may not echo telemetry this old either."""

MAX_REPEAT_US: Final = 200_000
"""The same telemetry again and again is stale however young it claims to be."""

MAX_DRIFT_US: Final = 250_000
"""The two clocks may part by this much and one part in a hundred: the worst of a board's own oscillator."""


class LinkWatch:
    """Judges age, sequence, clocks and identity of the telemetry; remembers the last new sample.

    The supervisor reads and moves on the public part by itself while nothing is wrong.
    """

    __slots__ = ("_boot_id", "_start_us", "advanced_us", "controller_ms", "offset_us", "seq", "t_us")

    def __init__(self) -> None:
        self.seq = -1
        self.controller_ms = -1
        self._boot_id = -1
        self.t_us = 0
        self.advanced_us = 0
        self.offset_us = 0
        self._start_us = 0

    def judge(self, t_us: int, age_us: int, seq: int, controller_ms: int, boot_id: int) -> Verdict | None:
        """Return what is wrong with the link, or None; the first sample is the reference."""
        if self.seq < 0:
            self._boot_id = boot_id
            self._start_us = self.t_us = t_us
            self.offset_us = t_us - age_us - 1000 * controller_ms
        if boot_id != self._boot_id:
            detail = f"boot {boot_id}, not {self._boot_id}"
            return Verdict(Reaction.POWER_OFF, "E407", detail)
        if t_us < self.t_us:
            return Verdict(Reaction.RELEASE, "E406", f"session time went from {self.t_us} to {t_us} us")
        self.t_us = t_us
        if age_us < 0:
            return Verdict(Reaction.RELEASE, "E403", f"a sample {-age_us / 1000:.1f} ms from the future")
        if age_us > MAX_AGE_US:
            return Verdict(Reaction.RELEASE, "E402", f"a sample {age_us / 1000:.1f} ms old")
        if (
            seq < self.seq
            or controller_ms < self.controller_ms
            or (seq == self.seq and controller_ms != self.controller_ms)
        ):
            detail = f"sample {self.seq} at {self.controller_ms} ms, then {seq} at {controller_ms} ms"
            return Verdict(Reaction.RELEASE, "E405", detail)
        return self._judge_progress(t_us, age_us, seq, controller_ms)

    def _judge_progress(self, t_us: int, age_us: int, seq: int, controller_ms: int) -> Verdict | None:
        if controller_ms > self.controller_ms:  # and a later sample: what is torn has been told
            self.advanced_us = t_us
        elif t_us - self.advanced_us > MAX_REPEAT_US:
            silent_ms = (t_us - self.advanced_us) / 1000
            return Verdict(
                Reaction.RELEASE, "E404", f"nothing new from the controller for {silent_ms:.0f} ms"
            )
        self.seq = seq
        self.controller_ms = controller_ms
        drift_us = t_us - age_us - 1000 * controller_ms - self.offset_us
        if abs(drift_us) > MAX_DRIFT_US + (t_us - self._start_us) // 100:
            return Verdict(Reaction.RELEASE, "E406", f"the clocks are {drift_us / 1000:.0f} ms apart")
        if age_us > WARN_AGE_US:
            return Verdict(Reaction.WARN, "E410", f"a sample {age_us / 1000:.1f} ms old")
        return None
