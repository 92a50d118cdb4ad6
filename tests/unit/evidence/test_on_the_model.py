"""Cases on the model itself: whom it takes, what is pulled, and which disc is read."""

from collections.abc import Sequence

import numpy as np
import pytest

from traction.errors import UsageError
from traction.evidence.case import Case
from traction.evidence.judge import Verdict
from traction.evidence.library import load_library
from traction.evidence.model import patient_of, simulate_case
from traction.evidence.names import COUCHES, LEVELS, POSTURES, QUANTITIES
from traction.evidence.read import parse_cases
from traction.evidence.run import run_cases

TEXT = """
[[case]]
id = "a"
[case.patient]
{patient}
[case.setup]
{setup}
[[case.timeline]]
posture = "standing"
for_s = 10.0
[[case.timeline]]
posture = "{posture}"
{pull}
ramp_s = 10.0
for_s = 60.0
[case.expect]
quantity = "{quantity}"
{reading}
low = 0.0
"""


def text(
    patient: str = "",
    setup: str = "",
    posture: str = "prone",
    pull: str = "pull_n = 400",
    quantity: str = "disc_pressure_kpa",
    reading: str = "at_s = 70.0",
) -> str:
    return TEXT.format(
        patient=patient, setup=setup, posture=posture, pull=pull, quantity=quantity, reading=reading
    )


def case(**parts: str) -> Case:
    return parse_cases(text(**parts).encode(), "file.toml").cases[0]


@pytest.fixture
def verdict(library):
    """Judge a case made of parts, for the shipped parameters and those of ``members``."""

    def judge(members: Sequence[dict[str, float]] = (), **parts: str) -> Verdict:
        return run_cases(library(text(**parts)), members, simulate=simulate_case)[0]

    return judge


def test_what_a_case_states_is_the_patient_and_the_rest_is_nominal() -> None:
    stated = 'mass_kg = 60.0\nage_years = 30\ngrade = [1, 1, 2, 3, 4]\ndisc = "healthy"'
    patient = patient_of(case(patient=stated, setup='couch = "fixed"\nlevel = "L5-S1"'))
    assert (patient.mass_kg, patient.age_years, patient.grades) == (60.0, 30.0, (1, 1, 2, 3, 4))
    assert (patient.disc, patient.couch, patient.level) == ("healthy", "fixed", "L5-S1")
    assert set(patient.filled) >= {"height_m", "sex"}
    assert set(patient_of(case()).filled) >= {"mass_kg", "height_m", "age_years", "sex", "grade"}


@pytest.mark.parametrize(
    ("patient", "pull", "newtons"),
    [
        ("", "", 0.0),
        ("", "pull_lbf = 50", 222.411),
        ("mass_kg = 60", "pull_bw = 0.5", 294.2),
        ("", "pull_bw = 0.5", 367.749),  # of the nominal 75 kg
    ],
)
def test_a_pull_reaches_the_strap_in_newtons(verdict, patient: str, pull: str, newtons: float) -> None:
    found = verdict(patient=patient, pull=pull, quantity="tension_n")
    assert found.value == pytest.approx(newtons, abs=0.01)


def test_the_level_decides_which_disc_is_read(verdict) -> None:
    healthy = 'disc = "healthy"'
    values = {
        level: verdict(patient=healthy, setup=f'level = "{level}"').value for level in ("L1-L2", "L4-L5")
    }
    assert values["L1-L2"] != values["L4-L5"]


def test_where_the_posture_changes_the_figure_is_that_of_the_one_that_ends(verdict) -> None:
    standing = verdict(reading="at_s = 10.0", pull="").value
    lying = verdict(reading="at_s = 10.1", pull="").value
    assert standing > 3.0 * lying


