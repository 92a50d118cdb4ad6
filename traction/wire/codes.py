"""The numbers both ends share: controller states, stop kinds, set-point modes, inputs and fault numbers.

Board-safe: plain integers, no imports. A number, once given, is never given again.
"""

# Controller states. OFF differs from holding 0 N: the drive is not powered.
STATE_BOOT = 0  # after power-up: latched, drive off, no limits
STATE_IDENTIFIED = 1  # a host has said hello; drive off, no limits
STATE_READY = 2  # limits loaded and read back; drive off
STATE_ARMED = 3  # one GO with the right nonce starts; drive off
STATE_RUN = 4  # follows leased set-points
STATE_RELEASING = 5  # controlled release at the release rate (S1)
STATE_FAST_RELEASING = 6  # release at the fast rate (S1F)
STATE_DUMPED = 7  # power off, power-less release open (S0)
STATE_DONE = 8  # slack after an ordinary release; drive off
STATE_FAULT_LATCHED = 9  # a safety reaction ended; only a reset edge at slack with the cause gone leaves it
STATE_UNLOAD_ONLY = 10  # booted under load: only motion that lowers the force

STATE_NAMES = (
    "BOOT",
    "IDENTIFIED",
    "READY",
    "ARMED",
    "RUN",
    "RELEASING",
    "FAST_RELEASING",
    "DUMPED",
    "DONE",
    "FAULT_LATCHED",
    "UNLOAD_ONLY",
)

# Stop kinds, ever more severe; a running reaction is never lowered.
STOP_RELEASE = 1
STOP_FAST = 2
STOP_OFF = 3

STOP_NAMES = {STOP_RELEASE: "release", STOP_FAST: "fast release", STOP_OFF: "power off"}

# Set-point modes
MODE_FORCE = 0  # follow target_mn
MODE_POSITION = 1  # keep the carriage where it is; the force sags as tissue creeps

# Input bits: 1 = the normally-closed loop is closed, or the supply is good (healthy)
INPUT_ESTOP_A_CLOSED = 1
INPUT_PATIENT_STOP_CLOSED = 2
INPUT_ESTOP_B_CLOSED = 4
INPUT_PULL_END_CLOSED = 8
INPUT_SLACK_END_CLOSED = 16
INPUT_SUPPLY_GOOD = 32
INPUT_SWITCH_HELD = 64  # the enabling switch, normally open: no part of what is healthy
INPUT_EASE_PRESSED = 128  # the patient's button to ease off, normally open: no part of it either
INPUTS_OF_BUTTONS = INPUT_SWITCH_HELD | INPUT_EASE_PRESSED
INPUT_ESTOP_CLOSED = INPUT_ESTOP_A_CLOSED | INPUT_ESTOP_B_CLOSED  # both channels; either open is a press
INPUT_ENDS_CLOSED = INPUT_PULL_END_CLOSED | INPUT_SLACK_END_CLOSED
INPUTS_HEALTHY = INPUT_ESTOP_CLOSED | INPUT_PATIENT_STOP_CLOSED | INPUT_ENDS_CLOSED | INPUT_SUPPLY_GOOD

# Fault numbers, latched by the controller; 0 = none
FAULT_NONE = 0
FAULT_LEASE_EXPIRED = 101
FAULT_STALE_ECHO = 102
FAULT_BAD_SETPOINT = 103
FAULT_LINK_DEGRADED = 105
FAULT_OVER_FORCE = 201
FAULT_OVER_RATE = 202
FAULT_HOLD_TOO_LONG = 203
FAULT_SESSION_TOO_LONG = 204
FAULT_OVER_TRAVEL = 205
FAULT_NEGATIVE_FORCE = 206
FAULT_NO_TENSION = 207
FAULT_CELL_RANGE = 301
FAULT_CELL_DISAGREE = 302
FAULT_CELL_STUCK = 303
FAULT_FORCE_LOST = 304
FAULT_FOLLOWING = 305
FAULT_END_SWITCH = 306
FAULT_SUPPLY = 307
FAULT_RELEASE_LATE = 401
FAULT_ESTOP = 402
FAULT_PATIENT_STOP = 403
FAULT_LOADED_AT_BOOT = 404
FAULT_ESTOP_CHANNELS = 405
FAULT_SWITCH_LET_GO = 406

FAULT_NAMES = {
    FAULT_NONE: "none",
    FAULT_LEASE_EXPIRED: "lease expired",
    FAULT_STALE_ECHO: "set-point echoes stale telemetry",
    FAULT_BAD_SETPOINT: "set-point outside the loaded limits",
    FAULT_LINK_DEGRADED: "too many damaged frames on the link",
    FAULT_OVER_FORCE: "force above the cap",
    FAULT_OVER_RATE: "force changing too fast",
    FAULT_HOLD_TOO_LONG: "one hold too long",
    FAULT_SESSION_TOO_LONG: "session too long",
    FAULT_OVER_TRAVEL: "travel above the cap",
    FAULT_NEGATIVE_FORCE: "force reads negative",
    FAULT_NO_TENSION: "the carriage pulls and no force comes",
    FAULT_CELL_RANGE: "load cell out of range",
    FAULT_CELL_DISAGREE: "load cells disagree",
    FAULT_CELL_STUCK: "load cell stuck",
    FAULT_FORCE_LOST: "force dropped uncommanded",
    FAULT_FOLLOWING: "drive does not follow",
    FAULT_END_SWITCH: "end switch open",
    FAULT_SUPPLY: "supply too low",
    FAULT_RELEASE_LATE: "release behind its line",
    FAULT_ESTOP: "emergency stop open",
    FAULT_PATIENT_STOP: "patient stop open",
    FAULT_LOADED_AT_BOOT: "loaded at start-up",
    FAULT_ESTOP_CHANNELS: "channels of the emergency stop differ",
    FAULT_SWITCH_LET_GO: "enabling switch let go",
}

