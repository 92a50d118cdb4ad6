"""An emulated table at the far end of a real line, on the clock of the test: here, or in another process.

The line is the kernel's, a pseudo terminal or TCP, and so are its buffers; the time is the test's, so that
minutes cost nothing. ``python -m traction.testing.far`` is the other process: it answers, line by line, what
it is told: ``new LINE URL`` (by where it is reached), ``live US BYTES``, ``force``, ``fault`` and ``press``.

A kernel may take a moment to bring bytes from one end to the other, and on this time that moment could be
seconds. So both ends count: who has been sent so many bytes waits, in real time, until they are there.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final, Self

from traction.clock import WallClock
from traction.drivers.base import TableSetup
from traction.drivers.listen import PtyEnd, TcpEnd
from traction.drivers.url import parse_url
from traction.sim.emulator import make_emulated
from traction.sim.options import read_options
from traction.sim.table import TICK_US

if TYPE_CHECKING:
    from traction.drivers.listen import Endpoint
    from traction.drivers.transport import Transport

PATIENCE_US: Final = 500_000


class Patience:
    """How long a kernel is waited for, in real time."""

    def __init__(self) -> None:
        self._clock = WallClock()

    def lasts(self) -> bool:
        """Say whether to go on waiting, and wait a little."""
        now_us = self._clock.now_us()
        self._clock.wait_until_us(now_us + 50)
        return now_us < PATIENCE_US


class Counted:
    """The host's end of a line to a far table; implements ``drivers.transport.Transport``."""

    def __init__(self, line: Transport, far: FarTable | FarProcess) -> None:
        self._line = line
        self._far = far
        self._got = 0
        self.told = 0

    def read(self) -> bytes:
        """Return what has come: all that was sent."""
        data, limit = self._line.read(), Patience()
        while self._got + len(data) < self._far.sent and limit.lasts():
            data += self._line.read()
        self._got += len(data)
        return data

    def write(self, data: bytes) -> int:
        """Hand over as much as the line takes."""
        count = self._line.write(data)
        self.told += count
        return count

    def close(self) -> None:
        """Let go of the line."""
        self._line.close()


class FarTable:
    """An emulated table behind a line, which lives as far as it is told."""

    def __init__(self, line: str, url: str) -> None:
        self._endpoint: Endpoint = PtyEnd() if line == "pty" else TcpEnd("127.0.0.1", 0)
        self._table = make_emulated(read_options(parse_url(url), TableSetup()))
        self._next_us = TICK_US
        self._unsent = b""
        self._heard = 0
        self.sent = 0

    @property
    def url(self) -> str:
        """Return the URL that reaches it."""
        return self._endpoint.url

    def live(self, now_us: int, told: int = 0) -> None:
        """Live up to ``now_us``: read, tick, and say what there is to say; ``told`` bytes were sent here."""
        endpoint, table = self._endpoint, self._table
        endpoint.strangers()  # lets in who has connected
        limit = Patience()
        while self._next_us <= now_us:
            data = endpoint.read()
            self._heard += len(data)
            table.receive(data)
            if self._heard < told and limit.lasts():
                continue
            table.tick()
            self._unsent = self._unsent or table.take()
            count = endpoint.write(self._unsent)
            self.sent += count
            self._unsent = self._unsent[count:]
            self._next_us += TICK_US

    def true_force_n(self) -> float:
        """Return the true tension, N."""
        return self._table.true_force_n()

    def fault(self) -> int:
        """Return the number that the controller has latched."""
        return self._table.controller.fault

    def press(self, name: str) -> None:
        """Open a stop input."""
        self._table.press(name)

    def close(self) -> None:
        """Take the line away."""
        self._endpoint.close()


class FarProcess:
    """The same in a process of its own, one table after the other (``begin``)."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "traction.testing.far"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = ""
        self.sent = 0

    def _ask(self, *words: object) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def begin(self, line: str, url: str) -> Self:
        """Have a new table behind a new line; the one before is gone."""
        self.url, self.sent = self._ask("new", line, url), 0
        return self

    def live(self, now_us: int, told: int = 0) -> None:
        """Live up to ``now_us``; ``told`` bytes were sent there."""
        self.sent = int(self._ask("live", now_us, told))

    def true_force_n(self) -> float:
        """Return the true tension, N."""
        return float(self._ask("force"))

    def fault(self) -> int:
        """Return the number that the controller has latched."""
        return int(self._ask("fault"))

    def press(self, name: str) -> None:
        """Open a stop input."""
        self._ask("press", name)

    def close(self) -> None:
        """Do nothing: the next table may follow."""

    def end(self) -> None:
        """End the process, and with it the line."""
        self._process.communicate()


def main() -> None:
    """Be the other process, until standard input ends."""
    far: FarTable | None = None
    for text in sys.stdin:
        verb, *words = text.split()
        answer = "done"
        if verb == "new":
            if far is not None:
                far.close()
            far = FarTable(*words)
            answer = far.url
        elif far is None:
            answer = "there is no table yet"
        elif verb == "live":
            far.live(int(words[0]), int(words[1]))
            answer = str(far.sent)
        elif verb == "press":
            far.press(words[0])
        elif verb == "force":
            answer = repr(far.true_force_n())
        else:
            answer = str(far.fault())
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
