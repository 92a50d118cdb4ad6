"""The link in real time, over a pty with the controller in another process: lateness, round trip, stop, core.

``python -m benchmarks link --for 10min`` runs each session that long; 60 s unless said. Lateness is how long
after its instant a tick of the host began, once idle and once with the other core busy.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.link_answers import round_trips, stops
from traction import units
from traction.clock import WallClock
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import Link
from traction.drivers.base import TableSetup
from traction.drivers.host import HostLink
from traction.drivers.registry import open_driver
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.session import SessionResult, run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.verify import verify
from traction.wire import codes, messages

TABLE = "sim:?seed=3&slack_mm=0"
USUAL_S = 60.0
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
    if not len(late_ms):  # on a machine so busy that no answer came in time, nothing was begun
        print(f"{name}: {result.outcome} {result.code}: {result.detail}; load before {before:.1f}")
        return
    p50, p99, p999 = np.percentile(late_ms, [50, 99, 99.9])
    priority = next((event.text for event in record.events if event.name == "priority"), "nothing said")
    lost = sum("lease" in cause.detail for cause in result.causes)
    print(
        f"{name}: {result.outcome} {result.code or ''} after {result.stats.duration_s:.0f} s, "
        f"{len(late_ms)} ticks, leases lost: {lost}; lateness p50 {p50:.2f}, p99 {p99:.2f}, "
        f"p99.9 {p999:.2f}, worst {late_ms.max():.2f} ms; priority: {priority}; load before {before:.1f}"
    )


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
    say(messages.GO, (controller.boot_id, 1))
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
    if not hasattr(os, "openpty"):
        print("no pseudo terminals here: nothing else can be measured")
        return
    with emulator() as url:
        stops(url, plan(30.0))
    with emulator() as url:
        round_trips(url)
    lateness("idle", seconds)
    with loaded(core=(os.cpu_count() or 1) - 1):
        lateness("with the other core loaded", seconds)


def run(words: list[str]) -> None:
    """Run as ``link --for TIME``."""
    if len(words) != 2 or words[0] != "--for":
        raise SystemExit("link --for TIME, such as link --for 10min")
    main(units.parse(words[1], "time"))
