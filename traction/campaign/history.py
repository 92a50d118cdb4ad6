"""What happened in one case: every tick of the controller with the true force, and what the host saw."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from traction.controller.core import Controller
from traction.sim.table import SELF_TEST_TICKS
from traction.wire import codes

if TYPE_CHECKING:
    from traction.runner.outcome import Cause, Outcome
    from traction.runner.session import SessionResult
    from traction.sim.kernel import Truths

TICK_MS: Final = 10
FIRST_MS: Final = -(SELF_TEST_TICKS - 1) * TICK_MS
"""Where the first tick stands on the clock of the world: the table was on before anybody talked to it."""

# What ``marks`` holds beside the state, which has the lowest four bits.
STATE_BITS: Final = 0xF
ENABLED: Final = 0x10
DUMP: Final = 0x20
HEALTHY: Final = 0x40  # every input as the controller was told it, not as the button stands
NOBODY: Final = 0
"""In the place of a boot id: no controller has power."""

LEASED: Final = 0x80  # the set-point in force has not expired


Series: TypeAlias = "array[int]"
"""Whole numbers, one a tick: nothing of them is looked at again where a world goes on in two processes."""


def _series() -> Series:
    return array("q")


def _small() -> Series:
    return array("i")


class Said(Exception):
    """A defect of which only its words are left."""

    def __repr__(self) -> str:
        return str(self)


class Ended(NamedTuple):
    """What is judged of a session's result, where that itself stayed in another process."""

    outcome: Outcome
    code: str
    causes: tuple[Cause, ...]
    defect: BaseException | None

    @classmethod
    def of(cls, result: SessionResult | Ended) -> Ended:
        """Return that of a result."""
        defect = result.defect
        return cls(result.outcome, result.code, result.causes, None if defect is None else Said(repr(defect)))


class Asked(NamedTuple):
    """What a lone end asked for at a tick, what is owed to that, and whether it was taken."""

    tick: int
    must: str
    says: str
    taken: bool


@dataclass(slots=True)
class History:
    """One entry a tick of 10 ms in each list; index 0 is ``FIRST_MS`` on the world's clock.

    ``start`` is the index of the first tick with power, from which a case counts its times; None where
    nothing was started. ``onsets`` has, for each injection of the case, the index of its first tick, None for
    one that the session did not live to see. ``host_ended`` is the index at which the host had ended.
    """

    force_mn: Series = field(default_factory=_series)
    velocity_um_per_s: Series = field(default_factory=_series)
    target_un: Series = field(default_factory=_series)
    travel_um: Series = field(default_factory=_series)
    marks: Series = field(default_factory=_small)
    fault: Series = field(default_factory=_small)
    boots: list[tuple[int, int]] = field(default_factory=list)  # (index, boot id) of each new controller
    limits: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)  # (index, limits) when changed
    tokens: list[tuple[int, int]] = field(default_factory=list)  # (index, token) when changed
    rows: list[Sequence[Sequence[int]]] = field(default_factory=list)  # blocks of columns, as the host saw it
    start: int | None = None
    onsets: list[int | None] = field(default_factory=list)
    host_ended: int = 0
    begun_us: int | None = None  # where the host's session time is 0, on the clock of the world
    crashed: bool = False
    finite: bool = True
    settled: bool = False
    result: SessionResult | Ended | None = None
    record: bytes = b""
    told: dict[int, str] = field(default_factory=dict)  # index -> what the host's side did of itself
    asked: list[Asked] = field(default_factory=list)  # of a lone end only
    known: tuple[tuple[int, ...] | None, int, int] = (None, -1, -1)  # newest limits, token, boot id

    def watch(self, controller: Controller, truths: Truths, dead: bool = False) -> None:
        """Take one tick of a controller, which may have no power. In one piece: it is called most often."""
        if dead:
            self._watch_dead(truths)
            return
        motion = controller.motion
        self.force_mn.append(truths[0])
        self.velocity_um_per_s.append(motion.velocity_um_per_s)
        self.target_un.append(motion.loop.target_un)
        self.travel_um.append(controller.travel_um)
        marks = controller.state
        if controller.inputs == codes.INPUTS_HEALTHY:
            marks |= HEALTHY
        if motion.enabled:
            marks |= ENABLED
            if self.start is None:
                self.start = len(self.marks)
        if motion.dump:
            marks |= DUMP
        if controller.now_ms <= controller.lease_end_ms:
            marks |= LEASED
        self.marks.append(marks)
        self.fault.append(controller.latch.fault)
        session, known = controller.session, self.known
        if session.limits is not known[0] or session.token != known[1] or controller.boot_id != known[2]:
            self._note(session.limits, session.token, controller.boot_id)

    def _note(self, limits: tuple[int, ...], token: int, boot_id: int) -> None:
        """Keep what changes a few times in a session only."""
        index, known = len(self.fault) - 1, self.known
        if limits is not known[0]:
            self.limits.append((index, limits))
        if token != known[1]:
            self.tokens.append((index, token))
        if boot_id != known[2]:
            self.boots.append((index, boot_id))
        self.known = limits, token, boot_id

    def _watch_dead(self, truths: Truths) -> None:
        # What it was about to do it does not: the drive is off, and the release that needs no power opens.
        self.force_mn.append(truths[0])
        self.velocity_um_per_s.append(0)
        self.target_un.append(0)
        self.travel_um.append(self.travel_um[-1] if self.travel_um else 0)
        self.marks.append(codes.STATE_BOOT | DUMP | HEALTHY)
        self.fault.append(0)
        index = len(self.fault) - 1
        if self.known[2] != NOBODY:
            self.boots.append((index, NOBODY))
            self.known = *self.known[:2], NOBODY

    @property
    def ticks(self) -> int:
        """Return how many ticks were lived."""
        return len(self.marks)

    def index_at_us(self, now_us: int) -> int:
        """Return the newest tick at a time of the world."""
        return now_us // (1000 * TICK_MS) - FIRST_MS // TICK_MS

    def state(self, index: int) -> int:
        """Return the controller's state at a tick."""
        return self.marks[index] & STATE_BITS

    def at_ms(self, index: int) -> int:
        """Return where a tick stands in ms from the first start (before it: negative)."""
        return (index - (self.start or 0)) * TICK_MS

    def index_of(self, at_ms: int) -> int | None:
        """Return the first tick at or after a time from the first start, None where nothing was started."""
        return None if self.start is None else self.start + -(-at_ms // TICK_MS)

    def digest(self) -> str:
        """Return a hash over everything that happened: equal cases give equal ones, in any process."""
        sha = hashlib.sha256()
        result = self.result
        ended = None if result is None else (str(result.outcome), [(c.code, c.t_us) for c in result.causes])
        parts = (
            self.boots,
            self.limits,
            self.tokens,
            self.onsets,
            self.host_ended,
            ended,
            self.asked,
        )
        for series in (self.force_mn, self.velocity_um_per_s, self.target_un, self.travel_um):
            sha.update(series)
        for marks in (self.marks, self.fault):
            sha.update(marks)
        for part in parts:
            sha.update(repr(part).encode())
        sha.update(self.record)
        return sha.hexdigest()

    def edges(self) -> list[int]:
        """Return the ticks at which the controller's state or the host's state or span changed."""
        found = {
            index
            for index in range(1, self.ticks)
            if (self.marks[index] ^ self.marks[index - 1]) & (STATE_BITS | ENABLED)
        }
        return sorted(found)


RUN_TYPE: Final = (codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)
"""The states in which the drive may have power."""
