"""Fixtures for tests of drivers and tables, known to pytest wherever traction is installed.

``traction_clock``, ``traction_faults``, ``traction_bench``, ``traction_table`` and ``traction_session``:
nothing is loaded before a test asks for one of them. docs/prove-your-driver.md uses them all, and
``-p no:traction`` keeps pytest from knowing them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from traction.runner.plan import SessionPlan
    from traction.testing.bench import Bench
    from traction.testing.session import Ended
    from traction.testing.table import SternClock, TableUnderTest

MARKERS = (
    "traction_faults(*cases, side=None, at='4s', but=()): one test for each case, or each fault of a side",
    "traction_table(url, wire=False): the simulated table or body of this test; wire puts it behind a line",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each case of the marker ``traction_faults``.

    A case is a fault such as ``cell-a-stuck@4s`` or a tuple of several at once; ``side`` ("table" or "link")
    makes one of every fault of the list on that side, but those named in ``but``.
    """
    marker = metafunc.definition.get_closest_marker("traction_faults")
    if marker is not None and "traction_faults" in metafunc.fixturenames:
        cases = _cases(*marker.args, **marker.kwargs)
        metafunc.parametrize("traction_faults", cases, ids=["+".join(case) for case in cases], indirect=True)


def _cases(
    *cases: str | tuple[str, ...], side: str | None = None, at: str = "4s", but: Iterable[str] = ()
) -> list[tuple[str, ...]]:
    from traction.sim.faults import FAULTS

    listed = [(one,) if isinstance(one, str) else tuple(one) for one in cases]
    if side is None:
        return listed
    left_out = frozenset(but)
    if unknown := left_out - FAULTS.keys():
        raise pytest.UsageError(f"no fault of the list: {', '.join(sorted(unknown))}")
    named = [
        (f"{one.name}@{at}",) for one in FAULTS.values() if one.side == side and one.name not in left_out
    ]
    if not named:
        raise pytest.UsageError(f"no fault of the list is of the side {side!r}")
    return listed + named


class FaultSchedule:
    """What goes wrong in a test, as texts such as ``cell-a-stuck@12s+500ms``; iterable."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self._texts: list[str] = []
        self.add(*faults)

    def add(self, *faults: str) -> None:
        """Schedule more, before the table is made; raises UsageError E126 for what is no fault."""
        from traction.sim.faults import LINK, TABLE, read_faults

        read_faults(faults, (TABLE, LINK))
        self._texts += faults

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __repr__(self) -> str:
        return f"FaultSchedule({self._texts})"


def _hazards(faults: Iterable[str]) -> list[str]:
    from traction.sim.faults import LINK, TABLE, read_faults

    named = {one.fault.name for one in read_faults(faults, (TABLE, LINK))}
    return [name for name, its in _faults_of_hazards() if named & its] if named else []


@cache
def _faults_of_hazards() -> tuple[tuple[str, frozenset[str]], ...]:
    from traction.hazards.load import load_hazards

    return tuple((one.name, frozenset(one.faults)) for one in load_hazards().hazards)


@pytest.fixture
def traction_clock() -> SternClock:
    """Return a clock on which minutes cost nothing, and that stops a driver which waits where none may."""
    from traction.testing.table import SternClock

    clock = SternClock()
    clock.may_wait = True
    return clock


@pytest.fixture
def traction_faults(request: pytest.FixtureRequest) -> FaultSchedule:
    """Return the faults of this test: those of the marker, and what the test adds.

    JUnit names the hazards that those of the marker are a case of.
    """
    schedule = FaultSchedule(getattr(request, "param", ()))
    request.node.user_properties += [("hazard", name) for name in _hazards(schedule)]
    return schedule


@pytest.fixture
def traction_bench(request: pytest.FixtureRequest, traction_faults: FaultSchedule) -> Bench:
    """Return body, drive, cells, stops and line with the faults of this test, for a controller of yours."""
    from traction.testing.bench import BODY, Bench

    return Bench(traction_faults, _url(request, BODY))


@pytest.fixture
def traction_table(
    request: pytest.FixtureRequest, traction_clock: SternClock, traction_faults: FaultSchedule
) -> Iterator[TableUnderTest]:
    """Return a simulated table with the reference controller and the faults of this test."""
    from traction.testing.bench import BODY
    from traction.testing.simulated import simulated

    marker = request.node.get_closest_marker("traction_table")
    wire = bool(marker and marker.kwargs.get("wire", False))
    table = simulated(_url(request, BODY), traction_clock, traction_faults, wire=wire)
    yield table
    table.end()


@pytest.fixture
def traction_session(traction_clock: SternClock) -> Callable[..., Ended]:
    """Return a function that runs a short session on a driver, and says how it ended.

    ``traction_session(driver, true_force_n, plan=None)``; a ``TableUnderTest`` brings its own force.
    """

    def run(
        driver: Any, true_force_n: Callable[[], float] | None = None, plan: SessionPlan | None = None
    ) -> Ended:
        from traction.testing import session

        force = driver.true_force_n if true_force_n is None else true_force_n
        return session.run(driver, traction_clock, force, plan)

    return run


def _url(request: pytest.FixtureRequest, usual: str) -> str:
    marker = request.node.get_closest_marker("traction_table")
    return str(marker.args[0]) if marker is not None and marker.args else usual
