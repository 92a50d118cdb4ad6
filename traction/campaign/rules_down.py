"""The rules about a reaction once begun: it never pulls again, never grows milder, and is told (I4, I13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from traction.campaign.effects import CELL_A, CELL_B, effect_of
from traction.campaign.history import TICK_MS
from traction.campaign.seen import Escape, Seen, ints_of
from traction.wire import codes

SEVERITY: Final = {codes.STATE_RELEASING: 1, codes.STATE_FAST_RELEASING: 2, codes.STATE_DUMPED: 3}
"""Of a state that is a reaction; every other one is none."""

FORCE_REMAINS: Final = "E485"
SLOWING_TICKS: Final = 3
"""From 5 mm/s, the fastest pull, to a stand at 200 mm/s2: 25 ms."""

BY_HAND_MN: Final = 25_000
"""A force that is left must be told from here on: slack, twice over, and what a cell may read too little."""


def i4_never_pulls(seen: Seen) -> Iterator[Escape]:
    """I4: a drive in power pulls in RUN only, also where a slack strap hides it from the true force.

    After RUN it slows down for ``SLOWING_TICKS`` at most. A controller that hangs meanwhile cannot slow it
    down: what it was told last stays until the watchdog takes the power, which H52 bounds.
    """
    velocity = ints_of(seen.history.velocity_um_per_s)
    ran = seen.run.copy()
    for ticks in range(1, SLOWING_TICKS + 1):
        ran[ticks:] |= seen.run[:-ticks]
    for one, onset in zip(seen.case.injections, seen.history.onsets, strict=True):
        if one.fault.name == "controller-hang" and onset is not None and ran[max(onset - 1, 0)]:
            ran[onset : onset + effect_of(one.fault.name).pulls_ms // TICK_MS] = True
    pulls = np.flatnonzero(seen.enabled & ~ran & (velocity > 0))
    if pulls.size:
        found = velocity[pulls[0]] / 1000
        yield seen.escape("I4", pulls[0], found, 0.0, "mm/s of pull outside of RUN")


def i4_never_milder(seen: Seen) -> Iterator[Escape]:
    """I4: with force in the strap a reaction only grows more severe, until a restart begins it anew."""
    severity = np.zeros(16, np.int64)
    for state, level in SEVERITY.items():
        severity[state] = level
    levels, boots = severity[seen.state], {index for index, _ in seen.history.boots}
    tense = seen.force[1:] > seen.bounds.slack
    for index in np.flatnonzero((levels[1:] < levels[:-1]) & tense) + 1:
        if int(index) not in boots:
            found, was = float(levels[index]), float(levels[index - 1])
            yield seen.escape("I4", index, found, was, "severity of a reaction that went down")
            return


def i13_force_remains(seen: Seen) -> Iterator[Escape]:
    """I13: a host that ends while the strap pulls says that force remains, whatever else it says.

    Not asked where both cells are wrong: then nobody knows.
    """
    history = seen.history
    end = min(history.host_ended, seen.force.size) - 1
    if history.result is None or history.start is None or end < history.start:
        return
    if {CELL_A, CELL_B} <= seen.bounds.taken or seen.force[end] <= max(seen.bounds.slack, BY_HAND_MN):
        return
    if not any(one.code == FORCE_REMAINS for one in history.result.causes):
        force_n = seen.force[end] / 1000
        yield seen.escape("I13", end, force_n, BY_HAND_MN / 1000, "N left, and nobody was told")
