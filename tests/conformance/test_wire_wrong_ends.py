"""Ports that are missing, taken, forbidden, or lead to something else: told plainly, and nothing moves.

Each on a real terminal with the other side in a process of its own.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
    pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo terminals here"),
]
DEVICE = Path(__file__).parents[1] / "scripts" / "strange_device.py"
OPEN_S = 3.0
START_S = 60.0
"""What starting a program may take on a busy machine."""

OPENED = """
import os, sys
from traction.clock import WallClock
from traction.drivers import serial, transport, wire_words
from traction.drivers.base import TableSetup
from traction.drivers.registry import open_driver
from traction.errors import TractionError

url = sys.argv[1]
if os.geteuid() == 0:
    os.seteuid(65534)  # root may open anything
try:
    open_driver(url, clock=WallClock(), setup=TableSetup()).open()
except TractionError as error:
    print(error.code, error)
"""


@pytest.fixture
def device() -> Iterator[Callable[[str], Any]]:
    """Return a function that starts something on a terminal; gives the process and its URL."""
    started: list[subprocess.Popen[str]] = []

    def begin(kind: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, str(DEVICE), kind]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def refused(shell_run: Any, short_protocol: Path) -> Callable[..., str]:
    """Return a function that tries to run a protocol there and gives what is said, in one line."""

    def run(url: str, code: str, exit_code: int = 6) -> str:
        begun = time.monotonic()
        done = shell_run("run", short_protocol, "--table", url, "--yes")
        assert time.monotonic() - begun < OPEN_S + START_S
        told = re.sub(r"\s+", " ", done.stderr)
        assert done.returncode == exit_code, told
        assert f"error {code}: " in told
        assert "; expected " in told
        assert " advice: " in told
        assert "nothing moved" in told
        return told

    return run


WRONG = {
    "silent": ("E535", "no controller answers, and nothing at all came"),
    "modem": ("E535", r"ERROR\r\n'"),
    "echo": ("E535", "bytes came that are none of its, first '$1H,"),
    "grbl": ("E535", "Grbl 1.1h ['$' for help]"),
    "another-major": ("E536", "another major version of the wire; expected version 1"),
}


def test_what_is_no_controller_of_ours_is_told(device: Any, refused: Any) -> None:
    urls = [device(kind)[1] for kind in WRONG]
    with ThreadPoolExecutor() as pool:  # each waits three seconds for a hello
        told = pool.map(refused, urls, [code for code, _ in WRONG.values()])
        for (_, words), said in zip(WRONG.values(), told, strict=True):
            assert words in said


def test_a_port_that_is_missing_is_told(refused: Any) -> None:
    assert "there is no port /dev/ttyACM77" in refused("serial:/dev/ttyACM77?facts=sim", "E530")
    assert "nobody listens at 127.0.0.1:1" in refused("tcp://127.0.0.1:1?facts=sim", "E530")


def test_a_port_that_another_program_has_is_told(device: Any, refused: Any) -> None:
    import serial

    _, url = device("silent")
    with serial.Serial(url.partition(":")[2].partition("?")[0], exclusive=True):
        assert "is in use by another program" in refused(url, "E531")


def test_a_port_that_this_user_may_not_open_is_told(device: Any) -> None:
    _, url = device("silent")
    Path(url.partition(":")[2].partition("?")[0]).chmod(0)
    told = subprocess.check_output([sys.executable, "-c", OPENED, url], text=True)
    assert told.startswith("E532 ")
    assert "may not be opened by this user; expected the right to read and write it" in told


def test_a_line_of_9600_baud_is_refused_with_the_arithmetic(serve: Any, refused: Any) -> None:
    served = serve("--pty")
    told = refused(served.url + "&baud=9600", "E534")
    found = re.search(
        r"(\d+) baud carry (\d+) bytes a second; .* up to (\d+) bytes every 20 ms takes (\d+)", told
    )
    assert found, told
    baud, carried, size, needed = map(int, found.groups())
    assert (baud, carried, needed) == (9600, 9600 // 10, size * 50)
    assert needed > carried
    assert f"expected at least {needed * 10} baud, such as 115200" in told
    out, err = served.session(served.url).communicate(timeout=60)  # nothing was said to it, and it serves
    assert out.splitlines()[-1].startswith("COMPLETED"), out + err


def test_limits_that_come_back_different_move_nothing(device: Any, refused: Any) -> None:
    process, url = device("altered-limits")
    told = refused(url, "E505")
    assert "max_hold_ms" in told
    process.send_signal(signal.SIGTERM)
    assert int(process.stdout.readline()) < 1000  # mN, the highest there ever was
