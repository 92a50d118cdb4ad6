"""The client's part of RFC 2217, a serial port of another machine: bytes in, bytes out, no line and no clock.

Telnet (RFC 854, 855) carries the bytes of the port, with 255 written twice, and the talk about its settings
between them. Source: RFC 2217 (1997), whose numbers stand below. What a server says is answered once, so that
nothing it sends makes an endless talk, and nothing that is kept grows.
"""

from __future__ import annotations

from typing import Final

from traction.drivers.foreign import cleaned

IAC: Final = 255
DONT, DO, WONT, WILL = 254, 253, 252, 251
SB: Final = 250
SE: Final = 240
BINARY, NO_GO_AHEAD, COM_PORT = 0, 3, 44
OPTIONS: Final = (COM_PORT, BINARY, NO_GO_AHEAD)
"""What is asked for, and agreed to, in both directions; all else is declined."""

SET_BAUD, SET_SIZE, SET_PARITY, SET_STOP, SET_CONTROL = 1, 2, 3, 4, 5
FROM_SERVER: Final = 100
"""A server answers a command by its number and this."""

NO_FLOW_CONTROL, DTR_ON, RTS_ON = 1, 8, 11
SETTINGS: Final = {SET_BAUD: "baud", SET_SIZE: "data bits", SET_PARITY: "parity", SET_STOP: "stop bits"}
LONGEST_TALK: Final = 64
"""A server's word on a setting takes ten bytes; what is longer than this is none."""

FIRST_BYTES: Final = 60

_DATA, _COMMAND, _OPTION, _TALK, _TALK_COMMAND = range(5)
_DOUBLED: Final = bytes((IAC, IAC))


class ComPort:
    """One port that is shared by RFC 2217, at ``baud`` with 8 data bits, no parity and 1 stop bit.

    ``out`` is what has to go to the server, ahead of any data: whoever sends it takes it away. ``ready`` says
    that the server has taken every setting; ``refusal`` why it will not, or "". ``received`` counts all bytes
    that came, ``first`` are the first of them.
    """

    __slots__ = (
        "_at",
        "_option",
        "_said",
        "_talk",
        "_verb",
        "_wanted",
        "first",
        "out",
        "ready",
        "received",
        "refusal",
    )

    def __init__(self, baud: int) -> None:
        self._wanted = {SET_BAUD: baud.to_bytes(4, "big"), SET_SIZE: b"\x08", SET_PARITY: b"\x01"}
        self._wanted[SET_STOP] = b"\x01"
        self._said: set[tuple[int, int]] = {(WILL, COM_PORT)}
        self._at, self._verb, self._option = _DATA, 0, 0
        self._talk = bytearray()
        self.out = bytes((IAC, WILL, COM_PORT))
        self.ready = False
        self.refusal = ""
        self.received = 0
        self.first = b""

    def receive(self, data: bytes) -> bytes:
        """Take what came from the server and return what of it came from the port."""
        self.received += len(data)
        if len(self.first) < FIRST_BYTES:
            self.first += data[: FIRST_BYTES - len(self.first)]
        port = bytearray()
        at = 0
        while at < len(data):
            if self._at == _DATA:  # in one piece up to the next command: cheap in a flood
                end = data.find(IAC, at)
                if end < 0:
                    return bytes(port + data[at:])
                port += data[at:end]
                self._at, at = _COMMAND, end + 1
            else:
                self._step(data[at], port)
                at += 1
        return bytes(port)

    def heard(self) -> str:
        """Return in words what has come, for whom it is not what was hoped for."""
        if not self.received:
            return "nothing at all came"
        return f"{self.received} bytes came, first '{cleaned(self.first.decode('latin-1'))}'"

    # ---- the talk -----------------------------------------------------------------------------------

    def _step(self, byte: int, port: bytearray) -> None:
        at, self._at = self._at, _DATA
        if at == _OPTION:
            self._negotiate(self._verb, byte)
        elif at == _TALK:
            self._at = _TALK_COMMAND if byte == IAC else self._said_more(byte)
        elif at == _TALK_COMMAND:
            if byte == IAC:
                self._at = self._said_more(byte)
            elif byte == SE:
                self._settle(bytes(self._talk))
        elif byte == IAC:
            port.append(byte)
        elif byte == SB:
            self._at = _TALK
            self._talk.clear()
        elif byte >= WILL:
            self._at, self._verb = _OPTION, byte

    def _said_more(self, byte: int) -> int:
        self._talk.append(byte)
        return _TALK if len(self._talk) < LONGEST_TALK else _DATA

    def _negotiate(self, verb: int, option: int) -> None:
        if verb in (DO, WILL):
            agreed = option in OPTIONS
            answer = (WILL if agreed else WONT) if verb == DO else (DO if agreed else DONT)
            if verb == DO and option == COM_PORT:
                self._begin()
        else:
            answer = WONT if verb == DONT else DONT
            if verb == DONT and option == COM_PORT and not self.ready:
                self.refusal = "it shares no serial port"
        self._say(answer, option)

    def _say(self, verb: int, option: int) -> None:
        if (verb, option) not in self._said:
            self._said.add((verb, option))
            self.out += bytes((IAC, verb, option))

    def _begin(self) -> None:
        """Ask for the settings, the first time that the server agrees to hear them."""
        if (SB, COM_PORT) in self._said:
            return
        self._said.add((SB, COM_PORT))
        for option in (BINARY, NO_GO_AHEAD):
            self._say(WILL, option)
            self._say(DO, option)
        for command, value in self._wanted.items():
            self._command(command, value)
        # their answers are not waited for: servers are known to give others, or none
        for control in (NO_FLOW_CONTROL, DTR_ON, RTS_ON):
            self._command(SET_CONTROL, bytes((control,)))

    def _command(self, command: int, value: bytes) -> None:
        self.out += bytes((IAC, SB, COM_PORT, command)) + doubled(value) + bytes((IAC, SE))

    def _settle(self, talk: bytes) -> None:
        if self.ready or len(talk) < 2 or talk[0] != COM_PORT or talk[1] - FROM_SERVER not in SETTINGS:
            return
        command, value = talk[1] - FROM_SERVER, talk[2:]
        wanted = self._wanted.get(command, value)
        if value != wanted:
            set_to, asked = int.from_bytes(value, "big"), int.from_bytes(wanted, "big")
            self.refusal = f"its port has {SETTINGS[command]} {set_to} where {asked} was asked for"
            return
        self._wanted.pop(command, None)
        self.ready = not self._wanted


def doubled(data: bytes) -> bytes:
    """Return ``data`` as Telnet carries it, with each 255 written twice."""
    return data.replace(b"\xff", _DOUBLED)


def taken(data: bytes, count: int) -> tuple[int, bytes]:
    """Return how many bytes of ``data`` have gone when ``count`` of it doubled have, and what is half gone.

    A byte of which the first half has gone counts, and its second half has to go next.
    """
    if len(data) == len(doubled(data)):
        return count, b""
    gone = 0
    for number, byte in enumerate(data):
        if gone >= count:
            return number, b""
        gone += 2 if byte == IAC else 1
        if gone > count:
            return number + 1, bytes((IAC,))
    return len(data), b""
