"""Two load cells and how far they are believed: range, agreement, and which reading steers."""

from traction.controller.config import ControllerConfig
from traction.wire import codes

# A bad sample fills the bucket by 3 and a good one empties it by 1, so three in a row trip, and so does a
# cell that is bad every third sample.
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
        "kept_a_mn",
        "kept_b_mn",
        "max_mn",
        "min_mn",
        "simple",
        "steady",
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
        self.kept_a_mn = 0  # the last good reading before this tick's
        self.kept_b_mn = 0
        self.force_mn = 0  # what steers: the mean, so that one drifting cell misleads half as much
        self.high_mn = 0  # the higher trusted reading
        self.sum_mn = 0  # both trusted readings together, for slopes
        self.fresh = False  # this tick brought a usable reading
        self.trust()

    def trust(self) -> None:
        """Believe both cells again (after an accepted reset, or at power-up)."""
        self.trust_a = True
        self.trust_b = True
        self.bucket_a = 0
        self.bucket_b = 0
        self.disagree_ticks = 0
        self.simple = True  # both trusted, no bad sample lately
        self.steady = False  # nothing is being counted either: set by the next good pair

    def read(self, force_a_mn: int | None, force_b_mn: int | None) -> int:
        """Take one pair of readings (mN, None = no reading); return a fault number or 0."""
        # Nearly every pair is good and follows a good one: then no counter moves, and nothing is called.
        if self.steady and type(force_a_mn) is int and type(force_b_mn) is int:
            high = force_a_mn
            low = force_b_mn
            if high < low:
                high = force_b_mn
                low = force_a_mn
            if self.min_mn <= low and high <= self.max_mn and high - low <= self.disagree_mn:
                self.force_a_mn = force_a_mn
                self.force_b_mn = force_b_mn
                self.high_mn = high
                total = self.sum_mn = high + low
                self.force_mn = total >> 1
                return 0
        return self._read_with_care(force_a_mn, force_b_mn)

    def _disagreement(self) -> int:
        if -self.disagree_mn <= self.force_a_mn - self.force_b_mn <= self.disagree_mn:
            self.disagree_ticks = 0
            return 0
        self.disagree_ticks += 1
        return codes.FAULT_CELL_DISAGREE if self.disagree_ticks > self.disagree_trip else 0

    def _usable(self, reading: int | None) -> int:
        if type(reading) is int and self.min_mn <= reading <= self.max_mn:
            return reading
        return codes.FORCE_INVALID_MN

    def _read_with_care(self, force_a_mn: int | None, force_b_mn: int | None) -> int:
        if self.force_a_mn != codes.FORCE_INVALID_MN:
            self.kept_a_mn = self.force_a_mn
        if self.force_b_mn != codes.FORCE_INVALID_MN:
            self.kept_b_mn = self.force_b_mn
        self.force_a_mn = self._usable(force_a_mn)
        self.force_b_mn = self._usable(force_b_mn)
        good_a = self.force_a_mn != codes.FORCE_INVALID_MN
        good_b = self.force_b_mn != codes.FORCE_INVALID_MN
        self.bucket_a = _filled(self.bucket_a, good_a)
        self.bucket_b = _filled(self.bucket_b, good_b)
        fault = 0
        if self.bucket_a >= BAD_TRIP and self.trust_a:
            self.distrust_a()
            fault = codes.FAULT_CELL_RANGE
        if self.bucket_b >= BAD_TRIP and self.trust_b:
            self.distrust_b()
            fault = codes.FAULT_CELL_RANGE
        self._combine(good_a, good_b)
        if fault == 0 and good_a and good_b and self.trust_a and self.trust_b:
            fault = self._disagreement()
        self.simple = self.trust_a and self.trust_b and self.bucket_a == 0 and self.bucket_b == 0
        self.steady = self.simple and good_a and good_b and self.disagree_ticks == 0
        return fault

    def _combine(self, good_a: bool, good_b: bool) -> None:
        if good_a:
            self.kept_a_mn = self.force_a_mn
        if good_b:
            self.kept_b_mn = self.force_b_mn
        # One missing reading is bridged by that cell's last good one, a distrusted cell by the other cell.
        first = self.kept_a_mn if self.trust_a else self.kept_b_mn
        second = self.kept_b_mn if self.trust_b else self.kept_a_mn
        self.fresh = (good_a and self.trust_a) or (good_b and self.trust_b)
        self.high_mn = first if first > second else second
        self.sum_mn = first + second
        self.force_mn = self.sum_mn >> 1

    def distrust_a(self) -> None:
        """Leave cell A out of everything until a reset."""
        self.trust_a = False
        self.simple = self.steady = False

    def distrust_b(self) -> None:
        """Leave cell B out of everything until a reset."""
        self.trust_b = False
        self.simple = self.steady = False

    def trusted(self) -> bool:
        """Say whether at least one cell is still believed."""
        return self.trust_a or self.trust_b

    def agree(self) -> bool:
        """Say whether both cells gave a plausible reading this tick, and the same one."""
        return (
            self.force_a_mn != codes.FORCE_INVALID_MN
            and self.force_b_mn != codes.FORCE_INVALID_MN
            and -self.disagree_mn <= self.force_a_mn - self.force_b_mn <= self.disagree_mn
        )

    def slack(self, slack_mn: int) -> bool:
        """Say whether both cells read within ``slack_mn`` of nothing."""
        return -slack_mn <= self.force_a_mn <= slack_mn and -slack_mn <= self.force_b_mn <= slack_mn

    def below(self, low_mn: int) -> bool:
        """Say whether either cell reads below ``low_mn``: a zero that has drifted, or a wrong sign."""
        return self.force_a_mn < low_mn or self.force_b_mn < low_mn

    def loaded(self, slack_mn: int) -> bool:
        """Say whether either cell reads above ``slack_mn``."""
        return self.force_a_mn > slack_mn or self.force_b_mn > slack_mn


def _filled(bucket: int, good: bool) -> int:
    if good:
        return bucket - 1 if bucket > 0 else 0
    return bucket + BAD_STEP if bucket + BAD_STEP < BAD_TRIP else BAD_TRIP
