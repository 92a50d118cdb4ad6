"""Which load cell is believed: a cell that failed decides nothing, and no cell at all proves no slack."""

from __future__ import annotations

import pytest

from traction.runner.ladder import SLACK_SAMPLES, Ladder
from traction.safety import belief
from traction.safety.belief import BOTH, CELL_A, CELL_B, NEITHER, believed_mn, shows_slack
from traction.safety.sample import OK, Activity, Reaction
from traction.wire import codes

GONE = codes.FORCE_INVALID_MN
RELEASE = {"activity": Activity.RELEASE, "state": codes.STATE_RELEASING}


@pytest.mark.parametrize(
    ("a_mn", "b_mn", "trusted", "force_mn"),
    [
        (300, 200, BOTH, 300),
        (200, 300, BOTH, 300),
        (300, 200, CELL_B, 200),
        (200, 300, CELL_A, 200),
        (GONE, 200, BOTH, 200),
        (300, GONE, BOTH, 300),
        (GONE, 200, CELL_A, None),
        (300, GONE, CELL_B, None),
        (GONE, GONE, BOTH, None),
        (300, 200, NEITHER, None),
    ],
)
def test_the_higher_trusted_reading_is_believed(a_mn, b_mn, trusted, force_mn):
    assert believed_mn(a_mn, b_mn, trusted) == force_mn


@pytest.mark.parametrize(
    ("a_mn", "b_mn", "trusted", "slack"),
    [
        (10, -10, BOTH, True),
        (11, 0, BOTH, False),
        (0, -11, BOTH, False),
        (0, GONE, BOTH, False),
        (300, 0, CELL_B, True),
        (GONE, 0, CELL_B, True),
        (0, 300, CELL_B, False),
        (0, 300, CELL_A, True),
        (0, 0, NEITHER, False),
    ],
)
def test_slack_is_what_every_trusted_cell_shows(a_mn, b_mn, trusted, slack):
    assert shows_slack(a_mn, b_mn, trusted, 10) is slack


def test_the_ladder_asks_only_believed_cells():
    trusted = [CELL_B]
    ladder = Ladder(5_000_000, 10_000, lambda: trusted[0])
    done = codes.STATE_DONE
    assert [ladder.slack(done, 300_000, 0, seq, 0) for seq in range(SLACK_SAMPLES)][-1]
    trusted[0] = NEITHER
    assert not any(ladder.slack(done, 0, 0, seq, 0) for seq in range(100, 200))


def fall(feed, seconds, rate_n_per_s, cell, reading):
    """Release from 300 N with one cell that shows ``reading(its true force)``; return the verdicts' codes."""
    other = "force_b_mn" if cell == "force_mn" else "force_mn"
    found = []
    for tick in range(round(seconds * 50)):
        force_mn = max(300_000 - round(rate_n_per_s * 20 * tick), 0) + 3 * (tick % 5)
        travel_um = 60_000 - tick * 100
        state = codes.STATE_RELEASING if force_mn > 10_000 else codes.STATE_FAULT_LATCHED
        changes = {cell: reading(force_mn), other: force_mn, "travel_um": travel_um}
        found.append(feed.step(**{**RELEASE, "state": state}, **changes).code)
    return {code for code in found if code}


@pytest.mark.parametrize("cell", ["force_mn", "force_b_mn"])
@pytest.mark.parametrize(
    ("reading", "code"), [(lambda _: GONE, "E416"), (lambda _: 300_000, "E414")], ids=["gone", "stuck"]
)
def test_a_release_is_judged_by_the_cell_that_still_answers(make_feed, cell, reading, code):
    feed = make_feed()
    # E423 only warns: the release is a little faster than planned when the stuck cell lets go of the sum
    assert fall(feed, 6.0, 120.0, cell, reading) == {code}
    assert feed.supervisor.trusted == (CELL_B if cell == "force_mn" else CELL_A)


