"""The driver interface: the host's handle on a table, whatever stands behind it.

All numbers that cross it are whole SI sub-units (mN, mN/s, um, ms); float, bool and NaN are wrong by type.
``poll``, ``setpoint`` and ``stop`` block for 10 ms at most; others may wait for an answer, up to a deadline
that the driver states. None retries by itself. After a TableError a driver is dead: make a new one.
The exceptions are E520 and E522, the controller's own refusals: the link lives, ``poll`` and ``stop`` go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

from traction.wire import codes

LEASE_MS = codes.LEASE_MAX_MS
"""How long a set-point lives without renewal (safety decision: at most this long under a dead host)."""

ECHO_MAX_AGE_MS = codes.ECHO_MAX_AGE_MS
"""A set-point must echo telemetry younger than this, so that a dead host's buffers cannot keep it alive."""


CONTROLLER_REFUSED = "E520"
"""The code of a TableError by which a driver says: the controller answered, and its answer was no."""

HAND_NEEDED = "E522"
"""The same, where somebody has to do something at the table first."""

REFUSALS = (CONTROLLER_REFUSED, HAND_NEEDED)
"""What a controller that answers, and whose link lives, may refuse a request with."""

CAPABILITIES = ("lease", "limits", "stop-inputs")
"""What a table must do by itself, whatever becomes of the host. Each is a promise of its controller:

lease: it lets go when a set-point is not renewed in time. limits: it enforces the loaded limits itself, and
reads them back. stop-inputs: the emergency stop and the patient's stop act on it directly, without the host.
"""

HOLD_TO_RUN = "hold-to-run"
"""What a table may do besides: it runs only while somebody holds its enabling switch."""

EASE_BUTTON = "ease-button"
"""Or this: it tells of a button by which the patient asks for less, and leaves the easing to the host."""

KNOWN_CAPABILITIES = (*CAPABILITIES, HOLD_TO_RUN, EASE_BUTTON)


class StopKind(IntEnum):
    """How the force is taken away, each more severe than the one before; a running one is never lowered."""

    RELEASE = codes.STOP_RELEASE
    FAST = codes.STOP_FAST
    OFF = codes.STOP_OFF


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answered, as read from the table in this session."""

    model: str
    serial_number: str
    firmware: str
    boot_id: int
    drive: str  # "back-drivable" or "self-locking"
    region: str  # of the fitted adaptor: "lumbar" or "cervical"
    simulated: bool
    tick_ms: int
    # names, with unit, of what Telemetry.channels carries: lower case, such as disc_pressure_pa
    channels: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()  # of KNOWN_CAPABILITIES; what is not named is not there


@dataclass(frozen=True, slots=True)
class ControllerLimits:
    """What the controller itself enforces for one session; whole sub-units, and 0 refuses everything."""

    max_force_mn: int
    max_rate_up_mn_per_s: int
    max_rate_down_mn_per_s: int
    max_hold_ms: int
    hold_band_mn: int
    max_session_ms: int
    max_travel_um: int
    release_rate_mn_per_s: int
    fast_release_rate_mn_per_s: int
    max_release_ms: int
    slack_force_mn: int


class SetPoint(NamedTuple):
    """One leased command. A tuple, not a dataclass: one is made every tick."""

    target_mn: int
    rate_mn_per_s: int  # the controller moves its own target no faster than this, either way
    mode: int  # codes.MODE_FORCE or codes.MODE_POSITION
    lease_ms: int
    echo_seq: int  # Telemetry.seq of the sample this command was decided on


class Telemetry(NamedTuple):
    """One sample from the controller, with the controller's own time. A tuple: one is made every tick."""

    seq: int  # strictly increasing within a boot
    controller_ms: int  # the controller's clock
    boot_id: int
    state: int  # codes.STATE_*
    fault: int  # first latched codes.FAULT_*, 0 = none
    inputs: int  # codes.INPUT_* bits
    force_mn: int  # load cell A, tension positive
    force_b_mn: int  # load cell B
    travel_um: int  # carriage, pull positive, 0 where it stood at open
    received_us: int  # host clock when this sample was taken; the host computes the age itself
    channels: tuple[int, ...]  # as named by Identity.channels


@dataclass(frozen=True, slots=True)
class TableSetup:
    """What a session knows that a simulated table needs to know where its URL does not say it.

    A real table ignores all of it: it reports its own adaptor, and its patient is not simulated.
    """

    region: str = "lumbar"
    mass_kg: float | None = None
    seed: int = 0


class Driver(Protocol):
    """The verbs every driver has. Only set-points command motion."""

    def open(self) -> Identity:
        """Connect and say who is there; raises TableError when nobody is.

        A stop signal may cut it off anywhere, by a KeyboardInterrupt; ``close`` is called after that too.
        """
        ...

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Send the session's limits and return what the controller says it stored (the read-back)."""
        ...

    def arm(self) -> int:
        """Return the single-use nonce that ``go`` must carry; valid for 30 s."""
        ...

    def go(self, nonce: int) -> None:
        """Start: the controller enters RUN holding 0 N. Raises TableError unless armed with this nonce."""
        ...

    def setpoint(self, setpoint: SetPoint) -> None:
        """Command one leased set-point; raises TableError (E520) when the controller does not take it."""
        ...

    def poll(self) -> Telemetry:
        """Return the newest sample; raises TableError when the link is lost."""
        ...

    def stop(self, kind: StopKind) -> None:
        """Begin a release or make it more severe. Never raises, needs no state, may be called repeatedly."""
        ...

    def reset(self, fault: int) -> None:
        """Clear the latched ``fault`` if its cause is gone and the table is slack, else raise TableError."""
        ...

    def close(self) -> None:
        """Stop if anything may be moving, then let go of the table; idempotent, never raises."""
        ...
