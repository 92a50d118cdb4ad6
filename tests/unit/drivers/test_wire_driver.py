"""Saying hello to whatever is on a line, and the answers that are no welcome."""

from collections.abc import Callable

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import StopKind, TableSetup
from traction.drivers.line_errors import lost
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.errors import TableError
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.wire import codes, frame, messages


class Fixed:
    """A line on which something else sits: it answers each write with what ``answer`` makes of it."""

    def __init__(self, answer: Callable[[bytes], bytes], first: bytes = b"") -> None:
        self.answer = answer
        self.waiting = first
        self.closed = False

    def read(self) -> bytes:
        data, self.waiting = self.waiting, b""
        return data

    def write(self, data: bytes) -> int:
        self.waiting += self.answer(data)
        return len(data)

    def close(self) -> None:
        self.closed = True


def refused(line: Fixed) -> TableError:
    clock = VirtualClock()
    driver = WireDriver(lambda: line, clock, 7)
    with pytest.raises(TableError) as caught:
        driver.open()
    assert line.closed
    assert clock.now_us() <= 3_001_000
    driver.stop(StopKind.OFF)  # of a driver that never opened: still quiet
    driver.close()
    return caught.value


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", lambda _: b""),  # a printer
        (b"", lambda _: b"\r\nERROR\r\n"),  # a modem
        (b"", lambda data: data),  # an echo
        (b"\r\nGrbl 1.1h ['$' for help]\r\n", lambda _: b"error:3\r\n"),
        (b"\xff\x00" * 1000, lambda _: b"\xff"),
    ],
    ids=["printer", "modem", "echo", "grbl", "wrong baud rate"],
)
def test_something_else_on_the_port_is_told_within_three_seconds(first: bytes, answer: object) -> None:
    error = refused(Fixed(answer, first))
    assert error.code == "E535"
    assert str(error).isprintable()


def test_what_came_is_shown() -> None:
    told = str(refused(Fixed(lambda _: b"", b"Grbl 1.1h ['$' for help]\r\n")))
    assert r"first 'Grbl 1.1h ['$' for help]\r\n'" in told


def test_another_major_version() -> None:
    body = b"$2I,0,1,0"
    line = Fixed(lambda _: body + b"*%08X\n" % frame.check_sum(body))
    assert refused(line).code == "E536"


def identity(definition: int, must: int = 7, model: int = 1) -> Callable[[bytes], bytes]:
    def answer(_data: bytes) -> bytes:
        values = (7, 1, 0, 5, 0, definition, model, 42, 1_000_000, must, 0, 0, 0, 10, 1)
        sample = (7, 2, 0, 5, 1, 1, 0, 3, 0, 0, 0, 0)
        return frame.encode("I", values) + frame.encode("T", sample)

    return answer


def test_another_table_of_messages() -> None:
    assert refused(Fixed(identity(messages.definition() ^ 1))).code == "E536"


def test_a_capability_that_must_be_understood_and_is_not() -> None:
    assert refused(Fixed(identity(messages.definition(), must=7 | 64))).code == "E536"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (messages.MODEL_EMULATED, "traction emulated table"),
        (messages.MODEL_BOARD, "traction controller board"),
        (77, "controller model 77"),
    ],
)
def test_a_controller_is_called_by_the_name_of_its_model(model: int, name: str) -> None:
    line = Fixed(identity(messages.definition(), model=model))
    assert WireDriver(lambda: line, VirtualClock(), 7).open().model == name


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (codes.RESULT_BUSY, "E531"),
        (codes.RESULT_WRONG_VERSION, "E536"),
        (codes.RESULT_NO_FORCE_SIGNAL, "E520"),
        (999, "E520"),
    ],
)
def test_a_hello_that_is_refused(result: int, code: str) -> None:
    assert refused(Fixed(lambda _: frame.encode("K", (7, 1, 0, 1, result)))).code == code


@pytest.fixture
def line() -> MemoryLine:
    clock = VirtualClock()
    table = make_emulated(read_options(parse_url("sim:?seed=42"), TableSetup()))
    return MemoryLine(table, clock)


def test_who_answers(line: MemoryLine) -> None:
    identity = WireDriver(lambda: line, line._clock, 7).open()
    assert (identity.model, identity.serial_number, identity.firmware) == (
        "traction emulated table",
        "42",
        "1.0.0",
    )
    assert identity.simulated
    assert len(identity.channels) == 4


def test_the_serial_number_of_the_url_must_be_that_of_the_controller(line: MemoryLine) -> None:
    WireDriver(lambda: line, line._clock, 7, serial_number=42).open()
    with pytest.raises(TableError, match="E537"):
        WireDriver(lambda: line, line._clock, 8, serial_number=43).open()


def test_a_board_that_opening_resets_is_waited_for(line: MemoryLine) -> None:
    clock = line._clock

    class Resetting(MemoryLine):
        def to_table(self, data: bytes) -> bytes:
            return data if clock.now_us() > 2_000_000 else b""

        def to_host(self, data: bytes) -> bytes:
            return data if clock.now_us() > 2_000_000 else b"\xff"

    board = Resetting(line.table, clock)
    assert WireDriver(lambda: board, clock, 7).open().serial_number == "42"


