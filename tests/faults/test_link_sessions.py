"""A session whose line fails in every way there is: it ends with a reason, and the force comes down."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.session import SessionResult, run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.wire import codes, frame, messages

URL = "sim:?seed=3&slack_mm=0"
TARGET_N = 100.0
LEASE_US = 250_000
RELEASE_US = 5_000_000
HOLD_FROM_US = 6_000_000
"""By then the force stands."""

FACTS = load_table("sim")
LIMITS = session_limits("lumbar", FACTS)
PROFILE = Profile.of(Ramp(0.0, TARGET_N, 5.0), Hold(TARGET_N, 8.0), Ramp(TARGET_N, 0.0, 2.0))
PLAN = SessionPlan(
    protocol_name="faults",
    protocol_text="# faults",
    protocol_digest="0" * 64,
    profile=PROFILE,
    limits=LIMITS,
    verification=verify(PROFILE, LIMITS, FACTS),
    region="lumbar",
    mass_kg=None,
    seed=3,
    take_up_force_n=0.0,
    take_up_timeout_s=0.0,
    table=FACTS,
    table_url=URL,
)


class Faulty(MemoryLine):
    """A line that does to the bytes what a test says, from ``from_us`` on."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(make_emulated(read_options(parse_url(URL), TableSetup())), clock)
        self.clock = clock
        self.from_us = HOLD_FROM_US
        self.down: Callable[[bytes], bytes] = bytes
        self.up: Callable[[bytes], bytes] = bytes
        self.highest_n = 0.0
        self.left_run_us: int | None = None
        self.slack_us: int | None = None

    def tick(self, now_us: int) -> None:
        super().tick(now_us)
        self.highest_n = max(self.highest_n, self.table.true_force_n())
        if now_us >= self.from_us:
            state = self.table.controller.state
            if self.left_run_us is None and state != codes.STATE_RUN:
                self.left_run_us = now_us - self.from_us
            if self.slack_us is None and self.table.true_force_n() < 11:
                self.slack_us = now_us - self.from_us

    def to_table(self, data: bytes) -> bytes:
        return self.down(data) if self.clock.now_us() >= self.from_us else data

    def to_host(self, data: bytes) -> bytes:
        return self.up(data) if self.clock.now_us() >= self.from_us else data


