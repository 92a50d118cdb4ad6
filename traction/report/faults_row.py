"""A campaign of faults, and one case of it, as JSON and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from traction.campaign.campaign import Found, Report
from traction.campaign.case import Case, as_row
from traction.campaign.history import DUMP, ENABLED, TICK_MS, History
from traction.campaign.oracle import Verdict
from traction.hazards.load import load_hazards
from traction.report.hazard_figures import About
from traction.report.hazard_html import CLAIM
from traction.report.hazard_row import about_row
from traction.sim.faults import FOR_EVER
from traction.wire import codes

_SHOWN: Final = 40
"""So many that fail are told one by one; JSON has all of them."""


def replay_of(seed: int, faults: int | None) -> str:
    """Return the command that shows the session of a seed."""
    return f"traction faults replay {seed}" + ("" if faults is None else f" --faults {faults}")


def report_row(report: Report, faults: int | None, about: About) -> dict[str, Any]:
    """Return a campaign as a JSON value: forces in N, times in ms or s, margins as shares.

    A hazard that is in ``worst`` has had a session; its budget is what ``hardware/hazards.toml`` allows.
    """
    budgets = {one.name: one.within for one in load_hazards().hazards}
    return {
        "claim": CLAIM,
        "about": about_row(about),
        "sessions": report.sessions,
        "wanted": report.wanted,
        "faulty": report.faulty,
        "interrupted": report.interrupted,
        "escapes": [_escape(one, faults) for one in report.escapes],
        "false_trips": len(report.false_trips),
        "false_trip_replays": [replay_of(seed, faults) for seed in report.false_trips],
        "sessions_per_s": round(report.sessions_per_s, 2),
        "wall_s": round(report.wall_s, 3),
        "cpu_s": round(report.cpu_s, 3),
        "virtual_s": round(report.virtual_s, 2),
        "worst": {
            name: {
                "sessions": one.runs,
                "overshoot_n": one.overshoot_n,
                "detect_ms": one.detect_ms,
                "react_ms": one.react_ms,
                "budget": budgets.get(name),
                "margin": one.margin,
                "seed": one.seed,
                "replay": None if one.seed is None else replay_of(one.seed, faults),
            }
            for name, one in sorted(report.worst.items())
        },
        "outcomes": dict(sorted(report.outcomes.items())),
        "hits": _hits(report),
    }


def _escape(found: Found, faults: int | None) -> dict[str, Any]:
    one = found.escape
    return {
        "seed": found.seed,
        "invariant": one.invariant,
        "replay": replay_of(found.seed, faults),
        "at_ms": one.at_ms,
        "found": _finite(one.found),
        "bound": _finite(one.bound),
        "says": one.says,
    }


def _finite(value: float) -> float | None:
    """Return ``value`` for JSON: None for what never came, which has no number there."""
    return round(value, 3) if math.isfinite(value) else None


def _hits(report: Report) -> dict[str, dict[str, int]]:
    """Return fault -> state of the controller at its onset -> how often."""
    table: dict[str, dict[str, int]] = {}
    for (fault, state), count in sorted(report.hits.items()):
        table.setdefault(fault, {})[state] = count
    return table


def report_lines(report: Report, faults: int | None) -> Iterator[str]:
    """Yield what a campaign has found in words: how to repeat each failure, the tightest hazards, counts."""
    for found in report.escapes[:_SHOWN]:
        one = found.escape
        yield (
            f"{one.invariant} broke at {one.at_ms / 1000:.2f} s: {one.found:.1f} {one.says}, "
            f"allowed {one.bound:.1f}"
        )
        yield f"  {replay_of(found.seed, faults)}"
    for seed in report.false_trips[:_SHOWN]:
        yield "a healthy session did not complete"
        yield f"  {replay_of(seed, faults)}"
    counts = len(report.escapes), len(report.false_trips)
    more = sum(max(0, count - _SHOWN) for count in counts)
    if more:
        yield f"and {more} more: --json has all {sum(counts)}"
    tight = sorted(
        (one.margin, name, one.seed) for name, one in report.worst.items() if one.margin is not None
    )
    for margin, name, worst in tight[:5]:
        yield f"{name}: {100 * margin:.0f} % of what is allowed was left, in seed {worst}"
    stopped = ", interrupted" if report.interrupted else ""
    yield (
        f"{report.sessions} sessions of {report.wanted}{stopped}, {report.virtual_s / 3600:.1f} h of virtual "
        f"time, {report.sessions_per_s:.1f} a second"
    )
    yield f"{len(report.escapes)} escapes, {len(report.false_trips)} false trips"


def case_row(case: Case, history: History, verdict: Verdict) -> dict[str, Any]:
    """Return one case and what came of it as a JSON value."""
    result = history.result
    return {
        "case": as_row(case),
        "outcome": None if result is None else str(result.outcome),
        "causes": [] if result is None else [[one.code, one.detail, one.t_us / 1e6] for one in result.causes],
        "onsets_ms": [None if one is None else history.at_ms(one) for one in history.onsets],
        "escapes": [
            {
                "invariant": one.invariant,
                "at_ms": one.at_ms,
                "found": _finite(one.found),
                "bound": _finite(one.bound),
                "says": one.says,
            }
            for one in verdict.escapes
        ],
        "false_trip": verdict.false_trip,
        "measures": {
            name: {
                "overshoot_n": one.overshoot_n,
                "detect_ms": one.detect_ms,
                "react_ms": one.react_ms,
                "margin": one.margin,
            }
            for name, one in sorted(verdict.measures.items())
        },
        "digest": history.digest(),
    }


def case_lines(case: Case, history: History, verdict: Verdict) -> Iterator[str]:
    """Yield one case in words: who, what goes wrong when, what the controller did, what the oracle says."""
    rig, result = case.rig, history.result
    yield f"{rig.region}, {rig.drive} drive, {case.transport}, {rig.mass_kg:g} kg, seed {case.seed}"
    for one, onset in zip(case.injections, history.onsets, strict=True):
        when = "not reached" if onset is None else f"at {history.at_ms(onset) / 1000:.2f} s"
        if onset is not None and one.span_ms != FOR_EVER and not one.fault.at_once:
            when += f", for {one.span_ms / 1000:g} s"
        value = "" if one.value is None else f" {one.value:g}"
        yield f"fault: {one.fault.name}{value} {when}: {one.fault.does}"
    for wish in case.wishes:
        yield f"asked for: {wish.what} at {wish.at_ms / 1000:.2f} s"
    yield from _states(history)
    if result is None:
        yield "the host was killed"
    else:
        for cause in result.causes:
            yield f"host, at {cause.t_us / 1e6:.2f} s: {cause.outcome} {cause.code} {cause.detail}"
    for name, measure in sorted(verdict.measures.items()):
        yield (
            f"{name}: {measure.overshoot_n:.1f} N above the cap, seen after {_ms(measure.detect_ms)}, "
            f"unloading after {_ms(measure.react_ms)}, {100 * measure.margin:.0f} % of what is allowed left"
        )
    for escape in verdict.escapes:
        yield (
            f"{escape.invariant} broke at {escape.at_ms / 1000:.2f} s: {escape.found:.1f} {escape.says}, "
            f"allowed {escape.bound:.1f}"
        )
    if verdict.false_trip:
        yield "a healthy session did not complete"
    if not verdict.escapes and not verdict.false_trip:
        yield "every invariant held"


def _ms(value: float | None) -> str:
    return "(not seen)" if value is None else f"{value:.0f} ms"


def _states(history: History) -> Iterator[str]:
    before: tuple[int, ...] = ()
    for index in range(history.ticks):
        marks = history.marks[index]
        now = history.state(index), marks & ENABLED, marks & DUMP, history.fault[index]
        if now != before and index >= (history.start or 0):
            fault = f", {codes.FAULT_NAMES.get(now[3], now[3])}" if now[3] else ""
            power = "powered" if now[1] else "release open" if now[2] else "off"
            yield (
                f"table, at {history.at_ms(index) / 1000:.2f} s: {codes.STATE_NAMES[now[0]]}, "
                f"{power}{fault}, {history.force_mn[index] / 1000:.1f} N"
            )
        before = now


def picture(history: History) -> tuple[list[float], list[float]]:
    """Return s from the first start and N of true force, of every tick from there."""
    start = history.start or 0
    forces = [force / 1000 for force in history.force_mn[start:]]
    return [index * TICK_MS / 1000 for index in range(len(forces))], forces
