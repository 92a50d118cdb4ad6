"""A campaign of faults as one JSON value: everything that its page says, pictures as series."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from traction.report.hazard_figures import About, Evidence, HazardFigures
from traction.report.hazard_html import CLAIM


def hazard_row(evidence: Evidence) -> dict[str, Any]:
    """Return the campaign as a JSON value; times in ms, forces in N, margins as shares."""
    return {
        "title": evidence.title,
        "claim": CLAIM,
        "about": about_row(evidence.about),
        "passed": evidence.passed,
        "sessions": evidence.sessions,
        "counts": dict(evidence.counts),
        "escapes": [asdict(one) for one in evidence.escapes],
        "false_trips": [asdict(one) for one in evidence.false_trips],
        "hazards": [_hazard(one) for one in evidence.hazards],
    }


def about_row(about: About) -> dict[str, Any]:
    """Return where and by what something was made as a JSON value."""
    return {**asdict(about), "packages": dict(about.packages)}


def _hazard(one: HazardFigures) -> dict[str, Any]:
    hazard = one.hazard
    return {
        "name": hazard.name,
        "title": hazard.title,
        "severity": hazard.severity,
        "sessions": one.runs,
        "overshoot_n": one.overshoot_n,
        "detect_ms": one.detect_ms,
        "react_ms": one.react_ms,
        "budget": hazard.within,
        "budget_ms": one.budget_ms,
        "margin": one.margin,
        "worst_case": one.case or None,
        "replay": one.replay or None,
        "escapes": list(one.escapes),
        "state": one.state,
        "status": hazard.status,
        "faults": list(hazard.faults),
        "alone": list(hazard.alone),
        "lacks": {control.layer: control.lacks for control in hazard.controls if control.lacks},
        "unproved": hazard.unproved or None,
        "picture": None if one.picture is None else asdict(one.picture),
    }
