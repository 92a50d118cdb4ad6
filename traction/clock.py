"""Time from outside: the only module that reads a clock.

All times are whole microseconds from an arbitrary start, so that sums never drift and two runs compare equal.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Protocol


class Clock(Protocol):
    """What the engine and the simulated table ask of time."""

    def now_us(self) -> int:
        """Return microseconds since the clock was made; never goes backwards."""
        ...

    def wait_until_us(self, deadline_us: int) -> None:
        """Return no earlier than ``deadline_us``; at once when it has passed."""
        ...

    @property
    def realtime(self) -> bool:
        """Say whether waiting takes real time, so that slow work belongs in another process."""
        ...

    @property
    def may_sleep(self) -> bool:
        """Say whether the machine under this clock may sleep, and so has to be asked in every tick."""
        ...

    def suspended_us(self) -> int:
        """Return microseconds the machine slept since the clock was made; such a gap ends a session."""
        ...


class VirtualClock:
    """A clock that jumps: waiting costs nothing, and every run sees the same instants."""

    __slots__ = ("_now_us",)
    realtime = may_sleep = False

    def __init__(self) -> None:
        self._now_us = 0

    def now_us(self) -> int:
        """Return the virtual microseconds that have been waited for so far."""
        return self._now_us

    def wait_until_us(self, deadline_us: int) -> None:
        """Jump to ``deadline_us``; a deadline in the past changes nothing."""
        if deadline_us > self._now_us:
            self._now_us = deadline_us

    def suspended_us(self) -> int:
        """Return 0: virtual time does not pass while the machine sleeps."""
        return 0


class Bell:
    """What ends a wait early, rung by a signal handler or by another thread at any moment.

    A bare lock that nobody holds while working: a handler that cuts into either method finds it usable.
    """

    __slots__ = ("_silent",)

    def __init__(self) -> None:
        self._silent = threading.Lock()
        self._silent.acquire()

    def ring(self) -> None:
        """End the wait that is on, or else the next one; ringing again before that adds nothing."""
        with suppress(RuntimeError):  # rung already, and not heard yet
            self._silent.release()

    def heard(self, within_s: float) -> bool:
        """Wait ``within_s`` (at least 0) at most; return whether it was rung, and be silent again."""
        return self._silent.acquire(timeout=within_s)


class WallClock:
    """Real time on absolute deadlines, blind to changes of the wall time (NTP, daylight saving)."""

    __slots__ = ("_start_ns", "_suspended_before_us")
    realtime = may_sleep = True

    def __init__(self) -> None:
        self._start_ns = time.monotonic_ns()
        self._suspended_before_us = suspended_us()

    def now_us(self) -> int:
        """Return monotonic microseconds since the clock was made."""
        return (time.monotonic_ns() - self._start_ns) // 1000

    def wait_until_us(self, deadline_us: int) -> None:
        """Sleep until ``deadline_us``; no spinning, which was measured to harm the worst case."""
        remaining_us = deadline_us - self.now_us()
        while remaining_us > 0:
            time.sleep(remaining_us / 1e6)
            remaining_us = deadline_us - self.now_us()

    def listen_until_us(self, deadline_us: int, bell: Bell) -> bool:
        """Sleep until ``deadline_us``, or until ``bell`` rings; return whether it did."""
        remaining_us = deadline_us - self.now_us()
        while remaining_us > 0:
            if bell.heard(remaining_us / 1e6):
                return True
            remaining_us = deadline_us - self.now_us()
        return False

    def suspended_us(self) -> int:
        """Return microseconds of suspend since the clock was made (0 where the system cannot tell)."""
        return suspended_us() - self._suspended_before_us


class Stopwatch:
    """Real time for the screen of a virtual run: how often to draw. No decision of a session reads it."""

    __slots__ = ("_due_ns", "_interval_ns")

    def __init__(self, interval_s: float) -> None:
        self._interval_ns = round(interval_s * 1e9)
        self._due_ns = 0

    def due(self) -> bool:
        """Say, at most once in each interval, that the interval has passed."""
        now_ns = time.monotonic_ns()
        if now_ns < self._due_ns:
            return False
        self._due_ns = now_ns + self._interval_ns
        return True


def machine_us() -> int:
    """Return microseconds of the machine's monotonic clock: the same for every process, to merge logs by."""
    return time.monotonic_ns() // 1000


def suspended_us() -> int:
    """Return microseconds this machine has been suspended since boot (0 where the system cannot tell).

    Source: on Linux CLOCK_MONOTONIC stands still during suspend and CLOCK_BOOTTIME does not (PEP 418).
    """
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    if boottime is None:
        return 0
    return (time.clock_gettime_ns(boottime) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)) // 1000


def wall_label() -> str:
    """Return the wall time as an ISO 8601 label in UTC; a label only, no decision reads it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def cpu_us() -> int:
    """Return microseconds of processor time that this process has had, whatever else the machine did."""
    return time.process_time_ns() // 1000
