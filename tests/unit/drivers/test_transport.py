"""Opening and losing a line: every way has a code, and a plain message."""

import errno
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import serial

from traction.clock import WallClock, cpu_us
from traction.drivers import line_errors
from traction.drivers.base import TableSetup
from traction.drivers.com_port import ComPort
from traction.drivers.host import HostLink
from traction.drivers.registry import open_driver
from traction.drivers.transport import MOST_BYTES, open_serial, open_tcp
from traction.drivers.wire_words import check_baud, longest, split_address
from traction.errors import RefusedError, TableError, UsageError
from traction.wire import messages

if sys.platform != "win32":
    import fcntl
    import termios
    import tty

posix = pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind")


@pytest.fixture
def pty():
    """Return the master's descriptor and the name of a pseudo terminal."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    name = os.ttyname(slave)
    os.close(slave)
    yield master, name
    with suppress(OSError):
        os.close(master)


def code(call, *values) -> str:
    with pytest.raises(TableError) as caught:
        call(*values)
    assert "Traceback" not in str(caught.value)
    return caught.value.code


def test_a_port_that_is_not_there() -> None:
    assert code(open_serial, "/dev/there-is-no-such-port", 115200) == "E530"


def test_a_file_that_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    assert code(open_serial, str(path), 115200) == "E533"


@posix
def test_a_port_that_somebody_has_locked(pty) -> None:
    _, name = pty
    other = os.open(name, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert code(open_serial, name, 115200) == "E531"
    os.close(other)
    open_serial(name, 115200).close()


@posix
def test_an_open_port_is_locked_and_a_closed_one_is_free(pty) -> None:
    _, name = pty
    line = open_serial(name, 115200)
    assert code(open_serial, name, 115200) == "E531"
    line.close()
    line.close()
    open_serial(name, 115200).close()


@posix
def test_a_port_is_not_hung_up_on_closing(pty) -> None:
    _, name = pty
    line = open_serial(name, 115200)
    probe = os.open(name, os.O_RDWR | os.O_NOCTTY)
    assert not termios.tcgetattr(probe)[2] & termios.HUPCL
    line.close()
    os.close(probe)


@posix
def test_dtr_and_rts_are_set_before_the_port_is_opened(pty, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    class Noting(serial.Serial):
        """The port of pyserial, which notes in what order it is told what."""

        def __setattr__(self, name: str, value: object) -> None:
            if name in ("dtr", "rts"):
                done.append((name, value))
            super().__setattr__(name, value)

        def open(self) -> None:
            done.append("open")
            super().open()

    monkeypatch.setattr(serial, "Serial", Noting)
    open_serial(pty[1], 115200).close()
    assert sorted(done[:2]) == [("dtr", True), ("rts", True)]
    assert done[2:] == ["open"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.EACCES, "Permission denied"), "E532"),
        (OSError(errno.EPERM, "Operation not permitted"), "E532"),
        (OSError(errno.EBUSY, "Device or resource busy"), "E531"),
        (OSError(errno.ENODEV, "No such device"), "E530"),
        (OSError("could not open port 'COM9': FileNotFoundError(2, 'no such file', None, 2)"), "E530"),
        (OSError("could not open port 'COM3': PermissionError(13, 'Access is denied.', None, 5)"), "E531"),
        (OSError(errno.EIO, "Input/output error"), "E533"),
        (ValueError("Invalid baud rate"), "E533"),
    ],
)
def test_what_systems_say_of_a_port_that_does_not_open(error: Exception, expected: str) -> None:
    assert code(line_errors.cannot_open, "port x", error) == expected


@posix
def test_bytes_cross_a_port_unchanged_and_nothing_waits(pty) -> None:
    master, name = pty
    line = open_serial(name, 115200)
    assert line.read() == b""
    every = bytes(range(256))
    os.write(master, every)
    assert line.read() == every
    assert line.write(every) == 256
    assert os.read(master, 4096) == every
    total = 0
    while count := line.write(b"x" * 4096):  # nobody reads: it takes what fits, and then nothing
        total += count
    assert total > 0
    line.close()


@posix
def test_an_unplugged_port_is_lost_for_reading_and_writing(pty) -> None:
    master, name = pty
    line = open_serial(name, 115200)
    os.close(master)
    assert code(line.read) == "E538"
    assert code(line.write, b"x") == "E538"
    line.close()
    assert code(line.read) == "E538"


def test_a_line_over_tcp() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = open_tcp("127.0.0.1", server.getsockname()[1])
        other, _ = server.accept()
        assert line.read() == b""
        assert line.write(b"hello") == 5
        assert other.recv(10) == b"hello"
        other.close()
        assert code(line.read) == "E538"
        line.close()
        port = server.getsockname()[1]
    assert code(open_tcp, "127.0.0.1", port) == "E530"


@pytest.mark.parametrize("error", [OSError("no such option"), KeyboardInterrupt()])
def test_a_connection_that_cannot_be_set_up_is_let_go(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*_said: object) -> None:
        raise error

    with socket.create_server(("127.0.0.1", 0)) as server:
        with monkeypatch.context() as broken:
            broken.setattr(socket.socket, "setsockopt", fail)
            with pytest.raises((TableError, KeyboardInterrupt)):
                open_tcp("127.0.0.1", server.getsockname()[1])
        other, _ = server.accept()
        with other:
            other.setblocking(False)
            assert other.recv(10) == b"", "hung up"


def test_a_flood_comes_in_pieces_that_cost_less_than_10_ms() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = open_tcp("127.0.0.1", server.getsockname()[1])
        other, _ = server.accept()
        other.setblocking(False)
        for flood in (b"$", b"\xff", b"\xff\xfa", b"\xff\xfd\x01", b"$1T,1\n"):
            with suppress(BlockingIOError):
                while True:
                    other.send(flood * 4096)
            came = line.read()
            assert 4096 <= len(came) <= MOST_BYTES
            whole = (came * (MOST_BYTES // len(came) + 1))[:MOST_BYTES]
            # between the two of them they take it all apart; the least of five, for other programs run, too
            assert min(_cost_us(whole) for _ in range(5)) < 10_000
            while line.read():
                pass
        other.close()
        line.close()


def _cost_us(data: bytes) -> int:
    began_us = cpu_us()
    HostLink(7).receive(ComPort(115200).receive(data), 0)
    return cpu_us() - began_us


def test_a_host_without_an_address() -> None:
    assert code(open_tcp, "no.such.host.invalid", 1) == "E530"


def test_what_was_written_last_arrives_though_something_is_unread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = open_tcp("127.0.0.1", server.getsockname()[1])
        other, _ = server.accept()
        other.sendall(b"unread" * 100)
        assert line.write(b"stop") == 4
        line.close()
        assert other.recv(10) == b"stop"
        other.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a:1", ("a", 1)),
        ("[::1]:65535", ("::1", 65535)),
        ("a", None),
        ("a:", None),
        (":1", None),
        ("a:65536", None),
        ("a:-1", None),
        ("a:1:2", None),
        ("a:٣", None),
    ],
)
def test_host_and_port(text: str, found: object) -> None:
    assert split_address(text) == found


def test_a_slow_line_is_refused_with_the_arithmetic() -> None:
    size = longest(messages.TELEMETRY)
    with pytest.raises(TableError) as caught:
        check_baud(9600)
    assert caught.value.code == "E534"
    assert "9600 baud carry 960 bytes a second" in str(caught.value)
    assert str(size * 50) in str(caught.value)
    assert code(check_baud, size * 500 - 1) == "E534"
    check_baud(size * 500)
    check_baud(115200)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("serial:?baud=115200", "E120"),
        ("serial:/dev/x?speed=1", "E122"),
        ("serial:/dev/x?baud=fast", "E124"),
        ("serial:/dev/x?baud=9600", "E534"),
        ("tcp://127.0.0.1", "E120"),
        ("tcp://127.0.0.1:0", "E120"),
        ("tcp://127.0.0.1:5?baud=115200", "E122"),
    ],
)
def test_a_url_is_judged_before_anything_is_opened(url: str, expected: str) -> None:
    with pytest.raises((UsageError, TableError, RefusedError)) as caught:
        open_driver(url, clock=WallClock(), setup=TableSetup())
    assert caught.value.code == expected
