"""How soon the link answers: a request with its answer, and the first byte of a stop that is asked for."""

from __future__ import annotations

import os
import secrets
import select
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import serial

from traction.cli.keys import Keys
from traction.clock import WallClock
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import Link
from traction.drivers.guarded import GuardedDriver
from traction.drivers.host import HostLink
from traction.drivers.serial import WireDriver
from traction.drivers.transport import DescriptorLine, Transport, open_serial
from traction.drivers.url import parse_url
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import Requests
from traction.runner.session import run_session
from traction.runner.signals import stop_on_signals
from traction.wire import codes, frame, messages

ROUNDS = 2000
STOPS = 12
BAUD = 115_200

# ---- a request and its answer ---------------------------------------------------------------------------


def round_trips(url: str) -> None:
    """Print the round trip through frames and controller, between two of bare echoes of as many bytes.

    Both framings that a user of pyserial would write: until the line is complete, which is what the wire's
    frames are, and for a number of bytes that is known beforehand. An echo makes no frame and reads none, so
    what those take at both ends, without any line, is printed beside them.
    """
    request = frame.encode(messages.STOP, (4711, 1000, 90_700, codes.STOP_RELEASE))
    answer = frame.encode(messages.ANSWER, (4711, 1000, 90_700, 1000, codes.RESULT_OK))
    echoes = [bare_echo_us(request, answer)]
    link = link_us(url)
    echoes.append(bare_echo_us(request, answer))
    link_p50 = float(np.median(link))
    print(
        f"round trip over a pty: request and answer p50 {link_p50:.0f}, p99 {np.percentile(link, 99):.0f} us"
    )
    frames_p50 = frames_us()
    for name in echoes[0]:
        bare = min(float(np.median(each[name])) for each in echoes)
        print(f"    a bare pyserial echo by {name}: p50 {bare:.0f} us; ratio {link_p50 / bare:.2f}")
    print(
        f"    of ours, making and reading two frames and what the controller does: {frames_p50:.0f} us, "
        f"without a line; the rest is the line: {link_p50 - frames_p50:.0f} us"
    )
    print("    (claimed: at most 1.5 times each)")


def frames_us() -> float:
    """Return the time of a request and its answer through both ends in one process, without a line, us."""
    controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 1, codes.DRIVE_BACK_DRIVABLE))
    link, host = Link(controller, messages.MODEL_EMULATED, 1, 1, 1), HostLink(4711)
    for _ in range(5):
        controller.tick(0, 0, 0, codes.INPUTS_HEALTHY)
    link.receive(host.hello(0))
    host.receive(link.take(), 0)

    def ask() -> None:
        link.receive(host.expect(messages.STOP, (codes.STOP_RELEASE,), 0))
        host.receive(link.take(), 0)

    return float(np.median(_rounds(ask)))


def _rounds(ask: Callable[[], None]) -> np.ndarray:
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        ask()
        spent.append(time.perf_counter_ns() - start)
    return np.array(spent) / 1000.0


def bare_echo_us(request: bytes, answer: bytes) -> dict[str, np.ndarray]:
    """Return round trips through pyserial to a process that sends ``answer`` for whatever it gets, us.

    By ``readline`` and ``read_until``, as one has to who does not know how long an answer is, and by
    ``read(size)``.
    """
    import tty

    master, slave = os.openpty()
    tty.setraw(slave)
    child = os.fork()
    if child == 0:
        while True:
            os.read(master, 4096)
            os.write(master, answer)
    try:
        with serial.Serial(os.ttyname(slave), BAUD, timeout=1) as line:

            def asked(read: Callable[[], bytes]) -> None:
                line.write(request)
                if read() != answer:
                    raise SystemExit("the echo is broken")

            return {
                "readline()": _rounds(lambda: asked(line.readline)),
                "read_until()": _rounds(lambda: asked(line.read_until)),
                "read(size)": _rounds(lambda: asked(lambda: line.read(len(answer)))),
            }
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(master)
        os.close(slave)


def link_us(url: str) -> np.ndarray:
    """Return round trips of a request and its answer through frames and controller, us."""
    line, host, clock = open_serial(parse_url(url).path, BAUD), HostLink(4711), WallClock()
    assert isinstance(line, DescriptorLine)
    watch = select.poll()
    watch.register(line.fileno(), select.POLLIN)

    def hear() -> None:
        if not watch.poll(1000):
            raise SystemExit("no answer")
        host.receive(line.read(), clock.now_us())

    def ask() -> None:
        line.write(host.expect(messages.STOP, (codes.STOP_RELEASE,), clock.now_us()))
        while host.reply is None:
            hear()

    try:
        line.write(host.hello(clock.now_us()))
        while host.identity is None:
            hear()
        return _rounds(ask)
    finally:
        line.close()


# ---- a stop ---------------------------------------------------------------------------------------------


class Noted:
    """A line that notes when the first stop went out."""

    def __init__(self, line: Transport) -> None:
        self._line = line
        self.stopped_ns = 0

    def read(self) -> bytes:
        """Return what has come."""
        return self._line.read()

    def write(self, data: bytes) -> int:
        """Hand it on."""
        count = self._line.write(data)
        if not self.stopped_ns and data[2:3] == messages.STOP.encode():
            self.stopped_ns = time.perf_counter_ns()
        return count

    def close(self) -> None:
        """Hand it on."""
        self._line.close()


def stops(url: str, plan: SessionPlan) -> None:
    """Print how long it took, from asking at any moment of a beat, to the stop on the line."""
    for name, way in WAYS.items():
        spent = [_one_stop_ms(url, plan, way, 1.0 + number * 0.0037) for number in range(STOPS)]
        print(
            f"stop to first byte, {name}, {STOPS} times: median {statistics.median(spent):.2f}, "
            f"worst {max(spent):.2f} ms (a tick: 20)"
        )


Press = Callable[[], object]
Way = Callable[[Requests], AbstractContextManager[Press]]


def _one_stop_ms(url: str, plan: SessionPlan, way: Way, after_s: float) -> float:
    clock, requests, asked = WallClock(), Requests(), [0]
    line = Noted(open_serial(parse_url(url).path, BAUD))
    with way(requests) as press:

        def ask() -> None:
            asked[0] = time.perf_counter_ns()
            press()

        timer = threading.Timer(after_s, ask)
        timer.start()
        with GuardedDriver(
            WireDriver(lambda: line, clock, secrets.randbelow(messages.U32) + 1), clock
        ) as driver:
            result = run_session(plan, driver, clock, record_to_memory(), requests=requests)
        timer.join()
    if result.outcome != "STOPPED":
        raise SystemExit(f"it was not the stop that ended the session: {result.outcome} {result.detail}")
    return (line.stopped_ns - asked[0]) / 1e6


@contextmanager
def _by_a_call(requests: Requests) -> Iterator[Press]:
    yield lambda: requests.stop("the benchmark")


@contextmanager
def _by_a_signal(requests: Requests) -> Iterator[Press]:
    with stop_on_signals(requests):
        yield lambda: os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def _by_a_key(requests: Requests) -> Iterator[Press]:
    import tty

    master, slave = os.openpty()
    tty.setcbreak(slave)
    with Keys(slave).heard_at_once(requests):
        yield lambda: os.write(master, b"s")
    os.close(master)
    os.close(slave)


WAYS: dict[str, Way] = {"by a call": _by_a_call, "by Ctrl-C": _by_a_signal, "by a key": _by_a_key}
