"""Quantities of a large population, without keeping the states of all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from traction.errors import Problem, UsageError
from traction.sim import lanes
from traction.sim.grid import MOST_INSTANTS, sample_times
from traction.sim.simulate import simulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.sim.patient import Patient
    from traction.sim.scenario import Timeline

    Floats = NDArray[np.float64]
    Narrow = NDArray[np.float32]

PART = 1024
"""Patients simulated at once, or fewer: their states over 45 minutes, one a second, are 220 MB."""

MOST_AT_ONCE = 3_000_000
"""Instants x patients whose states are kept at once, 90 bytes each; a block is never divided."""

MOST_FIGURES = 200_000_000
"""Instants x patients x quantities beyond which it is refused: 0.8 GB."""

PERCENTILES = (5, 25, 50, 75, 95)


class Measured(NamedTuple):
    """Times in s, and each quantity by name, shape (n_times, n_patients), in single precision."""

    time_s: Floats
    quantities: Mapping[str, Narrow]


def measure(
    patients: Sequence[Patient],
    timeline: Timeline | Sequence[Timeline],
    names: Sequence[str],
    *,
    every_s: float = 1.0,
    level: str | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Measured:
    """Return the quantities ``names`` of all patients every ``every_s`` seconds and at the end.

    As ``simulate`` in every other way: the same timelines, the same errors, and E185 for more figures than a
    machine has room for. With a timeline for each patient, all run to the end of the longest.
    """
    each = list(timeline) if isinstance(timeline, Sequence) else None
    longest = (
        timeline if not isinstance(timeline, Sequence) else max(timeline, key=lambda line: line.duration_s)
    )
    times = sample_times(longest, every_s, None)
    asked = list(dict.fromkeys(names))
    _room(times.size, len(patients), len(asked))
    found = {name: np.empty((times.size, len(patients)), dtype=np.float32) for name in asked}
    several = max(min(PART, MOST_AT_ONCE // times.size) // lanes.WIDTH, 1) * lanes.WIDTH
    for begin in range(0, max(len(patients), 1), several):
        part = slice(begin, begin + several)
        at_once = patients[part]
        lines = longest.only(np.arange(len(patients))[part]) if each is None else [*each[part], longest]
        told = None if progress is None else _later(progress, begin, len(patients))
        people = at_once if each is None else [*at_once, at_once[0]]  # who stays to the end
        run = simulate(people, lines, at_s=times, threads=threads, progress=told)
        for name, series in found.items():
            series[:, part] = run.quantity(name, level)[:, : len(at_once)]
    return Measured(times, found)


def _room(instants: int, patients: int, quantities: int) -> None:
    """Raise UsageError (E185) before anything is simulated that would not fit into memory."""
    at_once = instants * min(patients, lanes.WIDTH)
    if at_once > MOST_INSTANTS or instants * patients * quantities > MOST_FIGURES:
        found = f"{quantities} quantities of {patients} patients at {instants} instants"
        raise UsageError(Problem("E185", found, "fewer instants, patients or quantities", field="every_s"))


def _later(progress: Callable[[int, int], None], before: int, total: int) -> Callable[[int, int], None]:
    return lambda done, _: progress(min(before + done, total), total)


def percentiles(series: Narrow, shares: Sequence[float] = PERCENTILES) -> Floats:
    """Return the percentiles ``shares`` over the patients at each time, shape (n_shares, n_times)."""
    return np.asarray(np.percentile(series, shares, axis=1), dtype=np.float64)
