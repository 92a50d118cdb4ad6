"""How much force both load cells hide, by what their faults say, and what is allowed beside it."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from traction.campaign.bounds import CUT_OUT, bounds_of
from traction.campaign.case import read_case
from traction.campaign.history import History
from traction.campaign.lies import lied
from traction.campaign.measures import measures
from traction.campaign.plans import caps_of
from traction.campaign.rules_force import i1_force
from traction.campaign.seen import Seen, seen_of
from traction.campaign.world import run
from traction.sim.faults import FAULTS, FOR_EVER, Injection
from traction.wire import codes

SAGGING = read_case(Path(__file__).parent.parent / "faults" / "regressions" / "cells-that-sag-together.json")
TICKS = 300

Fault = tuple[str, int, int, float | None]


def seen_with(*faults: Fault, ran: int = TICKS) -> Seen:
    """Return three seconds without force, so many ticks in RUN, with these faults: name, tick, ms, value."""
    case = replace(
        SAGGING,
        injections=tuple(Injection(FAULTS[name], 10 * at, ms, value) for name, at, ms, value in faults),
    )
    history = History(start=0, onsets=[at for _, at, _, _ in faults])
    for index in range(TICKS):
        history.force_mn.append(0)
        history.marks.append(codes.STATE_RUN if index < ran else codes.STATE_RELEASING)
    return seen_of(case, history)


def test_what_is_said_to_be_hidden_is_what_the_readings_hide() -> None:
    history = run(SAGGING)
    seen = seen_of(SAGGING, history)
    hidden = lied(seen)
    seqs, cell_a, cell_b = (list(chain(*(block[column] for block in history.rows))) for column in (2, 8, 9))
    rows = zip(seqs, cell_a, cell_b, strict=True)
    parts = [seen.force[seq - 1] - (a + b) / 2 - hidden[seq - 1] for seq, a, b in rows if seen.run[seq - 1]]
    assert len(parts) > 900
    assert max(abs(part) for part in parts) < 2000  # the error at zero, and noise
    assert abs(sum(parts[-100:]) - sum(parts[:100])) / 100 < 150  # mN: 103 are one tick


@pytest.mark.parametrize(
    ("faults", "hidden_mn"),
    [
        ([("cells-sagging", 100, FOR_EVER, 10.0)], 20_000),
        ([("cells-sagging", 100, 500, 10.0)], 5_000),  # it reads right again, but the force is there
        ([("cells-sagging", 100, FOR_EVER, 10.0), ("cells-sagging", 200, 500, 2.0)], 20_000),
        ([("cells-sagging", 100, 500, 2.0), ("cells-sagging", 120, 500, 10.0)], 7_000),
        ([("cells-sagging", 100, FOR_EVER, 10.0), ("cell-a-sagging", 200, FOR_EVER, 5.0)], 20_000),
        ([("cell-b-sagging", 100, FOR_EVER, 10.0), ("cell-a-sagging", 200, FOR_EVER, 5.0)], 5_000),
        ([("cell-a-sagging", 100, FOR_EVER, 10.0), ("cell-b-stuck", 50, FOR_EVER, None)], 20_000),
        ([("cells-drifting", 100, FOR_EVER, 10.0)], 0),  # it reads more than there is
        ([("cell-a-sagging", 100, FOR_EVER, 10.0)], 0),  # the other one says it
        ([("cell-a-sagging", 100, FOR_EVER, 10.0), ("cells-drifting", 50, FOR_EVER, 5.0)], 0),
    ],
)  # fmt: skip
def test_a_run_ends_by_the_cell_that_lies_least(faults: list[Fault], hidden_mn: int) -> None:
    seen = seen_with(*faults)
    hidden = lied(seen)
    assert (hidden[99], hidden[-1]) == (0, hidden_mn)
    assert seen.bounds.most == bounds_of(replace(SAGGING, injections=())).most
    assert seen.bounds.most < 1000 * CUT_OUT * caps_of("cervical")["max_force_n"]


def test_nothing_more_is_hidden_once_nothing_pulls() -> None:
    hidden = lied(seen_with(("cells-sagging", 100, FOR_EVER, 10.0), ran=150))
    assert (hidden[149], hidden[150], hidden[-1]) == (5000, 5000, 5000)


@pytest.mark.parametrize(
    "faults",
    [
        [("cells-stuck", 100, FOR_EVER, None)],
        [("cells-sagging", 100, FOR_EVER, 10.0), ("cells-stuck", 200, FOR_EVER, None)],
        [("cell-a-inverted", 100, FOR_EVER, None), ("cell-b-stuck", 200, FOR_EVER, None)],
    ],
)
def test_where_neither_cell_says_how_wrong_it_is_the_mechanics_give(faults: list[Fault]) -> None:
    seen = seen_with(*faults)
    assert lied(seen).max() == 0
    assert seen.bounds.most > 1000 * CUT_OUT * caps_of("cervical")["max_force_n"]


def test_a_force_beyond_what_is_hidden_is_an_escape_and_has_no_margin_left() -> None:
    seen = seen_with(("cells-sagging", 100, FOR_EVER, 10.0))
    for index in (99, 150, 299):
        most = int(seen.bounds.most) + int(lied(seen)[index])
        seen.force[index] = most
        assert list(i1_force(seen)) == []
        assert measures(seen)["H12"].margin == (1.0 if index < 100 else pytest.approx(0.0, abs=1e-3))
        seen.force[index] = most + 2
        assert [one.at_ms for one in i1_force(seen)] == [10 * index]
        seen.force[index] = 0
