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

# Set-point modes
MODE_FORCE = 0  # follow target_mn
MODE_POSITION = 1  # keep the carriage where it is; the force sags as tissue creeps

# Input bits: 1 = the normally-closed loop is closed (healthy)
INPUT_ESTOP_CLOSED = 1
INPUT_PATIENT_STOP_CLOSED = 2
INPUTS_HEALTHY = INPUT_ESTOP_CLOSED | INPUT_PATIENT_STOP_CLOSED

# Fault numbers, latched by the controller; 0 = none
FAULT_NONE = 0
FAULT_LEASE_EXPIRED = 101
FAULT_STALE_ECHO = 102
FAULT_BAD_SETPOINT = 103
FAULT_OVER_FORCE = 201
FAULT_OVER_RATE = 202
FAULT_HOLD_TOO_LONG = 203
FAULT_SESSION_TOO_LONG = 204
FAULT_OVER_TRAVEL = 205
FAULT_NEGATIVE_FORCE = 206
FAULT_CELL_RANGE = 301
FAULT_CELL_DISAGREE = 302
FAULT_CELL_STUCK = 303
FAULT_FORCE_LOST = 304
FAULT_FOLLOWING = 305
FAULT_RELEASE_LATE = 401
FAULT_ESTOP = 402
FAULT_PATIENT_STOP = 403
FAULT_LOADED_AT_BOOT = 404

FAULT_NAMES = {
    FAULT_NONE: "none",
    FAULT_LEASE_EXPIRED: "lease expired",
    FAULT_STALE_ECHO: "set-point echoes stale telemetry",
    FAULT_BAD_SETPOINT: "set-point outside the loaded limits",
    FAULT_OVER_FORCE: "force above the cap",
    FAULT_OVER_RATE: "force rising too fast",
    FAULT_HOLD_TOO_LONG: "one hold too long",
    FAULT_SESSION_TOO_LONG: "session too long",
    FAULT_OVER_TRAVEL: "travel above the cap",
    FAULT_NEGATIVE_FORCE: "force reads negative",
    FAULT_CELL_RANGE: "load cell out of range",
    FAULT_CELL_DISAGREE: "load cells disagree",
    FAULT_CELL_STUCK: "load cell stuck",
    FAULT_FORCE_LOST: "force dropped uncommanded",
    FAULT_FOLLOWING: "drive does not follow",
    FAULT_RELEASE_LATE: "release behind its line",
    FAULT_ESTOP: "emergency stop open",
    FAULT_PATIENT_STOP: "patient stop open",
    FAULT_LOADED_AT_BOOT: "loaded at start-up",
}
