"""One verdict over several proofs: the smallest margin of each kind, and every kind of reason once."""

from __future__ import annotations

from collections.abc import Iterable

from traction.errors import Problem
from traction.safety.verify import Margin


def worst_margins(proofs: Iterable[tuple[Margin, ...]]) -> tuple[Margin, ...]:
    """Return for each margin, in the order of the first proof, the one with the least left; NaN is least."""
    least: dict[str, Margin] = {}
    for margins in proofs:
        for margin in margins:
            known = least.get(margin.name)
            if known is None or (known.margin == known.margin and not margin.margin >= known.margin):
                least[margin.name] = margin
    return tuple(least.values())


def reasons(first: Iterable[Problem], others: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return every problem of the first proof, and of the others those of a kind not told yet."""
    told = list(first)
    kinds = {(one.code, one.field) for one in told}
    for problem in others:
        if (problem.code, problem.field) not in kinds:
            kinds.add((problem.code, problem.field))
            told.append(problem)
    return tuple(told)
