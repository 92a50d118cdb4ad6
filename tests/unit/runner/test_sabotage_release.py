"""The way down and the question whether somebody is there: every step of them, and every word."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import StopKind
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import ScriptedDriver
from traction.runner.journal import Journal
from traction.runner.ladder import Ladder
from traction.runner.outcome import Cause, Outcome
from traction.runner.presence import Presence
from traction.runner.record.direct import record_to_memory
from traction.runner.release import Release
from traction.runner.requests import Requests
from traction.runner.standing import Standing
from traction.runner.states import State
from traction.runner.steering import Steering
from traction.safety.sample import Sample
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench

RELEASE, FAST, OFF = StopKind.RELEASE, StopKind.FAST, StopKind.OFF
DOWN = {RELEASE: State.RELEASING, FAST: State.FAST_RELEASING, OFF: State.POWER_OFF}
CAUSE = Cause(Outcome.TRIPPED, "E401", "too much", 1)


class Way(NamedTuple):
    """The pieces of a way down."""

    release: Release
    standing: Standing
    steering: Steering
    table: ScriptedDriver

    def kinds(self) -> list[object]:
        return [sent.value for sent in self.table.sent if sent.verb == "stop"]

    def causes(self) -> list[tuple[Outcome, str, str, int]]:
        return [(one.outcome, one.code, one.detail, one.t_us) for one in self.standing.causes]

    def step(self, seq: int, **change: int) -> None:
        said = dict.fromkeys(Sample._fields, 0) | {"state": codes.STATE_DONE, "seq": seq} | change
        self.release.step(Sample(**said))


def way_of(bench: Bench, state: State = State.RUNNING, t_us: int = 1_000_000) -> Way:
    clock = VirtualClock()
    table = ScriptedDriver(clock=clock)
    driver = GuardedDriver(table, clock)
    driver.open()
    plan = bench.plan()
    standing, steering = Standing(Journal(record_to_memory()), plan), Steering(plan)
    standing.state, standing.t_us = state, t_us
    return Way(Release(driver, Ladder(5_000_000, 10_000), standing, steering), standing, steering, table)


@pytest.mark.parametrize("kind", [RELEASE, FAST, OFF])
@pytest.mark.parametrize("state", [State.TAKE_UP, State.RUNNING, State.PAUSED, State.EASING, State.ANSWERED])
def test_from_anywhere_under_way_a_release_begins(bench: Bench, state: State, kind: StopKind) -> None:
    way = way_of(bench, state)
    way.release.begin(kind, CAUSE)
    assert (way.kinds(), way.standing.state, way.standing.causes) == ([kind], DOWN[kind], [CAUSE])


@pytest.mark.parametrize("running", [RELEASE, FAST, OFF])
@pytest.mark.parametrize("asked", [RELEASE, FAST, OFF])
def test_a_release_is_only_ever_made_more_severe(bench: Bench, running: StopKind, asked: StopKind) -> None:
    way = way_of(bench, DOWN[running])
    way.release.begin(asked, CAUSE)
    more = asked > running
    assert way.kinds() == ([asked] if more else [])
    assert way.standing.state is DOWN[max(asked, running)]
    assert way.standing.causes == [CAUSE]  # remembered either way


def test_after_the_end_nothing_is_asked_for(bench: Bench) -> None:
    for kind in (RELEASE, FAST, OFF):
        way = way_of(bench, State.ENDED)
        way.release.begin(kind, CAUSE)
        assert (way.kinds(), way.standing.state) == ([], State.ENDED)


def test_five_slack_samples_end_it(bench: Bench) -> None:
    way = way_of(bench)
    way.release.begin(RELEASE, CAUSE)
    for seq in range(1, 5):
        way.step(seq)
        assert way.standing.state is State.RELEASING
    way.step(5)
    assert (way.standing.state, way.kinds(), way.standing.causes) == (State.ENDED, [RELEASE], [CAUSE])


def test_without_slack_it_goes_on_by_time_to_its_end(bench: Bench) -> None:
    way = way_of(bench)
    way.release.begin(RELEASE, CAUSE)
    found = []
    for t_us in (7_500_000, 7_500_001, 9_500_001, 9_500_002, 14_500_002, 14_500_003):
        way.standing.t_us = t_us
        way.step(t_us, force_mn=50_000, force_b_mn=50_000)
        found.append(way.standing.state)
    states = [State.RELEASING, State.FAST_RELEASING, State.FAST_RELEASING]
    assert found == [*states, State.POWER_OFF, State.POWER_OFF, State.ENDED]
    assert way.kinds() == [RELEASE, FAST, OFF]
    assert way.causes() == [
        (Outcome.TRIPPED, "E401", "too much", 1),
        (Outcome.TRIPPED, "E482", "not slack in time after release: now fast", 7_500_001),
        (Outcome.FAULTED, "E485", "force remains with the power off", 14_500_003),
    ]


def test_a_table_that_does_not_answer_loses_its_power_next(bench: Bench) -> None:
    way = way_of(bench)
    assert way.release.blind is False
    way.release.begin(RELEASE, CAUSE)
    way.release.blind = True
    for t_us, state in (
        (7_500_000, State.RELEASING),
        (7_500_001, State.POWER_OFF),
        (8_500_001, State.POWER_OFF),
        (8_500_002, State.ENDED),
    ):
        way.standing.t_us = t_us
        way.release.watch()
        assert way.standing.state is state
    assert way.causes()[1:] == [
        (Outcome.TRIPPED, "E482", "not slack in time after release: now off", 7_500_001),
        (Outcome.FAULTED, "E485", "the table does not answer", 8_500_002),
    ]


def test_a_set_point_is_held_no_more_once_it_goes_down(bench: Bench) -> None:
    way = way_of(bench)
    way.steering.steady_until_us = 1 << 40
    way.release.begin(RELEASE, CAUSE)
    assert (way.steering.target_mn, way.steering.steady_until_us) == (0, 0)


# ---- whether somebody is there --------------------------------------------------------------------------


def test_it_is_asked_every_five_minutes_and_silence_for_half_a_minute_releases(bench: Bench) -> None:
    way, requests = way_of(bench), Requests()
    presence = Presence(requests, way.standing, way.release, attended=True)
    presence.look(299_999_999)
    assert (way.standing.words, way.standing.rings) == ([], False)
    presence.look(300_000_000)
    asked = "attendance: is somebody there? any key within 30 s, else the force is released"
    assert (way.standing.words, way.standing.rings) == ([asked], True)
    requests.here()
    presence.look(310_000_000)
    assert requests.heard is False
    assert way.standing.words == [asked, "present: somebody is there"]
    requests.here()
    presence.look(320_000_000)
    assert way.standing.words == [asked, "present: somebody is there"]  # nobody had asked
    presence.look(619_999_999)
    assert len(way.standing.words) == 2
    presence.look(620_000_000)
    presence.look(649_999_999)
    assert (way.standing.words[2:], way.kinds()) == ([asked], [])
    presence.look(650_000_000)
    assert way.kinds() == [RELEASE]
    assert way.causes() == [(Outcome.TRIPPED, "E489", "nobody answered within 30 s", 650_000_000)]


def test_nobody_is_asked_where_nobody_attends_or_the_force_is_down(bench: Bench) -> None:
    for attended, state in ((False, State.RUNNING), (True, State.RELEASING), (True, State.ENDED)):
        way, requests = way_of(bench, state), Requests()
        presence = Presence(requests, way.standing, way.release, attended=attended)
        for t_us in (300_000_000, 330_000_000, 1 << 61):
            requests.heard = not attended
            presence.look(t_us)
        assert (way.standing.words, way.kinds(), way.standing.rings) == ([], [], False)
