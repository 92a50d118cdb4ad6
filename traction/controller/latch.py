"""The fault latch: keeps the first cause with its force, time and state; later causes are appended."""

from traction.wire import codes

GONE_MS = 1000
FRESH_PRESS_MS = 500

# What each fault asks for, in stop kinds; a fault not listed here gets the most severe.
REACTIONS = {
    codes.FAULT_LEASE_EXPIRED: codes.STOP_RELEASE,
    codes.FAULT_STALE_ECHO: codes.STOP_RELEASE,
    codes.FAULT_BAD_SETPOINT: codes.STOP_RELEASE,
    codes.FAULT_LINK_DEGRADED: codes.STOP_RELEASE,
    codes.FAULT_OVER_FORCE: codes.STOP_FAST,
    codes.FAULT_OVER_RATE: codes.STOP_RELEASE,
    codes.FAULT_HOLD_TOO_LONG: codes.STOP_RELEASE,
    codes.FAULT_SESSION_TOO_LONG: codes.STOP_RELEASE,
    codes.FAULT_OVER_TRAVEL: codes.STOP_RELEASE,
    codes.FAULT_NEGATIVE_FORCE: codes.STOP_OFF,
    codes.FAULT_NO_TENSION: codes.STOP_RELEASE,
    codes.FAULT_CELL_RANGE: codes.STOP_RELEASE,  # on the other cell; without one, power off
    codes.FAULT_CELL_DISAGREE: codes.STOP_RELEASE,
    codes.FAULT_CELL_STUCK: codes.STOP_RELEASE,  # likewise
    codes.FAULT_FORCE_LOST: codes.STOP_OFF,
    codes.FAULT_FOLLOWING: codes.STOP_OFF,
    codes.FAULT_END_SWITCH: codes.STOP_OFF,
    codes.FAULT_SUPPLY: codes.STOP_OFF,
    codes.FAULT_RELEASE_LATE: codes.STOP_OFF,
    codes.FAULT_ESTOP: codes.STOP_FAST,
    codes.FAULT_PATIENT_STOP: codes.STOP_RELEASE,
    codes.FAULT_ESTOP_CHANNELS: codes.STOP_FAST,
    codes.FAULT_SWITCH_LET_GO: codes.STOP_RELEASE,
}

# What is broken at the table comes back until somebody mends it: three times in ten minutes is no accident.
DEFECTS = (
    codes.FAULT_NEGATIVE_FORCE,
    codes.FAULT_CELL_RANGE,
    codes.FAULT_CELL_DISAGREE,
    codes.FAULT_CELL_STUCK,
    codes.FAULT_FORCE_LOST,
    codes.FAULT_FOLLOWING,
    codes.FAULT_SUPPLY,
    codes.FAULT_RELEASE_LATE,
)
MOST_DEFECTS = 3
DEFECTS_MS = 600000


class Latch:
    """Set-dominant; cleared only by ``reset`` on a fresh press after the cause has been gone for a second.

    The third like defect within ten minutes locks it until the next power-up, at the table itself; so does an
    emergency stop of which one channel does not act.
    """

    __slots__ = (
        "defects",
        "fault",
        "force_mn",
        "healthy_ms",
        "later",
        "locked",
        "pressed_ms",
        "state",
        "time_ms",
    )

    def __init__(self) -> None:
        self.pressed_ms = -FRESH_PRESS_MS
        self.defects: list[tuple[int, int]] = []  # (fault, time in ms), of the last ten minutes
        self.locked = False
        self.clear()

    def clear(self) -> None:
        """Forget everything; only for power-up and an accepted reset."""
        self.fault = codes.FAULT_NONE
        self.force_mn = 0
        self.time_ms = 0
        self.state = codes.STATE_BOOT
        self.healthy_ms = 0
        self.later: list[tuple[int, int]] = []  # (fault, time in ms) of what followed the first cause

    def set(self, fault: int, force_mn: int, now_ms: int, state: int) -> None:
        """Latch ``fault``; the first keeps its snapshot, each later kind is appended once."""
        self.healthy_ms = 0
        if fault == codes.FAULT_ESTOP_CHANNELS:
            self.locked = True  # whether first or later: the stop itself is broken
        if self.fault == codes.FAULT_NONE:
            self.fault = fault
            self.force_mn = force_mn
            self.time_ms = now_ms
            self.state = state
            if fault in DEFECTS:
                self._count(fault, now_ms)
        elif fault != self.fault:
            for known in self.later:
                if known[0] == fault:
                    return
            self.later.append((fault, now_ms))

    def _count(self, fault: int, now_ms: int) -> None:
        self.defects = [one for one in self.defects if now_ms - one[1] <= DEFECTS_MS]
        self.defects.append((fault, now_ms))
        if len([one for one in self.defects if one[0] == fault]) >= MOST_DEFECTS:
            self.locked = True

    def may_reset(self, fault: int, now_ms: int) -> int:
        """Return RESULT_OK when a reset of ``fault`` pressed now clears the latch, else why not."""
        held = now_ms - self.pressed_ms < FRESH_PRESS_MS
        self.pressed_ms = now_ms
        if type(fault) is not int or fault != self.fault:
            return codes.RESULT_WRONG_FAULT
        if self.locked:
            return codes.RESULT_LOCKED_OUT
        if held:
            return codes.RESULT_RESET_HELD
        if self.healthy_ms < GONE_MS:
            return codes.RESULT_CAUSE_PRESENT
        return codes.RESULT_OK
