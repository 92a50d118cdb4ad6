"""What stands between a driver and its guard during the checks: it can only make a table let go.

It passes every verb on. The one thing it may change is the sample that a set-point echoes, into an older one,
once, when a check wants to see that the controller refuses what is stale. No target, rate or lease changes.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from traction.drivers.base import (
        ControllerLimits,
        Driver,
        Identity,
        SetPoint,
        StopKind,
        Telemetry,
    )

KEPT: Final = 64
"""More than a second of samples at 50 Hz: the oldest of them is stale for every controller."""


class Between:
    """A driver over another.

    ``stale_next`` is the one switch: with it the next set-point echoes the oldest sample still known.
    ``staled_ms`` is by how much it was older than the newest one then, None until it has happened.
    """

    __slots__ = ("_driver", "_seen", "stale_next", "staled_ms")

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._seen: deque[tuple[int, int]] = deque(maxlen=KEPT)  # number and time in ms of each sample
        self.stale_next = False
        self.staled_ms: float | None = None

    @property
    def staled(self) -> bool:
        """Say whether a stale set-point has been sent."""
        return self.staled_ms is not None

    def open(self) -> Identity:
        """Open the driver."""
        return self._driver.open()

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Pass the limits on, unchanged."""
        return self._driver.load_limits(limits)

    def arm(self) -> int:
        """Pass it on."""
        return self._driver.arm()

    def go(self, nonce: int) -> None:
        """Pass it on."""
        self._driver.go(nonce)

    def setpoint(self, setpoint: SetPoint) -> None:
        """Pass the set-point on; once, where a check has asked for it, with an older echo."""
        if self.stale_next and self._seen and self._seen[0][0] < setpoint.echo_seq:
            (oldest, old_ms), (_, new_ms) = self._seen[0], self._seen[-1]
            self.stale_next, self.staled_ms = False, float(new_ms - old_ms)
            setpoint = setpoint._replace(echo_seq=oldest)
        self._driver.setpoint(setpoint)

    def poll(self) -> Telemetry:
        """Return the newest sample."""
        sample = self._driver.poll()
        if not self._seen or sample.seq != self._seen[-1][0]:
            self._seen.append((sample.seq, sample.controller_ms))
        return sample

    def stop(self, kind: StopKind) -> None:
        """Pass it on."""
        self._driver.stop(kind)

    def reset(self, fault: int) -> None:
        """Pass it on."""
        self._driver.reset(fault)

    def close(self) -> None:
        """Pass it on."""
        self._driver.close()
