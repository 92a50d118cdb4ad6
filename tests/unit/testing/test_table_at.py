"""A table that is found by its URL, for the rules that a driver is held to."""

import gc

from traction.drivers.guarded import GuardedDriver
from traction.drivers.stages import CLOSED
from traction.testing.conformance import table_at


def test_the_guard_that_came_with_the_driver_lives_as_long_as_the_table() -> None:
    """A guard hangs up when it is collected, and nobody says when: it closed the line in a pull."""
    table = table_at("sim:?slack_mm=0")
    guards = [one for one in gc.get_objects() if isinstance(one, GuardedDriver)]
    (first,) = [one for one in guards if one._driver is table.link.driver]
    assert first is not table.guard
    table.end()
    assert first._stage == CLOSED
