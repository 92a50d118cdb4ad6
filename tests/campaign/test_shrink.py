"""A failing case becomes the smallest that fails the same way, and stays a case that may run."""

from __future__ import annotations

from dataclasses import replace

from traction.campaign.case import DIRECT, Ask, Case, Said
from traction.campaign.draw import draw
from traction.campaign.plans import may_run
from traction.campaign.shrink import shrink, simpler

SEEDS = range(400, 440)


def fails_with(name: str, case: Case) -> frozenset[str]:
    return frozenset({"I1"}) if any(one.fault.name == name for one in case.injections) else frozenset()


def test_only_what_is_needed_stays() -> None:
    case = next(one for one in map(draw, SEEDS) if len(one.injections) > 2 and one.transport != DIRECT)
    name = case.injections[1].fault.name
    if name.startswith("link"):
        name = case.injections[0].fault.name
    small = shrink(case, lambda one: fails_with(name, one))
    assert [one.fault.name for one in small.injections] == [name]
    assert (small.wishes, small.transport, small.limits, len(small.plan.legs)) == ((), DIRECT, (), 1)
    assert may_run(small.rig, small.plan, small.limits)


def test_another_failure_is_not_taken_for_the_same() -> None:
    case = next(one for one in map(draw, SEEDS) if len(one.injections) == 2)

    def fails(other: Case) -> frozenset[str]:
        return frozenset({"I1"}) if len(other.injections) == 2 else frozenset({"I4"})

    assert len(shrink(case, fails).injections) == 2


def test_a_case_that_holds_is_left_alone() -> None:
    case = draw(401)
    assert shrink(case, lambda _: frozenset()) == case


def test_a_question_and_what_is_said_are_left_out_where_they_are_not_needed() -> None:
    case = replace(draw(7, faults=0), ask=Ask(3.0, "stop"), said=(Said(10, "", "enough"), Said(20, "", "no")))
    found = [(one.ask, one.said) for one in simpler(case)]
    assert (None, ()) in found
    assert (case.ask, case.said[1:]) in found
    assert all(one.plan == case.plan for one in simpler(case))
