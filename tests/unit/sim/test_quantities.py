"""What is read off a patient: one formula with the kernels, the right sign, the right unit."""

import numpy as np
import pytest

from traction.errors import UsageError
from traction.sim import equations, quantities
from traction.sim.coefficients import PLACE, coefficients
from traction.sim.patient import make_patient
from traction.sim.quantities import QUANTITIES
from traction.sim.scenario import Entry, Timeline
from traction.sim.simulate import simulate

LIE = Entry("prone", 60.0)
PULL = Entry("prone", 600.0, 400.0, ramp_s=20.0)
NUMBERS = np.random.default_rng(4)


@pytest.fixture(scope="module")
def pulled():
    patients = [make_patient(), make_patient(disc="healthy"), make_patient(couch="fixed")]
    return simulate(patients, Timeline((LIE, PULL)), every_s=30.0)


@pytest.mark.parametrize(
    ("scalar", "array", "ranges"),
    [
        ("net_tension_n", "net_tension", [(-50, 900), (0, 180), (0.5, 15)]),
        ("flattening_mm", "flattening", [(-50, 900), (20, 60), (2, 12)]),
        ("elastic_mm", "elastic", [(0, 600), (40, 300), (0.1, 1)]),
        ("nucleus_kpa", "nucleus", [(-900, 900), (10, 200)]),
        ("root_pressure_mmhg", "root_pressure", [(30, 120), (64, 90)]),
    ],
)
def test_the_formulas_for_arrays_are_those_of_the_kernels(scalar, array, ranges):
    columns = [NUMBERS.uniform(low, high, 500) for low, high in ranges]
    found = getattr(quantities, array)(*columns)
    expected = [getattr(equations, scalar)(*row) for row in zip(*columns, strict=True)]
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-11)


def test_all_starts_from_rest(pulled):
    for name in QUANTITIES:
        if name.endswith(("_mm", "_pct", "tension_n")):
            assert pulled.quantity(name)[0] == pytest.approx(np.zeros(3), abs=1e-12), name


def test_a_pull_does_what_it_does(pulled):
    start, end = 2, -1
    falls = ["disc_load_n", "disc_pressure_kpa", "hernia_area_change_pct", "root_contact_pressure_mmhg"]
    rises = ["segment_elongation_mm", "lumbar_elongation_mm", "stature_change_mm", "canal_area_change_pct"]
    rises += ["posterior_height_change_mm", "foramen_width_change_pct", "travel_mm", "disc_water_index"]
    for name in falls + rises:
        series = pulled.quantity(name)[:, 0]
        assert (series[end] < series[start]) == (name in falls), name
    assert pulled.quantity("disc_pressure_mmhg") == pytest.approx(
        pulled.quantity("disc_pressure_kpa") / 0.133322387415
    )
    healthy = pulled.quantity("hernia_area_change_pct")[:, 1]
    assert healthy == pytest.approx(0.0)
    assert not np.signbit(healthy).any()  # "-0" is no finding
    assert pulled.quantity("root_contact_pressure_mmhg")[:, 1] == pytest.approx(0.0)
    assert pulled.quantity("tension_n")[end] == pytest.approx(400.0)


def test_the_levels_add_up_to_the_region(pulled):
    levels = [pulled.quantity("segment_elongation_mm", level) for level in pulled.patients[0].levels]
    stiffness, most = (
        coefficients(pulled.patients[0])[PLACE[name]]
        for name in ("flattening_n_per_mm", "flattening_most_mm")
    )
    flat = quantities.flattening(pulled.states["F_REGION"], stiffness, most)
    assert sum(levels) + flat == pytest.approx(pulled.quantity("lumbar_elongation_mm"), rel=1e-12)


def test_bending_forward_opens_behind_and_closes_in_front():
    bent = simulate([make_patient()], Timeline((LIE, Entry("prone", 10.0, flexion_deg=20.0))), every_s=10.0)
    straight = simulate([make_patient()], Timeline((LIE, Entry("prone", 10.0))), every_s=10.0)
    for name, sign in (("posterior_height_change_mm", 1.0), ("anterior_height_change_mm", -1.0)):
        assert sign * (bent.quantity(name)[-1, 0] - straight.quantity(name)[-1, 0]) > 0.5


@pytest.mark.parametrize(("name", "level"), [("pain", None), ("disc_load_n", "C5-C6")])
def test_what_is_not_there_is_refused(pulled, name, level):
    with pytest.raises(UsageError, match="E186"):
        pulled.quantity(name, level)
