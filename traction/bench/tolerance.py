"""Tolerance profiles: how far a delivered force or time may be from the commanded one, as files say it.

The shipped ones stand in ``hardware/tolerances``; each says where its figures come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from traction import units
from traction.errors import Problem, UsageError
from traction.safety.reader import Reader
from traction.shipped import shipped_files

FOLDER: Final = "hardware/tolerances"
STANDARD: Final = "yy-0697"
S_PER_H: Final = 3600.0


@dataclass(frozen=True, slots=True)
class ForceBand:
    """How far a force may be from its target: forces in N, shares of one.

    Up to ``corner_n`` the larger of ``low_share`` and ``low_n``, above it the smaller of ``high_share`` and
    ``high_n``; without a corner (None) the first rule holds for every force. ``settle_s`` after the beginning
    of a level its force is judged, and for the share ``time_in_band`` of that time it must be in the band.
    """

    low_share: float
    low_n: float
    settle_s: float
    time_in_band: float
    corner_n: float | None = None
    high_share: float = 0.0
    high_n: float = 0.0

    def band_n(self, target_n: float) -> float:
        """Return how far a force may be from ``target_n``, both in N."""
        if self.corner_n is None or target_n <= self.corner_n:
            return max(self.low_share * target_n, self.low_n)
        return min(self.high_share * target_n, self.high_n)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """One profile of tolerances; None where it does not judge.

    ``time_least_s`` and ``time_per_hour_s``: a time may be off by the first, or by the second for each hour
    of it where that is more. ``drift_per_hour_s`` is of the table's clock, ``drift_mm`` of a held position,
    ``linearity`` and ``rate`` are shares of a ramp's height and rate (of ramps of ``least_height_n`` and
    more), ``dose`` is a share of the commanded impulse above rest.
    """

    name: str
    title: str
    force: ForceBand
    time_least_s: float
    time_per_hour_s: float = 0.0
    drift_per_hour_s: float | None = None
    drift_mm: float | None = None
    linearity: float | None = None
    rate: float | None = None
    least_height_n: float = 0.0
    dose: float | None = None

    def time_band_s(self, planned_s: float) -> float:
        """Return how far a time may be from ``planned_s``, both in s."""
        return max(self.time_least_s, self.time_per_hour_s * planned_s / S_PER_H)


def tolerance_names() -> tuple[str, ...]:
    """Return the names of the shipped profiles."""
    return tuple(shipped_files(FOLDER))


def load_tolerance(name: str | Path) -> Tolerance:
    """Read a profile by its name, or from a file given as a Path or as a text that looks like one.

    Raises UsageError E196 for an unknown name; ProtocolError (E11x, E305-E308) with all problems of a file.
    """
    if isinstance(name, str):
        files = shipped_files(FOLDER)
        if name not in files and not (name.endswith(".toml") and Path(name).exists()):
            expected = f"one of {', '.join(files)}, or a .toml file that is there"
            raise UsageError(Problem("E196", f"the tolerance {name!r}", expected))
        return _read(files.get(name, Path(name)))
    return _read(name)


@cache
def standard() -> Tolerance:
    """Return the profile of YY 0697, as shipped."""
    return load_tolerance(STANDARD)


def _read(path: Path) -> Tolerance:
    reader = Reader(path)
    corner = reader.has("force.corner")
    found = Tolerance(
        name=reader.text("name"),
        title=reader.text("title"),
        force=ForceBand(
            low_share=reader.quantity("force.low_share", "fraction", positive=False),
            low_n=reader.quantity("force.low", "force"),
            settle_s=reader.quantity("force.settle", "time", positive=False),
            time_in_band=reader.quantity("force.time_in_band", "fraction"),
            corner_n=reader.quantity("force.corner", "force") if corner else None,
            high_share=reader.quantity("force.high_share", "fraction") if corner else 0.0,
            high_n=reader.quantity("force.high", "force") if corner else 0.0,
        ),
        time_least_s=reader.quantity("time.least", "time"),
        time_per_hour_s=_stated(reader, "time.per_hour", "time") or 0.0,
        drift_per_hour_s=_stated(reader, "clock.per_hour", "time"),
        drift_mm=_stated(reader, "position.drift", "length"),
        linearity=_stated(reader, "ramp.linearity", "fraction"),
        rate=_stated(reader, "ramp.rate", "fraction"),
        least_height_n=_stated(reader, "ramp.least_height", "force") or 0.0,
        dose=_stated(reader, "dose.share", "fraction"),
    )
    reader.require("force.time_in_band", found.force.time_in_band, 1.0, "a share of 100 % at most")
    reader.finish()
    return found


def _stated(reader: Reader, field: str, kind: units.Kind) -> float | None:
    return reader.quantity(field, kind) if reader.has(field) else None
