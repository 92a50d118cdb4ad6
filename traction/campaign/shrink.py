"""From a case that fails to the smallest that still fails the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeVar

from traction.campaign.case import DIRECT, HOLD, Case, Leg, Plan
from traction.campaign.oracle import judge
from traction.campaign.plans import may_run
from traction.campaign.world import run
from traction.sim.faults import FOR_EVER, Injection

_Item = TypeVar("_Item")

MOST_TRIES: Final = 300


def failures(case: Case) -> frozenset[str]:
    """Return the invariants that a case breaks, with "false trip" for one."""
    verdict = judge(case, run(case))
    found = {escape.invariant for escape in verdict.escapes}
    return frozenset(found | ({"false trip"} if verdict.false_trip else set()))


def shrink(case: Case, fails: Callable[[Case], frozenset[str]] = failures) -> Case:
    """Return the smallest case found that breaks an invariant that ``case`` breaks.

    Faults and wishes are dropped first, then the plan is cut and made plain, then values become usual.
    Raises nothing; a case that fails in no way comes back as it is.
    """
    wanted = fails(case)
    if not wanted:
        return case
    tries, smaller = 0, True
    while smaller:
        smaller = False
        for other in simpler(case):
            tries += 1
            if tries > MOST_TRIES:
                return case
            if may_run(other.rig, other.plan, other.limits) and fails(other) & wanted:
                case, smaller = other, True
                break
    return case


def simpler(case: Case) -> Iterator[Case]:
    """Yield cases that are a little simpler, the most promising first."""
    for index in range(len(case.injections)):
        yield replace(case, injections=_without(case.injections, index))
    for index in range(len(case.wishes)):
        yield replace(case, wishes=_without(case.wishes, index))
    if case.ask is not None:
        yield replace(case, ask=None, said=())
    for index in range(len(case.said)):
        yield replace(case, said=_without(case.said, index))
    for plan in _simpler_plans(case.plan) if case.ask is None else ():  # a question needs what follows it
        yield replace(case, plan=plan)
    if case.transport != DIRECT:
        yield replace(case, transport=DIRECT, latency_us=0)
    if case.latency_us:
        yield replace(case, latency_us=0)
    for index in range(len(case.limits)):
        yield replace(case, limits=_without(case.limits, index))
    if case.rig.slack_mm:
        yield replace(case, rig=replace(case.rig, slack_mm=0.0))
    for index, one in enumerate(case.injections):
        for other in _simpler_injections(one):
            rest = case.injections
            yield replace(case, injections=(*rest[:index], other, *rest[index + 1 :]))


def _simpler_plans(plan: Plan) -> Iterator[Plan]:
    legs = plan.legs
    for count in range(1, len(legs)):
        yield replace(plan, legs=legs[:count])
    for index, leg in enumerate(legs):
        if leg.shape == HOLD and leg.wave is not None:
            yield _with_leg(plan, index, replace(leg, wave=None))
        elif leg.shape == HOLD and leg.for_s > 1.0:
            yield _with_leg(plan, index, replace(leg, for_s=round(leg.for_s / 2, 2)))


def _simpler_injections(one: Injection) -> Iterator[Injection]:
    usual = None if one.fault.value is None else one.fault.value.usual
    if one.value != usual:
        yield replace(one, value=usual)
    if one.span_ms != FOR_EVER:
        yield replace(one, span_ms=FOR_EVER)


def _without(items: tuple[_Item, ...], index: int) -> tuple[_Item, ...]:
    return items[:index] + items[index + 1 :]


def _with_leg(plan: Plan, index: int, leg: Leg) -> Plan:
    return replace(plan, legs=(*plan.legs[:index], leg, *plan.legs[index + 1 :]))
