"""When a fault was seen: what ended the run counts only where it may be an answer to that fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from traction.campaign.draw import draw
from traction.campaign.measures import Measure
from traction.campaign.oracle import judge
from traction.campaign.world import run
from traction.sim.faults import read_faults

SIDES = ("table", "link", "host")


def measured(*faults: str, wire: bool = False) -> dict[str, Measure]:
    case = replace(draw(1, faults=0), injections=read_faults(faults, SIDES), wishes=())
    case = replace(case, transport="wire") if wire else case
    return judge(case, run(case)).measures


def test_an_answer_is_timed_from_the_onset() -> None:
    pressed = measured("patient-stop-pressed@2s")["H40"]
    assert pressed.detect_ms is not None
    assert pressed.react_ms is not None
    assert pressed.detect_ms <= pressed.react_ms <= 30


def test_the_end_of_the_plan_answers_nothing() -> None:
    blink = measured("link-cut-to-table@2s+10ms", wire=True)["H20"]
    assert (blink.detect_ms, blink.react_ms) == (None, None)
    assert blink.margin > 0.0


def test_what_another_fault_ended_is_no_answer_to_the_first() -> None:
    both = measured("cells-drifting:0.001N/s@1s", "estop-pressed@3s")
    assert both["H12"].detect_ms is None
    assert both["H43"].detect_ms is not None


def test_nothing_is_an_answer_to_a_clock_that_jumps() -> None:
    both = measured("cell-a-intermittent@3s", "clock-jump:60s@3010ms")
    assert both["H23"].detect_ms is None
    assert both["H23"].margin > 0.0


@pytest.mark.parametrize(("seed", "name"), [(8, "H07")])
def test_what_somebody_asked_for_is_no_answer_to_a_fault(seed: int, name: str) -> None:
    case = draw(seed)
    assert judge(case, run(case)).measures[name].detect_ms is None
