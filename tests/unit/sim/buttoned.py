"""Sessions on a simulated table with buttons, in the same process and over the wire."""

from __future__ import annotations

from collections.abc import Callable

from traction.clock import VirtualClock
from traction.drivers.base import Driver, TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.runner.plan import SessionPlan
from traction.runner.record.direct import record_to_memory
from traction.runner.session import SessionResult, run_session
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.options import read_options
from traction.sim.table import open_sim

Make = Callable[[str, VirtualClock], Driver]


def url_of(options: str) -> str:
    """Return the URL of the table with these options, such as hold_to_run=yes."""
    return f"sim:?slack_mm=0&seed=3&{options}"


def in_process(options: str, clock: VirtualClock) -> Driver:
    """Return the simulated table itself."""
    return open_sim(parse_url(url_of(options)), clock, TableSetup())


def on_the_wire(options: str, clock: VirtualClock, line: type[MemoryLine] = MemoryLine) -> Driver:
    """Return the driver of the wire, with an emulated table at the other end of ``line``."""
    made = line(make_emulated(read_options(parse_url(url_of(options)), TableSetup())), clock)
    return WireDriver(lambda: made, clock, 4711)


def session(make: Make, options: str, plan: SessionPlan) -> tuple[SessionResult, GuardedDriver]:
    """Run ``plan`` on a new table; return the result, and the guard that it ran through."""
    clock = VirtualClock()
    guard = GuardedDriver(make(options, clock), clock)
    return run_session(plan, guard, clock, record_to_memory()), guard
