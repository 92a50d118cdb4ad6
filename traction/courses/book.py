"""A course as it stands: its file, its patient, its protocols and its history, looked at together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from traction.courses.course import Course, load_course
from traction.courses.history import Begun, History, Opening
from traction.courses.rules import Due, changes, due, jumps, raised, standing
from traction.courses.schedule import schedule
from traction.courses.tie import place_of, record_problems
from traction.errors import Problem, ProtocolError
from traction.patients.patient import Patient, load_patient_file
from traction.protocol.load import load_protocol
from traction.protocol.protocol import Protocol

if TYPE_CHECKING:
    from traction.profile.profile import Profile

STORE_NAME: Final = "traction-courses.sqlite"
"""The store of all courses whose files lie in one folder, unless another one is named."""

RECORDS: Final = "traction-records"
"""The folder beside the course's file that the records of its sessions go to."""

Compile = Callable[[Protocol, int], "Profile"]
"""From a protocol and a session number to its profile for the patient of the course."""


@dataclass(frozen=True, slots=True)
class Book:
    """One course with everything that belongs to it; ``protocols`` are by the names the file gives them."""

    course: Course
    patient: Patient
    protocols: Mapping[str, Protocol]
    history: History

    @property
    def region(self) -> str:
        """Return the region of the course's protocols."""
        return next(iter(self.protocols.values())).region

    def digests(self) -> dict[str, str]:
        """Return each protocol's digest by the name the course gives it."""
        return {name: protocol.digest for name, protocol in self.protocols.items()}

    def begun(self) -> Begun:
        """Return what the course is held against from now on."""
        known = self.history.begun
        return Begun(
            course_id=self.course.id,
            course_digest=self.course.digest,
            patient_digest=self.patient.digest,
            patient=figures(self.patient),
            protocols={**({} if known is None else known.protocols), **self.digests()},
            revision=0 if known is None else known.revision,
        )

    def due(self, now: str) -> Due:
        """Return which session comes next and what the rules and the last record have against it."""
        found = due(self.course, self.history, now)
        begun, last = self.history.begun, self.history.held[-1:]
        more = [
            *((self.not_begun(),) if begun is None else ()),
            *(() if self.history.away is None else (self.history.away,)),
            *(changes(self.course, begun, figures(self.patient), self.digests()) if last else ()),
            *record_problems(last, self.course.path.parent, digests=True),
        ]
        problems = (self._with_its_record(one) for one in found.problems)
        return Due(found.number, found.level, found.planned, (*problems, *more))

    def _with_its_record(self, problem: Problem) -> Problem:
        """Return what is said of a session that is open with the record that it left, or is writing."""
        opened = self.history.open_session
        if problem.code != "E370" or opened is None:
            return problem
        known = {one.closing.record_path for one in self.history.sessions if one.closing is not None}
        base = self.course.path.parent
        own = re.compile(rf"{re.escape(self.course.id)}-{opened.number:03d}(-try\d+)?\.mcap")
        left = [path for path in sorted((base / RECORDS).glob("*.mcap")) if own.fullmatch(path.name)]
        left = [path for path in left if place_of(path, base) not in known]
        if not left:
            return problem
        newest = max(left, key=lambda path: path.stat().st_mtime_ns)
        return replace(problem, expected=f"{problem.expected}; its record is {newest}")

    def not_begun(self) -> Problem:
        """Return what is said where the course has no history yet, or none in this store."""
        found = f"no history of {self.course.id} has begun"
        return self.course.problem("E382", found, "one, beside the file or where --store says")

    def seed_of(self, number: int) -> int:
        """Return the seed of a session: each has its own, so that no two vary alike."""
        return self.course.seed + number - 1

    def jumps(self, peak_n: float) -> tuple[Problem, ...]:
        """Return what goes further from the last session than the course allows."""
        return tuple(jumps(self.course, self.history, self.patient.mass_kg, peak_n))

    def opening(self, now_due: Due, profile: Profile, checklist: str, answers: Mapping[str, str]) -> Opening:
        """Return what is written down when the session that is due is opened."""
        planned = now_due.planned
        assert planned is not None
        protocol = self.protocols[planned.stage.protocol]
        return Opening(
            number=now_due.number,
            level=now_due.level,
            stage=planned.stage.name,
            protocol=planned.stage.protocol,
            protocol_digest=protocol.digest,
            patient_id=self.patient.id,
            patient_digest=self.patient.digest,
            course_digest=self.course.digest,
            mass_kg=self.patient.mass_kg,
            planned_peak_n=profile.peak_n,
            planned_s=profile.duration_s,
            checklist_digest=checklist,
            answers=dict(answers),
        )

    def levels(self) -> tuple[int, ...]:
        """Return the level of each session of the plan: as held, then as if all to come were tolerated."""
        found = [session.opening.level for session in self.history.held]
        rule, ahead = self.course.progression, range(len(found) + 1, len(schedule(self.course)) + 1)
        if rule is None:
            return (*found, *ahead)
        level, row = standing(rule, self.history)
        for _ in ahead:
            found.append(level)
            level, row = raised(rule, level, row)
        return tuple(found)


def load_book(path: str | Path, history: Callable[[str], History]) -> Book:
    """Read a course's file, its patient's and its protocols'; ``history`` gives the history of its id.

    Raises UsageError (E13x: a file that is not there), ProtocolError (what a file may not say).
    """
    course = load_course(path)
    patient = load_patient_file(course.patient)
    names = dict.fromkeys(stage.protocol for stage in course.stages if stage.per_week)
    protocols = {
        stage.protocol: load_protocol(course.protocol_of(stage))
        for stage in course.stages
        if stage.protocol in names and stage.per_week
    }
    regions = sorted({protocol.region for protocol in protocols.values()})
    if len(regions) > 1:
        raise ProtocolError(course.problem("E310", f"protocols for {' and '.join(regions)}", "one region"))
    return Book(course, patient, protocols, history(course.id))


def figures(patient: Patient) -> dict[str, object]:
    """Return what decides in a patient's file, one figure to a key, so that a change can be told."""
    row: dict[str, object] = {
        "digest": patient.digest,
        "id": patient.id,
        "mass_kg": patient.mass_kg,
        "height_mm": patient.height_mm,
        "age_years": patient.age_years,
        "cannot_communicate": patient.cannot_communicate,
    }
    for region, limits in patient.limits.items():
        row |= {f"{region} {name}": value for name, value in limits.items()}
    row |= {f"answer to {key}": f"{one.answer} of {one.on}" for key, one in patient.answers.items()}
    return row


def store_beside(course_file: Path) -> Path:
    """Return where the store of a course lies unless another one is named: beside its file."""
    return course_file.parent / STORE_NAME
