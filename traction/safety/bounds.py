"""The thresholds the supervisor judges by, each derived from the limits and the table's facts.

A supervisor that trips on noise is switched off by the people it serves, one that trips late is useless;
why each threshold stands where it does is said beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from traction.safety.facts import RegionTable, TableFacts
from traction.safety.limits import Limits
from traction.safety.release import LAG_S, achievable_rate_n_per_s

MILLI: Final = 1000
MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SupervisorBounds:
    """Every threshold of the supervisor, as whole numbers in the unit its name carries.

    A sample at a threshold passes, one sub-unit beyond it does not.
    """

    over_force_mn: int
    over_force_at_once_mn: int
    negative_force_mn: int
    negative_at_once_mn: int
    cell_difference_mn: int
    slack_mn: int
    rate_up_mn_per_s: int
    rate_down_mn_per_s: int
    fast_release_rate_mn_per_s: int
    noise_mn: int
    rate_noise_mn: int
    hold_band_mn: int
    max_hold_us: int
    max_session_us: int
    max_travel_um: int
    rest_mn: int
    max_impulse_mn_us: int
    arrival_error_mn_us: int
    quick_up_mn_per_s: int
    quick_down_mn_per_s: int
    slow_up_mn_per_s: int
    slow_down_mn_per_s: int
    slip_um: int
    slip_leak_um_per_s: int
    soft_mn_per_mm: int
    stiff_mn_per_mm: int
    release_line_mn_per_s: int
    reaction_us: int
    release_lag_us: int
    max_release_us: int
    powerless_us: int


def supervisor_bounds(limits: Limits, table: TableFacts, *, rest_n: float = 0.0) -> SupervisorBounds:
    """Derive the thresholds for one session; ``rest_n`` is the force above which the profile counts impulse.

    Raises RefusedError E303 when the table does not serve the region of the limits.
    """
    region = table.region(limits.region)
    # six standard deviations and one count: less than one false sample in a year of sessions
    noise_n = 6.0 * table.force_noise_n + table.force_resolution_n
    up, down = limits.max_rate_up_n_per_s, limits.max_rate_down_n_per_s
    return SupervisorBounds(
        # 3 % and the noise above the limit, for three samples: below the controller's own trip (5 % and 5 N)
        over_force_mn=_milli(1.03 * limits.max_force_n + noise_n),
        # so far above that one sample is enough
        over_force_at_once_mn=_milli(1.10 * limits.max_force_n + 10.0 + noise_n),
        # a harness cannot push: a swapped wire or sign shows as a negative force before it can do harm
        negative_force_mn=-5 * MILLI,
        negative_at_once_mn=-15 * MILLI,
        cell_difference_mn=_milli(limits.cell_difference_n),
        slack_mn=_milli(limits.slack_n),
        # a loop that follows a ramp at the limit overshoots its slope for a moment: a quarter more, and the
        # noise of two readings
        rate_up_mn_per_s=_milli(1.25 * up),
        rate_down_mn_per_s=_milli(1.25 * down),
        fast_release_rate_mn_per_s=_milli(1.25 * limits.fast_release_rate_n_per_s),
        noise_mn=_milli(noise_n),
        rate_noise_mn=_milli(noise_n + 0.5),
        hold_band_mn=_milli(limits.hold_band_n),
        # half a second for the lag of the measured force at the end of a hold that is just allowed
        max_hold_us=_micro(limits.max_hold_s + 0.5),
        # the proof has left room for take-up and release, so that nothing is added here
        max_session_us=_micro(limits.max_session_s),
        max_travel_um=_milli(limits.max_travel_mm),
        rest_mn=_milli(rest_n + noise_n),
        max_impulse_mn_us=_milli(1.05 * limits.max_impulse_n_s) * MICRO,
        arrival_error_mn_us=_milli(limits.arrival_error_n_s) * MICRO,
        # a force may arrive as fast as the limits allow, on a stiff patient, or as slowly as the drive's top
        # speed stretches the softest one
        quick_up_mn_per_s=_milli(up),
        quick_down_mn_per_s=_milli(down),
        slow_up_mn_per_s=_milli(min(up, region.softest_n_per_mm * region.pull_speed_mm_per_s)),
        slow_down_mn_per_s=_milli(min(down, region.softest_n_per_mm * region.unload_speed_mm_per_s)),
        # slip: travel at the pull speed for 1.2 s that no force explains; a tenth of that speed is creep
        slip_um=_milli(1.2 * region.pull_speed_mm_per_s),
        slip_leak_um_per_s=_milli(0.1 * region.pull_speed_mm_per_s),
        # half as soft as the softest patient, so that a soft harness is not taken for one that slips
        soft_mn_per_mm=_milli(0.5 * region.softest_n_per_mm),
        stiff_mn_per_mm=_milli(region.stiffest_n_per_mm),
        # half the rate a release keeps on the softest patient: no healthy release falls behind this line
        release_line_mn_per_s=_milli(0.5 * _release_rate(limits, region)),
        reaction_us=_micro(table.reaction_s),
        release_lag_us=_micro(LAG_S),
        max_release_us=_micro(limits.max_release_s),
        # a force that decays from any limit is below slack after five time constants (900 N to 6 N)
        powerless_us=_micro(5.0 * max(table.coast_s, table.dump_s)),
    )


def _release_rate(limits: Limits, region: RegionTable) -> float:
    return achievable_rate_n_per_s(
        limits.release_rate_n_per_s, region.softest_n_per_mm, region.unload_speed_mm_per_s
    )


def _milli(value: float) -> int:
    return round(value * MILLI)


def _micro(value: float) -> int:
    return round(value * MICRO)
