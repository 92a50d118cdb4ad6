"""``python -m tests.processes.kill_points``: a session's record, killed at every length of every write.

The items of a real session go through the real writer into a real file. At each flush, for each number of its
bytes, a forked process writes so many of them and is killed (SIGKILL); the file is then read by the real
reader. It must hold exactly what was flushed before, be marked as incomplete, and every row must be what the
driver had returned. The same for every length of what the recorder process had heard when the session was
killed. Ends with 5 where something was found.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes.sides import plan
from traction.clock import VirtualClock
from traction.drivers.base import TableSetup, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.errors import RecordError
from traction.runner.reader import Record, read_bytes, read_record
from traction.runner.record.beside import HEADER
from traction.runner.record.direct import DirectOutput, MemoryFile
from traction.runner.record.process import record as record_stream
from traction.runner.record.recorder import Recorder
from traction.runner.record.writer import RawFile, RecordWriter
from traction.runner.session import run_session

URL = "sim:?seed=3&slack_mm=0"
NO_HEADER = {"E610", "E612"}
LSB_MN = 1
Item = tuple[int, int, bytes]


@dataclass
class Session:
    """What a session gave its recorder, and what its driver had returned."""

    items: list[Item]
    samples: list[Telemetry]
    size: int  # of its record


class Tapped(DirectOutput):
    """Keeps every item besides writing it."""

    def __init__(self) -> None:
        super().__init__(MemoryFile())
        self.items: list[Item] = []

    def put(self, kind: int, log_time_us: int, payload: bytes) -> None:
        self.items.append((kind, log_time_us, payload))
        super().put(kind, log_time_us, payload)


class Listening:
    """A driver whose samples are kept."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self.samples: list[Telemetry] = []

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return getattr(self._driver, verb)

    def poll(self) -> Telemetry:
        self.samples.append(self._driver.poll())
        return self.samples[-1]


def session(hold_s: float) -> Session:
    """Run a session on the simulated table, in virtual time."""
    clock, output = VirtualClock(), Tapped()
    driver = Listening(open_driver(URL, clock=clock, setup=TableSetup())._driver)
    with GuardedDriver(driver, clock) as guard:
        result = run_session(plan(URL, hold_s), guard, clock, Recorder(output, None))
    assert result.outcome == "COMPLETED", result.detail
    return Session(output.items, driver.samples, len(output.kept()))


@dataclass
class Found:
    """What came of all kill points: how many, the rows held against the driver, and what is wrong."""

    points: int = 0
    killed: int = 0
    rows: int = 0
    wrong: list[str] = field(default_factory=list)


class Judge:
    """Says what is wrong with what was left of a record."""

    def __init__(self, whole: Session, found: Found) -> None:
        self.found = found
        self._of = {one.seq: one for one in whole.samples}

    def judge(self, where: str, read: Callable[[], Record], least_rows: int, ended: bool) -> int:
        """Judge one; return its rows, -1 without a header. ``ended``: every byte was written."""
        self.found.points += 1
        try:
            left = read()
        except RecordError as error:
            codes = {problem.code for problem in error.problems}
            if not codes & NO_HEADER or least_rows >= 0:
                self.found.wrong.append(f"{where}: {error}")
            return -1
        except Exception as error:  # a reader never falls over what was left
            self.found.wrong.append(f"{where}: {type(error).__name__}: {error}")
            return -1
        rows = len(left.samples["t_us"])
        self.found.rows += rows
        if left.complete != ended:
            self.found.wrong.append(f"{where}: complete is {left.complete}")
        if not left.complete and not left.problems:
            self.found.wrong.append(f"{where}: incomplete, and no word why")
        if rows < least_rows:
            self.found.wrong.append(f"{where}: {rows} rows are left of {least_rows} that were flushed")
        self._rows(where, left)
        return rows

    def _rows(self, where: str, left: Record) -> None:
        names = ("seq", "force_mn", "force_b_mn", "travel_um", "true_force_mn")
        columns = [left.samples[name].tolist() for name in names if name in left.samples]
        for seq, a_mn, b_mn, travel_um, true_mn in zip(*columns, strict=True):
            gave = self._of[seq]
            pairs = ((a_mn, gave.force_mn), (b_mn, gave.force_b_mn), (true_mn, gave.channels[0]))
            if any(abs(one - other) > LSB_MN for one, other in pairs) or travel_um != gave.travel_um:
                self.found.wrong.append(f"{where}: sample {seq} is not what the driver gave")
                return


