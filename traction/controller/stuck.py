"""A load cell that repeats itself to the last digit while something moves is stuck, whatever it shows."""

from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.wire import codes

CHANCE = 5  # so often in a row a live cell may repeat itself by chance, or because it reads less often
WINDOW_MS = 1950  # a coarse cell may rightly repeat itself for longer while tissue creeps

# Against the other cell, which feels the same harness: so long without one change, while the other changed
# so often and so far. Two neighbouring counts of the coarsest cell are nearer together than that.
REPEATS_MS = 200
MOVES = 10
SPREAD_MN = 1500


class OneCell:
    """One cell that repeats itself: since when and which travel, and what the other did in that time."""

    __slots__ = ("high_mn", "low_mn", "moves", "ms", "other_mn", "travel_um")

    def __init__(self) -> None:
        self.begin(0, 0, 0)

    def begin(self, other_mn: int, travel_um: int, now_ms: int) -> None:
        """Begin to follow it."""
        self.other_mn = self.low_mn = self.high_mn = other_mn
        self.ms = now_ms
        self.travel_um = travel_um
        self.moves = 0

    def is_stuck(self, other_mn: int, travel_um: int, now_ms: int, stuck_um: int) -> bool:
        """Note one more repetition; say whether it is one too many."""
        if now_ms - self.ms > WINDOW_MS:
            self.begin(other_mn, travel_um, now_ms)
            return False
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
    """Follows both cells; ``a_mn`` and ``b_mn`` are their readings of the tick before.

    ``run`` is how often in a row a cell has repeated itself up to ``seen_ms``. Whoever sees both change, as
    they do in most ticks, has only to keep the readings here.
    """

    __slots__ = (
        "a",
        "a_mn",
        "a_run",
        "a_seen_ms",
        "b",
        "b_mn",
        "b_run",
        "b_seen_ms",
        "quiet_from_um",
        "quiet_seen_ms",
        "quiet_um",
        "stuck_um",
        "tick_ms",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.stuck_um = config.stuck_um
        self.quiet_um = config.quiet_um
        self.tick_ms = config.tick_ms
        self.a = OneCell()
        self.b = OneCell()
        self.start(Cells(config), 0)

    def start(self, cells: Cells, now_ms: int) -> None:
        """Begin at the present readings."""
        self.a_mn = cells.force_a_mn
        self.b_mn = cells.force_b_mn
        self.a_run = self.b_run = 0
        self.a_seen_ms = self.b_seen_ms = now_ms
        self.quiet_from_um = 0
        self.quiet_seen_ms = -1

    def _quiet(self, cells: Cells, travel_um: int, now_ms: int) -> int:
        """Judge two cells that both repeat themselves near slack; return a fault number or 0."""
        if self.quiet_seen_ms != now_ms - self.tick_ms or travel_um < self.quiet_from_um:
            self.quiet_from_um = travel_um
        self.quiet_seen_ms = now_ms
        if travel_um - self.quiet_from_um <= self.quiet_um:
            return 0
        cells.distrust_a()
        cells.distrust_b()
        return codes.FAULT_CELL_STUCK

    def judge(self, cells: Cells, travel_um: int, now_ms: int, slack_mn: int) -> int:
        """Return FAULT_CELL_STUCK, and distrust the cell, when one repeats itself for too long; else 0.

        Too long is over 1 mm of travel, or against the other cell. Near slack a cell has nothing to show but
        its noise: there both are stuck when neither changes at all over ``quiet_um`` of pulling.
        """
        fault = 0
        last_ms = now_ms - self.tick_ms
        a_mn = cells.force_a_mn
        b_mn = cells.force_b_mn
        repeats_a = a_mn == self.a_mn
        repeats_b = b_mn == self.b_mn
        self.a_mn = a_mn
        self.b_mn = b_mn
        if cells.high_mn <= slack_mn:
            return self._quiet(cells, travel_um, now_ms) if repeats_a and repeats_b else 0
        if repeats_a:
            run = self.a_run = self.a_run + 1 if self.a_seen_ms == last_ms else 1
            self.a_seen_ms = now_ms
            if run == CHANCE:
                self.a.begin(b_mn, travel_um, now_ms)
            elif run > CHANCE and self.a.is_stuck(b_mn, travel_um, now_ms, self.stuck_um) and cells.trust_a:
                cells.distrust_a()
                fault = codes.FAULT_CELL_STUCK
        if repeats_b:
            run = self.b_run = self.b_run + 1 if self.b_seen_ms == last_ms else 1
            self.b_seen_ms = now_ms
            if run == CHANCE:
                self.b.begin(a_mn, travel_um, now_ms)
            elif run > CHANCE and self.b.is_stuck(a_mn, travel_um, now_ms, self.stuck_um) and cells.trust_b:
                cells.distrust_b()
                fault = codes.FAULT_CELL_STUCK
        return fault
