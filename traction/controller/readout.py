"""What a controller can be asked at any time: the whole of its telemetry, and what its drive is to do."""

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.easing import Easing
from traction.controller.latch import Latch
from traction.controller.motion import Motion
from traction.controller.session import Session
from traction.wire import codes


class Readout:
    """The state of a controller, read-only for everyone else; whole mN, um, ms."""

    __slots__ = (
        "boot_id",
        "cells",
        "config",
        "easing",
        "inputs",
        "latch",
        "motion",
        "now_ms",
        "seq",
        "session",
        "state",
        "tick_ms",
        "travel_um",
    )

    def __init__(
        self, config: ControllerConfig, cells: Cells, latch: Latch, motion: Motion, session: Session
    ) -> None:
        self.config = config
        self.boot_id = config.boot_id
        self.tick_ms = config.tick_ms
        self.cells = cells
        self.easing = Easing(config)
        self.latch = latch
        self.motion = motion
        self.session = session
        self.state = codes.STATE_BOOT
        self.seq = 0  # of the newest telemetry: one a tick
        self.now_ms = 0
        self.inputs = 0
        self.travel_um = 0

    @property
    def velocity_um_per_s(self) -> int:
        """Return the command to the drive, pull positive."""
        return self.motion.velocity_um_per_s

    @property
    def enabled(self) -> int:
        """Return 1 while the drive is to be powered, else 0."""
        return self.motion.enabled

    @property
    def dump(self) -> int:
        """Return 1 while the release that needs no power is to be open, else 0."""
        return self.motion.dump

    @property
    def fault(self) -> int:
        """Return the first latched fault number, 0 = none."""
        return self.latch.fault

    @property
    def force_mn(self) -> int:
        """Return load cell A as read this tick (mN); FORCE_INVALID_MN when it gave nothing usable."""
        return self.cells.force_a_mn

    @property
    def force_b_mn(self) -> int:
        """Return load cell B as read this tick (mN); FORCE_INVALID_MN when it gave nothing usable."""
        return self.cells.force_b_mn

    @property
    def own_target_mn(self) -> int:
        """Return the force the loop steers to right now (mN)."""
        return self.motion.loop.target_un // 1000

    @property
    def limits(self) -> tuple[int, ...]:
        """Return the stored limits for the read-back (order of ``controller.limits``); zeros when none."""
        return self.session.limits

    @property
    def nonce(self) -> int:
        """Return the start number of the present arming, of boot id and count; 0 = not armed."""
        return self.session.nonce

    @property
    def others_may_move(self) -> int:
        """Return 1 while lifts and tilts may have power: the rope is known to be slack, the drive off."""
        return 1 if not self.motion.enabled and self._slack() else 0

    def _slack(self) -> bool:
        return self.cells.slack(self.session.in_force()[order.SLACK_FORCE])

    def is_recent(self, boot_id: int, seq: int) -> bool:
        """Say whether sample ``seq`` of power-up ``boot_id`` is one of the last 200 ms."""
        return boot_id == self.boot_id and 0 <= (self.seq - seq) * self.tick_ms <= codes.ECHO_MAX_AGE_MS
