"""Lines to a controller: serial ports and TCP. The only file, with ``listen``, that knows serial and socket.

A line never waits: ``read`` returns what is there, ``write`` what it could take. Opening one may take up to
OPEN_S. Whatever an operating system or pyserial throws becomes a TableError with a code.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import serial

from traction.drivers.line_errors import cannot_open, lost, no_such

if sys.platform != "win32":
    import fcntl
    import termios

if TYPE_CHECKING:
    from collections.abc import Callable

POSIX: Final = os.name == "posix"
OPEN_S: Final = 3.0
MOST_BYTES: Final = 16384
"""At most so many come by one reading, so that it and what is made of them take less than 10 ms in any flood.

Of a controller at 115200 baud that is more than a second.
"""

UNREAD: Final = 1 << 20
HOST: Final = "a host that can be reached, and a controller that listens there"

_TERMINAL_ERRORS: Final = () if sys.platform == "win32" else (termios.error,)


class Transport(Protocol):
    """A line with a controller at its other end, open from the start."""

    def read(self) -> bytes:
        """Return what has come, b"" for nothing. Raises TableError E538 when the line is gone."""
        ...

    def write(self, data: bytes) -> int:
        """Hand over as much as the line takes now and return how much. Raises TableError E538."""
        ...

    def close(self) -> None:
        """Let go of the line; idempotent, never raises."""
        ...


# ---- serial ports ---------------------------------------------------------------------------------------


def open_serial(port: str, baud: int) -> Transport:
    """Open a serial port for this program alone. Raises TableError (E530 to E533).

    Locked (flock, then TIOCEXCL, which lasts until the last close) where the system has locks; Windows opens
    ports exclusively anyway. DTR and RTS are set before opening, both as the kernel sets them by itself, so
    that opening makes no edge beyond that one; HUPCL is cleared, so that closing makes none either.
    """
    line = serial.Serial()
    line.port = port
    line.timeout = line.write_timeout = 0
    line.exclusive = True
    line.dtr = line.rts = True
    try:
        line.baudrate = baud
        line.open()
        if POSIX:
            return DescriptorLine(f"port {port}", line.fileno(), line.close, _let_go_of_terminal)
    except (OSError, ValueError, *_TERMINAL_ERRORS) as error:
        with suppress(Exception):
            line.close()
        cannot_open(f"port {port}", error)
    return PyserialLine(f"port {port}", line)


class PyserialLine:
    """A line through pyserial's own calls, where there is no file descriptor to ask."""

    __slots__ = ("_line", "_name")

    def __init__(self, name: str, line: Any) -> None:
        self._name = name
        self._line = line

    def read(self) -> bytes:
        """Return what has come. Raises TableError E538."""
        try:
            return bytes(self._line.read(min(self._line.in_waiting, MOST_BYTES)))
        except (OSError, ValueError, TypeError) as error:  # pyserial is not choosy when a port goes away
            lost(self._name, error)

    def write(self, data: bytes) -> int:
        """Hand it over. Raises TableError E538."""
        try:
            count = self._line.write(data)
        except (OSError, ValueError, TypeError) as error:
            lost(self._name, error)
        return len(data) if count is None else int(count)

    def close(self) -> None:
        """Let go of the port."""
        with suppress(Exception):
            self._line.close()


