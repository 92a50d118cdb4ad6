"""A patient file: an id that only the site can trace, figures, limits that tighten, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from traction.errors import Problem, RefusedError
from traction.patients.checklist import Checklist, Row, load_checklist
from traction.patients.days import day_of
from traction.patients.form import Form, parse_form, read_text_bytes
from traction.safety.hardware import LIMIT_KEYS, REGIONS, load_patient, load_region
from traction.safety.limits import LimitSource

FORMAT: Final = 1
ANSWERS: Final = ("no", "yes")
IDENTIFYING: Final = ("name", "first_name", "surname", "address", "birthday", "born", "email", "phone")
"""What does not belong into such a file; it would be refused as an unknown key anyway, with less to say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one question of the screening, and on which day (ISO label)."""

    answer: str
    on: str


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient as the file says; ``digest`` is the SHA-256 of its bytes. No name is in it."""

    id: str
    mass_kg: float
    height_mm: float | None
    age_years: int | None
    cannot_communicate: bool
    limits: Mapping[str, Mapping[str, float]]
    answers: Mapping[str, Answer]
    digest: str
    path: str
    text: str = field(repr=False)

    def limit_source(self, region: str) -> LimitSource:
        """Return the patient's own limits of a region; they only tighten, and may be none."""
        return LimitSource("patient", self.id, self.limits.get(region, {}))

    def objections(self, region: str, today: str, checklist: Checklist | None = None) -> tuple[Problem, ...]:
        """Return what speaks against any session of a region: E360 to E363, nothing where all is answered.

        ``today`` is a label in UTC: answers count for the days that the checklist states.
        """
        problems = [row.problem for row in self.screened(region, today, checklist)]
        return tuple(problem for problem in problems if problem is not None)

    def screened(self, region: str, today: str, checklist: Checklist | None = None) -> tuple[Row, ...]:
        """Return a row for each question of the screening of a region, with what it says of this patient."""
        known = load_checklist(region) if checklist is None else checklist
        rows = [Row("communicates", "Can the patient speak up, and press a stop?", *self._speaks())]
        for item in known.screening:
            answer = self.answers.get(item.id)
            rows.append(Row(item.id, item.text, *self._judged(item.clear, answer, item.id, known, today)))
        return tuple(rows)

    def _speaks(self) -> tuple[str, str, str, Problem | None]:
        if not self.cannot_communicate:
            return "clear", "yes", "", None
        found = f"patient {self.id} cannot communicate"
        problem = Problem("E360", found, "somebody who can say stop", self.path, field="cannot_communicate")
        return "blocks", "no", "", problem

    def _judged(
        self, clear: str, answer: Answer | None, key: str, known: Checklist, today: str
    ) -> tuple[str, str, str, Problem | None]:
        where = f"answers.{key}"
        if answer is None:
            problem = Problem("E361", f"nobody has answered {key!r}", "yes or no", self.path, field=where)
            return "open", "", "", problem
        if answer.answer != clear:
            found = f"{key}: {answer.answer}, answered on {answer.on}"
            problem = Problem(
                "E362", found, f"{clear}, or no traction of this region", self.path, field=where
            )
            return "blocks", answer.answer, answer.on, problem
        age = day_of(today) - day_of(answer.on)
        if not 0 <= age <= known.valid_days:
            said = f"{age} days ago" if age >= 0 else "which is still to come"
            found, expected = (
                f"{key}: answered on {answer.on}, {said}",
                f"at most {known.valid_days} days ago",
            )
            return "old", answer.answer, answer.on, Problem("E363", found, expected, self.path, field=where)
        return "clear", answer.answer, answer.on, None


def load_patient_file(path: str | Path) -> Patient:
    """Read a patient file. Raises UsageError E132, ProtocolError with every mistake (E30x, E11x, E367)."""
    return parse_patient(read_text_bytes(Path(path), "a patient file"), str(path))


def parse_patient(content: bytes, file: str = "<text>") -> Patient:
    """Return the patient that ``content`` spells; ``file`` names it in errors. Raises ProtocolError."""
    form = parse_form(content, file)
    form.whole("format", FORMAT, FORMAT)
    for key in set(form.keys) & set(IDENTIFYING):
        form.has(key)
        form.wrong(
            key, f"{key!r} in a patient file", "no more than an id that only this site can trace", "E306"
        )
    patient = Patient(
        id=form.name("id"),
        mass_kg=_mass(form),
        height_mm=form.quantity("height", "length", low=500.0, high=2500.0) if form.has("height") else None,
        age_years=form.whole("age", 0, 120) if form.has("age") else None,
        cannot_communicate=form.flag("cannot_communicate"),
        limits=MappingProxyType(_limits(form.table("limits"))),
        answers=MappingProxyType(_answers(form.table("answers"))),
        digest=form.reading.digest,
        path=file,
        text=form.reading.text,
    )
    form.finish()
    return patient


def _mass(form: Form) -> float:
    mass_kg = form.quantity("mass", "mass")
    if mass_kg > 0:
        try:
            load_patient(REGIONS[0], mass_kg)
        except RefusedError as error:
            for one in error.problems:
                form.wrong("mass", one.found, one.expected, one.code)
    return mass_kg


def _limits(form: Form) -> dict[str, Mapping[str, float]]:
    found: dict[str, Mapping[str, float]] = {}
    for region in REGIONS:
        if not form.has(region):
            continue
        table, own = form.table(region), load_region(region).source.values
        values = {}
        for key, limit, kind in LIMIT_KEYS:
            if table.has(key):
                values[limit] = table.quantity(key, kind, zero=True)
                if values[limit] > own.get(limit, values[limit]):
                    said = f"{values[limit]:g}, looser than the region's {own[limit]:g}"
                    table.wrong(key, said, "a tighter limit, or none", "E367")
        found[region] = MappingProxyType(values)
    return found


def _answers(form: Form) -> dict[str, Answer]:
    found = {}
    for key in form.keys:
        table = form.table(key)
        found[key] = Answer(table.text("answer", ANSWERS), table.day("on"))
    return found


def one_mass(patient: Patient | None, mass_kg: float | None) -> float | None:
    """Return the mass that holds: the patient's, which a mass that was said as well must equal (E366)."""
    if patient is None:
        return mass_kg
    if mass_kg is not None and mass_kg != patient.mass_kg:
        found = f"--mass says {mass_kg:g} kg, the file of {patient.id} {patient.mass_kg:g} kg"
        raise RefusedError(Problem("E366", found, "one of the two", patient.path, field="mass"))
    return patient.mass_kg


def placed(problem: Problem, patient: Patient) -> Problem:
    """Return a problem with the line its field has in the patient's file."""
    if problem.field is None:
        return problem
    from traction.protocol.places import scan

    line, _, exact = scan(patient.text).find(tuple(problem.field.split(".")))
    return replace(problem, line=line) if exact else problem
