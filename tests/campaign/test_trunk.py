"""A case that leaves the session of its stage on its way gives what it gives when it is run whole."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from functools import cache

import pytest

from traction.campaign.campaign import tell, told_of
from traction.campaign.case import TRANSPORTS, Case, Wish
from traction.campaign.draw import SHARE, draw, stage_of
from traction.campaign.trunk import BranchFailed, branches_cpu_s, grow, leaves_ms
from traction.runner.requests import Request
from traction.sim.faults import FOR_EVER, HOST, LINK, ON, TABLE, read_faults

NUMBERS = {"direct": 3, "wire": 1}
LATE = "estop-pressed@9s"


@cache
def drawn(transport: str) -> list[Case]:
    number = NUMBERS[transport]
    return [draw(seed) for seed in range(number * SHARE, (number + 1) * SHARE)]


def of_stage(transport: str = "direct") -> Case:
    return stage_of(NUMBERS[transport]).case


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_branch_is_the_same_to_the_last_bit_as_its_case_run_whole(transport: str) -> None:
    cases = drawn(transport)
    found = grow(of_stage(transport), cases, told_of)
    assert len(found) > SHARE // 3
    for case in [one for one in cases if one.seed in found][::3]:
        assert found[case.seed] == tell(case)


@pytest.mark.parametrize(
    ("transport", "text"),
    [
        ("direct", "host-crash@5s"),
        ("direct", "ghost-keys@6s"),
        ("wire", "disk-full@7s"),
        ("wire", "link-corrupted@8s"),
        ("direct", "controller-hang@900s"),
        ("wire", "strap-break@4.1s"),
    ],
)
def test_whatever_goes_wrong(transport: str, text: str) -> None:
    stage = of_stage(transport)
    base = next(one for one in drawn(transport) if not one.lone)
    injections = read_faults([text], (TABLE, LINK, HOST))
    cases = [replace(base, seed=seed, wishes=stage.wishes, injections=injections) for seed in (1, 2)]
    found = grow(stage, cases, told_of)
    assert found == {1: tell(cases[0]), 2: tell(cases[1])}


def test_what_parts_from_the_beginning_is_no_branch() -> None:
    stage = of_stage()
    (late,) = read_faults([LATE], (TABLE,))
    case = replace(stage, injections=(late,))
    assert leaves_ms(case, stage) == 8940
    assert leaves_ms(stage, stage) is not None
    for other in (
        replace(case, injections=(replace(late, at_ms=4050),)),
        replace(case, injections=(late, replace(late, at_ms=ON))),
        replace(case, injections=read_faults(["host-suspend@9s"], (HOST,))),
        replace(case, lone="host"),
        replace(case, limits=(("max_force_n", 12.0),)),
        replace(case, rig=replace(case.rig, mass_kg=50.0)),
        replace(case, wishes=(Wish(Request.STOP, 0), *case.wishes)),
    ):
        assert leaves_ms(other, stage) is None
    assert late.span_ms == FOR_EVER


def test_nothing_is_forked_beside_another_thread_nor_where_nothing_can_be(monkeypatch) -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    assert grow(of_stage(), drawn("direct"), told_of) == {}
    over.set()
    thread.join()
    monkeypatch.delattr(os, "fork")
    assert grow(of_stage(), drawn("direct"), told_of) == {}
    assert branches_cpu_s() == 0.0


def test_where_no_process_is_left_the_case_is_left_to_be_run_whole(monkeypatch) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    assert grow(of_stage(), drawn("direct"), told_of) == {}


def test_a_branch_that_fails_says_why() -> None:
    def fail(case: Case, _history: object) -> None:
        raise LookupError(f"not of {case.seed}")

    branches = [one for one in drawn("direct") if leaves_ms(one, of_stage()) is not None]
    with pytest.raises(BranchFailed, match="LookupError: not of "):
        grow(of_stage(), branches[:2], fail)
