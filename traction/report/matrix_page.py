"""The matrix of faults and phases as one page: a table for each kind of table, in grey and in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from traction.campaign.matrix import REASONS, Found, Matrix
from traction.report.hazard_figures import About
from traction.report.hazard_html import code, facts, page, table, text
from traction.report.matrix_row import counts, replay, said, verdict

BROKEN: Final = "X"
EMPTY: Final = "?"
ABSENT: Final = "-"

_STYLE: Final = """\
.matrix table { font-size: .68rem; line-height: 1.15; }
.matrix th, .matrix td { padding: .1rem .12rem; border: 1px solid #999; }
.matrix tbody td { min-width: 1.75em; text-align: center; }
.matrix tbody th { white-space: nowrap; }
.matrix thead th { text-align: center; }
.matrix .f { border-left: 2px solid #333; }
.a { background: #fff; color: #777; }
.m0 { background: #3b3b3b; color: #fff; } .m1 { background: #545454; color: #fff; }
.m2 { background: #9b8a4e; color: #000; } .m3 { background: #b3a468; color: #000; }
.m4 { background: #c6bb84; color: #000; } .m5 { background: #d5cda0; color: #000; }
.m6 { background: #e0dbb8; color: #000; } .m7 { background: #eae6cd; color: #000; }
.m8 { background: #f2f0e0; color: #000; } .m9 { background: #faf9f2; color: #000; }
.x { background: #000; color: #fff; font-weight: 700; outline: 3px double #fff; outline-offset: -3px; }
.q { background: #000; color: #fff; font-weight: 700; }
.key td { min-width: 3em; text-align: center; }
"""


def matrix_page(matrix: Matrix, about: About) -> str:
    """Return the whole page as HTML; it needs no other file, and no network."""
    return page("Every fault in every phase", _body(matrix), about, style=_STYLE)


def _body(matrix: Matrix) -> Iterator[str]:
    yield f'<p class="verdict">{text(verdict(matrix))}</p>'
    yield from facts(counts(matrix))
    yield from _how_to_read()
    yield from _broken(matrix)
    yield from _least(matrix)
    for name, group in groupby(matrix.found, key=lambda one: one.cell.table):
        found = list(group)
        region, drive, transport = name
        way = "over the wire" if transport == "wire" else "as a driver"
        yield f"<h2>{text(region)}, {text(drive)} drive, {way}</h2>"
        yield from _grid(found, f"Least margin in per cent: {region}, {drive} drive, {way}")
    yield from _absent(matrix)


def _how_to_read() -> Iterator[str]:
    yield (
        "<p>One row is a fault, one column a moment: the entry (e), the middle (m) and the last tick (l) of "
        "a phase. The figure is the least margin of that run, in per cent of what is allowed: over all "
        "hazards that the fault is a case of, on the true force and on times from its onset. The darker, the "
        "less; the figures say the same as the shades.</p>"
    )
    yield '<table class="key"><caption>Key</caption><tbody><tr>'
    yield '<td class="m9">90</td><td class="m5">50</td><td class="m2">20</td><td class="m0">5</td>'
    yield f'<td class="x">{BROKEN}</td><td class="q">{EMPTY}</td><td class="a">{ABSENT}</td></tr><tr>'
    yield "<td>much left</td><td>half</td><td>one fifth</td><td>tight</td>"
    yield "<td>escape</td><td>empty</td><td>cannot be</td></tr></tbody></table>"


def _broken(matrix: Matrix) -> Iterator[str]:
    wrong = (*matrix.escapes, *matrix.empty)
    if not wrong:
        return
    yield "<h2>Cells that fail</h2>"
    rows = ((text(str(one.cell)), text(one.ended), text(said(one)), code(replay(one.cell))) for one in wrong)
    yield from table(f"{len(wrong)} cells", ("cell", "ended", "what is wrong", "again"), rows)


def _least(matrix: Matrix) -> Iterator[str]:
    """Yield, for each fault, its least margin anywhere and how to see it."""
    worst: dict[str, Found] = {}
    for one in matrix.runs:
        known = worst.get(one.cell.fault)
        if one.margin is not None and (known is None or one.margin < (known.margin or 0.0)):
            worst[one.cell.fault] = one
    rows = (
        (
            text(fault),
            f"{100 * (one.margin or 0.0):.0f}&nbsp;%",
            text(one.hazard),
            text(f"{one.cell.onset} of {one.cell.phase}"),
            text(", ".join(one.cell.table)),
            text(one.ended),
            code(replay(one.cell)),
        )
        for fault, one in sorted(worst.items(), key=lambda item: item[1].margin or 0.0)
    )
    yield "<h2>Where each fault comes closest</h2>"
    header = ("fault", "least margin", "of", "when", "where", "ended", "again")
    yield from table("Least margin of each fault, least first", header, rows, numbers=(1,))


def _grid(found: list[Found], caption: str) -> Iterator[str]:
    columns = list(dict.fromkeys((one.cell.phase, one.cell.onset) for one in found))
    phases = Counter(phase for phase, _ in columns)
    yield f'<div class="scroll matrix"><table><caption>{text(caption)}</caption><thead><tr>'
    yield '<th scope="col" rowspan="2">fault</th>'
    for phase, wide in phases.items():
        yield f'<th scope="colgroup" colspan="{wide}" class="f">{text(phase.replace("_", " "))}</th>'
    yield "</tr><tr>"
    first = dict.fromkeys(phases, True)
    for phase, onset in columns:
        mark = ' class="f"' if first[phase] else ""
        first[phase] = False
        yield f'<th scope="col"{mark}><abbr title="{text(f"{onset} of {phase}")}">{onset[0]}</abbr></th>'
    yield "</tr></thead><tbody>"
    for fault, row in groupby(found, key=lambda one: one.cell.fault):
        cells = "".join(_cell(one) for one in row)
        yield f'<tr><th scope="row">{text(fault)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _cell(one: Found) -> str:
    if one.absent:
        return f'<td class="a">{ABSENT}</td>'
    if one.escapes:
        return f'<td class="x">{BROKEN}</td>'
    if one.empty or one.margin is None:
        return f'<td class="q">{EMPTY}</td>'
    share = max(0, min(99, int(100 * one.margin)))
    return f'<td class="m{share // 10}">{share}</td>'


def _absent(matrix: Matrix) -> Iterator[str]:
    yield "<h2>Cells that cannot be</h2>"
    absent = Counter(one.absent for one in matrix.found if one.absent)
    rows = (
        (text(reason), str(absent[reason]), text(why), text(_faults(matrix, reason)))
        for reason, why in REASONS.items()
        if absent[reason]
    )
    yield from table("Why", ("reason", "cells", "because it is", "faults"), rows, numbers=(1,))


def _faults(matrix: Matrix, reason: str) -> str:
    return ", ".join(dict.fromkeys(one.cell.fault for one in matrix.found if one.absent == reason))
