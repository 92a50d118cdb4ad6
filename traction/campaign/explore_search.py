"""The search: breadth first over controller, link, two hosts and everything on the way, whole levels at once.

A state is one whole number: controller and link (by number in the relation), what each host has sent, which
of those frames were asked for after the last safety event, how old the set-points are and of when the resets,
and which start numbers each host has been given. A level is an array of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from traction.campaign import explore_events as world
from traction.campaign import explore_promises as promises
from traction.campaign.explore_frames import AGES, EARLIER, KINDS, OLD
from traction.campaign.explore_hosts import GREETING, Numbers, Scripts
from traction.campaign.explore_moves import Relation
from traction.campaign.explore_table import Table
from traction.wire import codes, messages

STALE_START: Final = "motion starts only by a GO that was asked for after the last safety event"
STALE_SETPOINT: Final = "a set-point counts only for 200 ms and until the next safety event"
STALE_RESET: Final = "a fault is cleared only by a reset that was asked for after it was latched"

OLDEST: Final = AGES - 1
STATE_BITS: Final = 18
CHUNK: Final = 1 << 18
LASTING: Final = (world.TIME, world.ESTOP, world.PATIENT_STOP, world.LET_GO)
"""What lasts a second where the drive is off: what a reset was made on is history then."""
RESTART: Final = ("world", world.REBOOT, 0)

Step = tuple[str, int, int]
"""What was done: "sends" (session, choice), "arrives" (session, place) or "world" (event, 0)."""


@dataclass(slots=True)
class Fields:
    """A level, taken apart: one array for each part of its states, in their order."""

    state: Numbers
    scripts: list[Numbers]
    fresh: list[Numbers]
    ages: list[Numbers]
    kept: list[Numbers]
    known: list[Numbers]

    def pick(self, where: Numbers) -> Fields:
        """Return the states at these places."""
        parts = (self.scripts, self.fresh, self.ages, self.kept, self.known)
        return Fields(self.state[where], *[[one[where] for one in each] for each in parts])


@dataclass(frozen=True, slots=True)
class Steps:
    """One kind of step from a level: from which places, to which states, and the promise it breaks where."""

    step: Step
    origin: Numbers
    after: Numbers
    broken: list[tuple[str, Numbers]]


class Search:
    """All states that can be reached, level by level; ``rooms`` is what each host may send after greeting."""

    def __init__(self, relation: Relation, rooms: tuple[int, int], nonces: tuple[int, ...]) -> None:
        self.relation = relation
        self.scripts = [Scripts(relation, session, room, nonces) for session, room in enumerate(rooms)]
        self.table = Table(relation, nonces)
        self._nonces = nonces
        self._widths = [STATE_BITS]
        self._widths += [(len(one.texts) - 1).bit_length() for one in self.scripts]
        self._widths += [*rooms, 2, 2, 2, 2, len(nonces), len(nonces)]
        if sum(self._widths) > 63:
            raise ValueError("a state does not fit into 63 bits")
        self.transitions = 0
        self.first = self._pack(self._begin())

    def _begin(self) -> Fields:
        zero = np.zeros(1, dtype=np.int64)
        first = zero + self.relation.first
        scripts = [zero + self.scripts[0].begun, zero]
        return Fields(first, scripts, *[[zero, zero] for _ in range(4)])

    def _pack(self, fields: Fields) -> Numbers:
        parts = [fields.state, *fields.scripts, *fields.fresh, *fields.ages, *fields.kept, *fields.known]
        packed = parts[-1]
        for part, width in zip(parts[-2::-1], self._widths[-2::-1], strict=True):
            packed = packed << width | part
        return packed

    def unpack(self, level: Numbers) -> Fields:
        """Return the parts of these states."""
        parts = []
        for width in self._widths:
            parts.append(level & (1 << width) - 1)
            level = level >> width
        return Fields(parts[0], *[parts[first : first + 2] for first in range(1, len(parts), 2)])

    # ---- one level -----------------------------------------------------------------------------------

    def steps(self, level: Numbers) -> Iterator[Steps]:
        """Yield every step that is possible from these states."""
        fields = self.unpack(level)
        for session, scripts in enumerate(self.scripts):
            for place in range(scripts.places):
                yield from self._arrive(fields, session, place)
            yield from self._send(fields, session)
        for event in range(len(world.WORLD)):
            where = np.flatnonzero(self.table.possible[fields.state, event])
            if len(where):
                yield self._live(fields, where, event)

    def _arrive(self, fields: Fields, session: int, place: int) -> Iterator[Steps]:
        scripts = self.scripts[session]
        events = scripts.events[fields.scripts[session], place]
        where = np.flatnonzero(events >= 0)
        if not len(where):
            return
        some, events = fields.pick(where), events[where]
        is_setpoint = scripts.setpoint[some.scripts[session]] == place
        is_reset = scripts.reset[some.scripts[session]] == place
        age, kind = some.ages[session], self.table.boot[some.state] * KINDS + some.kept[session]
        which = np.where(is_setpoint, age, np.where(is_reset, kind, 0))
        outcome = self.table.outcomes(some.state, events + which)
        effects = self.table.effects[outcome]
        bit = place - len(GREETING)
        stale = (some.fresh[session] >> bit & 1) == 0 if bit >= 0 else np.ones(len(where), dtype=bool)
        broken = [
            (STALE_START, (effects & promises.STARTED != 0) & stale),
            (STALE_SETPOINT, (effects & promises.TAKEN != 0) & (stale | (age > 1))),
            (STALE_RESET, is_reset & (effects & promises.CLEARED != 0) & stale),
        ]
        yield self._finish(("arrives", session, place), where, some, outcome, broken)

    def _live(self, fields: Fields, where: Numbers, event: int) -> Steps:
        some = fields.pick(where)
        outcome = self.table.outcomes(some.state, np.full(len(where), event))
        if event in (world.TIME, world.JAM):
            some.ages = [self._older(some, session, event) for session in (0, 1)]
        elif event == world.REBOOT:  # samples are counted anew: an old one may look like a new one
            some.ages = [age * 0 for age in some.ages]
        return self._finish(("world", event, 0), where, some, outcome, [])

    def _older(self, some: Fields, session: int, event: int) -> Numbers:
        age, sent = some.ages[session], self.scripts[session].setpoint[some.scripts[session]] >= 0
        powered = self.table.powered[some.state]
        step = np.where(powered, 1 if event == world.TIME else 2, OLDEST)
        return np.where(sent, np.minimum(age + step, OLDEST), 0)

    def _finish(
        self, step: Step, where: Numbers, some: Fields, outcome: Numbers, broken: list[tuple[str, Numbers]]
    ) -> Steps:
        table = self.table
        effects = table.effects[outcome]
        off = table.powered[some.state] & ~table.powered[table.next[outcome]]  # and a second has passed
        idle = ~table.powered[some.state] & (step[0] == "world" and step[1] in LASTING)
        for session, scripts in enumerate(self.scripts):
            script, fresh = some.scripts[session], some.fresh[session]
            sent = scripts.reset[script] >= 0
            kept = np.where(sent & (off | idle), np.maximum(some.kept[session], OLD), some.kept[session])
            restarted = step == RESTART
            some.kept[session] = np.where(sent, EARLIER, 0) if restarted else kept
            lost = np.where(effects & promises.EVENT != 0, scripts.wishes[script], 0)
            lost |= np.where(effects & promises.LATCHED != 0, scripts.resets[script], 0)
            some.fresh[session] = fresh & ~lost
        if step[0] == "arrives":
            some.known[step[1]] = some.known[step[1]] | table.nonce[outcome]
        some.state = table.next[outcome]
        for number, text in enumerate(table.promises):
            if number and (bad := table.broken[outcome] == number).any():
                broken = [*broken, (text, bad)]
        self.transitions += len(where)
        return Steps(step, where, self._pack(some), [(text, bad) for text, bad in broken if bad.any()])

    def _send(self, fields: Fields, session: int) -> Iterator[Steps]:
        scripts = self.scripts[session]
        script = fields.scripts[session]
        where = np.flatnonzero(script == 0)
        if len(where):
            some = fields.pick(where)
            some.scripts[session] = some.scripts[session] + scripts.begun
            yield self._sent(("sends", session, -1), where, some)
        for index, (letter, content) in enumerate(scripts.choices):
            child = scripts.children[script, index]
            may = child >= 0
            if letter == messages.GO:
                may &= fields.known[session] >> self._nonces.index(content) & 1 != 0
            elif letter == messages.RESET:
                may &= self.table.fault[fields.state] == content
            elif letter == messages.SETPOINT:
                may &= self.table.controller[fields.state] == codes.STATE_RUN
            where = np.flatnonzero(may)
            if len(where):
                some = fields.pick(where)
                bit = scripts.lengths[some.scripts[session]] - len(GREETING)
                some.fresh[session] = some.fresh[session] | np.left_shift(1, bit)
                some.scripts[session] = child[where]
                yield self._sent(("sends", session, index), where, some)

    def _sent(self, step: Step, where: Numbers, some: Fields) -> Steps:
        self.transitions += len(where)
        return Steps(step, where, self._pack(some), [])


def add_level(seen: Numbers, found: list[Numbers]) -> tuple[Numbers, Numbers]:
    """Return what of ``found`` is not in the sorted ``seen``, and both together, sorted."""
    new = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    if len(seen) and len(new):
        at = np.searchsorted(seen, new)
        at[at == len(seen)] = 0
        new = new[seen[at] != new]
    both = np.concatenate([seen, new])
    both.sort(kind="stable")
    return new, both
