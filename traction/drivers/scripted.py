"""A driver that plays a script: for tests of whatever drives a table, including your own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from traction.clock import Clock
from traction.drivers.base import CAPABILITIES, ControllerLimits, Identity, SetPoint, StopKind, Telemetry
from traction.errors import Problem, TableError
from traction.wire import codes

IDENTITY = Identity(
    model="scripted table",
    serial_number="SCRIPT-0",
    firmware="0",
    boot_id=1,
    drive="back-drivable",
    region="lumbar",
    simulated=True,
    tick_ms=10,
    capabilities=CAPABILITIES,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """One call as it arrived: the verb, what it carried (None where nothing), and when in us."""

    verb: str
    value: object
    at_us: int


def sample(
    seq: int,
    *,
    force_mn: int = 0,
    force_b_mn: int | None = None,
    travel_um: int = 0,
    state: int = codes.STATE_RUN,
    fault: int = codes.FAULT_NONE,
    inputs: int = codes.INPUTS_HEALTHY,
    controller_ms: int | None = None,
    boot_id: int = IDENTITY.boot_id,
    received_us: int = 0,
) -> Telemetry:
    """Return healthy telemetry number ``seq`` of a 50 Hz table in RUN, with what differs given by name."""
    return Telemetry(
        seq,
        20 * seq if controller_ms is None else controller_ms,
        boot_id,
        state,
        fault,
        inputs,
        force_mn,
        force_mn if force_b_mn is None else force_b_mn,
        travel_um,
        received_us,
        (),
    )


class ScriptedDriver:
    """Answers each ``poll`` with the next step (Telemetry, or an exception to raise); keeps what it was sent.

    Telemetry is stamped with ``clock`` when it is played. ``failures`` maps a verb to what it raises;
    ``read_back`` replaces the limits that are read back. A script that is over raises TableError E508.
    """

    __slots__ = ("_clock", "_failures", "_identity", "_nonce", "_read_back", "_steps", "sent")

    def __init__(
        self,
        steps: Iterable[Telemetry | BaseException] = (),
        *,
        clock: Clock,
        identity: Identity = IDENTITY,
        read_back: ControllerLimits | None = None,
        failures: Mapping[str, BaseException] | None = None,
    ) -> None:
        self._steps = iter(steps)
        self._clock = clock
        self._identity = identity
        self._read_back = read_back
        self._failures = dict(failures or {})
        self._nonce = 0
        self.sent: list[Sent] = []

    def verbs(self) -> list[str]:
        """Return the verbs called so far, in order, without ``poll``."""
        return [sent.verb for sent in self.sent if sent.verb != "poll"]

    def open(self) -> Identity:
        """Return the scripted identity."""
        self._note("open")
        return self._identity

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Return the limits unchanged, or the scripted read-back."""
        self._note("load_limits", limits)
        return limits if self._read_back is None else self._read_back

    def arm(self) -> int:
        """Return 1, 2, 3, ... one for each arming."""
        self._note("arm")
        self._nonce += 1
        return self._nonce

    def go(self, nonce: int) -> None:
        """Accept any nonce."""
        self._note("go", nonce)

    def setpoint(self, setpoint: SetPoint) -> None:
        """Keep the set-point."""
        self._note("setpoint", setpoint)

    def poll(self) -> Telemetry:
        """Play the next step; raises it when it is an exception, TableError E508 when there is none."""
        self._note("poll")
        step = next(self._steps, None)
        if step is None:
            raise TableError(Problem("E508", "the script is over", "no more polls than steps"))
        if isinstance(step, BaseException):
            raise step
        return step._replace(received_us=self._clock.now_us()) if type(step) is Telemetry else step

    def stop(self, kind: StopKind) -> None:
        """Keep the kind."""
        self._note("stop", kind)

    def reset(self, fault: int) -> None:
        """Keep the fault number."""
        self._note("reset", fault)

    def close(self) -> None:
        """Note that the table was let go."""
        self._note("close")

    def _note(self, verb: str, value: object = None) -> None:
        self.sent.append(Sent(verb, value, self._clock.now_us()))
        failure = self._failures.get(verb)
        if failure is not None:
            raise failure
