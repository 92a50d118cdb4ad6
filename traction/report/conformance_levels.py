"""Holds and rests: the commanded force against the delivered one, each judged by a tolerance profile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from traction.report.conformance_rows import FORCE, POSITION, Level
from traction.wire import codes

if TYPE_CHECKING:
    from traction.bench.tolerance import Tolerance
    from traction.report.delivered import Delivered, Floats, Mask, Piece, Whole

ENTRY_S: Final = 0.5
"""A hold by position is judged by the force of so long before the position was taken, and sags after it."""


def level_of(found: Delivered, piece: Piece, tolerance: Tolerance) -> Level:
    """Return the row of one hold or rest, judged where enough of it ran."""
    planned = piece.planned
    row = Level(
        span=piece.index,
        kind=planned.kind,
        phase=planned.phase,
        cycle=planned.cycle,
        by=FORCE,
        ran=piece.ran,
        planned_n=planned.start_n,
        planned_s=planned.duration_s,
        band_n=tolerance.force.band_n(planned.start_n),
        time_band_s=tolerance.time_band_s(planned.duration_s),
        paused_s=piece.paused_s,
    )
    if not len(piece.rows):
        return row
    row = replace(row, start_s=float(found.t_s[piece.rows[0]]))
    placed = np.flatnonzero(found.mode[piece.rows] == codes.MODE_POSITION)
    if len(placed):
        return _by_position(found, piece, row, int(placed[0]), tolerance)
    return _by_force(found, piece, row, tolerance)


def _by_force(found: Delivered, piece: Piece, row: Level, tolerance: Tolerance) -> Level:
    settled = found.profile_s[piece.rows] >= piece.planned.start_s + tolerance.force.settle_s
    rows = piece.rows[settled]
    row, inside = _compared(found, rows, row, tolerance)
    if inside is None:
        return row
    near = _inside(found, piece.rows, row.band_n)
    time_s = _time_s(found, piece, near)
    row = replace(row, time_s=time_s, judged=True)
    misses = _misses(row, tolerance)
    if row.ran == "whole" and not abs(time_s - row.planned_s) <= row.time_band_s + found.tick_s:
        off = f"{time_s - row.planned_s:+.2f} s in its time (allowed {row.time_band_s:.3g} s)"
        misses.append(off)
    return replace(row, misses=tuple(misses))


def _by_position(found: Delivered, piece: Piece, row: Level, first: int, tolerance: Tolerance) -> Level:
    """Judge a held position by the force it began with and by how far the carriage moved since."""
    entry = piece.rows[max(first - round(ENTRY_S / found.tick_s), 0) : first]
    held = piece.rows[first:]
    row, inside = _compared(found, entry, replace(row, by=POSITION), tolerance)
    travel_mm = found.travel_mm[held]
    drift_mm = float(np.abs(travel_mm - travel_mm[0]).max())
    tail = found.force_n[held[-round(1.0 / found.tick_s) :]]
    tail = tail[np.isfinite(tail)]
    sag_n = None
    if row.delivered_n is not None and len(tail):
        sag_n = row.delivered_n - float(tail.mean())
    row = replace(row, drift_mm=drift_mm, sag_n=sag_n, time_s=len(piece.rows) * found.tick_s)
    if inside is None:
        return row
    misses = _misses(row, tolerance)
    if tolerance.drift_mm is not None and not drift_mm <= tolerance.drift_mm:
        misses.append(f"the carriage moved by {drift_mm:.2f} mm (allowed {tolerance.drift_mm:g} mm)")
    return replace(row, judged=True, misses=tuple(misses))


def _compared(found: Delivered, rows: Whole, row: Level, tolerance: Tolerance) -> tuple[Level, Mask | None]:
    """Return the row with force against command over ``rows``, and which of them are in the band."""
    if not len(rows):
        return row, None
    errors: Floats = found.force_n[rows] - found.target_n[rows]
    read = np.isfinite(errors)
    commanded_n = float(found.target_n[rows].mean())
    row = replace(row, commanded_n=commanded_n, band_n=tolerance.force.band_n(commanded_n))
    inside: Mask = read & (np.abs(np.where(read, errors, 0.0)) <= row.band_n)
    row = replace(row, in_band=float(inside.mean()))  # a sample without a reading is nowhere
    if not read.any():
        return row, inside
    worst = int(np.argmax(np.where(read, np.abs(np.where(read, errors, 0.0)), -1.0)))
    return replace(
        row,
        delivered_n=commanded_n + float(errors[read].mean()),
        error_n=float(errors[read].mean()),
        worst_n=float(errors[worst]),
        worst_at_s=float(found.t_s[rows[worst]]),
    ), inside


def _misses(row: Level, tolerance: Tolerance) -> list[str]:
    """Return what is out of tolerance in the force; NaN and nothing at all are out."""
    misses = []
    if row.error_n is None or not abs(row.error_n) <= row.band_n:
        off = "no reading" if row.error_n is None else f"{row.error_n:+.1f} N in the mean"
        misses.append(f"{off} (allowed {row.band_n:.3g} N)")
    least = tolerance.force.time_in_band
    if row.in_band is None or not row.in_band >= least:
        share = 0.0 if row.in_band is None else row.in_band
        misses.append(f"in the band for {100 * share:.1f} % of the time (wanted {100 * least:g} %)")
    return misses


def _inside(found: Delivered, rows: Whole, band_n: float) -> Whole:
    errors = np.abs(found.force_n[rows] - found.target_n[rows])
    kept: Whole = rows[np.isfinite(errors) & (errors <= band_n)]
    return kept


def _time_s(found: Delivered, piece: Piece, near: Whole) -> float:
    """Return the time from the first sample in the band to the last, on the profile's clock."""
    if not len(near):
        return 0.0
    count = int(np.searchsorted(piece.rows, near[-1]) - np.searchsorted(piece.rows, near[0]))
    if not count:
        return found.tick_s
    return float(found.profile_s[near[-1]] - found.profile_s[near[0]]) + found.tick_s
