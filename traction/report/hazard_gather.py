"""From a campaign to its report: the figures of each hazard, and its worst session again for a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Final

from traction.campaign.campaign import Report
from traction.campaign.case import Case
from traction.campaign.draw import draw
from traction.campaign.history import TICK_MS, History
from traction.campaign.measures import hazards_of
from traction.campaign.plans import plan_for
from traction.campaign.world import run
from traction.hazards.load import load_hazards
from traction.hazards.model import Hazard
from traction.report.faults_row import replay_of
from traction.report.hazard_about import about
from traction.report.hazard_figures import Evidence, ForcePicture, Found, HazardFigures
from traction.wire import codes

_MOST_MARKS: Final = 6


def gather(report: Report, command: str, faults: int | None = None) -> Evidence:
    """Return what the report of a campaign shows.

    ``command`` is what made it, ``faults`` the exact number of faults that its cases were drawn with. The
    session with the least margin of each hazard is run again, for its picture: some seconds.
    """

    def replay(seed: int) -> str:
        return replay_of(seed, faults)

    @cache  # one session is often the worst of several hazards
    def picture(seed: int) -> ForcePicture:
        return picture_of(draw(seed, faults=faults))

    escapes = tuple(
        Found(
            case=f"seed {one.seed}",
            what=one.escape.invariant,
            at_ms=one.escape.at_ms,
            found=f"{one.escape.found:.6g}",
            bound=f"{one.escape.bound:.6g} ({one.escape.says})",
            replay=replay(one.seed),
        )
        for one in report.escapes
    )
    trips = tuple(
        Found(f"seed {seed}", "a healthy session", None, "not COMPLETED", "COMPLETED", replay(seed))
        for seed in report.false_trips
    )
    known = load_hazards().hazards
    broke = _broke(report, faults)
    return Evidence(
        title="Faults, hazard by hazard",
        about=about(command),
        sessions=report.sessions,
        hazards=tuple(
            replace(_figures(one, report, replay, picture), escapes=broke.get(one.name, ())) for one in known
        ),
        escapes=escapes,
        false_trips=trips,
        counts=tuple(_counts(report)),
    )


def _broke(report: Report, faults: int | None) -> dict[str, tuple[str, ...]]:
    """Return hazard -> the sessions in which an invariant broke and that had a fault of it."""
    found: dict[str, tuple[str, ...]] = {}
    for seed in sorted({one.seed for one in report.escapes}):
        case = draw(seed, faults=faults)
        for name in {name for one in case.injections for name in hazards_of(one.fault.name)}:
            found[name] = (*found.get(name, ()), f"seed {seed}")
    return found


def _figures(
    hazard: Hazard, report: Report, replay: Callable[[int], str], picture: Callable[[int], ForcePicture]
) -> HazardFigures:
    worst = report.worst.get(hazard.name)
    if worst is None:
        return HazardFigures(hazard)
    seed = worst.seed
    return HazardFigures(
        hazard=hazard,
        runs=worst.runs,
        overshoot_n=worst.overshoot_n,
        detect_ms=worst.detect_ms,
        react_ms=worst.react_ms,
        margin=worst.margin,
        case="" if seed is None else f"seed {seed}",
        replay="" if seed is None else replay(seed),
        picture=None if seed is None else picture(seed),
    )


def _counts(report: Report) -> Iterable[tuple[str, str]]:
    healthy = report.sessions - report.faulty
    yield "sessions", f"{report.sessions} of {report.wanted} wanted, {healthy} of them without a fault"
    yield "time simulated", f"{report.virtual_s / 3600:.1f} h"
    yield "ended", ", ".join(f"{number} {name}" for name, number in report.outcomes.most_common())
    if report.wall_s > 0.0:
        yield "speed", f"{report.sessions_per_s:.1f} sessions a second"
    if report.interrupted:
        yield "interrupted", "before all seeds were run"


def picture_of(case: Case) -> ForcePicture:
    """Run a case and return its force over time: true and wanted, with what went wrong and what followed."""
    history = run(case)
    start = history.start or 0
    limits = plan_for(case.rig, case.plan, case.limits).limits
    ticks = range(start, history.ticks)
    return ForcePicture(
        t_s=tuple((index - start) * TICK_MS / 1000 for index in ticks),
        force_n=tuple(history.force_mn[index] / 1000 for index in ticks),
        limit_n=limits.max_force_n,
        target_n=tuple(
            history.target_un[index] / 1e6 if history.state(index) == codes.STATE_RUN else 0.0
            for index in ticks
        ),
        marks=tuple(_marks(case, history, start)),
    )


def _marks(case: Case, history: History, start: int) -> list[tuple[float, str]]:
    marks = [
        ((index - start) * TICK_MS / 1000, f"{one.fault.name} begins")
        for one, index in zip(case.injections, history.onsets, strict=True)
        if index is not None and index >= start
    ]
    left = (index for index in range(start + 1, history.ticks) if history.state(index) != codes.STATE_RUN)
    first = next(left, None) if history.start is not None else None
    if first is not None:
        state = codes.STATE_NAMES[history.state(first)].replace("_", " ").lower()
        why = codes.FAULT_NAMES.get(history.fault[first], "") if history.fault[first] else "as asked"
        marks.append(((first - start) * TICK_MS / 1000, f"{state}: {why}"))
    return sorted(marks)[:_MOST_MARKS]
