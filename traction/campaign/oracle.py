"""The oracle: what must hold in every tick, by the true force and the controller's true state.

It asks no sensor. Its bounds come from the limits of the case, the time budgets of ``hardware/hazards.toml``
and the figures of the plant; the arithmetic of each is stated where it is made (``bounds``, ``effects``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from traction.campaign import rules_asked, rules_down, rules_eased, rules_force, rules_state
from traction.campaign.case import Case
from traction.campaign.history import History
from traction.campaign.lone_guard import judge_asked
from traction.campaign.lone_host import judge_host
from traction.campaign.lone_kinds import CONTROLLER, GUARD, PROOF
from traction.campaign.lone_rules import judge_controller
from traction.campaign.measures import Measure, measures
from traction.campaign.reactions import i4_reactions
from traction.campaign.seen import Escape, Seen, seen_of
from traction.runner.outcome import Outcome

Rule = Callable[[Seen], Iterator[Escape]]

RULES: Final[tuple[Rule, ...]] = (
    rules_force.i1_force,
    rules_force.i2_slope,
    rules_force.i3_time,
    rules_force.i4_release,
    i4_reactions,
    rules_down.i4_never_pulls,
    rules_down.i4_never_milder,
    rules_state.i5_power,
    rules_state.i6_starts,
    rules_state.i7_latch,
    rules_state.i8_limits,
    rules_state.i9_numbers,
    rules_state.i10_belief,
    rules_state.i11_commander,
    rules_state.i13_alarm,
    rules_down.i13_force_remains,
    rules_force.i14_ends,
    rules_state.i15_record,
    rules_eased.i16_eased,
    rules_asked.i16_answered,
)
"""Every rule; each yields what it found broken."""


STOPPED_BY_ANSWER: Final = ("E492", "E493")
"""An answer that stops, and a silence that does: nothing has tripped."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the oracle says of one case."""

    escapes: tuple[Escape, ...]
    false_trip: bool
    measures: dict[str, Measure] = field(default_factory=dict)


def judge(case: Case, history: History) -> Verdict:
    """Return every invariant that did not hold, and the measures of each hazard of the case's faults."""
    if case.lone in (GUARD, PROOF):
        return Verdict(tuple(judge_asked(history)), False)
    seen = seen_of(case, history)
    if case.lone:
        return Verdict(tuple((judge_controller if case.lone == CONTROLLER else judge_host)(seen)), False)
    escapes = tuple(found for rule in RULES for found in rule(seen))
    return Verdict(escapes, _false_trip(case, history), measures(seen))


def _false_trip(case: Case, history: History) -> bool:
    """Say whether a session did not complete, though nothing was wrong and nobody stopped it."""
    if case.injections or any(wish.what in ("stop", "fast-stop") for wish in case.wishes):
        return False
    result = history.result
    if case.ask is not None and result is not None and result.code in STOPPED_BY_ANSWER:
        return False
    return result is None or result.outcome is not Outcome.COMPLETED


__all__ = ["RULES", "Escape", "Measure", "Verdict", "judge"]
