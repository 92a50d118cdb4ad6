"""The controller's end of the wire: frames in, verbs on the controller, frames out.

Call ``receive`` with whatever bytes have come, ``tick`` after each ``controller.tick``, and send what
``take`` returns. Bytes from outside are hostile: nothing they hold raises, waits or grows. Board-safe.
"""

# ruff: noqa: RUF005  MicroPython has no star in a tuple

from traction.controller.core import Controller
from traction.controller.session import NONCE_BITS
from traction.wire import codes, frame, messages

TELEMETRY_MS = 20
GREETING_MS = 1000
MOST_WAITING = 16  # frames that wait for a slow reader; the oldest gives way

# So many bad frames are taken for chance while a run is on; the next one ends it.
BURST = 3
BURST_MS = 1000
MOST_BAD = 5
MOST_BAD_MS = 3600000
LONG_AGO_MS = -MOST_BAD_MS - 1

PANIC = b"\x18"  # messages.PANIC_BYTE
SAMPLES = (messages.TELEMETRY, messages.CHANNELS)
MUST_KNOW = messages.CAN_LEASE | messages.CAN_LIMIT | messages.CAN_STOP


class Link:
    """One controller's talk with its hosts, one session at a time, from power-up to power-off.

    ``model``, ``serial`` and ``firmware`` are what IDENTITY says; ``has_channels`` is 1 when ``tick`` is
    given what only a simulated table knows.
    """

    __slots__ = (
        "bad",
        "bad_ms",
        "committed",
        "controller",
        "definition",
        "firmware",
        "foreign",
        "greeted_ms",
        "has_channels",
        "last",
        "model",
        "number",
        "panic",
        "serial",
        "splitter",
        "telemetry_ms",
        "token",
        "told_fault",
        "waiting",
    )

    def __init__(
        self, controller: Controller, model: int, serial: int, firmware: int, has_channels: int
    ) -> None:
        self.controller = controller
        self.model = model
        self.serial = serial
        self.firmware = firmware
        self.has_channels = has_channels
        self.definition = messages.definition()
        self.splitter = frame.Splitter()
        self.token = 0  # of the session, 0 before the first
        self.last = 0  # number of the newest frame of this session's host
        self.number = 0  # of the newest frame sent
        self.committed = False  # the loaded limits were read back, compared and committed
        self.panic = 0  # panic bytes in a row so far
        self.bad = 0  # since power-up
        self.foreign = 0  # of those, sound ones that were not of this session
        self.bad_ms = [LONG_AGO_MS] * MOST_BAD  # when the newest ones came, in RUN only
        self.told_fault = codes.FAULT_NONE
        self.telemetry_ms = -TELEMETRY_MS
        self.greeted_ms = -GREETING_MS
        self.waiting: list[tuple] = []  # type: ignore[type-arg]  # (letter, token, ms, values)

    # ---- in -----------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take the next bytes from the line, however many, and act on every sound frame in them."""
        if self.panic or PANIC in data:
            self._look_for_panic(data)
        splitter = self.splitter
        noise = splitter.noise
        lines = splitter.feed(data)
        for _ in range(splitter.noise - noise):
            self._bad()
        for line in lines:
            self._line(line)

    def _look_for_panic(self, data: bytes) -> None:
        count = self.panic
        for byte in data:
            count = count + 1 if byte == messages.PANIC_BYTE else 0
            if count == messages.PANIC_COUNT:
                self.controller.stop(codes.STOP_RELEASE)
                count = 0
        self.panic = count

    def _bad(self) -> None:
        self.bad = (self.bad + 1) & messages.U32
        controller = self.controller
        if controller.state != codes.STATE_RUN:
            return
        now_ms = controller.now_ms
        times = self.bad_ms = self.bad_ms[1:] + [now_ms]
        if now_ms - times[-BURST] <= BURST_MS or now_ms - times[0] <= MOST_BAD_MS:
            controller.degrade()

    def _line(self, line: bytes) -> None:
        problem = frame.problem(line)
        if problem:
            if problem == frame.BAD_VERSION:
                self._refuse_version(line)
            self._bad()
            return
        found = frame.decode(line)
        if found is None or not messages.fits(found[0], found[1], messages.TO_CONTROLLER):
            self._bad()
            return
        letter, values = found
        token = values[0]
        number = values[1]
        if letter == messages.HELLO:
            self._hello(token, number, values[4])
        elif letter == messages.STOP:
            self._stop(token, number, values[3])
        elif token != self.token or not token:
            self.foreign += 1
            self._bad()
        elif number <= self.last:  # a copy, or one that was overtaken
            self._bad()
        else:
            self.last = number
            self._obey(letter, number, values[3:])

    def _refuse_version(self, line: bytes) -> None:
        # What another major version means is not known, but where it keeps its token is a good guess; the
        # answer is in this version, and says so by its own first digit.
        found = frame.decode(line)
        if found is None or found[0] != messages.HELLO or len(found[1]) < 2:
            return
        token, number = found[1][:2]
        if 0 < token <= messages.U32 and 0 <= number <= messages.U32:
            self._answer(token, number, codes.RESULT_WRONG_VERSION)

    def _hello(self, token: int, number: int, definition: int) -> None:
        if not token or (token == self.token and number <= self.last):
            self._bad()
            return
        if token == self.token:
            self.last = number
        result = codes.RESULT_WRONG_VERSION
        if definition == self.definition:
            result = self.controller.hello(token)
        if result != codes.RESULT_OK:
            self._answer(token, number, result)
            return
        self.token = token
        self.last = number
        self.committed = False
        self.bad_ms = [LONG_AGO_MS] * MOST_BAD
        self._greet()
        if self.controller.fault:
            self._tell_fault()

    def _stop(self, token: int, number: int, kind: int) -> None:
        # From anyone, in any order: a stop that comes twice or from a stranger only costs a stop.
        self.controller.stop(kind)
        if token == self.token:
            if number > self.last:
                self.last = number
            else:
                self._bad()
        self._answer(token, number, codes.RESULT_OK)

    def _obey(self, letter: str, number: int, values: tuple) -> None:  # type: ignore[type-arg]
        controller = self.controller
        if letter == messages.SETPOINT:
            result = controller.setpoint(values[0], values[1], values[2], values[3], values[4])
            if result != codes.RESULT_OK:
                self._answer(self.token, number, result)
        elif letter == messages.LIMITS:
            self.committed = False
            result = controller.load_limits(values)
            if result == codes.RESULT_OK:
                stored = controller.limits
                self._queue(messages.READ_BACK, self.token, stored + (messages.limits_hash(stored),))
            else:
                self._answer(self.token, number, result)
        elif letter == messages.COMMIT:
            self.committed = self._names_the_limits(values[0])
            result = codes.RESULT_OK if self.committed else codes.RESULT_WRONG_LIMITS
            self._answer(self.token, number, result)
        elif letter == messages.ARM:
            self._arm(number, values[0])
        elif letter == messages.GO:
            self._answer(self.token, number, controller.go(values[0] << NONCE_BITS | values[1]))
        else:
            # One that was kept back on the way means a fault that is history, even if its number is the same.
            result = codes.RESULT_STALE_ECHO
            if controller.is_recent(values[0], values[2]):
                result = controller.reset(values[1])
            if result == codes.RESULT_OK:
                self.committed = False  # it has forgotten the limits
            self._answer(self.token, number, result)

    def _arm(self, number: int, limits_hash: int) -> None:
        result = codes.RESULT_WRONG_LIMITS
        if self.committed and self._names_the_limits(limits_hash):
            result = self.controller.arm()
        if result == codes.RESULT_OK:
            nonce = self.controller.nonce
            self._queue(messages.NONCE, self.token, (nonce >> NONCE_BITS, nonce & messages.U16))
        else:
            self._answer(self.token, number, result)

    def _names_the_limits(self, limits_hash: int) -> bool:
        stored = self.controller.limits
        return stored[0] > 0 and limits_hash == messages.limits_hash(stored)

    # ---- out ----------------------------------------------------------------------------------------

    def tick(self, channels: tuple | None = None) -> None:  # type: ignore[type-arg]
        """Say what this tick of the controller brought; ``channels`` in the order of the message CHANNELS."""
        controller = self.controller
        fault = controller.latch.fault
        if fault != self.told_fault:
            self._tell_fault()
        now_ms = controller.now_ms
        if now_ms - self.telemetry_ms >= TELEMETRY_MS:
            self.telemetry_ms = now_ms
            self._sample(channels)
        if not self.token and now_ms - self.greeted_ms >= GREETING_MS:
            self.greeted_ms = now_ms
            self._greet()

    def take(self) -> bytes:
        """Return what is to be sent, oldest first, and forget it; ask only when the last was sent whole."""
        waiting = self.waiting
        if not waiting:
            return b""
        self.waiting = []
        number = self.number
        data = b""
        for letter, token, ms, values in waiting:
            number = (number + 1) & messages.U32
            data += frame.encode(letter, (token, number, ms) + values)
        self.number = number
        return data

    def _queue(self, letter: str, token: int, values: tuple) -> None:  # type: ignore[type-arg]
        waiting = self.waiting
        if len(waiting) >= MOST_WAITING:
            waiting.pop(0)
        waiting.append((letter, token, self.controller.now_ms & messages.U32, values))

    def _answer(self, token: int, number: int, result: int) -> None:
        self._queue(messages.ANSWER, token, (number, result))

    def _greet(self) -> None:
        controller = self.controller
        config = controller.config
        who = (config.boot_id, messages.MINOR, self.definition, self.model, self.serial, self.firmware)
        must_know = MUST_KNOW | (messages.HOLD_TO_RUN if config.hold_to_run else 0)
        if config.ease_button:
            must_know |= messages.EASE_BUTTON
        can = (must_know, messages.CAN_CHANNELS if self.has_channels else 0)
        now = (config.drive, config.region, config.tick_ms, controller.state)
        self._queue(messages.IDENTITY, self.token, who + can + now)

    def _tell_fault(self) -> None:
        latch = self.controller.latch
        self.told_fault = latch.fault
        if latch.fault:
            values = (latch.fault, latch.force_mn, latch.time_ms & messages.U32, latch.state)
            self._queue(messages.FAULT, self.token, values)

    def _sample(self, channels: tuple | None) -> None:  # type: ignore[type-arg]
        # One that was not sent yet is history; and CHANNELS goes first, so that TELEMETRY completes the pair.
        if self.waiting:
            self.waiting = [one for one in self.waiting if one[0] not in SAMPLES]
        controller = self.controller
        cells = controller.cells
        sample = controller.seq & messages.U32
        if channels is not None and self.has_channels:
            self._queue(messages.CHANNELS, self.token, (sample,) + channels)
        inputs = controller.inputs | controller.enabling.bit | controller.easing.bit
        state = (controller.boot_id, sample, controller.state, controller.latch.fault, inputs)
        seen = (cells.force_a_mn, cells.force_b_mn, controller.travel_um, self.bad)
        self._queue(messages.TELEMETRY, self.token, state + seen)
