"""How far the table's fixed steps are from a tight adaptive solution of the same equations.

First the error against the step size over every kink there is, then every shipped protocol from beginning to
end on either couch, at the default step. Force in N; pressure as a share of the largest pressure of the run.
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
from traction.sim.patient import COUCHES, REGIONS, Patient, make_patient
from traction.sim.plant import Plant

Floats = NDArray[np.float64]
Motion = list[tuple[float, float]]  # for so many seconds so many mm/s

TOLERANCE = 1e-9
EVERY_KINK: Motion = [
    (12.5, 5.0),
    (20.0, 0.0),
    (12.5, -5.0),
    (5.0, 0.0),
    (2.5, 20.0),
    (5.0, 0.0),
    (2.5, -20.0),
]
STEPS = (1, 2, 3, 4, 8, 16, 32)


def seen(plant: Plant) -> tuple[float, float]:
    return plant.output(layout.TENSION), plant.output(layout.PRESSURE)


def default_steps(plant: Plant) -> int:
    return int(plant.buffer[layout.PARAMETERS_AT + layout.PARAMETERS.index("min_substeps")])


def stepped(plant: Plant, motion: Motion, steps: int) -> Floats:
    """Return force and pressure after every 10 ms tick, each of so many equal steps."""
    rows = []
    for seconds, speed in motion:
        for _ in range(round(seconds * 100)):
            ENTRIES.advance(plant.buffer, speed, kernel.POWERED, 0, steps)
            rows.append(seen(plant))
    return np.array(rows)


def solved(plant: Plant, motion: Motion) -> Floats:
    """Return force and pressure at the same instants by LSODA, started anew where the speed changes."""
    b, rows = plant.buffer, []

    def slope(_: float, y: Floats, speed: float) -> Floats:
        b[: layout.STATES] = y
        ENTRIES.slope(b, layout.STATE_AT, speed, kernel.POWERED, 0)
        return b[layout.SLOPE_AT : layout.SLOPE_AT + layout.STATES].copy()

    y = b[: layout.STATES].copy()
    for seconds, speed in motion:
        at = np.arange(1, round(seconds * 100) + 1) * kernel.TICK_S
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
        stepped(plant, [(for_s, speed)], default_steps(plant))
        at += for_s
    return motion


def errors(found: Floats, exact: Floats) -> tuple[float, float]:
    off = np.abs(found - exact).max(axis=0)
    return float(off[0]), float(off[1] / np.abs(exact[:, 1]).max())


def against_step_size() -> None:
    print("| patient | steps a tick | step, ms | force error, N | pressure error, share | us a tick |")
    print("|---|---|---|---|---|---|")
    for region in REGIONS:
        for couch in COUCHES:
            patient = make_patient(region, couch=couch)
            motion = [(s, v if region == "lumbar" else v / 2.0) for s, v in EVERY_KINK]
            exact, default = solved(Plant(patient), motion), default_steps(Plant(patient))
            for steps in sorted({*STEPS, default}):
                plant = Plant(patient)
                start = time.perf_counter()
                found = stepped(plant, motion, steps)
                spent = (time.perf_counter() - start) / len(found) * 1e6
                force, pressure = errors(found, exact)
                mark = " (default)" if steps == default else ""
                print(
                    f"| {region}, {couch} | {steps}{mark} | {10 / steps:.3g} | {force:.1e} | "
                    f"{pressure:.1e} | {spent:.1f} |"
                )


def on_every_protocol() -> None:
    print("| protocol | couch | force error, N | pressure error, share |")
    print("|---|---|---|---|")
    for name in library.names():
        protocol = load_protocol(name)
        profile = compile_protocol(protocol, mass_kg=75.0)
        for couch in COUCHES:
            patient: Patient = make_patient(protocol.region, couch=couch)
            motion = along(profile, Plant(patient))
            plant = Plant(patient)
            found = stepped(plant, motion, default_steps(plant))
            force, pressure = errors(found, solved(Plant(patient), motion))
            print(f"| {name} | {couch} | {force:.1e} | {pressure:.1e} |", flush=True)


def main() -> None:
    against_step_size()
    on_every_protocol()


if __name__ == "__main__":
    main()
