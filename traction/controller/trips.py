"""The trips: what ends a run, judged every tick on measured force, travel and time. All of them latch."""

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.stuck import StuckWatch
from traction.wire import codes

RATE_WINDOW_MS = 100
FAST_MS = 3000  # a command above the pull speed is a while ago, and what its lag left has been forgotten
OVER_FORCE_SAMPLES = 3
NEGATIVE_SAMPLES = 3
HOLD_LAG_MS = 500  # the measured force leaves a hold that is just allowed later than its target does
LOST_FLOOR_MN = 30000  # below this a halved force is within what release and noise can do
LOST_MARGIN_MN = 10000  # one dead cell of two is exactly half: that is the range trip's business

# What is judged in RUN only, where the lease is judged with it.
RUN_FAULTS = (
    codes.FAULT_OVER_RATE,
    codes.FAULT_HOLD_TOO_LONG,
    codes.FAULT_SESSION_TOO_LONG,
    codes.FAULT_OVER_TRAVEL,
    codes.FAULT_NO_TENSION,
)


class Trips:
    """State of every trip; the times are those of the controller, the forces in mN, the travel in um."""

    __slots__ = (
        "before_last_mn",
        "counting",
        "down_window",
        "drift_nm",
        "drift_trip_nm",
        "end_ms",
        "fast_end_ms",
        "following_nm",
        "following_trip_nm",
        "hold_band_mn",
        "hold_end_ms",
        "hold_high_mn",
        "hold_low_mn",
        "hold_since_ms",
        "hold_travel_um",
        "last_mn",
        "last_travel_um",
        "max_hold_ms",
        "max_session_ms",
        "max_travel_um",
        "model_velocity",
        "near_nm",
        "negative_mn",
        "negative_ticks",
        "over_at_once_mn",
        "over_mn",
        "over_ticks",
        "pull_um_per_s",
        "rate_tolerance_mn",
        "ring",
        "ring_index",
        "ring_size",
        "session_end_ms",
        "slack_from_um",
        "slack_mn",
        "slack_travel_um",
        "stuck",
        "tick_ms",
        "travel_end_um",
        "travel_high_um",
        "travel_low_um",
        "up_window",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.tick_ms = config.tick_ms
        self.negative_mn = config.negative_mn
        self.following_trip_nm = config.following_um * 1000
        self.near_nm = config.near_um * 1000
        self.drift_trip_nm = config.drift_um * 1000
        self.pull_um_per_s = config.pull_um_per_s
        self.rate_tolerance_mn = config.rate_tolerance_mn
        self.ring_size = RATE_WINDOW_MS // config.tick_ms
        self.slack_travel_um = config.slack_travel_um
        self.hold_travel_um = config.hold_travel_um
        self.stuck = StuckWatch(config)
        self.load(order.own_caps(config))
        self.start(Cells(config), 0, 0)

    def load(self, values: tuple[int, ...]) -> None:
        """Derive every threshold from the loaded limits (order of ``controller.limits``)."""
        cap = values[order.MAX_FORCE]
        self.over_mn = cap * 105 // 100 + 5000
        at_once = cap * 120 // 100
        self.over_at_once_mn = at_once if at_once > self.over_mn else self.over_mn
        self.up_window = self._window(values[order.MAX_RATE_UP])
        self.down_window = -self._window(values[order.MAX_RATE_DOWN])
        self.max_hold_ms = values[order.MAX_HOLD] + HOLD_LAG_MS
        self.hold_band_mn = values[order.HOLD_BAND]
        self.max_session_ms = values[order.MAX_SESSION]
        self.max_travel_um = values[order.MAX_TRAVEL]
        self.slack_mn = values[order.SLACK_FORCE]

    def _window(self, rate_mn_per_s: int) -> int:
        # Slopes are judged on the sum of both cells, so everything is doubled. A fifth above the limit,
        # because the loop itself may use a tenth; the tolerance covers noise.
        return 2 * (rate_mn_per_s * RATE_WINDOW_MS * 120 // 100000 + self.rate_tolerance_mn)

    def start(self, cells: Cells, travel_um: int, now_ms: int) -> None:
        """Begin at the present force, travel and time."""
        total = cells.sum_mn
        self.ring = [total] * self.ring_size
        self.ring_index = 0
        self.last_mn = self.before_last_mn = total
        self.over_ticks = 0
        self.negative_ticks = 0
        self.counting = False
        self.session_end_ms = now_ms + self.max_session_ms
        self._anchor(cells.force_mn, now_ms)
        self.travel_low_um = travel_um - self.max_travel_um
        self.travel_high_um = travel_um + self.max_travel_um
        self.travel_end_um = self.travel_high_um
        self.slack_from_um = travel_um
        self._bound_travel(cells.force_mn, travel_um)
        self.last_travel_um = travel_um
        self.model_velocity = 0
        self.following_nm = 0
        self.drift_nm = 0
        self.fast_end_ms = now_ms
        self.stuck.start(cells, now_ms)

    def _anchor(self, force_mn: int, now_ms: int) -> None:
        # A hold lasts while the force stays within the band about where it began, and above slack.
        low = force_mn - self.hold_band_mn
        self.hold_low_mn = low if low > self.slack_mn else self.slack_mn + 1
        self.hold_high_mn = force_mn + self.hold_band_mn
        self.hold_since_ms = now_ms
        end_ms = self.hold_end_ms = now_ms + self.max_hold_ms
        self.end_ms = end_ms if end_ms < self.session_end_ms else self.session_end_ms

    def _bound_travel(self, force_mn: int, travel_um: int) -> None:
        # A carriage that pulls so far at slack has no strap, or turns the other way; one that pulls so far in
        # one hold has a strap that slips. Called at each new anchor: in every tick while the table is slack.
        if force_mn > self.slack_mn:
            self.slack_from_um = travel_um
            high = travel_um + self.hold_travel_um
        else:
            if travel_um < self.slack_from_um:
                self.slack_from_um = travel_um
            high = self.slack_from_um + self.slack_travel_um
        self.travel_high_um = high if high < self.travel_end_um else self.travel_end_um

    def judge(self, cells: Cells, travel_um: int, velocity: int, now_ms: int, running: bool) -> int:
        """Judge one tick with the drive on; return a fault number or 0, the most severe first.

        ``running`` adds what must hold in RUN: slopes, hold, session and travel. Carriage against command: a
        first-order model of the drive runs beside it and forgets slowly, so that lag and a wrong scale pass,
        and a runaway or a dead drive does not. All in one piece, with a call only where something is unusual:
        nothing else runs as often as this.
        """
        model = self.model_velocity
        model = self.model_velocity = model + ((velocity - model) >> 2)
        step = model * self.tick_ms - (travel_um - self.last_travel_um) * 1000
        self.last_travel_um = travel_um
        off = self.following_nm + step
        self.following_nm = off - (off >> 7)
        drift = self.drift_nm + step
        self.drift_nm = drift - (drift >> 12)
        near = self.near_nm
        fast = self.pull_um_per_s
        if not (-near <= off <= near and -near <= drift <= near and -fast <= model <= fast):
            fault = self._off_course(off, drift, now_ms)
            if fault:
                return fault
        total = cells.sum_mn
        before = self.before_last_mn
        self.before_last_mn = self.last_mn
        self.last_mn = total
        high = cells.high_mn
        low = total - high
        bad = low < self.negative_mn or high > self.over_mn or total * 2 < before - LOST_MARGIN_MN
        if bad or self.counting:
            fault = self._level(high, low, before)
            if fault:
                return fault
        stuck = self.stuck
        a_mn, b_mn = cells.force_a_mn, cells.force_b_mn
        if a_mn == stuck.a_mn or b_mn == stuck.b_mn:
            fault = stuck.judge(cells, travel_um, now_ms, self.slack_mn)
            if fault:
                return fault
        else:  # noise changes both in most ticks: nothing to judge, only to remember
            stuck.a_mn = a_mn
            stuck.b_mn = b_mn
        if not running:
            return 0
        ring = self.ring
        index = self.ring_index
        slope = total - ring[index]
        ring[index] = total
        self.ring_index = (index if index else self.ring_size) - 1
        if not self.down_window <= slope <= self.up_window:
            return codes.FAULT_OVER_RATE
        if not self.hold_low_mn <= cells.force_mn <= self.hold_high_mn:
            self._anchor(cells.force_mn, now_ms)
            self._bound_travel(cells.force_mn, travel_um)
        if now_ms > self.end_ms or not self.travel_low_um <= travel_um <= self.travel_high_um:
            return self._over(travel_um, now_ms)
        return 0

    def _over(self, travel_um: int, now_ms: int) -> int:
        """Return the fault of a run that is beyond a bound of time or of travel."""
        if now_ms > self.end_ms:
            return codes.FAULT_HOLD_TOO_LONG if now_ms > self.hold_end_ms else codes.FAULT_SESSION_TOO_LONG
        over = travel_um < self.travel_low_um or travel_um > self.travel_end_um
        return codes.FAULT_OVER_TRAVEL if over else codes.FAULT_NO_TENSION

    def _off_course(self, off: int, drift: int, now_ms: int) -> int:
        """Judge how far the carriage is from the model of the drive; return a fault number or 0."""
        if not -self.pull_um_per_s <= self.model_velocity <= self.pull_um_per_s:
            self.fast_end_ms = now_ms + FAST_MS
        if now_ms < self.fast_end_ms:
            trip = self.following_trip_nm
        elif not -self.drift_trip_nm <= drift <= self.drift_trip_nm:
            return codes.FAULT_FOLLOWING
        else:
            trip = self.near_nm
        return 0 if -trip <= off <= trip else codes.FAULT_FOLLOWING

    def _level(self, high: int, low: int, before: int) -> int:
        """Count the samples that are too low or too high; return a fault number or 0.

        ``before`` is the sum of both cells two ticks ago: a force that halves within so short a time is lost.
        """
        if (high + low) * 2 < before - LOST_MARGIN_MN and before > LOST_FLOOR_MN * 2:
            return codes.FAULT_FORCE_LOST
        self.counting = True
        if low < self.negative_mn:
            self.negative_ticks += 1
            if self.negative_ticks >= NEGATIVE_SAMPLES:
                return codes.FAULT_NEGATIVE_FORCE
        else:
            self.negative_ticks = 0
        if high > self.over_mn:
            self.over_ticks += 1
            if self.over_ticks >= OVER_FORCE_SAMPLES or high > self.over_at_once_mn:
                return codes.FAULT_OVER_FORCE
        else:
            self.over_ticks = 0
        self.counting = self.negative_ticks != 0 or self.over_ticks != 0
        return 0