# Drive types: what the drive does when its power goes
DRIVE_BACK_DRIVABLE = 0  # lets go
DRIVE_SELF_LOCKING = 1  # keeps the force trapped until the power-less release opens

DRIVE_NAMES = ("back-drivable", "self-locking")

# Regions of the body, as told by the fitted adaptor
REGION_LUMBAR = 0
REGION_CERVICAL = 1

REGION_NAMES = ("lumbar", "cervical")

# What a load cell that gave no usable reading is reported as: no table makes this force
FORCE_INVALID_MN = -2147483648

# Lease and arm
LEASE_MAX_MS = 250
ECHO_MAX_AGE_MS = 200
ARM_VALID_MS = 30000

# Answers of the controller to a verb: 0 = done, anything else = refused and why
RESULT_OK = 0
RESULT_WRONG_STATE = 1
RESULT_BUSY = 2
RESULT_BAD_VALUE = 3
RESULT_LIMIT_MISSING = 4
RESULT_LIMIT_ABOVE_CAP = 5
RESULT_LIMIT_LOOSENED = 6
RESULT_RELEASE_TOO_SLOW = 7
RESULT_NO_FORCE_SIGNAL = 8
RESULT_NOT_SLACK = 9
RESULT_STOP_OPEN = 10
RESULT_WRONG_NONCE = 11
RESULT_NONCES_USED_UP = 12
RESULT_STALE_ECHO = 13
RESULT_BAD_LEASE = 14
RESULT_BAD_MODE = 15
RESULT_OUTSIDE_LIMITS = 16
RESULT_WRONG_FAULT = 17
RESULT_CAUSE_PRESENT = 18
RESULT_RESET_HELD = 19
RESULT_OUT_OF_ORDER = 20
RESULT_WRONG_VERSION = 21
RESULT_WRONG_LIMITS = 22
RESULT_ON_TOO_LONG = 23
RESULT_LOCKED_OUT = 24
RESULT_STOPS_UNTRIED = 25
RESULT_SWITCH_OPEN = 26
RESULT_SWITCH_STUCK = 27

RESULT_NAMES = {
    RESULT_OK: "done",
    RESULT_WRONG_STATE: "not in this state",
    RESULT_BUSY: "another session is armed or moving",
    RESULT_BAD_VALUE: "a value of the wrong kind",
    RESULT_LIMIT_MISSING: "a limit is missing or zero",
    RESULT_LIMIT_ABOVE_CAP: "a limit is looser than the controller's own cap",
    RESULT_LIMIT_LOOSENED: "a limit is looser than one loaded before in this session",
    RESULT_RELEASE_TOO_SLOW: "the release rate cannot bring the force cap to slack in the release time",
    RESULT_NO_FORCE_SIGNAL: "no trusted load-cell reading",
    RESULT_NOT_SLACK: "the table is not slack",
    RESULT_STOP_OPEN: "a stop loop or an end switch is open, or the supply is low",
    RESULT_WRONG_NONCE: "not the nonce of this arming",
    RESULT_NONCES_USED_UP: "armed too often since power-up",
    RESULT_STALE_ECHO: "it does not echo fresh telemetry of this power-up",
    RESULT_BAD_LEASE: "the lease is not between 1 and 250 ms",
    RESULT_BAD_MODE: "no such set-point mode",
    RESULT_OUTSIDE_LIMITS: "the set-point is outside the loaded limits",
    RESULT_WRONG_FAULT: "that fault is not the latched one",
    RESULT_CAUSE_PRESENT: "the cause has not been gone for long enough",
    RESULT_RESET_HELD: "the reset did not come as a fresh press",
    RESULT_OUT_OF_ORDER: "an older set-point arrived after a newer one",
    RESULT_WRONG_VERSION: "another version of the wire's messages",
    RESULT_WRONG_LIMITS: "not the limits that were read back and committed",
    RESULT_ON_TOO_LONG: "the controller has been on for seven weeks: switch it off and on",
    RESULT_LOCKED_OUT: "a defect came for the third time, or a stop has one: mend it, switch off and on",
    RESULT_STOPS_UNTRIED: "press and let go both stops first: nobody has tried them lately",
    RESULT_SWITCH_OPEN: "hold the enabling switch first: the table runs only while it is held",
    RESULT_SWITCH_STUCK: "let go of the enabling switch and hold it again: it was not seen open",
}
