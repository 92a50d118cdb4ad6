"""The controller: states, verbs and the tick. Runs the same in the simulated table and on a board.

Call ``tick`` every ``tick_ms`` with fresh readings, then obey ``velocity_um_per_s``, ``enabled`` and
``dump``. Every verb answers at once with a codes.RESULT_* number; nothing is queued, clipped or assumed.
"""

from traction.controller import limits as order
from traction.controller import motion as drive
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.enabling import Enabling
from traction.controller.latch import REACTIONS, Latch
from traction.controller.readout import Readout
from traction.controller.session import Session
from traction.controller.tried import Tried
from traction.controller.trips import RUN_FAULTS
from traction.wire import codes

TRAVEL_BAD_SAMPLES = 3
CHANNELS_MS = 100  # the two contacts of an emergency stop may move so far apart

# What each input that is not healthy means, a person's wish first.
INPUT_FAULTS = (
    (codes.INPUT_ESTOP_CLOSED, codes.FAULT_ESTOP),
    (codes.INPUT_PATIENT_STOP_CLOSED, codes.FAULT_PATIENT_STOP),
    (codes.INPUT_ENDS_CLOSED, codes.FAULT_END_SWITCH),
    (codes.INPUT_SUPPLY_GOOD, codes.FAULT_SUPPLY),
)

# States in which a stop unloads a table whose drive is off: a force may have stayed behind there.
UNLOADABLE = (codes.STATE_UNLOAD_ONLY, codes.STATE_DONE, codes.STATE_FAULT_LATCHED)
RESETTABLE = (codes.STATE_UNLOAD_ONLY, codes.STATE_FAULT_LATCHED, codes.STATE_DUMPED)


