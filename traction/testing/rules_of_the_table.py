"""Rules 6 to 10: what a driver says of its table, and what the table keeps to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from traction.drivers.base import CAPABILITIES, Identity, SetPoint, StopKind, Telemetry
from traction.errors import TableError
from traction.testing.rules import Rules
from traction.testing.table import TICK_US, TableUnderTest, point, waiting_allowed
from traction.wire import codes

if TYPE_CHECKING:
    from traction.drivers.base import Driver

LETTING_GO = (codes.STATE_FAST_RELEASING, codes.STATE_RELEASING, codes.STATE_DUMPED)


class RulesOfTheTable(Rules):
    """Rules 6 to 10."""

    def test_rule_6_samples_carry_number_controller_time_and_boot(self, table: TableUnderTest) -> None:
        """The host computes an age from them; a number never comes again for something new."""
        identity = table.guard.open()
        before: Telemetry | None = None
        new = 0
        for _ in range(100):
            table.pass_time(TICK_US)
            seen = table.guard.poll()
            assert seen.boot_id == identity.boot_id
            assert 0 <= table.clock.now_us() - seen.received_us <= 5 * TICK_US
            if before is not None and seen.seq != before.seq:
                new += 1
                assert seen.seq > before.seq
                passed_ms = seen.controller_ms - before.controller_ms
                assert 0 < passed_ms <= 200
            before = seen
        assert new >= 90

    @pytest.mark.parametrize("loaded", [False, True])
    def test_rule_7_go_needs_limits_read_back_in_this_session(
        self, table: TableUnderTest, loaded: bool
    ) -> None:
        """With them it starts, without it does not even arm."""
        table.guard.open()
        if loaded:
            assert table.guard.load_limits(self.limits) == self.limits
            table.guard.go(table.guard.arm())
        else:
            with pytest.raises(TableError):
                table.guard.arm()

    def test_rule_8_after_a_link_error_the_driver_is_dead(self, table: TableUnderTest) -> None:
        """That the link comes back changes nothing: a new driver says hello again."""
        self.pull(table, seconds=1)
        table.link.cut = True
        with pytest.raises(TableError, match="E507"):
            table.guard.poll()
        table.link.cut = False
        for verb in (table.guard.poll, table.guard.open, table.guard.arm):
            with pytest.raises(TableError) as caught:
                verb()
            assert caught.value.code == "E500"

    def test_rule_8_after_a_refusal_it_can_only_be_watched(self, table: TableUnderTest) -> None:
        """So that the release can be seen to its end."""
        last = self.pull(table, seconds=1)
        with pytest.raises(TableError):
            table.guard.setpoint(point(last.seq + 1))
        table.pass_time(2 * TICK_US)
        seen = table.guard.poll()
        assert seen.seq > last.seq
        for verb in (table.guard.open, table.guard.arm, lambda: table.guard.setpoint(point(seen.seq))):
            with pytest.raises(TableError) as caught:
                verb()
            assert caught.value.code == "E500"

    def test_rule_9_the_same_calls_give_the_same_samples(self, table: TableUnderTest) -> None:
        """Of two new tables, for ten seconds and a release."""
        if not self.repeatable:
            pytest.skip("no two of these tables are alike")
        seen = self._trace(table)
        other = self.make_table()
        try:
            assert self._trace(other) == seen
        finally:
            other.end()

    def _trace(self, table: TableUnderTest) -> list[Telemetry]:
        seen = [self.pull(table, seconds=min(10.0, self.pull_s))]
        table.guard.stop(StopKind.RELEASE)
        for _ in range(50):
            table.pass_time(TICK_US)
            seen.append(table.guard.poll())
        table.guard.close()
        return seen

    def test_rule_10_it_says_completely_what_it_is(self, table: TableUnderTest) -> None:
        """Every field, in words that the rest of the project knows."""
        identity = table.guard.open()
        assert type(identity) is Identity
        for field in fields(identity):
            assert getattr(identity, field.name) not in (None, "")
        assert identity.drive in codes.DRIVE_NAMES
        assert identity.region in codes.REGION_NAMES
        assert identity.simulated == self.simulated

    def test_rule_10_it_names_what_its_controller_does_by_itself(self, table: TableUnderTest) -> None:
        """Without all of them a session is refused; who says nothing promises nothing."""
        assert table.guard.open().capabilities == CAPABILITIES

    def test_rule_10_the_promised_limits_hold_without_the_guard(self, table: TableUnderTest) -> None:
        """What is out of bounds is refused by the controller itself, and ends the run."""
        driver = self._started_without_guard(table)
        with pytest.raises(TableError, match="E520"):
            self._send(table, driver, point(driver.poll().seq, self.limits.max_force_mn + 1))
        assert self._state_after_a_second(table, driver) != codes.STATE_RUN

    def test_rule_10_the_promised_lease_holds_without_the_guard(self, table: TableUnderTest) -> None:
        """A longer one than there may be is refused, or was never understood; it keeps nothing alive."""
        driver = self._started_without_guard(table)
        with suppress(TableError):
            driver.setpoint(point(driver.poll().seq, lease_ms=60_000))
        assert self._state_after_a_second(table, driver) != codes.STATE_RUN

    def _state_after_a_second(self, table: TableUnderTest, driver: Driver) -> int:
        for _ in range(50):  # read all the time: what a host does not read waits in the line's buffers
            table.pass_time(TICK_US)
            state = driver.poll().state
        return state

    def _started_without_guard(self, table: TableUnderTest) -> Driver:
        self.needs_controller(table)
        driver: Driver = table.link.driver
        with waiting_allowed(table.clock, True):
            driver.open()
            driver.load_limits(self.limits)
            driver.go(driver.arm())
        return driver

    def _send(self, table: TableUnderTest, driver: Driver, setpoint: SetPoint) -> None:
        driver.setpoint(setpoint)
        for _ in range(5):  # over a wire the answer comes after the call
            table.pass_time(TICK_US)
            driver.setpoint(point(driver.poll().seq))

    @pytest.mark.parametrize("name", ["emergency-stop", "patient-stop"])
    def test_rule_10_the_promised_stop_inputs_act_without_the_host(
        self, table: TableUnderTest, name: str
    ) -> None:
        """While the lease of the last set-point still runs."""
        if table.press is None:
            pytest.skip("nobody can press a stop of this table here")
        self.pull(table)
        table.press(name)
        table.pass_time(100_000)
        assert table.guard.poll().state in LETTING_GO
