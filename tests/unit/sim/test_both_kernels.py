"""The kernel inside the table and the one for populations are one model: on every shipped protocol."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.protocol import library
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.sim import equations, layout
from traction.sim.patient import COUCHES, REGIONS, make_patient
from traction.sim.plant import Plant
from traction.sim.scenario import Entry, Timeline
from traction.sim.simulate import simulate

LONGEST_S, TICK_S = 200, 0.01
EVERY = 50  # ticks between two instants that are compared


def pulled_along(profile, plant):
    """Return force and a row of what is compared for each tick of a pull roughly along ``profile``."""
    most = 20_000.0 if plant.patient.region == "lumbar" else 8_000.0
    rows = []
    for tick in range(round(min(profile.duration_s, LONGEST_S) / TICK_S) // EVERY * EVERY):
        if tick % 10 == 0:
            error = float(profile.force_at(tick * TICK_S)) - plant.output(layout.TENSION)
            velocity = round(max(-most, min(most, 300.0 * error)))
        plant.tick(velocity, 1, 0)
        out = plant.buffer[layout.OUT_AT :]
        rows.append((out[layout.TENSION], plant.buffer[layout.F_REGION], out[layout.PRESSURE]))
    return np.array(rows)


def followed(region):
    """Return for each protocol of the region on either couch its name, the patient, what the table did."""
    found = []
    protocols = {name: load_protocol(name) for name in library.names()}
    for name, protocol in protocols.items():
        if protocol.region != region:
            continue
        profile = compile_protocol(protocol, mass_kg=75.0)
        for couch in COUCHES:
            patient = make_patient(protocol.region, couch=couch)
            found.append((f"{name}, {couch}", patient, pulled_along(profile, Plant(patient))))
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_both_kernels_agree_on_every_shipped_protocol(region):
    # benchmarks/accuracy.py does the same for each protocol to its end
    runs = followed(region)
    longest = max(len(rows) for _, _, rows in runs)
    at = TICK_S * np.arange(longest + 1)
    lines = []
    for _, patient, rows in runs:
        pull = np.concatenate([[0.0], rows[:, 0], np.full(longest - len(rows), rows[-1, 0])])
        lines.append(Timeline((Entry(patient.posture, float(at[-1]), course=(at, pull)),)))
    people = [patient for _, patient, _ in runs]
    many = simulate(people, lines, at_s=at[EVERY::EVERY])
    force, pressure = many.states["F_REGION"], many.quantity("disc_pressure_kpa")
    assert len(runs) >= 8
    for k, (name, _, rows) in enumerate(runs):
        table = rows[EVERY - 1 :: EVERY]
        assert table[:, 0].max() > 20.0, name
        assert np.abs(force[: len(table), k] - table[:, 1]).max() < 0.1, name
        apart = np.abs(pressure[: len(table), k] - table[:, 2]).max()
        assert apart < 1e-3 * np.abs(table[:, 2]).max(), name


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
