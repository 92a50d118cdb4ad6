"""Each thing that may come up in a tick, alone: what it makes of a session, and what it must not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import StopKind
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import ScriptedDriver
from traction.errors import Problem, TableError
from traction.protocol.declared import Declared
from traction.protocol.parts import Stops
from traction.runner.engine import Engine
from traction.runner.journal import Journal
from traction.runner.ladder import BLIND_US, POWER_OFF_US
from traction.runner.presence import EVERY_US, WITHIN_US
from traction.runner.reactions import LATE_WARNING_US, STALL_US, SUSPEND_US, WARNING_EVERY_US
from traction.runner.record.direct import record_to_memory
from traction.runner.requests import NEVER_US, Request, Requests
from traction.runner.standing import Standing
from traction.runner.states import State
from traction.safety.sample import OK, Reaction, Sample, Verdict
from traction.wire import codes

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench

FAST = "fast-release"
T_US = 5_000_000


class Steady(VirtualClock):
    """A clock that jumps, may call itself real, and may have slept."""

    __slots__ = ("realtime", "slept_us")

    def __init__(self) -> None:
        super().__init__()
        self.realtime = False
        self.slept_us = 0

    def suspended_us(self) -> int:
        return self.slept_us


class Agreeable:
    """A judge that has nothing against anything."""

    trusted = 3

    def judge(self, _sample: Sample) -> Verdict:
        return OK


@dataclass
class Loop:
    """The pieces of a session in its middle, without the loop around them."""

    clock: Steady
    table: ScriptedDriver
    standing: Standing
    requests: Requests
    engine: Engine

    def told(self) -> list[tuple[str, str]]:
        return [(name, code) for _, name, code, _ in self.standing.journal._early or ()]

    def kinds(self) -> list[object]:
        return [sent.value for sent in self.table.sent if sent.verb == "stop"]

    def ended_by(self) -> list[str]:
        return [cause.code for cause in self.standing.causes]


def loop_of(bench: Bench, state: State = State.RUNNING, *, attended: bool = False, **stops: str) -> Loop:
    clock = Steady()
    table = ScriptedDriver(clock=clock)
    driver = GuardedDriver(table, clock)
    driver.open()
    plan = replace(bench.plan(), declared=Declared(stops=Stops(**stops)))  # type: ignore[arg-type]
    standing = Standing(Journal(record_to_memory()), plan)
    standing.state, standing.t_us = state, T_US
    requests = Requests()
    engine = Engine(plan, driver, clock, standing, Agreeable(), requests, attended=attended)
    engine._reactions.start()
    return Loop(clock, table, standing, requests, engine)


def a_sample(inputs: int = codes.INPUTS_HEALTHY) -> Sample:
    values = dict.fromkeys(Sample._fields, 0) | {"inputs": inputs, "t_us": T_US, "state": codes.STATE_RUN}
    return Sample(**values)


# ---- verdicts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reaction", "code", "patient", "kinds"),
    [
        (Reaction.RELEASE, "E404", FAST, [StopKind.RELEASE]),
        (Reaction.RELEASE, "E451", FAST, [StopKind.FAST]),
        (Reaction.RELEASE, "E451", None, [StopKind.RELEASE]),
        (Reaction.FAST_RELEASE, "E421", None, [StopKind.FAST]),
        (Reaction.POWER_OFF, "E431", None, [StopKind.OFF]),
        (Reaction.WARN, "E410", None, []),
        (Reaction.NONE, "", None, []),
    ],
)
def test_a_verdict_is_answered_by_what_it_asks_for(
    bench: Bench, reaction: Reaction, code: str, patient: str | None, kinds: list[StopKind]
) -> None:
    loop = loop_of(bench, **({} if patient is None else {"patient": patient}))
    loop.engine._reactions.verdict(Verdict(reaction, code, "said"), a_sample())
    assert loop.kinds() == kinds
    assert loop.ended_by() == ([code] if kinds else [])
    assert (("warning", code) in loop.told()) is (reaction is Reaction.WARN)
    assert bool(loop.told()) is (reaction is not Reaction.NONE)


def test_a_warning_is_given_once_a_second(bench: Bench) -> None:
    loop = loop_of(bench)
    for t_us, count in ((T_US, 1), (T_US + WARNING_EVERY_US - 1, 1), (T_US + WARNING_EVERY_US, 2)):
        loop.standing.t_us = t_us
        loop.engine._reactions.verdict(Verdict(Reaction.WARN, "E410", "said"), a_sample())
        assert loop.told() == [("warning", "E410")] * count


# ---- surroundings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late_us", "told"),
    [
        (0, []),
        (LATE_WARNING_US, []),
        (LATE_WARNING_US + 1, [("warning", "E486")]),
        (STALL_US, [("warning", "E486")]),
        (STALL_US + 1, [("faulted", "E483"), ("state", "")]),
    ],
)
def test_a_late_tick_is_nothing_a_warning_or_the_end(
    bench: Bench, late_us: int, told: list[tuple[str, str]]
) -> None:
    loop = loop_of(bench)
    loop.engine._reactions.surroundings(late_us)
    assert loop.told() == told
    assert loop.kinds() == ([StopKind.RELEASE] if late_us > STALL_US else [])


@pytest.mark.parametrize(("slept_us", "ends"), [(SUSPEND_US, False), (SUSPEND_US + 1, True)])
def test_a_machine_that_slept_ends_the_session(bench: Bench, slept_us: int, ends: bool) -> None:
    loop = loop_of(bench)
    loop.clock.slept_us = slept_us
    loop.engine._reactions.surroundings(0)
    assert loop.ended_by() == (["E484"] if ends else [])
    assert loop.kinds() == ([StopKind.RELEASE] if ends else [])


class Lame:
    """A recorder that is found not to keep up."""

    def check(self, t_us: int) -> None:
        raise OSError("it does not keep up")


@pytest.mark.parametrize("real", [True, False])
def test_a_recorder_beside_the_loop_is_looked_after_where_time_is_real(bench: Bench, real: bool) -> None:
    loop = loop_of(bench)
    loop.clock.realtime = real
    loop.standing.journal._recorder = Lame()  # type: ignore[assignment]
    loop.engine._reactions.surroundings(0)
    assert loop.kinds() == ([StopKind.RELEASE] if real else [])


# ---- people ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "wish", "kinds"),
    [
        (State.RUNNING, Request.PAUSE, [StopKind.RELEASE]),
        (State.PAUSED, Request.PAUSE, [StopKind.RELEASE]),
        (State.RUNNING, Request.RESUME, []),
        (State.RUNNING, Request.EASE, []),
        (State.TAKE_UP, Request.PAUSE, []),
    ],
)
def test_where_a_pause_releases_nothing_else_does(
    bench: Bench, state: State, wish: Request, kinds: list[StopKind]
) -> None:
    loop = loop_of(bench, state, pause="release")
    loop.requests._ask(wish, "a call")
    loop.engine._reactions.people(a_sample())
    assert loop.kinds() == kinds
    assert loop.ended_by() == (["E494"] if kinds else [])


@pytest.mark.parametrize("operator", [None, FAST])
def test_a_second_press_is_fast_once_and_no_cause_where_it_changes_nothing(
    bench: Bench, operator: str | None
) -> None:
    loop = loop_of(bench, **({} if operator is None else {"operator": operator}))
    loop.requests.fast_stop()
    loop.engine._reactions.stops(T_US)
    loop.engine._reactions.stops(T_US)
    first = [] if operator else [StopKind.RELEASE]
    assert loop.kinds() == [*first, StopKind.FAST]
    assert loop.ended_by() == (["E490"] if operator else ["E490", "E491"])


@pytest.mark.parametrize("state", [State.FAST_RELEASING, State.POWER_OFF, State.ENDED])
def test_presses_on_the_way_down_never_ask_for_less(bench: Bench, state: State) -> None:
    loop = loop_of(bench, state)
    loop.requests.fast_stop()
    loop.engine._reactions.stops(T_US)
    assert (loop.kinds(), loop.ended_by(), loop.standing.state) == ([], [], state)
    assert loop.told() == [("stop", ""), ("stop", "")]


PRESSED = codes.INPUTS_HEALTHY | codes.INPUT_EASE_PRESSED


def test_a_button_that_was_pressed_before_the_start_asks_for_nothing_and_says_so(bench: Bench) -> None:
    loop = loop_of(bench)
    reactions = loop.engine._reactions
    for _ in range(3):
        reactions.people(a_sample(PRESSED))
    assert loop.told() == [("ignored", "")]
    reactions.people(a_sample())
    assert loop.told() == [("ignored", "")]
    reactions.people(a_sample(PRESSED))
    assert len(loop.told()) > 1


# ---- whether somebody is there --------------------------------------------------------------------------


def test_nobody_is_asked_on_the_way_down(bench: Bench) -> None:
    loop = loop_of(bench, State.RELEASING, attended=True)
    loop.engine._reactions._presence.look(EVERY_US + WITHIN_US)
    assert loop.told() == []


def test_who_attends_is_asked_in_time_and_missed_in_time(bench: Bench) -> None:
    loop = loop_of(bench, attended=True)
    presence = loop.engine._reactions._presence
    for t_us, told in ((EVERY_US - 1, 0), (EVERY_US, 1), (EVERY_US + WITHIN_US - 1, 1)):
        presence.look(t_us)
        assert (len(loop.told()), loop.kinds()) == (told, [])
    presence.look(EVERY_US + WITHIN_US)
    assert (loop.kinds(), loop.ended_by()) == ([StopKind.RELEASE], ["E489"])


def test_where_nobody_attends_a_sign_asks_for_no_more_of_them(bench: Bench) -> None:
    loop = loop_of(bench)
    presence = loop.engine._reactions._presence
    loop.requests.here()
    presence.look(T_US)
    assert presence.due_us == NEVER_US
    presence.look(2 * EVERY_US)
    assert (loop.told(), loop.kinds()) == ([], [])


# ---- the end of the way down ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blind", "after_us", "said"),
    [
        (True, BLIND_US, "the table does not answer"),
        (False, POWER_OFF_US, "force remains with the power off"),
    ],
)
def test_where_everything_was_asked_for_it_is_said_what_is_left(
    bench: Bench, blind: bool, after_us: int, said: str
) -> None:
    loop = loop_of(bench, State.POWER_OFF)
    release = loop.engine._release
    release.blind = blind
    release._ladder.start(0)
    loop.standing.t_us = after_us
    release.watch()
    assert loop.standing.state is State.POWER_OFF
    loop.standing.t_us += 1
    release.watch()
    assert loop.standing.state is State.ENDED
    assert [(cause.code, cause.detail) for cause in loop.standing.causes] == [("E485", said)]


def test_what_is_told_is_left_for_the_people_who_watch(bench: Bench) -> None:
    loop = loop_of(bench)
    loop.standing.tell("ease", "80 %")
    loop.standing.tell("refused", "no")
    assert loop.standing.words == ["ease: 80 %", "refused: no"]
    assert loop.standing.not_done == ["no"]


# ---- what breaks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "blind", "judged"),
    [("link", True, True), ("supervisor", False, False), ("loop", False, True), ("clock", False, True)],
)
def test_only_the_part_that_broke_is_done_without(bench: Bench, part: str, blind: bool, judged: bool) -> None:
    loop = loop_of(bench)
    engine = loop.engine
    judge, engine._part = engine._judge, part
    first, second = OSError("first"), OSError("second")
    for error in (first, second):
        engine._failed(error)
    assert (engine._release.blind, engine._judge == judge) == (blind, judged)
    assert (loop.kinds(), loop.standing.defect) == ([StopKind.RELEASE], first)


def test_what_this_project_says_itself_is_no_defect(bench: Bench) -> None:
    loop = loop_of(bench)
    loop.engine._failed(TableError(Problem("E538", "the line is gone")))
    assert (loop.ended_by(), loop.standing.defect) == (["E538"], None)
