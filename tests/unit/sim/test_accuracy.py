"""The compiled steps against an adaptive solver, and against themselves without the compiler."""

import os
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from traction.errors import UsageError
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.sim import layout
from traction.sim.drive import BACK_DRIVABLE
from traction.sim.entry import ENTRIES
from traction.sim.motion import POWERED
from traction.sim.patient import make_patient
from traction.sim.plant import FINEST_S, MAX_PHASE, Plant, parameter_values, safe_steps

# 60 s: slow ramp, hold, down to slack, then a fast pull and release, over every kink there is; s, mm/s
MOTION = [(12.5, 5.0), (20.0, 0.0), (12.5, -5.0), (5.0, 0.0), (2.5, 20.0), (5.0, 0.0), (2.5, -20.0)]
PATIENTS = [
    ("lumbar", {}),
    ("lumbar", {"couch": "fixed"}),
    ("lumbar", {"couch": "fixed", "mass_kg": 150.0}),
    ("lumbar", {"couch": "fixed", "mass_kg": 30.0}),
    ("lumbar", {"disc": "healthy"}),
    ("cervical", {}),
    ("cervical", {"couch": "fixed"}),
]


def motion_for(region):
    return [(seconds, speed / (1.0 if region == "lumbar" else 2.0)) for seconds, speed in MOTION]


def stepped(plant, motion):
    rows = []
    for seconds, speed in motion:
        for _ in range(round(seconds * 100)):
            plant.tick(round(speed * 1000), 1, 0)
            rows.append((plant.output(layout.TENSION), plant.output(layout.PRESSURE)))
    return np.array(rows)


def solved(plant, motion):
    b, rows = plant.buffer, []

    def slope(_, y, speed):
        b[: layout.STATES] = y
        ENTRIES.slope(b, layout.STATE_AT, speed, POWERED, 0)
        return b[layout.SLOPE_AT : layout.SLOPE_AT + layout.STATES].copy()

    y = b[: layout.STATES].copy()
    for seconds, speed in motion:
        at = np.arange(1, round(seconds * 100) + 1) * 0.01
        found = solve_ivp(
            slope, (0.0, at[-1]), y, "LSODA", at, args=(speed,), rtol=1e-9, atol=1e-9, max_step=0.05
        )
        for column in found.y.T:
            b[: layout.STATES] = column
            ENTRIES.observe(b)
            rows.append((plant.output(layout.TENSION), plant.output(layout.PRESSURE)))
        y = found.y[:, -1]
    return np.array(rows)


def along(profile, plant, seconds):
    """Return a motion, s and mm/s, whose force goes roughly along ``profile``; it is not important how well.

    The speed is set anew every 0.5 s while the force should change and every 5 s while it should stay.
    """
    rows, at, most = [], 0.0, 5.0 if plant.patient.region == "lumbar" else 2.0
    while at < min(profile.duration_s - 5.0, seconds):
        target = profile.force_at(at + 0.5)
        error = target - plant.output(layout.TENSION)
        for_s = 5.0 if abs(error) < 2.0 and profile.force_at(at + 5.0) == target else 0.5
        speed = max(-4.0 * most, min(most, 0.2 * error))
        rows.append((for_s, round(speed * 1000) / 1000))
        for _ in range(round(for_s * 100)):
            plant.tick(round(speed * 1000), 1, 0)
        at += for_s
    return rows


@pytest.mark.parametrize("couch", ["split", "fixed"])
@pytest.mark.parametrize("name", ["lumbar-disc", "lumbar-spasm", "cerv-spasm"])
def test_ticks_agree_along_a_shipped_protocol(name, couch):
    # benchmarks/accuracy.py does the same for every shipped protocol from beginning to end
    protocol = load_protocol(name)
    motion = along(
        compile_protocol(protocol, mass_kg=75.0), Plant(make_patient(protocol.region, couch=couch)), 60.0
    )
    found, exact = (
        solve(Plant(make_patient(protocol.region, couch=couch)), motion) for solve in (stepped, solved)
    )
    error = np.abs(found - exact)
    assert exact[:, 0].max() > 30.0
    assert error[:, 0].max() < 0.1
    assert error[:, 1].max() < 1e-3 * np.abs(exact[:, 1]).max()


