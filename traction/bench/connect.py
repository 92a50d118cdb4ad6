"""From a table URL to connections for the checks: guarded like any other, with their line timed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from traction.bench.between import Between
from traction.bench.line import TimedLine, Timing
from traction.drivers import wire_words
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.sim.table import open_sim
from traction.wire import messages

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.base import Driver, TableSetup
    from traction.drivers.transport import Transport

WIRE: Final = ("serial", "tcp", "socket", "rfc2217")


class Hand(Protocol):
    """What stands in for a person at a simulated table."""

    def press(self, name: str) -> None:
        """Open a stop input."""
        ...

    def let_go(self, name: str) -> None:
        """Close it again."""
        ...


class Puller(Protocol):
    """What can pull at the cord of a simulated table, and hang weights on it."""

    def hang(self, force_n: float) -> None:
        """Pull with ``force_n`` from now on, 0 for not at all."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """One connection to a table: its guard, and what stands under it where a check may see that."""

    guard: GuardedDriver
    between: Between | None


@dataclass(frozen=True, slots=True, eq=False)
class Connector:
    """Makes a new connection to the same table whenever one is wanted.

    ``hand`` presses the stops of a table that is simulated in this process, ``puller`` pulls at its cord and
    hangs weights on it; None where a person has to.
    ``timing`` is that of all its lines, None where there is no line to time.
    """

    make: Callable[[], Connection]
    hand: Hand | None = None
    puller: Puller | None = None
    timing: Timing | None = None


def connector_for(url: str, clock: Clock, setup: TableSetup) -> Connector:
    """Return the connector for a table URL.

    Raises what opening the URL raises before anything is connected: UsageError E120-E125, RefusedError E349.
    """
    parsed = parse_url(url)
    if parsed.scheme == "sim":
        table = open_sim(parsed, clock, setup)
        return connector_of(lambda: table, clock, hand=table, puller=table)
    if parsed.scheme in WIRE:
        connect, number = wire_words.read_url(parsed, clock)
        return wire_connector(connect, clock, serial_number=number)
    return Connector(lambda: Connection(open_driver(url, clock=clock, setup=setup), None))


def wire_connector(
    connect: Callable[[], Transport],
    clock: Clock,
    *,
    serial_number: int | None = None,
    hand: Hand | None = None,
) -> Connector:
    """Return the connector for a controller on the wire; ``connect`` opens the line."""
    timing = Timing()

    def driver() -> Driver:
        token = secrets.randbelow(messages.U32) + 1
        return WireDriver(
            lambda: TimedLine(connect(), clock, timing), clock, token, serial_number=serial_number
        )

    return connector_of(driver, clock, hand=hand, timing=timing)


def connector_of(
    driver: Callable[[], Driver],
    clock: Clock,
    *,
    hand: Hand | None = None,
    puller: Puller | None = None,
    timing: Timing | None = None,
) -> Connector:
    """Return the connector for drivers made by ``driver``, each behind a guard of its own."""

    def make() -> Connection:
        between = Between(driver())
        return Connection(GuardedDriver(between, clock), between)

    return Connector(make, hand, puller, timing)