@pytest.mark.parametrize("cell", ["force_mn", "force_b_mn"])
def test_a_stuck_cell_is_found_where_the_carriage_stands_and_a_strap_gives_way(make_feed, cell):
    feed = make_feed()
    other = "force_b_mn" if cell == "force_mn" else "force_mn"
    found = []
    for tick in range(100):
        changes = {other: max(300_000 - 4_000 * tick, 0) + tick % 3}
        found.append(feed.step(activity=Activity.RELEASE, state=codes.STATE_DUMPED, **changes).code)
    assert "E414" in found
    assert not {"E461", "E462", "E463"} & set(found)


@pytest.mark.parametrize("cell", ["force_mn", "force_b_mn"])
def test_while_it_pulls_the_same_force_is_judged_whichever_cell_shows_it(make_feed, cell):
    """Each check sees a force that only one of two cells shows: hold, impulse, missing force, slip."""
    other = "force_b_mn" if cell == "force_mn" else "force_mn"
    loose = {"rate_noise_mn": 10**9, "cell_difference_mn": 10**9}
    feed = make_feed(max_hold_us=1_000_000, **loose)
    feed.step(**{cell: 9_000})
    assert "E431" in feed.run(2.0)
    feed = make_feed(max_impulse_mn_us=150_000 * 1_000_000, **loose)
    feed.step(**{cell: 0})
    assert "E434" in feed.run(2.0)
    feed = make_feed(**loose)  # the target stays, one cell alone keeps to it
    feed.step(**{cell: 0})
    assert feed.run(60.0) == []
    assert "E441" in feed.run(10.0, **{other: 0})


def test_after_the_force_is_lost_at_once_neither_cell_is_believed(make_feed):
    feed = make_feed()
    verdict = feed.step(force_n=5.0)
    assert (verdict.code, verdict.reaction) == ("E415", Reaction.POWER_OFF)
    assert feed.supervisor.trusted == NEITHER
    verdict = feed.step(force_n=0.0, activity=Activity.RELEASE, state=codes.STATE_DUMPED)
    assert (verdict.code, verdict.reaction) == ("E415", Reaction.POWER_OFF)


def test_a_loss_that_the_controller_saw_first_counts_the_same(make_feed):
    feed = make_feed()
    feed.step(fault=codes.FAULT_FORCE_LOST, state=codes.STATE_DUMPED)
    assert feed.supervisor.trusted == NEITHER


def test_with_one_cell_gone_the_other_one_must_answer_every_time(make_feed):
    feed = make_feed()
    feed.run(0.1, force_mn=GONE)
    assert feed.supervisor.trusted == CELL_B
    assert feed.step(force_mn=300_000) == OK  # what it says is not asked for any more
    assert feed.step(force_mn=900_000, **RELEASE) == OK
    verdict = feed.step(force_b_mn=GONE)
    assert (verdict.code, verdict.reaction) == ("E416", Reaction.POWER_OFF)


def test_the_bits_are_two_cells():
    assert (belief.CELL_A | belief.CELL_B, belief.CELL_A & belief.CELL_B) == (BOTH, NEITHER)


@pytest.mark.parametrize("edge", [10, -10])
@pytest.mark.parametrize("cells", [BOTH, CELL_A, CELL_B])
def test_slack_reaches_to_its_edge_on_both_sides_and_no_further(edge, cells):
    beyond = edge + (1 if edge > 0 else -1)
    assert shows_slack(edge, edge, cells, 10)
    assert not shows_slack(beyond, beyond, cells, 10)


@pytest.mark.parametrize("cells", [(300_000, 290_000), (290_000, 300_000)])
def test_what_follows_is_compared_with_the_higher_of_the_first_readings(make_feed, cells):
    """What is missing of a force, and what travel a force explains, both count from there."""

    def remembered(a_mn, b_mn):
        supervisor = make_feed(start={"force_mn": a_mn, "force_b_mn": b_mn}).supervisor
        watches = (supervisor._arrival, supervisor._slip)
        return [getattr(watch, name) for watch in watches for name in type(watch).__slots__ if name != "_b"]

    assert remembered(*cells) == remembered(300_000, 300_000) != remembered(290_000, 290_000)
