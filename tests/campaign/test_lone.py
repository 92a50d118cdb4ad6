"""One layer alone: each such case is held, written down and read, and drawn often enough."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from traction.campaign.case import from_json, read_case, to_json
from traction.campaign.draw import draw, stage_of
from traction.campaign.lone import HOST, LONES, faults_for, lone_case, lone_of
from traction.campaign.lone_ends import BareEnd, WireEnd
from traction.campaign.lone_jerks import jerks_of
from traction.campaign.lone_kinds import (
    BLIND,
    CONTROLLER,
    CONTROLLER_KINDS,
    FAR,
    GUARD,
    GUARD_KINDS,
    KEEPS,
    LOADED,
    OPEN,
    PROOF,
    SLOWLY,
    extra_of,
    kind_case,
)
from traction.campaign.obedient import STOPPED, TRICK, TRICKS
from traction.campaign.oracle import judge
from traction.campaign.reckless_asks import REFUSE
from traction.campaign.seen import seen_of
from traction.campaign.world import run
from traction.sim.emulator import EmulatedTable
from traction.sim.patient import make_patient
from traction.wire import codes

STAGE = 0

REGRESSIONS = Path(__file__).parent.parent / "faults" / "regressions"


def alone(lone: str, seed: int) -> object:
    stage = stage_of(STAGE)
    return lone_case(replace(stage.case, seed=seed), lone, stage)


def test_a_quarter_of_the_seeds_has_one_layer_alone() -> None:
    found = Counter(lone_of(seed) for seed in range(2000))
    assert set(found) == {"", *LONES}
    assert 400 < 2000 - found[""] < 700


def test_every_thing_that_a_layer_is_tried_with_is_drawn() -> None:
    found = {extra_of(seed) for seed in range(2000)}
    assert found >= {(CONTROLLER, kind) for kind in CONTROLLER_KINDS} | {
        (GUARD, kind) for kind in GUARD_KINDS
    }


@pytest.mark.parametrize(
    ("lone", "kind"),
    [*((CONTROLLER, kind) for kind in dict.fromkeys(CONTROLLER_KINDS)), *((GUARD, k) for k in GUARD_KINDS)],
)
def test_each_thing_is_done_and_held(lone: str, kind: str) -> None:
    case = kind_case(replace(stage_of(STAGE).case, seed=3), lone, kind)
    assert from_json(to_json(case)) == case
    history = run(case)
    assert judge(case, history).escapes == ()
    done = [one for one in history.asked if one.must != STOPPED and one.says == kind]
    assert done or kind in (KEEPS, SLOWLY, FAR, LOADED, OPEN, BLIND)


def test_a_force_above_the_rate_that_was_asked_for_is_an_escape() -> None:
    case = kind_case(replace(stage_of(STAGE).case, seed=3), CONTROLLER, SLOWLY)
    history = run(case)
    run_from = next(i for i in range(history.ticks) if history.state(i) == codes.STATE_RUN)
    history.force_mn[run_from + 50] = 20_000
    assert "N, above the rate asked for" in [one.says for one in judge(case, history).escapes]


def test_a_hold_that_nobody_ends_is_an_escape() -> None:
    case = kind_case(replace(stage_of(STAGE).case, seed=3), CONTROLLER, KEEPS)
    history = run(case)
    last = max(i for i in range(history.ticks) if history.state(i) == codes.STATE_RUN)
    for name in ("force_mn", "marks", "fault", "velocity_um_per_s", "target_un", "travel_um"):
        series = getattr(history, name)
        series[last + 1 : last + 1] = array(series.typecode, [series[last]] * 500)
    assert "s of RUN within one band" in [one.says for one in judge(case, history).escapes]


def test_a_body_that_draws_itself_together_explains_no_more_than_it_draws() -> None:
    case = read_case(REGRESSIONS / "drawn-together-while-let-go.json")
    history = run(case)
    assert judge(case, history).escapes == ()
    history.force_mn[-1] += 30_000
    assert {one.invariant for one in judge(case, history).escapes} == {"I3", "I4", "I14"}


def test_a_force_in_power_is_never_that_of_a_body() -> None:
    case = read_case(REGRESSIONS / "drawn-together-while-let-go.json")
    history = run(case)
    (jerk,) = jerks_of(case)
    seen = seen_of(case, history)
    drawn_mn = jerk.drawn_mn(seen)
    assert not drawn_mn[seen.enabled].any()
    assert drawn_mn[-1] == pytest.approx(seen.force[-1], rel=0.5)
    again = replace(seen, enabled=seen.enabled | (np.arange(seen.force.size) == seen.force.size - 2))
    assert jerk.drawn_mn(again)[-1] == 0  # who had power since then could have let go


@pytest.mark.parametrize("lone", LONES)
@pytest.mark.parametrize("seed", range(4))
def test_each_layer_holds_alone(lone: str, seed: int) -> None:
    case = alone(lone, seed)
    assert from_json(to_json(case)) == case
    history = run(case)
    assert judge(case, history).escapes == ()
    if lone == CONTROLLER:
        assert history.start is not None or case.injections
    if lone in (GUARD, PROOF):
        assert [one.taken for one in history.asked if one.must == REFUSE].count(False) >= 1


@pytest.mark.parametrize("name", TRICKS)
def test_a_host_alone_answers_every_trick_in_its_time(name: str) -> None:
    stage = stage_of(STAGE)
    case = replace(alone(HOST, 1), injections=(), wishes=(), limits=stage.case.limits, trick=f"{name}@2500")
    history = run(case)
    assert judge(case, history).escapes == ()
    assert any(one.must == STOPPED for one in history.asked)
    assert TRICKS[name].within_ms is None or any(one.must == TRICK for one in history.asked)


def test_a_host_that_does_not_answer_is_an_escape() -> None:
    case = replace(alone(HOST, 1), injections=(), wishes=(), trick="estop@2500")
    history = run(case)
    begun = next(one.tick for one in history.asked if one.must == TRICK)
    history.asked = [
        one._replace(tick=one.tick + 100) if one.must == STOPPED and one.tick >= begun else one
        for one in history.asked
    ]
    assert [one.invariant for one in judge(case, history).escapes] == ["I4"]


def test_what_has_to_be_refused_and_is_taken_is_an_escape() -> None:
    case = alone(GUARD, 1)
    history = run(case)
    history.asked = [one._replace(taken=True) if one.must == REFUSE else one for one in history.asked]
    assert {one.invariant for one in judge(case, history).escapes} == {"I5"}


def test_a_layer_is_only_given_faults_that_it_is_said_to_hold_alone() -> None:
    assert "motor-jammed" in faults_for(CONTROLLER)
    assert "estop-pressed" not in faults_for(HOST)
    assert "release-jammed" not in (*faults_for(CONTROLLER), *faults_for(HOST))


def test_a_number_of_faults_asked_for_means_all_layers_together() -> None:
    assert all(draw(seed, faults=1).lone == "" for seed in range(40))


@pytest.mark.parametrize(
    ("place", "value", "can"),
    [(4, 0, True), (4, -1, False), (0, -1, False), (0, 10**6, True), (2, 2, False), (3, 251, False)],
)
def test_a_set_point_that_no_frame_can_say_reaches_no_controller(place: int, value: int, can: bool) -> None:
    good = (20_000, 5_000, codes.MODE_FORCE, codes.LEASE_MAX_MS, 0)
    values = (*good[:place], value, *good[place + 1 :])
    table = EmulatedTable(make_patient("lumbar"))
    end = WireEnd(table)
    end.setpoint(values)
    assert table.link.bad == 1
    assert table.link.foreign == can  # it was sound, and of no session
    assert end.can_say(values) is can
    assert BareEnd(table).can_say(values)
