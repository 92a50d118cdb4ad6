"""Every message of the wire: letter, direction, fields with unit and range. The one table both ends obey.

A field outside its range makes the whole frame bad; nothing is clipped. Board-safe: integers and tuples.
"""

# ruff: noqa: RUF005  MicroPython has no star in a tuple

from traction.wire import frame

# Model numbers of IDENTITY that are given so far
MODEL_EMULATED = 1  # the reference controller in front of a simulated body
MODEL_BOARD = 2  # the reference controller on a board with MicroPython

MINOR = 0  # grows when an optional message is added; the major version stands in every frame

U32 = 0xFFFFFFFF
U16 = 0xFFFF
I32 = 0x7FFFFFFF

TO_CONTROLLER = 0
TO_HOST = 1

# Letters, first those of the host, then those of the controller
HELLO = "H"
LIMITS = "L"
COMMIT = "M"
ARM = "A"
GO = "G"
SETPOINT = "S"
STOP = "X"
RESET = "R"
IDENTITY = "I"
TELEMETRY = "T"
READ_BACK = "B"
NONCE = "N"
ANSWER = "K"
FAULT = "F"
CHANNELS = "C"
LETTERS = "HLMAGSXRITBNKFC"

# What every frame begins with
HEADER = (
    ("token", "", 0, U32),  # of the session; 0 = none yet
    # strictly increasing: from the controller within a boot, from a host within its session
    ("frame", "", 1, U32),
    ("time", "ms", 0, U32),  # the sender's own clock
)
HEADER_FIELDS = 3

LIMIT_FIELDS = (
    ("max_force", "mN", 0, I32),
    ("max_rate_up", "mN/s", 0, I32),
    ("max_rate_down", "mN/s", 0, I32),
    ("max_hold", "ms", 0, I32),
    ("hold_band", "mN", 0, I32),
    ("max_session", "ms", 0, I32),
    ("max_travel", "um", 0, I32),
    ("release_rate", "mN/s", 0, I32),
    ("fast_release_rate", "mN/s", 0, I32),
    ("max_release", "ms", 0, I32),
    ("slack_force", "mN", 0, I32),
)

# What names one arming for ever: the power-up, and the number of the arming within it
START_FIELDS = (("boot", "", 1, U32), ("nonce", "", 0, U16))

