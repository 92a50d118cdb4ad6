"""Fit the free numbers of the model to the published bands: bounded least squares with stated priors.

A figure counts by its distance from the aim of its case, half a band being two standard deviations, and is
pushed back hard where it comes near the edge. What is believed beforehand counts as one more figure for each
free number. So what the evidence does not decide stays where it was believed to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import qmc

from traction.evidence.calibrate_figures import Bench, Figure, scored
from traction.evidence.library import Library
from traction.evidence.measure import Floats
from traction.sim.parameter import Parameter, parameter_tables

SIGMAS_IN_HALF_BAND = 2.0
SIGMAS_IN_RANGE = 4.0
STEP = 1e-2
"""Of the range of a number: by how much it is moved to see what follows."""

OPEN_SCALE = 0.15
"""How wide a band of one bound is taken to be, of that bound."""

IDENTIFIED = 0.5**0.5
"""A number counts as calibrated when the evidence leaves less than this of its standard deviation: then the
evidence says more about it than was believed beforehand."""


@dataclass(frozen=True, slots=True)
class Free:
    """One free number: its full name, row, and what is believed beforehand."""

    name: str
    row: Parameter
    prior: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``calibrate.toml`` says."""

    free: tuple[Free, ...]
    aim: Mapping[str, float]
    also: tuple[str, ...]
    seed: int
    starts: int
    polished: int
    margin: float
    push: float
    digits: int
    members: int
    rounds: int
    vary: tuple[str, ...]

    @property
    def low(self) -> Floats:
        """Return the lower ends of the ranges."""
        return np.array([one.row.low for one in self.free])

    @property
    def high(self) -> Floats:
        """Return the upper ends of the ranges."""
        return np.array([one.row.high for one in self.free])

    @property
    def shipped(self) -> Floats:
        """Return the shipped values."""
        return np.array([one.row.value for one in self.free])

    def named(self, values: Floats) -> dict[str, float]:
        """Return values by full name."""
        return {one.name: float(value) for one, value in zip(self.free, values, strict=True)}


def load_plan() -> Plan:
    """Return the shipped plan; raises KeyError for a number that the model does not have."""
    import tomllib

    text = resources.files("traction.evidence").joinpath("calibrate.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)
    free = []
    for name, one in found.pop("free").items():
        row = row_of(name)
        free.append(Free(name, row, one["prior"], one.get("sigma", (row.high - row.low) / SIGMAS_IN_RANGE)))
    also, vary = tuple(found.pop("also")), tuple(found.pop("vary"))
    return Plan(free=tuple(free), also=also, vary=vary, **found)


def row_of(name: str) -> Parameter:
    """Return the shipped row of a parameter by its full name."""
    table, _, row = name.rpartition(".")
    return parameter_tables()[table][row]


class Problem:
    """The residuals of parameter sets, many at a time, in units of one standard deviation."""

    def __init__(self, plan: Plan, library: Library) -> None:
        self.plan = plan
        self.bench = Bench(library, scored(library, plan.also))
        self._sigma = np.array([one.sigma for one in plan.free])
        self._prior = np.array([one.prior for one in plan.free])

    def distances(self, points: Floats) -> Floats:
        """Return how far each figure is from its aim, 1 at the edge of its band: [n_points, n_cases]."""
        figures = self.bench.figures([self.plan.named(point) for point in points])
        return np.stack([_distance(figure, self.plan.aim) for figure in figures], axis=1)

    def residuals(self, points: Floats) -> Floats:
        """Return the residuals of every point: three blocks, of aims, edges and priors."""
        distances = self.distances(points)
        edges = np.maximum(np.abs(distances) - self.plan.margin, 0.0) ** 2 * self.plan.push
        believed = (points - self._prior) / self._sigma
        return np.concatenate([SIGMAS_IN_HALF_BAND * distances, edges, believed], axis=1)

    def slopes(self, point: Floats) -> Floats:
        """Return the derivative of the residuals by every number at ``point``, all moved at once."""
        step = np.diag(STEP * (self.plan.high - self.plan.low))
        above, below = (np.clip(point + way * step, self.plan.low, self.plan.high) for way in (1.0, -1.0))
        moved = self.residuals(np.vstack([above, below]))
        slopes: Floats = ((moved[: point.size] - moved[point.size :]) / np.diag(above - below)[:, None]).T
        return slopes

    def polish(self, start: Floats, most: int = 60) -> tuple[Floats, float]:
        """Return the point that least squares come to from ``start``, and its cost."""

        def at(point: Floats) -> Floats:
            return np.asarray(self.residuals(point[np.newaxis])[0])

        found = least_squares(
            at,
            np.clip(start, self.plan.low, self.plan.high),
            jac=self.slopes,
            bounds=(self.plan.low, self.plan.high),
            x_scale=self._sigma,
            xtol=1e-6,
            ftol=1e-8,
            gtol=1e-8,
            max_nfev=most,
        )
        return found.x, float(found.cost)

    def fit(self) -> Floats:
        """Return the best point that is found from first guesses all over the ranges; the same every time."""
        plan = self.plan
        guesses = qmc.LatinHypercube(len(plan.free), seed=plan.seed).random(plan.starts)
        points = np.vstack([self._prior, plan.low + guesses * (plan.high - plan.low)])
        costs = 0.5 * (np.nan_to_num(self.residuals(points), nan=1e3) ** 2).sum(axis=1)
        best = sorted(range(1, len(points)), key=lambda one: costs[one])[: plan.polished]
        ends = [self.polish(points[one]) for one in (0, *best)]
        return min(ends, key=lambda end: end[1])[0]

    def left(self, point: Floats) -> Floats:
        """Return how much of what was uncertain beforehand the evidence leaves of each number, 0 to 1."""
        count = len(self.bench.cases)
        data = self.slopes(point)[:count] * self._sigma
        covariance = np.linalg.inv(data.T @ data + np.eye(len(self.plan.free)))
        return np.asarray(np.sqrt(np.diag(covariance)))

    def directions(self, point: Floats) -> tuple[Floats, Floats]:
        """Return the singular values of what the evidence says, and the direction of each as a row."""
        data = self.slopes(point)[: len(self.bench.cases)] * self._sigma
        _, values, rows = np.linalg.svd(data, full_matrices=False)
        return values, rows


def _distance(figure: Figure, aims: Mapping[str, float]) -> Floats:
    """Return the distance of a figure from its aim: 1 at the edge of its band. 0 well inside an open one."""
    (low, high), value = figure.band, figure.value
    if low is not None and high is not None:
        aim = aims.get(figure.case.id, 0.5 * (low + high))
        return np.where(value > aim, (value - aim) / (high - aim), (value - aim) / max(aim - low, 1e-12))
    bound = low if low is not None else high
    assert bound is not None
    size = OPEN_SCALE * (abs(bound) or float(np.median(np.abs(figure.own))) or 1.0)
    beyond = (bound - value) / size if low is not None else (value - bound) / size
    return np.maximum(1.0 + beyond, 0.0) * (-1.0 if low is not None else 1.0)


def rounded(values: Sequence[float], digits: int) -> list[float]:
    """Return values with so many significant digits."""
    return [float(f"{value:.{digits}g}") for value in values]
