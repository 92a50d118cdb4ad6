"""The oracle: what must hold in every tick, by the true force and the controller's true state.

It asks no sensor. Its bounds come from the limits of the case, the time budgets of ``hardware/hazards.toml``
and the figures of the plant; the arithmetic of each is stated where it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from traction.campaign.bounds import Bounds, bounds_of
from traction.campaign.case import Case
from traction.campaign.history import (
    DUMP,
    ENABLED,
    ESTOP_CLOSED,
    FIRST_MS,
    LEASED,
    PATIENT_STOP_CLOSED,
    STATE_BITS,
    TICK_MS,
    History,
)
from traction.runner.outcome import Outcome
from traction.wire import codes

Ints = NDArray[np.int64]

FARTHEST: Final = 10**8
"""No true value of a bench is further from 0 than this, in mN or um: what is there is a number gone wrong."""


@dataclass(frozen=True, slots=True)
class Escape:
    """An invariant that did not hold: where (ms from the first start), what was found, what was allowed."""

    invariant: str
    at_ms: int
    found: float
    bound: float
    says: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured of one hazard in one case; None where it was not seen or not begun."""

    overshoot_n: float
    detect_ms: float | None
    react_ms: float | None
    margin: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the oracle says of one case."""

    escapes: tuple[Escape, ...]
    false_trip: bool
    measures: dict[str, Measure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The history as arrays, with what every rule asks for."""

    case: Case
    history: History
    bounds: Bounds
    force_mn: Ints
    state: Ints
    marks: Ints
    fault: Ints


def judge(case: Case, history: History) -> Verdict:
    """Return every invariant that did not hold, and the measures of each hazard of the case's faults."""
    marks = np.array(history.marks, np.int64)
    seen = _Seen(
        case=case,
        history=history,
        bounds=bounds_of(case, history),
        force_mn=np.array(history.force_mn, np.int64),
        state=marks & STATE_BITS,
        marks=marks,
        fault=np.array(history.fault, np.int64),
    )
    escapes = tuple(found for rule in RULES for found in rule(seen))
    return Verdict(escapes, _false_trip(case, history))


def _false_trip(case: Case, history: History) -> bool:
    if case.injections or any(wish.what in ("stop", "fast-stop") for wish in case.wishes):
        return False
    return history.result is None or history.result.outcome is not Outcome.COMPLETED


def _escape(
    seen: _Seen, invariant: str, index: int | np.integer[Any], found: float, bound: float, says: str
) -> Escape:
    return Escape(invariant, seen.history.at_ms(int(index)), float(found), float(bound), says)


# ---- I1, I2: the force and its slope -------------------------------------------------------------------


def i1_force(seen: _Seen) -> Iterator[Escape]:
    """I1: the true force never exceeds the cap by more than ``Bounds.most_mn`` allows."""
    most_mn = seen.bounds.most_mn
    over = np.flatnonzero(seen.force_mn > most_mn)
    if over.size:
        worst = over[int(np.argmax(seen.force_mn[over]))]
        yield _escape(seen, "I1", worst, seen.force_mn[worst] / 1000, most_mn / 1000, "N of true force")


def i2_slope(seen: _Seen) -> Iterator[Escape]:
    """I2: over any 100 ms the true force rises by no more than ``Bounds.most_rise_mn``."""
    window = 100 // TICK_MS
    if seen.force_mn.size <= window:
        return
    rise = seen.force_mn[window:] - seen.force_mn[:-window]
    worst = int(np.argmax(rise))
    if rise[worst] > seen.bounds.most_rise_mn:
        yield _escape(
            seen, "I2", worst, rise[worst] / 1000, seen.bounds.most_rise_mn / 1000, "N risen within 100 ms"
        )


# ---- I4, I14: the way down -----------------------------------------------------------------------------


def i4_release(seen: _Seen) -> Iterator[Escape]:
    """I4: from each trigger the true force stays below the release line, and is slack in time."""
    bounds = seen.bounds
    for start, says in bounds.triggers:
        force = seen.force_mn[start:]
        times_ms = np.arange(force.size) * TICK_MS
        line = bounds.line_mn(int(force[0]), times_ms)
        above = np.flatnonzero(force > line)
        if above.size:
            worst = int(above[0])
            yield _escape(
                seen,
                "I4",
                start + worst,
                force[worst] / 1000,
                line[worst] / 1000,
                f"N on the way down after {says}",
            )


def i14_ends(seen: _Seen) -> Iterator[Escape]:
    """I14: in the end the strap is slack and the drive off; else the dump is commanded and help is called."""
    history = seen.history
    if history.settled or history.start is None:
        return
    if seen.bounds.may_stay and seen.marks[-1] & DUMP and not seen.marks[-1] & ENABLED:
        return
    yield _escape(
        seen, "I14", seen.force_mn.size - 1, seen.force_mn[-1] / 1000, seen.bounds.slack_mn / 1000, "N left"
    )


