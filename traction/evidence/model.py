"""A case as the model takes it: its patient, its timeline, its run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from traction.errors import Problem, UsageError
from traction.evidence.case import Case, Stage
from traction.evidence.ensemble import Values, values_for
from traction.evidence.measure import Floats
from traction.evidence.run import Run
from traction.sim.patient import DISCS, Patient, make_patient
from traction.sim.scenario import Entry, Timeline
from traction.sim.simulate import simulate


def patient_of(case: Case, values: Values | None = None) -> Patient:
    """Return the patient of a case; what it does not state is left to the model's stated nominals.

    ``values`` replaces parameters, as a member of the ensemble does.
    """
    person, setup = case.person, case.setup
    disc = person.disc or DISCS[0]
    return make_patient(
        setup.region,
        couch=setup.couch,
        disc=disc,
        mass_kg=person.mass_kg,
        height_m=person.height_m,
        age_years=person.age_years,
        sex=person.sex,
        grade=person.grade,
        level=setup.level,
        values=values_for(values or {}, setup.region, setup.couch, disc),
    )


def simulate_case(case: Case, members: Sequence[Values], times: Floats) -> Run:
    """Run one scenario on the model for the shipped parameters and each of ``members``.

    Raises UsageError, with the file and number of the case, where the model has no such patient or pull.
    """
    with _at_the_case(case):
        patients = [patient_of(case), *(patient_of(case, values) for values in members)]
        entries = tuple(entry_of(stage, patients[0].mass_kg) for stage in case.timeline)
        return simulate(patients, Timeline(entries), at_s=times)


def entry_of(stage: Stage, mass_kg: float) -> Entry:
    """Return one entry of the model's timeline, for a body of ``mass_kg``."""
    return Entry(
        posture=stage.posture,
        for_s=stage.for_s,
        pull_n=stage.pull_n(mass_kg),
        flexion_deg=stage.flexion_deg,
        wave=stage.wave,
        wave_amplitude_n=stage.wave_amplitude_n,
        wave_hz=stage.wave_hz,
        ramp_s=stage.ramp_s,
    )


@contextmanager
def _at_the_case(case: Case) -> Iterator[None]:
    """Name the case in what the model says against it."""
    try:
        yield
    except UsageError as error:
        raise UsageError(*(_placed(problem, case) for problem in error.problems)) from error


def _placed(problem: Problem, case: Case) -> Problem:
    where = f"case[{case.place.number}]"
    field = f"{where}.{problem.field}" if problem.field else where
    return replace(problem, file=case.place.file, field=field)
