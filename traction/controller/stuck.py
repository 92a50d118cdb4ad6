"""A load cell that repeats itself to the last digit while the carriage moves is stuck, whatever it shows."""

from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.wire import codes

WINDOW_MS = 2000  # a coarse cell may rightly repeat itself for longer while tissue creeps


class StuckWatch:
    """Remembers, for each cell, since when and since which travel it has not changed.

    ``both_ms`` and ``both_travel_um`` are where both cells changed last, as they do in most ticks; what a
    cell has of its own counts when it is newer.
    """

    __slots__ = (
        "a_mn",
        "a_ms",
        "a_travel_um",
        "b_mn",
        "b_ms",
        "b_travel_um",
        "both_ms",
        "both_travel_um",
        "stuck_um",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.stuck_um = config.stuck_um
        self.start(Cells(config), 0, 0)

    def start(self, cells: Cells, travel_um: int, now_ms: int) -> None:
        """Begin at the present readings."""
        self.a_mn = cells.force_a_mn
        self.b_mn = cells.force_b_mn
        self.a_ms = self.b_ms = self.both_ms = now_ms
        self.a_travel_um = self.b_travel_um = self.both_travel_um = travel_um

    def judge(self, cells: Cells, travel_um: int, now_ms: int, slack_mn: int) -> int:
        """Return FAULT_CELL_STUCK, and distrust the cell, after 1 mm of travel without a change; else 0.

        Near slack a cell has nothing to show, so nothing is judged there.
        """
        fault = 0
        if self.both_ms > self.a_ms:
            self.a_ms = self.both_ms
            self.a_travel_um = self.both_travel_um
        if self.both_ms > self.b_ms:
            self.b_ms = self.both_ms
            self.b_travel_um = self.both_travel_um
        if cells.force_a_mn != self.a_mn:
            self.a_mn = cells.force_a_mn
            self.a_travel_um = travel_um
            self.a_ms = now_ms
        elif now_ms - self.a_ms > WINDOW_MS or cells.high_mn <= slack_mn:
            self.a_travel_um = travel_um
            self.a_ms = now_ms
        elif cells.trust_a and not -self.stuck_um <= travel_um - self.a_travel_um <= self.stuck_um:
            cells.distrust_a()
            fault = codes.FAULT_CELL_STUCK
        if cells.force_b_mn != self.b_mn:
            self.b_mn = cells.force_b_mn
            self.b_travel_um = travel_um
            self.b_ms = now_ms
        elif now_ms - self.b_ms > WINDOW_MS or cells.high_mn <= slack_mn:
            self.b_travel_um = travel_um
            self.b_ms = now_ms
        elif cells.trust_b and not -self.stuck_um <= travel_um - self.b_travel_um <= self.stuck_um:
            cells.distrust_b()
            fault = codes.FAULT_CELL_STUCK
        return fault
