"""By how much load cells read too little, where a fault says so: the true force may be so much higher.

The controller ends a run by the higher of its two readings. What no fault has touched reads no lie; a cell
that sags reads the force less its rate times its time; one that drifts reads more. So a run in which one cell
at least lies by a known amount never has more force than is allowed and the smaller of the known lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from traction.campaign.effects import CELL_A, CELL_B, effect_of, guessed
from traction.campaign.history import TICK_MS
from traction.campaign.seen import Ints, Seen
from traction.sim.faults import FOR_EVER, Injection

CELLS: Final = frozenset({CELL_A, CELL_B})
SAGGING: Final = "sagging"


def lied(seen: Seen) -> Ints:
    """Return in each tick how many mN of force, by then, both cells can have hidden from a run."""
    none = np.zeros(seen.force.size, np.int64)
    if not seen.bounds.taken >= CELLS:
        return none
    known = CELLS - guessed(seen.case.injections)
    lies = [sum(_sags(seen, cell), none) for cell in known]
    if not lies:
        return none  # ``Bounds.most`` is where the mechanics give
    hidden: Ints = np.where(seen.run, np.minimum.reduce(lies), 0)  # nothing pulls after a run
    return np.maximum.accumulate(hidden)


def _sags(seen: Seen, cell: str) -> Iterator[Ints]:
    """Yield the lie of each fault that lets this cell sag; the same one twice is one that lasts longer."""
    index = np.arange(seen.force.size)
    begun: dict[str, list[tuple[int, Injection]]] = {}
    for one, onset in zip(seen.case.injections, seen.history.onsets, strict=True):
        name = one.fault.name
        if onset is not None and name.endswith("-" + SAGGING) and cell in effect_of(name).takes:
            begun.setdefault(name, []).append((onset, one))
    for many in begun.values():
        first = min(onset for onset, _ in many)
        spans = [seen.force.size if one.span_ms == FOR_EVER else one.span_ms // TICK_MS for _, one in many]
        last = max(onset + span for (onset, _), span in zip(many, spans, strict=True))
        mn_per_tick = max(one.value or 0.0 for _, one in many) * TICK_MS
        ticks = np.where(index < last, np.maximum(index - first + 1, 0), 0)
        yield np.rint(ticks * mn_per_tick).astype(np.int64)
