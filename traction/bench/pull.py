"""A short, gentle pull that a check steers by itself: through the guard, under limits that only tighten.

What a session would never do (let a lease run out, hold longer than the limit) is tried here, at a force that
harms no test load. Whatever happens on the way, Ctrl-C too, the force comes down before anything is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from traction.bench.trace import Trace, of_telemetry
from traction.drivers.base import LEASE_MS, SetPoint, StopKind
from traction.errors import Problem, TableError
from traction.runner.last_way import last_way_down
from traction.runner.plan import controller_limits
from traction.runner.preflight import STARTABLE
from traction.runner.steering import TICK_US
from traction.wire import codes

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.base import ControllerLimits, Telemetry
    from traction.drivers.guarded import GuardedDriver
    from traction.safety.limits import Limits

LOW_CAP_MN: Final = {"lumbar": 50_000, "cervical": 20_000}
"""The most such a pull may reach; a person who is at the table by mistake comes to no harm by it."""

REST_US: Final = 1_500_000
"""A latched fault can be cleared when its cause has been gone for a second."""

SETTLE_US: Final = 30_000_000
"""A table comes to rest by itself within the five seconds of a release; somebody has to close its stops."""

STILL_UM: Final = 200
STILL_US: Final = 500_000
"""A carriage without power creeps back for a moment after it was pulled; so long it has to stand."""

ALIVE_US: Final = 200_000
LONGEST_US: Final = 120_000_000

STEADY_US: Final = 1_000_000
NEAR_PERCENT: Final = 80

SILENT: Final = -1
OVER: Final = -2
"""What a course answers instead of a target: send nothing now; end the pull."""

Course = Callable[[int, "Telemetry"], int]
"""(time since GO in us, newest sample) -> the target in mN, SILENT or OVER."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came of a pull: the samples, and what the table or the guard said against it, if anything."""

    trace: Trace
    error: TableError | None


def low_limits(
    limits: Limits,
    *,
    cap_mn: int | None = None,
    max_hold_ms: int = LONGEST_US // 1000,
    max_session_ms: int = 2 * LONGEST_US // 1000,
    max_travel_um: int | None = None,
) -> ControllerLimits:
    """Return the controller's limits for a gentle pull; each the tighter of what is said and ``limits``."""
    known = controller_limits(limits)
    return replace(
        known,
        max_force_mn=min(known.max_force_mn, LOW_CAP_MN[limits.region] if cap_mn is None else cap_mn),
        max_hold_ms=min(known.max_hold_ms, max_hold_ms),
        max_session_ms=min(known.max_session_ms, max_session_ms),
        max_travel_um=known.max_travel_um
        if max_travel_um is None
        else min(known.max_travel_um, max_travel_um),
    )


def settle(table: GuardedDriver, clock: Clock, slack_mn: int) -> None:
    """Wait until the table is slack and still, and clear what is latched; TableError E551 if it never is."""
    deadline_us = clock.now_us() + SETTLE_US
    stood_um, stood_us = None, clock.now_us()
    while clock.now_us() < deadline_us:
        sample = table.poll()
        if stood_um is None or abs(sample.travel_um - stood_um) > STILL_UM:
            stood_um, stood_us = sample.travel_um, clock.now_us()
        slack = abs(sample.force_mn) <= slack_mn and abs(sample.force_b_mn) <= slack_mn
        healthy = slack and sample.inputs & codes.INPUTS_HEALTHY == codes.INPUTS_HEALTHY
        if healthy and sample.fault != codes.FAULT_NONE:
            _wait(clock, REST_US)
            table.reset(table.poll().fault)
        elif healthy and sample.state in STARTABLE and clock.now_us() - stood_us >= STILL_US:
            return
        _wait(clock, TICK_US)
    raise TableError(Problem("E551", _unrest(sample), "a slack table with closed stops and no fault"))


def _unrest(sample: Telemetry) -> str:
    state = codes.STATE_NAMES[sample.state] if 0 <= sample.state < len(codes.STATE_NAMES) else "unknown"
    force_n = max(sample.force_mn, sample.force_b_mn) / 1000
    fault = codes.FAULT_NAMES.get(sample.fault, str(sample.fault))
    return f"after {SETTLE_US // 1_000_000} s it is in state {state}, {force_n:.0f} N, fault: {fault}"


