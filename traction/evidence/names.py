"""The words a case may use: quantities with their units, postures, levels and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

QUANTITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tension_n": "N",
        "disc_load_n": "N",
        "disc_pressure_kpa": "kPa",
        "disc_pressure_mmhg": "mmHg",
        "segment_elongation_mm": "mm",
        "lumbar_elongation_mm": "mm",
        "stature_change_mm": "mm",
        "posterior_height_change_mm": "mm",
        "anterior_height_change_mm": "mm",
        "hernia_area_change_pct": "%",
        "canal_area_change_pct": "%",
        "foramen_width_change_pct": "%",
        "root_contact_pressure_mmhg": "mmHg",
        "muscle_activity_pct_mva": "%MVA",
        "travel_mm": "mm",
        "disc_water_index": "1",
    }
)
"""Quantity -> its unit; "1" is a plain number."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "lumbar": ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"),
        "cervical": ("C2-C3", "C3-C4", "C4-C5", "C5-C6", "C6-C7", "C7-T1"),
    }
)
"""Region -> its discs from the top down; a list of grades is in this order."""

NOMINAL_LEVEL: Final[Mapping[str, str]] = MappingProxyType({"lumbar": "L4-L5", "cervical": "C5-C6"})

COUCHES: Final = ("split", "fixed")
POSTURES: Final = ("prone", "supine", "side", "standing", "sitting", "suspended")
WAVES: Final = ("constant", "sine")
SEXES: Final = ("male", "female")
DISCS: Final = ("healthy", "herniated")
OVERS: Final = ("min", "max", "mean")
RELATIONS: Final = ("less", "greater", "difference", "ratio")

RATIO_UNIT: Final = "1"
