"""Hundreds of sessions of half an hour, one after the other in one process: what stays behind of each.

``python -m benchmarks.soak --sessions 200``. Virtual time; three of four through the whole path with a record
on disk, the fourth over the wire in memory, its controller switched on so long ago that its counters pass
2^31 on the way. Every tenth time a short session begins right before 2^32: it must refuse or let go, and its
force be gone. Ends with 5 where memory grows by 1 MiB or more in a thousand sessions, files stay open,
threads live on, or a session does not end as it must.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from array import array
from pathlib import Path
from typing import Any

import traction
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.sim.emulator import MemoryLine
from traction.testing import session
from traction.testing.simulated import simulated
from traction.testing.table import SternClock, TableUnderTest

MOST_KIB = 1024.0
"""In a thousand sessions."""
FEWEST = 40
BLOCK_BYTES = 128
"""Of one of Python's own small blocks, on average, rounded up; most of them take 32 to 96."""
WARM_UP = 0.25
"""This share of the sessions first: caches fill, the heap finds its size."""
HOLD_S = 14.5 * 60.0
"""One hold may last twenty minutes, so the half hour over the wire has two."""
HALF, WHOLE = 1 << 31, 1 << 32
EARLY_TICKS, EARLY_MS = 500, 5000
MAY_END = ("", "E405", "E408", "E520", "E539")
"""How a session may end whose counters pass 2^32: no word of it is believed, and the table lets go."""
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


def resident_kib() -> int:
    """Return the resident set of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB


class HeapInfo(ctypes.Structure):
    """What glibc says of its heap (mallinfo2): ten sizes, of which two say what is in use."""

    _fields_ = [(f"field_{place}", ctypes.c_size_t) for place in range(10)]
    MAPPED, USED = 4, 7


def heap_bytes() -> int:
    """Return the bytes in use outside Python's own small blocks; 0 where the C library does not tell."""
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return 0
    ask.restype = HeapInfo
    told = ask()
    return int(getattr(told, f"field_{HeapInfo.MAPPED}") + getattr(told, f"field_{HeapInfo.USED}"))


def left_behind() -> dict[str, int]:
    """Return what is there between two sessions."""
    gc.collect()
    return {
        "resident_kib": resident_kib(),
        "heap": heap_bytes(),
        "blocks": sys.getallocatedblocks(),
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208  of numbers, not of paths
        "threads": threading.active_count(),
    }


def whole_path(number: int, folder: Path) -> float:
    """Run half an hour of a published protocol with its record; return its seconds."""
    record = folder / "soak.mcap"
    proof = traction.verify("lumbar-disc-30min", mass_kg=80.0, seed=number)
    result = traction.run(proof, record=record)
    if result.outcome != "COMPLETED":
        raise SystemExit(f"session {number} ended {result.outcome} {result.code}")
    traction.read_record(record)
    record.unlink()
    return result.session.stats.duration_s


def _set_on(table: TableUnderTest, counter: str, value: int) -> None:
    """Have a table behind a line be on for so long that its counter stands at ``value``."""
    line: MemoryLine = table.link.driver._connect()  # noqa: SLF001
    emulated = line.table
    if counter == "host frames":
        table.link.driver.link._number = value  # noqa: SLF001
    elif counter == "frames":
        emulated.link.number = value
    elif counter == "samples":
        emulated.controller.seq = value
    else:
        emulated.controller.now_ms = value
        emulated.link.telemetry_ms = emulated.link.greeted_ms = value - 20


COUNTERS = ("time", "samples", "frames", "host frames")


def half_an_hour() -> SessionPlan:
    """Return a plan of two holds."""
    first, up = Ramp(0.0, 110.0, 6.0), Ramp(30.0, 110.0, 4.0)
    down, last = Ramp(110.0, 30.0, 4.0), Ramp(110.0, 0.0, 6.0)
    parts = (first, Hold(110.0, HOLD_S), down, Hold(30.0, 30.0), up, Hold(110.0, HOLD_S), last)
    return session.plan_of(Profile.of(*parts), limit_n=200.0)


