"""Bodies that draw themselves together, and the strap with them: what they add is no drive's doing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from traction.campaign.bounds import Harness, harness_of
from traction.campaign.case import Case
from traction.campaign.history import TICK_MS
from traction.campaign.seen import Ints, Seen


@dataclass(frozen=True, slots=True)
class Jerk:
    """A body that draws the strap in by ``mm_per_s`` for ``span_ms``, ``at_ms`` after the first start."""

    harness: Harness
    mm_per_s: float
    at_ms: int
    span_ms: int

    @property
    def adds_n(self) -> float:
        """Return what it adds to the force at most."""
        return self.harness.n_per_mm * self.mm_per_s * self.span_ms / 1000

    def drawn_mn(self, seen: Seen) -> Ints:
        """Return what it has made of the force in each tick since the drive is off; 0 in power.

        A controller that has let go stands still until somebody asks it to stop: what a body pulls then is
        its own. At most the stiffness of the harness times the way, and its damping times the speed.
        """
        ticks = np.arange(seen.force.size)
        first = (seen.history.start or 0) + self.at_ms // TICK_MS
        pulls = ~seen.enabled & (ticks >= first) & (ticks < first + self.span_ms // TICK_MS)
        way_mm = np.cumsum(pulls) * (self.mm_per_s * TICK_MS / 1000)
        way_mm -= np.maximum.accumulate(np.where(seen.enabled, way_mm, 0.0))
        force_n = self.harness.n_per_mm * way_mm + self.harness.n_s_per_mm * self.mm_per_s * pulls
        drawn: Ints = (1000 * force_n).astype(np.int64)
        return drawn


def jerks_of(case: Case) -> Iterator[Jerk]:
    """Yield the bodies of a case that draw themselves together: each a harness that slips the other way."""
    for one in case.injections:
        if one.fault.name == "harness-slip" and one.value is not None and one.value < 0.0:
            yield Jerk(harness_of(case.rig.region), -one.value, one.at_ms, one.span_ms)
