"""The controller's end of the wire at its edges: numbers that begin, repeat, wrap; frames that almost fit."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import LONG_AGO_MS, Link
from traction.wire import codes, frame, messages

TOKEN = 4_000_000_000
OTHER = 77
LIMITS = (400_000, 50_000, 100_000, 600_000, 20_000, 1_800_000, 100_000, 200_000, 300_000, 5000, 10_000)
HASH = messages.limits_hash(LIMITS)
U32 = 0xFFFFFFFF


class Bench:
    """A slack table with its link, fresh from power-up."""

    def __init__(self, has_channels: int = 0) -> None:
        self.controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE))
        self.link = Link(self.controller, 1, 42, 1_002_003, has_channels)
        self.number = 0

    def tick(self, count: int = 1, channels: Any = None) -> None:
        for _ in range(count):
            force = self.controller.seq % 2  # noise
            self.controller.tick(force, force, 0, codes.INPUTS_HEALTHY)
            self.link.tick(channels)

    def heard(self) -> list[tuple[str, tuple[int, ...]]]:
        return [frame.decode(line) for line in self.link.take().splitlines(keepends=True)]

    def say(self, letter: str, *values: int, token: int = TOKEN, number: int | None = None) -> list[Any]:
        """Send a message, its time the number's tenfold; return the answers without their headers."""
        if number is None:
            self.number = number = self.number + 1
        self.link.receive(frame.encode(letter, (token, number, 10 * number, *values)))
        return [(one, values[3:]) for one, values in self.heard() if one not in "TC"]

    def hello(self, token: int = TOKEN, number: int | None = None) -> list[Any]:
        return self.say("H", messages.MINOR, messages.definition(), token=token, number=number)

    def ready(self) -> None:
        self.tick(3)
        self.hello()
        assert self.say("L", *LIMITS)[0][0] == "B"
        assert self.say("M", HASH) == [("K", (self.number, codes.RESULT_OK))]

    def run(self) -> None:
        self.ready()
        ((_, start),) = self.say("A", HASH)
        assert self.say("G", *start) == [("K", (self.number, codes.RESULT_OK))]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def running(bench: Bench) -> Bench:
    bench.run()
    return bench


# ---- what is sent --------------------------------------------------------------------------------------


def test_the_first_tick_says_a_sample_and_who_is_there_and_numbers_begin_at_1(bench: Bench) -> None:
    bench.tick()
    assert [(one, values[:3]) for one, values in bench.heard()] == [("T", (0, 1, 10)), ("I", (0, 2, 10))]


def test_it_greets_each_second_to_the_tick(bench: Bench) -> None:
    greeted = []
    for _ in range(301):
        bench.tick()
        greeted += [values[2] for one, values in bench.heard() if one == "I"]
    assert greeted == [10, 1010, 2010, 3010]


@pytest.mark.parametrize("at", [0xFFFF, U32])
def test_numbers_and_times_have_32_bits(bench: Bench, at: int) -> None:
    bench.link.number = at
    bench.controller.seq = at
    bench.controller.now_ms = at - 9
    bench.link.telemetry_ms = bench.link.greeted_ms = 0
    bench.link.token = TOKEN
    bench.tick()
    ((letter, values),) = bench.heard()
    assert letter == "T"
    assert values[:3] == (TOKEN, (at + 1) & U32, (at + 1) & U32)
    assert values[4] == (at + 1) & U32


@pytest.mark.parametrize("at", [0xFFFF, U32])
def test_a_fault_says_its_time_with_32_bits(bench: Bench, at: int) -> None:
    bench.controller.latch.set(codes.FAULT_SUPPLY, 7, at + 5, codes.STATE_RUN)
    bench.link.tick()
    told = [values[3:] for one, values in bench.heard() if one == "F"]
    assert told == [(codes.FAULT_SUPPLY, 7, (at + 5) & U32, codes.STATE_RUN)]


@pytest.mark.parametrize("fault", sorted(codes.FAULT_NAMES))
def test_every_fault_is_told_also_the_first_one(bench: Bench, fault: int) -> None:
    bench.controller.latch.set(fault, 0, 0, codes.STATE_RUN)
    bench.link.tick()
    assert [one for one, _ in bench.heard() if one == "F"] == (["F"] if fault else [])


@pytest.mark.parametrize(("has", "channels"), [(0, None), (0, (1, 2, 3, 4)), (1, None), (1, (1, 2, 3, 4))])
def test_only_a_simulated_table_sends_what_only_it_knows(has: int, channels: Any) -> None:
    bench = Bench(has)
    bench.tick(channels=channels)
    heard = bench.heard()
    assert [one for one, _ in heard] == (["C", "T", "I"] if has and channels else ["T", "I"])
    if has and channels:
        assert heard[0][1][3:] == (1, 1, 2, 3, 4)
    must, may = heard[-1][1][9:11]
    assert (must, may) == (7, messages.CAN_CHANNELS if has else 0)


