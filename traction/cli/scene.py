"""What ``simulate`` is asked for, as patients and timelines: a protocol or a case, one patient or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from traction.errors import Problem, RefusedError, UsageError

if TYPE_CHECKING:
    from traction.evidence.case import Case
    from traction.protocol.protocol import Protocol
    from traction.sim.patient import Patient
    from traction.sim.scenario import Timeline


LYING: Final = MappingProxyType(
    {
        "on the back": "supine",
        "face up": "supine",
        "face down": "prone",
        "on the front": "prone",
        "sitting": "sitting",
    }
)
"""Postures as protocols word them; what says more than one, or something else, leaves the nominal posture."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Every option that says who is simulated; None where nothing is said."""

    region: str | None = None
    mass_kg: float | None = None
    height_m: float | None = None
    age_years: float | None = None
    sex: str | None = None
    grade: int | tuple[int, ...] | None = None
    disc: str | None = None
    couch: str | None = None
    level: str | None = None
    posture: str | None = None
    patients: int | None = None
    seed: int = 0

    def people(self, region: str) -> tuple[Patient, ...]:
        """Return the one patient described, or as many as asked for, drawn with the seed."""
        from traction.sim.patient import COUCHES, DISCS, make_patient
        from traction.sim.people import draw_patients

        couch, disc = self.couch or COUCHES[0], self.disc or DISCS[0]
        if self.patients is None:
            return (
                make_patient(
                    region,
                    couch=couch,
                    disc=disc,
                    mass_kg=self.mass_kg,
                    height_m=self.height_m,
                    age_years=self.age_years,
                    sex=self.sex,
                    grade=self.grade,
                    level=self.level,
                    posture=self.posture,
                ),
            )
        return draw_patients(
            self.patients,
            self.seed,
            region=region,
            couch=couch,
            disc=disc,
            mass_kg=self.mass_kg,
            height_m=self.height_m,
            age_years=self.age_years,
            sex=self.sex,
            grade=self.grade,
            level=self.level,
            posture=self.posture,
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """What is simulated: a name and a title for it, who, and what is done to each of them."""

    name: str
    title: str
    source: str
    patients: tuple[Patient, ...]
    timeline: Timeline | tuple[Timeline, ...]


def scene_of(what: str, asked: Asked) -> Scene:
    """Return the scene of a protocol's name or file, or of the case ``FILE.toml#id``.

    Raises ProtocolError or UsageError for what is not there or not right, RefusedError E330 for a protocol
    in shares of the body weight without a mass, and E310 for another region than asked for.
    """
    path, mark, case_id = what.partition("#")
    if mark:
        return _of_case(_case(Path(path), case_id), asked)
    from traction.protocol.load import load_protocol

    return _of_protocol(load_protocol(what), asked)


def _of_protocol(protocol: Protocol, asked: Asked) -> Scene:
    from traction.protocol.compile import compile_protocol
    from traction.sim.scenario import timeline_of

    _same_region(asked, protocol.region, protocol.name)
    setup = protocol.document.setup
    said = "" if setup is None else setup.posture or ""
    placed = replace(asked, posture=asked.posture or LYING.get(said))
    angle = 0.0 if setup is None or setup.angle is None else setup.angle
    people = placed.people(protocol.region)
    posture = people[0].posture

    def line(mass_kg: float | None) -> Timeline:
        return timeline_of(compile_protocol(protocol, mass_kg=mass_kg, seed=asked.seed), posture, angle)

    timeline: Timeline | tuple[Timeline, ...]
    if not protocol.needs_mass or asked.patients is None or asked.mass_kg is not None:
        timeline = line(asked.mass_kg)
    else:
        by_mass = {mass: line(mass) for mass in {patient.mass_kg for patient in people}}
        timeline = tuple(by_mass[patient.mass_kg] for patient in people)
    return Scene(protocol.name, protocol.title, protocol.source.citation, people, timeline)


def _same_region(asked: Asked, region: str, name: str) -> None:
    if asked.region not in (None, region):
        found = f"--region says {asked.region}, {name} says {region}"
        raise RefusedError(Problem("E310", found, "the same region", field="--region"))


def _case(path: Path, case_id: str) -> Case:
    from traction.evidence.read import read_cases

    cases = read_cases(path).cases
    for case in cases:
        if case.id == case_id:
            return case
    known = ", ".join(case.id for case in cases)
    raise UsageError(Problem("E188", f"no case {case_id!r}", f"one of {known}", str(path)))


def _of_case(case: Case, asked: Asked) -> Scene:
    import numpy as np

    from traction.evidence.model import entry_of
    from traction.sim.scenario import Timeline

    person, setup = case.person, case.setup
    _same_region(asked, setup.region, case.id)
    if asked.posture is not None:
        found = f"--posture {asked.posture} for a case, whose timeline says the postures"
        raise UsageError(Problem("E188", found, "no --posture", field="--posture"))
    stated = replace(
        asked,
        mass_kg=_first(asked.mass_kg, person.mass_kg),
        height_m=_first(asked.height_m, person.height_m),
        age_years=_first(asked.age_years, person.age_years),
        sex=asked.sex or person.sex,
        grade=asked.grade if asked.grade is not None else person.grade,
        disc=asked.disc or person.disc,
        couch=asked.couch or setup.couch,
        level=asked.level or setup.level,
        posture=case.timeline[0].posture,
    )
    people = stated.people(setup.region)
    entries = []
    for stage in case.timeline:
        pulls = np.array([stage.pull_n(patient.mass_kg) for patient in people])
        entry = entry_of(stage, people[0].mass_kg)
        entries.append(entry if len(set(pulls.tolist())) == 1 else replace(entry, pull_n=pulls))
    return Scene(case.id, "a published case", case.source, people, Timeline(tuple(entries)))


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def grade_of(text: str) -> int | tuple[int, ...]:
    """Return the grade or grades that ``text`` spells: "4", or "2,2,2,4,3" from the top down."""
    try:
        grades = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            Problem("E188", f"grade {text!r}", '"4", or "2,2,2,4,3"', field="--grade")
        ) from error
    return grades[0] if len(grades) == 1 else grades


def names_of(quantities: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """Return the quantities asked for, once each, or the default ones. Raises UsageError (E186)."""
    from traction.sim.quantities import QUANTITIES

    for name in quantities:
        if name not in QUANTITIES:
            known = ", ".join(QUANTITIES)
            raise UsageError(Problem("E186", f"quantity {name!r}", f"one of {known}", field="--quantity"))
    return tuple(dict.fromkeys(quantities)) or tuple(default)
