"""Invariants of the simulated body over every parameter in its range and any motion a drive can make."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from traction.sim import kernel, layout
from traction.sim.drive import DRIVES
from traction.sim.equations import VAPOUR_KPA
from traction.sim.parameter import level_names, parameter_tables
from traction.sim.patient import (
    AGE_RANGE_YEARS,
    COUCHES,
    DISCS,
    GRADES,
    HEIGHT_RANGE_M,
    MASS_RANGE_KG,
    POSTURES,
    REGIONS,
    SEXES,
    make_patient,
)
from traction.sim.plant import Plant

FEW = settings(max_examples=40, deadline=None)


@st.composite
def patients(draw):
    """Draw what make_patient needs: anybody in any posture, and up to eight parameters anywhere."""
    region, couch, disc = (draw(st.sampled_from(among)) for among in (REGIONS, COUCHES, DISCS))
    rows = make_patient(region, couch=couch, disc=disc).parameters
    names = draw(st.lists(st.sampled_from(sorted(rows)), max_size=8, unique=True))
    values = {name: draw(st.floats(rows[name].low, rows[name].high)) for name in names}
    about = {
        "couch": couch,
        "disc": disc,
        "mass_kg": draw(st.floats(*MASS_RANGE_KG)),
        "height_m": draw(st.floats(*HEIGHT_RANGE_M)),
        "age_years": draw(st.floats(*AGE_RANGE_YEARS)),
        "sex": draw(st.sampled_from(SEXES)),
        "grade": tuple(draw(st.sampled_from(GRADES)) for _ in level_names(region)),
        "level": draw(st.sampled_from(level_names(region))),
        "posture": draw(st.sampled_from(POSTURES)),
        "values": values,
    }
    return region, about


def plant_of(patient, drive=DRIVES[0]):
    region, about = patient
    return Plant(make_patient(region, **about), drive)


def parameter(plant, name):
    return plant.buffer[layout.PARAMETERS_AT + layout.PARAMETERS.index(name)]


# what the drive is told, for how many ticks, powered or not, release open or not; the last one stays open
MOTIONS = st.lists(
    st.tuples(st.floats(-20.0, 5.0), st.integers(1, 200), st.booleans()), min_size=1, max_size=8
)


def finer(plant, factor):
    """Return ``plant`` with steps so many times shorter, and their error as much less."""
    for name in ("longest_s", "allowed_n"):
        plant.buffer[layout.PARAMETERS_AT + layout.PARAMETERS.index(name)] /= factor
    return plant


def run(plant, motion):
    rows = []
    for speed, ticks, powered in motion:
        for _ in range(ticks):
            plant.tick(round(speed * 1000), powered, 0)
            rows.append(plant.buffer[: layout.PARAMETERS_AT].copy())
    return np.array(rows)


@FEW
@given(patients(), st.sampled_from(DRIVES), MOTIONS)
def test_nothing_leaves_its_bounds(patient, drive, motion):
    pull = [(5.0, 1000, True)]
    plant = plant_of(patient, drive)
    rows = run(plant, pull + motion)
    assert np.isfinite(rows).all()
    out = rows[:, layout.OUT_AT :]
    assert (out[:, layout.TENSION] >= 0.0).all()
    assert (out[:, layout.PRESSURE] >= VAPOUR_KPA).all()
    assert (np.abs(rows[:, layout.Z]) <= parameter(plant, "friction_force_n") * (1 + 1e-6)).all()
    assert (np.diff(rows[:, layout.SLIP]) >= 0.0).all()
    assert (rows[:, layout.ACTIVITY] >= plant.patient.value("guarding_rest_mva") - 1e-9).all()


@FEW
@given(patients(), st.sampled_from(DRIVES), st.integers(0, 1))
def test_the_release_leads_to_slack_from_any_pull_of_any_patient(patient, drive, powered):
    plant = plant_of(patient, drive)
    run(plant, [(5.0, 1600, True)])
    for _ in range(500):
        plant.tick(0, powered, 1)
    assert plant.output(layout.TENSION) < 10.0


@FEW
@given(patients(), st.floats(1.0, 5.0), st.integers(100, 1500))
def test_a_pull_and_return_never_gives_back_more_work_than_it_took(patient, speed, ticks):
    plant = plant_of(patient)
    rows = run(plant, [(speed, ticks, True), (0.0, 100, True), (-speed, ticks, True), (-speed, 50, True)])
    force, position = rows[:, layout.OUT_AT + layout.TENSION], rows[:, layout.X_M]
    work = float(np.sum(0.5 * (force[1:] + force[:-1]) * np.diff(position)))
    assert work >= -float(force.max()) * speed * kernel.TICK_S  # sampled once a tick, so known to within one


@FEW
@given(st.floats(0.2, 0.35), st.sampled_from(COUCHES), st.sampled_from(DISCS), st.integers(500, 1500))
def test_doubling_the_transmitted_share_never_raises_the_pressure(share, couch, disc, ticks):
    once, twice = (
        run(
            Plant(make_patient(couch=couch, disc=disc, values={"transmitted_share": factor * share})),
            [(5.0, ticks, True), (0.0, 500, True)],
        )[:, layout.OUT_AT + layout.PRESSURE]
        for factor in (1.0, 2.0)
    )
    assert (twice <= once + 1e-9).all()


@FEW
@given(patients(), st.floats(2.0, 5.0), st.integers(500, 1200))
def test_four_times_the_steps_change_force_and_pressure_by_little(patient, speed, ticks):
    motion = [(speed, ticks, True), (0.0, 300, True), (-speed, ticks // 2, True), (0.0, 200, True)]
    coarse, fine = (run(finer(plant_of(patient), factor), motion) for factor in (1.0, 4.0))
    force, pressure = layout.OUT_AT + layout.TENSION, layout.OUT_AT + layout.PRESSURE
    assert np.abs(coarse[:, force] - fine[:, force]).max() < 0.1
    assert np.abs(coarse[:, pressure] - fine[:, pressure]).max() < 0.13  # 1 mmHg


@given(st.sampled_from(sorted(parameter_tables()["drive"])))
def test_figures_of_the_drive_are_all_marked_as_designed(name):
    assert parameter_tables()["drive"][name].how == "design"
