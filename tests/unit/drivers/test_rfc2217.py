"""A port of another machine: agreed with pyserial's own server, and refused by whatever else may listen."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest
import serial
import serial.rfc2217
from hypothesis import given
from hypothesis import strategies as st

from traction.clock import VirtualClock, WallClock
from traction.drivers.base import TableSetup
from traction.drivers.com_port import ComPort, doubled, taken
from traction.drivers.registry import open_driver
from traction.drivers.rfc2217 import OPEN_US, Rfc2217Line, agree, open_rfc2217
from traction.drivers.transport import open_tcp
from traction.errors import TableError, UsageError

EVERY = bytes(range(256)) + b"a\xff\xffb\xffc"
BAUD = 0x0001FEFF  # one that has to be told with a byte of 255
ASKED = bytes.fromhex("fffb2c")  # WILL COM-PORT-OPTION
HEARD = bytes.fromhex("fffd2c")  # DO COM-PORT-OPTION
SETTINGS = ("65" + "0001c200", "66" + "08", "67" + "01", "68" + "01")
AGREED = HEARD + b"".join(bytes.fromhex(f"fffa2c{one}fff0") for one in SETTINGS)


class Way(bytearray):
    """What is on its way to us; the server's part of pyserial writes to it."""

    def write(self, data: bytes) -> None:
        """Send."""
        self += data


class Far:
    """Another machine whose port is a loop, served by pyserial, in memory; takes ``most`` bytes at once."""

    def __init__(self, most: int = 65536) -> None:
        self.port = serial.serial_for_url("loop://", timeout=0)
        self._most = most
        self._way = Way()
        self._manager = serial.rfc2217.PortManager(self.port, self._way)

    def read(self) -> bytes:
        """Return at most ``most`` bytes of what has come."""
        self._way.write(b"".join(self._manager.escape(self.port.read(4096))))
        data = bytes(self._way[: self._most])
        del self._way[: self._most]
        return data

    def write(self, data: bytes) -> int:
        """Take at most ``most`` bytes."""
        self.port.write(b"".join(self._manager.filter(data[: self._most])))
        return min(len(data), self._most)

    def close(self) -> None:
        """Let go of the port."""
        self.port.close()


class Says:
    """A server that says what it is given, at once, and takes everything."""

    def __init__(self, words: bytes) -> None:
        self._words = words
        self.taken = b""

    def read(self) -> bytes:
        """Return it all, the first time."""
        words, self._words = self._words, b""
        return words

    def write(self, data: bytes) -> int:
        """Keep it."""
        self.taken += data
        return len(data)

    def close(self) -> None:
        """Do nothing."""


def error_of(words: bytes) -> TableError:
    with pytest.raises(TableError) as caught:
        agree(Rfc2217Line(Says(words), ComPort(115200)), "far:1", VirtualClock(), OPEN_US)
    return caught.value


@pytest.mark.parametrize("most", [1, 7, 65536])
def test_a_port_is_set_as_asked_and_carries_every_byte_unchanged(most: int) -> None:
    far = Far(most)
    far.port.dtr = far.port.rts = False
    far.port.xonxoff = True
    line = agree(Rfc2217Line(far, ComPort(BAUD)), "far", VirtualClock(), OPEN_US)
    assert (far.port.baudrate, far.port.bytesize, far.port.parity, far.port.stopbits) == (BAUD, 8, "N", 1)
    while line.port.out:  # what nobody waits for
        line.read()
    assert (far.port._dtr_state, far.port._rts_state, far.port.xonxoff) == (True, True, False)
    left, came = EVERY, b""
    for _ in range(3 * len(EVERY)):
        left = left[line.write(left) :]
        came += line.read()
    assert (left, came) == (b"", EVERY)
    line.close()
    assert not far.port.is_open


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (b"", "E535", "nothing at all came"),
        (b"SSH-2.0-x\r\n", "E535", "11 bytes came, first 'SSH-2.0-x"),
        (bytes.fromhex("fff0") * 40, "E535", "80 bytes came"),  # the end of a talk that never began
        (bytes.fromhex("fffe2c"), "E533", "shares no serial port"),
        (HEARD + bytes.fromhex("fffa2c6500002580fff0"), "E533", "has baud 9600 where 115200 was asked for"),
        (HEARD + AGREED[3:14], "E535", "does not share"),  # it has taken the baud, and nothing else
        (HEARD + bytes.fromhex("fffa016500002580fff0"), "E535", "does not share"),  # another option
        (HEARD + bytes.fromhex("fffa2c6607fff0"), "E533", "has data bits 7 where 8 was asked for"),
    ],
)
def test_what_is_no_such_server_is_told_within_three_seconds(words: bytes, code: str, says: str) -> None:
    error = error_of(words)
    assert error.code == code
    assert says in str(error)


def test_an_echo_is_no_server() -> None:
    class Echo(Says):
        def write(self, data: bytes) -> int:
            self._words += data
            return super().write(data)

    with pytest.raises(TableError) as caught:
        agree(Rfc2217Line(Echo(b""), ComPort(115200)), "far:1", VirtualClock(), OPEN_US)
    assert caught.value.code == "E535"


