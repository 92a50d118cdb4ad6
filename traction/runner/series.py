"""Samples in SI units: the same rows as floating-point arrays with the names that engineers plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from traction.wire import codes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = Mapping[str, NDArray[np.int64]]
    Floats = NDArray[np.float64]

_CHANNEL_UNITS = {"mn": ("n", 1e3), "pa": ("kpa", 1e3), "um": ("mm", 1e3), "ms": ("s", 1e3)}
_SCALED = {
    "time_s": ("t_us", 1e6),
    "profile_s": ("profile_us", 1e6),
    "target_n": ("target_mn", 1e3),
    "travel_mm": ("travel_um", 1e3),
}
_CELLS = {"force_a_n": "force_mn", "force_b_n": "force_b_mn"}
_MEAN = "force_n"
_ORDER = ("time_s", "profile_s", "target_n", _MEAN, "force_a_n", "force_b_n", "travel_mm")


class SiSeries(Mapping[str, "NDArray[np.float64]"]):
    """The samples in SI units by name, one row per tick, oldest first; each made when it is looked at.

    ``time_s``, ``profile_s``, ``target_n``, ``force_n`` (mean of both load cells, tension positive),
    ``force_a_n``, ``force_b_n``, ``travel_mm`` (pull positive), and each channel of the table: ``*_mn``
    becomes ``*_n``, ``*_pa`` becomes ``*_kpa``, ``*_um`` becomes ``*_mm``. Where a cell gave no reading its
    force, and the mean, are NaN. The arrays are read-only; a session of an hour is 1.4 MB in each of them,
    so only those that somebody holds are kept.
    """

    def __init__(self, samples: Integers) -> None:
        self._samples = samples
        self._channels = _channels(samples)
        self._held: WeakValueDictionary[str, Floats] = WeakValueDictionary()

    def __getitem__(self, name: str) -> Floats:
        found = self._held.get(name)
        if found is None:
            found = self._make(name)
            found.flags.writeable = False
            self._held[name] = found
        return found

    def __iter__(self) -> Iterator[str]:
        yield from _ORDER
        yield from self._channels

    def __len__(self) -> int:
        return len(_ORDER) + len(self._channels)

    def _make(self, name: str) -> Floats:
        if name == _MEAN:
            mean = _force_n(self._samples[_CELLS["force_a_n"]])
            mean += _force_n(self._samples[_CELLS["force_b_n"]])
            mean /= 2
            return mean
        if name in _CELLS:
            return _force_n(self._samples[_CELLS[name]])
        column, divisor = _SCALED[name] if name in _SCALED else self._channels[name]
        return _scaled(self._samples[column], divisor)


def si_series(samples: Integers) -> dict[str, Floats]:
    """Return all samples in SI units at once, as ``SiSeries`` names them."""
    return dict(SiSeries(samples))


def _channels(samples: Integers) -> dict[str, tuple[str, float]]:
    """Return SI name -> (column, divisor) for what the table adds."""
    from traction.runner.record.layout import COLUMNS

    found = {}
    for column in samples:
        stem, _, unit = column.rpartition("_")
        if column not in COLUMNS and unit in _CHANNEL_UNITS:
            si_unit, divisor = _CHANNEL_UNITS[unit]
            found[f"{stem}_{si_unit}"] = (column, divisor)
    return {name: found[name] for name in found if name not in _ORDER}


def _scaled(column: NDArray[np.int64], divisor: float) -> Floats:
    import numpy as np

    return np.divide(column, divisor, dtype=np.float64)


def _force_n(column: NDArray[np.int64]) -> Floats:
    import numpy as np

    force_n = _scaled(column, 1e3)
    force_n[column == codes.FORCE_INVALID_MN] = np.nan
    return force_n
