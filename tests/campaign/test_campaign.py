"""A campaign gives the same in every process, whatever its jobs; and what it counts is what happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from traction.campaign.campaign import Report, Told, add, campaign, parts_of, run_part
from traction.campaign.draw import SHARE, draw, stage_of
from traction.campaign.oracle import Escape
from traction.sim.faults import FAULTS, HOST, LINK, ON

DIGESTS = """
import json, sys
from traction.campaign.campaign import run_part
told, _ = run_part(range(int(sys.argv[1]), int(sys.argv[2])))
print(json.dumps([one.digest for one in told]))
"""


def digests(low: int, high: int, hash_seed: str) -> list[str]:
    words = [sys.executable, "-P", "-c", DIGESTS, str(low), str(high)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment, timeout=250)
    found: list[str] = json.loads(done.stdout)
    return found


def test_each_seed_gives_the_same_in_every_process() -> None:
    one = [told.digest for told in run_part(range(32, 44))[0]]
    assert len(set(one)) > 6  # most of a stage's cases differ
    assert digests(36, 44, "1") == one[4:]  # whatever ran before it


def test_seeds_of_one_stage_stay_together() -> None:
    parts = list(parts_of(range(SHARE - 2, 2 * SHARE + 1)))
    assert [len(part) for part in parts] == [2, SHARE, 1]
    assert [seed for part in parts for seed in part] == list(range(SHARE - 2, 2 * SHARE + 1))


def test_what_is_counted_is_what_was_told() -> None:
    report = Report(wanted=2)
    escape = Escape("I1", 10, 2.0, 1.0, "N")
    figures = (3.0, 20.0, None, -0.5)
    add(report, Told(7, (escape,), False, {"H02": figures}, "TRIPPED", (("cell-a-stuck", "RUN"),), 100, ""))
    add(report, Told(8, (), True, {"H02": (1.0, 30.0, 40.0, 0.5)}, "FAULTED", (), 300, ""))
    assert (report.sessions, report.faulty, report.virtual_s, report.false_trips) == (2, 1, 4.0, [8])
    assert [(one.seed, one.escape) for one in report.escapes] == [(7, escape)]
    worst = report.worst["H02"]
    assert (worst.runs, worst.overshoot_n, worst.detect_ms, worst.react_ms) == (2, 3.0, 30.0, 40.0)
    assert (worst.margin, worst.seed) == (-0.5, 7)
    assert not report.passed


def test_an_interrupt_leaves_what_there_was() -> None:
    def interrupt(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    report = campaign(range(SHARE, 3 * SHARE, SHARE // 2), 1, interrupt)
    assert (report.interrupted, report.sessions, report.passed) == (True, 2, False)


@pytest.mark.parametrize("seed", range(200, 232))
def test_a_drawn_case_is_within_what_there_is(seed: int) -> None:
    case = draw(seed)
    stage = stage_of(seed // SHARE)
    if not case.lone:
        assert (case.rig, case.plan, case.limits) == (stage.case.rig, stage.case.plan, stage.case.limits)
    assert len(case.injections) <= 4
    for one in case.injections:
        assert one.fault.name in FAULTS
        assert one.fault.side != LINK or case.transport == "wire"
        value = one.fault.value
        assert case.lone or one.value is None or (value and value.low <= one.value <= value.high)
        assert one.at_ms % 10 == 0 or one.at_ms <= ON


def test_half_of_the_onsets_lie_at_an_edge() -> None:
    near = total = 0
    for seed in range(160, 192):
        stage = stage_of(seed // SHARE)
        for one in draw(seed).injections:
            total += one.at_ms >= 0
            near += any(abs(one.at_ms - edge) <= 10 for edge in stage.edges_ms)
    assert total > 20
    assert near >= 0.3 * total


def test_exactly_so_many_faults_are_drawn_when_asked() -> None:
    assert [len(draw(48, faults=count).injections) for count in range(5)] == [0, 1, 2, 3, 4]
    sides = {one.fault.side for seed in range(48, 64) for one in draw(seed, faults=4).injections}
    assert HOST in sides
