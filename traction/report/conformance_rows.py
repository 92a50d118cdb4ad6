"""The rows of a conformance: what was commanded, what was delivered, and what is out of tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Ran = Literal["whole", "part", "none"]

FORCE: Final = "force"
POSITION: Final = "position"


@dataclass(frozen=True, slots=True)
class Level:
    """One hold or rest, forces in N, times in s; None where nothing of it ran or nothing can be said.

    ``start_s`` and ``worst_at_s`` are session times. ``commanded_n`` and ``delivered_n`` are means over the
    time that is judged, ``error_n`` is delivered less commanded, ``worst_n`` the largest error of one sample,
    ``in_band`` the share of that time in which the error is within ``band_n``. ``time_s`` runs from the first
    sample in the band to the last, without ``paused_s``. A level ``by`` position is judged where it begins:
    ``sag_n`` is how far its force fell afterwards, ``drift_mm`` how far the carriage moved. ``misses`` say
    what is out of tolerance; a row that is not ``judged`` has none.
    """

    span: int
    kind: str
    phase: str
    cycle: int
    by: str
    ran: Ran
    planned_n: float
    planned_s: float
    band_n: float
    time_band_s: float
    start_s: float | None = None
    commanded_n: float | None = None
    delivered_n: float | None = None
    error_n: float | None = None
    worst_n: float | None = None
    worst_at_s: float | None = None
    in_band: float | None = None
    time_s: float | None = None
    paused_s: float = 0.0
    sag_n: float | None = None
    drift_mm: float | None = None
    judged: bool = False
    misses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ramp:
    """One change of force: rates in N/s, None where it did not run or is no straight line.

    ``worst_n`` is the largest distance of the force from the command, ``linearity`` that from its own
    straight line as a share of the ramp's height; both None where less than the whole ran.
    """

    span: int
    kind: str
    phase: str
    cycle: int
    ran: Ran
    start_n: float
    end_n: float
    planned_s: float
    start_s: float | None = None
    commanded_n_per_s: float | None = None
    delivered_n_per_s: float | None = None
    worst_n: float | None = None
    linearity: float | None = None
    judged: bool = False
    misses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the whole session; ``wanted`` is what ``of`` says, ``band`` how far off it may be.

    ``band`` is None where the figure is shown only, ``note`` says how to read it.
    """

    name: str
    unit: str
    wanted: float | None
    delivered: float | None
    of: str = "commanded"
    band: float | None = None
    note: str = ""
    misses: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Say whether the figure was held against a band."""
        return self.band is not None


@dataclass(frozen=True, slots=True)
class Over:
    """How long the force was at or above ``threshold_n``, as commanded and as delivered, in s."""

    threshold_n: float
    commanded_s: float
    delivered_s: float


@dataclass(frozen=True, slots=True)
class Conformance:
    """A session held against a tolerance profile: every level, every ramp, and figures of the whole.

    ``remarks`` say what did not run, and what was not judged and why.
    """

    tolerance: str
    tolerance_title: str
    outcome: str
    complete: bool
    levels: tuple[Level, ...]
    ramps: tuple[Ramp, ...]
    measures: tuple[Measure, ...]
    over: tuple[Over, ...]
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Level | Ramp | Measure, ...]:
        """Return every row, levels first."""
        return (*self.levels, *self.ramps, *self.measures)

    @property
    def judged(self) -> int:
        """Return how many rows were judged."""
        return sum(row.judged for row in self.rows)

    @property
    def out(self) -> tuple[Level | Ramp | Measure, ...]:
        """Return the rows that are out of tolerance."""
        return tuple(row for row in self.rows if row.misses)

    @property
    def within(self) -> bool | None:
        """Say whether all that was judged is within tolerance; None where no hold or rest was judged."""
        if self.out:
            return False
        return True if any(level.judged for level in self.levels) else None
