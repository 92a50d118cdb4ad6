"""The relation as arrays, filled as the search asks: what is not known yet is run once on the real code."""

from __future__ import annotations

import numpy as np

from traction.campaign.explore_events import WORLD, allowed
from traction.campaign.explore_hosts import Numbers
from traction.campaign.explore_moves import Relation
from traction.campaign.explore_rig import POWERED

GROW = 4096


class Table:
    """Outcomes by state and event; and of each outcome, and of each state, what the search has to know.

    ``next``, ``effects``, ``nonce`` (as a bit) and ``broken`` (index into ``promises``, 0: none) are by
    outcome; ``controller``, ``fault``, ``boot``, ``powered`` and ``possible`` (which events can happen) are
    by state.
    """

    def __init__(self, relation: Relation, nonces: tuple[int, ...]) -> None:
        self._relation = relation
        self._bits = {0: 0} | {nonce: 1 << index for index, nonce in enumerate(nonces)}
        self._known = np.full((GROW, len(relation.events)), -1, dtype=np.int32)
        self.promises = [""]
        self._last_boot = len(relation.boots) - 1
        self.next: Numbers = np.zeros(0, dtype=np.int64)
        self.effects: Numbers = self.next
        self.nonce: Numbers = self.next
        self.broken: Numbers = self.next
        self.controller: Numbers = self.next
        self.fault: Numbers = self.next
        self.boot: Numbers = self.next
        self.powered = np.zeros(0, dtype=bool)
        self.possible = np.zeros((0, len(WORLD)), dtype=bool)
        self._update()

    def outcomes(self, state: Numbers, event: Numbers) -> Numbers:
        """Return the outcome of each event in its state."""
        found = self._known[state, event].astype(np.int64)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            self._run(state[missing], event[missing])
            found = self._known[state, event].astype(np.int64)
        return found

    def _run(self, state: Numbers, event: Numbers) -> None:
        width = self._known.shape[1]
        relation = self._relation
        for pair in np.unique(state * width + event).tolist():
            one, what = divmod(pair, width)
            self._known[one, what] = relation.outcome(one, what)
            if len(relation.states) > len(self._known):
                more = np.full((len(self._known), width), -1, dtype=np.int32)
                self._known = np.concatenate([self._known, more])
        self._update()

    def _update(self) -> None:
        relation = self._relation
        rows = []
        for one in relation.outcomes[len(self.next) :]:
            if one.broken not in self.promises:
                self.promises.append(one.broken)
            rows.append((one.state, one.effects, self._bits[one.nonce], self.promises.index(one.broken)))
        if rows:
            columns = np.array(rows, dtype=np.int64).T
            self.next = np.concatenate([self.next, columns[0]])
            self.effects = np.concatenate([self.effects, columns[1]])
            self.nonce = np.concatenate([self.nonce, columns[2]])
            self.broken = np.concatenate([self.broken, columns[3]])
        told = relation.states[len(self.controller) :]
        if told:
            state, fault, boot = np.array(told, dtype=np.int64).T[:3]
            self.controller = np.concatenate([self.controller, state])
            self.fault = np.concatenate([self.fault, fault])
            self.boot = np.concatenate([self.boot, boot])
            self.powered = np.isin(self.controller, POWERED)
            events = range(len(WORLD))
            rows_of = [[allowed(one, event, self._last_boot) for event in events] for one in told]
            self.possible = np.concatenate([self.possible, np.array(rows_of, dtype=bool)])
