"""What both routines of the proof are given, and the names of the figures both must find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from traction.safety.facts import TableFacts
from traction.safety.limits import Limits

TOUCH_N: Final = 1e-6
"""Slack plus this is slack: rounding must not decide whether a release is needed at all."""

FIGURES: Final = (
    "peak_force",
    "rate_up",
    "rate_down",
    "longest_hold",
    "session_duration",
    "impulse",
    "travel",
    "release_back_drivable",
    "release_self_locking",
)
"""Every figure of a profile that has a limit, in the order in which margins are shown."""


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The facts outside the profile that its figures depend on, each at its worst; N, N/s, s, mm, N/mm."""

    hold_band_n: float
    slack_n: float
    take_up_timeout_s: float
    softest_n_per_mm: float
    slack_travel_mm: float
    unload_speed_mm_per_s: float
    release_rate_n_per_s: float
    reaction_s: float
    lag_s: float
    coast_s: float
    dump_s: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a profile in the unit of its limit, and when it occurs in s, where that is one time."""

    value: float
    at_s: float | None = None


def worst_case(limits: Limits, table: TableFacts, take_up_timeout_s: float, lag_s: float) -> WorstCase:
    """Gather the worst case for the region of ``limits``; RefusedError E303 if the table has it not."""
    region = table.region(limits.region)
    return WorstCase(
        hold_band_n=limits.hold_band_n,
        slack_n=limits.slack_n,
        take_up_timeout_s=take_up_timeout_s,
        softest_n_per_mm=region.softest_n_per_mm,
        slack_travel_mm=region.slack_travel_mm,
        unload_speed_mm_per_s=region.unload_speed_mm_per_s,
        release_rate_n_per_s=limits.release_rate_n_per_s,
        reaction_s=table.reaction_s,
        lag_s=lag_s,
        coast_s=table.coast_s,
        dump_s=table.dump_s,
    )
