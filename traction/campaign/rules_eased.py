"""The rule about less that was asked for: each "ease off" leaves 80 %, and nothing raises it again (I16)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from traction.campaign.history import History
from traction.campaign.plans import plan_for
from traction.campaign.seen import Escape, Seen
from traction.runner.record.layout import COLUMNS
from traction.runner.requests import Request
from traction.runner.states import State

LEFT: Final = 0.8
"""What one press leaves of the force above; never less than the rest force."""
TICK_S: Final = 0.02
ROUNDING_MN: Final = 2

T_US, TARGET, STATE, PROFILE = (
    COLUMNS.index(name) for name in ("t_us", "target_mn", "session_state", "profile_us")
)


def i16_eased(seen: Seen) -> Iterator[Escape]:
    """I16: what the host asks for on the profile's clock is at most what all presses have left of it.

    A press is served in the tick that sees it, whose row was written before: so it counts from the second row
    on. On the way down to it the target never rises. Not asked of a host whose machine slept or was killed,
    nor where answers lead to another profile.
    """
    history = seen.history
    presses = sorted(index for index, what in history.told.items() if what == Request.EASE)
    slept = any(one.fault.name == "host-suspend" for one in seen.case.injections)
    if not presses or history.begun_us is None or slept or history.crashed or seen.case.lone or seen.case.ask:
        return
    plan = plan_for(seen.case.rig, seen.case.plan, seen.case.limits)
    cursor, last_s = plan.profile.cursor(), plan.profile.duration_s
    rest_mn = 1000 * plan.profile.rest_n
    for before, row in pairwise(rows(history)):
        served = sum(press < before[0] for press in presses)
        index, target_mn, state, profile_us = row
        if not served:
            continue
        if state == State.EASING and before[2] == State.EASING and target_mn > before[1]:
            yield seen.escape("I16", index, target_mn / 1000, before[1] / 1000, "N asked for, up in an ease")
            return
        if state != State.RUNNING:
            continue
        due_s = (min(before[3] / 1e6 + TICK_S, last_s), min(profile_us / 1e6, last_s))
        profile_mn = 1000 * max(cursor.at(at_s)[0] for at_s in sorted(due_s))
        most_mn = max(profile_mn * LEFT**served, min(rest_mn, profile_mn)) + ROUNDING_MN
        if target_mn > most_mn:
            yield seen.escape("I16", index, target_mn / 1000, most_mn / 1000, f"N after {served} times less")
            return


def rows(history: History) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tick, target in mN, state of the session, us of the profile's clock) of each row."""
    begun_us = history.begun_us or 0
    for block in history.rows:
        for t_us, target, state, profile_us in zip(
            block[T_US], block[TARGET], block[STATE], block[PROFILE], strict=True
        ):
            yield history.index_at_us(begun_us + t_us), target, state, profile_us
