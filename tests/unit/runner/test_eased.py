"""Easing off flattens a profile: the timer of a hold may run on, and that is said when it may come to it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from traction.profile.profile import Profile
from traction.runner.eased import longest_hold_s
from traction.runner.outcome import Outcome
from traction.runner.requests import Request, Requests
from traction.runner.steering import EASE_SHARE
from traction.safety.hardware import session_limits
from traction.safety.limits import LimitSource
from traction.safety.verify import verify

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench
    from traction.runner.plan import SessionPlan


def limited(plan: SessionPlan, hold_s: float) -> SessionPlan:
    source = LimitSource("operator", "test", {"max_hold_s": hold_s})
    limits = session_limits("lumbar", plan.table, operator=(source,))
    proof = verify(plan.profile, limits, plan.table, take_up_timeout_s=plan.take_up_timeout_s)
    return replace(plan, limits=limits, verification=proof)


def test_a_flattened_profile_may_end_by_the_timer_of_a_hold_and_that_is_said(
    bench: Bench,
) -> None:
    profile = Profile(bench.spans(high_n=130.0, low_n=50.0, hold_s=4.0, cycles=4), rest_n=30.0)
    plan = limited(bench.plan(profile), 14.0)
    for presses, told in ((1, False), (5, True)):
        requests = Requests([(8.0 + 0.1 * number, Request.EASE) for number in range(presses)])
        result = bench.script(plan=plan, requests=requests)
        warned = [
            event.text for event in result.record().events if (event.name, event.code) == ("warning", "E431")
        ]
        assert bool(warned) is told
        assert result.code == ("E431" if told else "")
        assert result.outcome is (Outcome.TRIPPED if told else Outcome.COMPLETED)
        assert result.record().samples["force_mn"][-1] < 12_000
    assert warned[0] == "so little changes now that the limit of one hold, 14 s, may end the session"


@pytest.mark.parametrize("presses", [0, 1, 3, 6, 12])
def test_no_timer_runs_longer_on_an_eased_profile_than_is_said(bench: Bench, presses: int) -> None:
    chance, share = random.Random(presses), EASE_SHARE**presses
    for _ in range(6):
        rest_n = chance.choice((0.0, 5.0, 30.0))
        low_n = rest_n + chance.uniform(0.0, 60.0)
        facts = {"take_up_n": max(rest_n, 10.0), "low_n": low_n, "high_n": low_n + chance.uniform(5.0, 150.0)}
        profile = Profile(bench.spans(hold_s=chance.uniform(1.0, 5.0), cycles=4, **facts), rest_n=rest_n)
        plan = bench.plan(profile, take_up_n=facts["take_up_n"])
        limits, most_s = plan.limits, longest_hold_s(plan, share)
        force_n = profile.force_at(np.arange(0.0, profile.duration_s, 0.02))
        eased = np.where(force_n > rest_n, np.maximum(share * force_n, rest_n), force_n)
        since = anchor = 0
        for tick, now_n in enumerate(eased.tolist()):
            if now_n <= limits.slack_n or abs(now_n - eased[anchor]) > limits.hold_band_n:
                since = anchor = tick
            assert (tick - since) * 0.02 <= most_s + 0.02, (presses, facts, rest_n)
