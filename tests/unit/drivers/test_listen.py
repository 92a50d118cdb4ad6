"""Where an emulated table is served: one client at a time, however clients come and go."""

import os
import socket
import sys
from collections.abc import Iterator

import pytest

from traction.drivers.listen import PtyEnd, TcpEnd
from traction.drivers.transport import open_serial
from traction.errors import UsageError

WAIT_S = 5.0


@pytest.fixture
def end() -> Iterator[TcpEnd]:
    one = TcpEnd("127.0.0.1", 0)
    yield one
    one.close()


def connect(end: TcpEnd) -> socket.socket:
    host, port = end.url.removeprefix("tcp://").split(":")
    return socket.create_connection((host, int(port)), WAIT_S)


def read(end: TcpEnd) -> bytes:
    """Read as the serving loop does: until there is nothing more."""
    data = b""
    while more := end.read():
        data += more
    return data


def test_what_is_written_to_nobody_is_gone(end: TcpEnd) -> None:
    assert end.read() == b""
    assert end.write(b"x" * 1000) == 1000


def test_a_client_is_heard_and_answered(end: TcpEnd) -> None:
    with connect(end) as client:
        end.wait(WAIT_S)
        assert end.strangers() == []
        client.sendall(b"hello")
        end.wait(WAIT_S)
        assert read(end) == b"hello"
        assert end.write(b"answer") == 6
        assert client.recv(100) == b"answer"


def test_a_second_client_is_a_stranger_and_sent_away(end: TcpEnd) -> None:
    with connect(end), connect(end) as second:
        for _ in range(2):
            end.wait(WAIT_S)
            end.strangers()
        (stranger,) = end.strangers()
        stranger.send_away(b"busy")
        assert second.recv(100) == b"busy"
        assert second.recv(100) == b""
        assert end.strangers() == []


def test_a_client_that_has_gone_makes_room_at_once_and_its_last_words_are_heard(end: TcpEnd) -> None:
    first = connect(end)
    end.wait(WAIT_S)
    end.strangers()
    first.sendall(b"stop")
    first.close()
    with connect(end) as second:
        end.wait(WAIT_S)
        assert read(end) == b"stop"
        end.wait(WAIT_S)
        assert end.strangers() == []
        end.write(b"hello")
        assert second.recv(100) == b"hello"


def test_whoever_connects_while_the_client_is_going_is_no_stranger(end: TcpEnd) -> None:
    first = connect(end)
    end.wait(WAIT_S)
    end.strangers()
    assert read(end) == b""  # still there, as far as anybody has looked
    first.sendall(b"stop")
    first.close()
    with connect(end) as second:
        second.sendall(b"hello")
        assert end.strangers() == []  # let in, and not read yet
        end.wait(WAIT_S)
        assert read(end) == b"stop"
        assert end.strangers() == []
        assert read(end) == b"hello"


def test_a_crowd_of_strangers_is_bounded(end: TcpEnd) -> None:
    crowd = [connect(end) for _ in range(20)]
    for _ in range(40):
        end.wait(0)
        assert len(end.strangers()) <= 8
    for one in crowd:
        one.close()


def test_a_place_that_cannot_be_had_is_told(end: TcpEnd) -> None:
    port = int(end.url.rpartition(":")[2])
    with pytest.raises(UsageError, match="E533"):
        TcpEnd("127.0.0.1", port)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals there")
def test_a_pty_is_raw_and_stays_when_its_client_goes() -> None:
    end = PtyEnd()
    for _ in range(2):
        line = open_serial(end.url.removeprefix("serial:"), 115200)
        every = bytes(range(256))
        assert end.write(every) == 256
        assert line.read() == every
        assert line.write(every) == 256
        end.wait(WAIT_S)
        assert end.read() == every
        assert line.read() == b""  # nothing is echoed
        line.close()
        assert end.read() == b""
    while end.write(b"x" * 4096):
        pass  # nobody reads: it takes what fits
    end.close()
    end.close()
    assert not os.path.exists(end.url.removeprefix("serial:"))  # noqa: PTH110