class Controller(Readout):
    """One controller from power-up to power-off."""

    __slots__ = ("apart_ms", "enabling", "given_inputs", "lease_end_ms", "travel_bad", "tried")

    def __init__(self, config: ControllerConfig) -> None:
        cells = Cells(config)
        session = Session(order.own_caps(config), config.boot_id, config.tick_ms)
        super().__init__(config, cells, Latch(), drive.Motion(config, cells), session)
        self.lease_end_ms = 0
        self.travel_bad = 0
        self.apart_ms = 0  # for so long the channels of the emergency stop have differed
        self.given_inputs: int | None = None  # what ``inputs`` was made of
        self.tried = Tried(config)
        self.enabling = Enabling(config)

    # ---- verbs --------------------------------------------------------------------------------------

    def hello(self, token: int) -> int:
        """Begin a session under ``token`` (1 .. 2^32-1); forgets the limits of the one before."""
        if type(token) is not int or not 0 < token <= 0xFFFFFFFF:
            return codes.RESULT_BAD_VALUE
        state = self.state
        if codes.STATE_ARMED <= state <= codes.STATE_FAST_RELEASING:
            return codes.RESULT_BUSY
        if state == codes.STATE_BOOT and not self.cells.agree():
            return codes.RESULT_NO_FORCE_SIGNAL
        self.session.begin(token)
        if state <= codes.STATE_READY or state == codes.STATE_DONE:
            self.state = codes.STATE_IDENTIFIED
        return codes.RESULT_OK

    def load_limits(self, values: tuple[int, ...]) -> int:
        """Store the session's limits (order of ``controller.limits``); read them back from ``limits``."""
        if self.state == codes.STATE_ARMED:
            self._disarm()
        if self.state not in (codes.STATE_IDENTIFIED, codes.STATE_READY, codes.STATE_DONE):
            return codes.RESULT_WRONG_STATE
        result = self.session.load(values)
        if result == codes.RESULT_OK:
            self.state = codes.STATE_READY
        return result

    def arm(self) -> int:
        """Make a single-use start number, in ``nonce`` until used, disarmed or 30 s old."""
        if self.state == codes.STATE_ARMED:
            self._disarm()
        if self.state != codes.STATE_READY:
            return codes.RESULT_WRONG_STATE
        result = self._may_start()
        if result == codes.RESULT_OK:
            result = self.session.arm(self.now_ms)
        if result == codes.RESULT_OK:
            self.state = codes.STATE_ARMED
        return result

    def go(self, nonce: int) -> int:
        """Start: RUN holding 0 N under a first lease; only with this arming's nonce, slack and healthy."""
        if self.state != codes.STATE_ARMED:
            return codes.RESULT_WRONG_STATE
        if type(nonce) is not int or nonce != self.session.nonce:
            return codes.RESULT_WRONG_NONCE
        self._disarm()
        result = self._may_start()
        if result == codes.RESULT_OK:
            self.enabling.started()
            self.motion.power(0, self.travel_um, self.now_ms, self.session.limits, True)
            self.lease_end_ms = self.now_ms + codes.LEASE_MAX_MS
            self.state = codes.STATE_RUN
        return result

    def setpoint(self, target_mn: int, rate_mn_per_s: int, mode: int, lease_ms: int, echo_seq: int) -> int:
        """Renew the lease and move the goal; in RUN anything out of bounds is refused and ends the run."""
        if self.state != codes.STATE_RUN:
            return codes.RESULT_WRONG_STATE
        result = self.session.check_setpoint(target_mn, rate_mn_per_s, mode, lease_ms, echo_seq, self.seq)
        if result == codes.RESULT_OK:
            self.lease_end_ms = self.now_ms + lease_ms
            self.motion.loop.aim(target_mn, rate_mn_per_s, mode)
        elif result == codes.RESULT_STALE_ECHO:
            self._trip(codes.FAULT_STALE_ECHO)
        elif result != codes.RESULT_OUT_OF_ORDER:  # that one is a delay on the way, and is only dropped
            self._trip(codes.FAULT_BAD_SETPOINT)
        return result

    def stop(self, kind: int) -> int:
        """Release from any state (codes.STOP_*); a running release is only ever made more severe."""
        if kind == codes.STOP_OFF:
            self._power_off()
        elif self.motion.enabled:
            self._release(kind == codes.STOP_FAST)
        elif self.state == codes.STATE_ARMED:
            self._disarm()
        elif self.state in UNLOADABLE and self.cells.fresh and not self._slack():
            force = self.cells.high_mn
            self.motion.power(force, self.travel_um, self.now_ms, self.session.in_force(), False)
            self._release(kind == codes.STOP_FAST)
        return codes.RESULT_OK

    def degrade(self) -> None:
        """End a run whose link brings too many damaged frames to be believed: a controlled release."""
        if self.state == codes.STATE_RUN:
            self._trip(codes.FAULT_LINK_DEGRADED)

    def reset(self, fault: int) -> int:
        """Clear the latched ``fault``: a fresh press, its cause gone for 1 s, slack. Leads to no motion."""
        result = self.latch.may_reset(fault, self.now_ms)
        if self.state not in RESETTABLE:
            return codes.RESULT_WRONG_STATE
        if result == codes.RESULT_OK:
            self.latch.clear()
            self.cells.trust()
            self.motion.dump = 0
            self.session.forget()
            self.state = codes.STATE_IDENTIFIED if self.session.token else codes.STATE_BOOT
        return result

    # ---- the tick -----------------------------------------------------------------------------------

    def tick(
        self, force_a_mn: int | None, force_b_mn: int | None, travel_um: int | None, inputs: int | None
    ) -> None:
        """Advance one tick; forces in mN, tension positive; travel in um, pull positive; None = absent."""
        self.seq += 1
        now_ms = self.now_ms = self.now_ms + self.tick_ms
        if inputs is not self.given_inputs:
            self._take_inputs(inputs)
        enabling = self.enabling
        if enabling.asked:
            enabling.see(inputs)
        if self.easing.asked:
            self.easing.see(inputs)
        if type(travel_um) is int:
            self.travel_um = travel_um
            self.travel_bad = 0
        else:
            travel_um = self.travel_um
            self.travel_bad += 1
        cells = self.cells
        motion = self.motion
        fault = cells.read(force_a_mn, force_b_mn)
        if not motion.enabled:
            self._tick_idle()
            return
        if fault or self.travel_bad:
            self._bad_readings(fault)
        healthy = self.inputs == codes.INPUTS_HEALTHY and not enabling.let_go
        running = self.state == codes.STATE_RUN and healthy
        fault = motion.trips.judge(cells, travel_um, motion.velocity_um_per_s, now_ms, running)
        if fault or not running or now_ms > self.lease_end_ms:
            self._tick_down(fault, running)
        elif cells.fresh:
            motion.velocity_um_per_s = motion.loop.step(cells.force_mn, travel_um)
        else:  # nothing to steer by: stand still
            motion.velocity_um_per_s = motion.loop.stand(cells.force_mn)

    def _take_inputs(self, inputs: int | None) -> None:
        self.given_inputs = inputs
        self.inputs = inputs & codes.INPUTS_HEALTHY if type(inputs) is int else 0
        if self.inputs == codes.INPUTS_HEALTHY:
            self.apart_ms = 0
        if self.tried.within_ms:
            self.tried.see(self.inputs, self.now_ms)

    def _bad_readings(self, fault: int) -> None:
        if fault:
            self._trip(fault)
        if self.travel_bad >= TRAVEL_BAD_SAMPLES:
            self._trip(codes.FAULT_FOLLOWING)

    def _tick_down(self, fault: int, running: bool) -> None:
        if fault:
            self._trip(fault)
        self._stop_inputs()
        self._compare_channels()
        if self.enabling.let_go and self.state == codes.STATE_RUN:
            self._trip(codes.FAULT_SWITCH_LET_GO)
        if running and self.now_ms > self.lease_end_ms and (not fault or fault in RUN_FAULTS):
            self._trip(codes.FAULT_LEASE_EXPIRED)
        if self.motion.enabled and self.state != codes.STATE_RUN:
            self._tick_release(self.travel_um)

    def _tick_release(self, travel_um: int) -> None:
        progress = self.motion.unload(travel_um, self.now_ms)
        if progress == drive.SLACK:
            self.motion.off()
            self.state = codes.STATE_FAULT_LATCHED if self.latch.fault else codes.STATE_DONE
        elif progress == drive.LATE:
            self._trip(codes.FAULT_RELEASE_LATE)

    def _tick_idle(self) -> None:
        state = self.state
        slack = self._slack()
        if not slack or self.inputs != codes.INPUTS_HEALTHY or self.travel_bad:
            self.latch.healthy_ms = 0
            self._compare_channels()
        else:
            self.latch.healthy_ms += self.tick_ms
            if not self.latch.fault and not self.cells.simple:
                self.cells.trust()  # nothing is latched, so a cell that reads well again is believed again
        if state == codes.STATE_ARMED:
            if self.inputs != codes.INPUTS_HEALTHY:
                self._disarm()
                self._stop_inputs()
            elif not slack or self.now_ms - self.session.armed_ms >= codes.ARM_VALID_MS:
                self._disarm()
        elif state == codes.STATE_BOOT and self.cells.loaded(self.config.max_slack_force_mn):
            self.latch.set(codes.FAULT_LOADED_AT_BOOT, self.cells.high_mn, self.now_ms, state)
            self.state = codes.STATE_UNLOAD_ONLY

    # ---- conditions and reactions -------------------------------------------------------------------

    def _may_start(self) -> int:
        if self.inputs != codes.INPUTS_HEALTHY:
            return codes.RESULT_STOP_OPEN
        if not (self.cells.simple and self.cells.agree()) or self.travel_bad:
            return codes.RESULT_NO_FORCE_SIGNAL
        if not self._slack() or self.cells.below(self.config.negative_mn):
            return codes.RESULT_NOT_SLACK
        return self.enabling.may_start() if self.tried.lately(self.now_ms) else codes.RESULT_STOPS_UNTRIED

    def _stop_inputs(self) -> None:
        for bits, fault in INPUT_FAULTS:
            if self.inputs & bits != bits:
                self._trip(fault)

    def _compare_channels(self) -> None:
        # One contact that opens while the other stays closed is welded, bridged or broken: what was a stop
        # with a spare is one without, whichever of the two it is.
        closed = self.inputs & codes.INPUT_ESTOP_CLOSED
        if closed == 0 or closed == codes.INPUT_ESTOP_CLOSED:
            self.apart_ms = 0
            return
        self.apart_ms += self.tick_ms
        if self.apart_ms > CHANNELS_MS:
            self._trip(codes.FAULT_ESTOP_CHANNELS)

    def _trip(self, fault: int) -> None:
        self.latch.set(fault, self.cells.high_mn, self.now_ms, self.state)
        kind = REACTIONS.get(fault, codes.STOP_OFF)
        if kind == codes.STOP_OFF or not self.cells.trusted():
            self._power_off()  # a release needs a force signal and a drive that can be believed
        elif self.motion.enabled:
            self._release(kind == codes.STOP_FAST)
        elif self.state != codes.STATE_DUMPED:
            self.state = codes.STATE_FAULT_LATCHED

    def _release(self, fast: bool) -> None:
        state = self.state
        already = state == codes.STATE_RELEASING
        if state == codes.STATE_FAST_RELEASING or (already and not fast):
            return
        values = self.session.in_force()
        rate = values[order.FAST_RELEASE_RATE if fast else order.RELEASE_RATE]
        self.motion.begin_release(rate, values[order.MAX_RELEASE], self.now_ms, already, fast)
        self.state = codes.STATE_FAST_RELEASING if fast else codes.STATE_RELEASING

    def _disarm(self) -> None:
        self.session.nonce = 0
        self.state = codes.STATE_READY

    def _power_off(self) -> None:
        self.motion.open_dump()
        self.session.nonce = 0
        self.state = codes.STATE_DUMPED
