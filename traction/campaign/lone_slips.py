"""What a host alone owes to a strap that slips: travel that no force explains, and travel beyond its limit.

A host compares travel with force twice a second, and not across a moment at which the strap was slack:
taking it up is travel without force, too. So of two comparisons in a row that find force the second has
half a second of it behind it, in which the reading of the trick runs ``SLIP_UM_PER_MS`` ahead: 10 mm. A
carriage that goes back hides ``BACK_UM`` of it at most, 1 mm. One that pulls hides what a rising force
explains more than it really went: 1.5 mm (half as soft as the softest body, 5 N/mm, behind a harness of 8
N/mm at 5 mm/s; with 15 N/mm at 2 mm/s: 2 mm), and 0.2 mm by the damper of the harness. Noise hides 0.5 mm
(two readings, 1.2 N each), and 0.25 mm are forgiven as creep. The 7 mm that are left in any case are above
the 6 mm (cervical 2.4 mm) at which a host must say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from traction.campaign.history import TICK_MS
from traction.campaign.obedient import ONE, SLIP_UM_PER_MS
from traction.campaign.plans import limits_for
from traction.campaign.seen import Escape, Seen, ints_of

SLIPPED_MS: Final = 2 * 500 + ONE
"""Two comparisons, the first of which may begin a sample before the force is there, and the answer."""
BACK_UM: Final = 1000


def slips(seen: Seen) -> Iterator[Escape]:
    """H15: a run with a strap that slips under force is over in ``SLIPPED_MS``, and travel has its limit."""
    history, run = seen.history, seen.run
    since = (history.start or 0) + -(-int(seen.case.trick.partition("@")[2]) // TICK_MS)
    if history.start is None or since >= run.size or not run[since]:
        return
    travel = ints_of(history.travel_um)
    told = travel + SLIP_UM_PER_MS * TICK_MS * (np.arange(run.size) - since)
    far = np.flatnonzero(told[since:] > 1000 * limits_for(seen.case.rig, seen.case.limits).max_travel_mm)
    if far.size:
        yield from _went_on(seen, since + int(far[0]), ONE, "ms in RUN, beyond the limit of travel")
    begun = high = since
    for index in range(since, since + int(np.argmin(np.append(run[since:], False)))):
        if seen.force[index] <= seen.bounds.slack or travel[index] < travel[high] - BACK_UM:
            begun = high = index + 1
        elif travel[index] > travel[high]:
            high = index
        if index - begun > SLIPPED_MS // TICK_MS:
            yield from _went_on(seen, begun, SLIPPED_MS, "ms in RUN with a strap that slips")
            return


def _went_on(seen: Seen, index: int, within_ms: int, says: str) -> Iterator[Escape]:
    last = index + within_ms // TICK_MS
    if last < seen.run.size and seen.run[index : last + 1].all():
        stayed = np.flatnonzero(~seen.run[index:])
        took_ms = float(stayed[0] if stayed.size else seen.run.size - index) * TICK_MS
        yield seen.escape("I4", index, took_ms, float(within_ms), says)
