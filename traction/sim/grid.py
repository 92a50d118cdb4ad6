"""The instants a march stops at: the knots of the tension, and where states are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from traction.errors import Problem, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from traction.sim.scenario import Timeline

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


MOST_INSTANTS = 20_000_000
"""States of one patient at more instants would take more than 2 GB."""


class Leg(NamedTuple):
    """One entry as it is marched: ``store`` says to which sample the state at a knot belongs, -1 to none."""

    entry: int
    times_s: Floats
    forces_n: Floats
    store: Whole


def sample_times(timeline: Timeline, every_s: float, at_s: Sequence[float] | Floats | None) -> Floats:
    """Return the instants asked for, in s: ``at_s`` if given, else from 0 by ``every_s``, and the end.

    Raises UsageError (E185) for instants that are not rising within the timeline, no interval, or one so
    short that there is no room for what it asks for.
    """
    end = timeline.duration_s
    if at_s is None:
        if not 0.0 < every_s < float("inf"):
            raise UsageError(
                Problem("E185", f"an interval of {every_s} s", "a time above zero", field="every_s")
            )
        if end / every_s > MOST_INSTANTS:
            found, most = f"{end / every_s:.3g} instants, every {every_s:g} s", f"at most {MOST_INSTANTS}"
            raise UsageError(Problem("E185", found, most, field="every_s"))
        count = int(end / every_s * (1.0 + 1e-12)) + 1
        times = np.asarray(np.arange(count) * every_s, dtype=np.float64)
        return times if end - times[-1] <= 1e-9 * end else np.append(times, end)
    times = np.asarray(at_s, dtype=np.float64)
    slack = 1e-9 * end
    if times.ndim != 1 or not times.size or not (-slack <= times[0] and times[-1] <= end + slack):
        found = f"instants from {times.min(initial=np.inf)} s to {times.max(initial=-np.inf)} s"
        raise UsageError(Problem("E185", found, f"0 to {end} s", field="at_s"))
    if not (np.diff(times) > 0.0).all():
        raise UsageError(Problem("E185", "instants that do not rise", "each later than the one before"))
    return np.clip(times, 0.0, end)


def entry_of(timeline: Timeline, times_s: Floats) -> Whole:
    """Return the entry each instant belongs to; where two entries meet, the one that ends there."""
    ends = np.append(timeline.starts_s[1:], timeline.duration_s)
    return np.minimum(np.searchsorted(ends * (1.0 + 1e-12), times_s, side="left"), len(ends) - 1)


def legs(timeline: Timeline, times_s: Floats, which: Whole | None = None) -> list[Leg]:
    """Return the legs of a march that stops at ``times_s`` too; ``which`` picks patients of the timeline."""
    entries = entry_of(timeline, times_s)
    found: list[Leg] = []
    for index, (_, knots, forces) in enumerate(timeline.courses(which)):
        mine = np.flatnonzero(entries == index)
        found.append(Leg(index, *merged(knots, forces, times_s[mine], mine)))
    return found


def merged(knots: Floats, forces: Floats, wanted: Floats, numbers: Whole) -> tuple[Floats, Floats, Whole]:
    """Return ``knots`` and ``forces`` with the instants ``wanted`` among them, and their ``numbers``.

    The numbers are -1 at every other knot.
    """
    close = 1e-9 * max(float(knots[-1]), 1.0)
    at = np.searchsorted(knots, wanted - close)  # the first knot not before it
    at = np.minimum(at, len(knots) - 1)
    there = np.abs(knots[at] - wanted) <= close
    store = np.full(len(knots), -1)
    store[at[there]] = numbers[there]
    new, before = wanted[~there], at[~there]
    if not new.size:
        return knots, forces, store
    share = (new - knots[before - 1]) / (knots[before] - knots[before - 1])
    share = share if forces.ndim == 1 else share[:, None]
    between = forces[before - 1] + share * (forces[before] - forces[before - 1])
    times = np.insert(knots, before, new)
    return times, np.insert(forces, before, between, axis=0), np.insert(store, before, numbers[~there])
