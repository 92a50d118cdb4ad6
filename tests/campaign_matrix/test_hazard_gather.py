"""From a real campaign to its report: nothing is lost on the way, and the pictures are of the worst seeds."""

from __future__ import annotations

import pytest

from traction.campaign.campaign import Found, Report, campaign
from traction.campaign.draw import draw
from traction.campaign.oracle import Escape
from traction.campaign.world import run
from traction.report.hazard_figures import BROKEN, Evidence
from traction.report.hazard_gather import gather, picture_of
from traction.report.hazard_page import hazard_page

COMMAND = "traction faults run --seeds 0:6"


@pytest.fixture(scope="module")
def report() -> Report:
    return campaign(range(6))


@pytest.fixture(scope="module")
def evidence(report: Report) -> Evidence:
    return gather(report, COMMAND)


def test_every_figure_of_the_campaign_is_in_the_report(report: Report, evidence: Evidence) -> None:
    assert evidence.sessions == 6
    assert evidence.about.command == COMMAND
    ran = {one.hazard.name: one for one in evidence.hazards if one.runs}
    assert set(ran) == set(report.worst)
    for name, worst in report.worst.items():
        row = ran[name]
        assert (row.runs, row.margin, row.react_ms) == (worst.runs, worst.margin, worst.react_ms)
        assert row.replay == f"traction faults replay {worst.seed}"
        assert row.picture is not None
    assert len({one.hazard.name for one in evidence.hazards}) == len(evidence.hazards)
    assert COMMAND in hazard_page(evidence)


def test_a_picture_is_the_true_force_of_that_seed(report: Report, evidence: Evidence) -> None:
    name, worst = next(iter(report.worst.items()))
    picture = next(one.picture for one in evidence.hazards if one.hazard.name == name)
    assert worst.seed is not None
    assert picture is not None
    history = run(draw(worst.seed))
    assert max(picture.force_n) == max(history.force_mn[history.start or 0 :]) / 1000
    assert picture.limit_n is not None
    assert len(picture.t_s) == len(picture.force_n) == len(picture.target_n)


def test_each_fault_that_began_is_marked() -> None:
    seed = next(seed for seed in range(40) if len(draw(seed).injections) == 1)
    case = draw(seed)
    (one,) = case.injections
    history, picture = run(case), picture_of(case)
    begun = history.onsets[0]
    if begun is not None and history.start is not None and begun >= history.start:
        assert (history.at_ms(begun) / 1000, f"{one.fault.name} begins") in picture.marks


def test_an_escape_and_a_false_trip_come_with_the_command_to_see_them() -> None:
    found = Report(wanted=2, sessions=2)
    found.escapes.append(Found(17, Escape("I1", 1234, 95.0, 90.0, "N of true force")))
    found.false_trips.append(18)
    told = gather(found, COMMAND, faults=0)
    assert not told.passed
    assert told.escapes[0].replay == "traction faults replay 17 --faults 0"
    assert told.false_trips[0].case == "seed 18"


def test_an_escape_breaks_the_hazards_of_its_faults_and_no_other() -> None:
    seed = next(seed for seed in range(40) if len(draw(seed).injections) == 1)
    (one,) = draw(seed).injections
    found = Report(wanted=1, sessions=1)
    found.escapes.append(Found(seed, Escape("I4", 1234, 95.0, 90.0, "ms in RUN")))
    hazards = gather(found, COMMAND).hazards
    broken = {each.hazard.name for each in hazards if each.escapes == (f"seed {seed}",)}
    assert broken == {each.hazard.name for each in hazards if one.fault.name in each.hazard.faults}
    assert broken == {each.hazard.name for each in hazards if each.state == BROKEN}


def test_a_report_on_so_many_faults_each_shows_the_sessions_that_had_them() -> None:
    found = campaign(range(2), faults=1)
    told = gather(found, COMMAND, faults=1)
    name, worst = next((name, one) for name, one in found.worst.items() if one.seed is not None)
    row = next(one for one in told.hazards if one.hazard.name == name)
    assert worst.seed is not None
    assert row.replay == f"traction faults replay {worst.seed} --faults 1"
    assert row.picture == picture_of(draw(worst.seed, faults=1))
