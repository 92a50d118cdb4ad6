"""A bench in virtual time: the simulated table, or the same over the wire in memory, and a person at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from traction.bench.connect import Connector, connector_for, wire_connector
from traction.bench.context import Bench
from traction.clock import VirtualClock
from traction.drivers.base import TableSetup
from traction.drivers.url import parse_url
from traction.proof import verify
from traction.protocol.load import parse_protocol
from traction.safety.hardware import load_table, session_limits
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options


@dataclass
class Somebody:
    """A person who answers everything with ``answer`` and remembers what was said."""

    answer: bool | None = True
    present: bool = False
    said: list[str] = field(default_factory=list)

    def asked(self, name: str, question: str) -> bool | None:
        return self.answer

    def told(self, text: str) -> None:
        self.said.append(text)


def make_bench(
    url: str = "sim:",
    region: str = "lumbar",
    *,
    wire: bool = False,
    person: Somebody | None = None,
    change: Callable[[Connector], Connector] | None = None,
) -> Bench:
    """Return a bench for the simulated table of ``url``, over the wire in memory where ``wire`` says so."""
    clock = VirtualClock()
    facts = load_table("sim-self-locking" if "self-locking" in url else "sim")
    limits = session_limits(region, facts)
    setup = TableSetup(region=region)
    connector = connector_for(url, clock, setup)
    if wire:
        table = make_emulated(read_options(parse_url(url), setup))
        line = MemoryLine(table, clock)
        connector = wire_connector(lambda: line, clock, hand=table)
    if change is not None:
        connector = change(connector)
    with connector.make().guard as guard:
        identity = guard.open()

    def prove(text: str):
        return verify(parse_protocol(text, file="the check"), table=url).session_plan()

    return Bench(
        connector=connector,
        clock=clock,
        limits=limits,
        identity=identity,
        person=person or Somebody(),
        prove=prove,
        burn_in_s=20.0,
        slack_travel_mm=20.0,
        reach_n=400.0,
    )


@pytest.fixture
def bench_of() -> Callable[..., Bench]:
    """Return ``make_bench``."""
    return make_bench


@pytest.fixture
def somebody() -> type[Somebody]:
    """Return the class of a person."""
    return Somebody
