"""A controller alone: the real one, in front of the real body, at the hands of a host without any sense.

This host obeys no verdict, renews every lease, and goes on with hostile set-points for ever; before, during
and after a run it asks for everything that must be refused. What it asked and got stands in
``History.asked``; ``lone_rules`` judges that, and the true force.
"""

from __future__ import annotations

import random
from dataclasses import astuple
from typing import Final

from traction.campaign.bounds import ASTRAY_N
from traction.campaign.case import WIRE, Case
from traction.campaign.history import ENABLED, FIRST_MS, TICK_MS, Asked, History
from traction.campaign.lone_ends import BareEnd, End, WireEnd
from traction.campaign.lone_kinds import BELOW, FRACTION, KEEPS, NO_NUMBER, SLOW_SHARE, SLOWLY
from traction.campaign.plans import limits_for
from traction.campaign.reckless_asks import END, FRAMES, LEASE, Asks
from traction.campaign.reckless_kinds import AT_MS, LOW_MN, GarbledTable, Kinds
from traction.controller import limits as order
from traction.runner.plan import controller_limits
from traction.sim.emulator import EmulatedTable
from traction.sim.faults import ON
from traction.wire import codes

STYLES: Final = ("hold", "top", "wander", "steps", "bad", "bad", "bad", "quiet", "stop", "position", "frames")
SHOWN: Final = ("cell", "motor", "strap", "harness")
"""Faults that show only while a run goes on."""
OVERTIME_MS: Final = 8000
"""So long after the end of the longest session it still asks for force."""
AFTER_TICKS: Final = 400
REST_TICKS: Final = 50
MOST_TICKS: Final = 1500
NOT_TAKEN: Final = codes.RESULT_WRONG_STATE


def run_reckless(case: Case) -> History:
    """Run the case of a controller alone and return all that happened."""
    return _Reckless(case).run()


