"""Every single fault in every phase of a session: at its entry, middle and last tick, on every kind of table.

A cell is one fault at one moment on one table by one transport. Each is run, or it is said why there can be
none; a cell that is neither is empty, which counts as a failure like an escape.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, groupby, product
from multiprocessing import get_context
from typing import Final

from traction.campaign.case import DIRECT, TRANSPORTS, Case
from traction.campaign.history import TICK_MS, History
from traction.campaign.interrupts import held_back, leave_to_parent
from traction.campaign.measures import hazards_of
from traction.campaign.oracle import Escape, judge
from traction.campaign.phases import ARMED, ONSETS, PHASES, base_case, onset_ms
from traction.campaign.world import run
from traction.sim.faults import FAULTS, FOR_EVER, HOST, LINK, Injection
from traction.wire import codes

NO_LINE: Final = "there is no line"
NOT_YET: Final = "nobody has started anything"
NO_HOST: Final = "the host has ended"
REASONS: Final = {
    NO_LINE: "a fault of the line, and the table is reached without one",
    NOT_YET: "a fault of the host's program, which has nothing to do with a table before it starts it",
    NO_HOST: "a fault of the host's program, which has ended by then: the controller is alone",
}
"""Why a cell cannot be: short, and for a reader."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one moment on one table."""

    fault: str
    phase: str
    onset: str
    region: str
    drive: str
    transport: str

    @property
    def table(self) -> tuple[str, str, str]:
        """Return region, drive and transport."""
        return self.region, self.drive, self.transport

    def __str__(self) -> str:
        return f"{self.fault} at the {self.onset} of {self.phase}, {', '.join(self.table)}"


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a cell.

    ``absent`` says why there is no such cell. Else ``at_ms`` is the onset from the first start, ``ended`` the
    outcome and code of the session, ``peak_n`` the highest true force, ``react_ms`` the time from the onset
    until the controller has left RUN (None where it does not, or was not in it), ``margin`` the least share
    of any budget that was left and ``hazard`` whose that is; ``escapes`` are the invariants that broke.
    """

    cell: Cell
    absent: str = ""
    at_ms: int | None = None
    ended: str = ""
    peak_n: float = 0.0
    react_ms: int | None = None
    margin: float | None = None
    hazard: str = ""
    escapes: tuple[Escape, ...] = ()

    @property
    def empty(self) -> bool:
        """Say whether nothing is known of it: the fault did not begin, or nothing could be measured."""
        return not self.absent and (self.at_ms is None or (self.margin is None and not self.escapes))


@dataclass(frozen=True, slots=True)
class Matrix:
    """All cells that were asked for, in their order, and the CPU seconds that they took.

    ``missing``: so many more were asked for, and not come to, because somebody pressed Ctrl-C.
    """

    found: tuple[Found, ...]
    cpu_s: float
    missing: int = 0

    @property
    def runs(self) -> tuple[Found, ...]:
        """Return the cells that were run."""
        return tuple(one for one in self.found if not one.absent)

    @property
    def escapes(self) -> tuple[Found, ...]:
        """Return the cells in which an invariant broke."""
        return tuple(one for one in self.found if one.escapes)

    @property
    def empty(self) -> tuple[Found, ...]:
        """Return the cells of which nothing is known."""
        return tuple(one for one in self.found if one.empty)

    @property
    def passed(self) -> bool:
        """Say whether every cell that can be was run, and nothing broke in any."""
        return bool(self.runs) and not (self.broken or self.missing)

    @property
    def broken(self) -> bool:
        """Say whether an invariant broke in a cell, or nothing is known of one that was run."""
        return bool(self.escapes or self.empty)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cells are wanted: those of every value in each of these."""

    faults: tuple[str, ...] = tuple(FAULTS)
    phases: tuple[str, ...] = tuple(PHASES)
    onsets: tuple[str, ...] = ONSETS
    regions: tuple[str, ...] = codes.REGION_NAMES
    drives: tuple[str, ...] = codes.DRIVE_NAMES
    transports: tuple[str, ...] = TRANSPORTS


