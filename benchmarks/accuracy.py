"""How far the table's steps are from a tight adaptive solution of the same equations.

First the error against the step size over every kink there is, then every shipped protocol from beginning to
end on either couch, at the default steps, and beside them the kernel for populations under the exact tension.
Force in N; pressure as a share of the largest pressure of the run.
"""

import time

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from traction.profile.profile import Profile
from traction.protocol import library
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.sim import kernel, layout
from traction.sim.entry import ENTRIES
from traction.sim.motion import POWERED
from traction.sim.patient import COUCHES, REGIONS, Patient, make_patient
from traction.sim.plant import Plant
from traction.sim.scenario import Entry, Timeline
from traction.sim.simulate import simulate

Floats = NDArray[np.float64]
Motion = list[tuple[float, float]]  # for so many seconds so many mm/s

TOLERANCE = 1e-9
OFTEN = 5
"""How often in a tick the population is told the tension: where the speed jumps, it swings within a tick."""

EVERY_KINK: Motion = [
    (12.5, 5.0),
    (20.0, 0.0),
    (12.5, -5.0),
    (5.0, 0.0),
    (2.5, 20.0),
    (5.0, 0.0),
    (2.5, -20.0),
]
LONGEST_MS = (10.0, 5.0, 2.5, 1.25)
ALLOWED_N = (0.05, 0.01, 0.002, 0.0005, 0.0001)


def seen(plant: Plant) -> tuple[float, float]:
    return plant.output(layout.TENSION), plant.output(layout.PRESSURE)


def stepping(plant: Plant, **changed: float) -> Plant:
    """Return ``plant`` with other ``longest_s``, ``allowed_n`` or ``finest_s``."""
    for name, value in changed.items():
        plant.buffer[layout.PARAMETERS_AT + layout.PARAMETERS.index(name)] = value
    plant.buffer[layout.OUT_AT + layout.STEP] = changed.get("longest_s", kernel.TICK_S)
    return plant


def stepped(plant: Plant, motion: Motion) -> Floats:
    """Return force and pressure after every 10 ms tick."""
    rows = []
    for seconds, speed in motion:
        for _ in range(round(seconds * 100)):
            ENTRIES.advance(plant.buffer, speed, POWERED, 0)
            rows.append(seen(plant))
    return np.array(rows)


def solved(plant: Plant, motion: Motion, a_tick: int = 1) -> Floats:
    """Return force and pressure ``a_tick`` times a tick by LSODA, started anew where the speed changes."""
    b, rows = plant.buffer, []

    def slope(_: float, y: Floats, speed: float) -> Floats:
        b[: layout.STATES] = y
        ENTRIES.slope(b, layout.STATE_AT, speed, POWERED, 0)
        return b[layout.SLOPE_AT : layout.SLOPE_AT + layout.STATES].copy()

    y = b[: layout.STATES].copy()
    for seconds, speed in motion:
        at = np.arange(1, round(seconds * 100) * a_tick + 1) * (kernel.TICK_S / a_tick)
        found = solve_ivp(
            slope,
            (0.0, at[-1]),
            y,
            "LSODA",
            at,
            args=(speed,),
            rtol=TOLERANCE,
            atol=TOLERANCE,
            max_step=0.05,
        )
        for column in found.y.T:
            b[: layout.STATES] = column
            ENTRIES.observe(b)
            rows.append(seen(plant))
        y = found.y[:, -1]
    return np.array(rows)


def along(profile: Profile, plant: Plant) -> Motion:
    """Return a motion whose force goes roughly along ``profile``; it is not important how well."""
    motion, at, most = [], 0.0, 5.0 if plant.patient.region == "lumbar" else 2.0
    while at < profile.duration_s - 5.0:
        target = float(profile.force_at(at + 0.5))
        error = target - plant.output(layout.TENSION)
        for_s = 5.0 if abs(error) < 2.0 and float(profile.force_at(at + 5.0)) == target else 0.5
        speed = round(max(-4.0 * most, min(most, 0.2 * error)) * 1000) / 1000
        motion.append((for_s, speed))
        stepped(plant, [(for_s, speed)])
        at += for_s
    return motion


def errors(found: Floats, exact: Floats) -> tuple[float, float]:
    off = np.abs(found - exact).max(axis=0)
    return float(off[0]), float(off[1] / np.abs(exact[:, 1]).max())


def ways() -> list[tuple[str, dict[str, float]]]:
    """Return the ways to step that are compared: of one length, and by their own error."""
    rows = [
        (f"all {ms:g} ms", {"longest_s": ms / 1000, "finest_s": ms / 1000, "allowed_n": np.inf})
        for ms in LONGEST_MS
    ]
    return rows + [(f"{n:g} N allowed", {"allowed_n": n}) for n in ALLOWED_N] + [("**default**", {})]


def against_step_size() -> None:
    people = [(region, {"couch": couch}) for region in REGIONS for couch in COUCHES]
    people += [("lumbar", {"couch": "fixed", "mass_kg": mass}) for mass in (30.0, 150.0)]
    people += [("lumbar", {"disc": "healthy"}), ("lumbar", {"age_years": 80.0})]
    print("| patient | steps | force error, N | pressure error, share | us a tick |")
    print("|---|---|---|---|---|")
    for region, about in people:
        patient = make_patient(region, **about)
        motion = [(s, v if region == "lumbar" else v / 2.0) for s, v in EVERY_KINK]
        exact = solved(Plant(patient), motion)
        name = ", ".join([region, *(str(one) for one in about.values())])
        for way, changed in ways():
            plant = stepping(Plant(patient), **changed)
            start = time.process_time()
            found = stepped(plant, motion)
            spent = (time.process_time() - start) / len(found) * 1e6
            force, pressure = errors(found, exact)
            print(f"| {name} | {way} | {force:.1e} | {pressure:.1e} | {spent:.1f} |", flush=True)


def as_one_of_many(patient: Patient, forces: Floats) -> Floats:
    """Return the pressure after each tick that the population's kernel finds under this tension, kPa."""
    at = kernel.TICK_S / OFTEN * np.arange(len(forces) + 1)
    course = (at, np.concatenate([[0.0], forces]))
    timeline = Timeline((Entry(patient.posture, float(at[-1]), course=course),))
    return simulate([patient], timeline, at_s=at[OFTEN::OFTEN]).quantity("disc_pressure_kpa")[:, 0]


def on_every_protocol() -> None:
    print("| protocol | couch | force error, N | pressure error, share | of the population's kernel |")
    print("|---|---|---|---|---|")
    for name in library.names():
        protocol = load_protocol(name)
        profile = compile_protocol(protocol, mass_kg=75.0)
        for couch in COUCHES:
            patient: Patient = make_patient(protocol.region, couch=couch)
            motion = along(profile, Plant(patient))
            plant = Plant(patient)
            found = stepped(plant, motion)
            often = solved(Plant(patient), motion, OFTEN)
            exact = often[OFTEN - 1 :: OFTEN]
            force, pressure = errors(found, exact)
            far = np.abs(as_one_of_many(patient, often[:, 0]) - exact[:, 1]).max()
            many = far / np.abs(exact[:, 1]).max()
            print(f"| {name} | {couch} | {force:.1e} | {pressure:.1e} | {many:.1e} |", flush=True)


def main() -> None:
    against_step_size()
    on_every_protocol()


if __name__ == "__main__":
    main()