class _Reckless:
    def __init__(self, case: Case) -> None:
        from traction.campaign.world import patient_of

        chosen, self.case = case.rig, case
        self.history = History()
        self.chance = random.Random(f"reckless {case.seed}")
        self.limits = limits_for(chosen, case.limits)
        patient = patient_of(chosen.region, chosen.couch, chosen.disc, chosen.mass_kg, chosen.slack_mm)
        make = GarbledTable if case.trick == FRACTION else EmulatedTable
        self.table = make(patient, drive=chosen.drive, seed=chosen.seed, faults=case.injections)
        for _ in range(1 - FIRST_MS // TICK_MS):
            self.history.watch(self.table.controller, self.table.truths)
        self.values: tuple[int, ...] = astuple(controller_limits(self.limits))
        end: End = WireEnd(self.table) if case.transport == WIRE else BareEnd(self.table)
        chance, limits = self.chance, self.limits
        self.asks = Asks(self.table, end, self.history, chance, limits, self.values, self._tick)
        self.kinds = Kinds(case.trick, self.table, self.asks, self.history, chance, self._tick)

    def run(self) -> History:
        """Run it all."""
        history = self.history
        self.asks.before()
        if self.case.trick:
            self.kinds.before_start()
        if self.asks.start():
            self._pull()
            self._after()
        history.host_ended = history.ticks
        for _ in range(MOST_TICKS):
            if self._rests():
                break
            self._tick()
        history.settled = self._rests()
        history.onsets = [
            max((ON - one.at_ms) // TICK_MS - 1, 0) if one.at_ms <= ON else self._index(one.at_ms)
            for one in self.case.injections
        ]
        return history

    def _index(self, at_ms: int) -> int | None:
        index = self.history.index_of(at_ms)
        return index if index is not None and index < self.history.ticks else None

    # ---- time ----------------------------------------------------------------------------------------------

    def _tick(self, ticks: int = 1) -> None:
        table = self.table
        for _ in range(ticks):
            table.tick()
            self.history.watch(table.controller, table.truths, table.dead)
            table.take()

    def _rests(self) -> bool:
        history = self.history
        if history.start is None:
            return True
        if history.ticks < history.start + REST_TICKS:
            return False
        marks = history.marks[-REST_TICKS:]
        slack_mn = round((self.limits.slack_n + ASTRAY_N) * 1000)
        return not any(mark & ENABLED for mark in marks) and max(history.force_mn[-REST_TICKS:]) <= slack_mn

    # ---- the pull ------------------------------------------------------------------------------------------

    def _pull(self) -> None:
        style, share = self.chance.choice(STYLES), self.chance.uniform(0.5, 0.98)
        if any(one.fault.name == "controller-hang" for one in self.case.injections):
            style = "hold"  # who hangs hears nothing, and owes no answer
        if any(one.fault.name.startswith(SHOWN) for one in self.case.injections):
            style = self.chance.choice(("hold", "wander"))
        if any((one.value or 0.0) < 0.0 for one in self.case.injections):
            style, share = "hold", self.chance.uniform(0.9, 1.0)  # a jerk matters where the force is high
        cap, rate = self.values[order.MAX_FORCE], max(self.values[1], self.values[2])
        goal, next_ms, now_ms = cap, 0, 0
        turn_ms = self.chance.randint(20, 6000)
        if self.case.trick:
            style, goal, rate, turn_ms = self._one_thing(cap, rate, turn_ms)
        last_ms = self.values[order.MAX_SESSION] + OVERTIME_MS
        while self._runs() and now_ms < last_ms:
            mode = codes.MODE_FORCE
            if style == "hold":
                goal = int(share * cap)
            elif style == "wander" and now_ms >= next_ms:
                goal, next_ms = self.chance.randint(0, cap), now_ms + self.chance.randint(500, 2500)
            elif style == "steps":
                goal = cap if now_ms // 600 % 2 == 0 else 0
            elif style == "position" and now_ms > turn_ms:
                mode = codes.MODE_POSITION
            if now_ms >= turn_ms and self._turn(style, goal, rate):
                turn_ms = last_ms
            self.asks.end.setpoint((goal, rate, mode, codes.LEASE_MAX_MS, self.table.controller.seq))
            if self.chance.random() < 0.01:
                self.asks.meddle()
            self._tick(2)
            now_ms += 2 * TICK_MS

    def _one_thing(self, cap: int, rate: int, turn_ms: int) -> tuple[str, int, int, int]:
        """Return style, goal, rate and the time of the turn where the case names what is tried."""
        kind = self.case.trick
        if kind == NO_NUMBER:
            return kind, cap, rate, turn_ms
        if kind == KEEPS:
            cap = int(self.chance.uniform(0.5, 0.95) * cap)
        elif kind == BELOW:
            cap = LOW_MN
        elif kind == SLOWLY:
            rate = int(SLOW_SHARE * self.values[order.MAX_RATE_UP])
        return kind, cap, rate, self.chance.randint(*AT_MS)

    def _runs(self) -> bool:
        return self.table.controller.state == codes.STATE_RUN and not self.table.dead

    def _turn(self, style: str, goal: int, rate: int) -> bool:
        """Do once what this style is about; return whether it has been done."""
        if style in ("bad", NO_NUMBER):
            self.asks.bad_setpoint(goal, rate, only=NO_NUMBER if style == NO_NUMBER else "")
        elif style == "quiet":
            lease_ms = self.chance.randint(1, 12) * 20 + 10
            self.asks.end.setpoint((goal, rate, 0, lease_ms, self.table.controller.seq))
            ticks = -(-lease_ms // TICK_MS)
            index = self.history.ticks - 1 + ticks
            self.history.asked.append(Asked(index, LEASE, f"a lease of {lease_ms} ms", False))
            self._tick(ticks + 4)
        elif style == "stop":
            self.table.controller.stop(
                self.chance.choice((codes.STOP_RELEASE, codes.STOP_FAST, codes.STOP_OFF))
            )
            self.asks.note(END, "a stop", NOT_TAKEN)
        elif style == "frames" and self.asks.end.again():
            self.asks.note(FRAMES, "three bad frames at once", NOT_TAKEN)
        elif self.case.trick:
            self.kinds.turn(goal, rate)
        return True

    # ---- after it ------------------------------------------------------------------------------------------

    def _after(self) -> None:
        end, refused = self.asks.end, self.asks.refused
        wait = self.chance.choice((150, 250, 399))
        for ticks in range(0, AFTER_TICKS, 4):
            controller = self.table.controller
            if self._runs():
                break
            values = (self.values[0], self.values[1], 0, codes.LEASE_MAX_MS, controller.seq)
            refused("a set-point after the run", end.setpoint(values))
            refused("a start after the run", end.go(self.asks.nonce))
            if not end.only_whole:
                refused("a start by no number", end.go(0))
            if ticks % 40 == 0:
                refused("arming after the run", end.arm(self.values))
            if (ticks < wait - 70 and self.chance.random() < 0.3) or ticks + 4 > wait:
                wait = wait if ticks < wait - 70 else AFTER_TICKS
                self.asks.press()
            self._tick(4)