@pytest.mark.parametrize(("region", "patient"), PATIENTS, ids=str)
def test_ticks_agree_with_a_tight_adaptive_solution(region, patient):
    motion = motion_for(region)
    found = stepped(Plant(make_patient(region, **patient)), motion)
    exact = solved(Plant(make_patient(region, **patient)), motion)
    error = np.abs(found - exact)
    assert exact[:, 0].max() > 100.0
    assert error[:, 0].max() < 0.1
    # against the largest pressure of the run: a share of a pressure that passes through zero means nothing
    assert error[:, 1].max() < 1e-3 * np.abs(exact[:, 1]).max()


def test_the_stiffest_bristles_that_are_not_refused_can_be_stepped():
    patient = make_patient(couch="fixed")
    values = parameter_values(patient, BACK_DRIVABLE)
    name = "friction_stiffness_n_per_mm"
    most = (MAX_PHASE / FINEST_S) ** 2 / values["per_mass"]  # about: other springs are in it, too
    with pytest.raises(UsageError, match="E182"):
        safe_steps(values | {name: most})
    safe_steps(values | {name: 0.99 * most})
    plants = [Plant(patient), Plant(patient)]
    for plant in plants:
        plant.buffer[layout.PARAMETERS_AT + layout.PARAMETERS.index(name)] = 0.99 * most
    motion = [(4.0, 20.0), (2.0, 0.0), (1.0, -20.0), (1.0, 20.0)]
    found, exact = stepped(plants[0], motion), solved(plants[1], motion)
    assert exact[:, 0].max() > 200.0
    assert np.abs(found - exact)[:, 0].max() < 0.1


WITHOUT_JIT = """
import sys
from traction.sim import kernel, layout
from traction.sim.drive import BACK_DRIVABLE, SELF_LOCKING
from traction.sim.patient import make_patient
from traction.sim.plant import Plant
from traction.sim.sensors import Noise
out = []
for region, couch, drive in (("lumbar", "split", BACK_DRIVABLE), ("cervical", "fixed", SELF_LOCKING)):
    plant = Plant(make_patient(region, couch=couch), drive, Noise(7))
    pull, hold, back = (120, 20.0, 1, 0), (20, 0.0, 1, 0), (20, -8.0, 1, 0)
    off, dumped = (20, 0.0, 0, 0), (40, 0.0, 0, 1)
    for ticks, speed, powered, dump in (pull, hold, back, off, dumped):
        for _ in range(ticks):
            out.append(plant.tick(round(speed * 1000 / (1 if region == "lumbar" else 4)), powered, dump))
    out.append(plant.buffer[: layout.PARAMETERS_AT].tobytes().hex())
    out.append(plant.channels())
"""


def test_the_compiler_changes_no_bit():
    namespace: dict[str, list[object]] = {}
    exec(WITHOUT_JIT, namespace)
    compiled = sha256(repr(namespace["out"]).encode()).hexdigest()
    code = WITHOUT_JIT + "\nimport hashlib, numba\nassert numba.config.DISABLE_JIT\n"
    code += "print(hashlib.sha256(repr(out).encode()).hexdigest())"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    printed = subprocess.check_output([sys.executable, "-W", "error", "-c", code], env=environment, text=True)
    assert printed.strip() == compiled
    assert max(row[0] for row in namespace["out"] if isinstance(row, tuple)) > 50_000  # it did pull


def test_a_tick_ends_however_little_error_is_allowed():
    plant, exact = (
        Plant(make_patient("cervical", couch="fixed")),
        Plant(make_patient("cervical", couch="fixed")),
    )
    for name, value in (("allowed_n", 1e-30), ("finest_s", 0.01 / 40.05)):  # leaves a rest a little longer
        plant.buffer[layout.PARAMETERS_AT + layout.PARAMETERS.index(name)] = value
    motion = [(6.0, 5.0), (1.0, 0.0), (1.0, -10.0)]
    found = stepped(plant, motion)
    assert plant.buffer[layout.OUT_AT + layout.STEP] == pytest.approx(0.01 / 40.05)
    assert np.abs(found - stepped(exact, motion))[:, 0].max() < 0.1