def test_sixteen_answers_wait_and_the_oldest_gives_way(bench: Bench) -> None:
    bench.ready()
    for number in range(100, 117):
        bench.link.receive(frame.encode("M", (TOKEN, number, 0, HASH)))
    assert [values[3] for _, values in bench.heard()] == list(range(101, 117))


# ---- panic bytes ---------------------------------------------------------------------------------------


def test_eight_panic_bytes_stop_and_eight_more_stop_again(bench: Bench) -> None:
    bench.tick()
    controller = bench.controller
    controller.hello(1)
    controller.load_limits(LIMITS)
    for _ in range(2):
        controller.arm()
        bench.link.receive(b"\x18" * 7)
        assert controller.state == codes.STATE_ARMED
        bench.link.receive(b"\x18")
        assert controller.state == codes.STATE_READY
    controller.arm()
    for part in (b"\x18" * 7, b"x", b"\x18"):
        bench.link.receive(part)
    assert controller.state == codes.STATE_ARMED


# ---- bad frames ----------------------------------------------------------------------------------------


def sound(text: bytes) -> bytes:
    return b"%s*%08X\n" % (text, zlib.crc32(text))


@pytest.mark.parametrize(
    "line",
    [
        sound(b"$1S,+4000000000,100,0,0,0,0,250,3"),  # another spelling
        sound(b"$1S"),
        sound(b"$1s,4000000000,100,0,0,0,0,250,3"),
        sound(b"$1S,4000000000,100,0,0,0,0,250"),  # a field too few
        sound(b"$1T,4000000000,100,0,5,3,2,0,63,0,0,0,0"),  # what only a controller says
        sound(b"$2s,4000000000,100"),
        sound(b"$2H,+1,2"),
    ],
)
def test_a_frame_that_only_looks_like_one_is_bad_and_answered_by_nothing(bench: Bench, line: bytes) -> None:
    bench.ready()
    bench.link.receive(line)
    assert bench.link.bad == 1
    assert bench.heard() == []


@pytest.mark.parametrize(("before", "after"), [(0, 1), (0xFFFF, 0x10000), (U32, 0)])
def test_bad_frames_are_counted_with_32_bits(bench: Bench, before: int, after: int) -> None:
    bench.link.bad = before
    bench.link.receive(b"noise\n$")
    assert bench.link.bad == after


@pytest.mark.parametrize(
    ("earlier_ms", "ends"),
    [
        ((1000, 500), True),
        ((1001, 500), False),
        ((3_600_000, 2_000_000, 9000, 8000), True),
        ((3_600_001, 2_000_000, 9000, 8000), False),
    ],
)
def test_so_many_bad_frames_in_so_long_end_a_run(
    running: Bench, earlier_ms: tuple[int, ...], ends: bool
) -> None:
    controller = running.controller
    controller.now_ms += 4_000_000
    past = [controller.now_ms - one for one in earlier_ms]
    running.link.bad_ms = [*[LONG_AGO_MS] * (5 - len(past)), *past]
    running.link.receive(b"noise\n$")
    assert (controller.fault == codes.FAULT_LINK_DEGRADED) is ends


# ---- whose frame it is ---------------------------------------------------------------------------------


def test_before_the_first_session_a_frame_without_one_is_foreign(bench: Bench) -> None:
    bench.tick()
    assert bench.say("M", HASH, token=0)[:0] == []
    assert (bench.link.foreign, bench.link.bad, bench.link.last) == (1, 1, 0)


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ((1,), False),
        ((1, 0), True),
        ((1, 1, 7), True),
        ((0, 1), False),
        ((-1, 1), False),
        ((U32, 1), True),
        ((U32 + 1, 1), False),
        ((1, U32), True),
        ((1, U32 + 1), False),
        ((1, -1), False),
    ],
)
@pytest.mark.parametrize("letter", ["H", "S"])
def test_another_version_is_told_where_it_can_be(
    bench: Bench, letter: str, fields: tuple[int, ...], answered: bool
) -> None:
    text = frame.encode(letter, fields).replace(b"$1", b"$2").split(b"*")[0]
    bench.link.receive(sound(text))
    told = [(values[0], values[3:]) for _, values in bench.heard()]
    wanted = [(fields[0], (*fields[1:2], codes.RESULT_WRONG_VERSION))]
    assert told == (wanted if answered and letter == "H" else [])
    assert bench.link.bad == 1


