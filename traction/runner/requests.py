"""What people ask of a running session: flags that a signal handler or another thread may set at any time."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from traction.clock import Bell
from traction.errors import Problem, UsageError

NEVER_US = 1 << 62


class Request(StrEnum):
    """What can be asked for."""

    STOP = "stop"
    FAST_STOP = "fast-stop"
    PAUSE = "pause"
    RESUME = "resume"


class Requests:
    """Collect requests without locks; the loop looks once a tick and nothing a person asks for is lost.

    A stop does not wait for the tick: it rings ``bell``, which wakes a loop in real time.

    A stop is a ladder: the first press asks for a controlled release, the second for a fast one, more change
    nothing, and none can be taken back. ``schedule`` holds requests at fixed session times in s, for tests
    and scripts.
    """

    __slots__ = ("_begun", "_holds", "_presses", "_schedule", "bell", "changed", "due_us", "ended", "looks")

    def __init__(self, schedule: Iterable[tuple[float, Request]] = ()) -> None:
        # list.append is one step for a signal handler and for a thread; adding to a number is not
        self._presses: list[str] = []
        self._holds: list[Request] = []
        timed = [(round(at_s * 1e6), Request(what)) for at_s, what in schedule]
        self._schedule = sorted(timed, key=lambda item: item[0])  # stable: equal times keep their order
        self._begun = False
        self.bell = Bell()
        self.changed = False
        self.looks = 0  # how often the loop has looked at what is asked for
        self.ended = False  # the force is down: what is asked for from here on changes nothing
        self.due_us = self._schedule[0][0] if self._schedule else NEVER_US

    @property
    def level(self) -> int:
        """Return 0 (go on), 1 (controlled release) or 2 (fast release)."""
        return min(len(self._presses), 2)

    @property
    def source(self) -> str:
        """Return who pressed stop first, or an empty text."""
        return self._presses[0] if self._presses else ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Return who pressed stop, oldest first."""
        return tuple(self._presses)

    def begin(self) -> None:
        """Take these requests for one session. Raises UsageError E117 where another has had them.

        What has ended with one session hears no stop in the next, and a stop of the one is none of the other.
        """
        if self._begun:
            found = "requests that another session has had"
            raise UsageError(Problem("E117", found, "new ones for each run", field="requests"))
        self._begun = True

    def end(self) -> None:
        """Take no more stops: the session is over, with the force down."""
        self.ended = True

    def stop(self, source: str = "a call") -> int:
        """Ask to stop, one step up the ladder each time; return the step reached (0 to 2)."""
        if not self.ended:
            self._presses.append(source)
            self.changed = True
            self.bell.ring()
        return self.level

    def fast_stop(self, source: str = "a call") -> int:
        """Ask for the fast release at once; return 2."""
        self.stop(source)
        return self.stop(source)

    def pause(self) -> None:
        """Ask to relax to the base force and hold there."""
        self._holds.append(Request.PAUSE)
        self.changed = True

    def resume(self) -> None:
        """Ask to go on from where the profile was paused."""
        self._holds.append(Request.RESUME)
        self.changed = True

    def take_holds(self, t_us: int) -> list[Request]:
        """Return the pause and resume requests up to session time ``t_us``, oldest first, and forget them."""
        self.looks += 1
        self.changed = False  # before reading: what comes in between is seen in the next tick
        self.come_to(t_us)
        holds = self._holds[:]
        del self._holds[: len(holds)]
        return holds

    def come_to(self, t_us: int) -> None:
        """Ask for what the schedule holds up to session time ``t_us``."""
        while self.due_us <= t_us:
            self._ask(self._schedule.pop(0)[1])
            self.due_us = self._schedule[0][0] if self._schedule else NEVER_US

    def _ask(self, what: Request) -> None:
        match what:
            case Request.STOP:
                self.stop("the schedule")
            case Request.FAST_STOP:
                self.fast_stop("the schedule")
            case Request.PAUSE:
                self.pause()
            case Request.RESUME:
                self.resume()
