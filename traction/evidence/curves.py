"""The curves behind the cases: pressure against pull, lengthening against time, and the way back.

Each curve belongs to scenarios that were judged, so that a picture shows the published bands on the very
runs they were held against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from traction.evidence.case import Case
from traction.evidence.ensemble import Values
from traction.evidence.judge import Verdict
from traction.evidence.measure import Floats
from traction.evidence.run import Simulate, key_of
from traction.units import KPA_PER_MMHG

PULLS: Final = 25
INSTANTS: Final = 120
SUSTAINED_S: Final = 300.0
"""A pull held for less shows no creep."""

AFTER_S: Final = 90 * 60.0
MOST_CURVES: Final = 5
"""More curves in one panel cannot be told apart."""

MOST_LETTERS: Final = 30

_LENGTHS: Final = ("segment_elongation_mm", "lumbar_elongation_mm")
_PRESSURES: Final = ("disc_pressure_kpa", "disc_pressure_mmhg")


@dataclass(frozen=True, slots=True)
class Mark:
    """A published band at ``x``; None leaves a side open. ``value`` is what was simulated there."""

    x: float
    low: float | None
    high: float | None
    value: float
    inside: bool
    scored: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: ``x`` [n], ``y`` [1 + members, n], the shipped parameters first; and its marks."""

    label: str
    x: Floats
    y: Floats
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Curves:
    """What the picture shows: pressure mmHg over pull N, and lengths over minutes since the change.

    ``creep`` is in mm, ``lying`` the stature gained in mm, ``release`` the percentage of the lengthening
    that is left after the pull.
    """

    pressure: tuple[Curve, ...]
    creep: tuple[Curve, ...]
    lying: tuple[Curve, ...]
    release: tuple[Curve, ...]
    verdicts: tuple[Verdict, ...]


def curves_of(verdicts: Sequence[Verdict], members: Sequence[Values], simulate: Simulate) -> Curves:
    """Return the curves of the judged cases, each with its spread over ``members``."""
    creeping = _groups(verdicts, _creeps)
    lying = _groups(
        verdicts, lambda one: one.reading.quantity == "stature_change_mm" and not _pulled(one.case)
    )
    return Curves(
        pressure=tuple(_pressure(group, members, simulate) for group in _pressure_groups(verdicts)),
        creep=tuple(_over_time(group, members, simulate) for group in creeping),
        lying=tuple(_over_time(group, members, simulate) for group in lying),
        release=tuple(_released(group, members, simulate) for group in creeping),
        verdicts=tuple(verdicts),
    )


def _creeps(one: Verdict) -> bool:
    last = one.case.timeline[-1]
    return one.reading.quantity in _LENGTHS and last.pull > 0 and last.for_s >= SUSTAINED_S


def _groups(verdicts: Sequence[Verdict], wanted: Callable[[Verdict], bool]) -> list[list[Verdict]]:
    """Return the wanted verdicts that are read at an instant, those of one run and quantity together."""
    groups: dict[object, list[Verdict]] = {}
    for one in verdicts:
        if _plain(one, instant_only=False) and wanted(one):
            groups.setdefault((key_of(one.case), one.reading.quantity), []).append(one)
    stated = [group for group in groups.values() if any(one.case.band.stated for one in group)]
    # what is scored comes first where there is not room for all
    return sorted(stated, key=lambda group: not any(one.case.score for one in group))[:MOST_CURVES]


def _plain(one: Verdict, *, instant_only: bool) -> bool:
    """Say whether a verdict is on a quantity itself, at an instant (or as a gain since the start)."""
    reading = one.reading
    since = reading.minus_at_s is None or (not instant_only and reading.minus_at_s == 0.0)
    return reading.at_s is not None and since and reading.ratio_to_at_s is None


