"""The emulated table behind a stream of bytes, and the loop that serves it."""

from traction.clock import VirtualClock
from traction.drivers.base import TableSetup
from traction.drivers.url import parse_url
from traction.sim.emulator import BUFFER, EmulatedTable, MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.sim.serve import busy_answer, serve
from traction.sim.table import INPUTS
from traction.wire import codes, frame, messages

HELLO = frame.encode("H", (7, 1, 0, 0, messages.definition()))


def made(url: str = "sim:?seed=3", boot_id: int | None = None) -> EmulatedTable:
    return make_emulated(read_options(parse_url(url), TableSetup()), boot_id)


def said(data: bytes) -> list[tuple[str, tuple[int, ...]]]:
    return [frame.decode(line) for line in data.splitlines(keepends=True)]


def test_equal_seeds_and_bytes_give_equal_bytes() -> None:
    def trace() -> bytes:
        table, out = made(), b""
        for tick in range(300):
            if tick == 50:
                table.receive(HELLO)
            table.tick()
            out += table.take()
        return out

    assert trace() == trace()


def test_it_says_who_it_is_and_that_it_is_simulated() -> None:
    table = made("sim:?seed=42&region=cervical&drive=self-locking", boot_id=99)
    table.take()
    table.receive(HELLO)
    ((_, values),) = [one for one in said(table.take()) if one[0] == "I"]
    boot, _, definition, model, serial, _, must, may, drive, region, tick, _ = values[3:]
    assert (boot, definition, model, serial) == (99, messages.definition(), messages.MODEL_EMULATED, 42)
    assert (must, may) == (7, messages.CAN_CHANNELS)
    assert (drive, region, tick) == (codes.DRIVE_SELF_LOCKING, codes.REGION_CERVICAL, 10)


def test_channels_come_right_before_the_sample_they_belong_to() -> None:
    table = made()
    table.take()
    heard = []
    for _ in range(100):
        table.tick()
        heard += [one for one in said(table.take()) if one[0] in "TC"]
    assert [letter for letter, _ in heard] == ["C", "T"] * 50
    for (_, channels), (_, sample) in zip(heard[::2], heard[1::2], strict=True):
        assert channels[3] == sample[4]


def test_a_pressed_stop_is_seen() -> None:
    table = made()
    for name, bit in INPUTS.items():
        table.press(name)
        table.tick()
        assert table.controller.inputs == codes.INPUTS_HEALTHY & ~bit
        table.let_go(name)
    table.tick()
    assert table.controller.inputs == codes.INPUTS_HEALTHY


def test_what_a_host_does_not_read_is_bounded() -> None:
    clock = VirtualClock()
    line = MemoryLine(made(), clock)
    clock.wait_until_us(3_600_000_000)
    data = line.read()
    assert len(data) < BUFFER + 20 * frame.MAX_BYTES
    assert said(data)[-1][1][2] > 3_599_900  # and the newest is there


def test_only_a_sound_hello_is_told_busy() -> None:
    assert said(busy_answer(b"noise" + HELLO, 5)) == [("K", (7, 1, 5, 1, codes.RESULT_BUSY))]
    for data in (b"", b"noise", HELLO[:-3], HELLO.replace(b"H", b"G"), frame.encode("X", (7, 1, 0, 1))):
        assert busy_answer(data, 5) == b""


class Script:
    """An endpoint on a virtual clock, with a client that sends by a script and takes so many bytes a go."""

    url = "script:"

    def __init__(self, clock: VirtualClock, sends: dict[int, list[bytes]], takes: int = 10_000) -> None:
        self.clock = clock
        self.sends = sends
        self.takes = takes
        self.got = b""

    def wait(self, timeout_s: float) -> None:
        self.clock.wait_until_us(self.clock.now_us() + max(round(timeout_s * 1e6), 0))

    def read(self) -> bytes:
        due = [at for at, pieces in self.sends.items() if at <= self.clock.now_us() and pieces]
        return self.sends[due[0]].pop(0) if due else b""

    def write(self, data: bytes) -> int:
        self.got += data[: self.takes]
        return min(len(data), self.takes)

    def strangers(self) -> list:
        return []

    def close(self) -> None:
        pass


def served(
    seconds: float, sends: dict[int, list[bytes]], takes: int = 10_000
) -> tuple[Script, EmulatedTable]:
    clock, table = VirtualClock(), made()
    endpoint = Script(clock, sends, takes)
    serve(table, endpoint, clock, lambda: clock.now_us() >= seconds * 1_000_000)
    return endpoint, table


def test_it_lives_in_step_with_the_clock_and_answers() -> None:
    endpoint, table = served(1.0, {500_000: [HELLO]})
    assert table.controller.seq == 10 + 100
    letters = [letter for letter, _ in said(endpoint.got)]
    assert letters.count("I") == 2  # the greeting and the answer
    assert letters.count("T") in (50, 51)


def test_a_flood_does_not_stop_its_time() -> None:
    endpoint, table = served(1.0, {0: [b"x" * 4096] * 100_000})
    assert table.controller.seq == 10 + 100
    assert [letter for letter, _ in said(endpoint.got)].count("T") in (50, 51)


def test_a_slow_client_gets_whole_frames_and_the_newest() -> None:
    endpoint, _ = served(5.0, {}, takes=10)
    lines = endpoint.got.splitlines(keepends=True)
    assert all(frame.problem(line) == 0 for line in lines[:-1])
    times = [values[2] for letter, values in said(b"".join(lines[:-1])) if letter == "T"]
    assert times[-1] > 4_500
    assert len(times) < 50