# letter -> (name, direction, fields after the header)
MESSAGES = {
    HELLO: ("HELLO", TO_CONTROLLER, (("minor", "", 0, U16), ("definition", "", 0, U32))),
    LIMITS: ("LIMITS", TO_CONTROLLER, LIMIT_FIELDS),
    COMMIT: ("COMMIT", TO_CONTROLLER, (("limits_hash", "", 0, U32),)),
    ARM: ("ARM", TO_CONTROLLER, (("limits_hash", "", 0, U32),)),
    GO: ("GO", TO_CONTROLLER, START_FIELDS),
    SETPOINT: (
        "SETPOINT",
        TO_CONTROLLER,
        (
            ("target", "mN", 0, I32),
            ("rate", "mN/s", 0, I32),
            ("mode", "", 0, 1),
            ("lease", "ms", 1, 250),
            ("echo", "", 0, U32),  # the sample this command was decided on
        ),
    ),
    STOP: ("STOP", TO_CONTROLLER, (("kind", "", 1, 3),)),
    RESET: (
        "RESET",
        TO_CONTROLLER,
        (
            ("boot", "", 1, U32),
            ("fault", "", 0, U16),  # 0 = none: after a power-off that a person asked for
            ("echo", "", 0, U32),  # the sample in which the fault was seen
        ),
    ),
    IDENTITY: (
        "IDENTITY",
        TO_HOST,
        (
            ("boot", "", 1, U32),
            ("minor", "", 0, U16),
            ("definition", "", 0, U32),
            ("model", "", 0, U32),
            ("serial", "", 0, U32),
            ("firmware", "", 0, U32),  # major * 1000000 + minor * 1000 + patch
            ("must_know", "", 0, U32),  # capability bits a host must understand, or refuse
            ("may_use", "", 0, U32),  # capability bits a host may leave alone
            ("drive", "", 0, 1),
            ("region", "", 0, 1),
            ("tick", "ms", 1, 100),
            ("state", "", 0, U16),
        ),
    ),
    TELEMETRY: (
        "TELEMETRY",
        TO_HOST,
        (
            ("boot", "", 1, U32),
            ("sample", "", 1, U32),
            ("state", "", 0, U16),
            ("fault", "", 0, U16),
            ("inputs", "", 0, U16),
            ("force_a", "mN", -I32 - 1, I32),
            ("force_b", "mN", -I32 - 1, I32),
            ("travel", "um", -I32, I32),
            ("bad_frames", "", 0, U32),  # that the controller has seen since it booted
        ),
    ),
    READ_BACK: ("READ_BACK", TO_HOST, LIMIT_FIELDS + (("limits_hash", "", 0, U32),)),
    NONCE: ("NONCE", TO_HOST, START_FIELDS),
    ANSWER: ("ANSWER", TO_HOST, (("to_frame", "", 0, U32), ("result", "", 0, U16))),
    FAULT: (
        "FAULT",
        TO_HOST,
        (
            ("fault", "", 0, U16),
            ("force", "mN", -I32 - 1, I32),
            ("at", "ms", 0, U32),
            ("state", "", 0, U16),
        ),
    ),
    CHANNELS: (
        "CHANNELS",
        TO_HOST,
        (
            ("sample", "", 1, U32),
            ("true_force", "mN", -I32, I32),
            ("disc_pressure", "Pa", -I32, I32),
            ("disc_load", "mN", -I32, I32),
            ("elongation", "um", -I32, I32),
        ),
    ),
}

# Capability bits of IDENTITY
CAN_LEASE = 1  # set-points are leases
CAN_LIMIT = 2  # enforces the loaded limits and reads them back
CAN_STOP = 4  # stop inputs act on the controller itself
CAN_CHANNELS = 8  # sends CHANNELS: only a simulated table can
HOLD_TO_RUN = 16  # it runs only while its enabling switch is held
EASE_BUTTON = 32  # it tells of a button by which the patient asks for less: the host has to ease off

# A host that can do nothing else can still stop: these bytes in a row, at any moment, from anyone
PANIC_BYTE = 24  # CAN
PANIC_COUNT = 8


def definition() -> int:
    """Return the check sum of this table: two ends that differ in it do not speak the same language."""
    text = ""
    for letter in LETTERS:
        name, direction, fields = MESSAGES[letter]
        text += "%s %s %d" % (letter, name, direction)
        for field in HEADER + fields:
            text += " %s[%s]%d:%d" % field
        text += "\n"
    return frame.check_sum(text.encode())


def limits_hash(values: tuple) -> int:  # type: ignore[type-arg]
    """Return the check sum of a set of limits, by which both ends name it."""
    return frame.check_sum((",".join(["%d" % value for value in values])).encode())


def _ranges() -> dict:  # type: ignore[type-arg]
    ranges = {}
    for letter in LETTERS:
        _, direction, fields = MESSAGES[letter]
        ranges[letter] = (direction, [(field[2], field[3]) for field in HEADER + fields])
    return ranges


RANGES = _ranges()  # letter -> (direction, (lowest, highest) of each field, header first)


def fits(letter: str, values: tuple, direction: int) -> bool:  # type: ignore[type-arg]
    """Say whether ``values`` (header first) are what a message ``letter`` in this direction may carry."""
    known = RANGES.get(letter)
    if known is None or known[0] != direction or len(values) != len(known[1]):
        return False
    for index, (low, high) in enumerate(known[1]):  # noqa: SIM110  a generator costs as much again
        if not low <= values[index] <= high:
            return False
    return True
