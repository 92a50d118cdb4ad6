"""The driver of a controller on the wire: ``serial:PORT?baud=115200``, ``tcp://HOST:PORT`` and others.

``poll``, ``setpoint`` and ``stop`` never wait. ``open`` waits up to OPEN_US for a controller to answer, and
``load_limits``, ``arm``, ``go`` and ``reset`` up to ANSWER_US for theirs: nothing moves while they do, or the
lease runs. Nothing is sent twice except the hello, and a lost line is never taken up again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import astuple
from typing import Final, NoReturn

from traction.clock import Clock
from traction.drivers import wire_words
from traction.drivers.base import (
    ControllerLimits,
    Identity,
    SetPoint,
    StopKind,
    TableSetup,
    Telemetry,
)
from traction.drivers.fresh import newest_sample
from traction.drivers.host import HostLink
from traction.drivers.refusals import refusal
from traction.drivers.transport import Transport
from traction.drivers.url import TableUrl
from traction.errors import Problem, TableError
from traction.wire import codes, messages

OPEN_US: Final = 3_000_000
"""A board that opening has reset is back within this time."""

ANSWER_US: Final = 200_000
HELLO_AGAIN_US: Final = 250_000
STEP_US: Final = 1_000
NONCE_BITS: Final = 16
"""The boot id and the number of the arming within it are one start number for whoever calls."""

AFTER_SAMPLE_US: Final = 5_000
_make = tuple.__new__  # as in the simulated table: by their names, eleven fields take three times as long


def open_wire(url: TableUrl, clock: Clock, setup: TableSetup) -> WireDriver:
    """Return the driver of a controller at ``url``, not opened yet.

    Raises UsageError E120-E124 for the URL, RefusedError E349 on a clock that is not real time, TableError
    E534 for a line too slow.
    """
    del setup  # a real table has its own adaptor
    connect, number = wire_words.read_url(url, clock)
    return WireDriver(connect, clock, secrets.randbelow(messages.U32) + 1, serial_number=number)


class WireDriver:
    """A session on one controller; implements ``drivers.base.Driver``.

    ``connect`` opens the line; ``token`` (1 to 2^32 - 1) must be new for each driver. ``serial_number`` is
    that of the controller that must answer, None for any.
    """

    __slots__ = (
        "_clock",
        "_connect",
        "_limits_hash",
        "_line",
        "_link",
        "_serial_number",
        "_unsent",
        "_zero_um",
    )

    def __init__(
        self,
        connect: Callable[[], Transport],
        clock: Clock,
        token: int,
        *,
        serial_number: int | None = None,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._link = HostLink(token)
        self._line: Transport | None = None
        self._serial_number = serial_number
        self._limits_hash = 0
        self._unsent = b""
        self._zero_um = 0  # where the carriage stood at open

    @property
    def link(self) -> HostLink:
        """Return the host's end of the wire, to look at."""
        return self._link

    # ---- verbs --------------------------------------------------------------------------------------

    def open(self) -> Identity:
        """Connect, say hello, and return who answers; waits up to 3 s.

        Raises TableError E530 to E533 (the port), E535 (no controller there), E531 (busy with another
        session), E536 (another version) or E537 (another controller).
        """
        self._line = self._connect()
        try:
            self._say_hello()
            if self._link.sample is not None:
                self._zero_um = self._link.sample[10]
            return wire_words.identity_of(self._link, self._serial_number)
        except BaseException:
            self._hang_up()
            raise

    def load_limits(self, limits: ControllerLimits) -> ControllerLimits:
        """Send the limits, compare what is read back by value and hash, and commit them.

        Raises TableError E520 (refused), E505 (read back different) and E538 (no answer within 200 ms).
        """
        values = astuple(limits)
        stored = self._ask(messages.LIMITS, values, "load limits", messages.READ_BACK)
        if stored[:-1] != values or stored[-1] != messages.limits_hash(values):
            raise wire_words.read_back_fault(values, stored)
        self._ask(messages.COMMIT, (stored[-1],), "commit limits", messages.ANSWER)
        self._limits_hash = stored[-1]
        return ControllerLimits(*stored[:-1])

    def arm(self) -> int:
        """Return the single-use nonce that ``go`` must carry; raises TableError E520 and E538."""
        boot, number = self._ask(messages.ARM, (self._limits_hash,), "arm", messages.NONCE)
        return boot << NONCE_BITS | number

    def go(self, nonce: int) -> None:
        """Start: RUN, holding 0 N; raises TableError E520 and E538."""
        boot, number = nonce >> NONCE_BITS, nonce & messages.U16
        if not 0 < boot <= messages.U32:
            raise TableError(Problem("E520", f"go: {nonce} is no start number", "that of arm()"))
        self._ask(messages.GO, (boot, number), "go", messages.ANSWER)
        self._link.refused = codes.RESULT_OK  # what was refused before belongs to an earlier run
        # whoever now polls every 20 ms looks a little after each sample comes, not at the same instant
        self._clock.wait_until_us(self._link.sample_us + AFTER_SAMPLE_US)

    def setpoint(self, setpoint: SetPoint) -> None:
        """Send one leased set-point; raises TableError E520 (the controller refused an earlier one), E538."""
        refused = self._link.refused
        if refused:
            raise refusal("set-point", refused)
        self._flush()
        if self._unsent:
            raise TableError(Problem("E538", "the line takes nothing more: the last frame is still unsent"))
        self._send(self._link.make(messages.SETPOINT, setpoint, self._clock.now_us()))

    def poll(self) -> Telemetry:
        """Return the newest sample; without a new one the last again, as old as it is.

        Raises TableError E537 (the controller began anew, or talks to somebody else), E538 (the line is gone)
        and E539 (too many bad frames).
        """
        link = self._link
        self._flush()
        self._listen()
        wire_words.check_standing(link)
        sample = link.sample
        if sample is None:
            raise TableError(Problem("E538", "no sample has come", "one every 20 ms"))
        _, _, ms, boot, number, state, fault, inputs, a_mn, b_mn, travel_um, _ = sample
        return _make(
            Telemetry,
            (
                number,
                ms,
                boot,
                state,
                fault,
                inputs,
                a_mn,
                b_mn,
                travel_um - self._zero_um,
                link.sample_us,
                link.channels,
            ),
        )

    def stop(self, kind: StopKind) -> None:
        """Send a stop, ahead of whatever has not gone out. Never raises, waits for nothing."""
        if self._line is None:
            return
        self._unsent = b""  # a start character begins anew: what was cut short costs only itself
        try:
            self._send(self._link.make(messages.STOP, (int(kind),), self._clock.now_us()))
        except TableError:  # the line is gone, and the controller lets go by itself
            self._unsent = b""

    def reset(self, fault: int) -> None:
        """Clear the latched ``fault``, in a sample of now; raises TableError E520 and E538."""
        if not 0 <= fault <= messages.U16:
            raise TableError(Problem("E520", f"reset: {fault} is no fault number", f"0 to {messages.U16}"))
        boot, echo = newest_sample(self._link, self._listen, self._clock)
        self._ask(messages.RESET, (boot, fault, echo), "reset", messages.ANSWER)

    def close(self) -> None:
        """Send a stop if anything may be moving, then let go of the line; idempotent, never raises."""
        sample = self._link.sample
        if self._line is not None and (sample is None or sample[5] >= codes.STATE_ARMED):
            self.stop(StopKind.RELEASE)
        self._hang_up()

    # ---- the line -----------------------------------------------------------------------------------

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _listen(self) -> None:
        line = self._line
        if line is None:
            raise TableError(Problem("E521", "the table is not open", "open it first"))
        now_us = self._clock.now_us()  # before reading: a sample is never younger than it says
        self._link.receive(line.read(), now_us)

    def _send(self, data: bytes) -> None:
        if self._line is None:
            raise TableError(Problem("E521", "the table is not open", "open it first"))
        self._unsent = data[self._line.write(data) :]

    def _flush(self) -> None:
        if self._unsent:
            self._send(self._unsent)

    def _say_hello(self) -> None:
        link, clock = self._link, self._clock
        deadline_us = clock.now_us() + OPEN_US
        self._send(link.hello(clock.now_us()))
        said_us, heard = clock.now_us(), 0
        while link.identity is None or link.sample is None:
            try:
                self._flush()
                self._listen()
            except TableError as error:
                raise wire_words.hung_up(link, error) from error
            wire_words.check_hello(link)
            now_us = clock.now_us()
            # Only to one that speaks: it was not there yet, or was in the middle of something.
            if link.identity is None and link.heard > heard and now_us - said_us >= HELLO_AGAIN_US:
                self._send(link.hello(now_us))
                said_us, heard = now_us, link.heard
            if now_us >= deadline_us:
                raise wire_words.silence(link)
            if link.identity is None or link.sample is None:
                clock.wait_until_us(now_us + STEP_US)

    def _ask(self, letter: str, values: tuple[int, ...], verb: str, answer: str) -> tuple[int, ...]:
        """Send a message and return what came back as ``answer``, waiting up to 200 ms for it.

        And for the next sample, so that ``poll`` shows what the message has changed.
        """
        clock, link = self._clock, self._link
        self._flush()
        now_us = clock.now_us()
        self._send(link.expect(letter, values, now_us))
        deadline_us = now_us + ANSWER_US
        while True:
            self._flush()
            self._listen()
            if link.reply is not None and (link.follows or not _is_done(link.reply)):
                break
            wire_words.check_standing(link)
            now_us = clock.now_us()
            if now_us >= deadline_us:
                found = f"no answer to {verb} within {ANSWER_US // 1000} ms"
                raise TableError(Problem("E538", found, "an answer to every request"))
            clock.wait_until_us(now_us + STEP_US)
        came, found_values = link.reply
        if not _is_done(link.reply):
            raise refusal(verb, found_values[1])
        if came != answer:
            _confused(verb, came)
        return found_values


def _is_done(reply: tuple[str, tuple[int, ...]]) -> bool:
    return reply[0] != messages.ANSWER or reply[1][1] == codes.RESULT_OK


def _confused(verb: str, letter: str) -> NoReturn:
    name = messages.MESSAGES[letter][0]
    raise TableError(Problem("E536", f"{verb} was answered by {name}", "the answer that belongs to it"))
