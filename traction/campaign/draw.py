"""From a seed to a case: a short plan, limits, a rig, a line, people, and up to four faults."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from traction.campaign import asked, lone, plans
from traction.campaign.case import DIRECT, WIRE, Case, Plan, Rig, Wish
from traction.campaign.draw_plans import draw_plan
from traction.runner.requests import Request
from traction.runner.states import State
from traction.sim.faults import FAULTS, FOR_EVER, LINK, ON, TABLE, Fault, Injection
from traction.wire import codes

SHARE: Final = 32
"""So many cases in a row share a stage: plan, limits, rig, line, and all that comes before they part."""
LONE_SHARE: Final = 16
"""The same for cases that are no session: of a controller, a guard or a proof alone."""

TICK_MS: Final = 10
EDGE_SHARE: Final = 0.5
"""Of the onsets, those that fall on an edge of the session, or a tick beside it."""

FAULTS_OF: Final = ((0, 0.05), (1, 0.45), (2, 0.25), (3, 0.15), (4, 0.10))
"""Number of faults -> how often."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the cases of a block share: the case without faults, and the ms at which its states change."""

    case: Case
    edges_ms: tuple[int, ...]
    end_ms: int
    running_ms: int = 0  # when the take-up is over


def draw(seed: int, *, faults: int | None = None) -> Case:
    """Return the case of a seed; with ``faults`` so many of them, else 0 to 4 as drawn.

    With ``faults=0`` every seed has a stage of its own and nobody stops it: it is to complete. Otherwise
    seeds k x SHARE to (k + 1) x SHARE - 1 share the stage that ``draw(k, faults=0)`` is.
    """
    if faults == 0:
        return _quiet(seed)
    alone = lone.lone_of(seed) if faults is None else ""
    # only a session asks for the edges of its stage, which take a dry run
    is_session = alone in ("", lone.HOST)
    stage = stage_of(seed // SHARE) if is_session else Stage(_quiet(seed // LONE_SHARE), (), 0)
    chance = random.Random(f"case {seed}")
    count = _pick(chance, FAULTS_OF) if faults is None else faults
    transport = _transport(chance)
    latency_us = _latency_us(chance, transport)
    if is_session:  # one line for all sessions of a stage
        line = random.Random(f"line {seed // SHARE}")
        transport = _transport(line)
        latency_us = _latency_us(line, transport)
    case = replace(
        stage.case,
        seed=seed,
        transport=transport,
        latency_us=latency_us,
        wishes=(*stage.case.wishes, *_stops(chance, stage), *_eases(seed, stage)),
    )
    if alone:
        return lone.lone_case(case, alone, stage)
    names = [one for one in FAULTS.values() if transport == WIRE or one.side != LINK]
    case = replace(
        case, injections=tuple(_injection(chance, chance.choice(names), stage) for _ in range(count))
    )
    return asked.asked_case(case, stage) if faults is None and asked.asks(seed) else case


@lru_cache(maxsize=4)
def stage_of(number: int) -> Stage:
    """Return a stage: the case without faults, and its edges from a dry run of it."""
    from traction.campaign.world import run

    case = _quiet(number)
    history = run(replace(case, transport=DIRECT, latency_us=0))  # its cases have lines of their own
    edges = {history.at_ms(index) for index in history.edges()}
    last, running_ms = -1, -1
    for block in history.rows:  # the host's own states and spans, by the controller's tick
        for seq, state, span in zip(block[2], block[14], block[15], strict=True):
            if last not in (-1, state << 16 | span + 1):
                edges.add(history.at_ms(seq - 1))
            last = state << 16 | span + 1
            if running_ms < 0 and state == State.RUNNING:
                running_ms = history.at_ms(seq - 1)
    end_ms = max(edges, default=1000)
    return Stage(case, tuple(sorted(one for one in edges if one >= 0)), end_ms, max(running_ms, 0))


@lru_cache(maxsize=4)
def _quiet(number: int) -> Case:
    """Return a case without faults."""
    chance = random.Random(f"stage {number}")
    while True:
        case = _try(chance, number)
        if plans.may_run(case.rig, case.plan, case.limits):
            return case


def _try(chance: random.Random, number: int) -> Case:
    region = chance.choice(codes.REGION_NAMES)
    rig = Rig(
        region=region,
        drive=chance.choice(codes.DRIVE_NAMES),
        couch=chance.choice(("split", "fixed")),
        disc=chance.choice(("herniated", "healthy")),
        mass_kg=round(chance.uniform(45.0, 130.0), 1),
        slack_mm=0.0 if chance.random() < 0.6 else round(chance.uniform(0.1, 1.5), 2),
        seed=number,
    )
    plan = draw_plan(chance, region)
    limits = _limits(chance, rig, plan)
    transport = _transport(chance)
    return Case(
        seed=number,
        rig=rig,
        plan=plan,
        limits=limits,
        transport=transport,
        latency_us=_latency_us(chance, transport),
        # a pause is a hold as well, and one just above the plan's own would end it
        wishes=() if "max_hold_s" in dict(limits) else _pauses(chance, plan),
    )


WIRED: Final = 0.35
"""Of all stages, those over the wire: they cost more, and most of what goes wrong is behind it."""


def _transport(chance: random.Random) -> str:
    return WIRE if chance.random() < WIRED else DIRECT


def _latency_us(chance: random.Random, transport: str) -> int:
    return 0 if transport == DIRECT else chance.choice((0, 1000, 3500, 8000, 15_000))


# ---- limits ----------------------------------------------------------------------------------


def _limits(chance: random.Random, rig: Rig, plan: Plan) -> plans.LimitValues:
    """Tighten some limits to just above what the plan needs."""
    profile = plans.profile_of(plan)
    values: dict[str, float] = {}
    if chance.random() < 0.6:
        values["max_force_n"] = max(round(profile.peak_n * chance.choice((1.0, 1.02, 1.1, 1.4)), 2), 15.0)
    if chance.random() < 0.4:
        values["max_rate_up_n_per_s"] = round(profile.rate_up_n_per_s * chance.choice((1.001, 1.1, 1.5)), 3)
    if chance.random() < 0.4:
        values["max_rate_down_n_per_s"] = round(
            profile.rate_down_n_per_s * chance.choice((1.001, 1.1, 1.5)), 3
        )
    if chance.random() < 0.25 and plans.may_run(rig, plan, tuple(values.items())):
        proved = plans.plan_for(rig, plan, tuple(values.items())).verification.margins
        figures = {one.name: one.value for one in proved}
        values["max_hold_s"] = round(figures["longest_hold"] * chance.choice((1.02, 1.3)) + 0.1, 2)
        values["max_session_s"] = round(figures["session_duration"] * 1.001 + 0.1, 2)
        values["max_impulse_n_s"] = round(figures["impulse"] * chance.choice((1.02, 1.3)) + 1.0, 1)
    return tuple(values.items())


# ---- people --------------------------------------------------------------------------------------------


def _pauses(chance: random.Random, plan: Plan) -> tuple[Wish, ...]:
    if chance.random() < 0.75:
        return ()
    length_ms = round(1000 * plans.profile_of(plan).duration_s)
    pause_ms = chance.randint(0, length_ms)
    resume_ms = pause_ms + chance.randint(20, 8000)
    return Wish(Request.PAUSE, pause_ms), Wish(Request.RESUME, resume_ms)


def _stops(chance: random.Random, stage: Stage) -> tuple[Wish, ...]:
    if chance.random() < 0.85:
        return ()
    first_ms = _onset_ms(chance, stage)
    what = chance.choice((Request.STOP, Request.STOP, Request.FAST_STOP))
    again = (Wish(Request.STOP, first_ms + chance.randint(0, 2000)),) if chance.random() < 0.3 else ()
    return Wish(what, first_ms), *again


EASED: Final = 0.06
"""Of all cases, those in which somebody asks for less, once or a few times."""


def _eases(seed: int, stage: Stage) -> tuple[Wish, ...]:
    chance = random.Random(f"ease {seed}")  # a stream of its own: nothing else that is drawn changes
    # what is eased stays in one band for longer: a hold that is just allowed would become one that is not
    if chance.random() >= EASED or "max_hold_s" in dict(stage.case.limits):
        return ()
    first_ms = _onset_ms(chance, stage)
    times_ms = [first_ms, *(first_ms + chance.randint(0, 4000) for _ in range(chance.choice((0, 0, 1, 4))))]
    return tuple(Wish(Request.EASE, at_ms) for at_ms in times_ms)


# ---- faults --------------------------------------------------------------------------------------------


def _onset_ms(chance: random.Random, stage: Stage) -> int:
    if stage.edges_ms and chance.random() < EDGE_SHARE:
        return max(chance.choice(stage.edges_ms) + TICK_MS * chance.choice((-1, 0, 1)), 0)
    return TICK_MS * chance.randint(0, stage.end_ms // TICK_MS)


def _injection(chance: random.Random, fault: Fault, stage: Stage) -> Injection:
    at_ms = _onset_ms(chance, stage)
    if fault.side == TABLE and chance.random() < 0.03:
        at_ms = ON
    return injection(chance, fault, at_ms)


def injection(chance: random.Random, fault: Fault, at_ms: int) -> Injection:
    """Return a fault at a time, with a length and a value."""
    span_ms = FOR_EVER
    if not fault.at_once and chance.random() < 0.35:
        span_ms = TICK_MS * max(1, round(10 ** chance.uniform(0.0, 3.0)))
    return Injection(fault, at_ms, span_ms, _value(chance, fault))


def _value(chance: random.Random, fault: Fault) -> float | None:
    """Return a value within the fault's range: the usual one, or any, each order of size alike."""
    value = fault.value
    if value is None:
        return None
    if chance.random() < 0.5:
        return value.usual
    low, high = MOST_USED.get(fault.name, (value.low, value.high))
    return round(10 ** chance.uniform(math.log10(low), math.log10(high)), 4)


MOST_USED: Final = {
    "host-stall": (0.01, 8.0),
    "host-suspend": (0.01, 30.0),
    "disk-slow": (0.01, 2.0),
    "motor-runaway": (0.1, 50.0),
    "link-delayed": (0.01, 2.0),
}
"""Ranges that are drawn from where the whole one would waste virtual time."""


def _pick(chance: random.Random, table: tuple[tuple[int, float], ...]) -> int:
    level = chance.random()
    for count, share in table:
        level -= share
        if level < 0.0:
            return count
    return table[-1][0]
