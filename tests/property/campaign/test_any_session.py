"""Whatever people ask for and whatever goes wrong, in whatever order: the oracle finds nothing in it.

Pauses, resumes, eases and stops between faults of the table, its line and the host: the real runner, driver,
controller and recorder on virtual time. ``--hypothesis-profile=prove`` tries far more.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traction.campaign.case import DIRECT, WIRE, Wish, to_json
from traction.campaign.draw import draw
from traction.campaign.oracle import judge
from traction.campaign.world import run
from traction.runner.requests import Request
from traction.sim.faults import FAULTS, FOR_EVER, HOST, LINK, TABLE, Injection

GAPS_MS = (20, 60, 250, 1000, 3000)
MOST_FAULTS = 2
SIDES = {DIRECT: (TABLE, HOST), WIRE: (TABLE, LINK, HOST)}
ASKED = (Request.PAUSE, Request.RESUME, Request.PAUSE, Request.RESUME, Request.EASE, Request.STOP)
OFTEN = ("link-cut", "controller-reboot", "double-start", "estop-pressed", "host-stall")


@st.composite
def sessions(draw_one):
    """Draw a healthy session of the campaign, and what is asked for and goes wrong in it, in this order."""
    transport = draw_one(st.sampled_from([DIRECT, WIRE]))
    names = [name for name, one in FAULTS.items() if one.side in SIDES[transport]]
    often = [name for name in OFTEN if name in names]
    acts = draw_one(
        st.lists(st.sampled_from(ASKED) | st.sampled_from(often) | st.sampled_from(names), max_size=8)
    )
    gaps = draw_one(st.lists(st.sampled_from(GAPS_MS), min_size=len(acts), max_size=len(acts)))
    wishes, faults = [], []
    for act, at_ms in zip(acts, accumulate(gaps), strict=True):
        if isinstance(act, Request):
            wishes.append(Wish(act, at_ms))
        elif len(faults) < MOST_FAULTS:
            fault = FAULTS[act]
            span_ms = FOR_EVER if fault.at_once else draw_one(st.sampled_from([FOR_EVER, 50, 400, 3000]))
            faults.append(Injection(fault, at_ms, span_ms, fault.value and fault.value.usual))
    case = draw(draw_one(st.integers(0, 400)), faults=0)
    return replace(case, transport=transport, latency_us=0, wishes=tuple(wishes), injections=tuple(faults))


PROVING = settings.get_current_profile_name() == "prove"


@pytest.mark.timeout(3600 if PROVING else 60)
@settings(
    max_examples=settings().max_examples if PROVING else 40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(sessions())
def test_no_order_of_wishes_and_faults_escapes(case) -> None:
    assert judge(case, run(case)).escapes == (), to_json(case)
