"""Each look before the start alone, to its last digit; and the watch over the way down, by its numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from traction.clock import VirtualClock, WallClock
from traction.drivers.base import StopKind, Telemetry
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver, sample
from traction.errors import RefusedError
from traction.runner.ladder import BLIND_US, GRACE_US, MAX_AGE_US, POWER_OFF_US, SLACK_SAMPLES, Ladder
from traction.runner.last_way import MOST_TICKS, _Pace, last_way_down
from traction.runner.plan import controller_limits
from traction.runner.preflight import FRESH_US, preflight
from traction.runner.steering import TICK_US
from traction.runner.weighing import CHANNEL, weight_problems
from traction.wire import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.runner.conftest import Bench
    from traction.drivers.base import Identity


class Real(VirtualClock):
    """A clock that jumps and calls itself real."""

    __slots__ = ()
    realtime = True


class Aged(ScriptedDriver):
    """Says of each sample that it had come so long ago."""

    age_us = 0

    def poll(self) -> Telemetry:
        said = super().poll()
        return said._replace(received_us=said.received_us - self.age_us)


def looked(
    bench: Bench,
    second: dict[str, Any] | None = None,
    age_us: int = 0,
    identity: Identity = IDENTITY,
    **first: Any,
) -> list[tuple[str, str]]:
    """Return code and words of everything the preflight has against a table."""
    state = {"state": codes.STATE_IDENTIFIED} | first
    steps = [sample(1, **state), sample(**{"seq": 2} | state | (second or {}))]
    driver = Aged(steps, clock=bench.clock, identity=identity)
    driver.age_us = age_us
    with GuardedDriver(driver, bench.clock) as guard:
        try:
            preflight(bench.plan(), guard, bench.clock)
        except RefusedError as error:
            assert driver.verbs() == ["open"]
            return [(problem.code, problem.found) for problem in error.problems]
        assert driver.verbs() == ["open", "load_limits"]
        return []


@pytest.mark.parametrize(
    "first",
    [
        {"travel_um": 2_000},
        {"travel_um": -2_000},
        {"force_mn": 10_000},
        {"force_mn": -10_000},
        {"force_mn": 0, "force_b_mn": 10_000},
        {"state": codes.STATE_READY},
        {"state": codes.STATE_DONE},
        {"age_us": FRESH_US},
        {"age_us": 0},
    ],
)
def test_what_is_just_within_is_nothing_against_a_table(bench: Bench, first: dict[str, Any]) -> None:
    assert looked(bench, **first) == []


@pytest.mark.parametrize(
    ("first", "code", "words"),
    [
        (
            {"fault": codes.FAULT_OVER_FORCE},  # latched, whatever the state says
            "E345",
            f"controller in state IDENTIFIED, latched fault: {codes.FAULT_NAMES[codes.FAULT_OVER_FORCE]}",
        ),
        ({"state": codes.STATE_BOOT}, "E345", f"state {codes.STATE_NAMES[0]}"),
        ({"state": len(codes.STATE_NAMES)}, "E345", "state ?"),
        ({"state": -1}, "E345", "state ?"),
        ({"age_us": FRESH_US + 1}, "E343", "the newest sample is 100 ms old"),
        ({"age_us": -1}, "E343", "the newest sample is -0 ms old"),
        ({"second": {"seq": 1, "controller_ms": 40}}, "E343", "the controller sends the same sample again"),
        ({"second": {"seq": 0, "controller_ms": 40}}, "E343", "the controller sends the same sample again"),
        ({"force_mn": 10_001, "force_b_mn": 0}, "E344", "load cell A reads 10.0 N"),
        ({"force_mn": 0, "force_b_mn": codes.FORCE_INVALID_MN}, "E344", "load cell B gives no reading"),
    ],
)
def test_what_is_just_beyond_refuses_alone(
    bench: Bench, first: dict[str, Any], code: str, words: str
) -> None:
    found = looked(bench, **first)
    assert [one for one, _ in found] == [code]
    assert words in found[0][1]


@pytest.mark.parametrize(
    ("real", "simulated", "found"),
    [(True, False, []), (True, True, []), (False, True, []), (False, False, ["E349"])],
)
def test_a_real_table_wants_real_time_and_a_simulated_one_takes_either(
    bench: Bench, real: bool, simulated: bool, found: list[str]
) -> None:
    bench.clock = Real() if real else VirtualClock()
    assert [code for code, _ in looked(bench, identity=replace(IDENTITY, simulated=simulated))] == found


# ---- the ladder -----------------------------------------------------------------------------------------

OFF = codes.STATE_DONE


def test_a_sample_said_again_neither_counts_nor_spoils_the_count() -> None:
    ladder = Ladder(5_000_000, 10_000)
    seqs = [one for seq in range(1, SLACK_SAMPLES + 1) for one in (seq, seq)]
    found = [ladder.slack(OFF, 0, 0, seq, 0) for seq in seqs]
    assert found == [False] * (2 * SLACK_SAMPLES - 2) + [True, True]


def test_a_number_that_goes_back_begins_the_count_anew() -> None:
    ladder = Ladder(5_000_000, 10_000)
    found = [ladder.slack(OFF, 0, 0, seq, 0) for seq in (5, 6, 7, 8, 1, 2, 3, 4, 5, 6)]
    assert found == [False] * 9 + [True]


@pytest.mark.parametrize(
    ("age_us", "counts"), [(0, True), (MAX_AGE_US, True), (MAX_AGE_US + 1, False), (-1, False)]
)
def test_only_a_fresh_sample_shows_slack(age_us: int, counts: bool) -> None:
    ladder = Ladder(5_000_000, 10_000)
    assert [ladder.slack(OFF, 0, 0, seq, age_us) for seq in range(1, SLACK_SAMPLES + 1)][-1] is counts


# ---- the last way ---------------------------------------------------------------------------------------


class Table(ScriptedDriver):
    """Says what ``said`` makes of the number of each sample; None is a table that does not answer."""

    def __init__(self, clock: VirtualClock, *, force_mn: int | None) -> None:
        super().__init__(self.says(force_mn), clock=clock)

    def says(self, force_mn: int | None) -> Iterator[Telemetry | BaseException]:
        seq = 0
        while True:
            seq += 1
            yield OSError("gone") if force_mn is None else sample(seq, force_mn=force_mn, state=OFF)


def last_way(bench: Bench, force_mn: int | None) -> tuple[bool, list[tuple[object, int]], int, int]:
    """Return whether slack was seen, the stops and when they were asked for, when it ended, and its limit."""
    clock = VirtualClock()
    table = Table(clock, force_mn=force_mn)
    driver = GuardedDriver(table, clock)
    driver.open()
    limits = controller_limits(bench.plan().limits)
    slack = last_way_down(driver, limits, clock, StopKind.RELEASE)
    stops = [(sent.value, sent.at_us) for sent in table.sent if sent.verb == "stop"]
    return slack, stops, clock.now_us(), limits.max_release_ms * 1000 + GRACE_US


def test_the_last_way_ends_at_slack_after_a_tenth_of_a_second(bench: Bench) -> None:
    slack, stops, ended_us, _ = last_way(bench, 0)
    assert (slack, stops, ended_us) == (True, [(StopKind.RELEASE, 0)], (SLACK_SAMPLES - 1) * TICK_US)


def test_on_the_last_way_everything_is_asked_for_in_its_time(bench: Bench) -> None:
    slack, stops, ended_us, allowed_us = last_way(bench, 50_000)
    fast_us = allowed_us // TICK_US * TICK_US + TICK_US
    off_us = fast_us + 2_000_000 + TICK_US
    assert not slack
    assert stops == [(StopKind.RELEASE, 0), (StopKind.FAST, fast_us), (StopKind.OFF, off_us)]
    assert ended_us == off_us + POWER_OFF_US + TICK_US
    assert ended_us < MOST_TICKS * TICK_US


def test_on_the_last_way_a_table_that_does_not_answer_loses_its_power(bench: Bench) -> None:
    slack, stops, ended_us, allowed_us = last_way(bench, None)
    off_us = allowed_us // TICK_US * TICK_US + TICK_US
    assert not slack
    # the guard asks by itself as well, when it meets the failure
    assert stops == [(StopKind.RELEASE, 0), (StopKind.RELEASE, 0), (StopKind.OFF, off_us)]
    assert ended_us == off_us + BLIND_US + TICK_US


class Broken(VirtualClock):
    """A clock that cannot wait any more."""

    __slots__ = ()

    def wait_until_us(self, deadline_us: int) -> None:
        raise OSError


def test_where_the_clock_fails_the_last_way_waits_on_one_of_its_own() -> None:
    pace = _Pace(Broken())
    pace.wait_a_tick()
    pace.wait_a_tick()
    assert isinstance(pace._spare, VirtualClock)
    assert pace._spare.now_us() == 2 * TICK_US
    assert isinstance(_Pace(Real())._spare, WallClock)
    assert isinstance(_Pace(None)._spare, VirtualClock)  # type: ignore[arg-type]  # as broken as can be


# ---- who lies there -------------------------------------------------------------------------------------


def weighed(
    bench: Bench, kg: float, *, channels: tuple[str, ...] = (CHANNEL,), mass_kg: float | None = 80.0
) -> list[str]:
    identity = replace(IDENTITY, channels=channels)
    said = sample(1)._replace(channels=tuple(round(kg * 9806.65) for _ in channels))
    plan = replace(bench.plan(), mass_kg=mass_kg)
    return [problem.code for problem in weight_problems(plan, identity, said)]


def test_a_body_of_another_weight_than_the_plan_s_is_not_pulled(bench: Bench) -> None:
    assert weighed(bench, 80.0) == weighed(bench, 87.99) == weighed(bench, 72.01) == []
    assert weighed(bench, 88.01) == weighed(bench, 71.99) == ["E356"]


def test_what_was_not_weighed_or_not_stated_cannot_differ(bench: Bench) -> None:
    assert weighed(bench, 40.0, mass_kg=None) == []
    assert weighed(bench, 40.0, channels=()) == []
