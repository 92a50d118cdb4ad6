"""Limits and small drivers for the tests of the guard and the registry."""

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import ControllerLimits


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture(scope="session")
def limits() -> ControllerLimits:
    return ControllerLimits(
        max_force_mn=900_000,
        max_rate_up_mn_per_s=50_000,
        max_rate_down_mn_per_s=100_000,
        max_hold_ms=1_200_000,
        hold_band_mn=20_000,
        max_session_ms=3_600_000,
        max_travel_um=120_000,
        release_rate_mn_per_s=200_000,
        fast_release_rate_mn_per_s=300_000,
        max_release_ms=5000,
        slack_force_mn=10_000,
    )
