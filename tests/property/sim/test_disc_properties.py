"""What must hold of the discs whatever the numbers: how people differ, how load and stretch are shared."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from traction.sim import equations, layout
from traction.sim.coefficients import BLOCK_AT, COEFFICIENTS, MAX_LEVELS, PER_LEVEL, PLACE, coefficients
from traction.sim.parameter import level_names
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
from traction.sim.plant import Plant, parameter_values

QUICK = settings(max_examples=60, deadline=None)
LYING = ("prone", "supine", "side")


@st.composite
def people(draw, **fixed):
    """Draw anybody, nominal in every parameter; ``fixed`` is not drawn."""
    region = fixed.get("region") or draw(st.sampled_from(REGIONS))
    drawn = {
        "couch": draw(st.sampled_from(COUCHES)),
        "disc": draw(st.sampled_from(DISCS)),
        "mass_kg": draw(st.floats(*MASS_RANGE_KG)),
        "height_m": draw(st.floats(*HEIGHT_RANGE_M)),
        "age_years": draw(st.floats(*AGE_RANGE_YEARS)),
        "sex": draw(st.sampled_from(SEXES)),
        "grade": tuple(draw(st.sampled_from(GRADES)) for _ in level_names(region)),
        "level": draw(st.sampled_from(level_names(region))),
        "posture": draw(st.sampled_from(POSTURES)),
    }
    return {"region": region} | drawn | fixed


def block(made, name):
    return made[BLOCK_AT[name] : BLOCK_AT[name] + MAX_LEVELS]


def discs(made):
    return range(int(made[PLACE["levels"]]))


def net_n(made, region_n):
    offset, width = made[PLACE["offset_force_n"]], made[PLACE["offset_width_n"]]
    return equations.net_tension_n(region_n, offset, width)


def relaxed_kpa(made, disc, region_n):
    """The pressure of one disc under a region force with muscles at rest, soon after lying down."""
    rest, gain = block(made, "rest_pressure_kpa")[disc], block(made, "tension_gain_kpa_per_n")[disc]
    tension = block(made, "eta")[disc] * net_n(made, region_n)
    return equations.nucleus_kpa(rest - gain * tension, block(made, "negative_scale_kpa")[disc])


@QUICK
@given(people(), st.floats(-30.0, 90.0))
def test_every_number_is_finite_and_nothing_that_divides_is_zero(person, flexion_deg):
    made = coefficients(make_patient(**person), flexion_deg=flexion_deg)
    assert len(made) == len(COEFFICIENTS)
    assert np.isfinite(made).all()
    divisors = [name for name in COEFFICIENTS if name.endswith("_s") and "mva" not in name]
    divisors += ["friction_force_n", "moving_mass_kg", "flattening_n_per_mm", "flattening_most_mm"]
    divisors += ["offset_width_n", "stiffening_per_mm", "root_critical_mm2", "root_free_mm2"]
    assert all(made[PLACE[name]] > 0.0 for name in divisors)
    for name in ("stiffness_n_per_mm", "negative_scale_kpa", "area_mm2", "height_mm"):
        assert (block(made, name) > 0.0).all()
    assert math.isclose(block(made, "creep_share").sum(), 1.0)
    assert math.isclose(block(made, "turning_share").sum(), 1.0)  # one level may turn against the others
    for name in PER_LEVEL:
        assert name == "turning_share" or (block(made, name) >= 0.0).all()


@QUICK
@given(people(), st.lists(st.floats(0.0, 900.0), min_size=2, max_size=8))
def test_the_pressure_of_every_disc_falls_with_the_pull_and_never_below_vapour(person, forces):
    made = coefficients(make_patient(**person))
    for disc in discs(made):
        pressures = [relaxed_kpa(made, disc, force) for force in sorted(forces)]
        assert pressures == sorted(pressures, reverse=True)
        assert pressures[-1] >= equations.VAPOUR_KPA


@QUICK
@given(people(disc="healthy"), st.floats(0.0, 600.0))
def test_a_worse_grade_is_lower_and_holds_less_pressure(person, force):
    graded = [coefficients(make_patient(**person | {"grade": grade})) for grade in GRADES]
    for disc in discs(graded[0]):
        rest = [relaxed_kpa(made, disc, 0.0) for made in graded]
        assert rest == sorted(set(rest), reverse=True)
        fall = [relaxed_kpa(made, disc, 0.0) - relaxed_kpa(made, disc, force) for made in graded]
        assert fall == sorted(fall, reverse=True)
        height = [block(made, "height_mm")[disc] for made in graded]
        assert height == sorted(set(height), reverse=True)
        stiffness = [block(made, "stiffness_n_per_mm")[disc] for made in graded]
        assert stiffness == sorted(set(stiffness))


@QUICK
@given(people(), st.lists(st.floats(*AGE_RANGE_YEARS), min_size=2, max_size=6), st.floats(1.0, 400.0))
def test_age_only_makes_a_level_stiffer(person, ages, tension):
    aged = [coefficients(make_patient(**person | {"age_years": age})) for age in sorted(ages)]
    for disc in discs(aged[0]):
        stretched = [
            equations.elastic_mm(
                tension, block(made, "stiffness_n_per_mm")[disc], made[PLACE["stiffening_per_mm"]]
            )
            for made in aged
        ]
        assert stretched == sorted(stretched, reverse=True)


@QUICK
@given(people(region="lumbar", disc="healthy"), st.sampled_from(LYING), st.floats(45.0, 130.0))
def test_being_upright_presses_more_than_lying_and_bending_forward_more_still(person, lying, mass_kg):
    patient = make_patient(**person | {"mass_kg": mass_kg, "height_m": 1.75})
    flat, sitting, standing, bent = (
        block(coefficients(patient, posture=posture, flexion_deg=flexion), "rest_pressure_kpa")[:5]
        for posture, flexion in ((lying, 0.0), ("sitting", 0.0), ("standing", 0.0), ("standing", 40.0))
    )
    assert (flat < sitting).all()
    assert (sitting < standing).all()
    assert (standing < bent).all()


@QUICK
@given(people(), st.floats(0.0, 900.0))
def test_one_product_serves_the_stretch_of_all_levels(person, region_n):
    # the table's kernel takes one logarithm of a product; the sum over the levels must be the same
    patient = make_patient(**person)
    made, values = coefficients(patient), parameter_values(patient, "back-drivable")
    net = net_n(made, region_n)
    stiffening = made[PLACE["stiffening_per_mm"]]
    product = math.prod(1.0 + values[f"softness_{level}"] * net for level in range(MAX_LEVELS))
    together = sum(
        equations.elastic_mm(eta * net, stiffness, stiffening)
        for eta, stiffness in zip(block(made, "eta"), block(made, "stiffness_n_per_mm"), strict=True)
    )
    assert math.isclose(math.log(product) / stiffening, together, rel_tol=1e-12, abs_tol=1e-12)


@settings(max_examples=8, deadline=None)
@given(people(), st.floats(2.0, 5.0), st.integers(500, 1500))
def test_two_states_creep_as_every_level_by_itself(person, speed, ticks):
    patient = make_patient(**person)
    plant, made = Plant(patient), coefficients(patient)
    levels = len(patient.levels)
    share = block(made, "creep_share")[:levels]
    own = np.zeros((2, levels))  # every level's branches, stepped by themselves
    places = (layout.CREEP_1, layout.CREEP_2)
    before = net_n(made, 0.0)
    for told in (speed, 0.0, -speed):
        for _ in range(ticks):
            plant.tick(round(told * 1000), 1, 0)
            now = net_n(made, plant.buffer[layout.F_REGION])
            for branch in (1, 2):
                tau = made[PLACE[f"creep_{branch}_s"]]
                per_n = share * made[PLACE[f"creep_{branch}_mm_per_n"]]
                fade = math.exp(-0.01 / tau)
                mean = 0.5 * (before + now)
                own[branch - 1] = own[branch - 1] * fade + per_n * mean * (1.0 - fade)
            before = now
    for branch, place in enumerate(places):
        assert math.isclose(own[branch].sum(), plant.buffer[place], rel_tol=1e-3, abs_tol=1e-5)
        np.testing.assert_allclose(own[branch], share * plant.buffer[place], rtol=1e-3, atol=1e-5)


@QUICK
@given(st.floats(-500.0, 2000.0), st.floats(0.0, 200.0), st.floats(0.5, 15.0))
def test_the_corner_lets_no_more_through_than_exceeds_the_offset_and_nothing_at_no_pull(force, offset, width):
    through = equations.net_tension_n(force, offset, width)
    slope = equations.net_slope(force, offset, width)
    assert equations.net_tension_n(0.0, offset, width) == 0.0
    assert abs(through - max(force - offset, 0.0)) <= 0.5 * width + 1e-9
    assert 0.0 <= slope <= 1.0
    step = 1e-3
    rise = equations.net_tension_n(force + step, offset, width) - through
    assert math.isclose(rise / step, slope, abs_tol=1e-3 / width)


@QUICK
@given(st.floats(-200.0, 2000.0), st.floats(25.0, 80.0), st.floats(2.0, 12.0))
def test_flattening_saturates_and_its_slope_is_its_slope(force, stiffness, most):
    flat = equations.flattening_mm(force, stiffness, most)
    assert abs(flat) < most
    rise = equations.flattening_mm(force + 1e-3, stiffness, most) - flat
    assert math.isclose(
        rise / 1e-3, equations.flattening_mm_per_n(force, stiffness, most), rel_tol=1e-3, abs_tol=1e-9
    )


@QUICK
@given(st.floats(-2000.0, 2000.0), st.floats(14.7, 40.0))
def test_the_nucleus_saturates_without_a_step(undisturbed, scale):
    pressure = equations.nucleus_kpa(undisturbed, scale)
    assert max(-scale, equations.VAPOUR_KPA) <= pressure <= max(undisturbed, 0.0)
    beside = equations.nucleus_kpa(undisturbed + 1e-6, scale)
    assert 0.0 <= beside - pressure <= 1.1e-6
