"""The powered drive: following a set-point, releasing, and being off. Knows how to move, not when it may."""

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.loop import ForceLoop
from traction.controller.release import ReleaseLine
from traction.controller.trips import Trips

SLACK_SAMPLES = 3
LOOSEN_MS = 800  # a stiff body gets less far in this time, and needs less
BACK_MS = 500  # for the carriage to get going, and for its lag

GOING = 0
SLACK = 1
LATE = 2


class Motion:
    """What the drive is told; ``velocity_um_per_s`` is pull positive, ``enabled`` and ``dump`` are 0 or 1."""

    __slots__ = (
        "cells",
        "config",
        "dump",
        "enabled",
        "floor_um",
        "loop",
        "loose_end_ms",
        "loose_um",
        "release",
        "slack_mn",
        "slack_ticks",
        "trips",
        "unshown",
        "velocity_um_per_s",
    )

    def __init__(self, config: ControllerConfig, cells: Cells) -> None:
        self.cells = cells
        self.config = config
        self.loop = ForceLoop(config)
        self.release = ReleaseLine(config)
        self.trips = Trips(config)
        self.slack_mn = config.max_slack_force_mn
        self.slack_ticks = 0
        self.loose_um: int | None = None  # where a release that has arrived at slack is to end
        self.loose_end_ms = 0
        self.floor_um: int | None = None  # where a run began: slack then, so nothing to go beyond
        self.unshown = False  # a release that no reading shows: the cells read slack before it began
        self.velocity_um_per_s = 0
        self.enabled = 0
        self.dump = 0

    def power(self, force_mn: int, travel_um: int, now_ms: int, values: tuple[int, ...], slack: bool) -> None:
        """Switch the drive on at ``force_mn`` under the limits ``values``, standing; ``slack`` or not."""
        self.floor_um = travel_um if slack else None
        self.loose_um = None
        self.unshown = False
        self.slack_mn = values[order.SLACK_FORCE]
        self.trips.load(values)
        self.trips.start(self.cells, travel_um, now_ms)
        self.loop.start(force_mn, travel_um, values)
        self.enabled = 1

    def begin_release(
        self, rate_mn_per_s: int, max_release_ms: int, now_ms: int, already: bool, fast: bool
    ) -> None:
        """Go to slack at ``rate_mn_per_s``; the time allowed runs from the first release of a run."""
        force = self.cells.high_mn
        if already:
            self.release.restart(force, rate_mn_per_s, now_ms)
        else:
            self.release.start(force, rate_mn_per_s, max_release_ms, now_ms)
            self.unshown = force <= self.slack_mn
        config = self.config
        self.loop.aim_release(
            force, rate_mn_per_s, config.fast_unload_um_per_s if fast else config.unload_um_per_s
        )
        self.slack_ticks = 0

    def unload(self, travel_um: int, now_ms: int) -> int:
        """Advance one tick of a release; return GOING, SLACK (and loose) or LATE (behind its line)."""
        cells = self.cells
        force = cells.high_mn
        self.slack_ticks = self.slack_ticks + 1 if cells.fresh and force <= self.slack_mn else 0
        if self.slack_ticks >= SLACK_SAMPLES:
            return self._loosen(travel_um, now_ms)
        if self.release.late(force, now_ms):
            return LATE
        self.velocity_um_per_s = self.loop.step(force, travel_um)
        return GOING

    def _loosen(self, travel_um: int, now_ms: int) -> int:
        """Go on past slack, for a short time, and not beyond where the run began; return as ``unload``.

        Cells that have fallen to slack in this release are alive. Where they read slack before it, two that
        are stuck would read the same, whatever the force: then only the place where the run began is slack.
        """
        if self.unshown and self.floor_um is not None:
            return self._go_back(travel_um - self.floor_um, now_ms)
        if self.loose_um is None:
            self.loose_end_ms = now_ms + LOOSEN_MS
            loose_um = travel_um - self.config.past_slack_um
            if self.floor_um is not None and loose_um < self.floor_um:
                loose_um = self.floor_um
            self.loose_um = loose_um
        if travel_um <= self.loose_um or now_ms >= self.loose_end_ms:
            return SLACK
        self.velocity_um_per_s = self.loop.unwind()
        return GOING

    def _go_back(self, way_um: int, now_ms: int) -> int:
        """Unwind what is left of the way to where the run began; return as ``unload``."""
        if way_um <= 0:
            return SLACK
        if self.loose_um is None:
            self.loose_um = self.floor_um
            self.loose_end_ms = now_ms + way_um * 1000 // self.config.unload_um_per_s + BACK_MS
        if now_ms >= self.loose_end_ms:
            return LATE
        self.velocity_um_per_s = self.loop.unwind_fully()
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