def _wait(clock: Clock, span_us: int) -> None:
    clock.wait_until_us(clock.now_us() + span_us)


def pull(table: GuardedDriver, clock: Clock, limits: ControllerLimits, course: Course) -> Pulled:
    """Pull as ``course`` says until it is OVER or the table ends it, and watch the force come down.

    ``table`` is open and at rest. Raises TableError where the table cannot even be started; what it says
    later stands in the result.
    """
    rows: list[tuple[int, int, Telemetry]] = []
    table.load_limits(limits)
    nonce = table.arm()
    start_us = clock.now_us()
    try:
        table.go(nonce)
        error = _steer(table, clock, limits, course, start_us, rows)
        _watch_down(table, clock, limits, start_us, rows)
    except BaseException:
        last_way_down(table, limits, clock, StopKind.RELEASE)
        raise
    if not _is_down(rows, limits):
        last_way_down(table, limits, clock, StopKind.RELEASE)
    return Pulled(of_telemetry(rows), error)


def _steer(
    table: GuardedDriver,
    clock: Clock,
    limits: ControllerLimits,
    course: Course,
    start_us: int,
    rows: list[tuple[int, int, Telemetry]],
) -> TableError | None:
    rate = min(limits.max_rate_up_mn_per_s, limits.max_rate_down_mn_per_s)
    due_us = clock.now_us()
    while True:
        try:
            sample = table.poll()
            t_us = table.read_us - start_us
            wanted = OVER if t_us > LONGEST_US else course(t_us, sample)
            rows.append((t_us, max(wanted, 0), sample))
            if sample.state != codes.STATE_RUN or table.read_us - sample.received_us > ALIVE_US:
                wanted = OVER
            if wanted == OVER:
                table.stop(StopKind.RELEASE)
                return None
            if wanted != SILENT:
                table.setpoint(SetPoint(wanted, rate, codes.MODE_FORCE, LEASE_MS, sample.seq))
        except TableError as error:  # the guard has asked for a release already
            return error
        due_us = max(due_us + TICK_US, clock.now_us())
        clock.wait_until_us(due_us)


def _watch_down(
    table: GuardedDriver,
    clock: Clock,
    limits: ControllerLimits,
    start_us: int,
    rows: list[tuple[int, int, Telemetry]],
) -> None:
    deadline_us = clock.now_us() + (limits.max_release_ms + 2_000) * 1000
    while not _is_down(rows, limits) and clock.now_us() < deadline_us:
        _wait(clock, TICK_US)
        try:
            sample = table.poll()
        except TableError:  # nothing can be seen any more: the last way down has the rest
            return
        rows.append((table.read_us - start_us, 0, sample))


def _is_down(rows: list[tuple[int, int, Telemetry]], limits: ControllerLimits) -> bool:
    if not rows:
        return False
    sample, slack_mn = rows[-1][2], limits.slack_force_mn
    slack = abs(sample.force_mn) <= slack_mn and abs(sample.force_b_mn) <= slack_mn
    return slack and sample.state in (codes.STATE_DONE, codes.STATE_FAULT_LATCHED, codes.STATE_DUMPED)


class Approach:
    """The way to a low force: a ramp at half the limit's rate, and the moment from which it is held.

    ``steady_us`` is None until both cells have been near the goal for a second.
    """

    __slots__ = ("_goal_mn", "_rate", "_since_us", "steady_us")

    def __init__(self, goal_mn: int, limits: ControllerLimits) -> None:
        self._goal_mn = goal_mn
        self._rate = limits.max_rate_up_mn_per_s // 2
        self._since_us: int | None = None
        self.steady_us: int | None = None

    def target(self, t_us: int, sample: Telemetry) -> int:
        """Return the target in mN at ``t_us`` since GO, and see how far the force has come."""
        near = min(sample.force_mn, sample.force_b_mn) >= self._goal_mn * NEAR_PERCENT // 100
        if self._since_us is None:
            self._since_us = t_us if near else None
        elif self.steady_us is None and t_us - self._since_us >= STEADY_US:
            self.steady_us = t_us
        return max(0, min(self._goal_mn, self._rate * t_us // 1_000_000))
