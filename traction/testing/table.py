"""A table under test: its clock, its guard, what lies between the guard and the driver, and what is true.

``TableUnderTest`` is made for each test anew. A driver that takes its time from the clock it is given is
tested on a ``SternClock``, which costs no time; one that cannot, such as that of a real port, in real time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from traction.clock import Clock, VirtualClock, WallClock
from traction.drivers.base import ControllerLimits, SetPoint, TableSetup, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.errors import TableError
from traction.wire import codes

LIMITS: Final = ControllerLimits(
    max_force_mn=400_000,
    max_rate_up_mn_per_s=50_000,
    max_rate_down_mn_per_s=100_000,
    max_hold_ms=600_000,
    hold_band_mn=20_000,
    max_session_ms=1_800_000,
    max_travel_um=100_000,
    release_rate_mn_per_s=200_000,
    fast_release_rate_mn_per_s=300_000,
    max_release_ms=5000,
    slack_force_mn=10_000,
)
"""What the rules load; a table whose own caps are tighter brings its own (``DriverRules.limits``)."""

TICK_US: Final = 20_000
AT_REST_US: Final = 10_000_000
BUSY: Final = "E531"
RESET_AFTER_US: Final = 1_200_000
"""A controller takes a reset when the cause has been gone for a second."""
POWERED: Final = (codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)
MAY_WAIT: Final = ("open", "load_limits", "arm", "go", "reset")
"""Verbs that may wait for an answer: nothing moves while they do, or the lease runs."""


class SternClock(VirtualClock):
    """A clock that does not let a driver wait where waiting would block a loop; costs no time.

    ``passes`` is called with each instant that is reached, for a table that lives elsewhere.
    """

    __slots__ = ("may_wait", "passes")

    def __init__(self, passes: Callable[[int], None] = lambda _now_us: None) -> None:
        super().__init__()
        self.may_wait = False
        self.passes = passes

    def wait_until_us(self, deadline_us: int) -> None:
        """Jump there; raises AssertionError inside a verb that may not wait."""
        assert self.may_wait, "a verb waited"
        super().wait_until_us(deadline_us)
        self.passes(self.now_us())


class Between:
    """What lies between guard and driver: it notes each call, and may be ``cut`` or fail in one verb."""

    def __init__(self, driver: Any, clock: Clock) -> None:
        self.driver = driver
        self.calls: list[str] = []
        self.failing: str | None = None
        self.cut = False
        self._clock = clock

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def call(*values: object) -> Any:
            self.calls.append(verb)
            if self.cut or verb == self.failing:
                raise OSError(f"{verb}: nobody there")
            with waiting_allowed(self._clock, verb in MAY_WAIT):
                return getattr(self.driver, verb)(*values)

        return call


class waiting_allowed:  # noqa: N801  reads as what it does
    """Let a ``SternClock`` wait, or not, while this lasts; other clocks are left alone."""

    def __init__(self, clock: Clock, allowed: bool) -> None:
        self._stern = clock if isinstance(clock, SternClock) else None
        self._allowed = allowed
        self._before = False

    def __enter__(self) -> None:
        if self._stern is not None:
            self._before, self._stern.may_wait = self._stern.may_wait, self._allowed

    def __exit__(self, *_: object) -> None:
        if self._stern is not None:
            self._stern.may_wait = self._before


class TableUnderTest:
    """One table, new for each test.

    ``true_force_n`` returns the force that is really there, N; ``fault`` the number that the controller has
    latched, of a closed table too; ``press`` opens a stop input, "emergency-stop" or "patient-stop". Each is
    None where nobody can know or do it, and what needs it is then not tested. ``end`` tidies up.
    """

    def __init__(
        self,
        driver: Any,
        clock: Clock,
        *,
        true_force_n: Callable[[], float] | None = None,
        fault: Callable[[], int] | None = None,
        press: Callable[[str], None] | None = None,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        self.clock = clock
        self.link = Between(driver, clock)
        self.guard: GuardedDriver = GuardedDriver(self.link, clock)
        self.true_force_n = true_force_n
        self.fault = fault
        self.press = press
        self.target_mn = 0  # what the last set-point of ``pull`` asked for
        self._end = end

    def end(self) -> None:
        """Close what is still open, and tidy up."""
        with suppress(AttributeError):  # a test may have dropped its guard
            self.guard.close()
        with suppress(Exception):  # or cut it off
            self.link.driver.close()
        self._end()

    def pass_time(self, span_us: int) -> None:
        """Let so much time pass, us."""
        with waiting_allowed(self.clock, True):
            self.clock.wait_until_us(self.clock.now_us() + span_us)

    def start(self, limits: ControllerLimits = LIMITS) -> None:
        """Open, load limits, arm and go."""
        self.guard.open()
        self.guard.load_limits(limits)
        self.guard.go(self.guard.arm())

    def pull(self, target_mn: int, rate_mn_per_s: int, seconds: float, limits: ControllerLimits) -> Telemetry:
        """Start, run up to ``target_mn`` and hold; return the last sample."""
        self.start(limits)
        per_tick = rate_mn_per_s * TICK_US // 1_000_000
        for tick in range(round(seconds * 1_000_000 / TICK_US)):
            self.pass_time(TICK_US)
            seen = self.guard.poll()
            self.target_mn = min(per_tick * tick, target_mn)
            self.guard.setpoint(point(seen.seq, self.target_mn, 2 * rate_mn_per_s))
        return seen


def point(seq: int, target_mn: int = 0, rate_mn_per_s: int = 10_000, **change: Any) -> SetPoint:
    """Return a set-point that echoes sample ``seq``, with what differs given by name."""
    whole = SetPoint(target_mn, rate_mn_per_s, codes.MODE_FORCE, 250, seq)
    return whole._replace(**change) if change else whole


def table_at(url: str, setup: TableSetup | None = None) -> TableUnderTest:
    """Return the table of a URL, at rest, in real time: of any driver, and any controller on a wire.

    Nobody may lie on it. What an earlier test has left is waited for and reset; raises AssertionError where a
    force does not go away, and TableError where nobody answers or the reset is not taken.
    """
    clock, asked = WallClock(), setup or TableSetup()
    deadline_us = clock.now_us() + AT_REST_US
    while not _is_at_rest(open_driver(url, clock=clock, setup=asked), clock):
        assert clock.now_us() < deadline_us, f"{url} does not come to rest"
        clock.wait_until_us(clock.now_us() + 10 * TICK_US)
    guarded = open_driver(url, clock=clock, setup=asked)
    # the rules put their own guard around it; this one lives on, for it would hang up when it is collected,
    # which may be later: an error that says BUSY holds on to the frames that it came through
    return TableUnderTest(guarded._driver, clock, end=guarded.close)  # noqa: SLF001


def _is_at_rest(guard: GuardedDriver, clock: Clock) -> bool:
    with guard:
        try:
            guard.open()
        except TableError as error:
            if error.code == BUSY:  # it still lets go of an earlier session
                return False
            raise
        seen = guard.poll()
        if seen.state in POWERED or max(seen.force_mn, seen.force_b_mn) >= LIMITS.slack_force_mn:
            return False
        if seen.fault or seen.state == codes.STATE_DUMPED:  # a stop that cut the power latches nothing
            clock.wait_until_us(clock.now_us() + RESET_AFTER_US)
            guard.reset(seen.fault)
        return True
