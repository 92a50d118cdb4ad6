"""A line through RFC 2217, by which another machine shares a serial port: ``rfc2217://HOST:PORT``.

Not by pyserial's own client: that reads in a thread, which dies of garbage, and its writes wait for seconds
where nobody reads. This one is a TCP line with the talk of ``com_port`` taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.drivers.com_port import ComPort, doubled, taken
from traction.drivers.transport import OPEN_S, open_tcp
from traction.errors import Problem, TableError

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.transport import Transport

OPEN_US: Final = round(1e6 * OPEN_S)
AGAIN_US: Final = 250_000
STEP_US: Final = 1_000


class HungUp(TableError):
    """The server ended the connection before it had set its port."""


def open_rfc2217(host: str, port: int, baud: int, clock: Clock) -> Transport:
    """Connect to a server of RFC 2217 and set its port to ``baud``, 8 data bits, no parity, 1 stop bit.

    Takes up to OPEN_S from the connection on. A server that hangs up is asked again as long as that: it may
    not have let go of the port yet for whoever had it, such as the command before this one. Raises TableError
    E530 to E533, and E535 when what answers is no such server.
    """
    name, deadline_us = f"{host}:{port}", 0
    while True:
        line = open_tcp(host, port)
        deadline_us = deadline_us or clock.now_us() + OPEN_US
        try:
            return agree(Rfc2217Line(line, ComPort(baud)), name, clock, deadline_us)
        except HungUp:
            line.close()
            if clock.now_us() + AGAIN_US >= deadline_us:
                raise
            clock.wait_until_us(clock.now_us() + AGAIN_US)
        except BaseException:
            line.close()
            raise


def agree(line: Rfc2217Line, name: str, clock: Clock, deadline_us: int) -> Rfc2217Line:
    """Return ``line`` once its server has set the port. Raises HungUp (E533), TableError E533 and E535."""
    port = line.port
    while not port.ready:
        try:
            line.read()  # nobody has been spoken to yet: what comes from the port is for somebody before us
        except TableError as error:
            found = f"{name} cannot be opened: its server hung up, and {port.heard()}"
            raise HungUp(Problem("E533", found, "a server whose port nobody else uses")) from error
        if port.refusal:
            found = f"{name} cannot be opened: {port.refusal}; {port.heard()}"
            raise TableError(Problem("E533", found, "a server that sets its port as it is asked to"))
        now_us = clock.now_us()
        if now_us >= deadline_us:
            found = f"{name} does not share a serial port by RFC 2217: {port.heard()}"
            expected = f"its settings agreed within {OPEN_S:g} s, or socket:// for a server of plain bytes"
            raise TableError(Problem("E535", found, expected))
        clock.wait_until_us(now_us + STEP_US)
    return line


class Rfc2217Line:
    """A TCP line with Telnet's talk taken out; implements ``transport.Transport``."""

    __slots__ = ("_line", "port")

    def __init__(self, line: Transport, port: ComPort) -> None:
        self._line = line
        self.port = port

    def read(self) -> bytes:
        """Return what has come from the port, and answer its server. Raises TableError E538."""
        came = self.port.receive(self._line.read())
        self._answer()
        return came

    def write(self, data: bytes) -> int:
        """Hand over as much as it takes. Raises TableError E538."""
        if not self._answer():
            return 0
        count, self.port.out = taken(data, self._line.write(doubled(data)))
        return count

    def close(self) -> None:
        """Let go of the line."""
        self._line.close()

    def _answer(self) -> bool:
        """Send what is owed to the server, which goes ahead of data; return whether it has all gone."""
        if self.port.out:
            self.port.out = self.port.out[self._line.write(self.port.out) :]
        return not self.port.out
