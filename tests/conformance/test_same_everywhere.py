"""The same protocol file on four tables: same outcome, same margins, same force.

Simulated, and over the wire in memory, both in virtual time; over TCP and over a terminal in real time, from
the shell, with the table in a process of its own.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import traction
from traction.clock import VirtualClock
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.runner.reader import Record, read_record
from traction.runner.record.direct import record_to_memory
from traction.runner.session import run_session
from traction.runner.states import State
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("realtime")]
TABLE = "sim:?seed=3&slack_mm=0&couch=fixed"
"""A couch in one piece: where a split one sticks and lets go hangs on the noise of the load cells."""
RATE_MN_PER_MS = 15
RESOLUTION_MN = 1000
"""Of a load cell, as the table's file says."""
SHIFT_MS = 40
"""Where in a beat of the table the host began, and how long a sample is on its way: up to two ticks."""


@pytest.fixture
def protocol(short_protocol: Path) -> Path:
    """Return the short protocol at 15 N/s."""
    text = re.sub('"(25|50) N/s"', '"15 N/s"', short_protocol.read_text(encoding="utf-8"))
    short_protocol.write_text(text, encoding="utf-8")
    return short_protocol


def in_memory(protocol: Path) -> Record:
    clock = VirtualClock()
    line = MemoryLine(make_emulated(read_options(parse_url(TABLE), TableSetup())), clock)
    plan = traction.verify(protocol, table=TABLE).session_plan()
    with GuardedDriver(WireDriver(lambda: line, clock, 4711), clock) as driver:
        return run_session(plan, driver, clock, record_to_memory()).record()


def force_mn(record: Record) -> np.ndarray:
    """Return the true force every 10 ms of the profile's clock."""
    samples = record.samples
    running = samples["session_state"] == State.RUNNING
    at_ms = samples["profile_us"][running] / 1000
    return np.interp(np.arange(0, at_ms[-1] - SHIFT_MS, 10), at_ms, samples["true_force_mn"][running])


def apart_mn(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how far two forces are apart, at the shift in time that suits them best."""
    size = min(len(one), len(other)) - 2 * SHIFT_MS // 10
    middle = one[SHIFT_MS // 10 :][:size]
    shifted = [np.abs(middle - other[shift:][:size]) for shift in range(2 * SHIFT_MS // 10 + 1)]
    return min(shifted, key=lambda each: float(each.max()))


def test_one_protocol_on_four_tables(protocol: Path, shell_run: Any, serve: Any, tmp_path: Path) -> None:
    ways = {"tcp": ("--tcp", "127.0.0.1:0"), "pty": ("--pty",)}
    if not hasattr(os, "openpty"):
        del ways["pty"]
    urls = {"sim": TABLE} | {name: serve(*way, "--table", TABLE).url for name, way in ways.items()}

    def run(name: str) -> Record:
        path = tmp_path / f"{name}.mcap"
        done = shell_run("run", protocol, "--table", urls[name], "--record", path, "--yes", "--quiet")
        assert done.returncode == 0, done.stderr
        return read_record(path)

    with ThreadPoolExecutor() as pool:
        records = dict(zip(urls, pool.map(run, urls), strict=True)) | {"memory": in_memory(protocol)}
    simulated = records.pop("sim")
    for name, record in records.items():
        assert record.outcome is not None
        assert simulated.outcome is not None
        for said in ("outcome", "code", "detail"):
            assert record.outcome[said] == simulated.outcome[said], name
        assert record.outcome["outcome"] == "COMPLETED"
        for same in ("margins", "protocol", "profile", "limits"):
            assert record.header[same] == simulated.header[same], (name, same)
        apart = apart_mn(force_mn(simulated), force_mn(record))
        late_mn = RATE_MN_PER_MS * record.samples["late_us"].max() / 1000  # on a busy machine
        print(f"\n{name}: apart {apart.mean():.0f} mN in the mean, {apart.max():.0f} mN at most")
        assert apart.mean() < RESOLUTION_MN, name
        assert np.percentile(apart, 95) < RESOLUTION_MN + late_mn, name
        assert apart.max() < 3 * RESOLUTION_MN + late_mn, name
