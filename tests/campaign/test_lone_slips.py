"""A host alone before a strap that slips: how long it may look on, and where nothing is owed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from traction.campaign.case import Case, read_case
from traction.campaign.history import STATE_BITS, History
from traction.campaign.lone_slips import BACK_UM, SLIPPED_MS, slips
from traction.campaign.obedient import ONE, SLIP_UM_PER_MS
from traction.campaign.oracle import judge
from traction.campaign.plans import limits_for
from traction.campaign.seen import Seen, seen_of
from traction.campaign.world import run
from traction.wire import codes

SLACK = read_case(Path(__file__).parent.parent / "faults" / "regressions" / "slips-while-slack.json")
PULLING = replace(SLACK, trick="slips@6000")


def without_an_end(case: Case, history: History) -> Seen:
    """Return what would be seen had the host never let go: the run goes on."""
    start = history.start or 0
    for index in range(start, history.ticks):
        history.marks[index] = history.marks[index] & ~STATE_BITS | codes.STATE_RUN
    return seen_of(case, history)


def found(seen: Seen) -> list[tuple[int, float, str]]:
    return [(one.at_ms, one.bound, one.says) for one in slips(seen)]


@pytest.mark.parametrize("trick", ["slips@0", "slips@4250", "slips@6000"])
def test_a_host_alone_lets_go_of_a_strap_that_slips_in_its_time(trick: str) -> None:
    case = replace(SLACK, trick=trick)
    history = run(case)
    assert judge(case, history).escapes == ()
    assert history.result is not None
    assert history.result.code == "E443"


@pytest.fixture
def still() -> Seen:
    """Return a run without an end at 20 N, with a carriage that stands, in which the strap slips at once."""
    history = run(SLACK)
    for index in range(history.ticks):
        history.travel_um[index], history.force_mn[index] = 0, 20_000
    return without_an_end(SLACK, history)


def until(seen: Seen, ticks: int) -> Seen:
    """Return the run with an end so many ticks after its start."""
    seen.state[(seen.history.start or 0) + ticks :] = codes.STATE_RELEASING
    return seen


@pytest.mark.parametrize(("ticks", "late"), [(SLIPPED_MS // 10 + 1, False), (SLIPPED_MS // 10 + 2, True)])
def test_the_time_is_two_comparisons_and_an_answer(still: Seen, ticks: int, late: bool) -> None:
    assert (found(until(still, ticks)) != []) is late


def test_nothing_is_owed_while_slack_or_while_the_carriage_goes_back(still: Seen) -> None:
    start = still.history.start or 0
    seconds = start + 50
    ended = until(still, 150)
    assert found(ended) != []
    ended.force[seconds] = ended.bounds.slack
    assert found(ended) == []
    ended.force[seconds] += 1
    assert found(ended) != []
    ended.history.travel_um[seconds] = -BACK_UM
    assert found(ended) != []
    ended.history.travel_um[seconds] -= 1
    assert found(ended) == []


def test_travel_beyond_its_limit_ends_a_run_also_where_all_is_slack(still: Seen) -> None:
    still.force[:] = 0
    far_ms = round(1000 * limits_for(SLACK.rig, SLACK.limits).max_travel_mm / SLIP_UM_PER_MS) + 10
    says = "ms in RUN, beyond the limit of travel"
    size = still.state.size - (still.history.start or 0)
    longer = replace(
        still,
        force=np.append(still.force, [0] * 1000),
        state=np.append(still.state, [still.state[-1]] * 1000),
    )
    longer.history.travel_um.extend([0] * 1000)
    assert size < far_ms // 10 + 100 < size + 1000
    assert found(until(longer, (far_ms + ONE) // 10 + 1)) == [(far_ms, ONE, says)]
    assert found(until(longer, (far_ms + ONE) // 10)) == []