def test_parameter_sets_are_patients_beside_the_shipped_one(verdict) -> None:
    name = "lumbar.disc.herniated.rest_pressure_kpa"
    plain = verdict(pull="")
    spread = verdict([{name: 6.0}, {}, {name: 12.0}], pull="")
    assert spread.value == pytest.approx(plain.value, rel=1e-9)
    assert spread.ensemble is not None
    low, high = spread.ensemble
    assert low < plain.value < high
    assert plain.ensemble is None


def test_a_set_of_values_the_model_does_not_take_is_named_with_the_case() -> None:
    with pytest.raises(UsageError) as caught:
        simulate_case(case(), [{"lumbar.disc.herniated.rest_pressure_kpa": 1e6}], np.asarray([1.0]))
    (problem,) = caught.value.problems
    assert (problem.file, problem.field) == ("file.toml", "case[1].rest_pressure_kpa")


def test_a_case_that_is_run_twice_gives_the_same_figure_to_the_last_bit(verdict) -> None:
    assert verdict().value == verdict().value


WORD_FOR_WORD = """
[[case]]
id = "example-20min"
source = "Author, year"          # shown to the user
url = ""                         # optional
confirmed = true
score = true                     # false: report only
[case.patient]                   # any omitted field takes the stated nominal
mass_kg = 75.0                   # also height_m, age_years, sex, grade (1..5 or one per level), disc
[case.setup]
region = "lumbar"                # or "cervical"
couch = "split"                  # or "fixed"
level = "L4-L5"                  # the disc that disc_* quantities refer to
[[case.timeline]]                # in order; forces ramp linearly over ramp_s at the start of an entry
posture = "prone"                # prone | supine | side | standing | sitting | suspended
pull_n = 300.0                   # or pull_bw = 0.5, or pull_lbf = 60; 0 when absent
flexion_deg = 0.0                # optional
wave = "constant"                # or "sine" about the pull, with wave_amplitude_n, wave_hz
ramp_s = 10.0
for_s = 1200.0
[case.expect]
quantity = "disc_pressure_kpa"
at_s = 1200.0                    # or over = "min" | "max" | "mean" with from_s / to_s
minus_at_s = 0.0                 # optional: difference from this instant; or ratio_to_at_s
low = -40.0
high = -10.0
[case.compare]                   # instead of, or beside, expect: the same quantity in another case
other = "example-0min"
relation = "less"                # less | greater | difference | ratio (these two take low / high)

[[case]]
id = "example-0min"
[[case.timeline]]
posture = "prone"
for_s = 1200.0
[case.expect]
quantity = "disc_pressure_kpa"
at_s = 1200.0
minus_at_s = 0.0
low = 0.0
"""


def test_a_case_with_every_field_of_the_format_is_judged(tmp_path) -> None:
    file = tmp_path / "example.toml"
    file.write_text(WORD_FOR_WORD, encoding="utf-8")
    first, second = run_cases(load_library([file]), simulate=simulate_case)
    assert first.inside
    assert second.inside
    assert first.comparison is not None
    assert first.comparison.other_value == second.value


@pytest.mark.parametrize("posture", POSTURES)
@pytest.mark.parametrize("couch", COUCHES)
@pytest.mark.parametrize("region", LEVELS)
def test_every_quantity_is_a_number_in_every_posture(region, couch, posture) -> None:
    setup = f'region = "{region}"\ncouch = "{couch}"'
    (case,) = parse_cases(text("", setup, posture, "pull_n = 100").encode()).cases
    run = simulate_case(case, [], np.array([0.0, 10.0, 40.0, 70.0]))
    for name in QUANTITIES:
        assert np.isfinite(run.quantity(name, case.setup.level)).all(), name


def test_whom_nothing_carries_no_couch_holds() -> None:
    def stretched(couch: str) -> float:
        found = text("", f'couch = "{couch}"', "suspended", "pull_n = 60", "lumbar_elongation_mm")
        (case,) = parse_cases(found.encode()).cases
        return float(simulate_case(case, [], np.array([70.0])).quantity("lumbar_elongation_mm")[0, 0])

    assert stretched("fixed") == pytest.approx(stretched("split"), abs=0.05)
