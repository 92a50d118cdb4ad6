"""What the controller must do by itself: trip at its limits, let go without a host, refuse what is stale.

All of it at a low force and through the guard. Set-points stay within the limits that are loaded; what is
tried is that the controller keeps to limits tightened for the check, and to the life of a set-point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.bench import bands
from traction.bench.pull import LOW_CAP_MN, OVER, SILENT, Approach, Pulled, low_limits, pull
from traction.bench.result import Figure, Result, Verdict, judged
from traction.drivers.base import CAPABILITIES, ECHO_MAX_AGE_MS
from traction.wire import codes

if TYPE_CHECKING:
    from traction.bench.context import Bench
    from traction.bench.pull import Course
    from traction.drivers.base import ControllerLimits, Telemetry

HOLD_MS: Final = 2_000
SESSION_MS: Final = 4_000
TRAVEL_UM: Final = 1_500
LAG_MS: Final = 600.0
"""The controller gives a hold half a second more, for the lag of the measured force, and a tick."""

ENDED_US: Final = 60_000_000
"""From GO; a take-up takes up to half of it. What has not happened by then does not happen."""

AFTER_US: Final = 5_000_000
"""So long after the program has done its part the controller has done its own, or never does."""

OVERLOAD_CAP_MN: Final = 100_000
JERK_N: Final = 60.0
"""A slow pull is followed by the table, as it should be; only a jerk brings the force above the limit."""

OVERLOAD_MS: Final = 120.0
OVERLOADED: Final = (codes.FAULT_OVER_FORCE, codes.FAULT_OVER_RATE)
"""What a jerk may be taken for; which comes first depends on how hard it is."""

LATE: Final = (codes.FAULT_LEASE_EXPIRED, codes.FAULT_STALE_ECHO)
"""How a controller ends a run whose set-points come too late; where that was not tried, it has done well."""

BY_HAND_US: Final = 60_000_000
"""So long a person has to pull at the cord."""


def promises(bench: Bench) -> Result:
    """Check that the table says it has the three safety functions no host can stand in for."""
    figures = [
        Figure(f"says that it has {name}", float(name in bench.identity.capabilities), "", low=1.0)
        for name in CAPABILITIES
    ]
    return judged("promises", "Safety functions of the controller", figures)


def hold_limit(bench: Bench) -> Result:
    """Tighten the longest hold, hold on, and time when the controller ends it by itself."""
    name, title = "hold-limit", "The controller ends a hold that is too long"
    limits = low_limits(bench.limits, max_hold_ms=HOLD_MS)
    pulled = _pulled(bench, limits)
    if late := _late(name, title, pulled):
        return late
    row = _tripped(pulled)
    held_ms = None if row is None else _held_ms(pulled, row, limits)
    high = HOLD_MS + LAG_MS + bands.TICKS_MS
    figure = Figure(f"hold at the stop, of one of {HOLD_MS / 1000:g} s", held_ms, "ms", 0.0, high)
    wrong = _wrong_fault(pulled, codes.FAULT_HOLD_TOO_LONG)
    return judged(name, title, [figure], wrong=wrong)


def session_limit(bench: Bench) -> Result:
    """Tighten the longest session, pull on, and time when the controller ends it by itself."""
    name, title = "session-limit", "The controller ends a session that is too long"
    pulled = _pulled(bench, low_limits(bench.limits, max_session_ms=SESSION_MS))
    if late := _late(name, title, pulled):
        return late
    row = _tripped(pulled)
    lasted_ms = None if row is None else float(pulled.trace.t_us[row]) / 1000
    high = SESSION_MS + bands.TICKS_MS
    figure = Figure(f"time at the stop, of a session of {SESSION_MS / 1000:g} s", lasted_ms, "ms", 0.0, high)
    wrong = _wrong_fault(pulled, codes.FAULT_SESSION_TOO_LONG)
    return judged(name, title, [figure], wrong=wrong)


def travel_limit(bench: Bench) -> Result:
    """Tighten the travel, pull on, and see that the controller stops there by itself."""
    name, title = "travel-limit", "The controller stops at its travel limit"
    pulled = _pulled(bench, low_limits(bench.limits, max_travel_um=TRAVEL_UM))
    if late := _late(name, title, pulled):
        return late
    trace = pulled.trace
    row = _tripped(pulled)
    reached_mm = float(trace.travel_um.max(initial=0)) / 1000
    if row is None and reached_mm * 1000 <= TRAVEL_UM:
        said = f"the load is too stiff: it gave way by {reached_mm:.1f} mm, and the limit is 1.5 mm"
        return Result(name, title, Verdict.NOT_JUDGED, said=said)
    travel_mm = None if row is None else float(trace.travel_um[row] - trace.travel_um[0]) / 1000
    high = TRAVEL_UM / 1000 + 1.0
    figure = Figure(f"travel at the stop, of {TRAVEL_UM / 1000:g} mm", travel_mm, "mm", 0.0, high)
    return judged(name, title, [figure], wrong=_wrong_fault(pulled, codes.FAULT_OVER_TRAVEL))


def overload(bench: Bench) -> Result:
    """Tighten the force limit, have somebody pull at the cord beyond it, and see the controller let go."""
    name, title = "overload", "The controller lets go when the load pulls back"
    puller, person = bench.connector.puller, bench.person
    if puller is None and not person.present:
        return Result(name, title, Verdict.NOT_JUDGED, said="nobody is there to pull at the cord")
    limits = low_limits(bench.limits, cap_mn=OVERLOAD_CAP_MN)
    cap_n = limits.max_force_mn / 1000
    approach = Approach(limits.max_force_mn * 9 // 10, limits)
    told: list[bool] = []

    def course(t_us: int, sample: Telemetry) -> int:
        target_mn, steady_us = approach.target(t_us, sample), approach.steady_us
        if steady_us is None:
            return target_mn if t_us < ENDED_US else OVER
        if puller is not None:
            puller.hang(JERK_N if sample.state == codes.STATE_RUN else 0.0)
        elif not told:
            told.append(True)
            person.told("JERK THE CORD, harder each time, until the table lets go")
        return target_mn if t_us < steady_us + BY_HAND_US else OVER

    try:
        with bench.at_rest() as connection:
            pulled = pull(connection.guard, bench.clock, limits, course)
    finally:
        if puller is not None:
            puller.hang(0.0)
    if late := _late(name, title, pulled):
        return late
    row = _tripped(pulled)
    if row is None and float(pulled.trace.mean_mn.max(initial=0.0)) / 1000 <= cap_n:
        return Result(name, title, Verdict.NOT_JUDGED, said="nobody jerked the cord hard enough")
    most_mn = limits.max_force_mn * (1 + bands.OVERLOAD_SHARE)
    over = pulled.trace.first((pulled.trace.a_mn > most_mn) | (pulled.trace.b_mn > most_mn))
    if row is not None and (over is None or over > row):  # it let go before it came so far
        over = row
    highest_n = float(max(pulled.trace.a_mn.max(initial=0), pulled.trace.b_mn.max(initial=0))) / 1000
    figures = [
        Figure(f"highest force, of a limit of {cap_n:g} N", highest_n, "N"),
        Figure(
            "from 15 % above the limit until the stop",
            None if over is None else pulled.trace.ms_between(over, row),
            "ms",
            high=OVERLOAD_MS,
        ),
        *_to_slack(bench, pulled, row, limits),
    ]
    fault = pulled.trace.last_fault
    wrong = "" if fault in OVERLOADED else _wrong_fault(pulled, codes.FAULT_OVER_FORCE)
    said = f"latched: {codes.FAULT_NAMES.get(fault, str(fault))}"
    return judged(name, title, figures, wrong=wrong, said="" if wrong else said)


def lease(bench: Bench) -> Result:
    """Send nothing under force, and time how soon the controller lets go without a host."""
    name, title = "lease", "The controller lets go when the program falls silent"
    limits = low_limits(bench.limits)
    approach = Approach(_goal_mn(bench), limits)

    def course(t_us: int, sample: Telemetry) -> int:
        target_mn, steady_us = approach.target(t_us, sample), approach.steady_us
        if steady_us is None:
            return target_mn if t_us < ENDED_US else OVER
        return SILENT if t_us < steady_us + AFTER_US else OVER

    pulled = _pulled(bench, limits, course)
    trace = pulled.trace
    row = _row_at(pulled, approach.steady_us)
    if row is None and (late := _late(name, title, pulled)):
        return late
    last = None if row is None else max(row - 1, 0)  # where the last set-point was sent
    left = None if last is None else trace.first(trace.state != codes.STATE_RUN, last)
    figures = [
        Figure(
            "until the controller gives up the run",
            None if last is None else trace.ms_between(last, left),
            "ms",
            high=bands.LEASE_MS + bands.TICKS_MS,
        ),
        *_to_slack(bench, pulled, left, limits),
    ]
    return judged(name, title, figures, wrong=_wrong_fault(pulled, codes.FAULT_LEASE_EXPIRED))


def stale_set_point(bench: Bench) -> Result:
    """Send a set-point that echoes an old sample, and see that the controller refuses it and lets go."""
    name, title = "stale-set-point", "The controller refuses a set-point that answers an old sample"
    limits = low_limits(bench.limits)
    approach = Approach(_goal_mn(bench), limits)
    with bench.at_rest() as connection:
        between = connection.between
        if between is None:
            said = "the driver of this table cannot be made to send one"
            return Result(name, title, Verdict.NOT_JUDGED, said=said)

        def course(t_us: int, sample: Telemetry) -> int:
            target_mn, steady_us = approach.target(t_us, sample), approach.steady_us
            if steady_us is not None and not between.staled:
                between.stale_next = True
            return target_mn if t_us < (ENDED_US if steady_us is None else steady_us + AFTER_US) else OVER

        pulled = pull(connection.guard, bench.clock, limits, course)
    if not between.staled and (late := _late(name, title, pulled)):
        return late
    trace = pulled.trace
    row = _row_at(pulled, approach.steady_us)
    left = None if row is None else trace.first(trace.state != codes.STATE_RUN, row)
    figures = [
        Figure("age of the echo that was sent", between.staled_ms, "ms", low=ECHO_MAX_AGE_MS),
        Figure(
            "until the controller gives up the run",
            None if row is None else trace.ms_between(row, left),
            "ms",
            high=2 * bands.TICKS_MS,
        ),
        *_to_slack(bench, pulled, left, limits),
    ]
    return judged(name, title, figures, wrong=_wrong_fault(pulled, codes.FAULT_STALE_ECHO))


def _pulled(bench: Bench, limits: ControllerLimits, course: Course | None = None) -> Pulled:
    """Pull by ``course``, else to the goal until the table ends it."""
    approach = Approach(_goal_mn(bench), limits)

    def until_ended(t_us: int, sample: Telemetry) -> int:
        return approach.target(t_us, sample) if t_us < ENDED_US else OVER

    with bench.at_rest() as connection:
        return pull(connection.guard, bench.clock, limits, until_ended if course is None else course)


def _goal_mn(bench: Bench) -> int:
    """Return four fifths of the low force."""
    return LOW_CAP_MN[bench.region] * 8 // 10


def _row_at(pulled: Pulled, t_us: int | None) -> int | None:
    return None if t_us is None else pulled.trace.first(pulled.trace.t_us >= t_us)


def _tripped(pulled: Pulled) -> int | None:
    """Return the row at which a fault was latched first, or None."""
    return pulled.trace.first(pulled.trace.fault != codes.FAULT_NONE)


def _late(name: str, title: str, pulled: Pulled) -> Result | None:
    """Return a check that is missing where set-points came too late before what it tries could happen."""
    fault, longest_ms = pulled.trace.last_fault, pulled.trace.longest_step_ms
    if fault not in LATE:
        return None
    said = f"cut short: {codes.FAULT_NAMES[fault]}. This program, which took up to {longest_ms:.0f} ms for "
    said += "a tick, or the line was late: end what else this computer does, and repeat the checks"
    return Result(name, title, Verdict.MISSING, said=said)


def _wrong_fault(pulled: Pulled, wanted: int) -> str:
    fault = pulled.trace.last_fault
    if fault == wanted:
        return ""
    text = f"latched was: {codes.FAULT_NAMES.get(fault, str(fault))}"
    return text if pulled.error is None else f"{text}; {pulled.error.problems[0].message}"


def _held_ms(pulled: Pulled, row: int, limits: ControllerLimits) -> float:
    """Return how long the hold had lasted at ``row``: begun where the force left the last band."""
    trace, mean = pulled.trace, pulled.trace.mean_mn
    start = 0
    for at in range(1, row + 1):
        if not abs(mean[at] - mean[start]) <= limits.hold_band_mn or mean[at] <= limits.slack_force_mn:
            start = at
    return float(trace.controller_ms[row] - trace.controller_ms[start])


def _to_slack(bench: Bench, pulled: Pulled, row: int | None, limits: ControllerLimits) -> list[Figure]:
    trace = pulled.trace
    slack = None if row is None else trace.slack_after(row, bench.slack_mn)
    force_n = None if row is None else float(trace.mean_mn[row]) / 1000
    until = None if row is None else trace.ms_between(row, slack)
    return [
        Figure("force at that moment", force_n, "N", low=bench.limits.slack_n),
        Figure("from there until slack", until, "ms", high=float(limits.max_release_ms)),
    ]
