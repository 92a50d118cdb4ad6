"""The simulated body and table without a controller: a state that steps by one 10 ms tick."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
from numba import types

from traction.errors import Problem, UsageError
from traction.sim import drive as drives
from traction.sim import kernel, layout
from traction.sim.coefficients import BLOCK_AT, MAX_LEVELS, PLACE, coefficients
from traction.sim.entry import ENTRIES
from traction.sim.kernel import Seen, Truths
from traction.sim.motion import BACK_DRIVEN, LOCKED, Floats
from traction.sim.patient import Patient
from traction.sim.sensors import BLOCK, CELL_STEP_MN, ENCODER_STEP_UM, Noise

Tick = Callable[[Floats, int, int, int, int], Seen]

ALLOWED_N = 0.0001
"""Error of one step, N, above which it is taken again, shorter: what friction holds does not fade again."""
LIGHT_KG = 20.0
"""Below this moving mass the allowed error is less, in proportion: a newton moves a head further."""
FINEST_S = kernel.TICK_S / 160
"""The step that is accepted whatever its error, s: friction turns in an instant."""
MAX_PHASE = 0.3
"""Largest (fastest angular frequency x finest step), rad, that the finest step still follows."""


def stiffest_n_per_mm(values: Mapping[str, float]) -> float:
    """Return the largest tangent stiffness of the region, N/mm, at any pull that the harness holds.

    Flattening and the levels lie in series; both stiffen with the pull, the levels only beyond the offset.
    """
    region_n = np.linspace(0.0, values["slip_force_n"], 64)
    reach = values["flattening_n_per_mm"] + region_n / values["flattening_most_mm"]
    mm_per_n = values["flattening_n_per_mm"] / (reach * reach)
    net_n = np.maximum(region_n - values["offset_force_n"] - values["offset_width_n"], 0.0)
    for level in range(MAX_LEVELS):
        softness = values[f"softness_{level}"]
        give = softness / values["stiffening_per_mm"] / (1.0 + softness * net_n)
        mm_per_n = mm_per_n + np.where(net_n > 0.0, give, 0.0)
    return float(1.0 / mm_per_n.min())


def fastest_per_s(values: Mapping[str, float]) -> float:
    """Return an upper bound of the fastest rate of the linearised equations, rad/s, before anything runs.

    The pelvis on every spring and every damper at once, or the shortest time constant of the rest.
    """
    stiffness = stiffest_n_per_mm(values) + sum(
        values[name] for name in ("harness_stiffness_n_per_mm", "friction_stiffness_n_per_mm")
    )
    damping = values["harness_damping_n_s_per_mm"] + values["body_damping_n_s_per_mm"]
    per_mass = kernel.MM_PER_M / values["moving_mass_kg"]
    half, square = 0.5 * damping * per_mass, stiffness * per_mass
    swing = math.sqrt(square) if half * half <= square else half + math.sqrt(half * half - square)
    lags = (values[name] for name in ("motor_s", "brake_s", "reflex_s", "creep_1_s"))
    dump = values["harness_stiffness_n_per_mm"] / values["dump_damping_n_s_per_mm"]
    return max(swing, dump, *(1.0 / lag for lag in lags))


def safe_steps(values: Mapping[str, float]) -> dict[str, float]:
    """Return how the table's kernel may step these parameters; raises UsageError (E182) when it cannot.

    The scheme is stable at any step, and its own error says how long one may be. What has to be known
    beforehand is that the finest step, which is taken whatever its error, follows the fastest swing; the
    friction's bristles decide that.
    """
    fastest, most = fastest_per_s(values), MAX_PHASE / FINEST_S
    if not fastest <= most:
        raise UsageError(Problem("E182", f"swings at {fastest:.0f} rad/s", f"at most {most:.0f} rad/s"))
    allowed = ALLOWED_N * min(values["moving_mass_kg"] / LIGHT_KG, 1.0)
    return {"allowed_n": allowed, "longest_s": kernel.TICK_S, "finest_s": FINEST_S}


def worked_out(values: Mapping[str, float]) -> dict[str, float]:
    """Return ``layout.WORKED_OUT``: what the kernel would otherwise have to divide or raise to a power."""
    made = {name: 1.0 / values[of] for name, of in layout.TURNED.items()}
    made |= {name: -math.expm1(-kernel.TICK_S / values[of]) for name, of in layout.PARTS.items()}
    creep = sum(values[f"creep_{k}_mm_per_n"] / values[f"creep_{k}_s"] for k in (1, 2))
    return made | {"per_mass": kernel.MM_PER_M / values["moving_mass_kg"], "creep_mm_per_n_s": creep}


def parameter_values(
    patient: Patient, drive: str, offsets_mn: tuple[float, float] = (0.0, 0.0)
) -> dict[str, float]:
    """Return every number of ``layout.PARAMETERS`` by name: the patient's coefficients, drive and sensors."""
    made = coefficients(patient)
    values = {name: row.value for name, row in drives.drive_rows(drive).items()}
    values |= {name: float(made[PLACE[name]]) for name in layout.PATIENT}
    values |= {name: float(made[BLOCK_AT[name] + patient.level_index]) for name in layout.LEVEL}
    for level in range(MAX_LEVELS):
        per_n = made[BLOCK_AT["eta"] + level] / made[BLOCK_AT["stiffness_n_per_mm"] + level]
        values[f"softness_{level}"] = float(per_n) * values["stiffening_per_mm"]
    values |= {
        "slack_mm": patient.value("slack_mm"),
        "let_go_mm_per_s": values[f"let_go_{patient.region}_mm_per_s"],
        "cell_offset_a_mn": offsets_mn[0],
        "cell_offset_b_mn": offsets_mn[1],
        "cell_step_mn": CELL_STEP_MN,
        "encoder_step_um": ENCODER_STEP_UM,
        "passive_drive": float(BACK_DRIVEN if drive == drives.BACK_DRIVABLE else LOCKED),
    }
    return values | worked_out(values) | safe_steps(values)


