"""Each of the ten rules finds a driver that breaks it: a rule that no longer looks would be seen here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from traction.drivers.base import Identity, SetPoint, StopKind, TableSetup, Telemetry
from traction.drivers.url import parse_url
from traction.errors import TableError
from traction.sim.table import open_sim
from traction.testing.conformance import LIMITS, DriverRules, SternClock, TableUnderTest
from traction.wire import codes

HELD_N = 60.0


class Through:
    """A driver that passes everything on to one that is in order."""

    def __init__(self, driver: Any, clock: SternClock) -> None:
        self.driver, self.clock = driver, clock
        self.first: Telemetry | None = None
        self.last: SetPoint | None = None
        self.polls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.driver, name)


class Sleeps(Through):
    def poll(self) -> Telemetry:
        time.sleep(0)
        return self.driver.poll()


class Waits(Through):
    def poll(self) -> Telemetry:
        self.clock.wait_until_us(self.clock.now_us() + 1)
        return self.driver.poll()


class Floats(Through):
    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        return seen._replace(channels=tuple(map(float, seen.channels)))


class Renews(Through):
    def setpoint(self, setpoint: SetPoint) -> None:
        self.last = setpoint._replace(lease_ms=min(setpoint.lease_ms, 250))
        self.driver.setpoint(self.last)

    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        if self.last is not None and seen.state == codes.STATE_RUN:
            self.driver.setpoint(self.last._replace(echo_seq=seen.seq))
        return seen


class SaysRun(Through):
    def poll(self) -> Telemetry:
        return self.driver.poll()._replace(state=codes.STATE_RUN)


class SaysNoFault(Through):
    def poll(self) -> Telemetry:
        return self.driver.poll()._replace(fault=codes.FAULT_NONE)


class ShortLease(Through):
    def setpoint(self, setpoint: SetPoint) -> None:
        self.driver.setpoint(setpoint._replace(lease_ms=100))


class StopsNothing(Through):
    def stop(self, kind: StopKind) -> None:
        pass

    def close(self) -> None:
        pass


class OldNumbers(Through):
    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        self.first = self.first or seen
        return seen._replace(seq=self.first.seq)


class CountsDown(Through):
    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        return seen._replace(seq=100_000 - seen.seq)


class ClockStands(Through):
    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        self.first = self.first or seen
        return seen._replace(controller_ms=self.first.controller_ms)


class ClockJumps(Through):
    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        return seen._replace(controller_ms=11 * seen.controller_ms)


class CameLongAgo(Through):
    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        return seen._replace(received_us=max(0, seen.received_us - 110_000))


class EachTwice(Through):
    def poll(self) -> Telemetry:
        self.polls += 1
        if self.polls % 2 or self.first is None:
            self.first = self.driver.poll()
        return self.first


class FrozenByAStop(Through):
    def stop(self, kind: StopKind) -> None:
        self.driver.stop(kind)
        self.first = self.driver.poll()

    def poll(self) -> Telemetry:
        return self.first or self.driver.poll()


class Chance(Through):
    made = 0

    def open(self) -> Identity:
        Chance.made += 1
        return self.driver.open()

    def poll(self) -> Telemetry:
        seen = self.driver.poll()
        return seen._replace(travel_um=seen.travel_um + Chance.made)


class Clips(Through):
    def setpoint(self, setpoint: SetPoint) -> None:
        self.driver.setpoint(setpoint._replace(target_mn=min(setpoint.target_mn, LIMITS.max_force_mn)))


def says(**other: Any) -> type[Through]:
    class Says(Through):
        def open(self) -> Identity:
            return replace(self.driver.open(), **other)

    return Says


FOUND: list[tuple[str, tuple[Any, ...], type[Through]]] = [
    ("test_rule_1_only_whole_numbers_cross", ("lease_ms", None), Floats),
    ("test_rule_2_no_verb_of_the_loop_waits", (), Sleeps),
    ("test_rule_2_no_verb_of_the_loop_waits", (), Waits),
    ("test_rule_2_nothing_renews_a_set_point_in_secret", (), Renews),
    ("test_rule_2_nothing_renews_a_set_point_in_secret", (), SaysRun),
    ("test_rule_2_nothing_renews_a_set_point_in_secret", (), SaysNoFault),
    ("test_rule_2_nothing_renews_a_set_point_in_secret", (), ShortLease),
    ("test_rule_3_stop_works_after_a_refusal", (), StopsNothing),
    ("test_rule_3_stop_works_while_another_verb_fails", ("setpoint",), StopsNothing),
    ("test_rule_4_every_way_out_stops_the_table", ("close",), StopsNothing),
    ("test_rule_4_every_way_out_stops_the_table", ("garbage",), StopsNothing),
    ("test_rule_6_samples_carry_number_controller_time_and_boot", (), OldNumbers),
    ("test_rule_6_samples_carry_number_controller_time_and_boot", (), CountsDown),
    ("test_rule_6_samples_carry_number_controller_time_and_boot", (), ClockStands),
    ("test_rule_6_samples_carry_number_controller_time_and_boot", (), ClockJumps),
    ("test_rule_6_samples_carry_number_controller_time_and_boot", (), CameLongAgo),
    ("test_rule_6_samples_carry_number_controller_time_and_boot", (), EachTwice),
    ("test_rule_8_after_a_refusal_it_can_only_be_watched", (), FrozenByAStop),
    ("test_rule_9_the_same_calls_give_the_same_samples", (), Chance),
    ("test_rule_10_it_says_completely_what_it_is", (), says(serial_number="")),
    ("test_rule_10_it_says_completely_what_it_is", (), says(simulated=False)),
    ("test_rule_10_it_names_what_its_controller_does_by_itself", (), says(capabilities=("lease",))),
    ("test_rule_10_the_promised_limits_hold_without_the_guard", (), Clips),
    ("test_rule_10_the_promised_lease_holds_without_the_guard", (), Renews),
]


class Faulty(DriverRules):
    """The rules, on a table whose driver goes through ``kind``."""

    __test__ = False

    def __init__(self, kind: type[Through], **told: Callable[..., Any]) -> None:
        self.kind, self.told = kind, told

    def make_table(self) -> TableUnderTest:
        clock = SternClock()
        sim = open_sim(parse_url("sim:?seed=5"), clock, TableSetup())
        told = {"true_force_n": sim.true_force_n, "fault": lambda: sim._controller.fault, "press": sim.press}
        return TableUnderTest(self.kind(sim, clock), clock, **{**told, **self.told})


def held(rules: Faulty, name: str, values: tuple[Any, ...]) -> None:
    table = rules.make_table()
    try:
        getattr(rules, name)(table, *values)
    finally:
        table.end()


@pytest.mark.parametrize(("name", "values", "kind"), FOUND)
def test_a_rule_finds_a_driver_that_breaks_it(
    name: str, values: tuple[Any, ...], kind: type[Through]
) -> None:
    held(Faulty(Through), name, values)
    with pytest.raises((AssertionError, TableError, pytest.fail.Exception)):
        held(Faulty(kind), name, values)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "test_rule_4_a_host_that_is_simply_gone_is_let_go_by_the_controller",
            {"true_force_n": lambda: HELD_N},
        ),
        ("test_rule_4_a_host_that_is_simply_gone_is_let_go_by_the_controller", {"fault": lambda: 0}),
        ("test_rule_3_stop_works_after_a_refusal", {"true_force_n": iter((HELD_N, HELD_N, 0.0)).__next__}),
        ("test_rule_3_stop_works_after_a_refusal", {"true_force_n": iter((HELD_N, 40.0, 40.0)).__next__}),
        ("test_rule_3_stop_works_after_a_refusal", {"fault": lambda: codes.FAULT_LEASE_EXPIRED}),
    ],
)
def test_a_rule_finds_a_table_that_does_not_let_go(name: str, told: dict[str, Callable[..., Any]]) -> None:
    with pytest.raises(AssertionError):
        held(Faulty(Through, **told), name, ())


@pytest.mark.parametrize("stop", ["emergency-stop", "patient-stop"])
def test_a_rule_finds_a_stop_that_does_nothing(stop: str) -> None:
    with pytest.raises(AssertionError):
        held(
            Faulty(Through, press=lambda _name: None),
            "test_rule_10_the_promised_stop_inputs_act_without_the_host",
            (stop,),
        )
