"""Ramps: how straight the force went, at which rate, and how far from the command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from traction.report.conformance_rows import Ramp
from traction.wire import codes

if TYPE_CHECKING:
    from traction.bench.tolerance import Tolerance
    from traction.report.delivered import Delivered, Floats, Piece

LEAST_ROWS: Final = 5
STRAIGHT: Final = 0.01
"""A command this close to a straight line, as a share of its height, is one; a curve has no linearity."""


def ramp_of(found: Delivered, piece: Piece, tolerance: Tolerance) -> Ramp:
    """Return the row of one ramp; judged where the whole of a straight one ran without a pause, by force."""
    planned = piece.planned
    row = Ramp(
        span=piece.index,
        kind=planned.kind,
        phase=planned.phase,
        cycle=planned.cycle,
        ran=piece.ran,
        start_n=planned.start_n,
        end_n=planned.end_n,
        planned_s=planned.duration_s,
    )
    rows = piece.rows
    if not len(rows):
        return row
    row = replace(row, start_s=float(found.t_s[rows[0]]))
    rows = rows[np.isfinite(found.force_n[rows])]
    held = bool((found.mode[rows] == codes.MODE_POSITION).any())
    if piece.ran != "whole" or piece.paused_s or held or len(rows) < LEAST_ROWS:
        return row
    time_s = found.profile_s[rows]
    target_n, force_n = found.target_n[rows], found.force_n[rows]
    height_n = float(np.ptp(target_n))
    row = replace(row, worst_n=_largest(force_n - target_n))
    rate, off_n = _line(time_s, target_n)
    if height_n <= 0.0 or not np.abs(off_n).max() <= STRAIGHT * height_n:
        return row
    got, bent_n = _line(time_s, force_n)
    row = replace(
        row,
        commanded_n_per_s=rate,
        delivered_n_per_s=got,
        linearity=float(np.abs(bent_n).max()) / height_n,
    )
    if height_n < tolerance.least_height_n:
        return row
    return _judged(row, tolerance)


def _judged(row: Ramp, tolerance: Tolerance) -> Ramp:
    misses = []
    commanded, got, bent = row.commanded_n_per_s, row.delivered_n_per_s, row.linearity
    assert commanded is not None
    assert got is not None
    assert bent is not None
    if tolerance.rate is not None and not abs(got - commanded) <= tolerance.rate * abs(commanded):
        allowed = f"{100 * tolerance.rate:g} %"
        misses.append(f"at {got:.2f} N/s, commanded {commanded:.2f} N/s (allowed {allowed})")
    if tolerance.linearity is not None and not bent <= tolerance.linearity:
        allowed = f"{100 * tolerance.linearity:g} %"
        misses.append(f"{100 * bent:.1f} % of its height from a straight line (allowed {allowed})")
    judged = tolerance.rate is not None or tolerance.linearity is not None
    return replace(row, judged=judged, misses=tuple(misses))


def _line(time_s: Floats, force_n: Floats) -> tuple[float, Floats]:
    """Return the slope of the straight line through the points by least squares, and what is left of each."""
    centred = time_s - time_s.mean()
    about = force_n - force_n.mean()
    spread = float(centred @ centred)
    slope = float(centred @ about) / spread if spread > 0.0 else 0.0
    return slope, about - slope * centred


def _largest(errors: Floats) -> float:
    return float(errors[int(np.argmax(np.abs(errors)))])