def _pressure_groups(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    """Return the pressures that differ only in the pull of the last entry, read in it; some pull there is."""
    groups: dict[object, list[Verdict]] = {}
    for one in verdicts:
        if one.reading.quantity in _PRESSURES and _plain(one, instant_only=True) and _in_last(one):
            last = replace(one.case.timeline[-1], pull=0.0, pull_unit="n")
            scene = (one.case.person, one.case.setup, one.case.timeline[:-1], last, one.reading.at_s)
            groups.setdefault(scene, []).append(one)
    pulled = [group for group in groups.values() if any(_last_pull(one.case) > 0 for one in group)]
    return pulled[:MOST_CURVES]


def _in_last(one: Verdict) -> bool:
    last = one.case.timeline[-1]
    at_s = one.reading.at_s or 0.0
    return at_s >= one.case.duration_s - last.for_s + last.ramp_s and last.wave == "constant"


def _last_pull(case: Case) -> float:
    return case.timeline[-1].pull


def _pulled(case: Case) -> bool:
    return any(stage.pull > 0 for stage in case.timeline)


def _pull_n(case: Case, simulate: Simulate) -> float:
    """Return the last pull in N; a share of a body weight nobody stated is read off the model."""
    if case.timeline[-1].pull_unit != "bw" or case.person.mass_kg is not None:
        return case.timeline[-1].pull_n(case.person.mass_kg or 0.0)
    end = np.asarray([case.duration_s])
    return float(simulate(case, (), end).quantity("tension_n", case.setup.level)[-1, 0])


def _pressure(group: Sequence[Verdict], members: Sequence[Values], simulate: Simulate) -> Curve:
    first = group[0]
    assert first.reading.at_s is not None
    pulls = [_pull_n(one.case, simulate) for one in group]
    steps = np.linspace(0.0, 1.1 * max(pulls), PULLS)
    columns = []
    for pull_n in steps:
        last = replace(first.case.timeline[-1], pull=float(pull_n), pull_unit="n")
        case = replace(first.case, timeline=(*first.case.timeline[:-1], last))
        run = simulate(case, members, np.asarray([first.reading.at_s]))
        columns.append(run.quantity("disc_pressure_mmhg", case.setup.level)[-1])
    marks = tuple(
        _mark(pull, one, 1.0 / KPA_PER_MMHG if one.reading.quantity.endswith("kpa") else 1.0)
        for pull, one in zip(pulls, group, strict=True)
        if one.case.band.stated
    )
    label = f"{first.case.timeline[-1].posture}, {first.case.setup.level}, {first.case.setup.couch} couch"
    return Curve(label, steps, np.stack(columns, axis=1), marks)


def _mark(x: float, one: Verdict, factor: float = 1.0) -> Mark:
    low, high = (
        None if bound is None else factor * bound for bound in (one.case.band.low, one.case.band.high)
    )
    return Mark(x, low, high, factor * one.value, one.inside, one.case.score)


def _begins_s(case: Case) -> float:
    """Return when the last entry begins."""
    return case.duration_s - case.timeline[-1].for_s


def _over_time(group: Sequence[Verdict], members: Sequence[Values], simulate: Simulate) -> Curve:
    first = group[0]
    begin_s, end_s = _begins_s(first.case), first.case.duration_s
    # evenly in the logarithm: what happens at once and what takes half an hour are both seen
    since = np.geomspace(1.0, end_s - begin_s, INSTANTS) if end_s - begin_s > 1.0 else np.asarray([0.0, 1.0])
    times = np.unique(np.append(begin_s, np.minimum(begin_s + since, end_s)))
    run = simulate(first.case, members, times)
    values = run.quantity(first.reading.quantity, first.case.setup.level).T
    if first.reading.minus_at_s is not None:
        values = values - values[:, :1]
    marks = tuple(
        _mark(((one.reading.at_s or 0.0) - begin_s) / 60.0, one) for one in group if one.case.band.stated
    )
    return Curve(_label(first), (run.time_s - begin_s) / 60.0, values, marks)


def _released(group: Sequence[Verdict], members: Sequence[Values], simulate: Simulate) -> Curve:
    """Let the pull of a creeping case go within ten seconds, and follow what is left for 90 minutes."""
    first = group[0]
    last = first.case.timeline[-1]
    let_go = replace(last, pull=0.0, pull_unit="n", wave="constant", ramp_s=10.0, for_s=AFTER_S)
    case = replace(first.case, timeline=(*first.case.timeline, let_go))
    begin_s = first.case.duration_s
    run = simulate(case, members, begin_s + np.linspace(0.0, AFTER_S, INSTANTS))
    values = run.quantity(first.reading.quantity, case.setup.level).T
    at_release = np.where(values[:, :1] == 0.0, np.nan, values[:, :1])
    return Curve(_label(first), (run.time_s - begin_s) / 60.0, 100.0 * values / at_release)


def _label(one: Verdict) -> str:
    """Name a curve by its author and what sets it apart: "Kurutz M, Bender T, 30 y"."""
    author = one.case.source.partition(".")[0] or one.case.id
    short = author if len(author) <= MOST_LETTERS else f"{author[: MOST_LETTERS - 3]}..."
    return ", ".join([short, *_facts(one)])


def _facts(one: Verdict) -> Iterator[str]:
    if one.case.person.age_years is not None:
        yield f"{one.case.person.age_years:g} y"
    if one.case.person.mass_kg is not None:
        yield f"{one.case.person.mass_kg:g} kg"
    if one.reading.quantity == "lumbar_elongation_mm":
        yield "whole region"
