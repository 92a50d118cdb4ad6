"""Read one figure off a simulated run, for all patients of the run at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from traction.evidence.case import Case, Reading

Floats = NDArray[np.float64]

FINEST_S: Final = 0.1
MOST_SAMPLES: Final = 6000
SAMPLES_PER_WAVE: Final = 40
_SAME_S: Final = 1e-6


def sample_times(case: Case, reading: Reading) -> Floats:
    """Return the instants, s ascending, at which a run must be sampled for this reading.

    Over a stretch: every 0.1 s, or 6000 instants where that is more; in a wave 40 a period where that is
    closer, and not more than 6000 either; and each corner of the timeline, where extremes are.
    """
    times = [np.asarray(list(reading.instants.values()) or [0.0], dtype=float)]
    if reading.over is not None:
        from_s, to_s = stretch(reading, case.duration_s)
        times += [np.asarray([from_s, to_s, *(at for at in corners(case) if from_s <= at <= to_s)])]
        start_s, rate = 0.0, min(1.0 / FINEST_S, MOST_SAMPLES / max(to_s - from_s, FINEST_S))
        for stage in case.timeline:
            low, high = max(from_s, start_s), min(to_s, start_s + stage.for_s)
            if high > low:
                # equal distances over all of a wave: a denser part would pull its mean to one side
                often = max(rate, stage.wave_hz * SAMPLES_PER_WAVE)
                times.append(np.linspace(low, high, _count((high - low) * often)))
            start_s += stage.for_s
    # an instant may stand behind the end by the rounding of the timeline's sum
    return np.unique(np.minimum(np.concatenate(times), case.duration_s))


def _count(wanted: float) -> int:
    return int(min(max(np.ceil(wanted), 1), MOST_SAMPLES)) + 1


def stretch(reading: Reading, duration_s: float) -> tuple[float, float]:
    """Return from when to when a reading over a stretch looks; the whole timeline unless it says so."""
    from_s = 0.0 if reading.from_s is None else reading.from_s
    to_s = duration_s if reading.to_s is None else reading.to_s
    return from_s, min(to_s, duration_s)


def corners(case: Case) -> Iterable[float]:
    """Yield where the pull has a corner: the end of each ramp and of each entry."""
    start_s = 0.0
    for stage in case.timeline:
        yield start_s + stage.ramp_s
        start_s += stage.for_s
        yield start_s


def measured(reading: Reading, time_s: Floats, values: Floats) -> Floats:
    """Return the figure of every patient: shape [n_patients].

    ``time_s`` [n_time] ascends and has every instant of the reading; ``values`` [n_time, n_patients] is its
    quantity. A mean is over time, by trapezoids. What cannot be formed is NaN, such as a ratio to zero.
    """
    if reading.over is None:
        assert reading.at_s is not None
        figure = _at(reading.at_s, time_s, values)
    else:
        figure = _over(reading, time_s, values)
    if reading.minus_at_s is not None:
        figure = figure - _at(reading.minus_at_s, time_s, values)
    if reading.ratio_to_at_s is not None:
        figure = ratio(figure, _at(reading.ratio_to_at_s, time_s, values))
    return figure


def ratio(figure: Floats, to: Floats) -> Floats:
    """Return ``figure / to``, NaN where ``to`` is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(to == 0.0, np.nan, figure / to)


def _at(at_s: float, time_s: Floats, values: Floats) -> Floats:
    """Return the values at an instant; where an entry ends and another begins, those of the one that ends."""
    index = min(int(np.searchsorted(time_s, at_s - _SAME_S)), len(time_s) - 1)
    if not abs(time_s[index] - at_s) <= 2 * _SAME_S:
        raise ValueError(f"the run has no sample at {at_s} s")
    found: Floats = values[index]
    return found


def _over(reading: Reading, time_s: Floats, values: Floats) -> Floats:
    from_s, to_s = stretch(reading, float(time_s[-1]))
    first = int(np.searchsorted(time_s, from_s - _SAME_S))
    last = int(np.searchsorted(time_s, to_s + _SAME_S))
    here, times = values[first:last], time_s[first:last]
    # NumPy's own minimum and maximum let a NaN through, which is wanted: such a run is never inside
    found: Floats
    if reading.over == "min":
        found = here.min(axis=0)
    elif reading.over == "max":
        found = here.max(axis=0)
    elif len(times) == 1:
        found = here[0]
    else:
        found = np.trapezoid(here, times, axis=0) / (times[-1] - times[0])
    return found
