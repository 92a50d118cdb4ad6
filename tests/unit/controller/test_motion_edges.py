"""The drive on its way down: where slack begins, how far past it a release goes, and when it is late."""

from __future__ import annotations

import pytest

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.motion import GOING, LATE, SLACK, Motion
from traction.wire import codes

SLACK_MN = 10_000


class Way:
    """A drive that was switched on at ``travel``, slack or not, and is released from ``force``."""

    def __init__(self, force: int, travel: int, floor: int | None, b: int | None = None) -> None:
        config = ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE)
        self.cells = Cells(config)
        self.motion = Motion(config, self.cells)
        self.read(force, b)
        values = order.own_caps(config)
        at = travel if floor is None else floor
        self.motion.power(self.cells.high_mn, at, 0, values, floor is not None)
        self.motion.begin_release(200_000, 5000, 0, False, False)

    def read(self, force: int, b: int | None = None) -> None:
        self.cells.read(force, force if b is None else b)

    def down(self, force: int, travel: int, now_ms: int, ticks: int = 1) -> list[int]:
        found = []
        for tick in range(ticks):
            self.read(force, force - 1)
            found.append(self.motion.unload(travel, now_ms + 10 * tick))
        return found


@pytest.mark.parametrize(("force", "found"), [(SLACK_MN, SLACK), (SLACK_MN + 1, GOING)])
def test_the_third_sample_at_slack_is_slack(force: int, found: int) -> None:
    way = Way(300_000, 20_000, 20_000)
    assert way.down(force, 20_000, 10, 3) == [GOING, GOING, found]


@pytest.mark.parametrize(("force", "unshown"), [(SLACK_MN, True), (SLACK_MN + 1, False)])
def test_a_release_is_shown_by_a_force_above_slack(force: int, unshown: bool) -> None:
    way = Way(force, 20_000, 0)
    assert way.motion.unshown is unshown
    way.motion.begin_release(300_000, 5000, 10, True, True)
    assert way.motion.unshown is unshown  # also where a more severe one takes over


@pytest.mark.parametrize(("b", "floor"), [(-20_000, None), (300_000, 12_000), (300_000, 17_000)])
@pytest.mark.parametrize("short_um", [0, 1])
def test_a_release_goes_6_mm_past_slack_and_not_beyond_where_the_run_began(
    b: int, floor: int | None, short_um: int
) -> None:
    way = Way(0 if b < 0 else b, 20_000, floor, b)
    end_um = max(14_000, floor or 0) + short_um
    assert way.down(0, 20_000, 10, 3) == [GOING] * 3
    assert way.motion.velocity_um_per_s < 0
    assert way.down(0, end_um, 40) == [GOING if short_um else SLACK]


@pytest.mark.parametrize(("passed_ms", "found"), [(799, GOING), (800, SLACK)])
def test_past_slack_it_goes_on_for_800_ms_at_most(passed_ms: int, found: int) -> None:
    way = Way(300_000, 20_000, 0)
    assert way.down(0, 20_000, 10, 3) == [GOING] * 3
    assert way.down(0, 19_999, 30 + passed_ms) == [found]


@pytest.mark.parametrize(
    ("passed_ms", "travel", "found"), [(1499, 1, GOING), (1500, 1, LATE), (1499, 0, SLACK), (1500, 0, SLACK)]
)
def test_where_no_reading_shows_a_release_the_way_back_has_its_time(
    passed_ms: int, travel: int, found: int
) -> None:
    way = Way(0, 20_000, 0)  # 20 mm at 20 mm/s, and half a second
    assert way.down(0, 20_000, 10, 3) == [GOING] * 3
    assert way.down(0, travel, 30 + passed_ms) == [found]


def test_what_is_off_stands_and_begins_standing() -> None:
    way = Way(300_000, 20_000, 0)
    way.down(250_000, 20_000, 10, 20)
    assert way.motion.loop.velocity < 0
    way.motion.off()
    assert (way.motion.enabled, way.motion.velocity_um_per_s, way.motion.loop.velocity) == (0, 0, 0)
