"""The health of the link: how long an answer takes, and how many frames come damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.bench.result import Figure, Result, Verdict, judged
from traction.drivers.base import StopKind

if TYPE_CHECKING:
    from traction.bench.context import Bench
    from traction.bench.line import Timing
    from traction.clock import Clock
    from traction.drivers.guarded import GuardedDriver

TRIPS: Final = 1_000
"""So many that a thousandth of them is one."""

STEP_US: Final = 200
ANSWER_US: Final = 250_000
MOST_MS: Final = 100.0
"""A sample older than this is worth a warning in a session; an answer may not take longer either."""

MOST_BAD: Final = 4
"""A run survives so many damaged frames in an hour; the fifth ends it."""

NO_LINE: Final = "the table is in this process: there is no line"


def round_trips(bench: Bench) -> Result:
    """Time the answers to a thousand stops of a table at rest: the one request that can do no harm."""
    name, title = "round-trip", "From a request to its answer"
    timing = bench.connector.timing
    if timing is None:
        return Result(name, title, Verdict.NOT_APPLICABLE, said=NO_LINE)
    before = len(timing.round_trips_us)
    lost = 0
    with bench.at_rest() as connection:
        for _ in range(TRIPS):
            lost += not answered(connection.guard, bench.clock, timing)
    trips_ms = sorted(us / 1000 for us in timing.round_trips_us[before:])
    figures = [
        Figure("answers", float(len(trips_ms)), "", low=float(TRIPS)),
        Figure("half of them within", share(trips_ms, 0.5), "ms"),
        Figure("99 % within", share(trips_ms, 0.99), "ms"),
        Figure("99.9 % within", share(trips_ms, 0.999), "ms", high=MOST_MS),
        Figure("requests without an answer", float(lost), "", high=0.0),
    ]
    return judged(name, title, figures)


def answered(guard: GuardedDriver, clock: Clock, timing: Timing) -> bool:
    """Ask a table at rest to stop, and say whether the answer came within a quarter of a second."""
    before = len(timing.round_trips_us)
    deadline_us = clock.now_us() + ANSWER_US
    guard.stop(StopKind.RELEASE)
    while len(timing.round_trips_us) == before:
        guard.poll()
        if clock.now_us() >= deadline_us:
            return False
        if len(timing.round_trips_us) == before:
            clock.wait_until_us(clock.now_us() + STEP_US)
    return True


def share(ordered: list[float], part: float) -> float | None:
    """Return the smallest of the ordered values that ``part`` of them do not exceed, None of none."""
    if not ordered:
        return None
    at = -int(-(part * len(ordered)) // 1) - 1  # rounded up: the third of three for 0.99
    return ordered[min(max(at, 0), len(ordered) - 1)]


def bad_frames(bench: Bench) -> Result:
    """Count the damaged frames of all checks before this one; run it last."""
    name, title = "damaged-frames", "Frames from the table that came damaged"
    timing = bench.connector.timing
    if timing is None:
        return Result(name, title, Verdict.NOT_APPLICABLE, said=NO_LINE)
    rate = 1e6 * timing.bad / timing.frames if timing.frames else None
    figures = [
        Figure("frames", float(timing.frames), "", low=1.0),
        Figure("damaged", float(timing.bad), "", high=float(MOST_BAD)),
        Figure("damaged of a million", rate, ""),
    ]
    return judged(name, title, figures)
