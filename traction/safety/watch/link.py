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
    """Judges age, sequence, clocks and identity of the telemetry; remembers the last new sample."""

    __slots__ = ("_advanced_us", "_boot_id", "_device_ms", "_offset_us", "_seq", "_start_us", "_t_us")

    def __init__(self) -> None:
        self._seq = -1
        self._device_ms = -1
        self._boot_id = -1
        self._t_us = 0
        self._advanced_us = 0
        self._offset_us = 0
        self._start_us = 0

    def judge(self, t_us: int, age_us: int, seq: int, device_ms: int, boot_id: int) -> Verdict | None:
        """Return what is wrong with the link, or None; the first sample is the reference."""
        if self._seq < 0:
            self._boot_id = boot_id
            self._start_us = self._t_us = t_us
            self._offset_us = t_us - age_us - 1000 * device_ms
        drift_us = t_us - age_us - 1000 * device_ms - self._offset_us
        allowed_us = MAX_DRIFT_US + (t_us - self._start_us) // 100
        if (
            0 <= age_us <= WARN_AGE_US
            and seq > self._seq
            and device_ms > self._device_ms
            and boot_id == self._boot_id
            and t_us >= self._t_us
            and -allowed_us <= drift_us <= allowed_us
        ):
            self._seq = seq
            self._device_ms = device_ms
            self._t_us = self._advanced_us = t_us
            return None
        return self._diagnose(t_us, age_us, seq, device_ms, boot_id, drift_us)

    def _diagnose(
        self, t_us: int, age_us: int, seq: int, device_ms: int, boot_id: int, drift_us: int
    ) -> Verdict | None:
        if boot_id != self._boot_id:
            detail = f"boot {boot_id}, not {self._boot_id}"
            return Verdict(Reaction.POWER_OFF, "E407", detail)
        if t_us < self._t_us:
            return Verdict(Reaction.RELEASE, "E406", f"session time went from {self._t_us} to {t_us} us")
        self._t_us = t_us
        if age_us < 0:
            return Verdict(Reaction.RELEASE, "E403", f"a sample {-age_us / 1000:.1f} ms from the future")
        if age_us > MAX_AGE_US:
            return Verdict(Reaction.RELEASE, "E402", f"a sample {age_us / 1000:.1f} ms old")
        if (
            seq < self._seq
            or device_ms < self._device_ms
            or (seq == self._seq and device_ms != self._device_ms)
        ):
            detail = f"sample {self._seq} at {self._device_ms} ms, then {seq} at {device_ms} ms"
            return Verdict(Reaction.RELEASE, "E405", detail)
        return self._diagnose_progress(t_us, age_us, seq, device_ms, drift_us)

    def _diagnose_progress(
        self, t_us: int, age_us: int, seq: int, device_ms: int, drift_us: int
    ) -> Verdict | None:
        if seq > self._seq and device_ms > self._device_ms:
            self._advanced_us = t_us
        elif t_us - self._advanced_us > MAX_REPEAT_US:
            silent_ms = (t_us - self._advanced_us) / 1000
            return Verdict(
                Reaction.RELEASE, "E404", f"nothing new from the controller for {silent_ms:.0f} ms"
            )
        self._seq = seq
        self._device_ms = device_ms
        if abs(drift_us) > MAX_DRIFT_US + (t_us - self._start_us) // 100:
            return Verdict(Reaction.RELEASE, "E406", f"the clocks are {drift_us / 1000:.0f} ms apart")
        if age_us > WARN_AGE_US:
            return Verdict(Reaction.WARN, "E410", f"a sample {age_us / 1000:.1f} ms old")
        return None
