"""Two load cells and how far they are believed: range, agreement, and which reading steers."""

from traction.controller.config import ControllerConfig
from traction.wire import codes

# A bad sample fills the bucket by 3 and a good one empties it by 1: three in a row trip, and so does every third.
BAD_STEP = 3
BAD_TRIP = 9
DISAGREE_MS = 500


class Cells:
    """Judges each pair of readings; keeps the last good values."""

    __slots__ = (
        "bucket_a",
        "bucket_b",
        "disagree_mn",
        "disagree_ticks",
        "disagree_trip",
        "force_a_mn",
        "force_b_mn",
        "force_mn",
        "fresh",
        "high_mn",
        "max_mn",
        "min_mn",
        "simple",
        "sum_mn",
        "trust_a",
        "trust_b",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.min_mn = config.cell_min_mn
        self.max_mn = config.cell_max_mn
        self.disagree_mn = config.disagree_mn
        self.disagree_trip = DISAGREE_MS // config.tick_ms
        self.force_a_mn = codes.FORCE_INVALID_MN  # as reported, this tick
        self.force_b_mn = codes.FORCE_INVALID_MN
        self.force_mn = 0  # what steers: cell A while it is trusted
        self.high_mn = 0  # the higher trusted reading
        self.sum_mn = 0  # both trusted readings together, for slopes
        self.fresh = False  # this tick brought a usable reading
        self.trust()

    def trust(self) -> None:
        """Believe both cells again (after a reset whose conditions were met, or at power-up)."""
        self.trust_a = True
        self.trust_b = True
        self.bucket_a = 0
        self.bucket_b = 0
        self.disagree_ticks = 0
        self.simple = True  # both trusted, no bad sample lately: the fast path

    def read(self, force_a_mn: int | None, force_b_mn: int | None) -> int:
        """Take one pair of readings (mN, None = no reading); return a fault number or 0."""
        if (
            self.simple
            and type(force_a_mn) is int
            and type(force_b_mn) is int
            and self.min_mn <= force_a_mn <= self.max_mn
            and self.min_mn <= force_b_mn <= self.max_mn
        ):
            self.force_a_mn = self.force_mn = force_a_mn
            self.force_b_mn = force_b_mn
            self.high_mn = force_a_mn if force_a_mn > force_b_mn else force_b_mn
            self.sum_mn = force_a_mn + force_b_mn
            self.fresh = True
            if -self.disagree_mn <= force_a_mn - force_b_mn <= self.disagree_mn:
                self.disagree_ticks = 0
                return 0
            return self._disagree()
        return self._read_with_care(force_a_mn, force_b_mn)

    def _disagree(self) -> int:
        self.disagree_ticks += 1
        return codes.FAULT_CELL_DISAGREE if self.disagree_ticks > self.disagree_trip else 0

    def _good(self, reading: int | None) -> bool:
        return type(reading) is int and self.min_mn <= reading <= self.max_mn

    def _read_with_care(self, force_a_mn: int | None, force_b_mn: int | None) -> int:
        good_a = self._good(force_a_mn)
        good_b = self._good(force_b_mn)
        self.bucket_a = (
            self.bucket_a + BAD_STEP if not good_a else self.bucket_a - 1 if self.bucket_a > 0 else 0
        )
        self.bucket_b = (
            self.bucket_b + BAD_STEP if not good_b else self.bucket_b - 1 if self.bucket_b > 0 else 0
        )
        fault = 0
        if self.bucket_a >= BAD_TRIP:
            self.bucket_a = BAD_TRIP
            self.trust_a = False
            fault = codes.FAULT_CELL_RANGE
        if self.bucket_b >= BAD_TRIP:
            self.bucket_b = BAD_TRIP
            self.trust_b = False
            fault = codes.FAULT_CELL_RANGE
        self.simple = self.trust_a and self.trust_b and self.bucket_a == 0 and self.bucket_b == 0
        self.force_a_mn = force_a_mn if good_a else codes.FORCE_INVALID_MN  # type: ignore[assignment]
        self.force_b_mn = force_b_mn if good_b else codes.FORCE_INVALID_MN  # type: ignore[assignment]
        self._combine(good_a and self.trust_a, good_b and self.trust_b)
        if fault == 0 and good_a and good_b and self.trust_a and self.trust_b:
            if -self.disagree_mn <= self.force_a_mn - self.force_b_mn <= self.disagree_mn:
                self.disagree_ticks = 0
            else:
                fault = self._disagree()
        return fault

    def _combine(self, use_a: bool, use_b: bool) -> None:
        # A missing reading is replaced by the other one; with neither, the last good values stay and are not fresh.
        self.fresh = use_a or use_b
        if not self.fresh:
            return
        first = self.force_a_mn if use_a else self.force_b_mn
        second = self.force_b_mn if use_b else first
        self.force_mn = first
        self.high_mn = first if first > second else second
        self.sum_mn = first + second

    def distrust_a(self) -> None:
        """Leave cell A out of everything until a reset."""
        self.trust_a = False
        self.simple = False

    def distrust_b(self) -> None:
        """Leave cell B out of everything until a reset."""
        self.trust_b = False
        self.simple = False

    def trusted(self) -> bool:
        """Say whether at least one cell is still believed."""
        return self.trust_a or self.trust_b

    def both_good(self) -> bool:
        """Say whether both cells are believed, fresh and in agreement right now."""
        return (
            self.trust_a
            and self.trust_b
            and self._good(self.force_a_mn)
            and self._good(self.force_b_mn)
            and -self.disagree_mn <= self.force_a_mn - self.force_b_mn <= self.disagree_mn
        )

    def slack(self, slack_mn: int) -> bool:
        """Say whether both cells are good and read within ``slack_mn`` of nothing."""
        return (
            self.both_good()
            and -slack_mn <= self.force_a_mn <= slack_mn
            and -slack_mn <= self.force_b_mn <= slack_mn
        )
