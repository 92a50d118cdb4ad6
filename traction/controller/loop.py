"""The force loop: an own target that moves no faster than allowed, and the carriage velocity that follows it.

The drive integrates: force changes by stiffness times velocity. So the velocity is the wanted force rate (the
slope of the own target plus error / tau) divided by the stiffness, which is learned from force over travel.
"""

from traction.controller import limits as order
from traction.controller.config import ControllerConfig
from traction.wire import codes

WINDOW_MS = 3000  # a slower window measures creep, not stiffness
WINDOW_TRAVEL_UM = 50


class ForceLoop:
    """Turns a set-point and a measured force into a velocity; integers only."""

    __slots__ = (
        "accel_step",
        "contact_mn",
        "down_step",
        "error_gain",
        "goal_un",
        "hold",
        "integral",
        "integral_gain",
        "integral_max",
        "max_down_mn_per_s",
        "max_up_mn_per_s",
        "max_velocity",
        "min_velocity",
        "ordinary_unload_um_per_s",
        "pull_um_per_s",
        "rate_mn_per_s",
        "sample_mn_per_mm",
        "slack_velocity",
        "slope",
        "slope_gain",
        "stiffness_max",
        "stiffness_min",
        "stiffness_mn_per_mm",
        "target_un",
        "tick_ms",
        "tolerance_mn",
        "unload_um_per_s",
        "up_step",
        "velocity",
        "window_force_mn",
        "window_high_mn",
        "window_low_mn",
        "window_mn",
        "window_ms",
        "window_travel_um",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.tick_ms = config.tick_ms
        self.pull_um_per_s = config.pull_um_per_s
        self.ordinary_unload_um_per_s = config.unload_um_per_s
        self.accel_step = config.accel_um_per_s2 * config.tick_ms // 1000
        self.stiffness_min = config.stiffness_min_mn_per_mm
        self.stiffness_max = config.stiffness_max_mn_per_mm
        self.slope_gain = 1000 // config.tick_ms
        self.error_gain = 1000000 // config.tau_ms
        self.integral_gain = 1024 * config.tick_ms // config.integral_ms
        self.integral_max = config.pull_um_per_s * 1024 // 2
        self.tolerance_mn = config.rate_tolerance_mn
        self.window_mn = config.learn_mn
        self.velocity = 0
        self.start(0, 0, order.own_caps(config))

    def start(self, force_mn: int, travel_um: int, values: tuple[int, ...]) -> None:
        """Begin at ``force_mn`` under the limits ``values``, with nothing learned.

        The stiffest body is assumed, which makes the gentlest motion.
        """
        self.unload_um_per_s = self.ordinary_unload_um_per_s
        self.max_up_mn_per_s = values[order.MAX_RATE_UP]
        self.max_down_mn_per_s = values[order.MAX_RATE_DOWN]
        self.contact_mn = values[order.SLACK_FORCE] // 2
        # Below contact nothing resists yet: come so slowly that even the stiffest body stays half the noise
        # tolerance (mN in 100 ms) away from the rate trip.
        self.slack_velocity = (self.max_up_mn_per_s + self.tolerance_mn * 5) * 1000 // self.stiffness_max
        self.goal_un = 0
        self.up_step = self.down_step = 0
        self.rate_mn_per_s = 0
        self.integral = 0
        self._restart_target(force_mn)
        self._open_window(force_mn, travel_um)
        self.sample_mn_per_mm = 0
        self._learn(self.stiffness_max)

    def _restart_target(self, force_mn: int) -> None:
        self.target_un = force_mn * 1000 if force_mn > 0 else 0
        self.slope = 0
        self.hold = False

    def aim(self, target_mn: int, rate_mn_per_s: int, mode: int) -> None:
        """Take a set-point; the own target moves at the lower of its rate and the limit of that direction."""
        self.goal_un = target_mn * 1000
        self.hold = mode == codes.MODE_POSITION
        if rate_mn_per_s != self.rate_mn_per_s:
            up = self.max_up_mn_per_s
            down = self.max_down_mn_per_s
            self.rate_mn_per_s = rate_mn_per_s
            self.up_step = (rate_mn_per_s if rate_mn_per_s < up else up) * self.tick_ms
            self.down_step = (rate_mn_per_s if rate_mn_per_s < down else down) * self.tick_ms

    def aim_release(self, force_mn: int, rate_mn_per_s: int, unload_um_per_s: int) -> None:
        """Go down from ``force_mn`` to nothing at ``rate_mn_per_s``, at ``unload_um_per_s`` at most.

        From here the carriage only unloads.
        """
        self.unload_um_per_s = unload_um_per_s
        self.max_up_mn_per_s = 0
        self.max_down_mn_per_s = rate_mn_per_s
        self.slack_velocity = 0
        self.goal_un = 0
        self.up_step = 0
        self.down_step = rate_mn_per_s * self.tick_ms
        self.rate_mn_per_s = -1  # the steps are not those of a set-point
        self.integral = 0
        self._restart_target(force_mn)
        self._learn(self.stiffness_mn_per_mm)

    def _learn(self, stiffness_mn_per_mm: int) -> None:
        # A tenth above the limit lets the loop catch up; the rate trip stands further out.
        self.stiffness_mn_per_mm = stiffness_mn_per_mm
        up = self.max_up_mn_per_s * 1100 // stiffness_mn_per_mm
        down = self.max_down_mn_per_s * 1100 // stiffness_mn_per_mm
        self.max_velocity = up if up < self.pull_um_per_s else self.pull_um_per_s
        self.min_velocity = -(down if down < self.unload_um_per_s else self.unload_um_per_s)

    def _open_window(self, force_mn: int, travel_um: int) -> None:
        low = force_mn - self.window_mn
        self.window_low_mn = low if low >= self.contact_mn else self.contact_mn - 1
        self.window_high_mn = force_mn + self.window_mn
        self.window_force_mn = force_mn
        self.window_travel_um = travel_um
        self.window_ms = 0

    def _watch_stiffness(self, force_mn: int, travel_um: int) -> None:
        if force_mn >= self.contact_mn and self.window_ms <= WINDOW_MS:
            travel = travel_um - self.window_travel_um
            if -WINDOW_TRAVEL_UM < travel < WINDOW_TRAVEL_UM:
                self.window_ms += self.tick_ms
                return
            sample = (force_mn - self.window_force_mn) * 1000 // travel
            if sample > 0:  # the wrong sign is a patient who moves, not a stiffness
                sample = max(self.stiffness_min, min(sample, self.stiffness_max))
                # The stiffer of the last two: one soft-looking window must not raise the gain.
                before = self.sample_mn_per_mm
                self.sample_mn_per_mm = sample
                self._learn(sample if sample > before else before)
        # A new window: after a sample, after too long (creep), or because the table is slack.
        self._open_window(force_mn, travel_um)

    def _top(self, force_mn: int) -> int:
        if force_mn < self.contact_mn and self.max_velocity > self.slack_velocity:
            return self.slack_velocity
        return self.max_velocity

    def step(self, force_mn: int, travel_um: int) -> int:
        """Advance one tick; return the commanded velocity in um/s, pull positive."""
        top = self.max_velocity
        if self.window_low_mn < force_mn < self.window_high_mn and self.window_ms <= WINDOW_MS:
            self.window_ms += self.tick_ms  # too little has changed to learn from; and there is contact
        else:
            self._watch_stiffness(force_mn, travel_um)
            top = self._top(force_mn)
        if self.hold:
            return self.stand(force_mn)
        target = self.target_un
        gap = self.goal_un - target
        slope = self.slope
        if gap or slope:  # else a hold
            if gap > self.up_step:
                gap = self.up_step
            elif gap < -self.down_step:
                gap = -self.down_step
            target += gap
            self.target_un = target
            slope += (gap - slope) >> 2
            self.slope = slope
        if not target and force_mn <= self.contact_mn:
            # 0 N means below contact; chasing the last newtons of a cell's offset would unwind for ever.
            self.integral = 0
            return self._slew(0)
        stiffness = self.stiffness_mn_per_mm
        push = (target // 1000 - force_mn) * self.error_gain // stiffness
        integral = self.integral
        wanted = push + (integral >> 10)
        if slope:
            wanted += slope * self.slope_gain // stiffness
        if wanted > top:
            wanted = top
        elif wanted < self.min_velocity:
            wanted = self.min_velocity
        else:
            integral += push * self.integral_gain
            if -self.integral_max < integral < self.integral_max:
                self.integral = integral
        if -self.accel_step <= wanted - self.velocity <= self.accel_step:
            self.velocity = wanted
            return wanted
        return self._slew(wanted)

    def unwind(self) -> int:
        """Unload as fast as the release allows, whatever the force: what is slack is to stay so."""
        return self._slew(self.min_velocity)

    def unwind_fully(self) -> int:
        """Unload at the speed of the drive, as without power: there may be no time to go by the stiffness."""
        return self._slew(-self.unload_um_per_s)

    def stand(self, force_mn: int) -> int:
        """Keep the carriage where it is; the own target follows the force, so that leaving is smooth."""
        self.target_un = force_mn * 1000 if force_mn > 0 else 0
        self.slope = 0
        self.integral = 0
        return self._slew(0)

    def _slew(self, wanted: int) -> int:
        change = wanted - self.velocity
        step = self.accel_step
        if change > step:
            wanted = self.velocity + step
        elif change < -step:
            wanted = self.velocity - step
        self.velocity = wanted
        return wanted
