"""What a protocol declares for the loop and the record beside its profile, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traction.protocol.model import Document


@dataclass(frozen=True, slots=True)
class Stops:
    """What a stop and a pause do, by name; None is what the loop does where a file says nothing.

    ``patient`` and ``operator``: "release" or "fast-release"; ``pause``: "hold-at-base" or "release".
    """

    patient: str | None = None
    operator: str | None = None
    pause: str | None = None


@dataclass(frozen=True, slots=True)
class Alerts:
    """How the end is told again: every ``every_s`` seconds, ``times`` times at most."""

    every_s: float
    times: int


@dataclass(frozen=True, slots=True)
class Sham:
    """The coded name of a trial's arm and the seal over its true one."""

    label: str
    seal: str


@dataclass(frozen=True, slots=True)
class LiveField:
    """A field of a phase (index ``phase``) that may be set during the run, and between what, as written."""

    phase: int
    name: str
    field: str
    value: str
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True)
class Declared:
    """All a protocol declares beside its profile."""

    stops: Stops = Stops()
    alerts: Alerts | None = None
    sham: Sham | None = None
    tolerance: str | None = None


def declared(document: Document) -> Declared:
    """Return what ``document`` declares."""
    stops, end, sham = document.stops, document.end, document.sham
    alerts = None
    if end.alert_every is not None and end.alert_times is not None:
        alerts = Alerts(end.alert_every, end.alert_times)
    return Declared(
        stops=Stops() if stops is None else Stops(stops.patient, stops.operator, stops.pause),
        alerts=alerts,
        sham=None if sham is None else Sham(sham.label, sham.seal),
        tolerance=document.session.tolerance,
    )
