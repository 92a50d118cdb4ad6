"""The rules about answers: what they lead to, and what silence does (I16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from traction.campaign.asked import (
    ENOUGH,
    LESS,
    LESS_SHARE,
    QUESTION_AFTER,
    THEN,
    asks_when_us,
    longest_down_s,
)
from traction.campaign.case import Ask
from traction.campaign.history import TICK_MS
from traction.campaign.rules_eased import rows
from traction.campaign.seen import Escape, Seen
from traction.runner.states import State

ANSWERS: Final = tuple(answer for answer, _ in THEN)
SERVED_MS: Final = 100
"""An answer is served in the tick that sees it, and the controller hears of a stop in the next one."""
LATE_US: Final = 60_000
"""So far a row may be beyond the end of a question whose silence stops: three ticks of the host."""
ROUNDING_MN: Final = 2


def i16_answered(seen: Seen) -> Iterator[Escape]:
    """I16: who says it is enough is let go, as where silence means that; who says it is too much gets less.

    Asked of sessions in which nothing goes wrong: a host that sleeps or a line that is cut hears nobody.
    """
    case, ask = seen.case, seen.case.ask
    if ask is None or case.injections or seen.history.begun_us is None:
        return
    begin_us, end_us = asks_when_us(case.plan, ask)
    heard = _heard(seen, begin_us, end_us)
    if heard is None:
        if ask.no_answer == "stop":
            yield from _silence(seen, ask, end_us)
    elif heard[1] == LESS:
        yield from _less(seen, end_us)
    elif heard[1] == ENOUGH:
        index = heard[0]
        last = index + SERVED_MS // TICK_MS + 2 * case.latency_us // 10_000
        if last < seen.run.size and seen.run[index : last + 1].all():
            yield seen.escape("I16", index, SERVED_MS, SERVED_MS, "ms in RUN after an answer that stops")


def _heard(seen: Seen, begin_us: int, end_us: int) -> tuple[int, str] | None:
    """Return the answer that counts: the first while the question stood; None where that is not certain."""
    stood = [
        (index, begin_us + LATE_US <= profile_us <= end_us - LATE_US)
        for index, _, state, profile_us in rows(seen.history)
        if state == State.RUNNING and begin_us - LATE_US <= profile_us <= end_us + LATE_US
    ]
    certain = [index for index, surely in stood if surely]
    if not certain:
        return None
    for index, what in sorted(seen.history.told.items()):
        if stood[0][0] <= index <= stood[-1][0] and what in ANSWERS:
            return (index, what) if certain[0] <= index <= certain[-1] else None
    return None


def _less(seen: Seen, end_us: int) -> Iterator[Escape]:
    """Yield a target above the highest of what is left, once the way down from the question is over."""
    plan = seen.case.plan
    legs = plan.legs[QUESTION_AFTER:]
    from_us = end_us + round(1e6 * longest_down_s(plan))
    crests = [leg.to_n + (0.0 if leg.wave is None else leg.wave.amplitude_n) for leg in legs]
    edits = [int(one.value.removesuffix(" %")) / 100 for one in seen.case.said if one.field]
    share = LESS_SHARE * max(1.0, *edits) if edits else LESS_SHARE
    above_n = max(max(crests) - plan.take_up_n, 0.0)
    most_mn = 1000 * (plan.take_up_n + share * above_n) + ROUNDING_MN
    for index, target_mn, state, profile_us in rows(seen.history):
        if state == State.RUNNING and profile_us > from_us and target_mn > most_mn:
            yield seen.escape("I16", index, target_mn / 1000, most_mn / 1000, "N after too much was said")
            return


def _silence(seen: Seen, ask: Ask, end_us: int) -> Iterator[Escape]:
    for index, _, state, profile_us in rows(seen.history):
        if state == State.RUNNING and profile_us > end_us + LATE_US and not seen.history.told:
            found, bound = profile_us / 1e6, end_us / 1e6
            yield seen.escape("I16", index, found, bound, f"s, and nobody answered: {ask.no_answer}")
            return
