"""Invariants of the simulated body over every parameter in its range and any motion a drive can make."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from traction.sim import kernel
from traction.sim.drive import DRIVES
from traction.sim.parameter import parameter_tables
from traction.sim.patient import COUCHES, DISCS, REGIONS, make_patient
from traction.sim.plant import Plant

FEW = settings(max_examples=40, deadline=None)


@st.composite
def patients(draw):
    """Draw what make_patient needs: any region, couch, disc and mass, and up to eight parameters anywhere."""
    region, couch, disc = (draw(st.sampled_from(among)) for among in (REGIONS, COUCHES, DISCS))
    rows = make_patient(region, couch=couch, disc=disc).parameters
    names = draw(st.lists(st.sampled_from(sorted(rows)), max_size=8, unique=True))
    values = {name: draw(st.floats(rows[name].low, rows[name].high)) for name in names}
    about = {"couch": couch, "disc": disc, "mass_kg": draw(st.floats(30.0, 250.0)), "values": values}
    return region, about


def plant_of(patient, drive=DRIVES[0]):
    region, about = patient
    return Plant(make_patient(region, **about), drive)


# what the drive is told, for how many ticks, powered or not, release open or not; the last one stays open
MOTIONS = st.lists(
    st.tuples(st.floats(-20.0, 5.0), st.integers(1, 200), st.booleans()), min_size=1, max_size=8
)


def run(plant, motion, *, steps=None):
    rows = []
    least = int(plant.buffer[kernel.PARAMETERS_AT + kernel.PARAMETERS.index("min_substeps")])
    for speed, ticks, powered in motion:
        for _ in range(ticks):
            if steps is None:
                plant.tick(round(speed * 1000), powered, 0)
            else:
                kernel.advance(plant.buffer, speed, kernel.POWERED, 0, steps * least)
            rows.append(plant.buffer[: kernel.PARAMETERS_AT].copy())
    return np.array(rows)


@FEW
@given(patients(), st.sampled_from(DRIVES), MOTIONS)
def test_nothing_leaves_its_bounds(patient, drive, motion):
    pull = [(5.0, 1000, True)]
    plant = plant_of(patient, drive)
    rows = run(plant, pull + motion)
    assert np.isfinite(rows).all()
    out = rows[:, kernel.OUT_AT :]
    assert (out[:, kernel.TENSION] >= 0.0).all()
    assert (out[:, kernel.PRESSURE] >= kernel.VAPOUR_KPA).all()
    assert (np.abs(rows[:, kernel.Z]) <= plant.patient.friction_force_n * (1 + 1e-6)).all()
    assert (np.diff(rows[:, kernel.SLIP]) >= 0.0).all()
    assert (rows[:, kernel.ACTIVITY] >= plant.patient.value("guarding_rest_mva") - 1e-9).all()


@FEW
@given(patients(), st.sampled_from(DRIVES), st.integers(0, 1))
def test_the_release_leads_to_slack_from_any_pull_of_any_patient(patient, drive, powered):
    plant = plant_of(patient, drive)
    run(plant, [(5.0, 1600, True)])
    for _ in range(500):
        plant.tick(0, powered, 1)
    assert plant.output(kernel.TENSION) < 10.0


@FEW
@given(patients(), st.floats(1.0, 5.0), st.integers(100, 1500))
def test_a_pull_and_return_never_gives_back_more_work_than_it_took(patient, speed, ticks):
    plant = plant_of(patient)
    rows = run(plant, [(speed, ticks, True), (0.0, 100, True), (-speed, ticks, True), (-speed, 50, True)])
    force, position = rows[:, kernel.OUT_AT + kernel.TENSION], rows[:, kernel.X_M]
    work = float(np.sum(0.5 * (force[1:] + force[:-1]) * np.diff(position)))
    assert work >= -float(force.max()) * speed * kernel.TICK_S  # sampled once a tick, so known to within one


@FEW
@given(st.floats(0.2, 0.35), st.sampled_from(COUCHES), st.sampled_from(DISCS), st.integers(500, 1500))
def test_doubling_the_transmitted_share_never_raises_the_pressure(share, couch, disc, ticks):
    once, twice = (
        run(
            Plant(make_patient(couch=couch, disc=disc, values={"transmitted_share": factor * share})),
            [(5.0, ticks, True), (0.0, 500, True)],
        )[:, kernel.OUT_AT + kernel.PRESSURE]
        for factor in (1.0, 2.0)
    )
    assert (twice <= once + 1e-9).all()


@FEW
@given(patients(), st.floats(2.0, 5.0), st.integers(500, 1200))
def test_four_times_the_steps_change_force_and_pressure_by_little(patient, speed, ticks):
    motion = [(speed, ticks, True), (0.0, 300, True), (-speed, ticks // 2, True), (0.0, 200, True)]
    coarse, fine = (run(plant_of(patient), motion, steps=steps) for steps in (1, 4))
    force, pressure = kernel.OUT_AT + kernel.TENSION, kernel.OUT_AT + kernel.PRESSURE
    assert np.abs(coarse[:, force] - fine[:, force]).max() < 0.1
    assert np.abs(coarse[:, pressure] - fine[:, pressure]).max() < 0.13  # 1 mmHg


@given(st.floats(-800.0, 800.0))
def test_softplus_is_ln_of_1_plus_exp_without_overflow(x):
    expected = x if x > 30.0 else math.log1p(math.exp(x))
    assert math.isclose(kernel.softplus(x), expected, rel_tol=1e-12, abs_tol=1e-300)


@given(st.sampled_from(sorted(parameter_tables()["drive"])))
def test_design_figures_of_the_drive_are_all_marked_as_assumed(name):
    assert parameter_tables()["drive"][name].assumed