def test_who_hangs_up_instead_of_answering_is_quoted() -> None:
    class Leaving(Fixed):
        def read(self) -> bytes:
            return super().read() or lost("far", "the other end is gone")

    error = refused(Leaving(lambda _: b"Port already in use\r\n"))
    assert [one.code for one in error.problems] == ["E535", "E538"]
    assert "first 'Port already in use" in str(error)


def test_a_controller_that_leaves_in_its_answer_is_a_lost_line(line: MemoryLine) -> None:
    class Leaving(MemoryLine):
        def read(self) -> bytes:
            if driver.link.heard:
                lost("far", "the other end is gone")
            return super().read()

    driver = WireDriver(lambda: Leaving(line.table, line._clock), line._clock, 7)
    with pytest.raises(TableError) as caught:
        driver.open()
    assert [one.code for one in caught.value.problems] == ["E538"]


def test_a_controller_that_stops_answering_is_lost_after_200_ms(line: MemoryLine) -> None:
    clock = line._clock

    class Silent(MemoryLine):
        silent = False

        def to_host(self, data: bytes) -> bytes:
            return b"" if self.silent else data

    board = Silent(line.table, clock)
    driver = WireDriver(lambda: board, clock, 7)
    driver.open()
    board.silent = True
    before_us = clock.now_us()
    with pytest.raises(TableError, match="E538"):
        driver.arm()
    assert clock.now_us() - before_us <= 202_000


def test_a_line_that_takes_nothing_is_lost_and_a_stop_still_goes_first(line: MemoryLine) -> None:
    clock = line._clock

    class Stuck(MemoryLine):
        stuck = False
        sent: list[bytes] = []  # noqa: RUF012

        def write(self, data: bytes) -> int:
            if self.stuck:
                return 5
            self.sent.append(data)
            return super().write(data)

    board = Stuck(line.table, clock)
    driver = WireDriver(lambda: board, clock, 7)
    driver.open()
    board.stuck = True
    driver.setpoint((0, 0, 0, 250, 1))
    with pytest.raises(TableError, match="E538"):
        driver.setpoint((0, 0, 0, 250, 1))
    board.stuck = False
    driver.stop(StopKind.FAST)
    assert board.sent[-1].startswith(b"$1X,7,")


def test_a_poll_without_a_new_sample_gives_the_last_one_as_old_as_it_is(line: MemoryLine) -> None:
    clock = line._clock
    driver = WireDriver(lambda: line, clock, 7)
    driver.open()
    first = driver.poll()
    clock.wait_until_us(clock.now_us() + 5_000)
    again = driver.poll()
    assert again == first
    assert clock.now_us() - again.received_us >= 5_000


def test_a_reset_names_a_sample_of_now_however_long_nobody_has_polled(line: MemoryLine) -> None:
    clock = line._clock
    driver = WireDriver(lambda: line, clock, 7)
    driver.open()
    driver.stop(StopKind.OFF)
    clock.wait_until_us(clock.now_us() + 5_000_000)
    assert line.table.controller.state == codes.STATE_DUMPED
    driver.reset(0)
    assert driver.poll().state == codes.STATE_IDENTIFIED


def test_a_reset_is_not_deceived_by_what_has_lain_on_the_line(line: MemoryLine) -> None:
    clock = line._clock

    class Full(MemoryLine):
        def to_host(self, data: bytes) -> bytes:
            return data[:4096]  # as a kernel keeps it for whoever does not read

    board = Full(line.table, clock)
    driver = WireDriver(lambda: board, clock, 7)
    driver.open()
    driver.stop(StopKind.OFF)
    clock.wait_until_us(clock.now_us() + 5_000_000)
    driver.reset(driver.poll().fault)
    assert driver.poll().state == codes.STATE_IDENTIFIED


def test_a_reset_waits_200_ms_for_a_sample_and_no_longer(line: MemoryLine) -> None:
    clock = line._clock

    class Silent(MemoryLine):
        silent = False

        def to_host(self, data: bytes) -> bytes:
            return b"" if self.silent else data

    board = Silent(line.table, clock)
    driver = WireDriver(lambda: board, clock, 7)
    driver.open()
    board.silent = True
    clock.wait_until_us(clock.now_us() + 50_000)
    before_us = clock.now_us()
    with pytest.raises(TableError, match="E538 no sample"):
        driver.reset(0)
    assert clock.now_us() - before_us <= 202_000


@pytest.mark.parametrize("nonce", [0, 0xFFFF, 1 << 48])
def test_what_is_no_start_number_is_not_sent(line: MemoryLine, nonce: int) -> None:
    driver = WireDriver(lambda: line, line._clock, 7)
    driver.open()
    with pytest.raises(TableError, match="E520"):
        driver.go(nonce)
    assert line.table.link.bad == 0
