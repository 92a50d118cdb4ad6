"""The host's end of the wire, without any line: bytes and times in, frames and facts out. Raises nothing.

It hears only frames of its own session, drops what is damaged, repeated or overtaken, and keeps the newest
sample. What it learns stands in its public attributes; what to do about it is the driver's business.
"""

from __future__ import annotations

from typing import Final

from traction.wire import codes, frame, messages

BURST: Final = 3
BURST_US: Final = 1_000_000
MOST_BAD: Final = 5
MOST_BAD_US: Final = 3_600_000_000
"""The third bad frame within a second, or the fifth within an hour, of a run is no chance any more.

The fifth in an hour keeps the rate of undetected ones at 4 / h x 2^-32 = 9e-10 / h, whatever the line does.
"""

FIRST_BYTES: Final = 60
"""So much of what came first is kept, to say what is on a line where no controller answers."""

U32: Final = messages.U32


class HostLink:
    """One session of a host: from its hello under ``token`` (1 to 2^32 - 1) to the end of the link.

    ``identity`` is what IDENTITY said, header included, or None; ``sample`` that of the newest TELEMETRY, and
    ``sample_us`` when it had come; ``channels`` those of the newest CHANNELS, without the sample's number.
    ``reply`` is (letter, values) that answers the frame named by ``expect``; ``refused`` the result by which
    the controller has refused a set-point, 0 while it has not; ``fault`` the newest FAULT. ``bad`` counts bad
    frames, ``degraded`` says they were too many in a run. ``heard`` counts sound frames of anybody,
    ``received`` bytes; ``first`` are the first of them. ``other_version`` says that a frame of another major
    version came, ``follows`` that a sample came after the reply; ``restarted`` and ``replaced`` are the boot
    id or token of a controller that has left us.
    """

    __slots__ = (
        "_bad_us",
        "_expected",
        "_last",
        "_number",
        "_splitter",
        "bad",
        "channels",
        "degraded",
        "fault",
        "first",
        "follows",
        "heard",
        "identity",
        "other_version",
        "received",
        "refused",
        "replaced",
        "reply",
        "restarted",
        "sample",
        "sample_us",
        "token",
    )

    def __init__(self, token: int) -> None:
        self.token = token
        self._splitter = frame.Splitter()
        self._number = 0
        self._last = 0
        self._expected = 0
        self._bad_us: tuple[int, ...] = ()
        self.identity: tuple[int, ...] | None = None
        self.sample: tuple[int, ...] | None = None
        self.sample_us = 0
        self.channels: tuple[int, ...] = ()
        self.reply: tuple[str, tuple[int, ...]] | None = None
        self.fault: tuple[int, ...] | None = None
        self.bad = self.refused = self.heard = self.received = 0
        self.degraded = self.other_version = self.follows = False
        self.restarted: int | None = None
        self.replaced: int | None = None
        self.first = b""

    # ---- out ----------------------------------------------------------------------------------------

    def make(self, letter: str, values: tuple[int, ...], now_us: int) -> bytes:
        """Return the frame of a message of ours; its number is one more than that of the one before."""
        self._number += 1
        return frame.encode(letter, (self.token, self._number & U32, now_us // 1000 & U32, *values))

    def hello(self, now_us: int) -> bytes:
        """Return the frame that begins the session."""
        return self.expect(messages.HELLO, (messages.MINOR, messages.definition()), now_us)

    def expect(self, letter: str, values: tuple[int, ...], now_us: int) -> bytes:
        """Return the frame of a message that is answered; ``reply`` is None until the answer has come."""
        self.reply = None
        self.follows = False
        made = self.make(letter, values, now_us)
        self._expected = self._number
        return made

    # ---- in -----------------------------------------------------------------------------------------

    def receive(self, data: bytes, now_us: int) -> None:
        """Take bytes as they came, read at ``now_us`` on the host's clock."""
        if not data:
            return
        if len(self.first) < FIRST_BYTES:
            self.first += data[: FIRST_BYTES - len(self.first)]
        self.received += len(data)
        splitter = self._splitter
        noise = splitter.noise
        lines = splitter.feed(data)
        for _ in range(splitter.noise - noise):
            self._count_bad(now_us)
        for line in lines:
            self._line(line, now_us)

    def _count_bad(self, now_us: int) -> None:
        self.bad += 1
        if self.sample is None or self.sample[5] != codes.STATE_RUN:
            return
        times = self._bad_us = (*self._bad_us[1 - MOST_BAD :], now_us)
        burst = len(times) >= BURST and now_us - times[-BURST] <= BURST_US
        if burst or (len(times) == MOST_BAD and now_us - times[0] <= MOST_BAD_US):
            self.degraded = True

    def _line(self, line: bytes, now_us: int) -> None:
        problem = frame.problem(line)
        if problem:
            if problem == frame.BAD_VERSION:
                self.other_version = True
            self._count_bad(now_us)
            return
        found = frame.decode(line)
        if found is None or not messages.fits(found[0], found[1], messages.TO_HOST):
            self._count_bad(now_us)
            return
        letter, values = found
        self.heard += 1
        if values[0] != self.token:
            self._foreign(letter, values)
        elif values[1] <= self._last:
            self._count_bad(now_us)
        else:
            self._last = values[1]
            self._take(letter, values, now_us)

    def _foreign(self, letter: str, values: tuple[int, ...]) -> None:
        # Once our hello was answered the controller speaks to us only; one that says samples to somebody else
        # has begun again, or has begun another session.
        if letter != messages.TELEMETRY or self.identity is None:
            return
        if values[3] != self.identity[3]:
            self.restarted = values[3]
        else:
            self.replaced = values[0]

    def _take(self, letter: str, values: tuple[int, ...], now_us: int) -> None:
        if letter == messages.TELEMETRY:
            self.sample = values
            self.sample_us = now_us
            self.follows = self.reply is not None
        elif letter == messages.CHANNELS:
            self.channels = values[4:]
        elif letter == messages.ANSWER:
            if values[3] == self._expected:
                self.reply = letter, values[3:]
            elif values[4] != codes.RESULT_OK and self.identity is not None:
                self.refused = values[4]
        elif letter == messages.IDENTITY:
            self.identity = values
        elif letter == messages.FAULT:
            self.fault = values[3:]
        else:  # READ_BACK and NONCE name no frame: one is asked for at a time, and in order
            self.reply = letter, values[3:]
