"""How a controller alone is tried with one thing each: what ``lone_kinds`` names, done to it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from traction.campaign import lone_kinds as kinds
from traction.campaign.history import Asked, History
from traction.campaign.reckless_asks import END, LEASE, Asks
from traction.sim.emulator import EmulatedTable
from traction.wire import codes, messages

AT_MS: Final = (4500, 7000)
"""When it is done: the goal has been reached, and the session is not over."""
SEEN_TICKS: Final = 20
NEAR_MN: Final = 1500
"""So far on either side of a threshold: three times the noise of one cell."""
CREEP_MN: Final = {1: 120, -1: 300}
"""How much a hand pulls more or less in each tick: slower than any limit of a slope."""
SAMPLES: Final = 3
"""H02 and H13: so many in a row beyond a threshold end a run."""
STILL_TICKS: Final = 12
"""So long it then stays, that of the way there nothing is in the measured slope any more."""
SMOOTH: Final = 8
LOW_MN: Final = 12_000
HUNG_MN: Final = 40_000


class GarbledTable(EmulatedTable):
    """An emulated table without faults, whose first cell can be read as something that is no whole number."""

    __slots__ = ("garbled",)
    garbled: bool

    def tick(self) -> None:
        """Live 10 ms."""
        motion = self.controller.motion
        force_a_mn, force_b_mn, travel_um, self._channels = self._plant.tick(
            motion.velocity_um_per_s, motion.enabled, motion.dump
        )
        hung_mn = self._hung_mn
        first: int | float = force_a_mn + hung_mn
        if getattr(self, "garbled", False):
            first = float(first)
        self.controller.tick(first, force_b_mn + hung_mn, travel_um, self._inputs)  # type: ignore[arg-type]
        self.link.tick(self._channels)


@dataclass(slots=True)
class Kinds:
    """Does to the controller of ``table`` what ``kind`` says, and notes what is owed to that."""

    kind: str
    table: EmulatedTable
    asks: Asks
    history: History
    chance: random.Random
    tick: Callable[[int], None]
    asked: tuple[int, int] = (0, 0)  # the goal and the rate of the newest set-point

    # ---- before a start ------------------------------------------------------------------------------------

    def before_start(self) -> None:
        """Ask for a start that nobody may have, arming and starting in the same instant."""
        table, end, refused = self.table, self.asks.end, self.asks.refused
        if self.kind == kinds.LOADED:
            table.hang(HUNG_MN / 1000)
        elif self.kind == kinds.OPEN:
            name = self.chance.choice(("emergency-stop", "patient-stop", "slack-end-switch"))
            table.press(name)
        elif self.kind != kinds.BLIND:
            return
        self.tick(SEEN_TICKS)
        end.commit(self.asks.values)
        refused(f"arming with {self.kind}", end.arm(self.asks.values))
        refused(f"a start with {self.kind}", end.go(table.controller.nonce or 1))
        if self.kind == kinds.LOADED:
            table.hang(0.0)
        elif self.kind == kinds.OPEN:
            table.let_go(name)
        self.tick(SEEN_TICKS)
        end.limits(self.asks.values)

    # ---- in a run ------------------------------------------------------------------------------------------

    def turn(self, goal_mn: int, rate_mn_per_s: int) -> None:
        """Do what this kind is about, in RUN, with this goal and rate asked for."""
        self.asked = goal_mn, rate_mn_per_s
        if self.kind == kinds.PANIC:
            self.table.receive(bytes((messages.PANIC_BYTE,)) * messages.PANIC_COUNT)
            self._ends(END, self.kind)
        elif self.kind == kinds.FRACTION and isinstance(self.table, GarbledTable):
            self.table.garbled = True
            try:
                self.tick(4)
            except (TypeError, ValueError):  # it has begun to reckon with what is no number
                self.asks.refused(self.kind, codes.RESULT_OK)
            self._ends(LEASE, self.kind)
            self.table.garbled = False
        elif self.kind == kinds.ABOVE:
            trips = self.table.controller.motion.trips
            most = (trips.over_mn + trips.over_at_once_mn) // 2
            self._three(trips.over_mn, min(trips.over_mn + NEAR_MN, most), 1)
        elif self.kind == kinds.BELOW:
            negative = self.table.controller.motion.trips.negative_mn
            self._three(negative, negative - NEAR_MN, -1)

    def _ends(self, must: str, says: str) -> None:
        self.history.asked.append(Asked(self.history.ticks - 1, must, says, False))

    def _three(self, trip_mn: int, beyond_mn: int, way: int) -> None:
        """Pull by hand until the cells read just within a trip, then just beyond it for three samples."""
        within_mn = trip_mn - way * NEAR_MN
        offset_mn = self._offset_mn(way)
        wanted = self.table.truths[0] + offset_mn
        while self.table.controller.state == codes.STATE_RUN and way * (within_mn - wanted) > 0:
            wanted += way * CREEP_MN[way]
            self._read_as(wanted, offset_mn, way)
        for _ in range(STILL_TICKS):
            self._read_as(within_mn, offset_mn, way)
        beyond = 0
        for _ in range(SAMPLES):
            self._read_as(beyond_mn, offset_mn, way)
            beyond += way * (self._extreme(way) - trip_mn) > 0
        if beyond == SAMPLES:
            self.history.asked.append(Asked(self.history.ticks - 2, LEASE, self.kind, False))
        self._read_as(within_mn, offset_mn, way)
        self.table.hang(0.0)

    def _offset_mn(self, way: int) -> int:
        """Return how far the more extreme cell reads beside the true force."""
        beside = []
        for _ in range(SMOOTH):
            self.tick(1)
            beside.append(self._extreme(way) - self.table.truths[0])
        return sum(beside) // SMOOTH

    def _extreme(self, way: int) -> int:
        cells = self.table.controller.cells
        return cells.high_mn if way > 0 else cells.sum_mn - cells.high_mn

    def _read_as(self, wanted_mn: int, offset_mn: int, way: int) -> None:
        """Pull by hand, at the cells only and only that way: to read about ``wanted_mn`` or beyond."""
        seq = self.table.controller.seq
        hung_mn = way * max(way * (wanted_mn - self.table.truths[0] - offset_mn), 0)
        self.table.hang(hung_mn / 1000)
        self.asks.end.setpoint((*self.asked, codes.MODE_FORCE, codes.LEASE_MAX_MS, seq))
        self.tick(1)