class DescriptorLine:
    """A line through a file descriptor that does not wait: a terminal or a socket."""

    __slots__ = ("_close", "_fd", "_is_stream", "_let_go", "_name", "_poll")

    def __init__(
        self,
        name: str,
        fd: int,
        close: Callable[[], None],
        let_go: Callable[[int], None],
        *,
        is_stream: bool = False,
    ) -> None:
        self._name = name
        self._fd: int | None = fd
        self._close = close
        self._let_go = let_go
        self._is_stream = is_stream  # nothing read means its end, and not that nothing has come
        if not is_stream:
            _claim_terminal(fd)

    def fileno(self) -> int:
        """Return the descriptor, for ``select``; -1 once it is closed."""
        return -1 if self._fd is None else self._fd

    def read(self) -> bytes:
        """Return what has come. Raises TableError E538."""
        if self._fd is None:
            lost(self._name, "it is closed")
        try:
            data = os.read(self._fd, MOST_BYTES)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            lost(self._name, error)
        if not data and (self._is_stream or _is_hung_up(self._fd)):
            lost(self._name, "the other end is gone")
        return data

    def write(self, data: bytes) -> int:
        """Hand over as much as it takes. Raises TableError E538."""
        if self._fd is None:
            lost(self._name, "it is closed")
        try:
            return os.write(self._fd, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            lost(self._name, error)

    def close(self) -> None:
        """Let go of the line."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with suppress(Exception):
                self._let_go(fd)
            with suppress(Exception):
                self._close()


def _claim_terminal(fd: int) -> None:
    if sys.platform == "win32":
        return
    with suppress(OSError, termios.error):
        fcntl.ioctl(fd, termios.TIOCEXCL)
    with suppress(OSError, termios.error):
        attributes = termios.tcgetattr(fd)
        attributes[2] &= ~termios.HUPCL
        termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _let_go_of_terminal(fd: int) -> None:
    # it would last as long as anybody has the port open, as the other end of a pty may
    if sys.platform != "win32":
        fcntl.ioctl(fd, termios.TIOCNXCL)


def _is_hung_up(fd: int) -> bool:
    watch = select.poll()
    watch.register(fd, select.POLLIN)
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in watch.poll(0))


# ---- TCP ------------------------------------------------------------------------------------------------


def open_tcp(host: str, port: int) -> Transport:
    """Connect to a listening controller. Raises TableError (E530 to E533)."""
    name = f"{host}:{port}"
    try:
        line = socket.create_connection((host, port), OPEN_S)
        try:
            line.setblocking(False)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            line.close()  # or a controller with one place for a client would go on waiting for us
            raise
    except (socket.gaierror, UnicodeError) as error:
        no_such(name, error, HOST)
    except OSError as error:
        cannot_open(name, error, HOST)
    if not POSIX:
        return SocketLine(name, line)
    return DescriptorLine(name, line.fileno(), line.close, lambda _fd: _say_goodbye(line), is_stream=True)


class SocketLine:
    """A TCP line where a socket is no file descriptor."""

    __slots__ = ("_line", "_name")

    def __init__(self, name: str, line: socket.socket) -> None:
        self._name = name
        self._line = line

    def read(self) -> bytes:
        """Return what has come. Raises TableError E538."""
        try:
            data = self._line.recv(MOST_BYTES)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            lost(self._name, error)
        if not data:
            lost(self._name, "the other end is gone")
        return data

    def write(self, data: bytes) -> int:
        """Hand over as much as it takes. Raises TableError E538."""
        try:
            return self._line.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            lost(self._name, error)

    def close(self) -> None:
        """Let go of the line."""
        with suppress(OSError):
            _say_goodbye(self._line)
        self._line.close()


def _say_goodbye(line: socket.socket) -> None:
    # Closing with something unread would cut off what was written last, and that may be a stop.
    line.shutdown(socket.SHUT_WR)
    for _ in range(UNREAD // MOST_BYTES):
        if not line.recv(MOST_BYTES):
            break


# ---- what there is --------------------------------------------------------------------------------------


class PortInfo(NamedTuple):
    """One serial port as the system tells it, without opening it; None for what it does not tell."""

    port: str
    description: str
    usb_id: str | None  # vendor and product, four hexadecimal digits each, as 2e8a:0005
    manufacturer: str | None
    product: str | None
    serial_number: str | None
    location: str | None


def list_ports() -> list[PortInfo]:
    """Return the serial ports of this machine, by name."""
    from serial.tools.list_ports import comports

    found = []
    for one in sorted(comports(), key=lambda port: str(port[0])):
        usb_id = None if one.vid is None or one.pid is None else f"{one.vid:04x}:{one.pid:04x}"
        words = (one.manufacturer, one.product, one.serial_number, one.location)
        found.append(PortInfo(one[0], one.description or "", usb_id, *words))
    return found
