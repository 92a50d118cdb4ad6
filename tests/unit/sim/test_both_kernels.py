"""The kernel inside the table and the one for populations are one model: along every shipped protocol."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.protocol import library
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.sim import equations, layout
from traction.sim.patient import COUCHES, make_patient
from traction.sim.plant import Plant
from traction.sim.scenario import Entry, Timeline
from traction.sim.simulate import simulate

TICK_S = 0.01
EVERY = 10  # ticks between two instants that are compared


def pulled_along(profile, plant):
    """Return what a pull roughly along ``profile`` gives.

    The force after each tick, and after each ``EVERY`` of them the region's force and the pressure.
    """
    most = 20_000.0 if plant.patient.region == "lumbar" else 8_000.0
    targets = profile.force_at(TICK_S * np.arange(0, profile_ticks(profile), EVERY)).tolist()
    force_n, compared = np.empty(len(targets) * EVERY), np.empty((len(targets), 2))
    tick, b, pull = plant.tick, plant.buffer, layout.OUT_AT + layout.TENSION
    for k, target in enumerate(targets):
        velocity = round(max(-most, min(most, 300.0 * (target - b[pull]))))
        for row in range(k * EVERY, (k + 1) * EVERY):
            tick(velocity, 1, 0)
            force_n[row] = b[pull]
        compared[k] = b[layout.F_REGION], b[layout.OUT_AT + layout.PRESSURE]
    return force_n, compared


def profile_ticks(profile):
    return round(profile.duration_s / TICK_S) // EVERY * EVERY


# each protocol on one couch, in turn; the hour of burn-in is the same cycle two hundred times
ALONG = [(name, COUCHES[number % len(COUCHES)]) for number, name in enumerate(library.names())]


@pytest.mark.parametrize(("name", "couch"), [one for one in ALONG if one[0] != "test-burn-in"])
def test_both_kernels_agree_along_every_shipped_protocol_to_its_end(name, couch):
    # each alone: among others the population's steps would be as short as the worst of them asks for
    protocol = load_protocol(name)
    patient = make_patient(protocol.region, couch=couch)
    force_n, table = pulled_along(compile_protocol(protocol, mass_kg=75.0), Plant(patient))
    at = TICK_S * np.arange(len(force_n) + 1)
    line = Timeline((Entry(patient.posture, float(at[-1]), course=(at, np.append(0.0, force_n))),))
    many = simulate([patient], line, at_s=at[EVERY::EVERY])
    assert force_n[EVERY - 1 :: EVERY].max() > 20.0
    assert np.abs(many.states["F_REGION"][:, 0] - table[:, 0]).max() < 0.1
    apart = np.abs(many.quantity("disc_pressure_kpa")[:, 0] - table[:, 1]).max()
    assert apart < 1e-3 * np.abs(table[:, 1]).max()


@given(
    st.floats(-50.0, 900.0),
    st.floats(0.0, 180.0),
    st.floats(1.0, 15.0),
    st.floats(20.0, 200.0),
    st.floats(5.0, 12.0),
    st.lists(st.tuples(st.floats(0.1, 1.0), st.floats(20.0, 400.0)), min_size=1, max_size=6),
    st.floats(0.2, 1.5),
)
def test_the_stiffness_of_the_region_is_that_of_its_parts_in_a_row(
    region, offset, width, flattening, most, levels, stiffening
):
    net = equations.net_tension_n(region, offset, width)
    give = sum(share / equations.tangent_n_per_mm(share * net, toe, stiffening) for share, toe in levels)
    softness = [share * stiffening / toe for share, toe in levels]
    stiffened = [1.0 + each * net for each in softness]
    product = math.prod(stiffened)
    steeper = sum(product / one * each for one, each in zip(stiffened, softness, strict=True))
    compliance = equations.flattening_mm_per_n(region, flattening, most)
    compliance += equations.net_slope(region, offset, width) * give
    found = equations.region_n_per_mm(
        region, (offset, width), (flattening, 1.0 / most), (product, steeper), 1.0 / stiffening
    )
    assert found == pytest.approx(1.0 / compliance, rel=1e-9)


@given(st.floats(-200.0, 200.0), st.floats(-20.0, 20.0), st.floats(10.0, 5000.0), st.floats(5.0, 300.0))
def test_friction_worn_by_the_millimetre_is_friction_that_slides(friction, speed, stiffness, most):
    plain = equations.friction_n_per_s(friction, speed, stiffness, most) - 0.1 * friction
    worn = equations.worn_n_per_s(friction, speed, stiffness, stiffness / most, 0.1)
    assert worn == pytest.approx(plain, rel=1e-9, abs=1e-9 * stiffness)
