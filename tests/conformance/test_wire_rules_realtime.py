"""The rules of a driver on real lines: the controller in a process of its own, on TCP and on a pty."""

import gc
import json
import os
import signal
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from traction.clock import WallClock
from traction.drivers.base import ControllerLimits, SetPoint, StopKind, TableSetup, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.errors import RefusedError, TableError, UsageError
from traction.tables import find_table
from traction.wire import codes

pytestmark = pytest.mark.realtime
WAYS = [("--tcp", "127.0.0.1:0"), ("--pty",)]
TICK_US = 20_000
LIMITS = ControllerLimits(
    max_force_mn=100_000,
    max_rate_up_mn_per_s=50_000,
    max_rate_down_mn_per_s=100_000,
    max_hold_ms=600_000,
    hold_band_mn=20_000,
    max_session_ms=1_800_000,
    max_travel_um=100_000,
    release_rate_mn_per_s=200_000,
    fast_release_rate_mn_per_s=300_000,
    max_release_ms=5000,
    slack_force_mn=10_000,
)


class Host:
    """A driver in real time, and how long its calls took."""

    def __init__(self, url: str) -> None:
        self.clock = WallClock()
        self.guard: GuardedDriver = open_driver(url, clock=self.clock, setup=TableSetup())
        self.spent_us: list[int] = []

    def timed(self, verb: Callable[..., Any], *values: object) -> Any:
        before_us = self.clock.now_us()
        result = verb(*values)
        self.spent_us.append(self.clock.now_us() - before_us)
        return result

    def pull(self) -> list[Telemetry]:
        """Start, and pull up to 20 N until more than half of it is there."""
        guard, clock = self.guard, self.clock
        guard.open()
        assert guard.load_limits(LIMITS) == LIMITS
        guard.go(guard.arm())
        seen = []
        due_us = clock.now_us()
        for tick in range(500):
            seen.append(self.timed(guard.poll))
            target_mn = min(500 * tick, 20_000)
            self.timed(guard.setpoint, SetPoint(target_mn, 30_000, codes.MODE_FORCE, 250, seen[-1].seq))
            due_us += TICK_US
            clock.wait_until_us(due_us)
            if tick > 75 and seen[-1].force_mn > 11_000:
                break
        assert seen[-1].state == codes.STATE_RUN
        assert seen[-1].force_mn > 11_000
        return seen

    def watch(self, seconds: float) -> Telemetry:
        """Poll for so long without a set-point; return the last sample."""
        for _ in range(round(seconds * 50)):
            self.clock.wait_until_us(self.clock.now_us() + TICK_US)
            seen = self.guard.poll()
        return seen


@pytest.fixture(params=WAYS, ids=["tcp", "pty"])
def served(request: pytest.FixtureRequest, serve: Any) -> Any:
    if request.param == ("--pty",) and not hasattr(os, "openpty"):
        pytest.skip("no pseudo terminals here")
    return serve(*request.param)


def test_the_rules_hold_on_a_real_line(served: Any) -> None:
    host = Host(served.url)
    samples = host.pull()
    # rule 6: number, the controller's own time, and its boot
    identity = host.guard.identity
    for before, after in pairwise(samples):
        assert after.seq >= before.seq
        assert (after.seq - before.seq) * 10 == after.controller_ms - before.controller_ms
        assert after.boot_id == identity.boot_id
    assert len({one.seq for one in samples}) > 60
    # rule 2: no call of the loop waits; the median, because the machine may be busy
    assert statistics.median(host.spent_us) < 10_000
    # rule 3: a stop is obeyed, and may be said again
    host.guard.stop(StopKind.RELEASE)
    host.guard.stop(StopKind.RELEASE)
    last = host.watch(1.5)
    assert (last.state, last.fault) == (codes.STATE_DONE, codes.FAULT_NONE)
    host.guard.close()

    # rule 4: a driver that is dropped says stop, and the next one finds the table at rest without a fault
    host = Host(served.url)
    host.pull()
    del host.guard
    gc.collect()
    time.sleep(1.0)
    with Host(served.url).guard as guard:
        guard.open()
        assert guard.poll().fault == codes.FAULT_NONE
        assert guard.poll().force_mn < 10_000
        # rule 7: nothing starts without limits of this session
        with pytest.raises(TableError, match="E501"):
            guard.arm()

    # rule 8: a lost line is never taken up again
    host = Host(served.url)
    host.guard.open()
    served.end(signal.SIGKILL)
    with pytest.raises(TableError, match="E538"):
        host.watch(2.0)
    with pytest.raises(TableError, match="E500"):
        host.guard.open()


def test_the_shell_runs_a_protocol_on_it(serve: Any, shell_run: Any, short_protocol: Path) -> None:
    served, path = serve("--tcp", "127.0.0.1:0"), short_protocol
    done = shell_run("run", path, "--table", served.url, "--yes", "--json", "--quiet")
    told = json.loads(done.stdout)
    assert (told["outcome"], done.returncode) == ("COMPLETED", 0), done.stderr
    assert told["table"] == served.url
    assert told["table_name"] == "sim"
    refused = shell_run("run", path, "--table", served.url, "--yes", "--clock", "virtual")
    assert (refused.returncode, "E349" in refused.stderr) == (3, True)


def test_the_facts_of_a_table_on_a_wire_are_named() -> None:
    assert find_table("tcp://127.0.0.1:5000?facts=sim-self-locking").facts.drive == "self-locking"
    with pytest.raises(UsageError, match="E192"):
        find_table("serial:/dev/ttyACM0?facts=no-such-table")
    with pytest.raises(RefusedError, match="E309"):
        find_table("serial:/dev/ttyACM0")
