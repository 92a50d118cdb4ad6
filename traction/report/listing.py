"""The shipped protocols as rows for programs and as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.protocol.protocol import REFERENCE_MASS_KG
from traction.report.chart import clock_text
from traction.report.layout import fits, table, wrap
from traction.report.style import Style


def listing_row(path: Path) -> dict[str, Any]:
    """Return ``name, title, region, mode, duration_s, peak, source, evidence, ...`` of one protocol file.

    ``peak`` is the force as written. ``reference_mass_kg`` says at which mass the duration was found, or None
    where it needs none. Raises what loading and compiling raise.
    """
    protocol = load_protocol(path)
    mass_kg = REFERENCE_MASS_KG if protocol.needs_mass else None
    profile = compile_protocol(protocol, mass_kg=mass_kg, seed=0)
    return {
        "name": protocol.name,
        "title": protocol.title,
        "region": protocol.region,
        "mode": protocol.mode,
        "duration_s": profile.duration_s,
        "reference_mass_kg": mass_kg,
        "peak": protocol.peak.text,
        "source": protocol.source.citation,
        "url": protocol.source.url,
        "evidence": protocol.source.evidence,
        "confirmed": protocol.source.confirmed,
        "caution": protocol.source.caution,
    }


def listing_lines(rows: Sequence[dict[str, Any]], style: Style) -> list[str]:
    """Return two lines for each protocol: what it is, and where it comes from; folded where it is narrow."""
    header = ("name", "region", "mode", "lasts", "peak")
    cells = [
        (
            row["name"],
            row["region"],
            row["mode"],
            clock_text(row["duration_s"]) + ("*" if row["reference_mass_kg"] else ""),
            row["peak"],
        )
        for row in rows
    ]
    if fits(header, cells, style):
        first, *others = table(header, cells, style, right=(3,))
        lines = [first, *_with_sources(others, rows, style)]
    else:
        lines = _narrow(cells, rows, style)
    if any(row["reference_mass_kg"] for row in rows):
        text = f"* min:s at a body mass of {REFERENCE_MASS_KG:g} kg; the peak is written as in the file"
        lines += wrap(text, style, hanging="  ")
    return lines


def _with_sources(lines: Sequence[str], rows: Sequence[dict[str, Any]], style: Style) -> list[str]:
    pairs = zip(lines, (style.paint(cut(f"    {_source(row)}", style), "dim") for row in rows), strict=True)
    return [line for pair in pairs for line in pair]


def _narrow(cells: Sequence[tuple[str, ...]], rows: Sequence[dict[str, Any]], style: Style) -> list[str]:
    lines: list[str] = []
    for (name, region, mode, lasts, peak), row in zip(cells, rows, strict=True):
        lines += wrap(style.paint(name, "strong"), style)
        lines += wrap(f"{region} {mode}, {lasts}, {peak}", style, indent="  ", hanging="    ")
        lines += wrap(_source(row), style, indent="  ", hanging="    ")
    return lines


def _source(row: dict[str, Any]) -> str:
    doubt = "" if row["confirmed"] else ", NOT CONFIRMED"
    return f"[{row['evidence'].replace('-', ' ')}{doubt}] {row['source']}"


def cut(text: str, style: Style) -> str:
    """Return ``text`` shortened to one line."""
    if style.whole or len(text) <= style.width:
        return text
    return text[: style.width - 1] + style.pick("…", "~")
