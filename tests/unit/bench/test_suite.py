"""All checks on tables that are in order, and each on a table that is wrong in the way it looks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from traction.bench import check_force, check_limits, check_link, check_stops, suite
from traction.bench.between import Between
from traction.bench.connect import Connection, connector_of
from traction.bench.result import Verdict
from traction.drivers.base import StopKind
from traction.drivers.guarded import GuardedDriver
from traction.errors import Problem, TableError
from traction.wire import codes


@pytest.mark.parametrize(
    ("url", "region", "wire"),
    [
        ("sim:", "lumbar", False),
        ("sim:?drive=self-locking&region=cervical", "cervical", False),
        ("sim:?seed=3", "lumbar", True),
    ],
)
def test_a_table_in_order_fails_nothing_and_the_force_is_down(bench_of, url, region, wire) -> None:
    told = []
    bench = bench_of(url, region, wire=wire)
    results, cut = suite.run_checks(bench, told.append)
    assert not cut
    assert list(results) == told
    assert [one.name for one in results] == list(suite.CHECKS)
    verdicts = {one.name: one.verdict for one in results}
    assert Verdict.FAIL not in verdicts.values(), [one for one in results if one.verdict is Verdict.FAIL]
    assert Verdict.MISSING not in verdicts.values()
    assert verdicts["round-trip"] is (Verdict.PASS if wire else Verdict.NOT_APPLICABLE)
    assert verdicts["overload"] is (
        Verdict.NOT_JUDGED if wire else Verdict.PASS
    )  # nothing pulls at that cord
    hard = {
        "patient-stop",
        "emergency-stop",
        "host-stop",
        "tolerance",
        "lease",
        "stale-set-point",
        "hold-limit",
    }
    assert {verdicts[name] for name in hard} == {Verdict.PASS}
    with bench.at_rest() as connection:
        assert abs(connection.guard.poll().force_mn) < 10_000


def test_ctrl_c_between_two_checks_loses_nothing_that_was_found(bench_of) -> None:
    def told(result) -> None:
        if result.name == "calibration":
            raise KeyboardInterrupt

    results, cut = suite.run_checks(bench_of(), told)
    assert cut
    assert [one.name for one in results] == list(suite.CHECKS)
    assert results[0].verdict is Verdict.PASS
    assert {one.verdict for one in results[2:]} == {Verdict.MISSING}


def test_the_figures_are_those_of_the_samples(bench_of) -> None:
    bench = bench_of()
    result = check_limits.lease(bench)
    by_name = {figure.name: figure for figure in result.figures}
    after = by_name["until the controller gives up the run"]
    assert after.value is not None
    assert 240 <= after.value <= 300  # a lease of 250 ms, seen every 20 ms
    force = by_name["force at that moment"].value
    assert force is not None
    assert 35 <= force <= 45


class Deaf:
    """A driver that keeps every set-point alive by itself: a controller without a lease."""

    def __init__(self, driver) -> None:
        self._driver = driver
        self._last = None

    def __getattr__(self, name):
        return getattr(self._driver, name)

    def setpoint(self, setpoint) -> None:
        self._last = setpoint
        self._driver.setpoint(setpoint)

    def poll(self):
        sample = self._driver.poll()
        if self._last is not None and sample.state == codes.STATE_RUN:
            self._driver.setpoint(self._last._replace(echo_seq=sample.seq))
        return sample


def test_a_controller_without_a_lease_fails_and_nothing_hard_is_tried(bench_of) -> None:
    bench = bench_of(change=through(Deaf))
    results, _ = suite.run_checks(bench, lambda _result: None)
    verdicts = {one.name: one.verdict for one in results}
    assert verdicts["lease"] is Verdict.FAIL
    hard = ("patient-stop", "emergency-stop", "host-stop", "tolerance", "timing", "burn-in", "overload")
    assert {verdicts[name] for name in hard} == {Verdict.MISSING}


class Loose(Deaf):
    """A driver that refreshes the echo of what it is given: a controller that takes stale set-points."""

    def poll(self):
        self._sample = self._driver.poll()
        return self._sample

    def setpoint(self, setpoint) -> None:
        self._driver.setpoint(setpoint._replace(echo_seq=self._sample.seq))


def test_a_controller_that_takes_stale_set_points_fails(bench_of) -> None:
    assert check_limits.stale_set_point(bench_of()).verdict is Verdict.PASS
    result = check_limits.stale_set_point(bench_of(change=through(Loose)))
    assert result.verdict is Verdict.FAIL


class Wrong(Deaf):
    """A driver whose cells both read a fifth too much below: a table that pulls too hard or too little."""

    def poll(self):
        sample = self._driver.poll()
        return sample._replace(force_mn=sample.force_mn * 6 // 5)


def test_a_cell_that_reads_wrong_is_outside_the_band(bench_of) -> None:
    result = check_force.tolerance(bench_of(change=through(Wrong)))
    assert result.verdict is Verdict.FAIL


class Stuck(Deaf):
    """A driver whose stop inputs always say closed: a stop that is not wired."""

    def poll(self):
        return self._driver.poll()._replace(inputs=codes.INPUTS_HEALTHY)


def test_a_stop_that_nobody_sees_open_is_no_pass(bench_of) -> None:
    bench = bench_of(change=through(Stuck))
    assert check_stops.interlock(bench).verdict is not Verdict.PASS
    assert check_stops.stop_check(bench, "patient-stop").verdict is Verdict.FAIL
    assert check_stops.end_switches(bench).verdict is not Verdict.PASS


class Crossed(Deaf):
    """A driver whose end switches sit on one wire: either one opens both inputs."""

    def poll(self):
        sample = self._driver.poll()
        ends = codes.INPUT_ENDS_CLOSED
        return sample._replace(
            inputs=sample.inputs if sample.inputs & ends == ends else sample.inputs & ~ends
        )


class Unheeded(Deaf):
    """A driver that arms whatever its inputs say: a controller that does not look at its end switches."""

    def arm(self):
        return 1


def test_end_switches_are_seen_one_by_one_and_heeded(bench_of) -> None:
    assert check_stops.end_switches(bench_of()).verdict is Verdict.PASS
    assert check_stops.end_switches(bench_of(change=through(Crossed))).verdict is Verdict.FAIL
    assert check_stops.end_switches(bench_of(change=through(Unheeded))).verdict is Verdict.FAIL


def through(kind):
    """Return a change of a connector: its driver goes through ``kind``, below the guard and the bench."""

    def change(connector):
        inner = connector.make

        def make() -> Connection:
            beneath = inner().between
            assert beneath is not None
            between = Between(kind(beneath))
            return Connection(GuardedDriver(between, clock), between)

        clock = connector.make().guard._clock
        return replace(connector, make=make)

    return change


def test_ctrl_c_in_a_session_ends_the_checks_with_the_force_down(bench_of, monkeypatch) -> None:
    bench = bench_of()
    hand = bench.connector.hand

    class Impatient:
        def press(self, name: str) -> None:
            raise KeyboardInterrupt

        def let_go(self, name: str) -> None:
            hand.let_go(name)

    broken = replace(bench, connector=replace(bench.connector, hand=Impatient()))
    monkeypatch.setattr(
        suite, "CHECKS", {name: suite.CHECKS[name] for name in ("lease", "patient-stop", "timing")}
    )
    results, cut = suite.run_checks(broken, lambda _result: None)
    assert cut
    assert [one.verdict for one in results] == [Verdict.PASS, Verdict.MISSING, Verdict.MISSING]
    with bench.at_rest() as connection:
        assert abs(connection.guard.poll().force_mn) < 10_000


def test_an_error_of_the_table_fails_the_check_and_the_next_one_goes_on(bench_of, monkeypatch) -> None:
    def breaks(_bench):
        raise TableError(Problem("E538", "the line is cut"))

    monkeypatch.setattr(suite, "CHECKS", {"timing": breaks, "promises": check_limits.promises})
    begun: list[str] = []
    results, cut = suite.run_checks(bench_of(), lambda _result: None, begun.append)
    assert not cut
    assert begun == ["timing", "promises"]
    assert [one.verdict for one in results] == [Verdict.FAIL, Verdict.PASS]
    assert "E538" in results[0].said


def test_without_anybody_what_needs_a_person_is_not_judged(bench_of, somebody) -> None:
    bench = bench_of(person=somebody(answer=None))
    bench = replace(bench, connector=replace(bench.connector, hand=None, puller=None))
    for check in (check_stops.interlock, check_limits.overload):
        assert check(bench).verdict is Verdict.NOT_JUDGED
    assert check_stops.stop_check(bench, "emergency-stop").verdict is Verdict.NOT_JUDGED
    assert suite.CHECKS["condition"](bench).verdict is Verdict.NOT_JUDGED
    bench = replace(bench, person=somebody(answer=False))
    assert suite.CHECKS["condition"](bench).verdict is Verdict.FAIL


def test_a_shares_of_round_trips() -> None:
    values = [float(one) for one in range(1, 1001)]
    assert check_link.share(values, 0.5) == 500.0
    assert check_link.share(values, 0.99) == 990.0
    assert check_link.share(values, 0.999) == 999.0
    assert check_link.share([3.0], 0.999) == 3.0
    assert check_link.share([], 0.5) is None


def test_the_only_way_past_the_guard_makes_a_set_point_older(bench_of) -> None:
    """No target, rate or lease changes on the way, and an echo only once and only to an older one."""
    sent = []

    class Keeps(Deaf):
        def setpoint(self, setpoint) -> None:
            sent.append(setpoint)
            self._driver.setpoint(setpoint)

        def stop(self, kind) -> None:
            sent.append(StopKind(kind))
            self._driver.stop(kind)

        def poll(self):
            return self._driver.poll()

    bench = bench_of()
    guarded = []
    table = bench.connector.make().between

    class Notes(Deaf):
        def setpoint(self, setpoint) -> None:
            guarded.append(setpoint)
            self._driver.setpoint(setpoint)

        def poll(self):
            return self._driver.poll()

    between = Between(Keeps(table))
    guard = GuardedDriver(Notes(between), bench.clock)
    make = lambda: Connection(guard, between)  # noqa: E731
    check_limits.stale_set_point(
        replace(bench, connector=connector_of(lambda: table, bench.clock).__class__(make))
    )
    points = [one for one in sent if not isinstance(one, StopKind)]
    changed = [(a, b) for a, b in zip(guarded, points, strict=True) if a != b]
    assert len(changed) == 1
    before, after = changed[0]
    assert after == before._replace(echo_seq=after.echo_seq)
    assert after.echo_seq < before.echo_seq
