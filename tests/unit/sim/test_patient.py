import math
from pathlib import Path

import pytest

from traction.errors import UsageError
from traction.sim.coefficients import BLOCK_AT, PLACE, coefficients
from traction.sim.drive import DRIVES, drive_rows
from traction.sim.parameter import HOW, markdown, parameter_tables
from traction.sim.patient import COUCHES, DISCS, REGIONS, make_patient
from traction.sim.plant import Plant, parameter_values, safe_steps


def coefficient(patient, name, **place):
    return coefficients(patient, **place)[PLACE[name]]


EVERY = [(table, name, row) for table, rows in parameter_tables().items() for name, row in rows.items()]
PRINTED_BY = 'python -c "from traction.sim.parameter import markdown; print(markdown())"'
MANUAL = Path(__file__).resolve().parents[3] / "docs" / "simulator.md"


@pytest.mark.parametrize(("table", "name", "row"), EVERY, ids=[f"{table}.{name}" for table, name, _ in EVERY])
def test_every_parameter_lies_in_its_range_and_says_where_it_is_from(table, name, row):
    assert all(math.isfinite(value) for value in (row.low, row.value, row.high))
    assert row.low <= row.value <= row.high
    assert row.unit
    assert len(row.source) > 8
    assert row.how in HOW
    assert row.sd >= 0.0


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("couch", COUCHES)
@pytest.mark.parametrize("disc", DISCS)
@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("mass_kg", [30.0, 75.0, 250.0])
def test_every_combination_makes_a_table_that_stays_at_rest(region, couch, disc, drive, mass_kg):
    plant = Plant(make_patient(region, couch=couch, disc=disc, mass_kg=mass_kg), drive)
    assert plant.tick(0, 0, 0)[:3] == (0, 0, 0)


def test_nominal_is_a_herniated_disc_in_75_kg_on_a_split_couch():
    patient = make_patient()
    assert (patient.region, patient.couch, patient.disc, patient.mass_kg) == (
        "lumbar",
        "split",
        "herniated",
        75.0,
    )
    assert coefficient(patient, "moving_mass_kg") == pytest.approx(37.0, abs=0.1)


def test_the_pelvis_swings_in_its_harness_at_the_frequency_assumed():
    patient = make_patient()
    stiffness = patient.value("harness_stiffness_n_per_mm") * 1000.0
    assert 1.7 <= math.sqrt(stiffness / coefficient(patient, "moving_mass_kg")) / (2 * math.pi) <= 3.2


def test_a_fixed_couch_holds_a_quarter_of_body_weight_whatever_the_mass():
    # Judovich and Nobel 1957: 0.24-0.28 of body weight; a teaching figure of 0.25 (0.22-0.28).
    for mass_kg in (40.0, 75.0, 120.0):
        patient = make_patient(couch="fixed", mass_kg=mass_kg)
        assert 0.22 <= coefficient(patient, "friction_force_n") / (mass_kg * 9.80665) <= 0.28
        split = make_patient(couch="split", mass_kg=mass_kg)
        assert coefficient(split, "friction_force_n") < 0.02 * mass_kg * 9.80665


def test_presliding_is_50_times_stiffer_than_the_region_on_a_fixed_couch():
    patient = make_patient(couch="fixed")
    bristles = coefficient(patient, "friction_stiffness_n_per_mm")
    assert bristles >= 50 * patient.value("flattening_n_per_mm")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"region": "thoracic"}, "region"),
        ({"couch": "water"}, "couch"),
        ({"disc": "new"}, "disc"),
        ({"mass_kg": 29.9}, "mass_kg"),
        ({"mass_kg": float("nan")}, "mass_kg"),
        ({"mass_kg": float("inf")}, "mass_kg"),
        ({"height_m": 2.4}, "height_m"),
        ({"age_years": 3.0}, "age_years"),
        ({"sex": "unknown"}, "sex"),
        ({"level": "C5-C6"}, "level"),
        ({"posture": "kneeling"}, "posture"),
        ({"grade": 0}, "grade"),
        ({"grade": (1, 2, 3, 4)}, "grade"),
        ({"grade": (1, 2, 3, 4, 6)}, "grade"),
    ],
)
def test_an_unknown_patient_is_refused_by_name(arguments, field):
    with pytest.raises(UsageError) as caught:
        make_patient(**arguments)
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("E180", field)]


