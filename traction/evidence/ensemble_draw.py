"""Draw the ensemble: parameter sets all over their ranges that every scored case holds for.

A walk from the calibrated values: each member in turn takes new values for a few numbers, anywhere in their
ranges or near where they are, and keeps them when every scored case still holds. In the long run that draws
evenly from all sets that pass; the walk is short, so the numbers that matter most stay near the fitted ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from traction.evidence.calibrate_fit import Plan, row_of
from traction.evidence.measure import Floats
from traction.sim.parameter import Parameter

Passes = Callable[[Sequence[dict[str, float]]], Sequence[bool]]

MOST_AT_ONCE = 8
"""So many numbers move in one step at most."""

NEAR = 0.1
"""Of a range: how far a step goes that stays near, one standard deviation."""

DIGITS = 5

HEAD = """\
# The ensemble: {members} parameter sets for which every scored shipped case holds, for bands of predictions.
#
# Written by: python -m traction.evidence.calibrate --ensemble --write
# A walk of {rounds} rounds from the calibrated values, seed {seed}; {kept} of {tried} steps were kept.
# A row of ``values`` is one set, in the order of ``names``; every value lies in the range of its parameter.
"""


def names_of(plan: Plan) -> tuple[str, ...]:
    """Return the full names of everything that differs between members: what is fitted, then the rest."""
    return tuple(one.name for one in plan.free) + plan.vary


def draw(plan: Plan, passes: Passes, report: Callable[[str], None]) -> tuple[Floats, int, int]:
    """Return the members, shape [members, names], and how many steps were kept, of how many.

    ``passes`` says of parameter sets which hold. The same plan and parameters give the same members.
    """
    names = names_of(plan)
    rows = [row_of(name) for name in names]
    low, high = np.array([row.low for row in rows]), np.array([row.high for row in rows])
    rng = np.random.Generator(np.random.PCG64(plan.seed))
    here = np.tile([row.value for row in rows], (plan.members, 1))
    kept = tried = 0
    for number in range(plan.rounds):
        wanted = np.array([_moved(rng, point, low, high) for point in here])
        held = np.array(passes([named(names, point, rows) for point in wanted]))
        here[held] = wanted[held]
        kept, tried = kept + int(held.sum()), tried + held.size
        report(f"ensemble: round {number + 1} of {plan.rounds}, {kept} of {tried} steps kept\n")
    return here, kept, tried


def _moved(rng: np.random.Generator, point: Floats, low: Floats, high: Floats) -> Floats:
    """Return ``point`` with a few numbers moved, rounded as they will be written."""
    which = rng.choice(point.size, size=int(rng.integers(1, MOST_AT_ONCE + 1)), replace=False)
    anywhere = rng.random(which.size) < 0.5
    far = rng.uniform(low[which], high[which])
    near = point[which] + NEAR * (high - low)[which] * rng.standard_normal(which.size)
    found = point.copy()
    found[which] = np.clip(np.where(anywhere, far, near), low[which], high[which])
    return np.array([float(f"{value:.{DIGITS}g}") for value in found])


def named(names: Sequence[str], point: Floats, rows: Sequence[Parameter]) -> dict[str, float]:
    """Return one member by full name; rounding does not leave a range."""
    return {
        name: min(max(float(value), row.low), row.high)
        for name, value, row in zip(names, point, rows, strict=True)
    }


def as_text(plan: Plan, members: NDArray[np.float64], kept: int, tried: int) -> str:
    """Return the file of the ensemble."""
    head = HEAD.format(members=len(members), rounds=plan.rounds, seed=plan.seed, kept=kept, tried=tried)
    rows = [row_of(name) for name in names_of(plan)]
    lines = [head, "names = [", *(f'    "{name}",' for name in names_of(plan)), "]", "values = ["]
    for member in members:
        values = named(names_of(plan), member, rows).values()
        lines.append(f"    [{', '.join(repr(value) for value in values)}],")
    return "\n".join([*lines, "]", ""])
