"""The controller's end of the wire: who may say what, what is answered, and what costs only itself."""

from itertools import pairwise

import pytest

from traction.controller import link as wire_link
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import Link
from traction.wire import codes, frame, messages

TOKEN = 4_000_000_000
OTHER = 77
LIMITS = (400_000, 50_000, 100_000, 600_000, 20_000, 1_800_000, 100_000, 200_000, 300_000, 5000, 10_000)
HASH = messages.limits_hash(LIMITS)


class Bench:
    """A slack table with its link, and a host that numbers its frames."""

    def __init__(self, region: int = codes.REGION_LUMBAR) -> None:
        self.controller = Controller(ControllerConfig(region, 5, codes.DRIVE_BACK_DRIVABLE))
        self.link = Link(self.controller, 1, 42, 1_002_003, 0)
        self.number = 0
        self.force_mn = 0
        self.tick(10)
        self.heard()

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            force = self.force_mn + self.controller.seq % 2  # noise: no cell repeats itself for ever
            self.controller.tick(force, force, self.controller.seq % 2, codes.INPUTS_HEALTHY)
            self.link.tick()

    def heard(self) -> list[tuple[str, tuple[int, ...]]]:
        found = []
        for line in self.link.take().splitlines(keepends=True):
            assert frame.problem(line) == 0
            letter, values = frame.decode(line)
            assert messages.fits(letter, values, messages.TO_HOST)
            found.append((letter, values))
        return found

    def ask(self, letter: str, *values: int, token: int = TOKEN, number: int | None = None) -> list:
        """Send one message and return what came back on it, without the telemetry."""
        if number is None:
            self.number += 1
            number = self.number
        self.link.receive(frame.encode(letter, (token, number, 0, *values)))
        return [(one, values[0], values[3:]) for one, values in self.heard() if one not in "TC"]

    def hello(self, token: int = TOKEN) -> list:
        return self.ask("H", 0, messages.definition(), token=token)

    def load(self) -> None:
        self.hello()
        assert self.ask("L", *LIMITS)[0][0] == "B"
        assert self.ask("M", HASH)[0][2][1] == codes.RESULT_OK

    def start(self) -> None:
        self.load()
        ((letter, _, start),) = self.ask("A", HASH)
        assert letter == "N"
        assert self.ask("G", *start)[0][2][1] == codes.RESULT_OK
        assert self.controller.state == codes.STATE_RUN

    def keep_running(self, count: int) -> None:
        """Renew the lease for ``count`` beats of 20 ms."""
        for _ in range(count):
            self.tick(2)
            assert self.ask("S", 0, 10_000, 0, 250, self.controller.seq) == []


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_greets_once_a_second_until_somebody_says_hello(bench: Bench) -> None:
    heard = []
    for _ in range(300):
        bench.tick()
        heard += bench.heard()
    greetings = [values for letter, values in heard if letter == "I"]
    assert [values[2] // 1000 for values in greetings] == [1, 2, 3]
    assert {values[0] for values in greetings} == {0}
    bench.hello()
    bench.tick(300)
    assert "I" not in [letter for letter, _ in bench.heard()]


def test_hello_is_answered_under_the_token_of_the_host(bench: Bench) -> None:
    ((letter, token, values),) = bench.hello()
    assert (letter, token) == ("I", TOKEN)
    assert values[:6] == (5, messages.MINOR, messages.definition(), 1, 42, 1_002_003)


def test_telemetry_comes_every_20_ms_whoever_listens(bench: Bench) -> None:
    times = []
    for _ in range(100):
        bench.tick()
        times += [values[2] for letter, values in bench.heard() if letter == "T"]
    assert {b - a for a, b in pairwise(times)} == {20}


def test_frames_are_numbered_in_the_order_they_are_sent(bench: Bench) -> None:
    numbers, times = [], []
    for _ in range(5):
        bench.link.receive(frame.encode("X", (1, 1, 0, 1)))
        bench.tick(7)
        bench.link.receive(frame.encode("X", (1, 1, 0, 1)))
        heard = bench.heard()
        numbers += [values[1] for _, values in heard]
        times += [values[2] for _, values in heard]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert times == sorted(times)


def test_limits_are_read_back_by_value_and_hash(bench: Bench) -> None:
    bench.hello()
    assert bench.ask("L", *LIMITS) == [("B", TOKEN, (*LIMITS, HASH))]


def test_arm_needs_the_limits_that_were_committed(bench: Bench) -> None:
    bench.hello()
    bench.ask("L", *LIMITS)
    assert bench.ask("A", HASH)[0][2][1] == codes.RESULT_WRONG_LIMITS  # not committed
    assert bench.ask("M", HASH ^ 1)[0][2][1] == codes.RESULT_WRONG_LIMITS
    assert bench.ask("A", HASH)[0][2][1] == codes.RESULT_WRONG_LIMITS
    bench.ask("M", HASH)
    assert bench.ask("A", HASH ^ 1)[0][2][1] == codes.RESULT_WRONG_LIMITS
    assert bench.controller.state == codes.STATE_READY
    bench.ask("L", *LIMITS)  # loaded again: what was committed before counts no more
    assert bench.ask("A", HASH)[0][2][1] == codes.RESULT_WRONG_LIMITS


@pytest.mark.parametrize("again", [("H", 0, messages.definition()), ("L", *LIMITS)])
def test_a_new_hello_and_new_limits_undo_the_commit(bench: Bench, again: tuple) -> None:
    bench.load()
    bench.ask(*again, token=OTHER if again[0] == "H" else TOKEN)
    token = OTHER if again[0] == "H" else TOKEN
    assert bench.ask("A", HASH, token=token)[0][2][1] == codes.RESULT_WRONG_LIMITS


def test_without_limits_their_hash_commits_nothing(bench: Bench) -> None:
    bench.hello()
    nothing = messages.limits_hash((0,) * 11)
    assert bench.ask("M", nothing)[0][2][1] == codes.RESULT_WRONG_LIMITS


def test_a_set_point_is_answered_only_when_it_is_refused(bench: Bench) -> None:
    bench.start()
    bench.keep_running(3)
    assert bench.ask("S", 500_000, 10_000, 0, 250, bench.controller.seq)[0][2] == (
        bench.number,
        codes.RESULT_OUTSIDE_LIMITS,
    )


def test_another_host_is_told_busy_while_one_is_armed_or_running(bench: Bench) -> None:
    bench.start()
    answer = bench.ask("H", 0, messages.definition(), token=OTHER, number=9)
    assert answer == [("K", OTHER, (9, codes.RESULT_BUSY))]
    bench.keep_running(2)
    assert bench.controller.state == codes.STATE_RUN


def test_a_frame_of_another_session_does_nothing_and_is_counted(bench: Bench) -> None:
    bench.start()
    assert bench.ask("S", 100_000, 10_000, 0, 250, bench.controller.seq, token=OTHER, number=9) == []
    assert bench.controller.motion.loop.goal_un == 0
    assert (bench.link.foreign, bench.link.bad) == (1, 1)


def test_three_strange_frames_within_a_second_end_the_run(bench: Bench) -> None:
    bench.start()
    for _ in range(3):
        bench.ask("S", 0, 10_000, 0, 250, bench.controller.seq, token=OTHER, number=9)
    assert bench.controller.fault == codes.FAULT_LINK_DEGRADED


@pytest.mark.parametrize("kind", [codes.STOP_RELEASE, codes.STOP_FAST, codes.STOP_OFF])
def test_a_stop_is_taken_from_anybody_and_always_answered(bench: Bench, kind: int) -> None:
    bench.start()
    assert bench.ask("X", kind, token=OTHER, number=1)[0][2] == (1, codes.RESULT_OK)
    assert bench.controller.state != codes.STATE_RUN
    assert bench.ask("X", kind, token=0, number=1)[0][2] == (1, codes.RESULT_OK)


@pytest.mark.parametrize("cut", range(1, 8))
def test_the_panic_bytes_stop_however_they_arrive(bench: Bench, cut: int) -> None:
    bench.start()
    bench.link.receive(b"garbage" + b"\x18" * cut)
    assert bench.controller.state == codes.STATE_RUN
    bench.link.receive(b"\x18" * (8 - cut))
    assert bench.controller.state == codes.STATE_RELEASING


def test_seven_panic_bytes_and_another_are_not_eight(bench: Bench) -> None:
    bench.start()
    bench.link.receive(b"\x18" * 7 + b"x" + b"\x18" * 7)
    assert bench.controller.state == codes.STATE_RUN


def test_a_copy_of_a_frame_is_dropped(bench: Bench) -> None:
    bench.load()
    assert bench.ask("A", HASH, number=bench.number) == []
    assert bench.controller.state == codes.STATE_READY
    assert bench.link.bad == 1


def test_a_recorded_start_does_not_start_again(bench: Bench) -> None:
    sent = []
    receive = bench.link.receive

    class Tap:
        def __init__(self, link: Link) -> None:
            self.link = link

        def __getattr__(self, name: str) -> object:
            return getattr(self.link, name)

        def receive(self, data: bytes) -> None:
            sent.append(data)
            receive(data)

    bench.link = Tap(bench.link)
    bench.start()
    bench.ask("X", codes.STOP_RELEASE)
    bench.tick(10)
    assert bench.controller.state == codes.STATE_DONE
    for data in sent:
        receive(data)
    assert bench.controller.state != codes.STATE_RUN
    bench.link = bench.link.link
    bench.number = 0
    bench.hello(OTHER)  # and in a session that begins anew neither
    for data in sent:
        receive(data)
        assert bench.controller.state != codes.STATE_RUN


def test_another_table_of_messages_is_refused(bench: Bench) -> None:
    assert bench.ask("H", 0, messages.definition() ^ 1)[0][2][1] == codes.RESULT_WRONG_VERSION
    assert bench.controller.state == codes.STATE_BOOT


def test_another_major_version_is_answered_in_this_one(bench: Bench) -> None:
    body = b"$2H,%d,3,0,0,0" % TOKEN
    bench.link.receive(body + b"*%08X\n" % frame.check_sum(body))
    ((letter, values),) = bench.heard()
    assert (letter, values[0], values[3:]) == ("K", TOKEN, (3, codes.RESULT_WRONG_VERSION))


def test_a_fault_is_told_once_and_again_to_the_next_host(bench: Bench) -> None:
    bench.start()
    bench.tick(40)
    faults = [values for letter, values in bench.heard() if letter == "F"]
    assert [values[3] for values in faults] == [codes.FAULT_LEASE_EXPIRED]
    assert faults[0][6] == codes.STATE_RUN
    heard = bench.ask("H", 0, messages.definition(), token=OTHER, number=1)
    assert [letter for letter, _, _ in heard] == ["I", "F"]


def test_after_a_reset_limits_must_be_committed_again(bench: Bench) -> None:
    bench.start()
    bench.tick(400)
    assert bench.controller.state == codes.STATE_FAULT_LATCHED
    told = (5, codes.FAULT_LEASE_EXPIRED, bench.controller.seq)
    assert bench.ask("R", *told)[-1][2][1] == codes.RESULT_OK
    assert bench.ask("A", HASH)[0][2][1] == codes.RESULT_WRONG_LIMITS


def test_four_bad_frames_in_an_hour_are_chance_and_the_fifth_is_not(bench: Bench) -> None:
    bench.start()
    for count in range(5):
        bench.keep_running(60)
        assert bench.controller.fault == codes.FAULT_NONE, count
        bench.link.receive(b"$1S,spoiled*00000000\n")
    assert bench.controller.fault == codes.FAULT_LINK_DEGRADED
    assert bench.controller.state == codes.STATE_RELEASING


def test_three_bad_frames_in_a_second_are_not_chance(bench: Bench) -> None:
    bench.start()
    for _ in range(3):
        assert bench.controller.fault == codes.FAULT_NONE
        bench.keep_running(20)
        bench.link.receive(b"noise")
    assert bench.controller.fault == codes.FAULT_LINK_DEGRADED


def test_before_a_run_bad_frames_are_only_counted(bench: Bench) -> None:
    bench.load()
    for _ in range(50):
        bench.link.receive(b"$1S,spoiled*00000000\n")
    bench.tick(2)
    assert bench.heard()[-1][1][-1] == 50
    assert bench.controller.fault == codes.FAULT_NONE
    ((_, _, start),) = bench.ask("A", HASH)
    bench.ask("G", *start)
    bench.keep_running(10)
    assert bench.controller.state == codes.STATE_RUN


def test_a_slow_reader_loses_samples_and_no_order(bench: Bench) -> None:
    bench.hello()
    bench.link.receive(frame.encode("X", (TOKEN, 50, 0, 1)))
    bench.tick(1000)
    bench.link.receive(frame.encode("X", (TOKEN, 51, 0, 1)))
    heard = bench.heard()
    assert [(letter, values[3]) for letter, values in heard if letter == "K"] == [("K", 50), ("K", 51)]
    samples = [values for letter, values in heard if letter == "T"]
    assert len(samples) == 1
    assert bench.controller.now_ms - samples[0][2] < 20


def test_a_flood_of_requests_leaves_a_bounded_answer(bench: Bench) -> None:
    for number in range(1, 5000):
        bench.link.receive(frame.encode("X", (TOKEN, number, 0, 1)))
    answer = bench.link.take()
    assert len(answer) <= wire_link.MOST_WAITING * frame.MAX_BYTES
    assert frame.decode(answer.splitlines(keepends=True)[-1])[1][3] == 4999


def test_bytes_without_end_take_no_room(bench: Bench) -> None:
    bench.link.receive(b"$" + b"1" * 1_000_000)
    assert len(bench.link.splitter.line) < frame.MAX_BYTES
    assert len(bench.hello()) == 1
