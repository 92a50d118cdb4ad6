"""Say whether what was simulated is what was published. Bounds belong to the band; NaN is never inside."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from traction.evidence.case import Band, Case, Reading
from traction.evidence.measure import Floats, ratio
from traction.evidence.names import RATIO_UNIT


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of holding a case against another: ``other_value``, and ``value`` of both in ``band``.

    ``value`` is the difference or ratio; for less and greater it is the case's own figure, and the other
    figure is the bound it has to stay away from.
    """

    relation: str
    other: str
    other_value: float
    value: float
    band: Band
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the table prints of one case.

    ``value`` is held against ``band``: those of ``expect`` where it states a band, else of the comparison.
    ``ensemble`` is the least and greatest of ``value`` over the shipped parameter sets, or None where there
    are none or one is not finite.
    """

    case: Case
    reading: Reading
    value: float
    band: Band
    unit: str
    inside: bool
    ensemble: tuple[float, float] | None = None
    comparison: Comparison | None = None


def judge(case: Case, reading: Reading, own: Floats, other: Floats | None = None) -> Verdict:
    """Return the verdict on a case from its figure ``own`` and that of the case it is compared with.

    Shape of both: [1 + members]; the first is that of the shipped parameters and decides, the rest are those
    of the ensemble. A case with both a band and a comparison is inside only when both hold.
    """
    expected = case.band
    shown, unit = own, reading.unit
    comparison = None
    inside = math.isfinite(own[0]) and (case.reading is None or expected.holds(float(own[0])))
    if case.compare is not None:
        assert other is not None
        formed = _formed(case.compare.relation, own, other)
        comparison = _compared(case, own, other, float(formed[0]))
        inside = inside and comparison.holds
        if not expected.stated:
            shown, expected = formed, comparison.band
            unit = _unit(case.compare.relation, reading)
    return Verdict(case, reading, float(shown[0]), expected, unit, inside, _spread(shown[1:]), comparison)


def _formed(relation: str, own: Floats, other: Floats) -> Floats:
    if relation == "difference":
        return own - other
    return ratio(own, other) if relation == "ratio" else own


def _unit(relation: str, reading: Reading) -> str:
    return RATIO_UNIT if relation == "ratio" else reading.unit


def _compared(case: Case, own: Floats, other: Floats, formed: float) -> Comparison:
    assert case.compare is not None
    relation, band = case.compare.relation, case.compare.band
    mine, theirs = float(own[0]), float(other[0])
    finite = math.isfinite(mine) and math.isfinite(theirs)
    if relation == "less":
        holds, band = mine < theirs, Band(high=theirs if finite else None)
    elif relation == "greater":
        holds, band = mine > theirs, Band(low=theirs if finite else None)
    else:
        holds = band.holds(formed)
    return Comparison(relation, case.compare.other, theirs, formed, band, finite and holds)


def _spread(values: Floats) -> tuple[float, float] | None:
    if values.size == 0 or not np.isfinite(values).all():
        return None
    return float(values.min()), float(values.max())
