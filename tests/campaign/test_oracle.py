"""What the oracle counts, and what it does not hold against anybody."""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path

import pytest

from traction.campaign.case import HOLD, RAMP, Leg, Plan, Wish, read_case
from traction.campaign.draw import draw
from traction.campaign.history import ENABLED, STATE_BITS
from traction.campaign.oracle import judge
from traction.campaign.plans import plan_for
from traction.campaign.rules_force import i14_ends
from traction.campaign.rules_state import i8_limits
from traction.campaign.seen import seen_of
from traction.campaign.world import run
from traction.runner.requests import Request
from traction.sim.faults import FAULTS, FOR_EVER, Injection
from traction.wire import codes

QUIET = draw(7, faults=0)
REGRESSIONS = Path(__file__).parent.parent / "faults" / "regressions"


def test_impulse_is_counted_above_the_take_up_force_as_its_limit_is() -> None:
    plan = Plan(23.0, (Leg(RAMP, 26.0, 0.8), Leg(HOLD, 26.0, 20.0), Leg(RAMP, 0.0, 3.0)))
    case = replace(QUIET, plan=plan, limits=(), wishes=())
    proved = plan_for(case.rig, plan, ()).verification.margins
    needed = next(one.value for one in proved if one.name == "impulse")
    case = replace(case, limits=(("max_impulse_n_s", 1.1 * needed),))
    verdict = judge(case, run(case))
    assert not verdict.false_trip
    assert verdict.escapes == ()


def test_a_reading_that_comes_and_goes_may_be_hidden_by_one_that_is_stuck() -> None:
    both = (
        Injection(FAULTS["cell-b-intermittent"], 9000, 1030, None),
        Injection(FAULTS["cell-b-stuck"], 9010, 1370, None),
    )
    case = replace(QUIET, injections=both, wishes=())
    assert judge(case, run(case)).escapes == ()


def test_a_force_below_what_counts_as_slack_is_none_that_is_left_and_a_drive_in_power_is_told() -> None:
    case = replace(QUIET, wishes=())
    history = run(case)
    history.settled = False
    says = []
    for force_mn, marks in ((10_500, 0), (10_500, ENABLED), (12_500, 0)):  # a cell may read 1.7 N too little
        history.force_mn[-1], history.marks[-1] = force_mn, marks
        says.append([one.says for one in i14_ends(seen_of(case, history))])
    assert says == [[], ["drive in power in the end"], ["N left in the end"]]


def test_a_machine_that_slept_ends_the_session_by_what_it_says_of_itself() -> None:
    asleep = Injection(FAULTS["host-suspend"], 4000, FOR_EVER, 3.0)
    case = replace(QUIET, injections=(asleep,), wishes=())
    history = run(case)
    assert history.result is not None
    assert "E484" in [one.code for one in history.result.causes]
    assert judge(case, history).escapes == ()


def test_a_pull_a_milder_reaction_and_a_silence_are_seen_after_the_end_of_run() -> None:
    pressed = Injection(FAULTS["estop-pressed"], 9000, FOR_EVER, None)
    case = replace(QUIET, injections=(pressed,), wishes=())
    history = run(case)
    assert judge(case, history).escapes == ()
    left = seen_of(case, history).left_run
    assert left is not None

    history.velocity_um_per_s[left + 5] = 10
    assert "mm/s of pull outside of RUN" in {one.says for one in judge(case, history).escapes}
    history.velocity_um_per_s[left + 5] = -10

    state = history.marks[left + 5]
    history.marks[left + 5] = state & ~STATE_BITS | codes.STATE_RELEASING
    says = {one.says for one in judge(case, history).escapes}
    assert "severity of a reaction that went down" in says
    history.marks[left + 5] = state

    history.force_mn[history.host_ended - 1] = 30_000
    assert "N left, and nobody was told" in {one.says for one in judge(case, history).escapes}


def test_a_controller_that_hangs_while_it_slows_down_is_no_pull_but_one_that_was_at_rest_is() -> None:
    base = replace(QUIET, wishes=(Wish(Request.STOP, 3000),))
    left = seen_of(base, run(base)).left_run
    assert left is not None
    at_ms = 10 * (left - run(base).start)
    hangs = Injection(FAULTS["controller-hang"], at_ms, FOR_EVER, None)
    case = replace(base, injections=(hangs,))
    history = run(case)
    onset = history.onsets[0]
    history.velocity_um_per_s[onset : onset + 9] = array("q", [30] * 9)
    assert "mm/s of pull outside of RUN" not in {one.says for one in judge(case, history).escapes}
    history.onsets[0] = onset + 40
    assert "mm/s of pull outside of RUN" in {one.says for one in judge(case, history).escapes}


HELD = (codes.STATE_ARMED, codes.STATE_RUN, codes.STATE_RELEASING, codes.STATE_FAST_RELEASING)


def test_limits_that_change_are_an_escape_unless_another_host_begins_a_session_that_may_begin() -> None:
    case = read_case(REGRESSIONS / "second-hello-kept-back.json")
    history = run(case)
    (begun, _), loaded = history.tokens[-1], history.limits[-2][1]
    assert history.limits[-1][0] == begun
    assert [*i8_limits(seen_of(case, history))] == []

    history.limits[-1] = (begun + 1, history.limits[-1][1])  # a tick later it is a change within its session
    says = [(one.says, one.found) for one in i8_limits(seen_of(case, history))]
    assert says == [("limits that changed", 0.0), ("limits of the session before", loaded[0])]


def test_a_session_of_another_host_that_finds_the_limits_of_the_one_before_is_an_escape() -> None:
    case = read_case(REGRESSIONS / "second-hello-kept-back.json")
    history = run(case)
    del history.limits[-1]
    assert [one.says for one in i8_limits(seen_of(case, history))] == ["limits of the session before"]


@pytest.mark.parametrize("state", range(len(codes.STATE_NAMES)))
def test_another_host_begins_no_session_while_one_is_armed_or_moving(state: int) -> None:
    case = read_case(REGRESSIONS / "second-hello-kept-back.json")
    history = run(case)
    begun, _ = history.tokens[-1]
    for index in (begun - 1, begun):
        history.marks[index] = history.marks[index] & ~STATE_BITS | state
    says = [one.says for one in i8_limits(seen_of(case, history))]
    assert says == (["limits that changed"] if state in HELD else [])
    history.marks[begun - 1] = codes.STATE_FAULT_LATCHED  # it may have been free when the hello came
    assert [*i8_limits(seen_of(case, history))] == []
