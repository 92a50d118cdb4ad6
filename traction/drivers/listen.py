"""The other end of a line: where an emulated controller is to be reached, as a pty or on TCP.

One client at a time. Clients may vanish, flood, or never read: nothing here waits for them.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from contextlib import suppress
from typing import Final, Protocol

from traction.errors import Problem, TableError, UsageError

if sys.platform != "win32":
    import fcntl
    import termios
    import tty

MOST_BYTES: Final = 4096
SEND_BUFFER: Final = 4096
"""Small, so that a client that does not read misses samples and does not get old ones later."""

GONE_MS: Final = 30_000
"""A client that takes nothing for so long is taken for gone, where the system can tell."""

MOST_STRANGERS: Final = 8
STRANGER_WAITS: Final = 100
"""So many waits, of about 10 ms, a second client has to say hello, so that it can be told BUSY by name."""


class Endpoint(Protocol):
    """Where a client is served; the client comes and goes."""

    @property
    def url(self) -> str:
        """Return the URL that reaches it."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Wait until something has come, at most ``timeout_s``."""
        ...

    def read(self) -> bytes:
        """Return what the client has sent, b"" for nothing."""
        ...

    def write(self, data: bytes) -> int:
        """Hand over as much as the client takes now; without one all of it is gone."""
        ...

    def strangers(self) -> list[Stranger]:
        """Return who else has connected; to be asked after reading."""
        ...

    def close(self) -> None:
        """Let go of everything; idempotent, never raises."""
        ...


class Stranger:
    """A second client on TCP, which is told so and sent away."""

    __slots__ = ("_waits", "line", "open")

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self._waits = STRANGER_WAITS
        self.open = True

    def read(self) -> bytes:
        """Return what it has said; after a second, or when it is gone, it is let go."""
        self._waits -= 1
        try:
            data = self.line.recv(MOST_BYTES)
        except (BlockingIOError, InterruptedError):
            if self._waits <= 0:
                self.close()
            return b""
        except OSError:
            data = b""
        if not data:
            self.close()
        return data

    def send_away(self, data: bytes) -> None:
        """Send this and hang up."""
        with suppress(OSError):
            self.line.send(data)
            self.line.shutdown(socket.SHUT_WR)
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.open = False
        self.line.close()


class PtyEnd:
    """A pseudo terminal, which a program opens as it would a serial port; TableError E533 without one."""

    def __init__(self) -> None:
        if sys.platform == "win32":
            raise TableError(Problem("E533", "this system has no pseudo terminals", "--tcp 127.0.0.1:0"))
        try:
            self._master, self._slave = os.openpty()
            tty.setraw(self._slave)  # no echo: what a controller says must not come back to it
        except OSError as error:
            raise TableError(Problem("E533", f"no pseudo terminal can be made: {error}")) from error
        os.set_blocking(self._master, False)
        self._name = os.ttyname(self._slave)
        self._heard = [self._master]
        self._waits = 0
        self._open = True

    @property
    def url(self) -> str:
        """Return the URL that reaches it."""
        return f"serial:{self._name}"

    def wait(self, timeout_s: float) -> None:
        """Wait until something has come, at most ``timeout_s``."""
        select.select(self._heard, (), (), timeout_s if timeout_s > 0.0 else 0.0)
        self._waits += 1
        if self._waits % 64 == 0:
            self._free()

    def _free(self) -> None:
        # A host that was killed leaves the terminal exclusive for as long as this end is open. The lock went
        # with it: where nobody holds that, nobody is there.
        if sys.platform != "win32":
            with suppress(OSError):
                fcntl.flock(self._slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.ioctl(self._slave, termios.TIOCNXCL)
                fcntl.flock(self._slave, fcntl.LOCK_UN)

    def read(self) -> bytes:
        """Return what has come."""
        try:
            return os.read(self._master, MOST_BYTES)
        except OSError:
            return b""

    def write(self, data: bytes) -> int:
        """Hand over as much as the terminal takes."""
        try:
            return os.write(self._master, data)
        except OSError:
            return 0

    def strangers(self) -> list[Stranger]:
        """Return nobody: on a terminal two clients cannot be told apart, and their tokens can."""
        return []

    def close(self) -> None:
        """Take the terminal away, as unplugging a port does."""
        if self._open:
            self._open = False
            os.close(self._master)
            os.close(self._slave)


class TcpEnd:
    """A listening TCP port; port 0 takes a free one. Raises UsageError E533 where it cannot listen."""

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._listener = socket.create_server((host, port), family=family)
        except (OSError, OverflowError, UnicodeError) as error:
            raise UsageError(Problem("E533", f"cannot listen at {host}:{port}: {error}")) from error
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self._strangers: list[Stranger] = []
        name, number = self._listener.getsockname()[:2]
        self._address = f"[{name}]:{number}" if ":" in name else f"{name}:{number}"

    @property
    def url(self) -> str:
        """Return the URL that reaches it."""
        return f"tcp://{self._address}"

    def wait(self, timeout_s: float) -> None:
        """Wait until something or somebody has come, at most ``timeout_s``."""
        heard: list[socket.socket] = [self._listener]
        if self._client is not None:
            heard.append(self._client)
        select.select(heard, [], [], max(timeout_s, 0.0))

    def _accept(self) -> None:
        try:
            line, _ = self._listener.accept()
        except OSError:
            return
        line.setblocking(False)
        with suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, "TCP_USER_TIMEOUT", 18), GONE_MS)
        if self._client is None:
            self._client = line
        elif len(self._strangers) < MOST_STRANGERS:
            self._strangers.append(Stranger(line))
        else:
            line.close()

    def read(self) -> bytes:
        """Return what the client has sent; one that has gone makes room for the next."""
        if self._client is None:
            return b""
        try:
            data = self._client.recv(MOST_BYTES)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError:
            data = b""
        if not data:
            self._next()
        return data

    def write(self, data: bytes) -> int:
        """Hand over as much as the client takes; without one all of it is gone."""
        if self._client is None:
            return len(data)
        try:
            return self._client.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self._next()
            return len(data)

    def _let_go(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _next(self) -> None:
        """Let in whoever came while the client was going, and was not told yet that there is one."""
        self._let_go()
        for index, one in enumerate(self._strangers):
            if one.open:
                self._client = self._strangers.pop(index).line
                return

    def strangers(self) -> list[Stranger]:
        """Return who else has connected and has not been sent away yet.

        Whoever waits is let in here, behind the reading, and returned the next time: a program that hangs up
        and connects again is not told that somebody else is there.
        """
        self._strangers = [one for one in self._strangers if one.open]
        known = [*self._strangers]
        self._accept()
        return known

    def close(self) -> None:
        """Hang up on everybody."""
        self._let_go()
        for one in self._strangers:
            one.close()
        self._listener.close()
