"""What every check works with: the table, its limits, a clock, and whoever stands at the bench."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from traction.bench.course import Rates, rates_for
from traction.bench.pull import settle
from traction.runner.plan import milli
from traction.runner.preflight import TRAVEL_MARGIN_UM

if TYPE_CHECKING:
    from traction.bench.calibration import Calibration
    from traction.bench.connect import Connection, Connector
    from traction.clock import Clock
    from traction.drivers.base import Identity
    from traction.runner.plan import SessionPlan
    from traction.safety.limits import Limits


class Person(Protocol):
    """Whoever can look at the bench and touch it; or nobody."""

    def asked(self, name: str, question: str) -> bool | None:
        """Return the answer to a question of yes and no, None where nobody answers."""
        ...

    def told(self, text: str) -> None:
        """Say what happens, or what is wanted."""
        ...

    @property
    def present(self) -> bool:
        """Say whether somebody is there to press a stop when told to."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """One table on the bench.

    ``prove`` compiles and proves the text of a protocol for this table. ``burn_in_s`` is how long the burn-in
    lasts. ``reach_n`` is the highest force that the proof allows for the softest load the table's file knows,
    ``slack_travel_mm`` the most its carriage may move before a load pulls. ``calibration`` is the stored one.
    """

    connector: Connector
    clock: Clock
    limits: Limits
    identity: Identity
    person: Person
    prove: Callable[[str], SessionPlan]
    burn_in_s: float
    slack_travel_mm: float
    reach_n: float
    calibration: Calibration | None = None

    @property
    def region(self) -> str:
        """Return the region whose limits hold."""
        return self.limits.region

    @property
    def slack_mn(self) -> int:
        """Return the force in mN at or below which the table counts as slack."""
        return milli(self.limits.slack_n)

    @property
    def rates(self) -> Rates:
        """Return how fast the checks pull."""
        return rates_for(self.region, self.limits.max_rate_up_n_per_s, self.limits.max_rate_down_n_per_s)

    @contextmanager
    def at_rest(self) -> Iterator[Connection]:
        """Connect, wait until the table is at rest, and let go of it at the end. Raises TableError.

        Where the carriage has moved meanwhile, connects again: travel counts from where it stood then.
        """
        while True:
            connection = self.connector.make()
            with connection.guard as guard:
                guard.open()
                settle(guard, self.clock, self.slack_mn)
                if abs(guard.poll().travel_um) > TRAVEL_MARGIN_UM // 2:
                    continue
                yield connection
                return
