"""The two sides of a round, each a process of its own that writes down what it sees and does.

They are forked from one that has loaded everything, so that a round costs no start of an interpreter. What
runs in them is what runs anywhere: ``traction emulate`` on a pty, and a session with its recorder beside it.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from traction.clock import WallClock, machine_us
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.errors import TractionError
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.child import spawn
from traction.runner.plan import SessionPlan
from traction.runner.record.beside import CAPACITY_BYTES, ENTRY, BesideOutput, record_beside
from traction.runner.record.recorder import Recorder
from traction.runner.session import run_session
from traction.testing.history import Line, Noted, read_lines
from traction.testing.session import plan_of

TARGET_N = 30.0
TABLE = "sim:?seed=3&slack_mm=0"


class Process:
    """A forked process; ``code`` is how it ended, a negative number for a signal, None while it lives."""

    def __init__(self, work: Callable[[], None], log: Path) -> None:
        self.code: int | None = None
        self.stalled_us = 0
        self.pid = os.fork()
        if self.pid == 0:
            _work(work, log)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal, if it lives."""
        if self.alive():
            os.kill(self.pid, number)

    def stall(self, seconds: float) -> None:
        """Stop it for so long."""
        self.kill(signal.SIGSTOP)
        time.sleep(seconds)
        self.kill(signal.SIGCONT)

    def alive(self) -> bool:
        """Look whether it lives."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is None

    def wait(self, limit_s: float) -> bool:
        """Wait for its end; return whether it came."""
        end = time.monotonic() + limit_s
        while self.alive() and time.monotonic() < end:
            time.sleep(0.01)
        return not self.alive()


def _work(work: Callable[[], None], log: Path) -> None:
    """Be the new process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(said, number)
    os.closerange(3, 4096)  # what is open here keeps a line alive that was cut
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    try:
        work()
    except SystemExit as error:
        os._exit(error.code if isinstance(error.code, int) else 1)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(70)
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(0)


# ---- the controller's side --------------------------------------------------------------------------------


class Emulator(Process):
    """``traction emulate``, with its log."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.log, said = folder / "controller.jsonl", folder / "emulator.txt"
        sys.argv = ["traction", "emulate", *words, "--table", TABLE, "--log", str(self.log)]
        super().__init__(_shell, said)
        end = time.monotonic() + 30
        while not (said.exists() and said.read_text().endswith("\n")):
            if time.monotonic() > end or not self.alive():
                raise RuntimeError(f"no emulator: {said.read_text()}")
            time.sleep(0.01)
        self.url = said.read_text().split()[0]

    def lines(self) -> list[Line]:
        """Return its log so far."""
        return read_lines(self.log)

    def last(self) -> Line:
        """Return the last whole line of its log."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 2000))
            return json.loads(file.read().splitlines(keepends=True)[-2])

    def rests(self, limit_s: float, slack_mn: int) -> bool:
        """Wait until the drive is off and the force is gone; return whether it came to that."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            last = self.last()
            powered = last["state"] in ("RUN", "RELEASING", "FAST_RELEASING")
            if not powered and last.get("true_force_mn", slack_mn + 1) <= slack_mn:
                return True
            time.sleep(0.02)
        return False


def _shell() -> None:
    from traction.cli import main

    main()


class Cable:
    """A terminal that leads to a TCP port and can be pulled out, while both ends live on."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("tcp://").partition("?")[0].split(":")
        self._line = socket.create_connection((host, int(port)))
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)  # what nobody reads is lost, as on a wire
        self.url = f"serial:{os.ttyname(self._slave)}?facts=sim"
        self.sent = b""  # by the host, so far
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def _carry(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                for one in select.select([self._line, self._master], [], [], 0.02)[0]:
                    if one is self._line:
                        os.write(self._master, self._line.recv(4096))
                    else:
                        data = os.read(self._master, 4096)
                        self.sent += data
                        self._line.sendall(data)

    def say(self, data: bytes) -> None:
        """Say something to the table that no host has said just now."""
        self._line.sendall(data)

    def pull_out(self) -> None:
        """Take the terminal away, as a plug that is pulled."""
        if not self._over.is_set():
            self._over.set()
            self._thread.join()
            self._line.close()
            os.close(self._slave)
            os.close(self._master)


# ---- the host's side --------------------------------------------------------------------------------------


class Host(Process):
    """A session of about six seconds, whose log and record are in ``folder`` under ``name``."""

    def __init__(self, folder: Path, name: str, url: str, hold_s: float, *, full_disk: bool = False) -> None:
        self.log, self.record = folder / f"{name}.jsonl", folder / f"{name}.mcap"
        record = None if full_disk else self.record
        super().__init__(lambda: _session(url, hold_s, self.log, record), folder / f"{name}.txt")

    def lines(self, kind: str) -> list[Line]:
        """Return its lines of one kind."""
        return [line for line in read_lines(self.log) if line["is"] == kind]

    def said(self, kind: str, limit_s: float = 20.0) -> Line | None:
        """Wait for a line of this kind; None where it has ended without."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            alive = self.alive()
            if found := self.lines(kind):
                return found[0]
            if not alive:
                return None
            time.sleep(0.01)
        return None

    @property
    def token(self) -> int:
        """Return the number of its session on the wire, 0 where it has none."""
        return next((line["token"] for line in self.lines("host")), 0)


def plan(url: str, hold_s: float) -> SessionPlan:
    """Return a session of one ramp up, a hold and a ramp down."""
    ramps = (Ramp(0.0, TARGET_N, 1.5), Ramp(TARGET_N, 0.0, 0.8))
    return replace(plan_of(Profile.of(ramps[0], Hold(TARGET_N, hold_s), ramps[1])), table_url=url)


def _recorder(path: Path | None) -> tuple[Recorder, int]:
    if path is not None:
        return record_beside(path)
    full = os.open("/dev/full", os.O_WRONLY)
    output = BesideOutput(*spawn(ENTRY, capacity_bytes=CAPACITY_BYTES, stdout=full))
    output.wait_until_ready()
    return Recorder(output, None), output.pid


def _session(url: str, hold_s: float, log: Path, record: Path | None) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(text: str) -> None:
        os.write(descriptor, text.encode("ascii"))

    def note(kind: str, **what: Any) -> None:
        write(json.dumps({"us": machine_us(), "is": kind, "verb": "", **what}) + "\n")

    clock = WallClock()
    opened = open_driver(url, clock=clock, setup=TableSetup())
    driver: Any = opened._driver
    note("host", token=driver.link.token)
    recorder, pid = _recorder(record)
    note("recorder", pid=pid)
    try:
        with GuardedDriver(Noted(driver, write), clock) as guard:
            result = run_session(plan(url, hold_s), guard, clock, recorder)
        note("end", outcome=str(result.outcome), code=result.code, detail=result.detail)
    except TractionError as error:
        note("end", outcome="ERROR", code=error.code, detail=str(error))


def limit_record(pid: int, size: int) -> None:
    """Let no file that this process writes grow beyond ``size`` bytes."""
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))
