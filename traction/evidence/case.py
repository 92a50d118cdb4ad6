"""One published case as read from a file: whom, on what, in which order, and what was found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from traction.evidence.names import QUANTITIES, RATIO_UNIT
from traction.units import N_PER_LBF, STANDARD_GRAVITY

PullUnit = Literal["n", "bw", "lbf"]
Over = Literal["min", "max", "mean"]
Relation = Literal["less", "greater", "difference", "ratio"]


@dataclass(frozen=True, slots=True)
class Person:
    """What a case states of its patient; None is left to the stated nominal of the model."""

    mass_kg: float | None = None
    height_m: float | None = None
    age_years: float | None = None
    sex: str | None = None
    grade: int | tuple[int, ...] | None = None
    disc: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """The region that is pulled, the couch, and the disc that the quantities of one disc refer to."""

    region: str
    couch: str
    level: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One entry of a timeline: a posture and a pull, reached over the first ``ramp_s`` of ``for_s``."""

    posture: str
    for_s: float
    ramp_s: float
    pull: float = 0.0
    pull_unit: PullUnit = "n"
    flexion_deg: float = 0.0
    wave: str = "constant"
    wave_amplitude_n: float = 0.0
    wave_hz: float = 0.0

    def pull_n(self, mass_kg: float) -> float:
        """Return the pull in newtons for a body of ``mass_kg``."""
        per_unit = {"n": 1.0, "bw": mass_kg * STANDARD_GRAVITY, "lbf": N_PER_LBF}
        return self.pull * per_unit[self.pull_unit]


@dataclass(frozen=True, slots=True)
class Reading:
    """How one figure is read off a simulated run: at an instant, or over a stretch of time.

    Either ``at_s`` is given, or ``over`` with ``from_s`` and ``to_s`` (None: the start, the end).
    """

    quantity: str
    at_s: float | None = None
    over: Over | None = None
    from_s: float | None = None
    to_s: float | None = None
    minus_at_s: float | None = None
    ratio_to_at_s: float | None = None

    @property
    def unit(self) -> str:
        """Return the unit of the figure."""
        return RATIO_UNIT if self.ratio_to_at_s is not None else QUANTITIES[self.quantity]

    @property
    def instants(self) -> dict[str, float]:
        """Return the instants this reading names, in s, by the name of their field."""
        named = ("at_s", "from_s", "to_s", "minus_at_s", "ratio_to_at_s")
        found = ((name, getattr(self, name)) for name in named)
        return {name: value for name, value in found if value is not None}


@dataclass(frozen=True, slots=True)
class Band:
    """A closed interval, both ends included; None leaves that side open."""

    low: float | None = None
    high: float | None = None

    @property
    def stated(self) -> bool:
        """Say whether there is any bound at all."""
        return self.low is not None or self.high is not None

    def holds(self, value: float) -> bool:
        """Say whether ``value`` lies inside, the bounds included. What is not finite never does."""
        # written so that a NaN fails each comparison
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return above and below and abs(value) < float("inf")


@dataclass(frozen=True, slots=True)
class Compare:
    """What must hold between this case and ``other``; ``band`` belongs to a difference or a ratio."""

    other: str
    relation: Relation
    band: Band = Band()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case was written: the file, and its number in it from 1."""

    file: str
    number: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case. ``reading`` and ``band`` are those of its own ``expect``; at least one check is there."""

    id: str
    source: str
    url: str
    confirmed: bool
    score: bool
    person: Person
    setup: Setup
    timeline: tuple[Stage, ...]
    place: Place
    reading: Reading | None = None
    band: Band = Band()
    compare: Compare | None = None

    @property
    def duration_s(self) -> float:
        """Return the length of the timeline."""
        return math.fsum(stage.for_s for stage in self.timeline)

    @property
    def periods(self) -> float:
        """Return how many periods of a wave the timeline has."""
        waves = [stage for stage in self.timeline if stage.wave == "sine"]
        return math.fsum((stage.for_s - stage.ramp_s) * stage.wave_hz for stage in waves)
