"""The verdicts on published cases as objects for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from traction.evidence.judge import Verdict


def validate_row(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return ``cases``, ``passed`` and ``failed``: the counts are of scored cases."""
    passed, failed = counts(verdicts)
    return {"cases": [_row(verdict) for verdict in verdicts], "passed": passed, "failed": failed}


def counts(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """Return how many scored cases hold, and how many do not."""
    scored = [verdict.inside for verdict in verdicts if verdict.case.score]
    return sum(scored), len(scored) - sum(scored)


def _row(verdict: Verdict) -> dict[str, Any]:
    case, comparison = verdict.case, verdict.comparison
    least, greatest = verdict.ensemble or (None, None)
    return {
        "id": case.id,
        "scored": case.score,
        "inside": verdict.inside,
        "value": _finite(verdict.value),
        "low": verdict.band.low,
        "high": verdict.band.high,
        "unit": verdict.unit,
        "source": case.source,
        "confirmed": case.confirmed,
        "url": case.url,
        "quantity": verdict.reading.quantity,
        "band_low": least,
        "band_high": greatest,
        "relation": comparison.relation if comparison else None,
        "other": comparison.other if comparison else None,
        "other_value": _finite(comparison.other_value) if comparison else None,
        "compared_value": _finite(comparison.value) if comparison else None,
        "compared_low": comparison.band.low if comparison else None,
        "compared_high": comparison.band.high if comparison else None,
        "file": case.place.file,
    }


def _finite(value: float) -> float | None:
    """Return the value, or None for what JSON has no number for."""
    return value if math.isfinite(value) else None
