"""A load cell that repeats itself to the last digit while something moves is stuck, whatever it shows."""

from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.wire import codes

WINDOW_MS = 2000  # a coarse cell may rightly repeat itself for longer while tissue creeps

# Against the other cell, which feels the same harness: so long without one change, while the other changed
# so often and so far. Two neighbouring counts of the coarsest cell are nearer together than that.
REPEATS_MS = 250
MOVES = 10
SPREAD_MN = 1500


class OneCell:
    """Since when, and since which travel, one cell has not changed, and what the other did in that time."""

    __slots__ = ("high_mn", "low_mn", "mn", "moves", "ms", "other_mn", "travel_um")

    def __init__(self) -> None:
        self.mn = self.other_mn = self.low_mn = self.high_mn = 0
        self.ms = self.travel_um = self.moves = 0

    def begin(self, mn: int, other_mn: int, travel_um: int, now_ms: int) -> None:
        """Begin anew: it has changed, or need not change."""
        self.mn = mn
        self.other_mn = self.low_mn = self.high_mn = other_mn
        self.ms = now_ms
        self.travel_um = travel_um
        self.moves = 0

    def repeats(self, other_mn: int, travel_um: int, now_ms: int, stuck_um: int) -> bool:
        """Note one more repetition; say whether it is one too many."""
        if other_mn != self.other_mn and other_mn != codes.FORCE_INVALID_MN:
            self.other_mn = other_mn
            self.moves += 1
            if other_mn < self.low_mn:
                self.low_mn = other_mn
            elif other_mn > self.high_mn:
                self.high_mn = other_mn
        if not -stuck_um <= travel_um - self.travel_um <= stuck_um:
            return True
        return (
            self.moves >= MOVES and self.high_mn - self.low_mn >= SPREAD_MN and now_ms - self.ms >= REPEATS_MS
        )


class StuckWatch:
    """Follows both cells.

    ``both_ms`` and ``both_travel_um`` are where both changed last, as they do in most ticks; what a cell has
    of its own counts when it is newer.
    """

    __slots__ = ("a", "a_mn", "b", "b_mn", "both_ms", "both_travel_um", "stuck_um")

    def __init__(self, config: ControllerConfig) -> None:
        self.stuck_um = config.stuck_um
        self.a = OneCell()
        self.b = OneCell()
        self.start(Cells(config), 0, 0)

    def start(self, cells: Cells, travel_um: int, now_ms: int) -> None:
        """Begin at the present readings."""
        a_mn = self.a_mn = cells.force_a_mn
        b_mn = self.b_mn = cells.force_b_mn
        self.both_ms = now_ms
        self.both_travel_um = travel_um
        self.a.begin(a_mn, b_mn, travel_um, now_ms)
        self.b.begin(b_mn, a_mn, travel_um, now_ms)

    def judge(self, cells: Cells, travel_um: int, now_ms: int, slack_mn: int) -> int:
        """Return FAULT_CELL_STUCK, and distrust the cell, when one repeats itself for too long; else 0.

        Too long is over 1 mm of travel, or against the other cell. Near slack a cell has nothing to show, so
        nothing is judged there.
        """
        fault = 0
        a_mn = cells.force_a_mn
        b_mn = cells.force_b_mn
        bare = cells.high_mn <= slack_mn
        if self._is_stuck(self.a, self.a_mn, a_mn, b_mn, travel_um, now_ms, bare) and cells.trust_a:
            cells.distrust_a()
            fault = codes.FAULT_CELL_STUCK
        if self._is_stuck(self.b, self.b_mn, b_mn, a_mn, travel_um, now_ms, bare) and cells.trust_b:
            cells.distrust_b()
            fault = codes.FAULT_CELL_STUCK
        self.a_mn = a_mn
        self.b_mn = b_mn
        return fault

    def _is_stuck(
        self, one: OneCell, before_mn: int, mn: int, other_mn: int, travel_um: int, now_ms: int, bare: bool
    ) -> bool:
        if self.both_ms > one.ms:
            one.begin(before_mn, other_mn, self.both_travel_um, self.both_ms)
        if mn != before_mn or bare or now_ms - one.ms > WINDOW_MS:
            one.begin(mn, other_mn, travel_um, now_ms)
            return False
        return one.repeats(other_mn, travel_um, now_ms, self.stuck_um)
