"""Samples in SI units: the same rows as floating-point arrays with the names that engineers plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traction.wire import codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

_CHANNEL_UNITS = {"mn": ("n", 1e3), "pa": ("kpa", 1e3), "um": ("mm", 1e3), "ms": ("s", 1e3)}


def si_series(samples: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[np.float64]]:
    """Return the samples in SI units, one row per tick, oldest first.

    ``time_s``, ``profile_s``, ``target_n``, ``force_n`` (mean of both load cells, tension positive),
    ``force_a_n``, ``force_b_n``, ``travel_mm`` (pull positive), and each channel of the table: ``*_mn``
    becomes ``*_n``, ``*_pa`` becomes ``*_kpa``, ``*_um`` becomes ``*_mm``. Where a cell gave no reading its
    force, and the mean, are NaN.
    """
    from traction.runner.record.layout import COLUMNS

    force_a_n, force_b_n = _force_n(samples["force_mn"]), _force_n(samples["force_b_mn"])
    series = {
        "time_s": _scaled(samples["t_us"], 1e6),
        "profile_s": _scaled(samples["profile_us"], 1e6),
        "target_n": _scaled(samples["target_mn"], 1e3),
        "force_n": (force_a_n + force_b_n) / 2,
        "force_a_n": force_a_n,
        "force_b_n": force_b_n,
        "travel_mm": _scaled(samples["travel_um"], 1e3),
    }
    for name in samples:
        stem, _, unit = name.rpartition("_")
        if name not in COLUMNS and unit in _CHANNEL_UNITS:
            si_unit, divisor = _CHANNEL_UNITS[unit]
            series[f"{stem}_{si_unit}"] = _scaled(samples[name], divisor)
    return series


def _scaled(column: NDArray[np.int64], divisor: float) -> NDArray[np.float64]:
    import numpy as np

    return np.divide(column, divisor, dtype=np.float64)


def _force_n(column: NDArray[np.int64]) -> NDArray[np.float64]:
    import numpy as np

    force_n = _scaled(column, 1e3)
    force_n[column == codes.FORCE_INVALID_MN] = np.nan
    return force_n
