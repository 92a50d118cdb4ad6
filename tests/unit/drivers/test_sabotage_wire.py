"""Each check of the host's end of the wire alone, on a line in memory."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, replace

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import ControllerLimits, SetPoint, StopKind, TableSetup
from traction.drivers.host import HostLink
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.errors import TableError
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.wire import codes, frame, messages

TOKEN = 99
SECOND_US = 1_000_000
HOLD = SetPoint(0, 0, codes.MODE_FORCE, 250, 1)
Spoil = Callable[[str, tuple[int, ...]], tuple[str, tuple[int, ...]] | None]


def said(letter: str, number: int, *values: int, token: int = TOKEN) -> bytes:
    return frame.encode(letter, (token, number, 0, *values))


def telemetry(number: int, *, state: int = codes.STATE_RUN, token: int = TOKEN, boot: int = 5) -> bytes:
    return said(messages.TELEMETRY, number, boot, number, state, 0, 3, 1000, 1001, 50, 0, token=token)


def identity(number: int, token: int = TOKEN, boot: int = 5) -> bytes:
    rest = (0, messages.definition(), 1, 42, 1_000_000, 7, 0, 0, 0, 10, 1)
    return said(messages.IDENTITY, number, boot, *rest, token=token)


def odd(body: bytes) -> bytes:
    return body + b"*%08X\n" % frame.check_sum(body)


@pytest.fixture
def link() -> HostLink:
    one = HostLink(TOKEN)
    one.hello(0)
    one.receive(identity(1) + telemetry(2), 20_000)
    return one


# ---- what the host hears --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        odd(b"$1T,099,3,0,5,3,6,0,3,1000,1001,50,0"),  # its sum is right, its spelling is not
        odd(b"$1t"),
        said("Z", 3),
        said(messages.TELEMETRY, 3, 5, 3),
        said(messages.TELEMETRY, 3, 0, 3, codes.STATE_RUN, 0, 3, 1000, 1001, 50, 0),  # no boot is number 0
        said(messages.SETPOINT, 3, 0, 0, 0, 250, 2),  # what only a host says
        b"$1T" + b"9" * frame.MAX_BYTES,  # no end, and too long for a frame
    ],
)
def test_what_is_no_message_to_a_host_is_bad_and_says_nothing(link: HostLink, line: bytes) -> None:
    before = link.sample
    for count in range(3):
        assert (link.bad, link.degraded) == (count, False)
        link.receive(line, 30_000)
    assert (link.bad, link.degraded) == (3, True)
    assert (link.sample, link.heard, link.reply, link.refused) == (before, 2, None, 0)


def test_five_bad_frames_within_an_hour_to_the_microsecond() -> None:
    for last_us, degraded in ((3600 * SECOND_US, True), (3600 * SECOND_US + 1, False)):
        link = HostLink(TOKEN)
        link.receive(telemetry(1), 0)
        for at_us in (0, 900 * SECOND_US, 1800 * SECOND_US, 2700 * SECOND_US, last_us):
            link.receive(b"$spoiled\n", at_us)
        assert link.degraded is degraded


def test_what_a_controller_tells_another_host_is_no_restart_and_no_change(link: HostLink) -> None:
    others = (
        said(messages.ANSWER, 3, 8, codes.RESULT_BUSY, token=7),
        said(messages.NONCE, 4, 6, 1, token=7),
        said(messages.FAULT, 5, 3, 0, 0, 0, token=7),
        identity(6, token=7, boot=6),
    )
    link.receive(b"".join(others), 0)
    assert (link.restarted, link.replaced) == (None, None)


def test_every_message_goes_to_its_own_place(link: HostLink) -> None:
    link.receive(said(messages.FAULT, 3, 17, 500, 60, codes.STATE_FAULT_LATCHED), 0)
    assert (link.fault, link.reply) == ((17, 500, 60, codes.STATE_FAULT_LATCHED), None)
    link.receive(said(messages.CHANNELS, 4, 2, 10, 20, 30, 40), 0)
    assert (link.channels, link.reply) == ((10, 20, 30, 40), None)
    link.receive(identity(5), 0)
    assert link.reply is None
    link.receive(said(messages.NONCE, 6, 5, 12), 0)
    assert link.reply == (messages.NONCE, (5, 12))
    assert (link.fault, link.refused) == ((17, 500, 60, codes.STATE_FAULT_LATCHED), 0)


def test_a_refused_set_point_stays_refused_whatever_is_granted_later(link: HostLink) -> None:
    link.receive(said(messages.ANSWER, 3, 8, codes.RESULT_OUTSIDE_LIMITS), 0)
    link.receive(said(messages.ANSWER, 4, 9, codes.RESULT_OK), 0)
    assert link.refused == codes.RESULT_OUTSIDE_LIMITS


def test_before_anybody_has_answered_nothing_can_refuse_a_set_point() -> None:
    link = HostLink(TOKEN)
    link.hello(0)
    link.hello(300_000)
    link.receive(said(messages.ANSWER, 1, 1, codes.RESULT_BUSY), 310_000)
    assert link.refused == 0


# ---- the driver -----------------------------------------------------------------------------------------


class Line(MemoryLine):
    """A line to an emulated table: keeps what the host said, and may spoil what it hears."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        table = make_emulated(read_options(parse_url("sim:?seed=42"), TableSetup()))
        super().__init__(table, self.clock)
        self.sent: list[bytes] = []
        self.takes = frame.MAX_BYTES  # so many bytes of each write
        self.closed = 0
        self.spoil: Spoil = lambda letter, values: (letter, values)

    def write(self, data: bytes) -> int:
        part = data[: self.takes]
        self.sent.append(part)
        super().write(part)
        return len(part)

    def to_host(self, data: bytes) -> bytes:
        heard = b""
        for one in data.splitlines(keepends=True):
            found = frame.decode(one)
            assert found is not None
            kept = self.spoil(*found)
            heard += frame.encode(*kept) if kept else b""
        return heard

    def close(self) -> None:
        self.closed += 1

    def letters(self) -> str:
        return "".join(chr(one[2]) for one in self.sent)


