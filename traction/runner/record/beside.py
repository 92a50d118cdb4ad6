"""The record written by a process beside the session: for real time, where the loop waits for no disk."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

from traction.errors import Problem, RecordError
from traction.runner.channel import Channel, ChannelClosed
from traction.runner.child import Child, spawn
from traction.runner.record.layout import Topic
from traction.runner.record.recorder import Recorder, create, place_of, record_error

HEADER = struct.Struct("<BqI")
"""Kind, log time in us, length of the payload that follows."""

FLUSHED = (Topic.SESSION, Topic.SAMPLES, Topic.OUTCOME)
"""The kinds that the recorder flushes to the file and confirms."""

CONFIRMED = b"flushed"
DONE = b"done"
ENTRY = "traction.runner.record.process:main"

CAPACITY_BYTES = 1 << 20
CONFIRM_WITHIN_US = 2_000_000
"""A flush that is not confirmed for this long means that the recorder or its disk hangs."""

WAIT_STEP_S = 0.1
WAIT_STEPS = 200
QUIET_STEPS = 10
"""A second of waiting needs no word; after that somebody wonders what the program does."""

WAITING = (
    "waiting for the recorder to end its file, for {:.0f} s at most; the force is down, stops change nothing"
)


class BesideOutput:
    """Send each item to the recorder process, and watch that it confirms what it flushed."""

    def __init__(self, channel: Channel, child: Child) -> None:
        self._channel = channel
        self._child = child
        self._answers = b""
        self._unconfirmed: list[int] = []  # log times of the flushes not yet confirmed, oldest first
        self._done = False
        self._tell: Callable[[str], None] | None = None

    @property
    def pid(self) -> int:
        """Return the process id of the recorder."""
        return self._child.pid

    def put(self, kind: int, log_time_us: int, payload: bytes) -> None:
        """Queue one item; raises RecordError E604 when the recorder is gone, E605 when it takes no more."""
        message = HEADER.pack(kind, log_time_us, len(payload)) + payload
        try:
            taken = self._channel.offer(message)
        except ChannelClosed as error:
            self._read()  # the recorder may have said why before it went
            raise _gone() from error
        if not taken:
            raise RecordError(Problem("E605", "the channel to the recorder is full", "room for one second"))
        if kind in FLUSHED:
            self._unconfirmed.append(log_time_us)

    def check(self, t_us: int) -> None:
        """Send what waits and read what was confirmed; raises RecordError E602 to E605."""
        try:
            self._channel.pump()
        except ChannelClosed as error:
            self._read()
            raise _gone() from error
        self._read()
        if self._unconfirmed and t_us - self._unconfirmed[0] > CONFIRM_WITHIN_US:
            found = f"the recorder has not confirmed a flush for {CONFIRM_WITHIN_US // 1000} ms"
            raise RecordError(Problem("E605", found, "one confirmation a second"))

    def wait_until_ready(self) -> None:
        """Wait for the recorder's first word; raises RecordError E604 when it does not come."""
        self._unconfirmed.append(0)  # the recorder says it is ready by confirming nothing
        for _ in range(WAIT_STEPS):
            self._read()
            if not self._unconfirmed:
                return
            self._channel.wait(WAIT_STEP_S)
        raise _gone()

    def finish(self) -> None:
        """Wait until the recorder has finished the file; raises RecordError E602 to E605."""
        try:
            for step in range(WAIT_STEPS):
                if self._done:
                    break
                if step == QUIET_STEPS:
                    self._say_waiting()
                self.check(0)
                self._channel.wait(WAIT_STEP_S)
        finally:
            ended = self._let_go()
        if not (ended and self._done):
            raise _gone()

    def abandon(self) -> None:
        """Close the channel; the recorder then ends the file where it is."""
        self._let_go()

    def on_wait(self, tell: Callable[[str], None]) -> None:
        """Remember whom to tell when ``finish`` or ``abandon`` waits for longer than a second."""
        self._tell = tell

    def _let_go(self) -> bool:
        """Close the channel and wait for the recorder to end; return whether it ended well."""
        self._channel.close()
        if not self._child.ended_within(QUIET_STEPS * WAIT_STEP_S):
            self._say_waiting()
        return self._child.end(WAIT_STEPS * WAIT_STEP_S)

    def _say_waiting(self) -> None:
        if self._tell is not None:
            tell, self._tell = self._tell, None  # once is enough
            tell(WAITING.format(WAIT_STEPS * WAIT_STEP_S))

    def kept(self) -> bytes:
        """Return nothing: the record is on disk."""
        return b""

    def _read(self) -> None:
        try:
            self._answers += self._channel.receive()
        except ChannelClosed as error:
            if not self._done:
                raise _gone() from error
        *lines, self._answers = self._answers.split(b"\n")
        for line in lines:
            self._hear(line)

    def _hear(self, line: bytes) -> None:
        if line == CONFIRMED:
            self._unconfirmed.pop(0)
        elif line == DONE:
            self._done = True
        else:
            number, _, text = line.decode().partition(" ")
            raise record_error(OSError(int(number), text))


def _gone() -> RecordError:
    return RecordError(Problem("E604", "the recorder process has ended", "the recorder beside the session"))


def record_beside(path: Path) -> tuple[Recorder, int]:
    """Create the record at ``path``, start a process that writes it, and return the recorder and its pid.

    Raises RecordError E601 or E603 where the file cannot be made, E604 where the process does not start.
    """
    descriptor = create(path)
    try:
        place = place_of(os.fstat(descriptor))
        channel, child = spawn(ENTRY, capacity_bytes=CAPACITY_BYTES, stdout=descriptor)
    except OSError as error:
        found = f"the recorder process cannot be started: {error.strerror}"
        raise RecordError(Problem("E604", found, "the recorder beside the session")) from error
    finally:
        os.close(descriptor)
    output = BesideOutput(channel, child)
    try:
        output.wait_until_ready()
    except RecordError:
        output.abandon()
        raise
    return Recorder(output, path, place), output.pid
