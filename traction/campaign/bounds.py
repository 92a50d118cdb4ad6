"""What is allowed in one case: force, slope and the way down, by the limits and by what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from traction.campaign.case import Case
from traction.campaign.history import STATE_BITS, History
from traction.campaign.plans import plan_for
from traction.wire import codes

STIFF_N_PER_MM: Final = 60.0
"""The stiffest body and harness that a table is made for."""

RELEASE_MS: Final = 5000
FALL_THROUGH_MS: Final = 5000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one case allows, in whole mN and ms; ``triggers`` are (tick, what) from which it goes down."""

    most_mn: int
    most_rise_mn: int
    slack_mn: int
    rate_mn_per_s: int
    budget_ms: int
    slack_by_ms: int
    may_stay: bool
    triggers: tuple[tuple[int, str], ...]

    def line_mn(self, force_mn: int, times_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the most there may be at these times from a trigger at ``force_mn``."""
        fallen = self.rate_mn_per_s * np.maximum(times_ms - self.budget_ms, 0) // 1000
        line = np.maximum(force_mn + self.most_rise_mn - fallen, self.slack_mn)
        return np.where(times_ms >= self.slack_by_ms, self.slack_mn, line)


def bounds_of(case: Case, history: History) -> Bounds:
    """Return what this case allows."""
    limits = plan_for(case.rig, case.plan, case.limits).limits
    cap_mn = round(1000 * limits.max_force_n)
    over_mn = cap_mn * 105 // 100 + 5000
    rise_mn = round(1000 * (0.12 * limits.max_rate_up_n_per_s + 6.0))
    return Bounds(
        most_mn=over_mn + rise_mn,
        most_rise_mn=rise_mn,
        slack_mn=round(1000 * limits.slack_n) + 2000,
        rate_mn_per_s=round(500 * min(limits.release_rate_n_per_s, 80.0)),
        budget_ms=600,
        slack_by_ms=RELEASE_MS + FALL_THROUGH_MS,
        may_stay=True,
        triggers=_triggers(history),
    )


def _triggers(history: History) -> tuple[tuple[int, str], ...]:
    if history.start is None:
        return ()
    marks = history.marks
    for index in range(history.start + 1, len(marks)):
        if (marks[index - 1] & STATE_BITS) == codes.STATE_RUN != (marks[index] & STATE_BITS):
            return ((index, "the end of RUN"),)
    return ()
