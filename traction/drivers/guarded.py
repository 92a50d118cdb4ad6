"""The guard around every driver: nothing reaches a table, or comes from one, unchecked.

It refuses, it never clips. Every refusal and every failure of the driver beneath asks for a release, and
ends what this guard does for good: after a failure only ``stop`` and ``close`` still do anything, after a
refusal ``poll`` too, so that the release can be watched.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from types import TracebackType
from typing import Final, NoReturn, Self

from traction.clock import Clock
from traction.drivers import checks, foreign, stages
from traction.drivers.base import (
    REFUSALS,
    ControllerLimits,
    Driver,
    Identity,
    SetPoint,
    StopKind,
    Telemetry,
)
from traction.drivers.checks import SAMPLE_TYPES
from traction.drivers.setpoints import SetPointRule
from traction.drivers.stages import ARMED, CLOSED, DEAD, LOADED, NEW, OPEN, REFUSED, RUNNING, STOPPED
from traction.errors import Problem, TableError
from traction.wire import codes

NOTHING_SEEN: Final = Telemetry(-1, 0, 0, stages.STATE_UNKNOWN, 0, 0, 0, 0, 0, 0, ())


class GuardedDriver:
    """A driver behind the guard: the only kind the registry gives and the engine takes.

    Checks order, exact integer types, limits, slope of the set-points, lease and echo on the way down,
    identity, read-back and telemetry on the way up. All verbs raise TableError (E500-E507, or the driver's
    own) except ``stop`` and ``close``, which never raise; whatever else a driver throws becomes E507. Every
    error carries a note that says whether the drive may be powered. Leaving it in any way (close, ``with``,
    an exception, garbage collection) asks for a release.
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
        "_pack",
        "_read_us",
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
        self._read_us = 0
        self._pack = checks.packer(0)
        self._seen_state = stages.STATE_UNKNOWN

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
        """Say whether the drive may be powered, as far as is known here; answers after any error too.

        What is not known counts as powered: before the first sample, and in a state without a name.
        """
        return self._seen_state not in stages.UNPOWERED

    @property
    def read_us(self) -> int:
        """Return when the newest sample had been read, us on this guard's clock (0 before the first).

        A set-point is judged as belonging to this instant; whoever makes its target takes the same.
        """
        return self._read_us

    # ---- verbs --------------------------------------------------------------------------------------

    def open(self) -> Identity:
        """Connect and say who is there."""
        self._want((NEW,), "open")
        self._stage = OPEN
        try:
            identity = checks.check_identity(self._driver.open())
        except BaseException as error:
            self._fail("open", error)
        self._identity = identity
        self._channel_types = [int] * len(identity.channels)
        self._pack = checks.packer(len(identity.channels))
        return identity

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Send ``limits``, read them back and compare; within one guard they only ever tighten."""
        self._want((OPEN, LOADED, ARMED, STOPPED), "load_limits")
        self._limits = None
        try:
            checks.check_limits(limits, self._ceiling)
        except BaseException as error:
            self._refuse(error)
        try:
            stored = self._driver.load_limits(limits)
            checks.check_read_back(limits, stored)
        except BaseException as error:
            self._fail("load_limits", error)
        self._limits = self._ceiling = limits
        self._rule.load(limits)
        self._stage = LOADED
        return stored

    def arm(self) -> int:
        """Return the single-use nonce that ``go`` must carry; only with limits read back in this session."""
        self._want((LOADED, ARMED), "arm")
        try:
            self._nonce = checks.check_nonce(self._driver.arm())
        except BaseException as error:
            self._fail("arm", error)
        self._stage = ARMED
        return self._nonce

    def go(self, nonce: int) -> None:
        """Start; ``nonce`` must be the one ``arm`` gave last."""
        self._want((ARMED,), "go")
        if type(nonce) is not int or nonce != self._nonce:
            found = f"go carries {foreign.shown(nonce)}"
            self._refuse(TableError(Problem("E502", found, "the nonce that arm() returned")))
        self._seen_state = codes.STATE_RUN  # from here on it may be powered, whatever the answer
        started_us = self._clock.now_us()
        try:
            self._driver.go(nonce)
        except BaseException as error:
            self._fail("go", error)
        self._nonce = 0
        self._rule.start(started_us)
        self._stage = RUNNING

    def setpoint(self, setpoint: SetPoint) -> None:
        """Command one leased set-point that echoes the newest sample."""
        if self._stage != RUNNING:
            self._want((RUNNING,), "setpoint")
        try:
            newest = self._newest
            self._rule.check(setpoint, self._clock.now_us(), newest[0], newest[9], self._read_us)
        except BaseException as error:
            self._refuse(error)
        try:
            self._driver.setpoint(setpoint)
        except BaseException as error:
            self._fail("setpoint", error)

    def poll(self) -> Telemetry:
        """Return the newest sample; every field of it is a whole number of at most 64 bits."""
        if self._stage != RUNNING and not OPEN <= self._stage <= REFUSED:
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
        try:
            read_us = self._clock.now_us()
        except Exception:  # no clock, no time: set-points earn nothing, but the table can still be watched
            read_us = self._read_us
        try:
            self._pack(*sample[:9], read_us - sample[9], *sample[10])  # of the time its age: that is recorded
        except struct.error:
            self._fail("poll", checks.telemetry_fault(sample))
        self._newest = sample
        self._read_us = read_us
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
        if not checks.is_whole(fault):
            self._refuse(TableError(Problem("E502", f"reset of {foreign.shown(fault)}", "a fault number")))
        try:
            self._driver.reset(fault)
        except BaseException as error:
            self._fail("reset", error)
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
        with suppress(BaseException):  # it has been asked to stop; there is nothing more to be done with it
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

    def _want(self, wanted: tuple[int, ...], verb: str) -> None:
        if self._stage in wanted:
            return
        found = f"{verb}() on a driver that is {stages.STAGES[self._stage]}"
        if self._stage >= REFUSED:
            self._tell(TableError(Problem("E500", found, "a new driver")))
        self._refuse(TableError(Problem("E501", found, f"one that is {stages.STAGES[wanted[0]]}")))

    def _refuse(self, error: BaseException) -> NoReturn:
        """End what was asked of the guard wrongly: release, and go on watching; nothing went to the table."""
        self._end(REFUSED if self._stage > NEW else DEAD)
        self._tell(error)

    def _fail(self, verb: str, error: BaseException) -> NoReturn:
        """End after what the driver threw: E507 in place of all that is not one of this project's own."""
        if foreign.is_from_outside(error):
            self._end(DEAD)  # cut off in the middle of a verb, who knows where
            self._tell(error)
        told = foreign.failure(f"{verb}() failed in the driver", error)
        answered = verb not in ("open", "poll") and told.code in REFUSALS
        self._end(REFUSED if answered else DEAD)
        self._tell(told, error)

    def _tell(self, error: BaseException, cause: BaseException | None = None) -> NoReturn:
        with suppress(BaseException):  # an error that takes no notes says what it says
            error.add_note("The drive may be powered." if self.may_be_powered else "The drive has no power.")
        if cause is None or cause is error:
            raise error
        raise error from cause

    def _end(self, stage: int) -> None:
        self._stage = stage
        self._stop_beneath(StopKind.RELEASE)

    def _stop_beneath(self, kind: StopKind) -> None:
        known = kind if type(kind) is StopKind else StopKind.RELEASE
        for _ in range(2):  # cut off by a signal it may not have gone out: once more, and only once
            try:
                self._driver.stop(known)
            except BaseException as error:
                self._stage = max(self._stage, DEAD)
                if foreign.is_from_outside(error):
                    continue
            return
