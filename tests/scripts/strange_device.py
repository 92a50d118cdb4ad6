"""What is on a port and is no controller of ours, or a bad one, in a process of its own.

    python strange_device.py KIND

Prints the URL of its terminal. KIND is silent (a printer), modem, echo, grbl, another-major, altered-limits:
the emulated table, whose READ_BACK has another longest hold than it was sent. That one prints the highest
force there ever was, in mN, when it is told to end.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import tty
from collections.abc import Callable

from traction.clock import WallClock
from traction.drivers.base import TableSetup
from traction.drivers.listen import PtyEnd
from traction.drivers.url import parse_url
from traction.sim.emulator import EmulatedTable, make_emulated
from traction.sim.options import read_options
from traction.sim.serve import serve
from traction.wire import frame, messages


def modem(data: bytes) -> bytes:
    """Echo, and call a line an error."""
    return data + (b"\r\nERROR\r\n" if b"\n" in data else b"")


def grbl(data: bytes) -> bytes:
    """Do as a milling machine does that opening the port has reset: a banner, and errors."""
    banner = b"\r\nGrbl 1.1h ['$' for help]\r\n" if b"H" in data else b""
    return banner + b"error:3\r\n" * data.count(b"\n")


def another_major(data: bytes) -> bytes:
    """Answer a hello in version 2 of the wire."""
    if b"H" not in data:
        return b""
    body = b"$2I,%d,1,1,7,0,1" % int(data[4:].split(b",")[0])
    return body + b"*%08X\n" % frame.check_sum(body)


ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    "silent": lambda _data: b"",
    "modem": modem,
    "echo": lambda data: data,
    "grbl": grbl,
    "another-major": another_major,
}


class Altering(PtyEnd):
    """A terminal on which the limits come back with another longest hold."""

    def write(self, data: bytes) -> int:
        """Hand over all of it, or nothing."""
        made = b""
        for line in data.splitlines(keepends=True):
            found = frame.decode(line)
            if found is not None and found[0] == messages.READ_BACK:
                limits = (*found[1][3:6], found[1][6] + 1, *found[1][7:14])
                line = frame.encode(found[0], (*found[1][:3], *limits, messages.limits_hash(limits)))
            made += line
        return len(data) if super().write(made) == len(made) else 0


def answer(reply: Callable[[bytes], bytes]) -> None:
    """Be something else for ever."""
    master, slave = os.openpty()
    tty.setraw(slave)
    print(f"serial:{os.ttyname(slave)}?facts=sim", flush=True)
    while True:
        select.select([master], [], [])
        os.write(master, reply(os.read(master, 4096)))


def altered_limits() -> None:
    """Be a controller that does not store what it was sent."""
    table = make_emulated(read_options(parse_url("sim:?seed=3&slack_mm=0"), TableSetup()))
    end, ended, highest_n = Altering(), [], [0.0]
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))

    def look(one: EmulatedTable) -> None:
        highest_n[0] = max(highest_n[0], one.true_force_n())

    print(f"{end.url}?facts=sim", flush=True)
    serve(table, end, WallClock(), lambda: bool(ended), look)
    print(round(1000 * highest_n[0]), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "altered-limits":
        altered_limits()
    else:
        answer(ANSWERS[sys.argv[1]])