def cells(choice: Choice) -> Iterator[Cell]:
    """Yield every cell of a choice, all of one table and one fault one after the other."""
    tables = product(choice.regions, choice.drives, choice.transports)
    for (region, drive, transport), fault in product(tables, choice.faults):
        for phase, onset in product(choice.phases, choice.onsets):
            yield Cell(fault, phase, onset, region, drive, transport)


def case_of(cell: Cell) -> Case:
    """Return the session of a cell: that of its phase, with its fault from its onset on."""
    case = base_case(PHASES[cell.phase], *cell.table)
    fault = FAULTS[cell.fault]
    at_ms = onset_ms(cell.phase, cell.onset, *cell.table)
    usual = None if fault.value is None else fault.value.usual
    return replace(case, injections=(*case.injections, Injection(fault, at_ms, FOR_EVER, usual)))


def find(cell: Cell) -> Found:
    """Run one cell and judge it."""
    fault = FAULTS[cell.fault]
    if fault.side == LINK and cell.transport == DIRECT:
        return Found(cell, NO_LINE)
    if fault.side == HOST and cell.phase == ARMED:
        return Found(cell, NOT_YET)
    case = case_of(cell)
    history = run(case)
    begun = history.onsets[-1]
    if fault.side == HOST and begun is not None and begun >= history.host_ended:
        return Found(cell, NO_HOST)
    verdict = judge(case, history)
    named = {name: verdict.measures[name] for name in hazards_of(cell.fault) if name in verdict.measures}
    hazard = min(named, key=lambda name: named[name].margin, default="")
    result = history.result
    return Found(
        cell,
        at_ms=None if begun is None else case.injections[-1].at_ms,
        ended="no host" if result is None else f"{result.outcome} {result.code}".strip(),
        peak_n=max(history.force_mn) / 1000,
        react_ms=_react_ms(history, begun),
        margin=named[hazard].margin if hazard else None,
        hazard=hazard,
        escapes=verdict.escapes,
    )


def _react_ms(history: History, begun: int | None) -> int | None:
    if begun is None or begun < 1 or history.state(begun - 1) != codes.STATE_RUN:
        return None
    left = (index for index in range(begun, history.ticks) if history.state(index) != codes.STATE_RUN)
    return next(((index - begun) * TICK_MS for index in left), None)


def fill(choice: Choice, jobs: int = 1, progress: Progress | None = None) -> Matrix:
    """Run every cell of a choice in ``jobs`` processes; ``progress`` is told (done, of how many) cells.

    A KeyboardInterrupt ends it early, with the cells that there are.
    """
    wanted = tuple(cells(choice))
    found: list[Found] = []
    cpu_s = 0.0
    with suppress(KeyboardInterrupt):
        for part, seconds in _parts(wanted, jobs):
            found += part
            cpu_s += seconds
            if progress is not None:
                progress(len(found), len(wanted))
    place = {cell: index for index, cell in enumerate(wanted)}
    in_order = tuple(sorted(found, key=lambda one: place[one.cell]))
    return Matrix(in_order, cpu_s, len(wanted) - len(found))


def _parts(wanted: Iterable[Cell], jobs: int) -> Iterator[tuple[list[Found], float]]:
    parts = [tuple(part) for _, part in groupby(wanted, key=lambda one: (one.table, one.fault))]
    if jobs <= 1 or len(parts) <= 1:
        with held_back() as look:
            for cell in chain.from_iterable(parts):
                look()
                yield _find_all((cell,))
        return
    # fresh processes: what a fork would share with this one (threads, files) is no part of a run
    pool = ProcessPoolExecutor(min(jobs, len(parts)), get_context("spawn"), leave_to_parent)
    try:
        for done in as_completed([pool.submit(_find_all, part) for part in parts]):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _find_all(part: Sequence[Cell]) -> tuple[list[Found], float]:
    before = os.times()
    found = [find(cell) for cell in part]
    after = os.times()
    return found, after.user - before.user + after.system - before.system