@pytest.mark.parametrize(
    ("token", "number", "bad"), [(0, 50, 1), (TOKEN, 3, 1), (TOKEN, 2, 1), (TOKEN, 4, 0), (9, 1, 0)]
)
def test_a_hello_is_new_or_dropped(bench: Bench, token: int, number: int, bad: int) -> None:
    bench.ready()  # with frames 1 to 3
    said = bench.hello(token, number)
    assert bench.link.bad == bad
    assert [one for one, _ in said] == ([] if bad else ["I"])


def test_a_hello_in_a_run_counts_as_a_frame_of_its_own_host_only(running: Bench) -> None:
    busy = codes.RESULT_BUSY
    assert running.hello(OTHER, 9_000) == [("K", (9_000, busy))]
    assert running.say("M", HASH) == [("K", (running.number, codes.RESULT_OK))]
    assert running.hello() == [("K", (running.number, busy))]
    assert running.say("M", HASH, number=running.number) == []  # a copy
    assert running.link.bad == 1


@pytest.mark.parametrize(
    ("token", "ahead", "bad", "last"),
    [(TOKEN, 1, 0, 1), (TOKEN, 0, 1, 0), (TOKEN, -1, 1, 0), (OTHER, 50, 0, 0)],
)
def test_a_stop_is_always_taken_and_counts_as_a_frame_of_its_own_host(
    running: Bench, token: int, ahead: int, bad: int, last: int
) -> None:
    before = running.link.last
    said = running.say("X", codes.STOP_OFF, token=token, number=before + ahead)
    assert ("K", (before + ahead, codes.RESULT_OK)) in said
    assert running.controller.state == codes.STATE_DUMPED
    assert (running.link.bad, running.link.last) == (bad, before + last)


@pytest.mark.parametrize("kind", [codes.STOP_RELEASE, codes.STOP_FAST, codes.STOP_OFF])
def test_a_stop_is_of_the_kind_it_says(running: Bench, kind: int) -> None:
    running.say("X", kind, number=40)
    state = (codes.STATE_RELEASING, codes.STATE_FAST_RELEASING, codes.STATE_DUMPED)
    assert (
        running.controller.state == state[(codes.STOP_RELEASE, codes.STOP_FAST, codes.STOP_OFF).index(kind)]
    )


def test_every_field_of_a_set_point_arrives_in_its_place(running: Bench) -> None:
    controller = running.controller
    running.tick(5)
    assert running.say("S", 60_000, 7_000, codes.MODE_POSITION, 230, controller.seq) == []
    loop = controller.motion.loop
    assert (loop.goal_un, loop.rate_mn_per_s, loop.hold) == (60_000_000, 7_000, True)
    assert controller.lease_end_ms == controller.now_ms + 230
    assert controller.session.last_echo == controller.seq


def test_a_reset_that_is_refused_leaves_the_limits_committed(bench: Bench) -> None:
    bench.ready()
    seq = bench.controller.seq
    assert bench.say("R", 5, codes.FAULT_NONE, seq)[0][1][1] == codes.RESULT_WRONG_STATE
    assert bench.say("A", HASH)[0][0] == "N"


@pytest.mark.parametrize(
    ("boot", "age", "result"),
    [
        (5, 0, codes.RESULT_WRONG_STATE),
        (5, 20, codes.RESULT_WRONG_STATE),
        (5, 21, codes.RESULT_STALE_ECHO),
        (5, -1, codes.RESULT_STALE_ECHO),
        (6, 0, codes.RESULT_STALE_ECHO),
    ],
)
def test_a_reset_echoes_a_sample_of_the_last_200_ms_of_this_power_up(
    bench: Bench, boot: int, age: int, result: int
) -> None:
    bench.ready()
    bench.tick(30)
    bench.heard()
    assert bench.say("R", boot, codes.FAULT_NONE, bench.controller.seq - age)[0][1][1] == result


def test_limits_that_are_refused_are_answered_so_and_commit_nothing(bench: Bench) -> None:
    bench.ready()
    looser = (LIMITS[0] + 1, *LIMITS[1:])
    assert bench.say("L", *looser) == [("K", (bench.number, codes.RESULT_LIMIT_LOOSENED))]
    assert bench.say("A", HASH) == [("K", (bench.number, codes.RESULT_WRONG_LIMITS))]


def test_a_fault_that_was_cleared_is_told_by_nothing_and_again_when_it_comes_back(bench: Bench) -> None:
    told = []
    for fault in (codes.FAULT_SUPPLY, codes.FAULT_NONE, codes.FAULT_SUPPLY):
        bench.controller.latch.clear()
        if fault:
            bench.controller.latch.set(fault, 0, 0, codes.STATE_RUN)
        bench.link.tick()
        told.append([values[3] for one, values in bench.heard() if one == "F"])
    assert told == [[codes.FAULT_SUPPLY], [], [codes.FAULT_SUPPLY]]
