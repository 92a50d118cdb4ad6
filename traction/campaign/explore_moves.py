"""The transition relation of the controller and its link: each event run once in each state.

``Relation.outcome(state, event)`` is a number; equal numbers mean the same next state and the same effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from traction.campaign.explore_events import WORLD, Told, happen, settle
from traction.campaign.explore_frames import Frame
from traction.campaign.explore_parts import Parts
from traction.campaign.explore_promises import EVENT, TAKEN, broken_by, effects_of, see
from traction.campaign.explore_rig import POWERED, Rig, Snapshot
from traction.wire import codes, messages


@dataclass(frozen=True, slots=True)
class Outcome:
    """Next state, effects (bits), start number given out (0: none), and the broken promise ("": none)."""

    state: int
    effects: int
    nonce: int
    broken: str


class Relation:
    """States and outcomes found so far; ``states`` say of each what the search has to know."""

    def __init__(self, parts: Parts, boots: tuple[int, ...]) -> None:
        self.boots = boots
        self._rig = Rig(parts, boots)
        self._snapshots: list[Snapshot] = []
        self._numbers: dict[Any, int] = {}
        self._outcome_numbers: dict[Outcome, int] = {}
        self.outcomes: list[Outcome] = []
        self.states: list[Told] = []
        self.events: list[int | Frame] = list(range(len(WORLD)))
        self.runs = 0
        self.first = self._number()

    def add(self, made: Frame) -> int:
        """Return the number of one more event."""
        self.events.append(made)
        return len(self.events) - 1

    def outcome(self, state: int, event: int) -> int:
        """Run one event in one state on the real code; return the number of its outcome."""
        rig = self._rig
        rig.load(self._snapshots[state])
        what = self.events[event]
        before = see(rig)
        self.runs += 1
        effects = nonce = 0
        if isinstance(what, Frame):
            nonce, obeyed = rig.receive(what.data)
            if what.letter == messages.SETPOINT and obeyed and before.state == codes.STATE_RUN:
                effects |= TAKEN
            if what.letter == messages.STOP:
                effects |= EVENT
        elif happen(rig, what, before.state):
            effects |= EVENT
        settle(rig, before.state in POWERED)
        effects |= effects_of(rig, before)
        broken = broken_by(rig, before, what)
        found = Outcome(self._number(), effects, nonce, broken)
        number = self._outcome_numbers.setdefault(found, len(self.outcomes))
        if number == len(self.outcomes):
            self.outcomes.append(found)
        return number

    def _number(self) -> int:
        rig = self._rig
        key = rig.key()
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._snapshots)
            self._snapshots.append(rig.save())
            controller = rig.controller
            latch, boot = controller.latch, self._snapshots[-1][0]
            told = (controller.state, latch.fault, boot, controller.inputs, len(latch.defects))
            self.states.append(told)
        return number

    def number_of(self, key: Any) -> int | None:
        """Return the number of the state with this key, None for one that was never met."""
        return self._numbers.get(key)

    def rig_at(self, state: int) -> Rig:
        """Return the rig in this state, to try something else on it."""
        self._rig.load(self._snapshots[state])
        return self._rig
