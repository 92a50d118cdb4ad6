"""A short session on a driver under test, by the product's own engine; and what must be true when it ended.

It costs no time: the driver lives on the clock it is given. What the true force did is looked at from
outside, at every instant that the clock reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from traction.drivers.base import SetPoint
from traction.drivers.guarded import GuardedDriver
from traction.profile.hold import Hold
from traction.profile.profile import Profile
from traction.profile.segments import Ramp
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.session import SessionResult, run_session
from traction.safety.hardware import load_table, session_limits
from traction.safety.limits import LimitSource
from traction.safety.verify import verify
from traction.testing.table import SternClock, TableUnderTest

SLACK_N: Final = 11.0
LIVES_ON_US: Final = 8_000_000
LOOK_US: Final = 20_000
GONE_US: Final = 6_000_000
"""From the last set-point on: a lease of 0.25 s, a release of at most 5 s, and the fall without power."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a session ended; ``trace`` is (us, true force in N), oldest first, until long after its end."""

    result: SessionResult
    trace: tuple[tuple[int, float], ...]
    last_setpoint_us: int
    limit_n: float

    @property
    def outcome(self) -> str:
        """Return COMPLETED, STOPPED, TRIPPED, FAULTED or REFUSED."""
        return str(self.result.outcome)

    @property
    def code(self) -> str:
        """Return the code of the cause, empty for COMPLETED."""
        return self.result.code

    @property
    def peak_n(self) -> float:
        """Return the highest true force, N."""
        return max(force_n for _, force_n in self.trace)

    def assert_let_go(self, peak_n: float | None = None) -> None:
        """Assert what must hold however it ended.

        The true force stayed under ``peak_n`` (by default 5 % and 5 N over the limit of the session), was
        gone 6 s after the last set-point, and did not come back; and the record can be read.
        """
        highest_n = 1.05 * self.limit_n + 5.0 if peak_n is None else peak_n
        ended = f"it ended {self.outcome} {self.code}"
        assert self.peak_n <= highest_n, f"{self.peak_n:.1f} N of at most {highest_n:.1f} N; {ended}"
        late = [(us, n) for us, n in self.trace if us > self.last_setpoint_us + GONE_US and n > SLACK_N]
        assert not late, f"{late[0][1]:.1f} N are left {self._since(late[0][0])} s after the host; {ended}"
        assert self.result.record().header["protocol"]["name"]

    def _since(self, us: int) -> float:
        return round((us - self.last_setpoint_us) / 1e6, 1)


class _Counted:
    """A driver whose last set-point is remembered."""

    def __init__(self, driver: Any, clock: SternClock) -> None:
        self._driver = driver
        self._clock = clock
        self.last_us = 0

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._driver, verb)

    def setpoint(self, setpoint: SetPoint) -> None:
        """Pass it on."""
        self.last_us = self._clock.now_us()
        self._driver.setpoint(setpoint)


def short_plan(
    target_n: float = 60.0, hold_s: float = 4.0, *, limit_n: float = 120.0, table: str = "sim"
) -> SessionPlan:
    """Return a plan of one ramp up at 20 N/s, a hold and a ramp down at 30 N/s; see ``plan_of``."""
    up, down = Ramp(0.0, target_n, target_n / 20.0), Ramp(target_n, 0.0, target_n / 30.0)
    return plan_of(Profile.of(up, Hold(target_n, hold_s), down), limit_n=limit_n, table=table)


def plan_of(profile: Profile, *, limit_n: float = 120.0, table: str = "sim") -> SessionPlan:
    """Return a plan of ``profile`` for the lumbar region, proved within ``limit_n``.

    ``table`` names the file of what the table can do (``hardware/tables``, or a path of yours). Raises
    RefusedError for what may not run.
    """
    facts = load_table(table)
    operator = LimitSource("operator", "a test", {"max_force_n": limit_n})
    limits = session_limits("lumbar", facts, operator=(operator,))
    return SessionPlan(
        protocol_name="short",
        protocol_text="# short",
        protocol_digest="0" * 64,
        profile=profile,
        limits=limits,
        verification=verify(profile, limits, facts),
        region="lumbar",
        mass_kg=None,
        seed=0,
        take_up_force_n=0.0,
        take_up_timeout_s=0.0,
        table=facts,
        table_url=facts.url,
    )


def run(
    driver: Any,
    clock: SternClock,
    true_force_n: Callable[[], float],
    plan: SessionPlan | None = None,
) -> Ended:
    """Run a session on ``driver`` and let the table live on; ``plan`` None is ``short_plan()``."""
    plan = short_plan() if plan is None else plan
    trace: list[tuple[int, float]] = []
    counted = _Counted(driver.link.driver if isinstance(driver, TableUnderTest) else driver, clock)
    before, clock.passes = clock.passes, lambda us: trace.append((us, true_force_n()))
    clock.may_wait = True
    try:
        with GuardedDriver(counted, clock) as guard:
            result = run_session(plan, guard, clock, record_to_memory())
        end_us = clock.now_us() + LIVES_ON_US
        while clock.now_us() < end_us:
            clock.wait_until_us(clock.now_us() + LOOK_US)
    finally:
        clock.passes = before
    return Ended(result, tuple(trace), counted.last_us, plan.limits.max_force_n)
