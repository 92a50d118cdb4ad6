"""A pull that a check steers: what ends it, and what brings the force down when the table does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from traction.bench.pull import (
    ALIVE_US,
    LONGEST_US,
    OVER,
    REST_US,
    SILENT,
    Approach,
    low_limits,
    pull,
    settle,
)
from traction.clock import VirtualClock
from traction.drivers.base import SetPoint, StopKind, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import ScriptedDriver, Sent, sample
from traction.errors import TableError
from traction.runner.ladder import GRACE_US
from traction.runner.steering import TICK_US
from traction.safety.hardware import load_table, session_limits
from traction.wire import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from traction.bench.pull import Pulled

LIMITS = low_limits(session_limits("lumbar", load_table("sim")))
Says = dict[str, Any]


class Table(ScriptedDriver):
    """Runs from GO, and after a stop says ``after``; ``run`` may change each sample of the run by number."""

    age_us = 0
    stopped = False
    told: tuple[Sent, ...] = ()

    def __init__(self, clock: VirtualClock, run: Callable[[int], Says], after: Says) -> None:
        super().__init__(self.says(run, after), clock=clock)

    def says(self, run: Callable[[int], Says], after: Says) -> Iterator[Telemetry]:
        seq = 0
        while True:
            seq += 1
            stopped = self.stopped
            said = after if stopped else {"state": codes.STATE_RUN} | run(seq)
            self.age_us = 0 if stopped else int(said.pop("age_us", 0))
            yield sample(seq, **said)

    def stop(self, kind: StopKind) -> None:
        self.stopped = True
        super().stop(kind)

    def poll(self) -> Telemetry:
        said = super().poll()
        return said._replace(received_us=max(said.received_us - self.age_us, 0))


def pulled(
    course: Callable[[int, Telemetry], int],
    run: Callable[[int], Says] = lambda seq: {},
    *,
    limits: Any = LIMITS,
    **after: Any,
) -> tuple[Pulled, Table, int]:
    clock = VirtualClock()
    table = Table(clock, run, {"state": codes.STATE_DONE} | after)
    guard = GuardedDriver(table, clock)
    guard.open()
    done = pull(guard, clock, limits, course)
    ended_us = clock.now_us()
    table.told = tuple(table.sent)  # before the guard lets go, which is a stop more
    return done, table, ended_us


def stops(table: Table) -> list[object]:
    return [sent.value for sent in table.told if sent.verb == "stop"]


def points(table: Table) -> list[SetPoint]:
    return [sent.value for sent in table.told if isinstance(sent.value, SetPoint)]


def hold(t_us: int, newest: Telemetry) -> int:
    return 0


def test_a_pull_ends_when_its_course_is_over_and_a_table_that_is_down_hears_no_more_stops() -> None:
    done, table, ended_us = pulled(lambda t_us, newest: OVER if t_us >= 100_000 else 0)
    assert done.error is None
    assert stops(table) == [StopKind.RELEASE]
    assert len(points(table)) == 5
    assert ended_us == 100_000 + TICK_US


def test_a_pull_ends_by_itself_after_two_minutes() -> None:
    done, table, _ = pulled(hold)
    assert done.error is None
    assert len(points(table)) == LONGEST_US // TICK_US + 1
    assert stops(table) == [StopKind.RELEASE]


@pytest.mark.parametrize("state", [codes.STATE_RELEASING, codes.STATE_DONE, codes.STATE_FAULT_LATCHED])
def test_a_table_that_has_left_run_is_asked_for_nothing_but_a_release(state: int) -> None:
    _, table, _ = pulled(hold, lambda seq: {"state": state} if seq == 3 else {})
    assert [one.echo_seq for one in points(table)] == [1, 2]
    assert stops(table) == [StopKind.RELEASE]


@pytest.mark.parametrize(("age_us", "ends"), [(ALIVE_US, False), (ALIVE_US + 1, True)])
def test_a_sample_that_is_too_old_ends_the_pull_without_a_fault_of_ours(age_us: int, ends: bool) -> None:
    def course(t_us: int, newest: Telemetry) -> int:
        return OVER if newest.seq == 20 else 0

    done, table, _ = pulled(course, lambda seq: {"age_us": age_us} if seq == 15 else {})
    assert done.error is None
    assert [one.echo_seq for one in points(table)] == list(range(1, 15 if ends else 20))


def test_a_course_that_is_silent_sends_nothing_and_goes_on() -> None:
    def course(t_us: int, newest: Telemetry) -> int:
        return OVER if newest.seq == 6 else SILENT if newest.seq in (2, 3) else 0

    done, table, _ = pulled(course)
    assert [one.echo_seq for one in points(table)] == [1, 4, 5]
    assert done.trace.target_mn[:6].tolist() == [0] * 6


def test_a_pull_goes_at_the_gentler_of_both_rates() -> None:
    for up, down in ((10_000, 40_000), (40_000, 10_000)):
        limits = replace(LIMITS, max_rate_up_mn_per_s=up, max_rate_down_mn_per_s=down)
        _, table, _ = pulled(lambda t_us, newest: OVER if newest.seq == 3 else 0, limits=limits)
        assert {one.rate_mn_per_s for one in points(table)} == {10_000}


@pytest.mark.parametrize(
    "after",
    [
        {"state": codes.STATE_RELEASING, "force_mn": 40_000},
        {"state": codes.STATE_DONE, "force_mn": 40_000, "force_b_mn": 0},
        {"state": codes.STATE_DONE, "force_mn": 0, "force_b_mn": 40_000},
        {"state": codes.STATE_RUN, "force_mn": 0},
    ],
)
def test_force_that_does_not_come_down_is_brought_down_by_everything_there_is(after: Says) -> None:
    done, table, ended_us = pulled(lambda t_us, newest: OVER, **after)
    assert done.error is None
    assert stops(table) == [StopKind.RELEASE, StopKind.RELEASE, StopKind.FAST, StopKind.OFF]
    assert ended_us > LIMITS.max_release_ms * 1000 + GRACE_US


@pytest.mark.parametrize("state", [codes.STATE_DONE, codes.STATE_FAULT_LATCHED, codes.STATE_DUMPED])
@pytest.mark.parametrize("force_mn", [LIMITS.slack_force_mn, -LIMITS.slack_force_mn])
def test_a_table_without_power_that_reads_slack_is_down(state: int, force_mn: int) -> None:
    _, table, ended_us = pulled(lambda t_us, newest: OVER, state=state, force_mn=force_mn)
    assert (stops(table), ended_us) == ([StopKind.RELEASE], TICK_US)


def test_a_table_that_answers_nothing_from_the_start_is_brought_down_too() -> None:
    clock = VirtualClock()
    table = ScriptedDriver((), clock=clock)  # the first poll fails
    guard = GuardedDriver(table, clock)
    guard.open()
    done = pull(guard, clock, LIMITS, hold)
    assert done.error is not None
    assert [sent.value for sent in table.sent if sent.verb == "stop"][-1] is StopKind.OFF


def test_a_low_force_is_steady_when_both_cells_have_been_near_it_for_a_second() -> None:
    way = Approach(50_000, replace(LIMITS, max_rate_up_mn_per_s=20_000))
    assert [way.target(t_us, sample(1)) for t_us in (0, 1_000_000, 9_000_000)] == [0, 10_000, 50_000]
    for low in ({"force_mn": 39_999, "force_b_mn": 50_000}, {"force_mn": 50_000, "force_b_mn": 39_999}):
        way.target(10_000_000, sample(1, **low))
    found = []
    for t_us in (20_000_000, 20_999_999, 21_000_000, 22_000_000):
        way.target(t_us, sample(1, force_mn=40_000))
        found.append(way.steady_us)
    assert found == [None, None, 21_000_000, 21_000_000]


# ---- before a pull --------------------------------------------------------------------------------------


def settled(first: Says, then: Says) -> tuple[list[tuple[str, object, int]], int]:
    """Return what a table was told that says ``first`` until it is reset, and when it was at rest."""
    clock = VirtualClock()

    class Latched(ScriptedDriver):
        def __init__(self) -> None:
            super().__init__(self.says(), clock=clock)

        def says(self) -> Iterator[Telemetry]:
            seq = 0
            while True:
                seq += 1
                yield sample(seq, **(then if "reset" in self.verbs() else first))

    table = Latched()
    guard = GuardedDriver(table, clock)
    guard.open()
    settle(guard, clock, 10_000)
    told = [(sent.verb, sent.value, sent.at_us) for sent in table.sent if sent.verb not in ("open", "poll")]
    return told, clock.now_us()


LATCHED: Says = {"state": codes.STATE_FAULT_LATCHED, "fault": codes.FAULT_ESTOP}
REST: Says = {"state": codes.STATE_IDENTIFIED}


def test_a_latched_fault_is_cleared_when_its_cause_has_rested() -> None:
    told, at_us = settled(LATCHED, REST)
    assert told == [("reset", codes.FAULT_ESTOP, REST_US)]
    assert at_us == REST_US + TICK_US


@pytest.mark.parametrize(
    "cause",
    [
        {"force_mn": 10_001, "force_b_mn": 0},
        {"inputs": codes.INPUTS_HEALTHY & ~codes.INPUT_ESTOP_CLOSED},
    ],
)
def test_a_fault_whose_cause_is_still_there_is_not_cleared(cause: Says) -> None:
    with pytest.raises(TableError, match="E551"):
        settled(LATCHED | cause, REST)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"state": codes.STATE_BOOT, "force_mn": 0, "force_b_mn": 40_000}, "in state BOOT, 40 N"),
        ({"state": len(codes.STATE_NAMES)}, "in state unknown, 0 N"),
        ({"state": -1, "force_mn": 30_000, "force_b_mn": 0}, "in state unknown, 30 N"),
    ],
)
def test_a_table_that_finds_no_rest_is_told_as_it_is(said: Says, words: str) -> None:
    with pytest.raises(TableError, match=words):
        settled(said, REST)
