"""Sessions that ask: a question after the first hold, answers that lead elsewhere, and edits of what follows.

The profile is that of the case's plan, with a hold of the question's length in it; what follows is as high
as an answer and an edit leave it. Each change is proved like the first plan, in the tick that asks for it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from traction.campaign import plans
from traction.campaign.case import HOLD, Ask, Case, Leg, Plan, Rig, Said, Wish
from traction.errors import Problem, RefusedError, TractionError
from traction.profile.profile import Profile
from traction.profile.spans import Span
from traction.protocol.declared import LiveField
from traction.protocol.happened import NOTHING, Happened
from traction.runner.plan import SessionPlan
from traction.runner.requests import Request
from traction.safety.verify import verify

if TYPE_CHECKING:
    from traction.campaign.draw import Stage
    from traction.protocol.questions import Question

BEFORE, ASKING, AFTER = range(3)
NAMES: Final = ("pull", "how", "after")
SHARE: Final = "share"
"""The field of what follows that may be set, in percent of the plan."""
LOWEST, USUAL, HIGHEST = 50, 100, 120

ON: Final = "as before"
LESS: Final = "too much"
ENOUGH: Final = "enough"
THEN: Final = ((ON, "continue"), (LESS, "continue"), (ENOUGH, "stop"))
LESS_SHARE: Final = 0.6
"""What the answer that it is too much leaves of all that follows, above the rest force."""

QUESTION_AFTER: Final = 2
"""The question stands after the way up and the first hold."""

ASKED: Final = 0.012
"""Of the seeds that would be sessions of all layers, those that ask."""
FAULTY: Final = 0.4
"""Of these, those in which something goes wrong, too."""
TIMES: Final = ("max_hold_s", "max_session_s", "max_impulse_n_s")
"""Limits that are just above what the plan needs without a question."""


# ---- the plan ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def asked_plan(rig: Rig, plan: Plan, limits: plans.LimitValues, ask: Ask, happened: Happened) -> SessionPlan:
    """Return what the engine runs after all that has happened, proved. Raises RefusedError."""
    table, limit = plans.table_of(rig.drive), plans.limits_for(rig, limits)
    profile = profile_of(plan, ask, happened)
    timeout_s = plans.take_up_timeout_s(plan, plans.profile_of(plan), limit, table)
    first = plans.plan_for(rig, plan, limits)
    return replace(
        first,
        profile=profile,
        verification=verify(profile, limit, table, take_up_timeout_s=timeout_s),
        questions=(_question(plan, ask, happened),),
        live=(LiveField(AFTER, NAMES[AFTER], SHARE, f"{USUAL} %", f"{LOWEST} %", f"{HIGHEST} %"),),
    )


def asks_when_us(plan: Plan, ask: Ask) -> tuple[int, int]:
    """Return from when to when the question stands, in us of the profile, where nobody answers."""
    start_us = round(1e6 * sum(leg.for_s for leg in plan.legs[:QUESTION_AFTER]))
    return start_us, start_us + round(1e6 * ask.within_s)


def _question(plan: Plan, ask: Ask, happened: Happened) -> Question:
    from traction.protocol.questions import Question  # loads what reads files, which nothing else here needs

    start_us, end_us = asks_when_us(plan, ask)
    said = next(iter(happened.answers), None)
    answer = "" if said is None else said.answer or ""
    if said is not None and answer:
        end_us = said.at_us
    answers = tuple(name for name, _ in THEN)
    text = "How does it feel?"
    return Question(
        ASKING, NAMES[ASKING], "ask", text, answers, start_us, end_us, ask.no_answer, THEN, answer
    )


def share_of(happened: Happened) -> float:
    """Return how much of what follows is left, above the rest force. Raises RefusedError E336."""
    share = 1.0
    for one in happened.edits:
        share = int(one.value.removesuffix(" %")) / 100
        if not LOWEST / 100 <= share <= HIGHEST / 100:
            raise RefusedError(Problem("E336", one.value, f"{LOWEST} % to {HIGHEST} %"))
    if any(one.answer == LESS for one in happened.answers):
        share *= LESS_SHARE
    return share


def after(plan: Plan, happened: Happened) -> tuple[Leg, ...]:
    """Return the legs that follow the question; a way down that is longer takes as much longer."""
    share, rest_n = share_of(happened), plan.take_up_n
    legs = [
        replace(
            leg,
            to_n=rest_n + share * (leg.to_n - rest_n) if leg.to_n > rest_n else leg.to_n,
            wave=None if leg.wave is None else replace(leg.wave, amplitude_n=share * leg.wave.amplitude_n),
        )
        for leg in plan.legs[QUESTION_AFTER:]
    ]
    legs[0] = replace(legs[0], for_s=legs[0].for_s * max(_longer(plan, legs[0].to_n), 1.0))
    return tuple(legs)


def _longer(plan: Plan, to_n: float) -> float:
    """Return how many times as long the way down from the question is where it goes to ``to_n``."""
    from_n = plan.legs[QUESTION_AFTER - 1].to_n
    return (from_n - to_n) / (from_n - plan.legs[QUESTION_AFTER].to_n)


def longest_down_s(plan: Plan) -> float:
    """Return how long the way down from the question lasts at most, in s."""
    first = plan.legs[QUESTION_AFTER]
    return first.for_s * max(_longer(plan, min(plan.take_up_n, first.to_n)), 1.0)


def profile_of(plan: Plan, ask: Ask, happened: Happened) -> Profile:
    """Return the profile; a question that was answered ends with its answer."""
    start_us, end_us = asks_when_us(plan, ask)
    for one in happened.answers:
        if one.answer is not None:
            end_us = max(one.at_us, start_us + 20_000)
    spans: list[Span] = []
    for phase, leg in _legs(plan, (end_us - start_us) / 1e6, happened):
        start_s = spans[-1].end_s if spans else 0.0
        force_n = spans[-1].segment.end_n if spans else plan.take_up_n
        kind = "ask" if phase == ASKING else "hold" if leg.shape == HOLD else "ramp"
        segment = plans.segment(leg, force_n)
        spans.append(Span(segment, start_s, kind, phase, NAMES[phase], 0, counts=phase != ASKING))
    return Profile(tuple(spans), rest_n=plan.take_up_n)


def _legs(plan: Plan, asked_s: float, happened: Happened) -> Iterator[tuple[int, Leg]]:
    before = plan.legs[:QUESTION_AFTER]
    yield from ((BEFORE, leg) for leg in before)
    yield ASKING, Leg(HOLD, before[-1].to_n, asked_s)
    yield from ((AFTER, leg) for leg in after(plan, happened))


# ---- the draw ----------------------------------------------------------------------------------------------


def asks(seed: int) -> bool:
    """Say whether the session of a seed asks."""
    return random.Random(f"asked {seed}").random() < ASKED


def asked_case(case: Case, stage: Stage) -> Case:
    """Return the case of a session with a question in it, and with what people say and want."""
    chance = random.Random(f"question {case.seed}")
    ask = Ask(round(chance.uniform(2.0, 8.0), 2), chance.choice(("continue", "continue", "stop")))
    limits = tuple((name, value) for name, value in case.limits if name not in TIMES)
    if not _may_run(case.rig, case.plan, limits, ask):
        return case
    begin_ms, end_ms = (stage.running_ms + at_us // 1000 for at_us in asks_when_us(case.plan, ask))
    said = sorted(_said(chance, begin_ms, end_ms), key=lambda one: one.at_ms)
    times_ms = [chance.randint(0, end_ms + 4000) for _ in range(chance.choice((0, 0, 1, 2)))]
    return replace(
        case,
        limits=limits,
        ask=ask,
        said=tuple(said),
        # a pause of the stage would put the question off
        wishes=(*case.wishes[len(stage.case.wishes) :], *(Wish(Request.EASE, at_ms) for at_ms in times_ms)),
        injections=case.injections if chance.random() < FAULTY else (),
    )


def _may_run(rig: Rig, plan: Plan, limits: plans.LimitValues, ask: Ask) -> bool:
    try:
        asked_plan(rig, plan, limits, ask, NOTHING)
    except TractionError:
        return False
    return plans.may_run(rig, plan, limits)


def _said(chance: random.Random, begin_ms: int, end_ms: int) -> Iterator[Said]:
    if chance.random() < 0.6:
        value = chance.choice(("50 %", "80 %", "100 %", "120 %", "300 %"))
        yield Said(10 * chance.randint(0, (end_ms + 3000) // 10), SHARE, value)
    for _ in range(chance.choice((0, 1, 1, 2))):
        at_ms = chance.randint(max(begin_ms - 300, 0), end_ms + 300)
        yield Said(at_ms // 10 * 10, "", chance.choice((ON, LESS, LESS, ENOUGH, "no such answer")))