def test_a_posture_that_does_not_exist_is_refused_for_the_coefficients_too():
    with pytest.raises(UsageError) as caught:
        coefficients(make_patient(), posture="kneeling")
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("E180", "posture")]


def test_what_is_not_said_is_filled_and_the_patient_says_with_what():
    patient = make_patient(sex="female", grade=(1, 2, 3, 4, 5), level="L3-L4")
    assert patient.stated == ("sex", "level", "grade")
    assert patient.filled == {
        "posture": "prone",
        "mass_kg": "62 kg",
        "height_m": "1.62 m",
        "age_years": "45 years",
    }
    assert patient.grades == (1, 2, 3, 4, 5)
    assert make_patient().filled["grade"] == "2, and 4 at L4-L5"
    assert make_patient(disc="healthy").filled["grade"] == "2"
    assert make_patient("cervical", grade=3).grades == (3,) * 6


def test_everything_said_leaves_nothing_to_fill():
    said = {"mass_kg": 70.0, "height_m": 1.8, "age_years": 45.0, "sex": "male", "grade": 1}
    patient = make_patient(**said, level="L5-S1", posture="supine")
    assert not patient.filled
    assert set(patient.stated) == {*said, "level", "posture"}


def test_only_the_patients_own_disc_is_herniated():
    rest = coefficients(make_patient(level="L3-L4"))[BLOCK_AT["rest_pressure_kpa"] :][:5]
    assert rest[2] < 15.0
    assert all(80.0 < pressure < 120.0 for place, pressure in enumerate(rest) if place != 2)


def test_the_whole_pull_crosses_the_discs_of_one_who_hangs_in_water():
    patient = make_patient()
    lying, hanging = (coefficients(patient, posture=posture) for posture in ("supine", "suspended"))
    assert lying[BLOCK_AT["eta"]] == patient.value("transmitted_share")
    assert hanging[BLOCK_AT["eta"]] == 1.0
    assert hanging[PLACE["offset_force_n"]] == 0.0


def test_the_head_weighs_on_a_cervical_pull():
    patient = make_patient("cervical", couch="fixed")
    head_n = 0.06 * 75.0 * 9.80665
    assert coefficient(patient, "friction_force_n") == pytest.approx(0.5 * head_n)
    # lifted by the pull's upward part, the head grips less; sitting, the pull has to carry it first
    assert coefficient(patient, "friction_lift", flexion_deg=30.0) == pytest.approx(0.25)
    sitting = coefficient(patient, "offset_force_n", posture="sitting")
    assert sitting == pytest.approx(head_n, abs=1.0)
    assert coefficient(patient, "axial", flexion_deg=15.0) == pytest.approx(1.0)
    assert coefficient(patient, "axial", flexion_deg=45.0) < 0.9


def test_all_that_is_wrong_with_a_patient_is_said_at_once():
    with pytest.raises(UsageError) as caught:
        make_patient("thoracic", couch="water", disc="new", mass_kg=0.0)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("values", [{"transmitted_share": 0.71}, {"creep_1_s": float("nan")}, {"eta": 0.4}])
def test_a_value_out_of_its_range_or_of_no_parameter_is_refused(values):
    with pytest.raises(UsageError) as caught:
        make_patient(values=values)
    assert caught.value.code == "E181"


def test_a_value_set_by_the_caller_is_marked_as_stated():
    row = make_patient(values={"young_stiffness_n_per_mm": 60.0}).parameters["young_stiffness_n_per_mm"]
    assert (row.value, row.how) == (60.0, "stated")


def test_an_unknown_drive_is_refused():
    with pytest.raises(UsageError) as caught:
        drive_rows("pneumatic")
    assert caught.value.code == "E180"


def test_parameters_too_stiff_for_the_finest_step_are_refused():
    values = parameter_values(make_patient(), DRIVES[0], (0.0, 0.0))
    for stiffness in (50.0, 2500.0, 5e4):
        assert safe_steps(values | {"friction_stiffness_n_per_mm": stiffness}) == safe_steps(values)
    for bad in (1e7, float("nan"), float("inf")):
        with pytest.raises(UsageError) as caught:
            safe_steps(values | {"friction_stiffness_n_per_mm": bad})
        assert caught.value.code == "E182"


def test_the_manual_prints_the_parameters_as_they_are():
    text = MANUAL.read_text(encoding="utf-8")
    _, _, rest = text.partition(f"<!-- parameters, printed by: {PRINTED_BY} -->\n")
    assert rest.partition("<!-- end of parameters -->")[0].strip() == markdown().strip()
