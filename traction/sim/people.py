"""People drawn from the spreads in ``parameters.toml``: who lies there when a population is asked for.

Nothing about these people is measured on any group: the spreads are choices, each with its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from traction.errors import Problem, UsageError
from traction.sim.parameter import Parameter, Rows, level_names, parameter_tables, region_rows
from traction.sim.patient import SEXES, Patient, make_patient

MASS_STEP_KG = 0.5
"""A scale's step: drawn masses are multiples of it, so that patients share one compiled protocol."""

MOST_PATIENTS = 1_000_000


def draw_patients(
    n: int,
    seed: int,
    *,
    region: str = "lumbar",
    couch: str = "split",
    disc: str = "herniated",
    mass_kg: float | None = None,
    height_m: float | None = None,
    age_years: float | None = None,
    sex: str | None = None,
    grade: int | tuple[int, ...] | None = None,
    level: str | None = None,
    posture: str | None = None,
    values: Mapping[str, float] | None = None,
) -> tuple[Patient, ...]:
    """Return ``n`` patients drawn with ``seed``; what is given is the same for all of them.

    Drawn are sex, mass (to 0.5 kg), height, age, a grade for every disc, and every parameter that states a
    spread among people, each from a normal distribution cut to its range. Patient k of a seed is the same
    whatever ``n`` is, and stating one thing changes nothing else that is drawn.

    Raises UsageError: E180 for a number of patients outside 1 to a million, a seed below zero, or what
    ``make_patient`` refuses; E181 for ``values`` it does not know.
    """
    if not 1 <= n <= MOST_PATIENTS:
        raise UsageError(Problem("E180", f"{n} patients", f"1 to {MOST_PATIENTS}", field="n"))
    if seed < 0:
        raise UsageError(Problem("E180", f"seed {seed}", "zero or more", field="seed"))
    given = _Given(mass_kg, height_m, age_years, sex, grade, dict(values or {}))
    # says what is wrong with what is given, before anything is drawn
    like = make_patient(
        region,
        couch=couch,
        disc=disc,
        mass_kg=mass_kg,
        height_m=height_m,
        age_years=age_years,
        sex=sex,
        grade=grade,
        level=level,
        posture=posture,
        values=values,
    )
    return tuple(_drawn(like, given, _shares(seed, k)) for k in range(n))


@dataclass(frozen=True, slots=True)
class _Given:
    """What is the same for everybody; None is drawn."""

    mass_kg: float | None
    height_m: float | None
    age_years: float | None
    sex: str | None
    grade: int | tuple[int, ...] | None
    values: Mapping[str, float]


def _drawn(like: Patient, given: _Given, shares: Iterator[float]) -> Patient:
    """Return a patient on the couch and with the disc of ``like``; all shares are used, whatever is given."""
    people = parameter_tables()["patient"]
    by_lot = SEXES[0 if next(shares) < people["male_share"].value else 1]
    sex = given.sex or by_lot
    mass = round(_normal(people[f"{sex}_mass_kg"], next(shares)) / MASS_STEP_KG) * MASS_STEP_KG
    height = _normal(people[f"{sex}_height_m"], next(shares))
    age = _normal(people["age_years"], next(shares))
    age = age if given.age_years is None else given.age_years
    damaged = like.level if like.disc == "herniated" else None
    grades = tuple(_grade(people, name == damaged, age, next(shares)) for name in level_names(like.region))
    rows = region_rows(like.region, like.couch, like.disc)
    own = {name: _normal(row, next(shares)) for name, row in rows.items() if row.sd > 0.0}
    return make_patient(
        like.region,
        couch=like.couch,
        disc=like.disc,
        mass_kg=mass if given.mass_kg is None else given.mass_kg,
        height_m=height if given.height_m is None else given.height_m,
        age_years=age,
        sex=sex,
        grade=grades if given.grade is None else given.grade,
        level=like.level,
        posture=like.posture,
        values={**own, **given.values},
    )


def _shares(seed: int, patient: int) -> Iterator[float]:
    """Yield numbers between 0 and 1 that belong to this patient of this seed alone."""
    source = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(patient,))))
    while True:
        yield from source.random(64).tolist()


def _normal(row: Parameter, share: float) -> float:
    """Return the value below which ``share`` of the normal distribution cut to the row's range lies."""
    low, high = ndtr((row.low - row.value) / row.sd), ndtr((row.high - row.value) / row.sd)
    value = row.value + row.sd * float(ndtri(low + share * (high - low)))
    return min(max(value, row.low), row.high)


def _grade(people: Rows, damaged: bool, age_years: float, share: float) -> int:
    """Return a grade from 1 to 5: later in life higher, and higher where the disc is herniated."""
    row = people["herniated_grade" if damaged else "healthy_grade"]
    older = people["grade_per_year"].value * (age_years - people["age_years"].value)
    middle = min(max(row.value + older, row.low), row.high)
    return round(_normal(replace(row, value=middle), share))