class Bench:
    """A line, a session on it, and what became of the force."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.line = Faulty(self.clock)

    def run(self, viewer: Any = None) -> SessionResult:
        clock, line = self.clock, self.line
        with GuardedDriver(WireDriver(lambda: line, clock, 4711), clock) as driver:
            result = run_session(PLAN, driver, clock, record_to_memory(), viewer=viewer)
        until_us = clock.now_us() + LEASE_US + RELEASE_US
        while clock.now_us() < until_us:  # whatever the host did: the table by itself
            clock.wait_until_us(clock.now_us() + 10_000)
            line.live()
        return result

    def assert_let_go(self, within_us: int) -> None:
        assert self.line.left_run_us is not None
        assert self.line.left_run_us <= within_us
        assert self.line.slack_us is not None
        assert self.line.slack_us <= within_us + RELEASE_US
        assert self.line.highest_n < TARGET_N * 1.05 + 5


@pytest.fixture
def bench() -> Bench:
    return Bench()


def outcome(result: SessionResult) -> tuple[str, str]:
    return str(result.outcome), result.code


def nothing(_data: bytes) -> bytes:
    return b""


def spoiled(data: bytes) -> bytes:
    """Turn one bit of every frame."""
    return b"".join(
        bytes([line[0], line[1], line[2] ^ 1, *line[3:]]) for line in data.splitlines(keepends=True)
    )


def test_a_cut_line_ends_the_session_and_the_controller_lets_go_by_itself(bench: Bench) -> None:
    def cut(data: bytes) -> bytes:
        bench.line.cut = True
        return data

    bench.line.up = cut
    assert outcome(bench.run()) == ("FAULTED", "E538")
    bench.assert_let_go(LEASE_US + 30_000)
    assert bench.line.table.controller.fault == codes.FAULT_LEASE_EXPIRED


def test_where_nothing_reaches_the_table_its_lease_ends_and_the_host_sees_it(bench: Bench) -> None:
    bench.line.down = nothing
    result = bench.run()
    assert outcome(result)[1] == "E408"
    assert "lease expired" in result.detail
    bench.assert_let_go(LEASE_US + 30_000)


def test_where_nothing_reaches_the_host_it_stops_before_the_lease_would(bench: Bench) -> None:
    bench.line.up = nothing
    assert outcome(bench.run())[1] in ("E402", "E404", "E503")
    bench.assert_let_go(LEASE_US + 30_000)


def test_noise_towards_the_table_ends_the_run_there(bench: Bench) -> None:
    bench.line.down = spoiled
    result = bench.run()
    assert outcome(result)[1] == "E408"
    assert "damaged frames" in result.detail
    bench.assert_let_go(LEASE_US)


def test_noise_towards_the_host_ends_the_run_there(bench: Bench) -> None:
    bench.line.up = spoiled
    assert outcome(bench.run()) == ("FAULTED", "E539")
    bench.assert_let_go(LEASE_US)


def test_four_bad_frames_are_chance(bench: Bench) -> None:
    times = iter([HOLD_FROM_US + 700_000 * k for k in range(1, 5)] + [10**12])
    due = [next(times)]

    def now_and_then(data: bytes) -> bytes:
        if data and bench.clock.now_us() >= due[0]:
            due[0] = next(times)
            return spoiled(data)
        return data

    bench.line.down = now_and_then
    assert outcome(bench.run()) == ("COMPLETED", "")
    assert bench.line.table.link.bad == 4


def bits(count: int) -> Callable[[random.Random, bytes], bytes]:
    def turn(chance: random.Random, data: bytes) -> bytes:
        made = bytearray(data)
        for bit in chance.sample(range(8 * len(made)), count):
            made[bit // 8] ^= 1 << bit % 8
        return bytes(made)

    return turn


def dropped(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + 1 :]


def inserted(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.randrange(256)]) + data[at:]


def lost(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(1, 61) :]


def burst(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    noise = chance.randbytes(chance.randrange(1, 25))
    return data[:at] + noise + data[at + len(noise) :]


NOISES = {
    "1 bit": bits(1),
    "2 bits": bits(2),
    "6 bits": bits(6),
    "drop": dropped,
    "insert": inserted,
    "lose": lost,
}
NOISES["burst"] = burst


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("way", ["up", "down"])
def test_noise_of_every_class_ends_a_run_with_the_force_down(bench: Bench, name: str, way: str) -> None:
    chance = random.Random(7)
    noise = NOISES[name]

    def sometimes(data: bytes) -> bytes:
        return noise(chance, data) if data and chance.random() < 0.3 else data

    setattr(bench.line, way, sometimes)
    result = bench.run()
    assert outcome(result)[0] in ("FAULTED", "TRIPPED")
    assert bench.line.slack_us is not None
    assert bench.line.highest_n < TARGET_N * 1.05 + 5


@pytest.mark.parametrize("stall_ms", [100, 180, 300, 1000, 10_000])
def test_a_host_that_stalls_goes_on_only_while_its_lease_runs(bench: Bench, stall_ms: int) -> None:
    class Stall:
        done = False

        def look(self, *_: object) -> None:
            if not self.done and bench.clock.now_us() > HOLD_FROM_US:
                self.done = True
                bench.line.from_us = bench.clock.now_us()
                bench.clock.wait_until_us(bench.clock.now_us() + 1000 * stall_ms)

    result = bench.run(Stall())
    if stall_ms < 200:
        assert outcome(result) == ("COMPLETED", "")
    else:
        assert outcome(result)[0] in ("FAULTED", "TRIPPED")
        assert bench.line.table.controller.state in (codes.STATE_FAULT_LATCHED, codes.STATE_DONE)
    assert bench.line.table.true_force_n() < 11
    assert bench.line.highest_n < TARGET_N * 1.05 + 5


def test_a_controller_that_restarts_is_not_gone_on_with(bench: Bench) -> None:
    def reboot(data: bytes) -> bytes:
        if not started:
            started.append(bench.line.table)
            other = read_options(parse_url("sim:?seed=9&slack_mm=0"), TableSetup())
            bench.line.table = make_emulated(other)
        return data

    started: list[Any] = []
    bench.line.up = reboot
    assert outcome(bench.run()) == ("FAULTED", "E537")
    assert bench.line.table.controller.state in (codes.STATE_BOOT, codes.STATE_DUMPED)  # stopped, at most


def test_limits_that_come_back_different_are_refused(bench: Bench) -> None:
    def other(data: bytes) -> bytes:
        made = b""
        for line in data.splitlines(keepends=True):
            letter, values = frame.decode(line)
            if letter == messages.READ_BACK:
                values = (*values[:3], values[3] + 1, *values[4:])
            made += frame.encode(letter, values)
        return made

    bench.line.from_us = 0
    bench.line.up = other
    assert outcome(bench.run()) == ("FAULTED", "E505")
    assert bench.line.highest_n < 5


def test_a_late_line_and_a_slow_clock_make_no_difference(bench: Bench) -> None:
    """Samples come up to 15 ms late and never in step with the loop: some beats bring none, some two."""
    chance = random.Random(3)
    held: list[tuple[int, bytes]] = []
    repeats = [0]

    def late(data: bytes) -> bytes:
        now_us = bench.clock.now_us()
        if data:
            held.append((now_us + chance.randrange(0, 25_000), data))
        out = b""
        while held and held[0][0] <= now_us:
            out += held.pop(0)[1]
        repeats[0] += not out
        return out

    bench.line.up = late
    result = bench.run()
    assert outcome(result) == ("COMPLETED", "")
    assert repeats[0] > 50
    assert not [one for one in result.causes if one.code]
