"""People are drawn from the stated spreads, the same ones whatever else is asked for."""

from functools import cache

import numpy as np
import pytest

from traction.errors import UsageError
from traction.sim.parameter import parameter_tables, region_rows
from traction.sim.people import MASS_STEP_KG, draw_patients


@cache
def many():
    return draw_patients(2000, 11)


def test_patient_k_of_a_seed_is_the_same_for_any_number_of_patients():
    assert draw_patients(3, 11) == many()[:3]
    assert draw_patients(3, 12) != many()[:3]


def test_what_is_stated_holds_for_all_and_changes_nothing_else():
    stated = draw_patients(50, 11, mass_kg=81.3, height_m=1.8)
    assert {(patient.mass_kg, patient.height_m) for patient in stated} == {(81.3, 1.8)}
    for patient, other in zip(stated, many(), strict=False):
        assert (patient.sex, patient.age_years, patient.grades) == (other.sex, other.age_years, other.grades)
        assert patient.parameters == other.parameters
    young = draw_patients(50, 11, age_years=20.0, sex="female", grade=3, values={"load_factor": 1.4})
    assert {(p.age_years, p.sex, p.grades, p.value("load_factor")) for p in young} == {
        (20.0, "female", (3,) * 5, 1.4)
    }
    assert [p.value("transmitted_share") for p in young] == [
        p.value("transmitted_share") for p in many()[:50]
    ]


def test_the_spreads_are_those_of_the_file():
    people = parameter_tables()["patient"]
    men = [patient for patient in many() if patient.sex == "male"]
    assert len(men) / len(many()) == pytest.approx(people["male_share"].value, abs=0.04)
    for name, group in (("male_mass_kg", men), ("male_height_m", men), ("age_years", many())):
        drawn = np.array([getattr(patient, name.removeprefix("male_")) for patient in group])
        row = people[name]
        assert drawn.min() >= row.low
        assert drawn.max() <= row.high
        assert drawn.mean() == pytest.approx(row.value, abs=0.15 * row.sd)
        assert drawn.std() == pytest.approx(row.sd, rel=0.12)
    for name, row in region_rows("lumbar", "split", "herniated").items():
        drawn = np.array([patient.value(name) for patient in many()[:300]])
        assert (np.ptp(drawn) > 0.0) == (row.sd > 0.0), name
        assert row.low <= drawn.min() <= drawn.max() <= row.high


def test_masses_come_as_a_scale_shows_them():
    assert all((patient.mass_kg / MASS_STEP_KG).is_integer() for patient in many())


def test_grades_grow_with_age_and_at_the_hernia():
    at = many()[0].levels.index("L4-L5")
    old = [patient for patient in many() if patient.age_years > 60.0]
    young = [patient for patient in many() if patient.age_years < 35.0]
    mean = [np.mean([patient.grades for patient in group], axis=0) for group in (old, young)]
    assert (mean[0] > mean[1]).all()
    assert (np.delete(mean[1], at) < mean[1][at]).all()


@pytest.mark.parametrize(
    ("n", "seed", "more"),
    [(0, 1, {}), (5, -1, {}), (5, 1, {"mass_kg": 900.0}), (5, 1, {"level": "L9"})],
    ids=str,
)
def test_what_cannot_be_drawn_is_refused(n, seed, more):
    with pytest.raises(UsageError, match="E180"):
        draw_patients(n, seed, **more)
