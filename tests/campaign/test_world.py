"""One case is a whole session of the product's own parts, the same in every run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from traction.campaign.case import Case, from_json, to_json
from traction.campaign.draw import draw
from traction.campaign.oracle import judge
from traction.campaign.world import run
from traction.errors import UsageError
from traction.sim.faults import HOST, read_faults


@pytest.mark.parametrize("seed", range(6))
def test_a_case_without_faults_completes_and_nothing_escapes(seed: int) -> None:
    case = draw(seed, faults=0)
    history = run(case)
    verdict = judge(case, history)
    assert history.result is not None
    assert (str(history.result.outcome), verdict.false_trip, verdict.escapes) == ("COMPLETED", False, ())


@pytest.mark.parametrize("seed", range(40, 52))
def test_a_case_reads_back_as_it_was_written(seed: int) -> None:
    case = draw(seed)
    assert from_json(to_json(case)) == case


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 2}', "null", '{"format": 1, "seed": 1}'])
def test_what_is_no_case_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="E193"):
        from_json(text)


def test_the_same_case_gives_the_same_history() -> None:
    case: Case = draw(43)
    assert run(case).digest() == run(case).digest()
    other = replace(case, rig=replace(case.rig, seed=case.rig.seed + 1))
    assert run(case).digest() != run(other).digest()


@pytest.mark.parametrize("at", ["10ms", "1s", "5.5s"])
def test_a_host_that_is_killed_leaves_a_table_that_lets_go_and_a_record_that_reads(at: str) -> None:
    killed = read_faults([f"host-crash@{at}"], (HOST,))
    case = replace(draw(2, faults=0), injections=killed)
    history = run(case)
    assert (history.crashed, history.result, history.settled) == (True, None, True)
    assert judge(case, history).escapes == ()
    assert judge(case, history).measures["H21"].detect_ms == pytest.approx(260, abs=30)