# ---- I5 to I8: power, starts, faults and limits --------------------------------------------------------


def i5_power(seen: _Seen) -> Iterator[Escape]:
    """I5: power only in RUN under a lease with both stops closed and no fault, or on a release."""
    enabled = (seen.marks & ENABLED) > 0
    run = seen.state == codes.STATE_RUN
    down = (seen.state == codes.STATE_RELEASING) | (seen.state == codes.STATE_FAST_RELEASING)
    closed = ESTOP_CLOSED | PATIENT_STOP_CLOSED
    healthy = ((seen.marks & closed) == closed) & ((seen.marks & LEASED) > 0) & (seen.fault == 0)
    for wrong, says in (
        (enabled & ~run & ~down, "powered in another state"),
        (enabled & run & ~healthy, "powered in RUN without a lease, a closed stop, or with a fault"),
        (run & ~enabled, "in RUN without power"),
    ):
        where = np.flatnonzero(wrong)
        if where.size:
            yield _escape(seen, "I5", where[0], float(seen.state[where[0]]), 0.0, says)


def i6_starts(seen: _Seen) -> Iterator[Escape]:
    """I6: RUN begins once, at slack, and never after a safety event."""
    run = seen.state == codes.STATE_RUN
    starts = np.flatnonzero(run[1:] & ~run[:-1]) + 1
    if starts.size > 1:
        yield _escape(seen, "I6", int(starts[1]), float(starts.size), 1.0, "starts of one session")
    for start in starts:
        if seen.force_mn[start - 1] > seen.bounds.slack_mn:
            yield _escape(
                seen,
                "I6",
                start,
                seen.force_mn[start - 1] / 1000,
                seen.bounds.slack_mn / 1000,
                "N at the start",
            )


def i7_latch(seen: _Seen) -> Iterator[Escape]:
    """I7: a latched fault stays, and stays the first one, until a reset (nobody presses one) or a restart."""
    boots = {index for index, _ in seen.history.boots}
    changed = np.flatnonzero(seen.fault[1:] != seen.fault[:-1]) + 1
    for index in changed:
        if seen.fault[index - 1] and int(index) not in boots:
            yield _escape(seen, "I7", index, float(seen.fault[index]), float(seen.fault[index - 1]), "fault")


def i8_limits(seen: _Seen) -> Iterator[Escape]:
    """I8: within one session limits change once, from none to the session's; a restart has none again."""
    limits = seen.history.limits
    boots = {index for index, _ in seen.history.boots}
    for (_, before), (index, after) in pairwise(limits):
        if before[0] and after != before and index not in boots:
            yield _escape(seen, "I8", index, float(after[0]), float(before[0]), "limits that changed")


# ---- I9, I13, I15: numbers, alarms, the record ---------------------------------------------------------


def i9_numbers(seen: _Seen) -> Iterator[Escape]:
    """I9: every true value is a number a bench can have."""
    for name, values in (("force", seen.force_mn), ("travel", np.array(seen.history.travel_um, np.int64))):
        wrong = np.flatnonzero(np.abs(values) > FARTHEST)
        if wrong.size:
            yield _escape(
                seen, "I9", wrong[0], float(values[wrong[0]]), float(FARTHEST), f"{name} that is none"
            )


def i13_alarm(seen: _Seen) -> Iterator[Escape]:
    """I13: where the controller latched a fault while the host was there, the session says why it ended."""
    result = seen.history.result
    if result is None or seen.history.start is None:
        return
    latched = np.flatnonzero(seen.fault[: seen.history.host_ended])
    if latched.size and (result.outcome is Outcome.COMPLETED or not any(one.code for one in result.causes)):
        first = int(latched[0])
        yield _escape(seen, "I13", first, float(seen.fault[first]), 0.0, "fault that nobody was told of")
    if result.defect is not None:
        yield _escape(seen, "I13", seen.history.host_ended, 0.0, 0.0, f"a defect: {result.defect!r:.200}")


def i15_record(seen: _Seen) -> Iterator[Escape]:
    """I15: the record reads back, whole or as a valid prefix that is marked, with what the host was given."""
    from traction.campaign.records import record_problem

    problem = record_problem(seen.history)
    if problem:
        yield _escape(seen, "I15", seen.history.host_ended, 0.0, 0.0, problem)


RULES: Final = (
    i1_force,
    i2_slope,
    i4_release,
    i5_power,
    i6_starts,
    i7_latch,
    i8_limits,
    i9_numbers,
    i13_alarm,
    i14_ends,
    i15_record,
)
"""Every rule; each yields what it found broken."""

__all__ = ["FIRST_MS", "RULES", "Escape", "Measure", "Verdict", "judge"]
