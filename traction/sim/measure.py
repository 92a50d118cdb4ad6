"""Quantities of a large population, without keeping the states of all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from traction.sim.grid import sample_times
from traction.sim.simulate import simulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.sim.patient import Patient
    from traction.sim.scenario import Timeline

    Floats = NDArray[np.float64]
    Narrow = NDArray[np.float32]

PART = 1024
"""Patients simulated at once: their states over 45 minutes, one a second, are 220 MB."""

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

    As ``simulate`` in every other way: the same timelines, the same errors. With a timeline for each patient,
    all run to the end of the longest.
    """
    each = list(timeline) if isinstance(timeline, Sequence) else None
    longest = (
        timeline if not isinstance(timeline, Sequence) else max(timeline, key=lambda line: line.duration_s)
    )
    times = sample_times(longest, every_s, None)
    found = {name: np.empty((times.size, len(patients)), dtype=np.float32) for name in dict.fromkeys(names)}
    for begin in range(0, max(len(patients), 1), PART):
        part = slice(begin, begin + PART)
        at_once = patients[part]
        lines = longest.only(np.arange(len(patients))[part]) if each is None else [*each[part], longest]
        told = None if progress is None else _later(progress, begin, len(patients))
        people = at_once if each is None else [*at_once, at_once[0]]  # who stays to the end
        run = simulate(people, lines, at_s=times, threads=threads, progress=told)
        for name, series in found.items():
            series[:, part] = run.quantity(name, level)[:, : len(at_once)]
    return Measured(times, found)


def _later(progress: Callable[[int, int], None], before: int, total: int) -> Callable[[int, int], None]:
    return lambda done, _: progress(min(before + done, total), total)


def percentiles(series: Narrow, shares: Sequence[float] = PERCENTILES) -> Floats:
    """Return the percentiles ``shares`` over the patients at each time, shape (n_shares, n_times)."""
    return np.asarray(np.percentile(series, shares, axis=1), dtype=np.float64)
