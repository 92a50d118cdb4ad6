"""The way down: how long it takes from a force to slack, and the line a release may not fall behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from traction.safety.figures import TOUCH_N, WorstCase

LAG_S: Final = 0.5
"""A release this far behind is taken for a drive that does not obey; the power-less release follows."""


@dataclass(frozen=True, slots=True)
class ReleasePath:
    """What a release needs on one kind of drive: slack in N, rate in N/s, times in s."""

    slack_n: float
    rate_n_per_s: float
    reaction_s: float
    lag_s: float
    powerless_s: float

    def time_to_slack_s(self, force_n: float) -> float:
        """Return the worst time in s from an event at ``force_n`` until the harness is slack.

        Two cases, the slower counts: the drive obeys and the force falls at the release rate; or it does
        not move at all, which takes ``lag_s`` to notice, and with the power off the force decays
        exponentially. At or below slack nothing needs releasing. NaN in, NaN out: no comparison with a
        limit passes.
        """
        if force_n <= self.slack_n + TOUCH_N:
            return 0.0
        obeying_s = (force_n - self.slack_n) / self.rate_n_per_s
        stuck_s = self.lag_s + self.powerless_s * math.log(force_n / self.slack_n)
        return self.reaction_s + max(obeying_s, stuck_s)


def achievable_rate_n_per_s(rate_n_per_s: float, softest_n_per_mm: float, unload_mm_per_s: float) -> float:
    """Return the rate a release keeps on the softest patient, whose force falls slowest for a given speed."""
    return min(rate_n_per_s, softest_n_per_mm * unload_mm_per_s)


def release_paths(case: WorstCase) -> tuple[ReleasePath, ReleasePath]:
    """Return the release path with a back-drivable and with a self-locking drive."""
    rate = achievable_rate_n_per_s(
        case.release_rate_n_per_s, case.softest_n_per_mm, case.unload_speed_mm_per_s
    )
    return (
        ReleasePath(case.slack_n, rate, case.reaction_s, case.lag_s, case.coast_s),
        ReleasePath(case.slack_n, rate, case.reaction_s, case.lag_s, case.dump_s),
    )
