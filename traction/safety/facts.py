"""What the files under ``hardware/`` say of a region and of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from traction.errors import Problem, RefusedError
from traction.safety.limits import LimitSource

CHECK_EVERY_S: Final = 90 * 86_400.0
"""How long the acceptance checks of a table count where its file does not say."""


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """One body region: its limits, and the figures that belong to the region and not to a table.

    ``slack_n``: at or below it the harness counts as slack. ``hold_band_n``: a hold lasts while the measured
    force stays this close to where it began. Release rates in N/s. ``arrival_error_n_s``: how much missing
    force, summed over time in N s, is a fault. ``cell_difference_n``: how far the two load cells may differ.
    """

    name: str
    source: LimitSource
    slack_n: float
    hold_band_n: float
    release_rate_n_per_s: float
    fast_release_rate_n_per_s: float
    arrival_error_n_s: float
    cell_difference_n: float


@dataclass(frozen=True, slots=True)
class RegionTable:
    """What a table does for one region: its limits, how soft or stiff a patient it may meet, and its speeds.

    Stiffness in N/mm as the carriage feels it (harness and patient together); speeds in mm/s, all
    positive (the fast one is that of a fast release, on which no proof counts);
    ``slack_travel_mm`` is the most the carriage moves before the harness pulls; ``least_rate_n_per_s`` the
    lowest limit on rising or falling under which the drive learns how soft a body is.
    """

    source: LimitSource
    softest_n_per_mm: float
    stiffest_n_per_mm: float
    pull_speed_mm_per_s: float
    unload_speed_mm_per_s: float
    fast_unload_speed_mm_per_s: float
    slack_travel_mm: float
    least_rate_n_per_s: float


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table: how to reach it, its drive, how fast it reacts, and what it offers for each region.

    ``reaction_s``: from an event to the force beginning to fall. ``coast_s``: time constant of the force
    with the power off, on a back-drivable drive; ``dump_s``: the same on a self-locking drive with its
    power-less release open, both for the softest patient. ``force_noise_n``: one standard deviation of a
    load cell; ``force_resolution_n``: one count. ``check_every_s``: how long acceptance checks count.
    """

    name: str
    title: str
    url: str
    drive: str
    reaction_s: float
    coast_s: float
    dump_s: float
    force_noise_n: float
    force_resolution_n: float
    regions: Mapping[str, RegionTable]
    check_every_s: float = CHECK_EVERY_S

    def region(self, name: str) -> RegionTable:
        """Return what the table does for a region; RefusedError E303 when it does not serve it."""
        if name not in self.regions:
            expected = f"one of {', '.join(sorted(self.regions))}"
            raise RefusedError(
                Problem("E303", f"table {self.name} does not serve the region {name!r}", expected)
            )
        return self.regions[name]

    def source(self, region: str) -> LimitSource:
        """Return the table's own limits for a region, as a source to merge; RefusedError E303."""
        return self.region(region).source
