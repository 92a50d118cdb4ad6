"""What a campaign of faults found of each hazard, as its page, its JSON and its JUnit file show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from traction import units
from traction.hazards import model
from traction.hazards.model import Hazard

TIGHT: Final = 0.2
"""A margin below this share of its budget is still kept, and is said to be tight."""

HELD: Final = "held"
NEARLY: Final = "tight"
BROKEN: Final = "broken"
NOT_MEASURED: Final = "not measured"
NOT_RUN: Final = "not run"


@dataclass(frozen=True, slots=True)
class About:
    """Where and by what it was made; ``commit`` is empty where there is no checkout."""

    command: str
    made: str
    version: str
    commit: str
    python: str
    system: str
    packages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ForcePicture:
    """The true force over time: s from the start of the drive, and N.

    ``limit_n`` is the force limit of the session, ``marks`` are moments worth a word: (s, text).
    """

    t_s: tuple[float, ...]
    force_n: tuple[float, ...]
    limit_n: float | None = None
    target_n: tuple[float, ...] = ()
    marks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that must not be: an invariant that broke, or a healthy session that did not complete."""

    case: str
    what: str
    at_ms: int | None
    found: str
    bound: str
    replay: str


@dataclass(frozen=True, slots=True)
class HazardFigures:
    """One hazard in a campaign.

    ``runs`` are the sessions with a fault of this hazard. The others are the worst of all of them, None where
    nothing was measured: ``overshoot_n`` of the true force above its cap, ``detect_ms`` and ``react_ms`` from
    the onset, ``margin`` the share of the budget that was left (below 0: broken). ``case`` and ``replay``
    name the session with the least margin, ``picture`` shows it. ``escapes`` are the sessions among them in
    which an invariant broke, be the margin what it may.
    """

    hazard: Hazard
    runs: int = 0
    overshoot_n: float | None = None
    detect_ms: float | None = None
    react_ms: float | None = None
    margin: float | None = None
    case: str = ""
    replay: str = ""
    picture: ForcePicture | None = None
    escapes: tuple[str, ...] = ()

    @property
    def budget_ms(self) -> float | None:
        """Return the time that the hazard allows, None where it is a moment and not a time."""
        within = self.hazard.within
        return None if within in model.MOMENTS else units.parse(within, "time", what="within") * 1000

    @property
    def state(self) -> str:
        """Return HELD, NEARLY, BROKEN, NOT_MEASURED or NOT_RUN, by the runs alone."""
        if self.escapes:  # a reaction that came too late may have left all of the force's margin
            return BROKEN
        if not self.runs or self.margin is None:
            return NOT_MEASURED if self.runs else NOT_RUN
        if not self.margin >= 0:
            return BROKEN
        return NEARLY if self.margin < TIGHT else HELD


@dataclass(frozen=True, slots=True)
class Evidence:
    """One campaign: what was run, on what, what broke, and the figures of every hazard.

    ``counts`` are further figures for the head of the page, as (name, text).
    """

    title: str
    about: About
    sessions: int
    hazards: tuple[HazardFigures, ...]
    escapes: tuple[Found, ...] = ()
    false_trips: tuple[Found, ...] = ()
    counts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Say whether something was run, nothing escaped, and no healthy session was ended."""
        return self.sessions > 0 and not self.escapes and not self.false_trips

    @property
    def verdict(self) -> str:
        """Return one sentence on all of it."""
        if not self.sessions:
            return "Nothing was run."
        broke = f"{_count(len(self.escapes), 'escape')}, {_count(len(self.false_trips), 'false trip')}"
        return f"{_count(self.sessions, 'session')}: {broke}."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}".replace(",", " ")
