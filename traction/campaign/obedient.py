"""A table without a safety of its own: it does what it is told, over the same body, or plays one trick.

Only the campaign can make one, for hosts that stand alone before it. It follows every set-point for as
long as nobody tells it to stop, knows no trip, lease, cap or latch, and does not look at its stop inputs.
A trick is what it says or does wrong from a moment on; ``TRICKS`` states what a host alone owes to each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from traction.campaign.history import Asked, History
from traction.campaign.hosts import HostSim
from traction.controller import motion as drive
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.release import ReleaseLine
from traction.drivers.base import StopKind, Telemetry
from traction.wire import codes

STOPPED: Final = "stopped"
TRICK: Final = "trick"
FOR_EVER_MS: Final = 1 << 40


class _NoLine(ReleaseLine):
    """A release that is never late."""

    __slots__ = ()

    def late(self, force_mn: int, now_ms: int) -> bool:
        """Never."""
        del force_mn, now_ms
        return False


class Obedient(Controller):
    """Follows, releases when told, judges nothing. ``deaf`` hears only a power-off, ``slow`` hardly moves."""

    __slots__ = ("deaf", "pulls", "slow")

    def __init__(self, config: ControllerConfig) -> None:
        super().__init__(config)
        self.deaf = self.slow = self.pulls = False
        self.motion.release = _NoLine(config)

    def go(self, nonce: int) -> int:
        """Start by any number."""
        del nonce
        return super().go(self.session.nonce)

    def setpoint(self, target_mn: int, rate_mn_per_s: int, mode: int, lease_ms: int, echo_seq: int) -> int:
        """Take it as it is."""
        del lease_ms, echo_seq
        if self.state == codes.STATE_RUN:
            self.lease_end_ms = FOR_EVER_MS
            self.motion.loop.aim(target_mn, rate_mn_per_s, mode)
        return codes.RESULT_OK

    def stop(self, kind: int) -> int:
        """Release, unless it is deaf to that."""
        if self.deaf and kind != codes.STOP_OFF and self.state == codes.STATE_RUN:
            return codes.RESULT_OK
        return super().stop(kind)

    def tick(
        self, force_a_mn: int | None, force_b_mn: int | None, travel_um: int | None, inputs: int | None
    ) -> None:
        """Move as told, whatever is read."""
        self.seq += 1
        self.now_ms += self.tick_ms
        self._take_inputs(inputs)
        self.travel_um = travel_um if type(travel_um) is int else self.travel_um
        self.cells.read(force_a_mn, force_b_mn)
        self.cells.trust()
        motion = self.motion
        if not motion.enabled:
            return
        if self.state == codes.STATE_RUN:
            motion.velocity_um_per_s = motion.loop.step(self.cells.force_mn, self.travel_um)
            if self.pulls:
                motion.velocity_um_per_s = self.config.pull_um_per_s
        elif motion.unload(self.travel_um, self.now_ms) == drive.SLACK:
            motion.off()
            self.state = codes.STATE_DONE
        elif self.slow:
            motion.velocity_um_per_s //= 20

    def _trip(self, fault: int) -> None:
        del fault

    def _may_start(self) -> int:
        return codes.RESULT_OK


@dataclass(frozen=True, slots=True)
class Trick:
    """What a table does wrong: with its telemetry or itself; a host has stopped by ``kind`` within so long.

    ``told`` makes a false sample of a true one, given the ms since the trick began, the newest true sample
    before it, and the limits. ``does`` names a flag of ``Obedient``. ``within_ms`` None: only the force says.
    """

    within_ms: int | None
    kind: StopKind = StopKind.RELEASE
    told: Callable[[Telemetry, int, Telemetry, int], Any] | None = None
    does: str = ""


SAMPLE_MS: Final = 20
ONE: Final = SAMPLE_MS + 20
"""A host sees a sample every 20 ms, and answers it in the same tick."""
THREE: Final = 3 * SAMPLE_MS + 20
SLOPE_MN_PER_MS: Final = 400
NOTHING: Final = codes.FORCE_INVALID_MN
SLIPS: Final = "slips"
SLIP_UM_PER_MS: Final = 20
"""Four times as fast as a table pulls; what is owed is said in ``lone_slips``: it depends on the force."""


def _set(**values: Any) -> Callable[[Telemetry, int, Telemetry, int], Telemetry]:
    return lambda now, _ms, _before, _cap: now._replace(**values)


def _shifted(a_mn: int, b_mn: int) -> Callable[[Telemetry, int, Telemetry, int], Telemetry]:
    return lambda now, _ms, _before, _cap: now._replace(
        force_mn=now.force_mn + a_mn, force_b_mn=now.force_b_mn + b_mn
    )


def _above(share: float, extra_mn: int) -> Callable[[Telemetry, int, Telemetry, int], Telemetry]:
    def told(now: Telemetry, _ms: int, _before: Telemetry, cap_mn: int) -> Telemetry:
        reading = int(share * cap_mn) + extra_mn
        # noise of both cells goes on, or they would be stuck
        return now._replace(force_mn=reading + now.force_mn % 97, force_b_mn=reading + now.force_b_mn % 89)

    return told


def _slope(now: Telemetry, ms: int, before: Telemetry, cap_mn: int) -> Telemetry:
    del cap_mn
    rise = SLOPE_MN_PER_MS * ms
    return now._replace(
        force_mn=before.force_mn + rise + now.force_mn % 97, force_b_mn=before.force_b_mn + rise
    )


def _stuck(now: Telemetry, _ms: int, before: Telemetry, _cap: int) -> Telemetry:
    return now._replace(force_mn=before.force_mn, force_b_mn=before.force_b_mn)


def _early(now: Telemetry, _ms: int, _before: Telemetry, _cap: int) -> Telemetry:
    return now._replace(received_us=now.received_us + 9)


def _fraction(now: Telemetry, _ms: int, _before: Telemetry, _cap: int) -> Telemetry:
    return now._replace(force_b_mn=float(now.force_b_mn))  # type: ignore[arg-type]


def _again(now: Telemetry, _ms: int, before: Telemetry, _cap: int) -> Telemetry:
    return before._replace(received_us=now.received_us)


TRICKS: Final = MappingProxyType(
    {
        "pulls": Trick(None, does="pulls"),
        "deaf": Trick(None, does="deaf"),
        "slow": Trick(None, does="slow"),
        "a fault that it names": Trick(ONE, told=_set(fault=codes.FAULT_CELL_DISAGREE)),
        "ready": Trick(ONE, told=_set(state=codes.STATE_READY)),
        "done": Trick(ONE, told=_set(state=codes.STATE_DONE)),
        "no such state": Trick(ONE, told=_set(state=99)),
        "estop": Trick(
            ONE, StopKind.FAST, told=_set(inputs=codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_A_CLOSED)
        ),
        "patient stop": Trick(
            ONE, told=_set(inputs=codes.INPUTS_HEALTHY & ~codes.INPUT_PATIENT_STOP_CLOSED)
        ),
        "supply": Trick(ONE, StopKind.OFF, told=_set(inputs=codes.INPUTS_HEALTHY & ~codes.INPUT_SUPPLY_GOOD)),
        "another boot": Trick(ONE, told=lambda now, _ms, _b, _c: now._replace(boot_id=now.boot_id ^ 1)),
        "the same again": Trick(260, told=_again),
        "old": Trick(260, told=lambda _now, _ms, before, _c: before),
        "of the future": Trick(ONE, told=_early),
        "clock back": Trick(
            260, told=lambda now, _ms, _b, _c: now._replace(controller_ms=now.controller_ms - 600)
        ),
        "clock ahead": Trick(
            ONE, told=lambda now, _ms, _b, _c: now._replace(controller_ms=now.controller_ms + 1500)
        ),
        "clock fast": Trick(
            4000, told=lambda now, ms, _b, _c: now._replace(controller_ms=now.controller_ms + ms // 2)
        ),
        "no number": Trick(ONE, told=_set(force_mn=float("nan"))),
        "a fraction": Trick(ONE, told=_fraction),
        "nothing": Trick(ONE, told=_set(travel_um=None)),
        "too long a number": Trick(ONE, told=_set(travel_um=1 << 70)),
        "pushes": Trick(THREE, told=_set(force_mn=-6500, force_b_mn=-6400)),
        "pushes hard": Trick(ONE, StopKind.OFF, told=_set(force_mn=-25_000, force_b_mn=-25_500)),
        "apart": Trick(620, told=_shifted(0, 45_000)),
        # the host's own trip is 3 % and 4 N above the limit: six times 0.5 N of noise, and a count of 1 N
        "a little above": Trick(THREE, StopKind.FAST, told=_above(1.03, 4100)),
        "far above": Trick(ONE, StopKind.FAST, told=_above(1.15, 16_000)),
        "steep": Trick(260, told=_slope),
        "no cell": Trick(ONE, StopKind.OFF, told=_set(force_mn=NOTHING, force_b_mn=NOTHING)),
        "one cell": Trick(THREE, told=_set(force_b_mn=NOTHING)),
        "far away": Trick(ONE, told=_set(travel_um=125_000)),
        SLIPS: Trick(
            None, told=lambda now, ms, _b, _c: now._replace(travel_um=now.travel_um + SLIP_UM_PER_MS * ms)
        ),
    }
)  # fmt: skip


class LoneSim(HostSim):
    """The simulated table with an obedient controller, as a driver."""

    __slots__ = ("_before", "_cap_mn", "_history", "_name", "_since", "_trick", "_trick_ms")

    def play(self, trick: str, history: History, cap_mn: int) -> None:
        """Be obedient; ``trick`` is NAME@MS from the start, or ""."""
        self._controller = Obedient(self._controller.config)
        self._history = history
        self._cap_mn = cap_mn
        self._name, _, at_ms = trick.partition("@")
        self._trick = TRICKS[self._name] if trick else None
        self._trick_ms = int(at_ms or 0)
        self._since: int | None = None  # the index at which it began
        self._before: Telemetry | None = None

    def poll(self) -> Telemetry:
        """Return the newest sample, true or not."""
        sample = super().poll()
        trick, history = self._trick, self._history
        if trick is None or history.start is None:
            return sample
        ms = (history.ticks - history.start) * 10 - self._trick_ms
        if ms < 0 or self._before is None:
            self._before = sample
            return sample
        if self._since is None:
            self._since = history.ticks - 1
            if self._controller.state == codes.STATE_RUN and trick.within_ms is not None:
                history.asked.append(Asked(self._since, TRICK, self._name, False))
            if trick.does:
                setattr(self._controller, trick.does, True)
        if trick.told is None:
            return sample
        told: Telemetry = trick.told(sample, ms, self._before, self._cap_mn)
        return told

    def stop(self, kind: StopKind) -> None:
        """Note it, and stop."""
        self._history.asked.append(Asked(self._history.ticks - 1, STOPPED, kind.name, True))
        super().stop(kind)
