"""The last way down: nothing but the driver and a clock, for when the loop, its record or its states fail."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from traction.clock import VirtualClock, WallClock
from traction.drivers.base import ControllerLimits, StopKind, Telemetry
from traction.runner.ladder import Ladder
from traction.runner.steering import TICK_US

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.guarded import GuardedDriver

MOST_TICKS: Final = 6_000
"""Two minutes, far above the longest watch: whatever the ladder says, this comes to an end."""


def last_way_down(driver: GuardedDriver, limits: ControllerLimits, clock: Clock, kind: StopKind) -> bool:
    """Ask for a release (``kind`` at least), watch it to slack, and make it more severe in its time.

    Return whether slack was seen. Whatever the driver or the clock raises is dropped: it has been told by now
    that something broke, and the force matters more. Time is counted in ticks, so that a clock that stands
    still cannot hold the force up.
    """
    ladder = Ladder(limits.max_release_ms * 1000, limits.slack_force_mn)  # both cells must agree
    pace = _Pace(clock)
    _stop(driver, kind)
    ladder.start(0)
    for tick in range(MOST_TICKS):
        t_us = tick * TICK_US
        telemetry = _poll(driver)
        blind = telemetry is None
        if telemetry is not None and _slack(ladder, telemetry, driver.read_us):
            return True
        worse = ladder.overdue(t_us, kind, blind=blind)
        if worse is not None:
            kind = worse
            _stop(driver, kind)
            ladder.step(t_us)
        elif ladder.exhausted(t_us, kind, blind=blind):
            return False
        pace.wait_a_tick()
    return False


def _slack(ladder: Ladder, telemetry: Telemetry, read_us: int) -> bool:
    age_us = read_us - telemetry.received_us
    return ladder.slack(telemetry.state, telemetry.force_mn, telemetry.force_b_mn, telemetry.seq, age_us)


def _stop(driver: GuardedDriver, kind: StopKind) -> None:
    with suppress(BaseException):
        driver.stop(kind)


def _poll(driver: GuardedDriver) -> Telemetry | None:
    with suppress(BaseException):
        return driver.poll()
    return None


class _Pace:
    """Wait a tick on the session's clock, or on one of our own where that one fails."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spare: Clock = VirtualClock()
        with suppress(BaseException):
            self._spare = WallClock() if clock.realtime else self._spare

    def wait_a_tick(self) -> None:
        try:
            self._clock.wait_until_us(self._clock.now_us() + TICK_US)
        except BaseException:  # of a clock, or of somebody's signal handler: the wait goes on
            with suppress(BaseException):
                self._spare.wait_until_us(self._spare.now_us() + TICK_US)
