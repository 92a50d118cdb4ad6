"""Compile a protocol for one patient into a profile: the target force at every instant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from traction.errors import Problem, RefusedError, UsageError
from traction.profile.profile import Profile
from traction.protocol.draw import draw_phase
from traction.protocol.draw_question import draw_question
from traction.protocol.drawn_line import Label, Line, Way, whole_us
from traction.protocol.happened import NOTHING, Happened
from traction.protocol.levels import ForPatient
from traction.protocol.live import check_edits
from traction.protocol.number import MAX_WHOLE
from traction.protocol.paths import next_phase
from traction.protocol.places import Path
from traction.protocol.protocol import REFERENCE_MASS_KG, Protocol
from traction.protocol.question_phases import QuestionBase
from traction.protocol.questions import Question
from traction.protocol.tare import tare_n
from traction.units import format_time

NO_ROUTE: Final[Mapping[int, str | None]] = MappingProxyType({})

MAX_MASS_KG: Final = 1000.0
"""Not a plausible patient but a bound on arithmetic; the limits of a patient are judged with the limits."""

MAX_SEED: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """One path through a protocol: its profile, what it asks on the way, and the phases it visits."""

    profile: Profile
    questions: tuple[Question, ...]
    visited: tuple[int, ...]


def compile_protocol(
    protocol: Protocol,
    *,
    mass_kg: float | None = None,
    seed: int = 0,
    session: int = 1,
    happened: Happened = NOTHING,
) -> Profile:
    """Return the profile of ``protocol`` for a patient of ``mass_kg``, its variation drawn from ``seed``.

    ``session`` is its number, from 1. Of a protocol with questions it is the path on which nobody answers,
    but for what has ``happened``: up to there the profile is the same as without it. The profile starts at
    the take-up force (0 N without a take-up), where the driver has brought the table, and ends at the
    residual.

    Raises RefusedError E330 (a mass is needed and missing), E302 (no mass a body can have), E331 (levels do
    not fit), E332 (a time is over before its level is reached), E333 (outside the published range), E334
    (steeper than the stated rates), E335 (a hold cut too short for its wave or for a held position), E336,
    E339 (an edit), E337 (an answer), E338 (a move under tension), and UsageError E116 (seed), E118 (session).
    """
    return compile_path(protocol, mass_kg=mass_kg, seed=seed, session=session, happened=happened).profile


def compile_path(
    protocol: Protocol,
    *,
    mass_kg: float | None = None,
    seed: int = 0,
    session: int = 1,
    happened: Happened = NOTHING,
    route: Mapping[int, str | None] = NO_ROUTE,
) -> Compiled:
    """Return one path with what it asks; ``route`` says, by index, what is answered at the last moment.

    Where it says nothing, nobody answers. Raises what ``compile_protocol`` raises.
    """
    _check_arguments(protocol, mass_kg, seed, session)
    document = protocol.document
    tare = 0.0 if document.tare is None else tare_n(document.tare, mass_kg)
    patient = ForPatient(protocol, mass_kg, seed, session, happened.edits, tare)
    check_edits(patient)
    start_n = 0.0 if protocol.take_up is None else protocol.take_up.force_n
    line = Line(start_n)
    _pretension(line, patient)
    questions, visited = _phases(line, patient, happened, route)
    if len(visited) == len(document.phase):  # a path that leaves phases out has no published time
        _check_clock(line, patient)
    _end(line, patient)
    return Compiled(Profile(tuple(line.spans), rest_n=start_n, seed=seed), questions, visited)


def _phases(
    line: Line, patient: ForPatient, happened: Happened, route: Mapping[int, str | None]
) -> tuple[tuple[Question, ...], tuple[int, ...]]:
    """Draw every phase of one path, and return what it asks and the indices of its phases."""
    phases = patient.protocol.document.phase
    said = {one.phase: one for one in happened.answers}
    questions: list[Question] = []
    visited: list[int] = []
    index = 0
    while index < len(phases):
        phase = phases[index]
        visited.append(index)
        if not isinstance(phase, QuestionBase):
            draw_phase(line, patient, index, phase)
            index += 1
            continue
        answered = said.get(index)
        question = draw_question(line, patient, index, phase, answered)
        questions.append(question)
        answer = route.get(index) if answered is None else answered.answer
        index = next_phase(patient.protocol.document, index, question.action(answer))
    for one in happened.answers:
        if one.phase not in {question.phase for question in questions}:
            found = f"an answer to phase {one.phase + 1}, which nobody was asked"
            raise patient.refuse(("phase",), found, "an answer to what was asked", "E337")
    return tuple(questions), tuple(visited)


def nominal_profile(protocol: Protocol) -> Profile:
    """Return the profile at REFERENCE_MASS_KG and seed 0, for lists and previews without a patient."""
    return compile_protocol(protocol, mass_kg=REFERENCE_MASS_KG if protocol.needs_mass else None)


def _check_arguments(protocol: Protocol, mass_kg: float | None, seed: object, session: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise UsageError(Problem("E116", f"the seed {seed!r}", f"a whole number from 0 to {MAX_SEED}"))
    if isinstance(session, bool) or not isinstance(session, int) or not 1 <= session <= MAX_WHOLE:
        raise UsageError(Problem("E118", f"the session {session!r}", f"a whole number from 1 to {MAX_WHOLE}"))
    if mass_kg is None:
        if protocol.needs_mass:
            force = next((force.text for force in protocol.forces() if force.needs_mass), "head_share")
            found = f"no body mass for {force!r}"
            expected = "the patient's mass, such as --mass 80kg"
            raise RefusedError(Problem("E330", found, expected, protocol.path))
        return
    if not (math.isfinite(mass_kg) and 0.0 < mass_kg <= MAX_MASS_KG):
        raise RefusedError(Problem("E302", f"a body mass of {mass_kg:g} kg", "the mass of a patient"))


def _pretension(line: Line, patient: ForPatient) -> None:
    document = patient.protocol.document
    pretension, rates = document.pretension, document.rates
    if pretension is None:
        return
    path: Path = ("pretension", "force")
    force_n = patient.applied(patient.newtons(pretension.force, path), path)
    if force_n < line.level_n:
        found = f"a pre-tension of {force_n:g} N under a take-up of {line.level_n:g} N"
        raise patient.refuse(path, found, "a pre-tension not below the take-up")
    rate = pretension.rate or (rates.up if rates is not None else math.nan)
    label = Label(-1, "pre-tension", 0, counts_moving=False)
    line.go(force_n, line.plan(force_n, Way(rate, rate)), label, "pretension")
    line.hold(whole_us(pretension.hold), "pretension", label)


def _end(line: Line, patient: ForPatient) -> None:
    end = patient.protocol.document.end
    if line.level_n < end.residual:
        found = f"a residual of {end.residual:g} N above the {line.level_n:g} N the last phase ends at"
        raise patient.refuse(("end", "residual"), found, "a residual not above the last level")
    label = Label(len(patient.protocol.document.phase), "end", 0, counts_moving=False)
    legs = line.plan(end.residual, Way(end.rate, end.rate, end.shape))
    line.go(end.residual, legs, label, "end")


def _check_clock(line: Line, patient: ForPatient) -> None:
    time_range = patient.protocol.document.session.time_range
    if time_range is None:
        return
    clock_s = line.clock_us / 1e6
    if not time_range[0] <= clock_s <= time_range[1]:
        shown = " to ".join(format_time(bound) for bound in time_range)
        found = f"{format_time(clock_s)} on the clock"
        raise patient.refuse(("session", "time_range"), found, f"{shown}, as published", "E333")
