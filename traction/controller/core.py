"""The controller: states, verbs and the tick. Runs the same in the simulated table and on a board.

Call ``tick`` every ``tick_ms`` with fresh readings, then obey ``velocity_um_per_s``, ``enabled`` and ``dump``.
Every verb answers at once with a codes.RESULT_* number; nothing is queued, clipped or assumed.
"""

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.latch import REACTIONS, Latch
from traction.controller.loop import ForceLoop
from traction.controller.release import ReleaseLine
from traction.controller.trips import Trips
from traction.wire import codes

SLACK_SAMPLES = 3
TRAVEL_BAD_SAMPLES = 3
NONCE_COUNT = 65535


class Controller:
    """One controller from power-up to power-off."""

    __slots__ = (
        "armed_ms",
        "boot_id",
        "caps",
        "ceiling",
        "cells",
        "config",
        "dump",
        "enabled",
        "inputs",
        "last_echo",
        "latch",
        "lease_end_ms",
        "limits",
        "loop",
        "nonce",
        "nonces_made",
        "now_ms",
        "release",
        "seq",
        "slack_ticks",
        "state",
        "tick_ms",
        "token",
        "travel_bad",
        "travel_um",
        "trips",
        "velocity_um_per_s",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.config = config
        self.boot_id = config.boot_id
        self.tick_ms = config.tick_ms
        self.caps = order.own_caps(config)
        self.limits = order.NONE_LOADED  # what a read-back returns
        self.ceiling: tuple[int, ...] | None = None  # the tightest set of this session
        self.cells = Cells(config)
        self.latch = Latch()
        self.loop = ForceLoop(config)
        self.release = ReleaseLine(config)
        self.trips = Trips(config)
        self.state = codes.STATE_BOOT
        self.seq = 0
        self.now_ms = 0
        self.token = 0
        self.nonce = 0
        self.nonces_made = 0
        self.armed_ms = 0
        self.lease_end_ms = 0
        self.last_echo = 0
        self.inputs = 0
        self.travel_um = 0
        self.travel_bad = 0
        self.slack_ticks = 0
        self.velocity_um_per_s = 0
        self.enabled = 0
        self.dump = 0

    # ---- what is reported -------------------------------------------------------------------------------

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
        """Return the force the loop is steering to right now (mN)."""
        return self.loop.target_un // 1000

    # ---- verbs ------------------------------------------------------------------------------------------

    def hello(self, token: int) -> int:
        """Begin a session under ``token`` (1 .. 2^32-1); forgets the limits of the one before."""
        if type(token) is not int or not 0 < token <= 0xFFFFFFFF:
            return codes.RESULT_BAD_VALUE
        state = self.state
        if codes.STATE_ARMED <= state <= codes.STATE_FAST_RELEASING:
            return codes.RESULT_BUSY
        if state == codes.STATE_BOOT and not self.cells.both_good():
            return codes.RESULT_NO_FORCE_SIGNAL
        self.token = token
        self.limits = order.NONE_LOADED
        self.ceiling = None
        if state <= codes.STATE_READY or state == codes.STATE_DONE:
            self.state = codes.STATE_IDENTIFIED
        return codes.RESULT_OK

    def load_limits(self, values: tuple[int, ...]) -> int:
        """Store the session's limits (order of ``controller.limits``); read them back from ``limits``."""
        if self.state == codes.STATE_ARMED:
            self._disarm()
        if self.state not in (codes.STATE_IDENTIFIED, codes.STATE_READY, codes.STATE_DONE):
            return codes.RESULT_WRONG_STATE
        result = order.check(values, self.caps, self.ceiling)
        if result == codes.RESULT_OK:
            self.limits = self.ceiling = values
            self.trips.load(values)
            self.state = codes.STATE_READY
        return result

    def arm(self) -> int:
        """Make a single-use start number, in ``nonce`` until used or 30 s old."""
        if self.state == codes.STATE_ARMED:
            self._disarm()
        if self.state != codes.STATE_READY:
            return codes.RESULT_WRONG_STATE
        result = self._may_start()
        if result == codes.RESULT_OK:
            if self.nonces_made >= NONCE_COUNT:
                return codes.RESULT_NONCES_USED_UP
            self.nonces_made += 1
            self.nonce = (self.boot_id & 0xFFFF) << 16 | self.nonces_made
            self.armed_ms = self.now_ms
            self.state = codes.STATE_ARMED
        return result

    def go(self, nonce: int) -> int:
        """Start: RUN holding 0 N, with a first lease; only with the nonce of this arming, slack and healthy."""
        if self.state != codes.STATE_ARMED:
            return codes.RESULT_WRONG_STATE
        if type(nonce) is not int or nonce != self.nonce:
            return codes.RESULT_WRONG_NONCE
        self._disarm()
        result = self._may_start()
        if result == codes.RESULT_OK:
            values = self.limits
            self.loop.start(
                0,
                self.travel_um,
                values[order.MAX_RATE_UP],
                values[order.MAX_RATE_DOWN],
                values[order.SLACK_FORCE],
            )
            self.trips.start(
                self.cells, self.travel_um, self.now_ms, values[order.MAX_SESSION], values[order.MAX_TRAVEL]
            )
            self.lease_end_ms = self.now_ms + codes.LEASE_MAX_MS
            self.last_echo = self.seq
            self.enabled = 1
            self.state = codes.STATE_RUN
        return result

    def setpoint(self, target_mn: int, rate_mn_per_s: int, mode: int, lease_ms: int, echo_seq: int) -> int:
        """Renew the lease and move the goal; in RUN anything out of bounds is refused and ends the run."""
        if self.state != codes.STATE_RUN:
            return codes.RESULT_WRONG_STATE
        if not (type(target_mn) is int and type(rate_mn_per_s) is int and type(mode) is int):
            return self._refuse(codes.RESULT_BAD_VALUE)
        if not (type(lease_ms) is int and type(echo_seq) is int):
            return self._refuse(codes.RESULT_BAD_VALUE)
        if not 0 <= (self.seq - echo_seq) * self.tick_ms <= codes.ECHO_MAX_AGE_MS:
            self._trip(codes.FAULT_STALE_ECHO)
            return codes.RESULT_STALE_ECHO
        if echo_seq < self.last_echo:
            return codes.RESULT_OUT_OF_ORDER
        values = self.limits
        up = values[order.MAX_RATE_UP]
        down = values[order.MAX_RATE_DOWN]
        if not (
            0 <= target_mn <= values[order.MAX_FORCE] and 0 <= rate_mn_per_s <= (up if up > down else down)
        ):
            return self._refuse(codes.RESULT_OUTSIDE_LIMITS)
        if not 0 < lease_ms <= codes.LEASE_MAX_MS:
            return self._refuse(codes.RESULT_BAD_LEASE)
        if mode != codes.MODE_FORCE and mode != codes.MODE_POSITION:
            return self._refuse(codes.RESULT_BAD_MODE)
        self.last_echo = echo_seq
        self.lease_end_ms = self.now_ms + lease_ms
        self.loop.aim(target_mn, rate_mn_per_s, mode)
        return codes.RESULT_OK

    def stop(self, kind: int) -> int:
        """Release at any time, from any state; a running release is only ever made more severe."""
        if kind == codes.STOP_OFF:
            self._power_off()
        elif self.state == codes.STATE_ARMED:
            self._disarm()
            self._release(kind)
        else:
            self._release(kind)
        return codes.RESULT_OK

    def reset(self, fault: int) -> int:
        """Clear the latched ``fault``: a fresh press, its cause gone for a second, slack. Leads to no motion."""
        result = self.latch.may_reset(fault, self.now_ms)
        if self.state != codes.STATE_FAULT_LATCHED and self.state != codes.STATE_DUMPED:
            return codes.RESULT_WRONG_STATE
        if result == codes.RESULT_OK:
            self.latch.clear()
            self.cells.trust()
            self.dump = 0
            self.limits = order.NONE_LOADED
            self.state = codes.STATE_IDENTIFIED if self.token else codes.STATE_BOOT
        return result

    # ---- the tick ---------------------------------------------------------------------------------------

    def tick(
        self, force_a_mn: int | None, force_b_mn: int | None, travel_um: int | None, inputs: int
    ) -> None:
        """Advance one tick. Forces in mN (tension positive) and travel in um (pull positive), None = no reading."""
        self.seq += 1
        now_ms = self.now_ms = self.now_ms + self.tick_ms
        if inputs != codes.INPUTS_HEALTHY:
            inputs = inputs & codes.INPUTS_HEALTHY if type(inputs) is int else 0
        self.inputs = inputs
        if type(travel_um) is int:
            self.travel_um = travel_um
            self.travel_bad = 0
        else:
            travel_um = self.travel_um
            self.travel_bad += 1
        cells = self.cells
        fault = cells.read(force_a_mn, force_b_mn)
        if not self.enabled:
            self._tick_idle(inputs)
            return
        if fault:
            self._trip(fault)
        if self.travel_bad >= TRAVEL_BAD_SAMPLES:
            self._trip(codes.FAULT_FOLLOWING)
        fault = self.trips.moving(cells, travel_um, self.velocity_um_per_s, now_ms)
        if fault:
            self._trip(fault)
        if inputs != codes.INPUTS_HEALTHY:
            self._stop_inputs(inputs)
        if self.state == codes.STATE_RUN:
            fault = self.trips.running(cells, travel_um, now_ms)
            if fault:
                self._trip(fault)
            if now_ms > self.lease_end_ms:
                self._trip(codes.FAULT_LEASE_EXPIRED)
            if self.state == codes.STATE_RUN:
                loop = self.loop
                self.velocity_um_per_s = (
                    loop.step(cells.force_mn, travel_um) if cells.fresh else loop.stand(cells.force_mn)
                )
                return
        if self.enabled:
            self._tick_release(travel_um)

    def _tick_release(self, travel_um: int) -> None:
        cells = self.cells
        force = cells.high_mn
        slack = self.limits[order.SLACK_FORCE] or self.config.max_slack_force_mn
        self.slack_ticks = self.slack_ticks + 1 if cells.fresh and force <= slack else 0
        if self.slack_ticks >= SLACK_SAMPLES:
            self._drive_off()
            self.state = codes.STATE_FAULT_LATCHED if self.latch.fault else codes.STATE_DONE
        elif self.release.late(force, self.now_ms):
            self._trip(codes.FAULT_RELEASE_LATE)
        else:
            velocity = self.loop.step(force, travel_um)
            self.velocity_um_per_s = velocity

    def _tick_idle(self, inputs: int) -> None:
        state = self.state
        slack = self.cells.slack(self.config.max_slack_force_mn)
        latch = self.latch
        if slack and inputs == codes.INPUTS_HEALTHY and not self.travel_bad:
            latch.healthy_ms += self.tick_ms
        else:
            latch.healthy_ms = 0
        if state == codes.STATE_BOOT and not slack and self.cells.fresh:
            if self.cells.high_mn > self.config.max_slack_force_mn:
                self.latch.set(codes.FAULT_LOADED_AT_BOOT, self.cells.high_mn, self.now_ms, state)
                self.state = codes.STATE_UNLOAD_ONLY
        elif state == codes.STATE_ARMED:
            if inputs != codes.INPUTS_HEALTHY:
                self._disarm()
                self._stop_inputs(inputs)
            elif not slack or self.now_ms - self.armed_ms >= codes.ARM_VALID_MS:
                self._disarm()

    def _stop_inputs(self, inputs: int) -> None:
        if not inputs & codes.INPUT_ESTOP_CLOSED:
            self._trip(codes.FAULT_ESTOP)
        if not inputs & codes.INPUT_PATIENT_STOP_CLOSED:
            self._trip(codes.FAULT_PATIENT_STOP)

    # ---- reactions --------------------------------------------------------------------------------------

    def _may_start(self) -> int:
        if self.latch.fault:
            return codes.RESULT_WRONG_STATE
        if self.inputs != codes.INPUTS_HEALTHY:
            return codes.RESULT_STOP_OPEN
        if not self.cells.both_good() or self.travel_bad:
            return codes.RESULT_NO_FORCE_SIGNAL
        if not self.cells.slack(self.limits[order.SLACK_FORCE]):
            return codes.RESULT_NOT_SLACK
        return codes.RESULT_OK

    def _refuse(self, result: int) -> int:
        self._trip(codes.FAULT_BAD_SETPOINT)
        return result

    def _disarm(self) -> None:
        self.nonce = 0
        self.state = codes.STATE_READY

    def _trip(self, fault: int) -> None:
        self.latch.set(fault, self.cells.high_mn, self.now_ms, self.state)
        kind = REACTIONS.get(fault, codes.STOP_OFF)
        if kind == codes.STOP_OFF or not self.cells.trusted():
            self._power_off()
        elif self.enabled:
            self._release(kind)
        else:
            self.state = codes.STATE_FAULT_LATCHED

    def _release(self, kind: int) -> None:
        state = self.state
        fast = kind == codes.STOP_FAST
        if state == codes.STATE_DUMPED or state == codes.STATE_FAST_RELEASING:
            return
        if state == codes.STATE_RELEASING and not fast:
            return
        cells = self.cells
        if not self.enabled and cells.slack(self.config.max_slack_force_mn):
            return  # nothing to take away
        if not self.enabled and not cells.fresh:
            return  # no reading to steer by, and the drive is off
        values = self.limits if self.limits[order.RELEASE_RATE] else self.caps
        rate = values[order.FAST_RELEASE_RATE] if fast else values[order.RELEASE_RATE]
        if state == codes.STATE_RELEASING:
            self.release.restart(cells.high_mn, rate, self.now_ms)
        else:
            if not self.enabled:
                self._start_unloading(values)
            self.release.start(cells.high_mn, rate, values[order.MAX_RELEASE], self.now_ms)
        self.loop.aim_release(cells.high_mn, rate)
        self.slack_ticks = 0
        self.state = codes.STATE_FAST_RELEASING if fast else codes.STATE_RELEASING

    def _start_unloading(self, values: tuple[int, ...]) -> None:
        # The drive was off under load (at power-up, or pulled by hand): nothing of a run is there to go on from.
        self.loop.start(
            self.cells.high_mn, self.travel_um, 0, values[order.RELEASE_RATE], values[order.SLACK_FORCE]
        )
        self.trips.load(values)
        self.trips.start(
            self.cells, self.travel_um, self.now_ms, values[order.MAX_SESSION], values[order.MAX_TRAVEL]
        )
        self.enabled = 1

    def _drive_off(self) -> None:
        self.enabled = 0
        self.velocity_um_per_s = 0
        self.loop.velocity = 0

    def _power_off(self) -> None:
        self._drive_off()
        self.nonce = 0
        self.dump = 1
        self.state = codes.STATE_DUMPED