def over_the_wire(counter: str, value: int, plan: SessionPlan, url: str) -> tuple[str, str, float]:
    """Run a session over frames; return outcome, code and seconds.

    Raises AssertionError for a force that stays.
    """
    clock = SternClock()
    clock.may_wait = True
    table = simulated(url, clock, wire=True)
    _set_on(table, counter, value)
    ended = session.run(table, clock, table.true_force_n or float, plan)
    ended.assert_let_go()
    table.end()
    return ended.outcome, ended.code, clock.now_us() / 1e6


def one(number: int, folder: Path) -> tuple[float, list[str]]:
    """Run session ``number``; return its virtual seconds and what is wrong."""
    url, wrong = f"sim:?slack_mm=0&seed={number}", []
    if number % 4 == 3:
        counter = COUNTERS[number // 4 % len(COUNTERS)]
        early = EARLY_MS * 60 if counter == "time" else EARLY_TICKS * 60
        outcome, code, seconds = over_the_wire(counter, HALF - early, half_an_hour(), url)
        if outcome != "COMPLETED":
            wrong.append(f"session {number}, {counter} past 2^31: it ended {outcome} {code}")
    else:
        seconds = whole_path(number, folder)
    if number % 10 == 9:
        counter = COUNTERS[number // 10 % len(COUNTERS)]
        early = EARLY_MS if counter == "time" else EARLY_TICKS
        outcome, code, more = over_the_wire(counter, WHOLE - early, session.short_plan(), url)
        seconds += more
        if code not in MAY_END:
            wrong.append(f"session {number}, {counter} past 2^32: it ended {outcome} {code}")
    return seconds, wrong


def growth(values: array[int]) -> float:
    """Return by how much a figure grows in a thousand sessions: the median slope of all pairs.

    Of what is in use, and not of what is resident: that grows by leaps of megabytes and then stays.
    """
    pairs = ((i, j) for j in range(len(values)) for i in range(j))
    return 1000.0 * statistics.median((values[j] - values[i]) / (j - i) for i, j in pairs)


def soak(sessions: int, told: Any) -> dict[str, Any]:
    """Run them all and return what stays behind."""
    seen = {
        name: array("q") for name in left_behind()
    }  # plain numbers: keeping count must not look like a leak
    wrong: list[str] = []
    virtual_s, began = 0.0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(sessions):
            try:
                seconds, odd = one(number, Path(folder))
            except AssertionError as error:
                seconds, odd = 0.0, [f"session {number}: {error}"]
            except KeyboardInterrupt:  # what has been seen so far is worth something
                break
            virtual_s += seconds
            wrong += odd
            for name, value in left_behind().items():
                seen[name].append(value)
            if number % 10 == 9:
                print(number + 1, {name: values[-1] for name, values in seen.items()}, file=told, flush=True)
    count = len(seen["files"])
    by_name = {name: values[int(count * WARM_UP) :] for name, values in seen.items()}
    return {
        "sessions": count,
        "virtual_hours": round(virtual_s / 3600, 1),
        "seconds": round(time.monotonic() - began, 1),
        "kib_per_1000": round((growth(by_name["heap"]) + BLOCK_BYTES * growth(by_name["blocks"])) / 1024, 1),
        "resident_kib": (by_name["resident_kib"][0], by_name["resident_kib"][-1]),
        "files_more": max(by_name["files"]) - seen["files"][0],
        "threads_more": max(by_name["threads"]) - seen["threads"][0],
        "wrong": wrong,
    }


def main(words: list[str]) -> int:
    """Run the sessions and say what stays behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("-o", type=Path, metavar="FILE", help="write the result as JSON")
    asked = parser.parse_args(words)
    report = soak(asked.sessions, sys.stderr)
    if asked.o is not None:
        asked.o.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for text in report["wrong"]:
        print(f"FOUND {text}", file=sys.stderr)
    print(
        f"{report['sessions']} sessions, {report['virtual_hours']} virtual hours in {report['seconds']} s; "
        f"in 1000 sessions {report['kib_per_1000']:+} KiB in use, resident {report['resident_kib']} KiB; "
        f"{report['files_more']} files, {report['threads_more']} threads more; {len(report['wrong'])} wrong"
    )
    if asked.sessions < FEWEST:
        print(f"too few to tell whether memory grows: {FEWEST} would tell")
    leaks = asked.sessions >= FEWEST and report["kib_per_1000"] >= MOST_KIB
    grown = leaks or report["files_more"] > 0 or report["threads_more"] > 0
    return 5 if grown or report["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
