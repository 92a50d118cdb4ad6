"""What is allowed in one case: force, slope and the way down, by the limits and by what goes wrong.

Every figure is worked out from the limits, from the stated figures of the simulated table and harness, and
from the times of ``effects``; none is fitted to what the product does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from traction.campaign.case import Case
from traction.campaign.effects import (
    CELL_A,
    CELL_B,
    Defeat,
    defeats,
    effect_of,
    guessed,
    lost,
    parts_taken,
)
from traction.campaign.plans import caps_of, limits_for, table_of
from traction.controller.config import ControllerConfig
from traction.sim.parameter import parameter_tables
from traction.wire import codes

CUT_OUT: Final = 1.25 * 1.05
"""Of the region's cap: where the overload cut-out that is asked of a table gives, and its tolerance."""

REACT_S: Final = 0.12
"""From a force above the trip to a carriage that stands: three samples, and twice the lag of the motor."""

ASTRAY_N: Final = 1.7
"""A cell may read so much less than there is: its zero error (0.5 N), and noise (three times 0.4 N)."""

WINDOW_S: Final = 0.1

LATE_S: Final = 0.6
"""A release may begin to lower the force so late: 500 ms on its line, one tick, and the lag of the motor."""

DUMP_LATE_S: Final = 1.7
"""The same where a release has to be given up for the power-less one first: 500 ms behind its line, the time
that half of the rate loses on the whole one, and the opening."""


@dataclass(frozen=True, slots=True)
class Harness:
    """How force answers to the carriage: at most as stiff as the harness, N/mm, and damped, N s/mm."""

    n_per_mm: float
    n_s_per_mm: float


@lru_cache(maxsize=2)
def harness_of(region: str) -> Harness:
    """Return the harness of a region as the simulation has it."""
    tables = parameter_tables()
    rows = {**tables["lumbar.base"], **tables.get(f"{region}.base", {})}
    return Harness(rows["harness_stiffness_n_per_mm"].value, rows["harness_damping_n_s_per_mm"].value)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one case allows, in mN, mN/s and s.

    ``most`` is the highest true force beside what both cells are known to hide (``lies``). ``rise`` and
    ``fall`` are the most it may change within 100 ms, the fall with the drive in power. ``defeated`` are the
    ways in which the faults of the case leave software without one. ``over`` is how much the force may still
    rise after a reaction has begun. Impulse is counted above ``rest``: the take-up force, and what a cell may
    read too little.
    """

    cap: float
    most: float
    rise: float
    fall: float
    over: float
    slack: float
    rest: float
    rate: float
    tau_s: float
    let_go: float
    max_release_s: float
    max_session_s: float
    max_impulse: float
    max_hold_s: float
    hold_band: float
    taken: frozenset[str]
    defeated: tuple[Defeat, ...]

    @property
    def may_exceed(self) -> bool:
        """Say whether only the mechanics bound the force."""
        return any(one.force for one in self.defeated)

    @property
    def may_stay(self) -> bool:
        """Say whether force may stay, with only a hand to help."""
        return any(one.stays for one in self.defeated)

    def line(
        self, force: float, seconds: NDArray[np.floating[Any]], dumped: bool
    ) -> NDArray[np.floating[Any]]:
        """Return the most there may be so many seconds after a reaction began at ``force`` mN.

        A controlled release follows F0 - R (t - 0.6 s), with R the lower of its rate and what the unload
        speed gives on the softest body, and is slack in ``max_release_s`` and that delay. With the power off
        the force falls by a damper, at ``let_go`` at most and with the time constant ``tau_s``. Where the
        drive, its power, a sensor or the strap is at fault, the power-less release may have to take over.
        """
        straight = force + self.over - self.rate * np.maximum(seconds - LATE_S, 0.0)
        straight = np.where(seconds > self.max_release_s + LATE_S, self.slack, straight)
        if dumped or self.taken:
            late_s = DUMP_LATE_S if self.taken else 0.3
            since = np.maximum(seconds - late_s, 0.0)
            decay = (force + self.over) * np.exp(-since / self.tau_s)
            straight = np.maximum(straight, np.maximum(decay, force + self.over - self.let_go * since))
        lowest: NDArray[np.floating[Any]] = np.maximum(straight, self.slack)
        return lowest


def bounds_of(case: Case) -> Bounds:
    """Return what this case allows."""
    region, table = case.rig.region, table_of(case.rig.drive)
    limits, served = limits_for(case.rig, case.limits), table.region(region)
    harness, taken = harness_of(region), parts_taken(case.injections)
    config = ControllerConfig(codes.REGION_NAMES.index(region), 1, 0)
    defeated = defeats(lost(case.injections, case.rig.drive))
    speed = _fastest_mm_per_s(case, config)
    pulls_s = REACT_S + sum(effect_of(one.fault.name).pulls_ms for one in case.injections) / 1000
    # k v t of the time budget, and what the damper of the harness adds at that speed
    over_n = harness.n_per_mm * speed * pulls_s + harness.n_s_per_mm * speed
    cap_n = limits.max_force_n
    trip_n = 1.05 * cap_n + 5.0 + ASTRAY_N
    if {CELL_A, CELL_B} <= guessed(case.injections):
        trip_n = max(trip_n, CUT_OUT * caps_of(region)["max_force_n"])
    noise_n = config.rate_tolerance_mn / 1000
    astray_s = WINDOW_S if taken else 0.06
    rise_n = 1.2 * limits.max_rate_up_n_per_s * WINDOW_S + noise_n
    rise_n += harness.n_per_mm * speed * astray_s + harness.n_s_per_mm * speed
    fastest_down = max(1.25 * limits.fast_release_rate_n_per_s, 1.2 * limits.max_rate_down_n_per_s)
    fall_n = fastest_down * WINDOW_S + noise_n + harness.n_per_mm * served.fast_unload_speed_mm_per_s * 0.06
    return Bounds(
        cap=1000 * cap_n,
        most=1000 * (trip_n + over_n),
        rise=1000 * rise_n,
        fall=1000 * fall_n,
        over=1000 * over_n + 1000 * ASTRAY_N,
        slack=1000 * (limits.slack_n + ASTRAY_N),
        rest=1000 * (case.plan.take_up_n + ASTRAY_N),
        rate=1000 * min(limits.release_rate_n_per_s, served.softest_n_per_mm * served.unload_speed_mm_per_s),
        tau_s=max(table.coast_s, table.dump_s),
        let_go=1000 * served.softest_n_per_mm * _let_go_mm_per_s(region),
        max_release_s=limits.max_release_s,
        max_session_s=limits.max_session_s,
        max_impulse=1000 * limits.max_impulse_n_s,
        max_hold_s=limits.max_hold_s,
        hold_band=1000 * limits.hold_band_n,
        taken=taken,
        defeated=defeated,
    )


def _fastest_mm_per_s(case: Case, config: ControllerConfig) -> float:
    """Return how fast the carriage may pull in this case."""
    speeds = [config.pull_um_per_s / 1000]
    for one in case.injections:
        if one.fault.name == "motor-runaway":
            speeds.append(config.unload_um_per_s / 1000 if one.value is None else one.value)
        elif one.fault.name == "motor-reversed":  # what is to unload pulls
            speeds.append(config.fast_unload_um_per_s / 1000)
    return max(speeds)


@lru_cache(maxsize=2)
def _let_go_mm_per_s(region: str) -> float:
    return float(parameter_tables()["drive"][f"let_go_{region}_mm_per_s"].value)
