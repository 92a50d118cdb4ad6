"""The simulated body and table without a controller: a state that steps by one 10 ms tick."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
from numba import types

from traction.errors import Problem, UsageError
from traction.sim import drive as drives
from traction.sim import kernel
from traction.sim.kernel import Floats, Seen, Truths
from traction.sim.patient import Patient
from traction.sim.sensors import BLOCK, CELL_STEP_MN, ENCODER_STEP_UM, Noise

Tick = Callable[[Floats, int, int, int, int], Seen]

KPA_PER_MPA = 1000.0  # N over mm2 is MPa
MAX_PHASE = 0.72
"""Largest (fastest angular frequency x 10 ms) that one step a tick resolves well; stability ends at 2.8."""


def fastest_per_s(values: Mapping[str, float]) -> float:
    """Return an upper bound of the fastest rate of the linearised equations, rad/s, before anything runs.

    The pelvis on every spring at once plus every damper, or the shortest time constant of the rest.
    """
    stiffness = sum(
        values[name]
        for name in (
            "harness_stiffness_n_per_mm",
            "take_up_stiffness_n_per_mm",
            "friction_stiffness_n_per_mm",
        )
    )
    damping = values["harness_damping_ns_per_mm"] + values["body_damping_ns_per_mm"]
    per_mass = kernel.MM_PER_M / values["moving_mass_kg"]
    mechanical = math.sqrt(stiffness * per_mass) + damping * per_mass
    lags = (values[name] for name in ("motor_s", "brake_s", "reflex_s", "creep_1_s"))
    dump = values["harness_stiffness_n_per_mm"] / values["dump_damping_ns_per_mm"]
    return max(mechanical, dump, *(1.0 / lag for lag in lags))


def safe_substeps(values: Mapping[str, float]) -> int:
    """Return how many steps a tick needs for these parameters; raises UsageError (E182) when too many.

    A fourth-order method errs over a given time by (frequency^5 x step^4): steps grow with frequency^(5/4).
    """
    fastest = fastest_per_s(values)
    needed: float = (kernel.TICK_S * fastest / MAX_PHASE) ** 1.25
    if not needed <= kernel.MAX_SUBSTEPS:
        found = f"swings at {fastest:.0f} rad/s, which take {needed:.0f} steps a tick"
        raise UsageError(Problem("E182", found, f"at most {kernel.MAX_SUBSTEPS} steps a tick"))
    return max(math.ceil(needed), 1)


def parameter_values(
    patient: Patient, drive: str, offsets_mn: tuple[float, float] = (0.0, 0.0)
) -> dict[str, float]:
    """Return every number the kernel needs, by name; derived ones (friction, gains, steps) are made here."""
    values = {name: row.value for name, row in (patient.parameters | drives.drive_rows(drive)).items()}
    pressure_per_load = (
        values["load_factor"] / values["disc_area_mm2"] * 1000.0
    )  # N/mm2 is MPa; kPa are wanted
    soft_at = -values["offset_force_n"] / values["offset_width_n"]
    values |= {
        "moving_mass_kg": patient.moving_mass_kg,
        "friction_force_n": patient.friction_force_n,
        "friction_stiffness_n_per_mm": patient.friction_stiffness_n_per_mm,
        "tension_gain_kpa_per_n": values["grade_factor"] * pressure_per_load,
        "compression_gain_kpa_per_n": values["rest_pressure_kpa"] / values["rest_load_n"],
        "soft_at_zero": kernel.softplus(soft_at),
        "cell_offset_a_mn": offsets_mn[0],
        "cell_offset_b_mn": offsets_mn[1],
        "cell_step_mn": CELL_STEP_MN,
        "encoder_step_um": ENCODER_STEP_UM,
        "passive_drive": float(kernel.BACK_DRIVEN if drive == drives.BACK_DRIVABLE else kernel.LOCKED),
    }
    return values | {"min_substeps": float(safe_substeps(values))}


def direct_tick() -> Tick:
    """Return ``kernel.tick`` past numba's choice among argument types, a third of the time of a call."""
    compile_for = getattr(kernel.tick, "compile", None)
    if compile_for is None:  # NUMBA_DISABLE_JIT: it is a plain function
        return kernel.tick
    return cast("Tick", compile_for((types.Array(types.float64, 1, "C"), *(types.int64,) * 4)))


class Plant:
    """One patient in one harness on one drive, from slack and rest; steps by 10 ms.

    ``buffer`` is the kernel's: state, outputs, parameters and noise by the indices of ``kernel``.
    Raises UsageError (E180, E182) when the drive does not exist or the parameters cannot be stepped safely.
    """

    __slots__ = ("_noise", "_row", "_tick", "buffer", "patient")

    def __init__(
        self, patient: Patient, drive: str = drives.BACK_DRIVABLE, noise: Noise | None = None
    ) -> None:
        self.patient = patient
        self._noise = noise
        values = parameter_values(patient, drive, noise.offsets_mn if noise else (0.0, 0.0))
        self._tick = direct_tick()
        self._row = BLOCK - 1  # of the noise used last: the first tick draws
        self.buffer: Floats = np.zeros(kernel.NOISE_AT + 2 * BLOCK)
        self.buffer[kernel.PARAMETERS_AT : kernel.NOISE_AT] = [values[name] for name in kernel.PARAMETERS]
        self.buffer[kernel.ACTIVITY] = values["guarding_rest_mva"]
        kernel.observe(self.buffer)

    def tick(self, velocity_um_per_s: int, powered: int, dump: int) -> Seen:
        """Advance 10 ms and return what is seen: cells A and B in mN, carriage travel in um, ``channels``.

        ``velocity_um_per_s`` is the speed the drive is told (pull positive), which only a ``powered`` drive
        heeds; ``dump`` opens the power-less release. Without ``noise`` the readings are rounded but true.
        """
        row = self._row + 1
        if row == BLOCK:
            row = 0
            if self._noise is not None:
                self._noise.draw(self.buffer[kernel.NOISE_AT :])
        self._row = row
        return self._tick(self.buffer, row, velocity_um_per_s, powered, dump)

    def output(self, index: int) -> float:
        """Return one output of the present state, such as ``kernel.PRESSURE``, in the kernel's unit."""
        return float(self.buffer[kernel.OUT_AT + index])

    def channels(self) -> Truths:
        """Return true tension (mN), disc pressure (Pa), disc load (mN) and elongation of the region (um)."""
        return kernel.truths(self.buffer)
