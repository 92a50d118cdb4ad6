"""The guard around every driver: nothing reaches a table, or comes from one, unchecked.

It refuses, it never clips. Every refusal and every failure of the driver beneath ends the same way: a
release is asked for, the guard is dead, and only ``stop`` and ``close`` still do anything.
"""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from traction.clock import Clock
from traction.drivers import checks
from traction.drivers.base import ControllerLimits, Driver, Identity, SetPoint, StopKind, Telemetry
from traction.drivers.setpoints import SetPointRule
from traction.errors import Problem, TableError, TractionError
from traction.wire import codes

NEW, OPEN, LOADED, ARMED, RUNNING, STOPPED, DEAD, CLOSED = range(8)
STAGES: Final = (
    "not opened yet",
    "opened without limits",
    "loaded with limits",
    "armed",
    "running",
    "stopped",
    "dead after an error",
    "closed",
)
POWERED: Final = (codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)

SAMPLE_TYPES: Final = [tuple if name == "channels" else int for name in Telemetry._fields]
NOTHING_SEEN: Final = Telemetry(-1, 0, 0, codes.STATE_BOOT, 0, 0, 0, 0, 0, 0, ())


class GuardedDriver:
    """A driver behind the guard: the only kind the registry gives and the engine takes.

    Checks order, exact integer types, limits, slope of the set-points, lease and echo on the way down,
    identity, read-back and telemetry on the way up. All verbs raise TableError (E500-E507, or the driver's
    own) except ``stop`` and ``close``, which never raise. Leaving it in any way (close, ``with``, an
    exception, garbage collection) asks for a release.
    """

    __slots__ = (
        "_ceiling",
        "_channel_types",
        "_clock",
        "_driver",
        "_identity",
        "_limits",
        "_newest",
        "_nonce",
        "_rule",
        "_seen_state",
        "_stage",
    )

    def __init__(self, driver: Driver, clock: Clock) -> None:
        self._driver = driver
        self._clock = clock
        self._stage = NEW
        self._identity: Identity | None = None
        self._limits: ControllerLimits | None = None
        self._ceiling: ControllerLimits | None = None
        self._rule = SetPointRule()
        self._channel_types: list[type] = []
        self._nonce = 0
        self._newest = NOTHING_SEEN
        self._seen_state = codes.STATE_BOOT

    @property
    def identity(self) -> Identity:
        """Return who answered ``open``; raises TableError E501 before that."""
        if self._identity is None:
            raise TableError(Problem("E501", "the driver has not been opened", "open() first"))
        return self._identity

    @property
    def limits(self) -> ControllerLimits | None:
        """Return the limits that were loaded and read back equal, if any."""
        return self._limits

    @property
    def may_be_powered(self) -> bool:
        """Say whether the drive may be powered, as far as is known here; answers after any error too."""
        return self._seen_state in POWERED

    # ---- verbs --------------------------------------------------------------------------------------

    def open(self) -> Identity:
        """Connect and say who is there."""
        self._want((NEW,), "open")
        self._stage = OPEN
        try:
            identity = checks.check_identity(self._driver.open())
        except BaseException as error:
            self._fail("open", error)
            raise
        self._identity = identity
        self._channel_types = [int] * len(identity.channels)
        return identity

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Send ``limits``, read them back and compare; within one guard they only ever tighten."""
        self._want((OPEN, LOADED, ARMED, STOPPED), "load_limits")
        self._limits = None
        try:
            checks.check_limits(limits, self._ceiling)
            stored = self._driver.load_limits(limits)
            checks.check_read_back(limits, stored)
        except BaseException as error:
            self._fail("load_limits", error)
            raise
        self._limits = self._ceiling = limits
        self._rule.load(limits)
        self._stage = LOADED
        return stored

    def arm(self) -> int:
        """Return the single-use nonce that ``go`` must carry; only with limits read back in this session."""
        self._want((LOADED, ARMED), "arm")
        try:
            nonce = self._driver.arm()
            if type(nonce) is not int or nonce <= 0:
                raise TableError(Problem("E507", f"arm answered {nonce!r}", "a positive whole number"))
        except BaseException as error:
            self._fail("arm", error)
            raise
        self._nonce = nonce
        self._stage = ARMED
        return nonce

    def go(self, nonce: int) -> None:
        """Start; ``nonce`` must be the one ``arm`` gave last."""
        self._want((ARMED,), "go")
        try:
            if type(nonce) is not int or nonce != self._nonce:
                raise TableError(Problem("E502", f"go carries {nonce!r}", "the nonce that arm() returned"))
            self._seen_state = codes.STATE_RUN  # from here on it may be powered, whatever the answer
            self._driver.go(nonce)
        except BaseException as error:
            self._fail("go", error)
            raise
        self._nonce = 0
        self._rule.start(self._clock.now_us())
        self._stage = RUNNING

    def setpoint(self, setpoint: SetPoint) -> None:
        """Command one leased set-point that echoes the newest sample."""
        if self._stage != RUNNING:
            self._want((RUNNING,), "setpoint")
        try:
            newest = self._newest
            self._rule.check(setpoint, self._clock.now_us(), newest[0], newest[9])
            self._driver.setpoint(setpoint)
        except BaseException as error:
            self._fail("setpoint", error)
            raise

    def poll(self) -> Telemetry:
        """Return the newest sample; every field of it is a whole number."""
        if self._stage != RUNNING and not OPEN <= self._stage <= STOPPED:
            self._want((OPEN,), "poll")
        try:
            sample = self._driver.poll()
            # The exact type of every value, compared as a whole: one by one takes four times the bytecodes.
            if (
                type(sample) is not Telemetry
                or [*map(type, sample)] != SAMPLE_TYPES
                or [*map(type, sample[10])] != self._channel_types
            ):
                raise checks.telemetry_fault(sample)
        except BaseException as error:
            self._fail("poll", error)
            raise
        self._newest = sample
        self._seen_state = sample[3]
        return sample

    def stop(self, kind: StopKind) -> None:
        """Begin a release or make it more severe. Never raises, needs no state, always gets through."""
        if self._stage == RUNNING or (kind == StopKind.OFF and OPEN <= self._stage <= ARMED):
            self._stage = STOPPED
        elif self._stage == ARMED:
            self._stage = LOADED
        self._nonce = 0
        self._stop_beneath(kind)

    def reset(self, fault: int) -> None:
        """Clear the latched ``fault`` of a slack table; limits must be loaded again afterwards."""
        self._want((OPEN, LOADED, ARMED, STOPPED), "reset")
        try:
            if type(fault) is not int:
                raise TableError(Problem("E502", f"reset of {fault!r}", "a fault number"))
            self._driver.reset(fault)
        except BaseException as error:
            self._fail("reset", error)
            raise
        self._limits = None
        self._stage = OPEN

    def close(self) -> None:
        """Ask for a release, then let go of the table; idempotent, never raises."""
        if self._stage == CLOSED:
            return
        opened = self._stage != NEW
        self._stage = CLOSED
        if opened:
            self._stop_beneath(StopKind.RELEASE)
        with suppress(Exception):  # it has been asked to stop; there is nothing more to be done with it
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # An __init__ that was never finished leaves nothing to close.
        if hasattr(self, "_stage"):
            self.close()

    # ---- checks and failure -------------------------------------------------------------------------

    def _want(self, stages: tuple[int, ...], verb: str) -> None:
        if self._stage in stages:
            return
        found = f"{verb}() on a driver that is {STAGES[self._stage]}"
        if self._stage >= DEAD:
            raise TableError(Problem("E500", found, "a new driver"))
        self._die()
        raise TableError(Problem("E501", found, f"one that is {STAGES[stages[0]]}"))

    def _fail(self, verb: str, error: BaseException) -> None:
        """Die; raise TableError E507 in place of an exception that is not one of this project's own."""
        self._die()
        if isinstance(error, Exception) and not isinstance(error, TractionError):
            what = f"{verb}() failed in the driver: {type(error).__name__}: {error}"
            raise TableError(Problem("E507", what)) from error

    def _die(self) -> None:
        self._stage = DEAD
        self._stop_beneath(StopKind.RELEASE)

    def _stop_beneath(self, kind: StopKind) -> None:
        try:
            self._driver.stop(kind if type(kind) is StopKind else StopKind.RELEASE)
        except Exception:
            self._stage = max(self._stage, DEAD)
