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


def listing_lines(rows: Sequence[dict[str, Any]], style: Style, *, long: bool = False) -> list[str]:
    """Return a line for each protocol, folded where it is narrow; ``long`` adds the sources."""
    header = ("name", "region", "mode", "lasts", "peak", "evidence")
    cells = [_cells(row) for row in rows]
    if fits(header, cells, style):
        first, *lines = table(header, cells, style, right=(3,))
        shown = [[line] for line in lines]
    else:
        first, shown = "", [_narrow(row, style) for row in cells]
    lines = [first] if first else []
    for block, row in zip(shown, rows, strict=True):
        lines += block
        lines += wrap(row["source"], style, indent="    ") if long else []
    if any(row["reference_mass_kg"] for row in rows):
        text = f"* min:s at a body mass of {REFERENCE_MASS_KG:g} kg; the peak is written as in the file"
        lines += wrap(text, style, hanging="  ")
    return lines


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    doubt = "" if row["confirmed"] else ", NOT CONFIRMED"
    lasts = clock_text(row["duration_s"]) + ("*" if row["reference_mass_kg"] else "")
    evidence = f"[{row['evidence'].replace('-', ' ')}{doubt}]"
    return (row["name"], row["region"], row["mode"], lasts, row["peak"], evidence)


def _narrow(cells: tuple[str, ...], style: Style) -> list[str]:
    name, region, mode, lasts, peak, evidence = cells
    lines = wrap(style.paint(name, "strong"), style)
    lines += wrap(f"{region} {mode}, {lasts}, {peak}", style, indent="  ", hanging="    ")
    return lines + wrap(evidence, style, indent="  ", hanging="    ")
