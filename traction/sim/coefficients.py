"""The numbers of the equations for one patient in one posture: a plain vector, in the kernels' order.

Everything that does not change while a patient stays in a posture is worked out here, so that the kernels
only ever multiply and add. The discs come as blocks of ``MAX_LEVELS``; what a region does not have is filled
so that it carries nothing and no division by zero can happen.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from traction.errors import Problem, UsageError
from traction.sim.patient import NOMINAL_HEIGHT_M, POSTURES, Patient
from traction.units import STANDARD_GRAVITY

MAX_LEVELS: Final = 6
KPA_PER_MPA = 1000.0  # N over mm2 is MPa
REFERENCE_MASS_KG = 70.0  # Wilke's subject, to whom the loads of the postures and the swing of water belong
REFERENCE_AGE_YEARS = 45.0
LEAST_WIDTH_N = 1.0  # of the corner where transmission begins, where there is next to no offset
WIDTH_PER_OFFSET = 0.5  # a corner wider than its offset would eat part of the pull

STATE_NAMES: Final = tuple(
    "F_REGION V_P Z SLIP CREEP_1 CREEP_2 SENSED ACTIVITY UNLOADED WATER".split()  # noqa: SIM905
)
"""States of the model alone: region's force N, pelvis' speed mm/s, couch friction N, harness slip mm, creep
of all levels together in two branches mm, sensed tension N, muscle activity %MVA, and the height soon and the
water overnight that lying gave back, each 0 to 1."""

SCALARS: Final = tuple(
    """
    axial harness_stiffness_n_per_mm harness_damping_n_s_per_mm slip_force_n slip_mm_per_s_n2
    moving_mass_kg body_damping_n_s_per_mm
    friction_force_n friction_lift friction_stiffness_n_per_mm shifting_s shifting_force_n
    flattening_n_per_mm flattening_most_mm flattening_deg_per_mm
    offset_force_n offset_width_n stiffening_per_mm
    creep_1_mm_per_n creep_1_s creep_2_mm_per_n creep_2_s
    guarding_rest_mva guarding_gain_mva_s_per_n guarding_s reflex_s guarding_n_per_mva
    unloaded_target unloading_s water_target water_s
    stature_unloading_mm stature_water_mm
    hernia_area_mm2 hernia_share_per_kpa hernia_share_per_strain canal_mm2_per_mm
    foramen_width_mm foramen_mm_per_mm root_free_mm2 root_critical_mm2
    flexion_deg level_index levels
    """.split()  # noqa: SIM905  one name a line would be longer and say less
)
"""One number each. ``creep_*_mm_per_n`` are of all levels together, per newton of net tension."""

PER_LEVEL: Final = tuple(
    """
    eta stiffness_n_per_mm creep_share
    rest_pressure_kpa tension_gain_kpa_per_n compression_gain_kpa_per_n hydration_kpa negative_scale_kpa
    rest_load_n area_mm2 height_mm unloading_mm posterior_arm_mm turning_share water_when_up
    """.split()  # noqa: SIM905
)
"""Blocks of ``MAX_LEVELS``, from the top down; the ``creep_share`` of all levels add up to one."""

COEFFICIENTS: Final = SCALARS + tuple(f"{name}_{level}" for name in PER_LEVEL for level in range(MAX_LEVELS))
PLACE: Final = {name: place for place, name in enumerate(COEFFICIENTS)}
BLOCK_AT: Final = {name: len(SCALARS) + MAX_LEVELS * place for place, name in enumerate(PER_LEVEL)}
"""Where each per-level block starts."""

_EMPTY = {"stiffness_n_per_mm": 1.0, "negative_scale_kpa": 1.0, "area_mm2": 1.0, "height_mm": 1.0}

Row = dict[str, float]


def coefficients(
    patient: Patient, *, posture: str | None = None, flexion_deg: float = 0.0
) -> NDArray[np.float64]:
    """Return one value for each of ``COEFFICIENTS``: ``patient`` in ``posture``, or in the patient's own.

    ``flexion_deg`` is the flexion of the lumbar region against its neutral shape, or the angle of a cervical
    pull above the couch. Raises UsageError (E180) for an unknown posture.
    """
    posture = patient.posture if posture is None else posture
    if posture not in POSTURES:
        found, expected = f"posture {posture!r}", f"one of {', '.join(POSTURES)}"
        raise UsageError(Problem("E180", found, expected, field="posture"))
    value = {name: row.value for name, row in patient.parameters.items()}
    place = {
        name: value[f"posture.{posture}.{name}"]
        for name in (
            "load",
            "load_per_deg",
            "load_per_deg_back",
            "mass_share",
            "offset_factor",
            "tension_crosses",
            "friction_factor",
            "rests",
        )
    }
    levels = [_level(patient, value, place, flexion_deg, index) for index in range(len(patient.levels))]
    scalars = _couch(patient, value, place, flexion_deg) | _region(patient, value, levels)
    scalars |= _curve(value, flexion_deg) | _resting(patient, value, place)
    scalars["flexion_deg"] = flexion_deg
    blocks = [
        [level[name] for level in levels] + [_EMPTY.get(name, 0.0)] * (MAX_LEVELS - len(levels))
        for name in PER_LEVEL
    ]
    plain = [scalars[name] if name in scalars else value[name] for name in SCALARS]
    return np.array(plain + [number for block in blocks for number in block], dtype=np.float64)


def young_to_old(value: Row, age_years: float) -> float:
    """Return the toe stiffness of one level at this age, N/mm: equal factors a year between two ages.

    Source: Kurutz M, Bender T. J Multidiscip Healthc 2010;3:19-27, who report below 40 and above 60 years.
    """
    ratio = value["old_stiffness_n_per_mm"] / value["young_stiffness_n_per_mm"]
    return value["young_stiffness_n_per_mm"] * math.exp(_aged(value, age_years) * math.log(ratio))


def _aged(value: Row, age_years: float) -> float:
    """Return how far a patient is from the younger age to the older, 0 to 1."""
    span = value["old_age_years"] - value["young_age_years"]
    return min(max((age_years - value["young_age_years"]) / span, 0.0), 1.0)


def _couch(patient: Patient, value: Row, place: Row, flexion_deg: float) -> Row:
    """Return what couch, harness and the direction of the pull make of the posture."""
    weight_n = patient.mass_kg * STANDARD_GRAVITY
    angle = math.radians(flexion_deg)
    head_n = value["head_share"] * weight_n
    hangs = place["rests"] == 0.0 and head_n > 0.0  # upright: the pull has to carry the head first
    lying = place["friction_factor"]
    # on a fixed couch the offset rounds the corner of the friction, and comes and goes with it
    offset = value["offset_force_n"] * (place["offset_factor"] if patient.couch == "split" else lying)
    offset += head_n * max(math.cos(angle), 0.0) if hangs else 0.0
    width = min(value["offset_width_n"], max(WIDTH_PER_OFFSET * offset, LEAST_WIDTH_N))
    friction = lying * value["friction_coefficient"]
    # in a body that is not relaxed in water, what lies beside the spine keeps the curve from flattening too
    beside = 1.0 + (value["trunk_factor"] - 1.0) * (1.0 - place["tension_crosses"])
    flattening = value["flattening_n_per_mm"] * beside
    return {
        "axial": math.cos(angle - math.radians(value["neutral_angle_deg"])) if head_n > 0.0 else 1.0,
        "moving_mass_kg": value["moving_share"] * patient.mass_kg,
        "friction_force_n": friction * value["sliding_share"] * weight_n,
        "friction_lift": friction * max(math.sin(angle), 0.0) if head_n > 0.0 else 0.0,
        "flattening_n_per_mm": flattening,
        "friction_stiffness_n_per_mm": lying * value["bristle_ratio"] * flattening,
        "offset_force_n": offset,
        "offset_width_n": width,
    }


def _curve(value: Row, flexion_deg: float) -> Row:
    """Return how the curve of the spine turns as it is pulled, and what a hernia answers.

    A pull straightens a spine that lies as it will or bent forward. Bent backward by more than
    ``straightening_deg``, the pull passes behind the discs and bends it further.
    """
    straightens = min(max(1.0 + flexion_deg / value["straightening_deg"], -1.0), 1.0)
    answers = max(value["hernia_response"], 0.0)
    return {
        "flattening_deg_per_mm": straightens * value["flattening_deg_per_mm"],
        "hernia_share_per_kpa": answers * value["hernia_share_per_kpa"],
        "hernia_share_per_strain": answers * value["hernia_share_per_strain"],
    }


def _resting(patient: Patient, value: Row, place: Row) -> Row:
    """Return where height and water go in this posture and how fast: sooner lost than given back."""
    lies = place["rests"] > 0.0
    size = patient.height_m / NOMINAL_HEIGHT_M
    return {
        "unloaded_target": place["rests"],
        "unloading_s": value["unloading_s" if lies else "unloading_up_s"],
        "water_target": place["rests"],
        "water_s": value["hydration_s" if lies else "hydration_up_s"],
        "stature_unloading_mm": size * value["stature_unloading_mm"],
        "stature_water_mm": size * _wet(patient, value) * value["stature_water_mm"],
    }


def _wet(patient: Patient, value: Row) -> float:
    """Return what age leaves of the water that comes and goes; all of it up to the age of Wilke's subject."""
    return max(1.0 - value["water_per_year"] * max(patient.age_years - REFERENCE_AGE_YEARS, 0.0), 0.0)


