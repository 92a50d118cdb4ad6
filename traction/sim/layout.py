"""Where every number of the table's kernel stands in its one flat buffer: state, slopes, outputs, parameters.

One buffer holds everything a tick touches: every further array would cost 0.06 us a call.
"""

from __future__ import annotations

from typing import Final

from traction.sim.coefficients import MAX_LEVELS

# State
X_M, V_M = 0, 1  # carriage: position mm, velocity mm/s
F_REGION = 2  # force carried by the spinal region, N; the pelvis position follows from it without iteration
V_P = 3  # pelvis (or head) velocity, mm/s
Z = 4  # couch friction, N, positive against a pull
SLIP = 5  # harness slipped over the skin so far, mm
PAYOUT = 6  # strap let out by the power-less release, mm
CREEP_1, CREEP_2 = 7, 8  # Kelvin-Voigt branches of all levels together, mm
SENSED = 9  # net tension as the stretch reflex has it, N
ACTIVITY = 10  # paraspinal activity, %MVA
UNLOADED, WATER = 11, 12  # what lying gave back: height soon, water overnight, each 0 to 1
STATES = 13

# Outputs
TENSION, DISC_TENSION, LOAD, PRESSURE, ELONGATION = 0, 1, 2, 3, 4
NET = 5  # tension across the spine, N
STEP = 6  # the step to go on with, s
OUTPUTS = 7

STATE_AT = 0
SLOPE_AT = STATES
OUT_AT = 2 * STATES
PARAMETERS_AT = OUT_AT + OUTPUTS

TABLE: Final = tuple(
    """
    slack_mm motor_s brake_s back_drive_drag_n_s_per_mm back_drive_friction_n
    dump_damping_n_s_per_mm dump_spring_n dump_gap_mm let_go_mm_per_s
    cell_offset_a_mn cell_offset_b_mn cell_step_mn encoder_step_um passive_drive
    allowed_n longest_s finest_s
    """.split()  # noqa: SIM905  one name a line would be longer and say less
)
PATIENT: Final = tuple(
    """
    axial harness_stiffness_n_per_mm harness_damping_n_s_per_mm slip_force_n slip_mm_per_s_n2
    moving_mass_kg body_damping_n_s_per_mm
    friction_force_n friction_lift friction_stiffness_n_per_mm shifting_s shifting_force_n
    flattening_n_per_mm flattening_most_mm offset_force_n offset_width_n stiffening_per_mm
    creep_1_mm_per_n creep_1_s creep_2_mm_per_n creep_2_s
    guarding_rest_mva guarding_gain_mva_s_per_n guarding_s reflex_s guarding_n_per_mva
    unloaded_target unloading_s water_target water_s
    """.split()  # noqa: SIM905
)
"""Coefficients of the patient taken over as they are."""

LEVEL: Final = tuple(
    """
    eta rest_load_n rest_pressure_kpa tension_gain_kpa_per_n compression_gain_kpa_per_n
    hydration_kpa negative_scale_kpa
    """.split()  # noqa: SIM905
)
"""Coefficients of the one disc that the table reports."""

TURNED: Final = {
    "per_flattening_most": "flattening_most_mm",
    "per_stiffening": "stiffening_per_mm",
    "creep_1_per_s": "creep_1_s",
    "creep_2_per_s": "creep_2_s",
    "motor_per_s": "motor_s",
    "brake_per_s": "brake_s",
}
"""One over another number, because a division takes as long as four products."""

PARTS: Final = {
    f"{name}_part": f"{name}_s"
    for name in "motor brake creep_1 creep_2 reflex guarding unloading water".split()  # noqa: SIM905
}
"""The part of the way to where it goes that what relaxes in so many seconds does in one tick."""

WORKED_OUT: Final = (*TURNED, *PARTS, "per_mass", "creep_mm_per_n_s")
"""Worked out from the others: also N to mm/s2, and how fast both branches begin to creep under a newton."""

SOFTNESS: Final = tuple(f"softness_{level}" for level in range(MAX_LEVELS))
"""How fast a level stiffens, per newton of net tension: share x stiffening / stiffness."""

PARAMETERS: Final = TABLE + PATIENT + LEVEL + WORKED_OUT + SOFTNESS
SOFTNESS_AT = PARAMETERS_AT + PARAMETERS.index(SOFTNESS[0])
NOISE_AT = PARAMETERS_AT + len(PARAMETERS)  # then pairs of load-cell noise, mN


def places(names: str) -> tuple[int, ...]:
    """Return where the parameters of these names, divided by spaces, stand in the buffer."""
    return tuple(PARAMETERS_AT + PARAMETERS.index(name) for name in names.split())