class DyingFile(RawFile):
    """A file whose every flush is tried first by processes that are killed in the middle of it."""

    def __init__(self, descriptor: int, path: Path, judge: Judge, every: int, size: int) -> None:
        super().__init__(descriptor)
        self._size = size
        self._path = path
        self._judge = judge
        self._every = every
        self._rows = -1
        self._next = 0  # the next length of the file to be killed at

    def flush(self) -> None:
        """Die at each length of this flush, and then write it."""
        data = b"".join(self._parts)
        start = os.lseek(self._descriptor, 0, os.SEEK_CUR)
        while self._next <= start + len(data):
            self._die(data[: self._next - start], start)
            self._next += self._every
        super().flush()
        self._rows = self._left(start + len(data))

    def _die(self, part: bytes, start: int) -> None:
        pid = os.fork()
        if pid == 0:
            os.write(self._descriptor, part)
            os.kill(os.getpid(), signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self._judge.found.killed += os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        self._left(start + len(part))
        os.ftruncate(self._descriptor, start)
        os.lseek(self._descriptor, start, os.SEEK_SET)

    def _left(self, length: int) -> int:
        where, whole = f"killed at byte {length}", length == self._size
        return self._judge.judge(where, lambda: read_record(self._path), self._rows, whole)


def kill_the_writer(whole: Session, every: int, found: Found) -> int:
    """Die at every ``every``-th byte of the record; return its length."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "killed.mcap"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        file = DyingFile(descriptor, path, Judge(whole, found), every, whole.size)
        writer = RecordWriter(file)
        for item in whole.items:
            writer.accept(*item)
        writer.finish()
        writer.close()
        return path.stat().st_size


def kill_the_session(whole: Session, every: int, found: Found) -> int:
    """Cut what the recorder hears at every ``every``-th byte; return how many there are."""
    judge, rows = Judge(whole, found), -1
    heard = b"".join(HEADER.pack(kind, us, len(text)) + text for kind, us, text in whole.items)
    for length in range(0, len(heard) + 1, every):
        file = MemoryFile()
        record_stream(io.BufferedReader(io.BytesIO(heard[:length])), lambda _: None, RecordWriter(file))
        left = file.getvalue()
        where = f"heard {length} bytes"
        rows = judge.judge(where, lambda left=left: read_bytes(left), rows, length == len(heard))
    return len(heard)


def main(words: list[str]) -> int:
    """Kill at every length, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.processes.kill_points", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so many bytes")
    parser.add_argument("--hold", type=float, default=1.0, metavar="S", help="seconds of hold of the session")
    parser.add_argument("-o", type=Path, metavar="FILE", help="write the result as JSON")
    asked = parser.parse_args(words)
    whole, found, began = session(asked.hold), Found(), time.monotonic()
    record_bytes = kill_the_writer(whole, asked.every, found)
    heard_bytes = kill_the_session(whole, asked.every, found)
    seconds = time.monotonic() - began
    report = {**vars(found), "record_bytes": record_bytes, "heard_bytes": heard_bytes, "seconds": seconds}
    if asked.o is not None:
        asked.o.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for text in found.wrong[:20]:
        print(f"FOUND {text}", file=sys.stderr)
    print(
        f"{found.points} kill points ({found.killed} by SIGKILL) of a record of {record_bytes} bytes in "
        f"{seconds:.1f} s, {found.rows} rows held against the driver, {len(found.wrong)} findings"
    )
    return 5 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
