"""The trips: what ends a run, judged every tick on measured force, travel and time. All of them latch."""

from traction.controller import limits as order
from traction.controller.cells import Cells
from traction.controller.config import ControllerConfig
from traction.controller.stuck import StuckWatch
from traction.wire import codes

RATE_WINDOW_MS = 100
OVER_FORCE_SAMPLES = 3
NEGATIVE_SAMPLES = 3
LOST_FLOOR_MN = 30000  # below this a halved force is within what release and noise can do
LOST_MARGIN_MN = 10000  # one dead cell of two is exactly half: that is the range trip's business


class Trips:
    """State of every trip; ``moving`` applies whenever the drive is on, ``running`` in RUN only."""

    __slots__ = (
        "anchor_mn",
        "before_last_mn",
        "down_window",
        "following_nm",
        "following_trip_nm",
        "hold_band_mn",
        "hold_since_ms",
        "last_mn",
        "last_travel_um",
        "max_hold_ms",
        "max_session_ms",
        "max_travel_um",
        "model_velocity",
        "negative_mn",
        "negative_ticks",
        "over_at_once_mn",
        "over_mn",
        "over_ticks",
        "rate_tolerance_mn",
        "ring",
        "ring_index",
        "ring_size",
        "session_end_ms",
        "slack_mn",
        "stuck",
        "tick_ms",
        "travel_high_um",
        "travel_low_um",
        "up_window",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.tick_ms = config.tick_ms
        self.negative_mn = config.negative_mn
        self.following_trip_nm = config.following_um * 1000
        self.rate_tolerance_mn = config.rate_tolerance_mn
        self.ring_size = RATE_WINDOW_MS // config.tick_ms
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
        self.max_hold_ms = values[order.MAX_HOLD]
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
        self.anchor_mn = cells.force_mn
        self.hold_since_ms = now_ms
        self.session_end_ms = now_ms + self.max_session_ms
        self.travel_low_um = travel_um - self.max_travel_um
        self.travel_high_um = travel_um + self.max_travel_um
        self.last_travel_um = travel_um
        self.model_velocity = 0
        self.following_nm = 0
        self.stuck.start(cells, travel_um, now_ms)

    def moving(self, cells: Cells, travel_um: int, velocity: int, now_ms: int) -> int:
        """Judge what must hold while the drive is on; return a fault number or 0, the most severe first."""
        # Carriage against command: a first-order model of the drive runs beside it and forgets slowly, so
        # that lag and a wrong scale pass, and a runaway or a dead drive does not.
        model = self.model_velocity = self.model_velocity + ((velocity - self.model_velocity) >> 2)
        off = self.following_nm + model * self.tick_ms - (travel_um - self.last_travel_um) * 1000
        self.last_travel_um = travel_um
        self.following_nm = off - (off >> 7)
        if not -self.following_trip_nm <= off <= self.following_trip_nm:
            return codes.FAULT_FOLLOWING
        total = cells.sum_mn
        before = self.before_last_mn
        self.before_last_mn = self.last_mn
        self.last_mn = total
        if before > LOST_FLOOR_MN * 2 and total * 2 < before - LOST_MARGIN_MN:
            return codes.FAULT_FORCE_LOST
        high = cells.high_mn
        if total - high < self.negative_mn:  # the lower reading
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
        return self.stuck.judge(cells, travel_um, now_ms, self.slack_mn)

    def running(self, cells: Cells, travel_um: int, now_ms: int) -> int:
        """Judge what must hold in RUN: slopes, hold, session and travel; return a fault number or 0."""
        total = cells.sum_mn
        index = self.ring_index
        slope = total - self.ring[index]
        self.ring[index] = total
        index += 1
        self.ring_index = index if index < self.ring_size else 0
        if not self.down_window <= slope <= self.up_window:
            return codes.FAULT_OVER_RATE
        force = cells.force_mn
        band = self.hold_band_mn
        if force <= self.slack_mn or not -band <= force - self.anchor_mn <= band:
            self.anchor_mn = force
            self.hold_since_ms = now_ms
        elif now_ms - self.hold_since_ms > self.max_hold_ms:
            return codes.FAULT_HOLD_TOO_LONG
        if now_ms > self.session_end_ms:
            return codes.FAULT_SESSION_TOO_LONG
        if not self.travel_low_um <= travel_um <= self.travel_high_um:
            return codes.FAULT_OVER_TRAVEL
        return 0
