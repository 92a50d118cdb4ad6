"""Lines of text that fit the width: folded paragraphs, labelled facts, and tables that fold when narrow."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Final

from traction.report.style import Style

GAP = "  "
MIN_WIDTH = 20

_TIED: Final = "\N{NO-BREAK SPACE}"
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:k?N|mmHg|kPa|mm|cm|ms|s|min|h|kg|lbf?|kgf|Hz|%)(?![a-z]))")
"""The space between a figure and its unit: no line ends there."""


def wrap(text: str, style: Style, *, indent: str = "", hanging: str | None = None) -> list[str]:
    """Return ``text`` folded to the width, ``indent`` before the first line, ``hanging`` before the rest."""
    rest = indent if hanging is None else hanging
    width = max(style.width, MIN_WIDTH, len(rest) + 10)
    folded = textwrap.wrap(
        _UNIT.sub(_TIED, text),
        width,
        initial_indent=indent,
        subsequent_indent=rest,
        break_long_words=not style.whole,  # a digest or a path has no place to fold
        break_on_hyphens=False,
    )
    return [line.replace(_TIED, " ") for line in folded] or [indent.rstrip()]


def facts(pairs: Sequence[tuple[str, str]], style: Style) -> list[str]:
    """Return a labelled line for each (label, text), texts aligned and folded; empty texts are left out."""
    shown = [(label, text) for label, text in pairs if text]
    margin = max((len(label) for label, _ in shown), default=0) + len(GAP)
    lines = []
    for label, text in shown:
        body = wrap(text, style, indent=" " * margin)
        lines += [style.paint(label.ljust(margin), "dim") + body[0][margin:], *body[1:]]
    return lines


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], style: Style, *, right: Sequence[int] = ()
) -> list[str]:
    """Return a table with one line per row, or, where it does not fit, one small block of facts per row.

    ``right`` names the columns (from 0) whose figures stand flush right.
    """
    if not fits(header, rows, style):
        return _blocks(header, rows, style)
    widths = _widths(header, rows)
    lines = [style.paint(_line(header, widths, right), "dim")]
    lines += [_line(row, widths, right) for row in rows]
    return lines


def fits(header: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> bool:
    """Say whether a table of these cells stays within the width."""
    widths = _widths(header, rows)
    return sum(widths) + len(GAP) * (len(widths) - 1) <= style.width


def _widths(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if index in right else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return GAP.join(padded).rstrip()


def _blocks(header: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> list[str]:
    lines: list[str] = []
    for row in rows:
        lines += wrap(row[0], style, hanging=GAP)
        for label, cell in zip(header[1:], row[1:], strict=True):
            if cell:
                lines += wrap(f"{label}: {cell}", style, indent=GAP, hanging=GAP * 2)
    return lines


def heading(text: str, style: Style) -> list[str]:
    """Return an empty line and a title."""
    return ["", style.paint(text, "title")]
