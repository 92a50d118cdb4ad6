"""One round: two sides, what is done to them, and what both sides' histories say of it."""

from __future__ import annotations

import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.processes.nemesis import NEMESES, ON_TCP, Scene
from tests.processes.sides import TARGET_N, Emulator, Host
from traction.errors import RecordError
from traction.runner.reader import Record, read_record
from traction.testing.history import Bounds, Finding, History, Line, check, check_record, read_lines

PEAK_MN = round(1000 * (TARGET_N * 1.05 + 5))
REST_S = 15.0
NO_RECORD = ("E610", "E612")
"""Of a file that ends before its header does."""
EARLY_POLLS = 100
LONGEST_S = 150
MOST_TOLD = 4


@dataclass
class Round:
    """What came of one round; times in ms from the strike, None where there was nothing to let go of."""

    seed: int
    kind: str
    detail: str = ""
    outcome: str = ""
    left_run_ms: float | None = None
    slack_ms: float | None = None
    seconds: float = 0.0
    rows: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in what takes longer; a process that waits for its next round is left alone."""
    signal.signal(signal.SIGALRM, _took_too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@_at_most(LONGEST_S)
def play(seed: int, kind: str, keep: Path | None = None) -> Round:
    """Play the round of ``seed``; where something is found its files are kept in ``keep``."""
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="round-"))
    began = time.monotonic()
    emulator = Emulator(folder, *(("--tcp", "127.0.0.1:0") if kind in ON_TCP else ("--pty",)))
    scene = Scene(folder, emulator, emulator.url, chance.uniform(1.5, 3.0))
    done = Round(seed, kind)
    try:
        odd = NEMESES[kind](scene, chance)
        bounds = Bounds(slack_us=6_000_000 + scene.stalled_us, peak_mn=PEAK_MN)
        emulator.rests(REST_S, bounds.slack_mn)
    finally:
        for host in scene.hosts:
            host.kill()
            host.wait(5)
        for cable in scene.cables:
            cable.pull_out()
        emulator.kill(signal.SIGTERM)
        emulator.wait(10)
    lines = {host.token: read_lines(host.log) for host in scene.hosts}
    history = History(read_lines(emulator.log), lines)
    found = [Finding("outcome", scene.struck_us, what) for what in odd]
    found += check(history, bounds)
    for host in scene.hosts:
        found += _record(history, host, lines[host.token], done)
    done.findings = [asdict(one) for one in found]
    done.detail, done.outcome = scene.detail, " ".join(scene.told(scene.host))
    done.seconds = time.monotonic() - began
    _measure(done, history, scene, bounds)
    if found and keep is not None:
        with suppress(OSError):
            shutil.copytree(folder, keep / f"{kind}-{seed}", dirs_exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return done


def _took_too_long(*_: object) -> None:
    raise TimeoutError(f"a round took more than {LONGEST_S} s")


def _record(history: History, host: Host, lines: list[Line], done: Round) -> list[Finding]:
    """Hold the record of a host against both histories."""
    if not host.record.exists():
        return []
    said = [line for line in lines if line["is"] == "end"]
    polls = sum(line["is"] == "poll" for line in lines)
    record, found = _settled(host, ended=bool(said))
    if record is None:
        told = f"nothing can be read after {polls} samples: {found}"
        return [] if polls < EARLY_POLLS or not said else [Finding("record", 0, told)]
    done.rows += len(record.samples["t_us"])
    whole = bool(said) and said[0]["code"] not in ("E602", "E603", "E604", "E605", "E606")
    found_now = check_record(history, host.token, record.samples)[:MOST_TOLD]
    if record.complete and (not said or record.outcome is None):
        found_now.append(Finding("record", 0, "it calls itself complete, and the session never ended"))
    if whole and not record.complete:
        codes = [problem.code for problem in record.problems]
        found_now.append(Finding("record", 0, f"the session ended well, its record has {codes}"))
    # the last second may be lost with the host, no more: what was flushed stays
    if whole and len(record.samples["t_us"]) < polls - 100:
        found_now.append(Finding("record", 0, f"{len(record.samples['t_us'])} rows of {polls} samples"))
    return found_now


def _settled(host: Host, *, ended: bool) -> tuple[Record | None, str]:
    """Read a record; where the host was killed its recorder may still be ending the file."""
    end = time.monotonic() + (0.0 if ended else 2.0)
    while True:
        try:
            record, told = read_record(host.record), ""
        except RecordError as error:
            record, told = None, str(error)
            if error.code not in NO_RECORD:
                return record, told
        sure = record is not None and {one.code for one in record.problems} <= {"E615"}
        if sure or time.monotonic() >= end:
            return record, told
        time.sleep(0.05)


def _measure(done: Round, history: History, scene: Scene, bounds: Bounds) -> None:
    """Say how long it took from the strike, where it struck a run that did not come to its own end."""
    before = [one for one in history.ticks if one["us"] <= scene.struck_us]
    if not scene.struck_us or not before or before[-1]["state"] != "RUN" or "COMPLETED" in done.outcome:
        return
    left_us, slack_us = history.left_run_us(scene.struck_us), history.slack_us(scene.struck_us, bounds)
    if left_us is not None and slack_us is not None:
        again_us = scene.struck_us + scene.stalled_us  # a controller that stands does nothing
        done.left_run_ms = max(0, left_us - again_us) / 1000
        done.slack_ms = max(0, slack_us - again_us) / 1000