@given(st.lists(st.binary(max_size=40) | st.sampled_from([HEARD, ASKED, bytes.fromhex("fffa2c65")])))
def test_any_bytes_in_any_pieces_mean_the_same(pieces: list[bytes]) -> None:
    whole, cut = ComPort(115200), ComPort(115200)
    data = b"".join(pieces)
    assert whole.receive(data) == b"".join(cut.receive(one) for one in pieces)
    assert (whole.out, whole.ready, whole.refusal) == (cut.out, cut.ready, cut.refusal)


def test_data_waits_until_what_is_owed_to_the_server_has_gone() -> None:
    line = Rfc2217Line(Far(1), ComPort(115200))
    assert [line.write(b"data"), line.write(b"data")] == [0, 0]
    assert line.write(b"data") == 1  # the third of three bytes went before it


def test_an_endless_talk_is_none() -> None:
    port = ComPort(115200)
    assert port.receive(bytes.fromhex("fffa") + b"x" * 100) == b"x" * 36


def test_a_server_that_changes_its_mind_later_is_no_refusal() -> None:
    port = ComPort(115200)
    assert port.receive(AGREED + b"data") == b"data"
    assert port.ready
    assert port.receive(bytes.fromhex("fffe2c") + b"more") == b"more"
    assert (port.ready, port.refusal) == (True, "")


def test_what_a_server_says_is_answered_once_whatever_it_says() -> None:
    port = ComPort(115200)
    every = b"".join(bytes((255, verb, option)) for verb in range(251, 255) for option in range(256))
    port.receive(every)
    once = len(port.out)
    for _ in range(5):
        port.receive(every)
    assert len(port.out) == once


@given(st.binary(max_size=30) | st.lists(st.sampled_from([b"\xff", b"a"])).map(b"".join), st.data())
def test_what_has_gone_is_told_in_bytes_of_the_port(data: bytes, draw: st.DataObject) -> None:
    count = draw.draw(st.integers(0, len(doubled(data))))
    gone, half = taken(data, count)
    assert doubled(data)[:count] + half == doubled(data[:gone])


def test_nothing_waits_where_nobody_reads() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = Rfc2217Line(open_tcp("127.0.0.1", server.getsockname()[1]), ComPort(115200))
        other, _ = server.accept()
        total = 0
        while count := line.write(b"\xff" * 4096):
            total += count
        assert total > 0
        assert (line.write(b"more"), line.read()) == (0, b"")
        other.close()
        line.close()
        line.close()


class Turning(VirtualClock):
    """The time of a server that turns whoever comes away, ``times`` times, and agrees with the next one."""

    def __init__(self, server: socket.socket, times: int) -> None:
        super().__init__()
        self._server = server
        server.setblocking(False)
        self.clients: list[socket.socket] = []
        self._times = times

    def wait_until_us(self, deadline_us: int) -> None:
        """Pass the time, and let the server do what it does."""
        super().wait_until_us(deadline_us)
        with suppress(BlockingIOError):
            client, _ = self._server.accept()
            self.clients.append(client)
            if len(self.clients) > self._times:
                client.sendall(AGREED)
            else:
                client.sendall(b"Port already in use\r\n")
                client.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(("times", "comes"), [(0, 1), (3, 4), (100, 12)])
def test_a_server_that_is_busy_is_asked_again_for_three_seconds_and_then_quoted(
    times: int, comes: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        clock = Turning(server, times)
        try:
            if comes > times:
                open_rfc2217("127.0.0.1", server.getsockname()[1], 115200, clock).close()
            else:
                with pytest.raises(TableError) as caught:
                    open_rfc2217("127.0.0.1", server.getsockname()[1], 115200, clock)
                assert caught.value.code == "E533"
                assert "first 'Port already in use" in str(caught.value)
            assert min(comes, 8) <= len(clock.clients) <= comes
            assert clock.now_us() <= OPEN_US
        finally:
            for client in clock.clients:
                client.close()


def test_where_nobody_listens_and_where_a_server_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        with pytest.raises(TableError) as caught:
            open_rfc2217("127.0.0.1", number, 115200, VirtualClock())
        assert caught.value.code == "E535"
        with server.accept()[0] as client:
            assert (client.recv(10), client.recv(10)) == (ASKED, b"")  # asked, and let go of
    with pytest.raises(TableError) as caught:
        open_rfc2217("127.0.0.1", number, 115200, VirtualClock())
    assert caught.value.code == "E530"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("rfc2217://127.0.0.1", "E120"),
        ("rfc2217://127.0.0.1:0", "E120"),
        ("rfc2217://127.0.0.1:5?baud=9600", "E534"),
        ("rfc2217://127.0.0.1:5?poll_modem=1", "E122"),
        ("socket://127.0.0.1", "E120"),
        ("socket://127.0.0.1:5?baud=115200", "E122"),
    ],
)
def test_a_url_is_judged_before_anything_is_opened(url: str, code: str) -> None:
    with pytest.raises((UsageError, TableError)) as caught:
        open_driver(url, clock=WallClock(), setup=TableSetup())
    assert caught.value.code == code