def _region(patient: Patient, value: Row, levels: list[Row]) -> Row:
    """Return what all levels have in common: their creep together, and which disc is looked at."""
    creep = sum(level["creep_weight"] * level["eta"] for level in levels)
    for level in levels:
        level["creep_share"] = level["creep_weight"] * level["eta"] / creep
    return {
        "creep_1_mm_per_n": creep * value["creep_1_mm_per_n"],
        "creep_2_mm_per_n": creep * value["creep_2_mm_per_n"],
        "level_index": float(patient.level_index),
        "levels": float(len(levels)),
    }


def _level(patient: Patient, value: Row, place: Row, flexion_deg: float, index: int) -> Row:
    """Return the coefficients of one disc."""
    name, grade = patient.levels[index], patient.grades[index]
    own = {part: value[f"level.{name}.{part}"] for part in ("area_factor", "height_factor", "load_share")}
    # a disc other than the patient's is healthy: its rows are those of a healthy disc
    disc = "" if name == patient.level else "healthy."
    size = patient.height_m / NOMINAL_HEIGHT_M
    area = size * size * (value["female_area_factor"] if patient.sex == "female" else 1.0)
    weak = value[f"grade.{grade}.pressure_factor"]
    rest = weak / value[f"grade.{round(value[f'{disc}reference_grade'])}.pressure_factor"]
    heavier = patient.mass_kg / REFERENCE_MASS_KG / area
    load = place["load"] * (1.0 - place["mass_share"] + place["mass_share"] * heavier)
    load *= 1.0 + abs(flexion_deg) * place["load_per_deg" if flexion_deg > 0.0 else "load_per_deg_back"]
    area_mm2 = value["disc_area_mm2"] * own["area_factor"] * area
    lying_kpa = value[f"{disc}rest_pressure_kpa"] * rest * own["load_share"] / own["area_factor"]
    lying_n = value["rest_load_n"] * own["load_share"] * area
    share = value["transmitted_share"]
    share += (1.0 - share) * place["tension_crosses"]
    taller = value[f"level.{name}.height_factor"]
    water = _wet(patient, value) * value[f"grade.{grade}.water_factor"]
    # a taller disc gives more under the same pull, and what is pressed together more is stiffer
    stiffness = young_to_old(value, patient.age_years) * value["stiffness_factor"] / taller
    stiffness *= 1.0 + value["stiffness_per_n"] * max(load - 1.0, 0.0) * lying_n
    creep = math.exp(_aged(value, patient.age_years) * math.log(value["old_creep_factor"]))
    return {
        "eta": share * value[f"level.{name}.tension_share"],
        "stiffness_n_per_mm": stiffness * value[f"grade.{grade}.stiffness_factor"],
        "creep_weight": taller * creep * value["creep_factor"] * value[f"grade.{grade}.creep_factor"],
        "rest_pressure_kpa": lying_kpa * load,
        "tension_gain_kpa_per_n": KPA_PER_MPA * value["load_factor"] * weak / area_mm2,
        "compression_gain_kpa_per_n": lying_kpa / lying_n,
        "hydration_kpa": value[f"{disc}hydration_kpa"]
        * water
        * rest
        * own["load_share"]
        / own["area_factor"],
        "negative_scale_kpa": value[f"{disc}negative_scale_kpa"],
        "rest_load_n": lying_n * load,
        "area_mm2": area_mm2,
        "height_mm": value["disc_height_mm"]
        * own["height_factor"]
        * size
        * value[f"grade.{grade}.height_factor"],
        "unloading_mm": value["unloading_mm"] * own["height_factor"] * size,
        "posterior_arm_mm": value["posterior_arm_mm"] * math.sqrt(own["area_factor"] * area),
        "turning_share": value[f"level.{name}.turning_share"],
        "water_when_up": 1.0 - water * (1.0 - value["water_when_up"]),
    }