@pytest.fixture
def line() -> Line:
    return Line()


def opened(line: Line) -> WireDriver:
    driver = WireDriver(lambda: line, line.clock, 7)
    driver.open()
    return driver


@pytest.fixture
def running(line: Line, limits: ControllerLimits) -> WireDriver:
    driver = opened(line)
    driver.load_limits(limits)
    driver.go(driver.arm())
    return driver


def test_a_start_takes_all_its_steps_and_goes_on_after_a_sample(line: Line, running: WireDriver) -> None:
    assert line.letters() == "HLMAG"
    link = running.link
    assert line.clock.now_us() == link.sample_us + 5_000
    assert running.poll().state == codes.STATE_RUN


@pytest.mark.parametrize("place", range(len(astuple(ControllerLimits(*range(11)))) + 1))
def test_limits_that_come_back_different_are_not_committed(
    line: Line, limits: ControllerLimits, place: int
) -> None:
    driver = opened(line)

    def spoil(letter: str, values: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        if letter == messages.READ_BACK:
            spot = messages.HEADER_FIELDS + place
            values = (*values[:spot], values[spot] - 1, *values[spot + 1 :])
        return letter, values

    line.spoil = spoil
    with pytest.raises(TableError, match="E505"):
        driver.load_limits(limits)
    assert line.letters() == "HL"


def test_limits_and_their_hash_that_come_back_different_are_not_committed(
    line: Line, limits: ControllerLimits
) -> None:
    driver = opened(line)
    other = astuple(replace(limits, max_force_mn=limits.max_force_mn + 1))

    def spoil(letter: str, values: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        if letter == messages.READ_BACK:
            values = (*values[: messages.HEADER_FIELDS], *other, messages.limits_hash(other))
        return letter, values

    line.spoil = spoil
    with pytest.raises(TableError, match="E505"):
        driver.load_limits(limits)
    assert line.letters() == "HL"


def test_nothing_is_asked_of_a_line_that_is_not_open(line: Line) -> None:
    driver = WireDriver(lambda: line, line.clock, 7)
    for verb in (driver.poll, driver.arm, lambda: driver.setpoint(HOLD)):
        with pytest.raises(TableError, match="E521"):
            verb()
    driver.stop(StopKind.OFF)
    driver.close()
    assert (line.sent, line.closed) == ([], 0)


@pytest.mark.parametrize("boot", [messages.U32, messages.U32 + 1])
def test_a_start_number_is_one_of_the_wire(line: Line, boot: int) -> None:
    driver = opened(line)
    with pytest.raises(TableError, match="E520"):
        driver.go(boot << 16)
    assert line.letters() == ("HG" if boot == messages.U32 else "H")


@pytest.mark.parametrize("fault", [-1, messages.U16, messages.U16 + 1])
def test_a_fault_number_is_one_of_the_wire(line: Line, fault: int) -> None:
    driver = opened(line)
    with pytest.raises(TableError, match="E520"):
        driver.reset(fault)
    assert line.letters() == ("HR" if fault == messages.U16 else "H")


def test_after_a_refused_set_point_none_is_sent_any_more(line: Line, running: WireDriver) -> None:
    running.setpoint(HOLD._replace(echo_seq=running.poll().seq, target_mn=899_999_999))
    line.clock.wait_until_us(line.clock.now_us() + 20_000)
    running.poll()
    told = len(line.sent)
    with pytest.raises(TableError, match="E520"):
        running.setpoint(HOLD._replace(echo_seq=running.poll().seq))
    assert len(line.sent) == told


def test_a_frame_that_went_out_in_part_is_finished_first(line: Line, running: WireDriver) -> None:
    told = len(line.sent)
    line.takes = 10
    running.setpoint(HOLD._replace(echo_seq=running.poll().seq))
    line.takes = frame.MAX_BYTES
    running.poll()
    assert frame.problem(b"".join(line.sent[told:])) == 0
    assert running.link.bad == 0


def test_a_controller_that_is_ours_no_more_gives_no_sample(line: Line, running: WireDriver) -> None:
    line.spoil = lambda letter, values: (letter, (8, *values[1:]))
    line.clock.wait_until_us(line.clock.now_us() + 40_000)
    with pytest.raises(TableError, match="E537"):
        running.poll()


def test_a_line_that_spoils_too_much_gives_no_sample(line: Line, running: WireDriver) -> None:
    running.poll()
    line.spoil = lambda letter, values: (letter, values[:-1])
    for _ in range(3):
        line.clock.wait_until_us(line.clock.now_us() + 20_000)
        line.live()
    with pytest.raises(TableError, match="E539"):
        running.poll()


@pytest.mark.parametrize("restarts", [True, False])
def test_a_reset_is_for_the_controller_that_answered(line: Line, restarts: bool) -> None:
    driver = opened(line)
    boot = driver.poll().boot_id + restarts
    line.spoil = lambda letter, values: (letter, (8, *values[1:3], boot, *values[4:]))
    with pytest.raises(TableError, match="E537"):
        driver.reset(0)
    assert "R" not in line.letters()


@pytest.mark.parametrize("armed", [True, False])
def test_letting_go_stops_what_may_move_and_nothing_else(
    line: Line, limits: ControllerLimits, armed: bool
) -> None:
    driver = opened(line)
    driver.load_limits(limits)
    if armed:
        driver.arm()
    told = len(line.sent)
    driver.close()
    driver.close()
    assert line.letters()[told:] == ("X" if armed else "")
    assert line.closed == 1


def test_letting_go_in_a_run_stops_it(line: Line, running: WireDriver) -> None:
    running.close()
    assert line.letters() == "HLMAGX"


# ---- hello ----------------------------------------------------------------------------------------------


class Slow(Line):
    """Says something every 20 ms, to another host until ``at_us``, and passes nothing on before that."""

    at_us = 900_000

    def to_table(self, data: bytes) -> bytes:
        return data if self.clock.now_us() >= self.at_us else b""


def test_a_hello_is_said_again_every_250_ms_while_somebody_speaks() -> None:
    line = Slow()
    driver = opened(line)
    assert 900_000 <= line.clock.now_us() <= 1_030_000
    assert line.letters() == "HHHHH"  # at 0, 250, 500, 750 and 1000 ms
    assert driver.poll().state == codes.STATE_IDENTIFIED


def test_to_a_silent_line_it_is_said_once(line: Line) -> None:
    line.spoil = lambda letter, values: None
    with pytest.raises(TableError, match="E535"):
        opened(line)
    assert line.letters() == "H"


def test_who_has_answered_hears_no_second_hello(line: Line) -> None:
    def spoil(letter: str, values: tuple[int, ...]) -> tuple[str, tuple[int, ...]] | None:
        early = line.clock.now_us() < 700_000
        return (
            (messages.FAULT, (*values[:3], 0, 0, 0, 0))
            if letter == messages.TELEMETRY and early
            else (letter, values)
        )

    line.spoil = spoil
    opened(line)
    assert line.clock.now_us() >= 700_000
    assert line.letters() == "H"


def test_who_never_says_who_it_is_has_not_answered(line: Line) -> None:
    line.spoil = lambda letter, values: None if letter == messages.IDENTITY else (letter, values)
    with pytest.raises(TableError, match="E535"):
        opened(line)


# ---- answers --------------------------------------------------------------------------------------------


def test_a_line_that_takes_a_little_at_a_time_is_used_none_the_less(
    line: Line, limits: ControllerLimits
) -> None:
    line.takes = 10
    driver = opened(line)
    driver.load_limits(limits)
    driver.go(driver.arm())
    assert [chr(one[2]) for one in b"".join(line.sent).splitlines()] == [*"HLMAG"]
    assert line.table.link.bad == 0


@pytest.mark.parametrize("verb", ["setpoint", "reset"])
def test_nothing_is_said_into_a_frame_that_is_not_out_yet(line: Line, verb: str) -> None:
    driver = opened(line)
    line.takes = 10
    driver.setpoint(HOLD)
    line.takes = frame.MAX_BYTES
    with suppress(TableError):  # the controller refuses either, each for its own reason
        driver.setpoint(HOLD) if verb == "setpoint" else driver._ask(
            messages.ARM, (0,), "arm", messages.NONCE
        )
    parts = b"".join(line.sent[1:]).splitlines(keepends=True)
    assert [frame.problem(one) for one in parts] == [0, 0]


def test_what_is_refused_is_told_at_once(line: Line) -> None:
    driver = opened(line)
    before_us = line.clock.now_us()
    with pytest.raises(TableError, match="E520"):
        driver.arm()
    assert line.clock.now_us() == before_us


def test_an_answer_of_another_kind_is_no_answer(line: Line, limits: ControllerLimits) -> None:
    driver = opened(line)
    driver.load_limits(limits)
    line.spoil = lambda letter, values: (
        (messages.READ_BACK, (*values[:3], *range(12))) if letter == messages.NONCE else (letter, values)
    )
    with pytest.raises(TableError, match="E536"):
        driver.arm()


def test_who_is_asked_and_begins_anew_instead_is_told_so(line: Line) -> None:
    driver = opened(line)
    line.spoil = lambda letter, values: (letter, (8, *values[1:])) if letter == messages.TELEMETRY else None
    with pytest.raises(TableError, match="E537"):
        driver.arm()
