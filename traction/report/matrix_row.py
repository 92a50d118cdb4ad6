"""The matrix of faults and phases as JSON and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from traction.campaign.matrix import REASONS, Cell, Found, Matrix
from traction.report.hazard_figures import TIGHT, About
from traction.report.hazard_html import CLAIM
from traction.runner.outcome import Outcome

_SHOWN: Final = 40
"""So many cells are told one by one, else of those that fail so many; the files have all of them."""


def matrix_row(matrix: Matrix, about: About) -> dict[str, Any]:
    """Return the matrix as a JSON value: every cell with its margin (a share), or why there is none."""
    return {
        "claim": CLAIM,
        "command": about.command,
        "version": about.version,
        "commit": about.commit,
        "passed": matrix.passed,
        "cells": len(matrix.found),
        "runs": len(matrix.runs),
        "escapes": len(matrix.escapes),
        "empty": len(matrix.empty),
        "missing": matrix.missing,
        "cpu_s": round(matrix.cpu_s, 1),
        "found": [_cell(one) for one in matrix.found],
    }


def _cell(one: Found) -> dict[str, Any]:
    cell = one.cell
    row: dict[str, Any] = {
        "fault": cell.fault,
        "phase": cell.phase,
        "onset": cell.onset,
        "region": cell.region,
        "drive": cell.drive,
        "transport": cell.transport,
    }
    if one.absent:
        return row | {"absent": one.absent}
    return row | {
        "at_ms": one.at_ms,
        "ended": one.ended,
        "peak_n": round(one.peak_n, 3),
        "react_ms": one.react_ms,
        "margin": None if one.margin is None else round(one.margin, 4),
        "hazard": one.hazard or None,
        "escapes": [
            {
                "invariant": each.invariant,
                "at_ms": each.at_ms,
                "found": each.found,
                "bound": each.bound,
                "says": each.says,
            }
            for each in one.escapes
        ],
    }


def matrix_lines(matrix: Matrix) -> Iterator[str]:
    """Yield the matrix in words: each cell where there are few, what fails, and the counts at the end."""
    if len(matrix.found) <= _SHOWN:
        yield from map(told, matrix.found)
    elif len(matrix.runs) <= _SHOWN:
        yield from map(told, matrix.runs)
    wrong = (*matrix.escapes, *matrix.empty)
    for one in wrong[:_SHOWN]:
        yield f"{one.cell}: {said(one)}"
        yield f"  {replay(one.cell)}"
    if len(wrong) > _SHOWN:
        yield f"... and {len(wrong) - _SHOWN} more"
    for label, text in counts(matrix):
        yield f"{label}: {text}"
    yield verdict(matrix)


def told(one: Found) -> str:
    """Return what one cell was: the fault and its onset, how it ended, when, how high, and the margin."""
    if one.absent:
        return f"{one.cell}: not run: {REASONS[one.absent]}"
    at_ms = one.at_ms
    when = "before the start" if at_ms is None or at_ms < 0 else f"{at_ms / 1000:.2f} s after the start"
    left = "" if one.react_ms is None else f"out of RUN after {one.react_ms} ms, "
    if one.ended == Outcome.COMPLETED:  # its end is the plan's, and no reaction
        left = "at the end of its plan, "
    margin = "" if one.margin is None else f", margin {100 * one.margin:.0f} % of {one.hazard}"
    return f"{one.cell} ({when}): {one.ended}, {left}{one.peak_n:.1f} N at most{margin}"


def said(one: Found) -> str:
    """Return what is wrong with a cell, an empty text where nothing is."""
    if one.escapes:
        return "; ".join(
            f"{each.invariant} at {each.at_ms} ms: {each.found:.6g}, bound {each.bound:.6g} ({each.says})"
            for each in one.escapes
        )
    if not one.empty:
        return ""
    return "the fault never began" if one.at_ms is None else "nothing was measured"


def verdict(matrix: Matrix) -> str:
    """Return the counts that decide, in one line."""
    runs, absent = len(matrix.runs), len(matrix.found) - len(matrix.runs)
    end = f"{len(matrix.escapes)} with an escape, {len(matrix.empty)} empty"
    whole = f"interrupted, {matrix.missing} cells were not come to; " if matrix.missing else ""
    return f"{whole}cells: {runs} run, {absent} that cannot be, {end}."


def counts(matrix: Matrix) -> tuple[tuple[str, str], ...]:
    """Return further figures as (label, text)."""
    if not matrix.runs:
        return ()
    margins = sorted(one.margin for one in matrix.runs if one.margin is not None)
    ended = Counter(one.ended.split()[0] for one in matrix.runs)
    tight = sum(margin < TIGHT for margin in margins)
    least = f"{100 * margins[0]:.0f} %, {tight} below {100 * TIGHT:.0f} %" if margins else "none measured"
    outcomes = ", ".join(f"{number} {name}" for name, number in ended.most_common())
    cpu = f"{matrix.cpu_s:.0f} s, {1000 * matrix.cpu_s / len(matrix.runs):.1f} ms for each run"
    return ("least margin", least), ("sessions ended", outcomes), ("processor time", cpu)


def replay(cell: Cell) -> str:
    """Return the command that runs one cell again."""
    where = f"--region {cell.region} --drive {cell.drive} --transport {cell.transport}"
    return f"traction faults matrix --fault {cell.fault} --phase {cell.phase} --onset {cell.onset} {where}"
