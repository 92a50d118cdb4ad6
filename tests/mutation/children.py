"""Forked children: each does one piece of work on a copy of everything the parent has ready, and ends."""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

TOO_LONG = "(ended by the limit of processor time)"
CRASHED = "(ended by signal {})"


class Ended(NamedTuple):
    """What one child left."""

    index: int
    answer: bytes  # what its work returned
    by: int  # the signal that ended it, or 0
    cpu_s: float


class _Child(NamedTuple):
    index: int
    pid: int
    ends_s: float
    parts: list[bytes]


class Children:
    """Runs pieces of work in up to ``jobs`` children at a time, each for at most ``limit_s`` of wall time."""

    def __init__(self, jobs: int, limit_s: float) -> None:
        self._jobs = jobs
        self._limit_s = limit_s
        self._running: dict[int, _Child] = {}

    def run(self, indices: Iterable[int], work: Callable[[int], bytes]) -> Iterator[Ended]:
        """Yield each index with what its work returned, or with the signal that ended the child.

        The signal is SIGKILL for one that was at it longer than it may be. Raises RuntimeError when the work
        itself went wrong in a child.
        """
        waiting = iter(indices)
        left = True
        while left or self._running:
            while left and len(self._running) < self._jobs:
                index = next(waiting, None)
                if index is None:
                    left = False
                else:
                    self._start(index, work)
            yield from self._ended()

    def _start(self, index: int, work: Callable[[int], bytes]) -> None:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _in_child(index, work, writing)
        os.close(writing)
        self._running[reading] = _Child(index, pid, time.monotonic() + self._limit_s, [])

    def _ended(self) -> Iterator[Ended]:
        ready, _, _ = select.select(list(self._running), [], [], 1.0)
        for reading in list(self._running):
            child = self._running[reading]
            if reading in ready:
                part = os.read(reading, 1 << 20)
                if part:
                    child.parts.append(part)
                    continue
            elif time.monotonic() < child.ends_s:
                continue
            else:
                os.kill(child.pid, signal.SIGKILL)
            os.close(reading)
            del self._running[reading]
            _, status, used = os.wait4(child.pid, 0)
            if os.WIFEXITED(status) and status != 0:
                raise RuntimeError(
                    f"the work on number {child.index} went wrong: {b''.join(child.parts).decode()}"
                )
            by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            answer = b"" if by else b"".join(child.parts)
            yield Ended(child.index, answer, by, used.ru_utime + used.ru_stime)


def _in_child(index: int, work: Callable[[int], bytes], writing: int) -> None:
    """Do the work and end the process, whatever happens; what tests print goes nowhere."""
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        answer = work(index)
        status = 0
    except BaseException:
        answer = traceback.format_exc().encode()
    try:
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(status)


def limit_cpu(seconds: float) -> None:
    """End this process after so much processor time from now on: a mutant may run for ever."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def killer_of(ended: Ended) -> str:
    """Return what a child found: the test that failed, what else killed the mutant, or "" for nothing.

    A mutant under which one test takes so much processor time, or Python breaks down, is killed: such a test
    fails. One that only waits is not: nobody knows what would have come.
    """
    if ended.by == signal.SIGPROF:
        return TOO_LONG
    if ended.by:
        return "" if ended.by == signal.SIGKILL else CRASHED.format(ended.by)
    return str(pickle.loads(ended.answer))
