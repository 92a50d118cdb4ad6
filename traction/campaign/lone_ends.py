"""How a reckless host reaches a controller: by its verbs or by frames, and nobody checks either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from traction.drivers.host import HostLink
from traction.sim.emulator import EmulatedTable
from traction.wire import codes, messages

NO_ANSWER: Final = -1
"""In the place of a result: nothing came back, so nothing was obeyed."""

TOKEN: Final = 4711
STRANGER: Final = 815
TICK_US: Final = 10_000

Values = tuple[object, ...]


class End(Protocol):
    """One way to talk to a controller; each verb returns a codes.RESULT_* or NO_ANSWER."""

    only_whole: bool

    def hello(self, token: object) -> int:
        """Begin a session."""
        ...

    def limits(self, values: Values) -> int:
        """Load limits."""
        ...

    def commit(self, values: Values) -> int:
        """Say that these are the limits that were read back."""
        ...

    def arm(self, values: Values) -> int:
        """Ask for a start number under these limits."""
        ...

    def go(self, nonce: object) -> int:
        """Start."""
        ...

    def setpoint(self, values: Values) -> int:
        """Command."""
        ...

    def can_say(self, values: Values) -> bool:
        """Say whether a set-point of these values reaches the controller as one."""
        ...

    def reset(self, fault: object) -> int:
        """Clear a latched fault."""
        ...

    def again(self) -> int:
        """Say what was said before once more, spoiled or not; return how many of that must be bad frames."""
        ...


class BareEnd:
    """Calls the verbs of the controller, with values of any kind."""

    only_whole = False

    def __init__(self, table: EmulatedTable) -> None:
        self._table = table

    def _ask(self, verb: Callable[[], int]) -> int:
        if self._table.dead:
            return NO_ANSWER
        try:
            return verb()
        except (TypeError, ValueError):  # it has begun to reckon with what is no number
            return codes.RESULT_OK

    def hello(self, token: object) -> int:
        """Begin a session."""
        return self._ask(lambda: self._table.controller.hello(token))  # type: ignore[arg-type]

    def limits(self, values: Values) -> int:
        """Load limits."""
        return self._ask(lambda: self._table.controller.load_limits(values))  # type: ignore[arg-type]

    def commit(self, values: Values) -> int:
        """Do nothing: only the wire reads back."""
        del values
        return codes.RESULT_OK

    def arm(self, values: Values) -> int:
        """Ask for a start number."""
        del values
        return self._ask(lambda: self._table.controller.arm())

    def go(self, nonce: object) -> int:
        """Start."""
        return self._ask(lambda: self._table.controller.go(nonce))  # type: ignore[arg-type]

    def setpoint(self, values: Values) -> int:
        """Command."""
        return self._ask(lambda: self._table.controller.setpoint(*values))  # type: ignore[arg-type]

    def can_say(self, values: Values) -> bool:
        """Say yes: a verb takes values of any kind."""
        del values
        return True

    def reset(self, fault: object) -> int:
        """Clear a latched fault."""
        return self._ask(lambda: self._table.controller.reset(fault))  # type: ignore[arg-type]

    def again(self) -> int:
        """Do nothing: there are no frames."""
        return 0


class WireEnd:
    """Sends frames, each received at once, and reads what comes back; keeps what it has said."""

    only_whole = True

    def __init__(self, table: EmulatedTable) -> None:
        self._table = table
        self._link = HostLink(TOKEN)
        self._said: list[bytes] = []
        self._now_us = 0

    def _exchange(self, data: bytes) -> None:
        self._table.receive(data)
        self._now_us += TICK_US
        self._link.receive(self._table.take(), self._now_us)

    def _ask(self, letter: str, *values: int) -> int:
        data = self._link.expect(letter, values, self._now_us)
        self._said.append(data)
        self._exchange(data)
        reply = self._link.reply
        if reply is None:
            return NO_ANSWER
        return reply[1][1] if reply[0] == messages.ANSWER else codes.RESULT_OK

    def hello(self, token: object) -> int:
        """Begin a session, under our own token or as a stranger."""
        if token != TOKEN:
            stranger = HostLink(STRANGER)
            self._table.receive(stranger.hello(self._now_us))
            stranger.receive(self._table.take(), self._now_us)
            return NO_ANSWER if stranger.identity is None else codes.RESULT_OK
        self._exchange(self._link.hello(self._now_us))
        return NO_ANSWER if self._link.identity is None else codes.RESULT_OK

    def limits(self, values: Values) -> int:
        """Load limits."""
        return self._ask(messages.LIMITS, *values)  # type: ignore[arg-type]

    def commit(self, values: Values) -> int:
        """Say that these are the limits that were read back."""
        return self._ask(messages.COMMIT, messages.limits_hash(values))

    def arm(self, values: Values) -> int:
        """Ask for a start number under these limits."""
        return self._ask(messages.ARM, messages.limits_hash(values))

    def go(self, nonce: object) -> int:
        """Start."""
        number: int = nonce  # type: ignore[assignment]
        return self._ask(messages.GO, number >> 16, number & messages.U16)

    def setpoint(self, values: Values) -> int:
        """Command; one that is taken is not answered."""
        self._link.refused = codes.RESULT_OK
        data = self._link.make(messages.SETPOINT, values, self._now_us)  # type: ignore[arg-type]
        self._said.append(data)
        del self._said[:-20]
        self._exchange(data)
        if self._link.refused:
            return self._link.refused
        controller = self._table.controller
        taken = controller.lease_end_ms == controller.now_ms + int(values[3])  # type: ignore[call-overload]
        lives = controller.state == codes.STATE_RUN and not self._table.dead
        return codes.RESULT_OK if taken and lives else NO_ANSWER

    def can_say(self, values: Values) -> bool:
        """Say whether every value is within its range: a frame in which one is not is a bad one."""
        header = (TOKEN, 1, 0)
        return messages.fits(messages.SETPOINT, (*header, *values), messages.TO_CONTROLLER)

    def reset(self, fault: object) -> int:
        """Clear a latched fault."""
        controller = self._table.controller
        return self._ask(messages.RESET, controller.boot_id, fault, controller.seq)  # type: ignore[arg-type]

    def again(self) -> int:
        """Say three frames that are old, and one of them spoiled."""
        old = self._said[-3:]
        if len(old) < 3:
            return 0
        spoiled = old[0][:5] + bytes((old[0][5] ^ 1,)) + old[0][6:]
        for data in (spoiled, *old[1:]):
            self._exchange(data)
        return 3
