"""What has happened in a course so far, as the store keeps it: plain frozen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from traction.errors import Problem


@dataclass(frozen=True, slots=True)
class Begun:
    """What a course was begun with, or what was accepted since: digests by which a change is noticed.

    ``patient`` is what the patient's file said then, ``protocols`` maps each protocol as written to its
    digest. ``revision`` counts the changes of the course, so that a stale decision is noticed.
    """

    course_id: str
    course_digest: str
    patient_digest: str
    patient: Mapping[str, object]
    protocols: Mapping[str, str]
    revision: int

    @property
    def digests(self) -> dict[str, object]:
        """Return every digest by what it is of."""
        return {"course": self.course_digest, "patient": self.patient_digest, **self.protocols}


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a session when it is opened; ``number`` is its place in the plan, from 1."""

    number: int
    level: int
    stage: str
    protocol: str
    protocol_digest: str
    patient_id: str
    patient_digest: str
    course_digest: str
    mass_kg: float
    planned_peak_n: float
    planned_s: float
    checklist_digest: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Closing:
    """What is known of a session when its record is tied to it; all None for one that was abandoned.

    ``eased`` is how often the force was eased off, None where no record says.
    """

    record_path: str | None
    record_digest: str | None
    record_bytes: int | None
    outcome: str
    code: str
    peak_n: float | None
    table: str | None
    eased: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a course: how it was opened, how it ended, and what was said of it afterwards."""

    entry: int
    opening: Opening
    opened_at: str
    closed_at: str | None
    closing: Closing | None
    tolerated: bool | None
    symptoms: str | None
    note: str

    @property
    def number(self) -> int:
        """Return its place in the plan, from 1; a try that was abandoned leaves its place to the next."""
        return self.opening.number

    @property
    def is_open(self) -> bool:
        """Say whether nothing has ended it yet."""
        return self.closed_at is None

    @property
    def counts(self) -> bool:
        """Say whether something was pulled: an abandoned or refused session does not use up its place."""
        return self.closing is not None and self.closing.outcome not in ("ABANDONED", "REFUSED")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the history: when, what, and the figures of it."""

    at: str
    kind: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class History:
    """Everything the store has of one course, oldest first; ``away`` says that it is a copy, or was moved."""

    begun: Begun | None = None
    sessions: tuple[Session, ...] = ()
    events: tuple[Event, ...] = ()
    away: Problem | None = None

    @property
    def latest_at(self) -> str:
        """Return when the last entry was made, empty where there is none; a review may set it back."""
        return self.events[-1].at if self.events else ""

    @property
    def ended_at(self) -> str | None:
        """Return when the last session ended, by the clock that was right last."""
        last = self.last
        if last is None or last.closed_at is None:
            return None
        return min(last.closed_at, self.latest_at or last.closed_at)

    @property
    def open_session(self) -> Session | None:
        """Return the session that nothing has ended yet."""
        return next((one for one in self.sessions if one.is_open), None)

    @property
    def held(self) -> tuple[Session, ...]:
        """Return the sessions in which something was pulled."""
        return tuple(one for one in self.sessions if one.counts)

    @property
    def last(self) -> Session | None:
        """Return the last session in which something was pulled."""
        return self.held[-1] if self.held else None
