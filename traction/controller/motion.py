"""The powered drive: following a set-point, releasing, and being off. Knows how to move, not when it may."""

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.loop import ForceLoop
from traction.controller.release import ReleaseLine
from traction.controller.trips import Trips

SLACK_SAMPLES = 3

GOING = 0
SLACK = 1
LATE = 2


class Motion:
    """What the drive is told; ``velocity_um_per_s`` is pull positive, ``enabled`` and ``dump`` are 0 or 1."""

    __slots__ = (
        "cells",
        "dump",
        "enabled",
        "loop",
        "release",
        "slack_mn",
        "slack_ticks",
        "trips",
        "velocity_um_per_s",
    )

    def __init__(self, config: ControllerConfig, cells: Cells) -> None:
        self.cells = cells
        self.loop = ForceLoop(config)
        self.release = ReleaseLine(config)
        self.trips = Trips(config)
        self.slack_mn = config.max_slack_force_mn
        self.slack_ticks = 0
        self.velocity_um_per_s = 0
        self.enabled = 0
        self.dump = 0

    def power(self, force_mn: int, travel_um: int, now_ms: int, values: tuple[int, ...]) -> None:
        """Switch the drive on at ``force_mn`` under the limits ``values``, standing still."""
        self.slack_mn = values[order.SLACK_FORCE]
        self.trips.load(values)
        self.trips.start(self.cells, travel_um, now_ms)
        self.loop.start(force_mn, travel_um, values)
        self.enabled = 1

    def begin_release(self, rate_mn_per_s: int, max_release_ms: int, now_ms: int, already: bool) -> None:
        """Go to slack at ``rate_mn_per_s``; the time allowed runs from the first release of a run."""
        force = self.cells.high_mn
        if already:
            self.release.restart(force, rate_mn_per_s, now_ms)
        else:
            self.release.start(force, rate_mn_per_s, max_release_ms, now_ms)
        self.loop.aim_release(force, rate_mn_per_s)
        self.slack_ticks = 0

    def unload(self, travel_um: int, now_ms: int) -> int:
        """Advance one tick of a release; return GOING, SLACK (arrived) or LATE (behind its line)."""
        cells = self.cells
        force = cells.high_mn
        self.slack_ticks = self.slack_ticks + 1 if cells.fresh and force <= self.slack_mn else 0
        if self.slack_ticks >= SLACK_SAMPLES:
            return SLACK
        if self.release.late(force, now_ms):
            return LATE
        self.velocity_um_per_s = self.loop.step(force, travel_um)
        return GOING

    def off(self) -> None:
        """Take the power away."""
        self.enabled = 0
        self.velocity_um_per_s = 0
        self.loop.velocity = 0

    def open_dump(self) -> None:
        """Take the power away and open the release that needs none."""
        self.off()
        self.dump = 1
