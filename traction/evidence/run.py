"""Put cases on the model: each distinct scenario runs once, all parameter sets as patients side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from traction.evidence.case import Case, Person, Reading, Setup, Stage
from traction.evidence.ensemble import Values
from traction.evidence.judge import Verdict, judge
from traction.evidence.library import Library
from traction.evidence.links import other_reading, reading_of
from traction.evidence.measure import Floats, measured, sample_times

Key = tuple[Person, Setup, tuple[Stage, ...]]
Progress = Callable[[int, int], None]


class Run(Protocol):
    """A simulated run as this package needs it; ``traction.sim.simulate.Trajectory`` is one."""

    @property
    def time_s(self) -> Floats:
        """Return the instants of the samples, shape [n_time]."""

    def quantity(self, name: str, level: str | None = None) -> Floats:
        """Return a quantity, shape [n_time, n_patients]."""


Simulate = Callable[[Case, Sequence[Values], Floats], Run]


@dataclass(slots=True)
class _Wish:
    """One scenario, and every figure that is wanted of it."""

    case: Case
    readings: dict[Reading, None]


def run_cases(
    library: Library,
    members: Sequence[Values] = (),
    *,
    simulate: Simulate,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """Return the verdict on each case of the library, in its order.

    ``members`` are the parameter sets of the ensemble; ``simulate`` puts one scenario on the model;
    ``progress`` is told (done, of how many) scenarios.
    """
    known = library.known
    wishes: dict[Key, _Wish] = {}
    for case in library.cases:
        _wish(wishes, case, reading_of(case, known))
        if case.compare is not None:
            _wish(wishes, known[case.compare.other], other_reading(case, known))
    figures: dict[tuple[Key, Reading], Floats] = {}
    for done, (key, wish) in enumerate(wishes.items()):
        if progress is not None:
            progress(done, len(wishes))
        figures.update(_figures(key, wish, members, simulate))
    if progress is not None:
        progress(len(wishes), len(wishes))
    return tuple(_verdict(case, known, figures) for case in library.cases)


def key_of(case: Case) -> Key:
    """Return what two cases have in common when one run serves both."""
    return case.person, case.setup, case.timeline


def _wish(wishes: dict[Key, _Wish], case: Case, reading: Reading) -> None:
    wishes.setdefault(key_of(case), _Wish(case, {})).readings[reading] = None


def _figures(
    key: Key, wish: _Wish, members: Sequence[Values], simulate: Simulate
) -> Iterable[tuple[tuple[Key, Reading], Floats]]:
    own = {reading: sample_times(wish.case, reading) for reading in wish.readings}
    times = np.unique(np.concatenate(list(own.values())))
    run = simulate(wish.case, members, times)
    for reading, instants in own.items():
        # only its own instants, so that no figure depends on what else is asked of the same run
        at = np.searchsorted(times, instants)
        values = run.quantity(reading.quantity, wish.case.setup.level)
        yield (key, reading), measured(reading, run.time_s[at], values[at])


def _verdict(case: Case, known: Mapping[str, Case], figures: Mapping[tuple[Key, Reading], Floats]) -> Verdict:
    reading = reading_of(case, known)
    own = figures[key_of(case), reading]
    if case.compare is None:
        return judge(case, reading, own)
    other = figures[key_of(known[case.compare.other]), other_reading(case, known)]
    return judge(case, reading, own, other)
