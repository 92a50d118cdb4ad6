"""The figures of many parameter sets on the published cases: sets side by side, as patients of one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from traction.evidence.case import Case, Reading
from traction.evidence.ensemble import Values
from traction.evidence.judge import judge
from traction.evidence.library import Library
from traction.evidence.links import other_reading, reading_of
from traction.evidence.measure import Floats, measured, ratio, sample_times
from traction.evidence.model import simulate_case
from traction.evidence.run import Key, key_of


@dataclass(frozen=True, slots=True)
class Figure:
    """What one case came to for each set: ``own`` and, where it is compared, ``other``, shape [n_sets]."""

    case: Case
    reading: Reading
    own: Floats
    other: Floats | None

    @property
    def value(self) -> Floats:
        """Return what is held against the band that decides, shape [n_sets]."""
        compare = self.case.compare
        if self.other is None or compare is None or self.case.band.stated:
            return self.own
        return ratio(self.own, self.other) if compare.relation == "ratio" else self.own - self.other

    @property
    def band(self) -> tuple[float | None, float | None]:
        """Return the band that decides; that of an order is zero on one side of the difference."""
        compare = self.case.compare
        if compare is None or self.case.band.stated:
            return self.case.band.low, self.case.band.high
        if compare.relation in ("less", "greater"):
            return (None, 0.0) if compare.relation == "less" else (0.0, None)
        return compare.band.low, compare.band.high

    def inside(self, one: int) -> bool:
        """Say whether set number ``one`` meets the case, by the rules of ``traction validate``."""
        other = None if self.other is None else self.other[[one]]
        return judge(self.case, self.reading, self.own[[one]], other).inside


class Bench:
    """The cases of a library, sorted by the runs they need; ``figures`` makes the runs."""

    def __init__(self, library: Library, cases: Sequence[Case]) -> None:
        self.cases = tuple(cases)
        self._known = library.known
        self._runs: dict[Key, tuple[Case, list[Reading]]] = {}
        for case in self.cases:
            self._wish(case, reading_of(case, self._known))
            if case.compare is not None:
                self._wish(self._known[case.compare.other], other_reading(case, self._known))

    def _wish(self, case: Case, reading: Reading) -> None:
        wanted = self._runs.setdefault(key_of(case), (case, []))[1]
        if reading not in wanted:
            wanted.append(reading)

    def figures(self, sets: Sequence[Values]) -> list[Figure]:
        """Return the figure of every case for every set of ``sets``, in the order of the cases."""
        found: dict[tuple[Key, Reading], Floats] = {}
        for key, (case, readings) in self._runs.items():
            times = np.unique(np.concatenate([sample_times(case, reading) for reading in readings]))
            run = simulate_case(case, sets, times)
            for reading in readings:
                values = run.quantity(reading.quantity, case.setup.level)[:, 1:]
                found[key, reading] = measured(reading, run.time_s, values)
        return [self._figure(case, found) for case in self.cases]

    def _figure(self, case: Case, found: dict[tuple[Key, Reading], Floats]) -> Figure:
        reading = reading_of(case, self._known)
        other = None
        if case.compare is not None:
            compared = self._known[case.compare.other]
            other = found[key_of(compared), other_reading(case, self._known)]
        return Figure(case, reading, found[key_of(case), reading], other)

    def all_inside(self, sets: Sequence[Values]) -> list[bool]:
        """Say for each set whether every case holds."""
        figures = self.figures(sets)
        return [all(figure.inside(one) for figure in figures) for one in range(len(sets))]


def scored(library: Library, also: Sequence[str] = ()) -> list[Case]:
    """Return the scored cases of a library, then those named in ``also``."""
    return list(chain((case for case in library.cases if case.score), (library.known[name] for name in also)))