def direct_tick() -> Tick:
    """Return ``ENTRIES.tick`` past numba's choice among argument types, a third of the time of a call."""
    compile_for = getattr(ENTRIES.tick, "compile", None)
    if compile_for is None:  # NUMBA_DISABLE_JIT: it is a plain function
        return ENTRIES.tick
    return cast("Tick", compile_for((types.Array(types.float64, 1, "C"), *(types.int64,) * 4)))


class Plant:
    """One patient in one harness on one drive, from slack and rest; steps by 10 ms.

    ``buffer`` is the kernel's: state, outputs, parameters and noise by the indices of ``layout``.
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
        self.buffer: Floats = np.zeros(layout.NOISE_AT + 2 * BLOCK)
        self.buffer[layout.PARAMETERS_AT : layout.NOISE_AT] = [values[name] for name in layout.PARAMETERS]
        self.buffer[layout.ACTIVITY] = values["guarding_rest_mva"]
        self.buffer[layout.OUT_AT + layout.STEP] = values["longest_s"]
        ENTRIES.observe(self.buffer)

    def tick(self, velocity_um_per_s: int, powered: int, dump: int) -> Seen:
        """Advance 10 ms and return what is seen: cells A and B in mN, carriage travel in um, ``channels``.

        ``velocity_um_per_s`` is the speed the drive is told (pull positive), which only a ``powered`` drive
        heeds; ``dump`` opens the power-less release. Without ``noise`` the readings are rounded but true.
        """
        row = self._row + 1
        if row == BLOCK:
            row = 0
            if self._noise is not None:
                self._noise.draw(self.buffer[layout.NOISE_AT :])
        self._row = row
        return self._tick(self.buffer, row, velocity_um_per_s, powered, dump)

    def output(self, index: int) -> float:
        """Return one output of the present state, such as ``layout.PRESSURE``, in the kernel's unit."""
        return float(self.buffer[layout.OUT_AT + index])

    def channels(self) -> Truths:
        """Return true tension (mN), disc pressure (Pa), disc load (mN) and elongation of the region (um)."""
        return ENTRIES.truths(self.buffer)
