"""The ensemble: parameter sets that all agree with the evidence, for a band around each prediction.

``ensemble.toml``, made by ``ensemble_draw.py``, holds ``names``, the full names that parameters have in
``traction/sim/parameters.toml`` ("lumbar.disc.herniated.rest_pressure_kpa"), and a row of ``values`` a set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources

from traction.sim.parameter import parameter_tables

Values = Mapping[str, float]


def members() -> tuple[Values, ...]:
    """Return the shipped parameter sets, each as values by full name; empty where none is shipped."""
    import tomllib

    file = resources.files("traction.evidence").joinpath("ensemble.toml")
    if not file.is_file():
        return ()
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(dict(zip(found["names"], map(float, row), strict=True)) for row in found["values"])


def values_for(values: Values, region: str, couch: str, disc: str) -> dict[str, float]:
    """Return the values that concern a patient of this region, couch and disc, by the patient's own names.

    What belongs to another couch or disc, or what the region states for itself, is left out.
    """
    found: dict[str, float] = {}
    for owner in dict.fromkeys(("lumbar", region)):  # what a region does not state is the lumbar one's
        for name, value in values.items():
            table, _, row = name.rpartition(".")
            if table.startswith(f"{owner}.") and not _restated(table, row, owner, region):
                part = table.removeprefix(f"{owner}.")
                found |= dict.fromkeys(_own_names(part, row, couch, disc, owner == region), value)
    return found


def _restated(table: str, row: str, owner: str, region: str) -> bool:
    if owner == region:
        return False
    own = parameter_tables().get(table.replace(owner, region, 1), {})
    return row in own


def _own_names(part: str, row: str, couch: str, disc: str, own_region: bool) -> Iterator[str]:
    """Yield the names under which ``region_rows`` has a parameter of this part of a region's tables."""
    if part in ("base", f"couch.{couch}", f"disc.{disc}"):
        yield row
    if part == "disc.healthy":
        yield f"healthy.{row}"
    if part.startswith(("posture.", "grade.")) or (own_region and part.startswith("level.")):
        yield f"{part}.{row}"
