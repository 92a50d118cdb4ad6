"""The rules about states, starts, faults, limits, alarms and the record (I5 to I11, I13, I15)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from traction.campaign.history import TICK_MS
from traction.campaign.records import record_problem
from traction.campaign.seen import Escape, Seen, ints_of
from traction.runner.outcome import Outcome
from traction.runner.record.layout import COLUMNS
from traction.runner.states import UNDER_WAY, State
from traction.wire import codes

BELIEF_MS: Final = 200 + 20 + 20
"""What a host may not know yet: 200 ms, a period of telemetry, and a tick of its own."""

T_US, SESSION_STATE = (COLUMNS.index(name) for name in ("t_us", "session_state"))

FARTHEST: Final = 10**8
"""No true value of a bench is further from 0 than this, in mN or um: what is there is a number gone wrong."""


def i5_power(seen: Seen) -> Iterator[Escape]:
    """I5: power only in RUN under a lease with both stops closed and no fault, or on a release."""
    enabled, run = seen.enabled, seen.run
    down = (seen.state == codes.STATE_RELEASING) | (seen.state == codes.STATE_FAST_RELEASING)
    for wrong, says in (
        (enabled & ~run & ~down, "powered in another state"),
        (enabled & run & ~seen.leased, "powered in RUN without a lease"),
        (enabled & run & ~seen.healthy, "powered in RUN with an input open"),
        (enabled & run & (seen.fault != 0), "powered in RUN with a fault"),
        (run & ~enabled, "in RUN without power"),
    ):
        where = np.flatnonzero(wrong)
        if where.size:
            yield seen.escape("I5", where[0], float(seen.state[where[0]]), 0.0, says)
    for index, values in seen.history.limits:
        if not values[0] and index < run.size and run[index]:
            yield seen.escape("I5", index, 0.0, 0.0, "in RUN without limits")


def i6_starts(seen: Seen) -> Iterator[Escape]:
    """I6: RUN begins once, by the one GO of the session, and at slack."""
    run = seen.run
    starts = np.flatnonzero(run[1:] & ~run[:-1]) + 1
    if starts.size > 1:
        yield seen.escape("I6", starts[1], float(starts.size), 1.0, "starts of one session")
    for start in starts:
        force_n, slack_n = seen.force[start - 1] / 1000, seen.bounds.slack / 1000
        if force_n > slack_n:
            yield seen.escape("I6", start, force_n, slack_n, "N at the start")


def i7_latch(seen: Seen) -> Iterator[Escape]:
    """I7: a latched fault stays, and stays the first one, until a reset (nobody presses one) or a restart."""
    boots = {index for index, _ in seen.history.boots}
    for index in np.flatnonzero(seen.fault[1:] != seen.fault[:-1]) + 1:
        before = seen.fault[index - 1]
        if before and int(index) not in boots:
            yield seen.escape("I7", index, float(seen.fault[index]), float(before), "fault")


def i8_limits(seen: Seen) -> Iterator[Escape]:
    """I8: within one session limits change once, from none to the session's; what begins anew has none.

    That is a controller after a restart, and the session of another host, to which nothing is handed down.
    """
    others = _other_hosts(seen)
    new = {index for index, _ in seen.history.boots} | others
    changes = seen.history.limits
    for (_, before), (index, after) in pairwise(changes):
        if before[0] and after != before and index not in new:
            yield seen.escape("I8", index, float(after[0]), float(before[0]), "limits that changed")
    for index in sorted(others - {at for at, _ in changes}):
        kept = next((values[0] for at, values in reversed(changes) if at < index), 0)
        if kept:
            yield seen.escape("I8", index, float(kept), 0.0, "limits of the session before")


def _other_hosts(seen: Seen) -> set[int]:
    """Return the ticks in which another host may have begun a session, as one may where none is held.

    Held are those from ARMED to FAST_RELEASING. Only the state after all frames of a tick is seen. Where a
    session was held before a tick and after it, it was so at every frame between them: once free, it is held
    again only after limits, their commit and an arming, each of which is answered before the next is said.
    """
    held = (seen.state >= codes.STATE_ARMED) & (seen.state <= codes.STATE_FAST_RELEASING)
    return {
        index
        for (_, before), (index, after) in pairwise(seen.history.tokens)
        if after != before and not (held[index - 1] and held[index])
    }


def i9_numbers(seen: Seen) -> Iterator[Escape]:
    """I9: every true value is a number that a bench can have."""
    for name, values in (("force", seen.force), ("travel", ints_of(seen.history.travel_um))):
        wrong = np.flatnonzero(np.abs(values) > FARTHEST)
        if wrong.size:
            found = float(values[wrong[0]])
            yield seen.escape("I9", wrong[0], found, float(FARTHEST), f"{name} that is none")


def i10_belief(seen: Seen) -> Iterator[Escape]:
    """I10: a host awake knows within 200 ms that the controller has left RUN, or that it knows nothing.

    A row is written before it is judged: so the first one after the time, or after a stall, may still run.
    Not asked of a host whose machine slept: its clock does not say when its rows were.
    """
    history, left = seen.history, seen.left_run
    slept = any(one.fault.name == "host-suspend" for one in seen.case.injections)
    if left is None or history.begun_us is None or slept or history.crashed:
        return
    latest = left + (BELIEF_MS + seen.case.latency_us // 1000) // TICK_MS
    before = 0
    for block in history.rows:
        last = history.index_at_us(history.begun_us + block[T_US][-1])
        if last <= latest:  # as most of them: nothing before its last row is late, either
            before = last
            continue
        for t_us, state in zip(block[T_US], block[SESSION_STATE], strict=True):
            index = history.index_at_us(history.begun_us + t_us)
            if (state == State.TAKE_UP or state in UNDER_WAY) and before > latest:
                late_ms = float((index - left) * TICK_MS)
                yield seen.escape(
                    "I10", index, late_ms, float(BELIEF_MS), "ms in which the host believed in RUN"
                )
                return
            before = index


def i11_commander(seen: Seen) -> Iterator[Escape]:
    """I11: in a session that has power nobody else becomes its commander."""
    boots = {index for index, _ in seen.history.boots}
    for (_, before), (index, after) in pairwise(seen.history.tokens):
        if before and after != before and index not in boots and seen.enabled[index]:
            yield seen.escape("I11", index, float(after), float(before), "token of the session")


def i13_alarm(seen: Seen) -> Iterator[Escape]:
    """I13: what the controller has latched while the host was there, the session gives a reason for.

    The host has to have polled since: a latch in its last 250 ms may reach it too late. A defect of the host
    is never an answer.
    """
    result = seen.history.result
    if result is None or seen.history.start is None:
        return
    if result.defect is not None:
        yield seen.escape("I13", seen.history.host_ended, 0.0, 0.0, f"a defect: {result.defect!r:.200}")
    known = seen.fault[: max(seen.history.host_ended - 25, 0)]
    latched = np.flatnonzero(known)
    if latched.size and (result.outcome is Outcome.COMPLETED or not any(one.code for one in result.causes)):
        first = int(latched[0])
        yield seen.escape("I13", first, float(seen.fault[first]), 0.0, "fault that nobody was told of")


def i15_record(seen: Seen) -> Iterator[Escape]:
    """I15: the record reads back, whole or as a valid prefix that is marked, with what the host was given."""
    problem = record_problem(seen.history, seen.case.seed)
    if problem:
        yield seen.escape("I15", seen.history.host_ended, 0.0, 0.0, problem)
