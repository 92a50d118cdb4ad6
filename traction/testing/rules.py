"""What all rules share: how a table under test is pulled, and what must be true once it was let go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from traction.drivers.base import ControllerLimits, Telemetry
from traction.testing.table import LIMITS, TableUnderTest
from traction.wire import codes

SLACK_N = 11.0


class Rules:
    """How one kind of table is handled; ``DriverRules`` says what a subclass may set."""

    limits: ControllerLimits = LIMITS
    pull_mn: int = 60_000
    rate_mn_per_s: int = 5_000
    pull_s: float = 40.0
    settles_s: float = 3.0
    repeatable: bool = True
    simulated: bool = True

    def make_table(self) -> TableUnderTest:
        """Return a new table; every test takes its own."""
        raise NotImplementedError("say which table: def make_table(self)")

    @pytest.fixture
    def table(self) -> Iterator[TableUnderTest]:
        """Give each test a table of its own, and tidy up behind it."""
        one = self.make_table()
        yield one
        one.end()

    def pull(self, table: TableUnderTest, seconds: float | None = None) -> Telemetry:
        """Start the table, pull, and return the last sample."""
        return table.pull(self.pull_mn, self.rate_mn_per_s, seconds or self.pull_s, self.limits)

    def assert_told_to_let_go(self, table: TableUnderTest) -> None:
        """Assert that a stop went out: the force falls long before the lease of the last set-point ends."""
        assert "stop" in table.link.calls
        if table.true_force_n is not None:
            before_n = table.true_force_n()
            table.pass_time(150_000)
            assert table.true_force_n() < before_n - 3
            table.pass_time(round(self.settles_s * 1e6))
            assert table.true_force_n() <= SLACK_N
        if table.fault is not None:  # an ordinary release, and no lease that ran out
            assert table.fault() == codes.FAULT_NONE

    def assert_let_go_by_itself(self, table: TableUnderTest) -> None:
        """Assert that nothing went out, and still the force is gone: the lease ran out."""
        if table.true_force_n is None:
            return
        assert table.true_force_n() > SLACK_N
        table.pass_time(round((self.settles_s + 3.0) * 1e6))
        assert table.true_force_n() <= SLACK_N
        if table.fault is not None:
            assert table.fault() == codes.FAULT_LEASE_EXPIRED

    def needs_controller(self, table: TableUnderTest) -> None:
        """Skip what only a table with a controller of its own can show."""
        if table.true_force_n is None:
            pytest.skip("nobody can see what this table does by itself")
