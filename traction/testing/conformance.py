"""The ten rules of a driver, as tests that any driver joins: subclass ``DriverRules`` and name your table.

    class TestMyTable(DriverRules):
        def make_table(self):
            clock = SternClock()
            driver = MyTable(clock)
            return TableUnderTest(driver, clock, true_force_n=driver.true_force_n)

1 only whole numbers cross. 2 no verb waits, none repeats a set-point. 3 a stop always gets through. 4 every
way out stops the table. 5 errors say whether the drive may be powered. 6 samples are numbered and timed.
7 nothing starts without limits read back. 8 a lost link is never taken up again. 9 the same calls give the
same samples. 10 a table says completely what it is, and what its controller does by itself.
"""

from __future__ import annotations

from traction.testing.rules_of_the_host import RulesOfTheHost
from traction.testing.rules_of_the_table import RulesOfTheTable
from traction.testing.table import (
    LIMITS,
    SternClock,
    TableUnderTest,
    point,
    table_at,
    waiting_allowed,
)

__all__ = ["LIMITS", "DriverRules", "SternClock", "TableUnderTest", "point", "table_at", "waiting_allowed"]


class DriverRules(RulesOfTheHost, RulesOfTheTable):
    """All ten rules. Subclasses have a name that begins with Test, and ``make_table``.

    What differs for your table goes into the subclass: ``limits``, ``pull_mn``, ``rate_mn_per_s`` and
    ``pull_s`` (how it is pulled before something happens to it; it must be near ``pull_mn`` by then),
    ``settles_s`` (how long it takes to be slack again), ``repeatable`` False where two tables of the same
    make never give the same samples, and ``simulated`` False where a body is not.
    """
