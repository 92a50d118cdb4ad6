"""The lines of systems where a port or a socket is no file descriptor, such as Windows, on what is here."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from traction.drivers import transport
from traction.drivers.transport import PyserialLine, SocketLine, open_serial, open_tcp
from traction.drivers.url import parse_url
from traction.errors import TableError

EVERY = bytes(range(256))
STEPS = 1000


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the ways that need nothing of POSIX."""
    monkeypatch.setattr(transport, "POSIX", False)


@pytest.fixture
def pty():
    tty = pytest.importorskip("tty", reason="no pseudo terminals here")
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    name = os.ttyname(slave)
    os.close(slave)
    yield master, name
    with suppress(OSError):
        os.close(master)


@pytest.fixture
def linked():
    """Return a connected line, and the socket at its other end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = open_tcp("127.0.0.1", server.getsockname()[1])
        other, _ = server.accept()
        yield line, other
        line.close()
        other.close()


def many(call: Callable[..., object], *values: object) -> None:
    for _ in range(STEPS):
        call(*values)


def lost(call: Callable[..., object], *values: object) -> None:
    """Call until the line is told to be gone: what has come before its end comes first."""
    with pytest.raises(TableError) as caught:
        many(call, *values)
    assert caught.value.code == "E538"


def test_bytes_cross_a_port_unchanged_and_nothing_waits(pty) -> None:
    master, name = pty
    line = open_serial(name, 115200)
    assert isinstance(line, PyserialLine)
    assert line.read() == b""
    os.write(master, EVERY)
    came = b""
    while len(came) < 256:  # the system hands it on in a moment of its own
        came += line.read()
    assert came == EVERY
    assert line.write(EVERY) == 256
    assert os.read(master, 4096) == EVERY
    line.close()
    line.close()
    lost(line.read)
    lost(line.write, b"x")


def test_an_unplugged_port_is_lost_for_reading_and_writing(pty) -> None:
    master, name = pty
    line = open_serial(name, 115200)
    os.close(master)
    lost(line.read)
    lost(line.write, b"x")
    line.close()


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(TableError) as caught:
        open_serial("/dev/there-is-no-such-port", 115200)
    assert caught.value.code == "E530"


def test_bytes_cross_a_socket_unchanged_and_nothing_waits(linked) -> None:
    line, other = linked
    assert isinstance(line, SocketLine)
    assert line.read() == b""
    assert line.write(EVERY) == 256
    assert other.recv(4096) == EVERY
    other.sendall(EVERY)
    assert line.read() == EVERY
    total = 0
    while count := line.write(b"x" * 4096):  # nobody reads: it takes what fits, and then nothing
        total += count
    assert total > 0


def test_a_socket_whose_other_end_has_gone_is_lost(linked) -> None:
    line, other = linked
    other.sendall(b"last")
    other.close()
    assert line.read() == b"last"
    lost(line.read)
    lost(line.write, b"x")
    line.close()
    line.close()


def test_what_was_written_last_arrives_though_something_is_unread(linked) -> None:
    line, other = linked
    other.sendall(b"unread" * 100)
    assert line.write(b"stop") == 4
    line.close()
    assert other.recv(10) == b"stop"


@pytest.mark.parametrize(
    "name", ["COM3", r"\\.\COM10", "/dev/cu.usbmodem1101", "/dev/tty.usbserial-AB0", "/dev/ttyACM0"]
)
def test_ports_have_the_names_that_their_systems_give_them(name: str) -> None:
    assert parse_url(f"serial:{name}?baud=115200").path == name
