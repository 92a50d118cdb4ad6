"""What a reckless host asks for that must be refused: before, at and during a run, and after it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from traction.campaign.history import ENABLED, HEALTHY, TICK_MS, Asked, History
from traction.campaign.lone_ends import STRANGER, TOKEN, End, Values
from traction.campaign.plans import caps_of
from traction.controller import limits as order
from traction.safety.limits import Limits
from traction.sim.emulator import EmulatedTable
from traction.wire import codes

REFUSE: Final = "refuse"
END: Final = "end"
LEASE: Final = "lease"
RESET: Final = "reset"
FRAMES: Final = "frames"
"""What a controller owes to what it was asked: see ``lone_rules``."""

GONE_TICKS: Final = 95
"""A cause has to be gone for 1 s before a reset; within so many ticks it certainly is too early."""
PRESS_TICKS: Final = 50
NOISE_MN: Final = 3000
ARM_LATE_TICKS: Final = codes.ARM_VALID_MS // TICK_MS + 2


@dataclass(slots=True)
class Asks:
    """Asks the controller of ``table`` by ``end``, and notes in ``history`` what came of it.

    ``values`` are the limits of the session as a controller takes them.
    """

    table: EmulatedTable
    end: End
    history: History
    chance: random.Random
    limits: Limits
    values: tuple[int, ...]
    tick: Callable[[int], None]
    nonce: int = 0
    presses: list[int] = field(default_factory=list)

    def note(self, must: str, says: str, result: int) -> None:
        """Note what was asked, what is owed to that, and what came of it."""
        if must != REFUSE or result == codes.RESULT_OK:
            index = self.history.ticks - 1
            self.history.asked.append(Asked(index, must, says, result == codes.RESULT_OK))

    def refused(self, says: str, result: int) -> None:
        """Note what had to be refused."""
        self.note(REFUSE, says, result)

    def before(self) -> None:
        """Ask for everything that needs something else first, and load the limits of the session."""
        end, refused = self.end, self.refused
        refused("limits before a session", end.limits(self.values))
        refused("arming before a session", end.arm(self.values))
        refused("a start before a session", end.go(1))
        if not end.only_whole:
            for token in (0, 1 << 32, 1.5, None, True):
                refused(f"a session under {token!r}", end.hello(token))
        end.hello(TOKEN)
        refused("arming without limits", end.arm(self.values))
        refused("a start without limits", end.go(1))
        self._bad_limits()
        end.limits(self.values)
        if end.only_whole:
            refused("arming under other limits", end.arm((self.values[0] - 1, *self.values[1:])))
        for index in self.chance.sample(range(order.COUNT), 4):
            step = -1 if index == order.HOLD_BAND else 1
            refused(f"a looser limit {index}", end.limits(self._with(index, self.values[index] + step)))
        end.limits(self.values)

    def _bad_limits(self) -> None:
        values = caps_of(self.limits.region)
        caps = (
            (order.MAX_FORCE, values["max_force_n"]),
            (order.MAX_RATE_UP, values["max_rate_up_n_per_s"]),
            (order.MAX_RATE_DOWN, values["max_rate_down_n_per_s"]),
            (order.MAX_HOLD, values["max_hold_s"]),
            (order.MAX_SESSION, values["max_session_s"]),
            (order.MAX_TRAVEL, values["max_travel_mm"]),
            (order.MAX_RELEASE, values["max_release_s"]),
        )
        for index, cap in caps:
            says = f"limit {index} above the cap of the region"
            self.refused(says, self.end.limits(self._with(index, round(1000 * cap) + 1)))
        band = round(1000 * self.limits.hold_band_n)
        self.refused("a narrower band", self.end.limits(self._with(order.HOLD_BAND, band - 1)))
        self.refused("a limit of 0", self.end.limits(self._with(self.chance.randrange(order.COUNT), 0)))
        slow = self._with(order.RELEASE_RATE, self.values[0] * 1000 // self.values[order.MAX_RELEASE] - 1)
        self.refused("a release too slow", self.end.limits(slow))
        if not self.end.only_whole:
            for value in (math.nan, 1.5, None, True, math.inf):
                self.refused(f"a limit of {value!r}", self.end.limits(self._with(0, value)))
            self.refused("a limit too few", self.end.limits(self.values[:-1]))

    def _with(self, index: int, value: object) -> Values:
        return (*self.values[:index], value, *self.values[index + 1 :])

    def start(self) -> bool:
        """Start, after wrong ways to start; return whether it runs."""
        end, refused, controller = self.end, self.refused, self.table.controller
        if end.only_whole:
            refused("arming before the read-back is committed", end.arm(self.values))
        end.commit(self.values)
        end.arm(self.values)
        self.nonce = controller.nonce
        if self.chance.random() < 0.04:
            self.tick(ARM_LATE_TICKS)
            refused("a start 30 s after arming", end.go(self.nonce or 1))
            return False
        old, armed_again = self.nonce, self.chance.random() < 0.3
        if armed_again:
            end.arm(self.values)
            self.nonce = controller.nonce
            refused("a start by the number of an earlier arming", end.go(old or 1))
        refused("a start by another number", end.go(self.nonce ^ 1))
        if not end.only_whole:
            for nonce in (0, None, float(self.nonce)):
                refused(f"a start by {nonce!r}", end.go(nonce))
        if self.nonce == 0 or end.go(self.nonce) != codes.RESULT_OK:
            return False
        refused("a second start by the same number", end.go(self.nonce))
        self.tick(1)
        return True

    def bad_setpoint(self, goal: int, rate: int, only: str = "") -> None:
        """Command what must end a run: ``only`` this, or any. What no frame can say is just not obeyed."""
        cap, seq = self.values[order.MAX_FORCE], self.table.controller.seq
        old = codes.ECHO_MAX_AGE_MS // TICK_MS + 1
        good: tuple[int, ...] = (goal, rate, codes.MODE_FORCE, codes.LEASE_MAX_MS, seq)
        bad: list[tuple[str, int, object]] = [
            ("a target above the limit", 0, cap + 1),
            ("a target far above the limit", 0, 3 * cap),
            ("a rate above the limit", 1, rate + 1),
            ("an echo that is too old", 4, seq - old),
            ("an echo of the future", 4, seq + 1),
        ]
        if not self.end.only_whole:
            bad += [
                ("a target below 0", 0, -1),
                (
                    "a target that is no number",
                    0,
                    self.chance.choice((math.nan, None, "1", float(goal), True)),
                ),
                ("a rate that is no number", 1, self.chance.choice((math.nan, None, float(rate), True))),
                ("a rate below 0", 1, -1),
                ("a lease too long", 3, codes.LEASE_MAX_MS + 1),
                ("no lease", 3, 0),
                ("another mode", 2, self.chance.choice((2, -1))),
                ("an echo that is no number", 4, self.chance.choice((math.nan, float(seq), None))),
            ]
        says, place, value = self.chance.choice([one for one in bad if only in ("", one[0])])
        values = (*good[:place], value, *good[place + 1 :])
        self.note(END if self.end.can_say(values) else REFUSE, says, self.end.setpoint(values))

    def meddle(self) -> None:
        """Ask in a run, or just after its end, for what nobody gets there."""
        end, refused, chance = self.end, self.refused, self.chance
        state, seq = self.table.controller.state, self.table.controller.seq
        which = chance.randrange(4)
        if which == 0:
            refused("limits in a run", end.limits(self.values))
        elif which == 1:
            result = end.hello(STRANGER)
            if codes.STATE_ARMED <= state <= codes.STATE_FAST_RELEASING:  # else another session may begin
                refused("another host in a run", result)
        elif which == 2:
            refused("a start in a run", end.go(self.nonce))
        elif which == 3 and not end.only_whole:
            values = (self.values[0], 1, 0, codes.LEASE_MAX_MS, seq - 3)
            refused("an overtaken set-point", end.setpoint(values))

    def press(self) -> None:
        """Ask for a reset, which is too early unless the cause has been gone for a second."""
        history, controller = self.history, self.table.controller
        fault = controller.fault
        if self.chance.random() < 0.15:
            self.refused("a reset of another fault", self.end.reset(fault + 1))
            self.presses.append(history.ticks)
            return
        recent = [one for one in self.presses if history.ticks - one < PRESS_TICKS]
        self.presses.append(history.ticks)
        early = (
            max(history.force_mn[-GONE_TICKS:]) > controller.config.max_slack_force_mn + NOISE_MN
            or any(not mark & HEALTHY for mark in history.marks[-GONE_TICKS:])
            or any(mark & ENABLED for mark in history.marks[-2:])
        )
        for is_early, says in (
            (bool(recent), "a reset that was held"),
            (early, "a reset with its cause there"),
            (fault == codes.FAULT_ESTOP_CHANNELS, "a reset of a stop that is broken"),
        ):
            if is_early:
                self.refused(says, result := self.end.reset(fault))
                if result == codes.RESULT_OK:
                    self.note(RESET, says, result)
                return
        self.note(RESET, "a reset", self.end.reset(fault))
