"""The tables of docs/calibration.md: what was fitted, to what, and what the evidence says of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from traction.evidence.calibrate import how
from traction.evidence.calibrate_figures import Figure
from traction.evidence.calibrate_fit import Plan, Problem, load_plan
from traction.evidence.ensemble import members
from traction.evidence.ensemble_draw import names_of
from traction.evidence.library import load_library
from traction.evidence.measure import Floats

LOUD = 0.3
"""A number takes part in a direction when it has at least this much of it."""

FAINT = 0.1
"""Directions of a smaller singular value are only counted."""

CLEAR = 1.0
"""A direction is decided when the evidence says more of it than was believed: singular value above one."""


def markdown() -> str:
    """Return the generated part of the page."""
    plan = load_plan()
    problem = Problem(plan, load_library())
    point = plan.shipped
    blocks = (_numbers(plan, problem.left(point)), _directions(plan, problem, point), _cases(problem, point))
    return "\n\n".join("\n".join(block) for block in blocks)


def _numbers(plan: Plan, left: Floats) -> Iterator[str]:
    sets = members()
    yield "| number | value | range | believed | left | how | ensemble |"
    yield "|---|---|---|---|---|---|---|"
    for one, rest in zip(plan.free, left, strict=True):
        row, drawn = one.row, [values[one.name] for values in sets]
        spread = f"{min(drawn):.3g} to {max(drawn):.3g}" if drawn else "-"
        yield (
            f"| `{one.name}` | {row.value:.4g} {row.unit} | {row.low:g} to {row.high:g} "
            f"| {one.prior:g} +- {one.sigma:.3g} | {100 * rest:.0f} % | {how(float(rest))} | {spread} |"
        )
    rest_of_them = [name for name in names_of(plan) if name not in plan.named(plan.shipped)]
    yield ""
    yield f"Not fitted, but different in each member of the ensemble: {', '.join(map(_code, rest_of_them))}."


def _directions(plan: Plan, problem: Problem, point: Floats) -> Iterator[str]:
    values, rows = problem.directions(point)
    yield "| singular value | made of |"
    yield "|---|---|"
    for value, row in zip(values[values >= FAINT], rows, strict=False):
        signed = row * np.sign(row[np.argmax(np.abs(row))])
        loud = [place for place in np.argsort(-np.abs(signed)) if abs(signed[place]) >= LOUD]
        made = ", ".join(
            f"{'-' if signed[place] < 0 else ''}`{plan.free[place].name.rpartition('.')[2]}`"
            for place in loud
        )
        yield f"| {value:.2g} | {made} |"
    decided = int((values > CLEAR).sum())
    yield ""
    unseen = int((values < FAINT).sum())
    yield f"Of {values.size} directions {decided} are decided by the evidence (above {CLEAR:g}), and {unseen}"
    yield f"it hardly sees (below {FAINT:g}; not shown)."


def _cases(problem: Problem, point: Floats) -> Iterator[str]:
    distances = problem.distances(point[np.newaxis])[0]
    figures = problem.bench.figures([problem.plan.named(point)])
    yield "| case | simulated | band | distance from its aim |"
    yield "|---|---|---|---|"
    for figure, distance in zip(figures, distances, strict=True):
        yield f"| `{figure.case.id}` | {figure.value[0]:.4g} | {_band(figure)} | {distance + 0.0:.2f} |"


def _band(figure: Figure) -> str:
    low, high = ("" if bound is None else f"{bound:g}" for bound in figure.band)
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"


def _code(name: str) -> str:
    return f"`{name}`"
