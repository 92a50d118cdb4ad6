"""Host and controller in two processes, in real time: over TCP, over a pty, whatever becomes of either."""

import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
]
WAYS = [("--tcp", "127.0.0.1:0"), ("--pty",)]
Serve = Callable[..., Any]
RELEASE_S = 5.0  # of the shipped limits: the longest a release may take


def address(url: str) -> tuple[str, int]:
    host, port = re.fullmatch(r"tcp://([\d.]+):(\d+)\?facts=sim", url).groups()
    return host, int(port)


def listener(url: str) -> socket.socket:
    if url.startswith("tcp:"):
        return socket.create_connection(address(url))
    raise AssertionError(url)


@pytest.fixture(params=WAYS, ids=["tcp", "pty"])
def served(request: pytest.FixtureRequest, serve: Serve) -> Any:
    if request.param == ("--pty",) and not hasattr(os, "openpty"):
        pytest.skip("no pseudo terminals here")
    return serve(*request.param)


def test_a_session_completes_and_so_does_the_next(served: Any) -> None:
    for _ in range(2):
        out, err = served.session(served.url).communicate(timeout=60)
        assert out.splitlines()[-1].startswith("COMPLETED - "), out + err
    # one that was started in the background has been told by its shell not to heed Ctrl-C
    heeded = signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    assert served.end(signal.SIGINT if heeded else signal.SIGTERM) == 0


def test_a_second_host_is_told_busy(serve: Serve) -> None:
    served = serve("--tcp", "127.0.0.1:0")
    first = served.session(served.url, 3)
    assert first.stdout.readline() == "holding\n"
    out, _ = served.session(served.url).communicate(timeout=30)
    assert out.startswith("FAULTED E531"), out
    out, err = first.communicate(timeout=30)
    assert out.startswith("COMPLETED"), out + err


def test_garbage_floods_and_readers_that_do_not_read_are_survived(serve: Serve) -> None:
    served = serve("--tcp", "127.0.0.1:0")
    for _ in range(3):
        with listener(served.url) as line:
            line.setblocking(False)
            end = time.monotonic() + 0.5
            while time.monotonic() < end:  # never reads, writes all it can
                try:
                    line.send(os.urandom(4096) + b"$1X,1,1,1,1*00000000\n" * 100)
                except BlockingIOError:
                    select.select([], [line], [], 0.05)
    with listener(served.url) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # gone with a reset
    out, err = served.session(served.url).communicate(timeout=60)
    assert out.splitlines()[-1].startswith("COMPLETED"), out + err
    assert served.end(signal.SIGTERM) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals there")
def test_a_locked_port_is_busy_and_a_killed_host_leaves_none(serve: Serve) -> None:
    served = serve("--pty")
    host = served.session(served.url, 30)
    assert host.stdout.readline() == "holding\n"
    out, _ = served.session(served.url).communicate(timeout=30)
    assert out.startswith("FAULTED E531"), out
    host.kill()
    host.wait(5)
    time.sleep(RELEASE_S / 2)  # until the controller has let go by itself
    out, _ = served.session(served.url).communicate(timeout=30)
    assert "E345" in out, out  # a fault is latched: the port is free, and the table says so
