"""The checks of a table as one JSON object."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from traction.bench.result import CheckReport, Figure, Result

FORMAT = 1


def check_row(report: CheckReport) -> dict[str, Any]:
    """Return the report as plain values: the table, the verdicts, and every figure with its band."""
    return {
        "format": FORMAT,
        "signed_off": report.signed_off,
        "passed": report.passed,
        "failed": list(report.failed),
        "open": list(report.open),
        **asdict(report.about),
        "checks": [_result_row(result) for result in report.results],
    }


def _result_row(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "title": result.title,
        "verdict": str(result.verdict),
        "said": result.said,
        "figures": [_figure_row(figure) for figure in result.figures],
    }


def _figure_row(figure: Figure) -> dict[str, Any]:
    return {**asdict(figure), "inside": figure.inside if figure.is_judged else None}
