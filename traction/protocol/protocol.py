"""A protocol that has been read and found sound: plain, frozen, and still knowing where it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final, Literal

from traction.errors import Problem
from traction.protocol.declared import Declared, declared
from traction.protocol.force import Force, Levels
from traction.protocol.model import Document
from traction.protocol.phases import Cycling, Holding, Phase, Ramp, Static, Stepping
from traction.protocol.places import Path, Places
from traction.protocol.question_phases import QuestionBase

Mode = Literal["static", "intermittent", "cyclic", "progressive", "regressive", "ramp", "mixed"]

REFERENCE_MASS_KG: Final = 80.0
"""The body mass at which figures that depend on it are shown where no patient is known, as in a list."""


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Pull gently to ``force_n`` before the profile starts; give up after ``timeout_s``."""

    force_n: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where the settings come from: ``evidence`` is the kind of source, not how well the settings work."""

    citation: str
    url: str | None
    evidence: str
    confirmed: bool
    caution: str
    assumed: tuple[str, ...]
    course: str | None
    conflicts: str | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """Hold one protocol as written: ``text`` and the SHA-256 ``digest`` of its bytes, and what they say.

    ``limits`` maps names of the project's limits (such as ``max_force_n``) to values in their units, for a
    limit source of kind "protocol". ``path`` is the file it came from as the caller named it.
    """

    name: str
    title: str
    region: str
    source: Source
    document: Document
    text: str = field(repr=False)
    digest: str
    path: str
    take_up: TakeUp | None
    limits: Mapping[str, float]
    places: Places = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by the fields; the read-only view of the limits can be neither."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return _again, ({**values, "limits": dict(self.limits)},)

    @property
    def phases(self) -> tuple[Phase | QuestionBase, ...]:
        """Return the phases in the order in which they stand."""
        return tuple(self.document.phase)

    @property
    def mode(self) -> Mode:
        """Return the type all phases that pull (but plain ramps) share, or "mixed"."""
        types: set[Mode] = {phase.type for phase in self.document.phase if isinstance(phase, Phase)}
        types = types - {"ramp"} or types
        return types.pop() if len(types) == 1 else "mixed"

    @property
    def declared(self) -> Declared:
        """Return what the file declares for the loop and the record beside its profile."""
        return declared(self.document)

    @property
    def needs_mass(self) -> bool:
        """Say whether any force, or the mass of the head, is a share of the body's."""
        tare = self.document.tare
        share = tare is not None and tare.head_share is not None
        return share or any(force.needs_mass for force in self.forces())

    @property
    def uses_session(self) -> bool:
        """Say whether any force differs from session to session."""
        return any(force.uses("session") for force in self.forces())

    @property
    def varies(self) -> bool:
        """Say whether the seed changes the profile."""
        return any(isinstance(phase, Cycling) and phase.variation for phase in self.document.phase)

    @property
    def peak(self) -> Force:
        """Return the highest level of the protocol as written, judged at REFERENCE_MASS_KG."""
        levels = Levels(mass_kg=REFERENCE_MASS_KG)
        return max(self.tops(), key=lambda force: force.newtons(levels))

    def tops(self) -> Iterator[Force]:
        """Yield the upper level of each phase, and that of the pre-tension."""
        if self.document.pretension is not None:
            yield self.document.pretension.force
        for phase in self.document.phase:
            yield from _levels(phase)

    def forces(self) -> Iterator[Force]:
        """Yield every force expression a profile depends on."""
        yield from self.tops()
        for phase in self.document.phase:
            if isinstance(phase, Cycling | Stepping) and phase.low is not None:
                yield phase.low
            if isinstance(phase, Cycling) and phase.variation is not None and phase.variation.cap is not None:
                yield phase.variation.cap
            if isinstance(phase, Holding) and phase.live is not None:
                live = phase.live
                yield from (force for pair in (live.force, live.high, live.low) if pair for force in pair)

    def problem(self, code: str, found: str, expected: str, path: Path) -> Problem:
        """Return a problem with the place ``path`` has in the file."""
        line, column, exact = self.places.find(path)
        shown = column if exact else None
        return Problem(code, found, expected, self.path, line, shown, field_path(path))


def _again(values: dict[str, Any]) -> Protocol:
    return Protocol(**{**values, "limits": MappingProxyType(values["limits"])})


def _levels(phase: Phase | QuestionBase) -> Iterator[Force]:
    if isinstance(phase, Static):
        yield phase.force
    elif isinstance(phase, Cycling):
        yield phase.high
    elif isinstance(phase, Stepping):
        yield from (phase.from_, phase.to)
    elif isinstance(phase, Ramp):
        yield phase.to


def field_path(path: Path) -> str:
    """Return a path as people read it: numbers count from 1, so ``phase[2].hold`` is in the second phase."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text if len(text) <= 100 else f"{text[:97]}..."
