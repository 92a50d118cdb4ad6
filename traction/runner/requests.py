"""What people ask of a running session: flags that a signal handler or another thread may set at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from traction.clock import Bell
from traction.errors import Problem, UsageError

NEVER_US = 1 << 62
SCHEDULE: Final = "the schedule"
PATIENT: Final = "the patient"


class Request(StrEnum):
    """What can be asked for in one word."""

    STOP = "stop"
    FAST_STOP = "fast-stop"
    PAUSE = "pause"
    RESUME = "resume"
    EASE = "ease"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the question of the phase with this name."""

    phase: str
    answer: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Another value (a text with its unit) for a field of the phase with this name."""

    phase: str
    field: str
    value: str


Wish = Request | Answer | Edit


class SourcedWish(NamedTuple):
    """One wish, and who has it."""

    wish: Wish
    by: str


class Requests:
    """Collect requests without locks; the loop looks once a tick and nothing a person asks for is lost.

    A stop does not wait for the tick: it rings ``bell``, which wakes a loop in real time.

    A stop is a ladder: the first press asks for a controlled release, the second for a fast one, more change
    nothing, and none can be taken back. ``schedule`` holds wishes at fixed session times in s, for tests and
    scripts. ``answers`` states what is to be answered at each question, by its name, as soon as it is asked;
    an empty text states that nobody will answer.
    """

    __slots__ = (
        "_answers",
        "_begun",
        "_presses",
        "_schedule",
        "_wishes",
        "acknowledged",
        "bell",
        "breaks_off",
        "changed",
        "due_us",
        "ended",
        "heard",
        "looks",
    )

    def __init__(
        self, schedule: Iterable[tuple[float, Wish]] = (), *, answers: Mapping[str, str] | None = None
    ) -> None:
        # list.append is one step for a signal handler and for a thread; adding to a number is not
        self._presses: list[str] = []
        self._wishes: list[SourcedWish] = []
        timed = [(round(at_s * 1e6), _wish(what)) for at_s, what in schedule]
        self._schedule = sorted(timed, key=lambda item: item[0])  # stable: equal times keep their order
        self._answers = dict(answers or {})
        self._begun = False
        self.bell = Bell()
        self.breaks_off = False  # nothing can move yet: a stop signal ends what is waited for
        self.changed = False
        self.looks = 0  # how often the loop has looked at what is asked for
        self.ended = False  # the force is down: what is asked for from here on changes nothing
        self.heard = False  # somebody has done something since whoever minds has looked
        self.acknowledged = ""  # who has said that the end was noticed
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
            self.changed = self.heard = True
            self.bell.ring()
        return self.level

    def fast_stop(self, source: str = "a call") -> int:
        """Ask for the fast release at once; return 2."""
        self.stop(source)
        return self.stop(source)

    def pause(self, source: str = "a call") -> None:
        """Ask to relax to the base force and hold there."""
        self._ask(Request.PAUSE, source)

    def resume(self, source: str = "a call") -> None:
        """Ask to go on from where the profile was paused."""
        self._ask(Request.RESUME, source)

    def ease(self, source: str = "a call") -> None:
        """Ask for 80 % of the force from here to the end; each time again, and never back."""
        self._ask(Request.EASE, source)

    def answer(self, phase: str, answer: str, source: str = "a call") -> None:
        """Answer the question of the phase with this name (an empty name: whichever is asked now)."""
        self._ask(Answer(phase, answer), source)

    def edit(self, phase: str, field: str, value: str, source: str = "a call") -> None:
        """Ask for another value, with its unit, of a field that the protocol lets people edit."""
        self._ask(Edit(phase, field, value), source)

    def acknowledge(self, source: str = "a call") -> None:
        """Say that the end of the session has been noticed; that ends the alert over it."""
        self.acknowledged = source
        self.bell.ring()

    def here(self) -> None:
        """Say that somebody is there."""
        self.heard = True

    def stated(self, name: str) -> str | None:
        """Return the answer stated beforehand for the question of this name; empty: nobody will answer."""
        return self._answers.get(name)

    @property
    def stated_names(self) -> tuple[str, ...]:
        """Return the names of the questions that an answer has been stated for."""
        return tuple(self._answers)

    @property
    def foreseen_names(self) -> tuple[str, ...]:
        """Return the names of the questions that are answered by a statement or by the schedule."""
        scheduled = (wish.phase for _, wish in self._schedule if isinstance(wish, Answer))
        return (*self._answers, *scheduled)

    @property
    def scheduled(self) -> tuple[tuple[float, Wish], ...]:
        """Return what the schedule still holds: session time in s, and the wish."""
        return tuple((at_us / 1e6, wish) for at_us, wish in self._schedule)

    def take(self, t_us: int) -> list[SourcedWish]:
        """Return what was asked for up to session time ``t_us`` but stops, oldest first, and forget it."""
        self.looks += 1
        self.changed = False  # before reading: what comes in between is seen in the next tick
        self.come_to(t_us)
        wishes = self._wishes[:]
        del self._wishes[: len(wishes)]
        return wishes

    def left(self) -> list[SourcedWish]:
        """Return what was asked for and never taken, oldest first, and forget it."""
        wishes, self._wishes = self._wishes, []
        return wishes

    def come_to(self, t_us: int) -> None:
        """Ask for what the schedule holds up to session time ``t_us``."""
        while self.due_us <= t_us:
            wish = self._schedule.pop(0)[1]
            if wish is Request.STOP:
                self.stop(SCHEDULE)
            elif wish is Request.FAST_STOP:
                self.fast_stop(SCHEDULE)
            else:
                self._ask(wish, SCHEDULE)
            self.due_us = self._schedule[0][0] if self._schedule else NEVER_US

    def _ask(self, wish: Wish, source: str) -> None:
        self._wishes.append(SourcedWish(wish, source))
        self.changed = True
        if source not in (SCHEDULE, PATIENT):  # these go on when everybody else has left
            self.heard = True


def _wish(what: Wish) -> Wish:
    return what if isinstance(what, Answer | Edit) else Request(what)


def said(wish: object) -> str:
    """Return a wish in words."""
    if isinstance(wish, Answer):
        return f"{wish.phase or 'answer'} = {wish.answer}"
    if isinstance(wish, Edit):
        return f"{wish.phase}.{wish.field} = {wish.value}"
    return str(wish)
