"""A simulated table under test: direct, or behind a line; with faults."""

from __future__ import annotations

from collections.abc import Iterable

from traction.drivers.base import TableSetup
from traction.drivers.serial import WireDriver
from traction.drivers.url import parse_url
from traction.sim.emulator import MemoryLine, make_emulated
from traction.sim.faults import LINK, TABLE, read_faults
from traction.sim.options import read_options
from traction.sim.table import SimTable
from traction.testing.bench import patient_of
from traction.testing.table import SternClock, TableUnderTest

TOKEN = 4711


def simulated(
    url: str, clock: SternClock, faults: Iterable[str] = (), *, wire: bool = False
) -> TableUnderTest:
    """Return the simulated table of ``url`` with ``faults``; with ``wire`` behind frames and a line.

    Raises UsageError E126 for what is no fault, E127 for one of a line that is not there.
    """
    return _wired(url, clock, faults) if wire else _direct(url, clock, faults)


def _direct(url: str, clock: SternClock, faults: Iterable[str]) -> TableUnderTest:
    options = read_options(parse_url(url), TableSetup())
    wanted = (*options.faults, *read_faults(faults, (TABLE,)))
    body = patient_of(options)
    sim = SimTable(clock, body, drive=options.drive, seed=options.seed, faults=wanted)

    def fault() -> int:
        sim.true_force_n()  # lives up to now
        return sim._controller.fault  # noqa: SLF001  what a person beside the table would see

    return TableUnderTest(sim, clock, true_force_n=sim.true_force_n, fault=fault, press=sim.press)


def _wired(url: str, clock: SternClock, faults: Iterable[str]) -> TableUnderTest:
    options = read_options(parse_url(url), TableSetup())
    emulated = make_emulated(options, faults=read_faults(faults, (TABLE, LINK)))
    line = MemoryLine(emulated, clock)

    def true_force_n() -> float:
        line.live()
        return emulated.true_force_n()

    def fault() -> int:
        line.live()
        return emulated.controller.fault

    def press(name: str) -> None:
        line.live()
        emulated.press(name)

    driver = WireDriver(lambda: line, clock, TOKEN)
    return TableUnderTest(driver, clock, true_force_n=true_force_n, fault=fault, press=press)
