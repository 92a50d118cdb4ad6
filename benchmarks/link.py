"""The link in real time, over a pty with the controller in another process: lateness, round trip, stop, core.

``python -m benchmarks link --for 10min`` runs each session that long; 60 s unless said. Lateness is how long
after its instant a tick of the host began.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import select
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import serial

from traction import units
from traction.clock import WallClock
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import Link
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.host import HostLink
from traction.drivers.registry import open_driver
from traction.drivers.serial import WireDriver
from traction.drivers.transport import open_serial
from traction.drivers.url import parse_url
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Requests
from traction.runner.session import SessionResult, run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.wire import codes, frame, messages

TABLE = "sim:?seed=3&slack_mm=0"
USUAL_S = 60.0
ROUNDS = 2000
STOPS = 20
CORE_TICKS = 50_000


def plan(seconds: float) -> SessionPlan:
    """Pull between 30 and 60 N, half a minute each, for about so long."""
    facts = load_table("sim")
    limits = session_limits("lumbar", facts)
    half = [Hold(60.0, 30.0), Ramp(60.0, 30.0, 1.5), Hold(30.0, 30.0), Ramp(30.0, 60.0, 1.5)]
    middle = half * max(1, round(seconds / 63.0)) if seconds >= 60 else [Hold(60.0, seconds)]
    profile = Profile.of(Ramp(0.0, 60.0, 3.0), *middle, Ramp(60.0, 0.0, 1.0))
    return SessionPlan(
        protocol_name="link",
        protocol_text="# link",
        protocol_digest="0" * 64,
        profile=profile,
        limits=limits,
        verification=verify(profile, limits, facts),
        region="lumbar",
        mass_kg=None,
        seed=3,
        take_up_force_n=0.0,
        take_up_timeout_s=0.0,
        table=facts,
        table_url=TABLE,
    )


@contextlib.contextmanager
def emulator() -> Iterator[str]:
    """Run the emulated table on a pty in another process; yield its URL."""
    command = [sys.executable, "-m", "traction", "emulate", "--pty", "--table", TABLE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGTERM)


def _spin(core: int) -> None:
    with contextlib.suppress(AttributeError, OSError):
        os.sched_setaffinity(0, {core})
    while True:
        pass


@contextlib.contextmanager
def loaded(core: int) -> Iterator[None]:
    """Keep one core busy."""
    process = multiprocessing.get_context("spawn").Process(target=_spin, args=(core,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def session(url: str, seconds: float) -> SessionResult:
    clock = WallClock()
    with open_driver(url, clock=clock, setup=TableSetup()) as driver:
        return run_session(plan(seconds), driver, clock, record_to_memory())


def lateness(name: str, seconds: float) -> None:
    with emulator() as url:
        before = os.getloadavg()[0]
        result = session(url, seconds)
    record = result.record()
    late_ms = record.samples["late_us"] / 1000.0
    p50, p99, p999 = np.percentile(late_ms, [50, 99, 99.9])
    priority = next((event.text for event in record.events if event.name == "priority"), "nothing said")
    lost = sum("lease" in cause.detail for cause in result.causes)
    print(
        f"{name}: {result.outcome} {result.code or ''} after {result.stats.duration_s:.0f} s, "
        f"{len(late_ms)} ticks, leases lost: {lost}; lateness p50 {p50:.2f}, p99 {p99:.2f}, "
        f"p99.9 {p999:.2f}, worst {late_ms.max():.2f} ms; priority: {priority}; load before {before:.1f}"
    )


def _echo(fd: int) -> None:
    while True:
        os.write(fd, os.read(fd, 4096))


def _rounds(ask: Callable[[], None]) -> np.ndarray:
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        ask()
        spent.append(time.perf_counter_ns() - start)
    return np.array(spent) / 1000.0


def bare_echo_us(piece: bytes) -> np.ndarray:
    """Return round trips through pyserial to a process that sends back what it gets, us."""
    import tty

    master, slave = os.openpty()
    tty.setraw(slave)
    child = os.fork()
    if child == 0:
        _echo(master)
    try:
        with serial.Serial(os.ttyname(slave), 115_200, timeout=1) as line:

            def ask() -> None:
                line.write(piece)
                if len(line.read(len(piece))) != len(piece):
                    raise SystemExit("the echo is broken")

            return _rounds(ask)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(master)
        os.close(slave)


def link_us(url: str) -> np.ndarray:
    """Return round trips of a request and its answer through frames and controller, us."""
    port = parse_url(url).path
    line, host = open_serial(port, 115_200), HostLink(4711)
    clock = WallClock()
    fd = getattr(line, "_fd")  # noqa: B009  to wait where a session would look again later
    try:

        def ask() -> None:
            line.write(host.expect(messages.STOP, (codes.STOP_RELEASE,), clock.now_us()))
            while host.reply is None:
                if not select.select([fd], [], [], 1.0)[0]:
                    raise SystemExit("no answer")
                host.receive(line.read(), clock.now_us())

        line.write(host.hello(clock.now_us()))
        while host.identity is None:
            select.select([fd], [], [], 1.0)
            host.receive(line.read(), clock.now_us())
        return _rounds(ask)
    finally:
        line.close()


def round_trips() -> None:
    values = (4711, 1, 1, codes.STOP_RELEASE)
    bare = bare_echo_us(frame.encode(messages.STOP, values))
    with emulator() as url:
        link = link_us(url)
    again = bare_echo_us(frame.encode(messages.STOP, values))
    bare_us = min(np.median(bare), np.median(again))
    print(
        f"round trip over a pty: bare pyserial echo p50 {bare_us:.0f} us, p99 {np.percentile(bare, 99):.0f}; "
        f"request and answer p50 {np.median(link):.0f}, p99 {np.percentile(link, 99):.0f}; "
        f"{np.median(link) - bare_us:.0f} us more, ratio {np.median(link) / bare_us:.2f} (asked for: 1.5)"
    )


class Noted(MemoryLine):
    """A line that notes when the first stop went out."""

    stopped_ns = 0

    def write(self, data: bytes) -> int:
        """Bring it to the table."""
        if not self.stopped_ns and data[2:3] == messages.STOP.encode():
            self.stopped_ns = time.perf_counter_ns()
        return super().write(data)


def stop_to_first_byte_ms() -> list[float]:
    """Return how long it took from asking, at any moment of a beat, to the stop on the line, ms."""
    spent = []
    for number in range(STOPS):
        clock, requests, asked = WallClock(), Requests(), [0]
        line = Noted(make_emulated(read_options(parse_url(TABLE), TableSetup())), clock)

        def ask(requests: Requests = requests, asked: list[int] = asked) -> None:
            asked[0] = time.perf_counter_ns()
            requests.stop("the benchmark")

        timer = threading.Timer(1.0 + number * 0.0037, ask)
        timer.start()
        with GuardedDriver(WireDriver(lambda line=line: line, clock, 4711), clock) as driver:
            run_session(plan(30.0), driver, clock, record_to_memory(), requests=requests)
        timer.join()
        spent.append((line.stopped_ns - asked[0]) / 1e6)
    return spent


def core_us() -> float:
    """Return CPU time of controller and link for one tick of 10 ms, with a set-point in every second, us."""
    controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 1, codes.DRIVE_BACK_DRIVABLE))
    link, host = Link(controller, messages.MODEL_EMULATED, 1, 1, 1), HostLink(4711)
    truths = (0, 0, 0, 0)

    def live(force_mn: int = 0) -> None:
        controller.tick(force_mn, force_mn + 100, 0, codes.INPUTS_HEALTHY)
        link.tick(truths)
        host.receive(link.take(), 0)

    def say(letter: str, values: tuple[int, ...]) -> None:
        link.receive(host.expect(letter, values, 0))
        live()

    for _ in range(20):
        live()
    link.receive(host.hello(0))
    live()
    limits = (400_000, 50_000, 100_000, 600_000, 20_000, 3_000_000, 100_000, 200_000, 300_000, 5000, 10_000)
    say(messages.LIMITS, limits)
    say(messages.COMMIT, (messages.limits_hash(limits),))
    say(messages.ARM, (messages.limits_hash(limits),))
    say(messages.GO, (controller.nonce,))
    spent = 0
    for tick in range(CORE_TICKS):
        frames = b""
        if tick % 2 == 0:
            frames = host.make(messages.SETPOINT, (0, 1000, codes.MODE_FORCE, 250, controller.seq), 0)
        start = time.process_time_ns()
        link.receive(frames)
        controller.tick(tick % 7 * 100, tick % 5 * 100, 0, codes.INPUTS_HEALTHY)
        link.tick(truths)
        link.take()
        spent += time.process_time_ns() - start
    if controller.state != codes.STATE_RUN:
        raise SystemExit(f"the controller left RUN: fault {controller.fault}")
    return spent / CORE_TICKS / 1000


def main(seconds: float = USUAL_S) -> None:
    print(f"controller core and its link: {core_us():.1f} us a tick (claimed: under 50)")
    stops = stop_to_first_byte_ms()
    print(
        f"stop to first byte, {STOPS} times: median {statistics.median(stops):.1f}, "
        f"worst {max(stops):.1f} ms (a tick: 20)"
    )
    if not hasattr(os, "openpty"):
        print("no pseudo terminals here: nothing else can be measured")
        return
    round_trips()
    lateness("idle", seconds)
    with loaded(core=(os.cpu_count() or 1) - 1):
        lateness("with the other core loaded", seconds)


def run(words: list[str]) -> None:
    """Run as ``link --for TIME``."""
    if len(words) != 2 or words[0] != "--for":
        raise SystemExit("link --for TIME, such as link --for 10min")
    main(units.parse(words[1], "time"))
