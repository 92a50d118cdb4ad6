"""Conformance of a run: what was commanded against what was delivered, judged by a tolerance profile.

    from traction.bench.tolerance import load_tolerance
    from traction.report.conformance import conformance
    found = conformance(record, load_tolerance("yy-0697"))
    found.within, found.levels, found.remarks

Nothing here decides about safety, and nothing here says what a session did for anybody: it holds the forces
that the table's own load cells read against those that were commanded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from traction.bench.tolerance import STANDARD, load_tolerance, tolerance_names
from traction.report.conformance_levels import level_of
from traction.report.conformance_ramps import ramp_of
from traction.report.conformance_rows import POSITION, Conformance, Level, Measure, Over, Ramp
from traction.report.delivered import Delivered, delivered, span_s
from traction.report.recorded import INCOMPLETE, header_of, outcome_of
from traction.runner.states import State

if TYPE_CHECKING:
    from pathlib import Path

    from traction.bench.tolerance import Tolerance
    from traction.runner.reader import Record

APART_N: Final = 10.0
MOST_LEVELS: Final = 6
SHARES: Final = (0.25, 0.5, 0.75)
"""Thresholds of the time over them where nobody names any: half-way between the levels of the profile, for
the noise of a level itself would cross it all the time; with more levels than these, shares of its peak."""

RATE_S: Final = 0.5
"""A rate is the change over so long: over one sample it would be the noise of the cells."""

OTHER_N: Final = 0.5
"""A level commanded further than this from its plan was changed during the run."""

SHORTEST_TICKS: Final = 2
"""A span of so little may pass between two samples."""

SHORTEST_CLOCK_S: Final = 60.0
"""Two clocks that count whole milliseconds say nothing of a drift before."""


def conformance(record: Record, tolerance: Tolerance, *, thresholds_n: Sequence[float] = ()) -> Conformance:
    """Hold ``record`` against ``tolerance``; of a session that was cut short, what there is of it.

    ``thresholds_n``: for the time over them, by default half-way between the levels. Raises
    RecordError E610 where the record says something that no session writes.
    """
    found = delivered(record)
    # a question that was answered at once may have no sample of its own: that is no hold that did not run
    least_s = SHORTEST_TICKS * found.tick_s
    pieces = [one for one in found.pieces() if len(one.rows) or one.planned.duration_s > least_s]
    levels = tuple(level_of(found, one, tolerance) for one in pieces if one.planned.level)
    ramps = tuple(ramp_of(found, one, tolerance) for one in pieces if not one.planned.level)
    ended = outcome_of(record)
    outcome = INCOMPLETE if ended is None else ended.text("outcome")
    over_n = tuple(thresholds_n) or _between(levels)
    return Conformance(
        tolerance=tolerance.name,
        tolerance_title=tolerance.title,
        outcome=outcome,
        complete=record.complete,
        levels=levels,
        ramps=ramps,
        measures=tuple(_measures(record, found, tolerance)),
        over=tuple(_over(found, threshold_n) for threshold_n in over_n),
        remarks=tuple(_remarks(record, found, levels, ramps, outcome)),
    )


def judged_by(record: Record, name: str | Path | None = None) -> Tolerance:
    """Return the profile to judge by: the one named, that of the protocol, or the standard's.

    A record may name a profile that is not shipped any more; then the standard's is taken. Raises what
    ``load_tolerance`` raises for a ``name``.
    """
    if name is not None:
        return load_tolerance(name)
    stated = record.header.get("tolerance")
    return load_tolerance(stated) if stated in tolerance_names() else load_tolerance(STANDARD)


def _between(levels: Sequence[Level]) -> tuple[float, ...]:
    known = sorted({round(level.planned_n, 1) for level in levels})
    known = known if len(known) > 1 else [0.0, *known]
    apart = [known[0], *(b for a, b in pairwise(known) if b - a >= APART_N)]
    if len(apart) - 1 > MOST_LEVELS:
        return tuple(share * known[-1] for share in SHARES)
    return tuple((a + b) / 2 for a, b in pairwise(apart))


def _measures(record: Record, found: Delivered, tolerance: Tolerance) -> Iterator[Measure]:
    yield from _times(record, found, tolerance)
    rows = np.flatnonzero(found.following & np.isfinite(found.force_n))
    if not len(rows):
        return
    target_n, force_n = found.target_n[rows], found.force_n[rows]
    peak_n, got_n = float(target_n.max()), float(force_n.max())
    band_n = tolerance.force.band_n(peak_n)
    misses = () if got_n <= peak_n + band_n else (f"{got_n - peak_n:.1f} N above the commanded peak",)
    note = "above it only: a force that is missing is judged in its hold"
    yield Measure("peak force", "N", peak_n, got_n, "commanded", band_n, note, misses)
    steps_s = np.minimum(np.diff(found.t_s, append=found.t_s[-1] + found.tick_s)[rows], 10 * found.tick_s)
    wanted, got = (
        float((np.maximum(each - found.rest_n, 0.0) * steps_s).sum()) for each in (target_n, force_n)
    )
    yield _dose(wanted, got, found.rest_n, tolerance)
    planned = [
        one.number("value") for one in header_of(record).parts("margins") if one.text("name") == "impulse"
    ]
    if planned and not found.changes:
        note = "of the whole profile, had all of it run"
        yield Measure("commanded dose above rest", "N s", planned[0], wanted, "planned", None, note)
    for name, sign in (("steepest rise", 1.0), ("steepest fall", -1.0)):
        wanted_rate, rate = (_steepest(found, each, sign) for each in (found.target_n, found.force_n))
        yield Measure(name, "N/s", wanted_rate, rate, "commanded", None, f"over {RATE_S:g} s")


def _dose(wanted: float, got: float, rest_n: float, tolerance: Tolerance) -> Measure:
    band = None if tolerance.dose is None or wanted <= 0.0 else tolerance.dose * wanted
    misses = () if band is None or abs(got - wanted) <= band else (f"{got - wanted:+.0f} N s",)
    note = f"force above {rest_n:g} N, summed over the time of the profile and its pauses"
    return Measure("dose above rest", "N s", wanted, got, "commanded", band, note, misses)


def _times(record: Record, found: Delivered, tolerance: Tolerance) -> Iterator[Measure]:
    take_up = np.flatnonzero(found.state == State.TAKE_UP)
    if len(take_up):
        timeout_s = header_of(record).part("take_up").number("timeout_s")
        yield Measure("slack take-up", "s", timeout_s, span_s(found, take_up), "at most")
    if len(found.t_s) and found.spans:
        wanted = found.spans[-1].end_s
        got = float(found.profile_s.max())
        whole = got >= wanted - 2 * found.tick_s
        band_s = tolerance.time_band_s(wanted) if whole else None
        note = "the profile's clock, without take-up and pauses"
        misses = () if band_s is None or abs(got - wanted) <= band_s else (f"{got - wanted:+.2f} s",)
        yield Measure("time of the profile", "s", wanted, got, "planned", band_s, note, misses)
    yield from _clock(found, tolerance)
    down = np.flatnonzero((found.state >= State.RELEASING) & (found.state <= State.ENDED))
    if len(down):
        limit_s = header_of(record).part("limits").part("merged").part("max_release_s").number("value")
        yield Measure("way down to slack", "s", limit_s, span_s(found, down), "at most")


def _clock(found: Delivered, tolerance: Tolerance) -> Iterator[Measure]:
    """Yield the drift of the table's clock against the host's, where both ran long enough."""
    if len(found.t_s) < 2:
        return
    host_s = float(found.t_s[-1] - found.t_s[0])
    table_s = float(found.controller_ms[-1] - found.controller_ms[0]) / 1000.0
    if host_s < SHORTEST_CLOCK_S:
        return
    drift = (table_s - host_s) / host_s * 3600.0
    band = tolerance.drift_per_hour_s
    misses = () if band is None or abs(drift) <= band else (f"{drift:+.1f} s per hour",)
    yield Measure(
        "clock of the table", "s/h", 0.0, drift, "host's", band, "against the clock of the host", misses
    )


def _steepest(found: Delivered, force_n: Any, sign: float) -> float | None:
    """Return the steepest change of a force one way, N/s, over rows that follow each other without a gap."""
    step = max(round(RATE_S / found.tick_s), 1)
    rows = np.flatnonzero(found.running[step:] & found.running[:-step])
    if not len(rows):
        return None
    passed_s = found.t_s[rows + step] - found.t_s[rows]
    rows, passed_s = rows[passed_s > 0.0], passed_s[passed_s > 0.0]
    rates = (force_n[rows + step] - force_n[rows]) / passed_s
    rates = rates[np.isfinite(rates)]
    return max(float((sign * rates).max()), 0.0) if len(rates) else None


def _over(found: Delivered, threshold_n: float) -> Over:
    steps_s = np.minimum(np.diff(found.t_s, append=found.t_s[-1:] + found.tick_s), 10 * found.tick_s)
    on = found.following
    commanded, got = (
        float(steps_s[on & (np.nan_to_num(each, nan=-np.inf) >= threshold_n)].sum())
        for each in (found.target_n, found.force_n)
    )
    return Over(threshold_n, commanded, got)


def _remarks(
    record: Record, found: Delivered, levels: Sequence[Level], ramps: Sequence[Ramp], outcome: str
) -> Iterator[str]:
    """Yield what did not run, and what was not judged and why, each as one sentence."""
    stated = record.header.get("tolerance")
    if stated is not None and stated not in tolerance_names():
        yield f"The protocol asks for the tolerance {stated!r:.60}, which this installation does not have."
    unrun = [level for level in levels if level.ran == "none"]
    cut = [level for level in levels if level.ran == "part"]
    if unrun:
        missing_s = sum(level.planned_s for level in unrun)
        said = f"{len(unrun)} of {len(levels)} holds and rests ({missing_s:.0f} s) did not run ({outcome})"
        yield f"{said}; they are not judged."
    for level in cut:
        yield f"{_name(level)} was cut off: its force is judged, its time is not."
    short = [level for level in levels if level.ran != "none" and not level.judged]
    if short:
        yield f"{_levels(len(short))} over before the force had settled; that is not judged."
    paused_s = float(sum(level.paused_s for level in levels))
    held_s = float((found.following & ~found.running).sum() * found.tick_s)
    if held_s > 0.0:
        yield (
            f"The clock of the profile stood for {held_s:.1f} s (pauses, easing off, answers), "
            f"{paused_s:.1f} s of that in holds and rests; what was delivered meanwhile is not judged."
        )
    other = [
        one
        for one in levels
        if one.commanded_n is not None and abs(one.commanded_n - one.planned_n) > OTHER_N
    ]
    if other:
        yield (
            f"{_levels(len(other))} commanded other than planned, as after easing off; what was commanded "
            "is what counts."
        )
    if found.changes:
        times = "once" if found.changes == 1 else f"{found.changes} times"
        yield f"The profile was changed {times} during the run; the levels are those that ran."
    if any(level.by == POSITION for level in levels):
        yield (
            "Holds by position are judged by the force they begin with and by the travel of the carriage: "
            "their force sags as the tissue gives, and is meant to."
        )
    if missing := int((found.following & ~np.isfinite(found.force_n)).sum()):
        yield f"{missing} samples lack a reading of a load cell; in a hold they count as out of band."
    if ramps and not any(ramp.judged for ramp in ramps):
        yield "Ramps are shown and not judged by this profile."


def _levels(count: int) -> str:
    return "One hold or rest was" if count == 1 else f"{count} holds and rests were"


def _name(level: Level) -> str:
    cycle = f", cycle {level.cycle}" if level.cycle else ""
    return f"The {level.kind} of {level.phase or 'the profile'}{cycle}"
