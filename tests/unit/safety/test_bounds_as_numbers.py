"""Every threshold of the supervisor as the number it must come to, so that none can drift unnoticed.

The numbers are worked out by hand from ``hardware/limits`` and the table's facts, never read back: with the
shipped table a cell is noisy by six times 0.5 N and one count of 1 N, which makes 4 N.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module

import pytest

from traction.safety.bounds import supervisor_bounds
from traction.safety.hardware import load_region, load_table
from traction.safety.limits import LimitSource, merge

ANYWHERE = {
    "negative_force_mn": -5_000,
    "negative_at_once_mn": -15_000,
    "slack_mn": 10_000,
    "noise_mn": 4_000,
    "rate_noise_mn": 4_500,  # the noise and half a newton
    "stiff_mn_per_mm": 60_000,
    "reaction_us": 500_000,
    "release_lag_us": 500_000,
    "powerless_us": 4_750_000,  # five times 0.95 s, the slower of the two ways without power
}
"""What does not depend on the region."""

LUMBAR = {
    **ANYWHERE,
    "over_force_mn": 931_000,  # 1.03 x 900 N + 4 N
    "over_force_at_once_mn": 1_004_000,  # 1.10 x 900 N + 10 N + 4 N
    "cell_difference_mn": 27_000,
    "rate_up_mn_per_s": 62_500,  # 1.25 x 50 N/s
    "rate_down_mn_per_s": 125_000,  # 1.25 x 100 N/s
    "fast_release_rate_mn_per_s": 375_000,  # 1.25 x 300 N/s
    "hold_band_mn": 20_000,
    "max_hold_us": 1_260_500_000,  # 21 min and the lag of half a second
    "max_session_us": 3_600_000_000,  # 60 min, and nothing more
    "max_travel_um": 120_000,
    "rest_mn": 34_000,  # 30 N + 4 N
    "max_impulse_mn_us": 945_000_000_000_000,  # 1.05 x 900 kN s
    "arrival_error_mn_us": 300_000_000_000,  # 300 N s
    "quick_up_mn_per_s": 50_000,
    "quick_down_mn_per_s": 100_000,
    "slow_up_mn_per_s": 30_000,  # 6 N/mm x 5 mm/s, slower than the limit
    "slow_down_mn_per_s": 100_000,  # 6 N/mm x 20 mm/s would be faster than the limit
    "slip_um": 6_000,  # 1.2 s x 5 mm/s
    "slip_leak_um_per_s": 500,
    "soft_mn_per_mm": 3_000,  # half of 6 N/mm
    "release_line_mn_per_s": 60_000,  # half of 6 N/mm x 20 mm/s, slower than 200 N/s
    "max_release_us": 5_000_000,
}

CERVICAL = {
    **ANYWHERE,
    "over_force_mn": 210_000,  # 1.03 x 200 N + 4 N
    "over_force_at_once_mn": 234_000,  # 1.10 x 200 N + 10 N + 4 N
    "cell_difference_mn": 15_000,
    "rate_up_mn_per_s": 18_750,  # 1.25 x 15 N/s
    "rate_down_mn_per_s": 50_000,  # 1.25 x 40 N/s
    "fast_release_rate_mn_per_s": 125_000,  # 1.25 x 100 N/s
    "hold_band_mn": 8_000,
    "max_hold_us": 1_260_500_000,  # 21 min and the lag of half a second
    "max_session_us": 2_100_000_000,  # 35 min, and nothing more
    "max_travel_um": 60_000,
    "rest_mn": 24_000,  # 20 N + 4 N
    "max_impulse_mn_us": 157_500_000_000_000,  # 1.05 x 150 kN s
    "arrival_error_mn_us": 70_000_000_000,  # 70 N s
    "quick_up_mn_per_s": 15_000,
    "quick_down_mn_per_s": 40_000,
    "slow_up_mn_per_s": 15_000,  # 8 N/mm x 2 mm/s would be faster than the limit
    "slow_down_mn_per_s": 40_000,  # 8 N/mm x 8 mm/s would be faster than the limit
    "slip_um": 2_400,  # 1.2 s x 2 mm/s
    "slip_leak_um_per_s": 200,
    "soft_mn_per_mm": 4_000,  # half of 8 N/mm
    "release_line_mn_per_s": 25_000,  # half of 50 N/s; 8 N/mm x 8 mm/s would be faster
    "max_release_us": 5_000_000,
}

TIGHT = LimitSource(
    "operator",
    "of one run",
    {
        "max_force_n": 400.0,
        "max_rate_up_n_per_s": 10.0,
        "max_rate_down_n_per_s": 32.0,
        "max_hold_s": 90.0,
        "max_session_s": 600.0,
        "max_impulse_n_s": 40_000.0,
        "max_travel_mm": 70.0,
        "max_release_s": 4.0,
    },
)

TIGHTENED = {
    **LUMBAR,
    "over_force_mn": 416_000,  # 1.03 x 400 N + 4 N
    "over_force_at_once_mn": 454_000,  # 1.10 x 400 N + 10 N + 4 N
    "rate_up_mn_per_s": 12_500,
    "rate_down_mn_per_s": 40_000,
    "max_hold_us": 90_500_000,
    "max_session_us": 600_000_000,
    "max_travel_um": 70_000,
    "max_impulse_mn_us": 42_000_000_000_000,
    "quick_up_mn_per_s": 10_000,
    "quick_down_mn_per_s": 32_000,
    "slow_up_mn_per_s": 10_000,
    "slow_down_mn_per_s": 32_000,
    "max_release_us": 4_000_000,
}
"""A limit that is tightened takes its thresholds along, and leaves those of the region where they were."""


@pytest.mark.parametrize(
    ("region", "sources", "rest_n", "numbers"),
    [
        pytest.param("lumbar", [], 30.0, LUMBAR, id="lumbar"),
        pytest.param("cervical", [], 20.0, CERVICAL, id="cervical"),
        pytest.param("lumbar", [TIGHT], 30.0, TIGHTENED, id="lumbar, tightened"),
    ],
)
def test_every_threshold_is_this_number(
    region: str, sources: list[LimitSource], rest_n: float, numbers: dict[str, int]
) -> None:
    bounds = supervisor_bounds(merge(load_region(region), sources), load_table("sim"), rest_n=rest_n)
    assert asdict(bounds) == numbers
    assert {name for name, value in asdict(bounds).items() if type(value) is not int} == set()


def test_without_a_rest_the_impulse_counts_above_the_noise() -> None:
    assert supervisor_bounds(merge(load_region("lumbar")), load_table("sim")).rest_mn == 4_000


FIXED = {
    "facts": {"CHECK_EVERY_S": 90 * 86_400},
    "figures": {"TOUCH_N": 1e-6},
    "hardware": {"LONGEST_CHECK_S": 366 * 86_400},
    "release": {"LAG_S": 0.5},
}
"""What stands beside the thresholds and depends on nothing."""


@pytest.mark.parametrize("module", FIXED)
def test_what_depends_on_nothing_is_this_number(module: str) -> None:
    found = import_module(f"traction.safety.{module}")
    assert {name: getattr(found, name) for name in FIXED[module]} == FIXED[module]
