"""Compile a protocol for one patient into a profile: the target force at every instant."""

from __future__ import annotations

import math
from typing import Final

from traction.errors import Problem, RefusedError, UsageError
from traction.profile.profile import Profile
from traction.protocol.draw import draw_phase
from traction.protocol.levels import Patient
from traction.protocol.line import Label, Line, Way, whole_us
from traction.protocol.protocol import REFERENCE_MASS_KG, Protocol
from traction.units import format_time

MAX_MASS_KG: Final = 1000.0
"""Not a plausible patient but a bound on arithmetic; the limits of a patient are judged with the limits."""

MAX_SEED: Final = (1 << 63) - 1


def compile_protocol(protocol: Protocol, *, mass_kg: float | None = None, seed: int = 0) -> Profile:
    """Return the profile of ``protocol`` for a patient of ``mass_kg``, its variation drawn from ``seed``.

    The profile starts at the take-up force (0 N without a take-up), where the driver has brought the table,
    and ends at the residual. Raises RefusedError E330 (a mass is needed and missing), E302 (no mass a body
    can have), E331 (levels do not fit at this mass), E332 (a time is over before its level is reached), E333
    (outside the published range), E334 (steeper than the stated rates), E335 (a hold cut too short for its
    wave or for a held position), and UsageError E116 (seed).
    """
    _check_arguments(protocol, mass_kg, seed)
    document = protocol.document
    patient = Patient(protocol, mass_kg, seed)
    start_n = 0.0 if protocol.take_up is None else protocol.take_up.force_n
    line = Line(start_n)
    _pretension(line, patient)
    for index in range(len(document.phase)):
        draw_phase(line, patient, index)
    _check_clock(line, patient)
    _end(line, patient)
    return Profile(tuple(line.spans), rest_n=start_n, seed=seed)


def nominal_profile(protocol: Protocol) -> Profile:
    """Return the profile at REFERENCE_MASS_KG and seed 0, for lists and previews without a patient."""
    return compile_protocol(protocol, mass_kg=REFERENCE_MASS_KG if protocol.needs_mass else None)


def _check_arguments(protocol: Protocol, mass_kg: float | None, seed: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise UsageError(Problem("E116", f"the seed {seed!r}", f"a whole number from 0 to {MAX_SEED}"))
    if mass_kg is None:
        if protocol.needs_mass:
            force = next(force for force in protocol.forces() if force.needs_mass)
            found = f"no body mass for {force.text!r}"
            expected = "the patient's mass, such as --mass 80kg"
            raise RefusedError(Problem("E330", found, expected, protocol.path))
        return
    if not (math.isfinite(mass_kg) and 0.0 < mass_kg <= MAX_MASS_KG):
        raise RefusedError(Problem("E302", f"a body mass of {mass_kg:g} kg", "the mass of a patient"))


def _pretension(line: Line, patient: Patient) -> None:
    document = patient.protocol.document
    pretension, rates = document.pretension, document.rates
    if pretension is None:
        return
    force_n = patient.newtons(pretension.force, ("pretension", "force"))
    if force_n < line.level_n:
        found = f"a pre-tension of {force_n:g} N under a take-up of {line.level_n:g} N"
        raise patient.refuse(("pretension", "force"), found, "a pre-tension not below the take-up")
    rate = pretension.rate or (rates.up if rates is not None else math.nan)
    label = Label(-1, "pre-tension", 0, counts_moving=False)
    line.go(force_n, line.plan(force_n, Way(rate, rate)), label, "pretension")
    line.hold(whole_us(pretension.hold), "pretension", label)


def _end(line: Line, patient: Patient) -> None:
    end = patient.protocol.document.end
    if line.level_n < end.residual:
        found = f"a residual of {end.residual:g} N above the {line.level_n:g} N the last phase ends at"
        raise patient.refuse(("end", "residual"), found, "a residual not above the last level")
    label = Label(len(patient.protocol.document.phase), "end", 0, counts_moving=False)
    legs = line.plan(end.residual, Way(end.rate, end.rate, end.shape))
    line.go(end.residual, legs, label, "end")


def _check_clock(line: Line, patient: Patient) -> None:
    time_range = patient.protocol.document.session.time_range
    if time_range is None:
        return
    clock_s = line.clock_us / 1e6
    if not time_range[0] <= clock_s <= time_range[1]:
        shown = " to ".join(format_time(bound) for bound in time_range)
        found = f"{format_time(clock_s)} on the clock"
        raise patient.refuse(("session", "time_range"), found, f"{shown}, as published", "E333")
