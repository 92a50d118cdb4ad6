"""Who works out the plan that an answer or an edit leads to: here in virtual time, beside us in real time."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from traction.errors import Problem, TractionError
from traction.runner.channel import Channel, ChannelClosed
from traction.runner.child import spawn

if TYPE_CHECKING:
    from traction.protocol.happened import Happened
    from traction.runner.child import Child
    from traction.runner.plan import SessionPlan

Work = Callable[["Happened"], "SessionPlan"]

LENGTH: Final = struct.Struct("<I")
CAPACITY_BYTES: Final = 1 << 20
READY: Final = b"ready"
GONE: Final = "E488"

LEAD_US: Final = 3_000_000
"""An edit waits for a cycle at least so far away: until then the process beside must have proved it."""

READY_STEPS: Final = 200
READY_STEP_S: Final = 0.1
END_WITHIN_S: Final = 2.0


class Replanner(Protocol):
    """Takes one question at a time: what the plan is after all that has happened."""

    @property
    def lead_us(self) -> int:
        """Return how long an answer of ours may take, in us."""
        ...

    def begin(self, happened: Happened) -> None:
        """Begin to work out the plan; never waits."""
        ...

    def result(self) -> SessionPlan | TractionError | None:
        """Return the plan, or why there is none, or None as long as it is not known; never waits."""
        ...

    def close(self) -> None:
        """Let go of whatever helps."""
        ...


class NoReplanner:
    """For a session that nothing can change."""

    lead_us = 0

    def begin(self, happened: Happened) -> None:
        """Take the question."""

    def result(self) -> TractionError:
        """Say that nobody can tell."""
        return TractionError(
            Problem(GONE, "nothing works out changes in this run", "one that was made for it")
        )

    def close(self) -> None:
        """Do nothing."""


class InlineReplanner:
    """Works it out within the tick: for virtual time, which waits for everybody."""

    lead_us = 0

    def __init__(self, work: Work) -> None:
        self._work = work
        self._result: SessionPlan | TractionError | None = None

    def begin(self, happened: Happened) -> None:
        """Work out the plan; what speaks against it becomes the result."""
        try:
            self._result = self._work(happened)
        except TractionError as error:
            self._result = error

    def result(self) -> SessionPlan | TractionError | None:
        """Return the plan or why there is none, once."""
        result, self._result = self._result, None
        return result

    def close(self) -> None:
        """Do nothing."""


class ReplannerBeside:
    """Asks a process beside the session, which has proved the same protocol before anything moved.

    When that process ends, every question has the result E488. What comes back is a plan that the proof has
    passed; that its parts belong together is looked at again here.
    """

    lead_us = LEAD_US

    def __init__(self, channel: Channel, child: Child) -> None:
        self._channel: Channel | None = channel
        self._child = child
        self._bytes = b""

    def wait_until_ready(self) -> None:
        """Wait for the first word of the process; where none comes, every question has the result E488."""
        for _ in range(READY_STEPS):
            if self._channel is None or self._message() is not None:
                return
            self.wait()
        self._let_go()

    @property
    def pid(self) -> int:
        """Return the process id of the helper."""
        return self._child.pid

    def begin(self, happened: Happened) -> None:
        """Send the question; one that does not go out has the result E488."""
        message = pickle.dumps(happened)
        self._offer(LENGTH.pack(len(message)) + message)

    def result(self) -> SessionPlan | TractionError | None:
        """Return what has come back by now."""
        message = self._message()
        if message is not None:
            told: SessionPlan | TractionError = pickle.loads(message)  # of our own process, by our own pipe
            return told if isinstance(told, TractionError) else replace(told)  # the parts are looked at again
        if self._channel is None:
            return TractionError(
                Problem(GONE, "the process that works out changes has ended", "one beside us")
            )
        return None

    def wait(self) -> None:
        """Wait a little for the process to say something; only where nothing is moving."""
        if self._channel is not None:
            self._channel.wait(READY_STEP_S)

    def close(self) -> None:
        """End the process; at slack, so waiting harms nobody."""
        self._let_go()
        self._child.end(END_WITHIN_S)

    def _offer(self, message: bytes) -> None:
        if self._channel is not None:
            try:
                taken = self._channel.offer(message)
            except ChannelClosed:
                taken = False
            if not taken:
                self._let_go()

    def _message(self) -> bytes | None:
        if self._channel is not None:
            try:
                self._channel.pump()
                self._bytes += self._channel.receive()
            except ChannelClosed:
                self._let_go()
        if len(self._bytes) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._bytes)
        end = LENGTH.size + length
        if len(self._bytes) < end:
            return None
        message, self._bytes = self._bytes[LENGTH.size : end], self._bytes[end:]
        return message

    def _let_go(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            with suppress(OSError):
                channel.close()


def replanner_beside(entry: str, job: bytes) -> ReplannerBeside:
    """Start ``module:function`` beside us with ``job`` as its first message, and wait until it is ready."""
    channel, child = spawn(entry, capacity_bytes=CAPACITY_BYTES)
    beside = ReplannerBeside(channel, child)
    beside._offer(LENGTH.pack(len(job)) + job)  # noqa: SLF001  of the same module
    beside.wait_until_ready()
    return beside
