"""The shipped protocols as rows for programs and as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traction import units
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.protocol.protocol import REFERENCE_MASS_KG
from traction.report.layout import table
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
    """Return the table, with the source of each protocol in a line below it."""
    header = ("name", "region", "mode", "lasts", "peak", "evidence")
    cells = [
        (
            row["name"],
            row["region"],
            row["mode"],
            duration_text(row["duration_s"]) + ("*" if row["reference_mass_kg"] else ""),
            row["peak"],
            row["evidence"].replace("-", " ") + ("" if row["confirmed"] else " (NOT CONFIRMED)"),
        )
        for row in rows
    ]
    lines = table(header, cells, style, right=(3,))
    if len(lines) == len(rows) + 1:  # one line each: it did fit
        sources = [style.paint(cut(f"    {row['source']}", style), "dim") for row in rows]
        lines = [lines[0], *(line for pair in zip(lines[1:], sources, strict=True) for line in pair)]
    if any(row["reference_mass_kg"] for row in rows):
        lines.append(f"* at a body mass of {REFERENCE_MASS_KG:g} kg; the peak is written as in the file")
    return lines


def duration_text(duration_s: float) -> str:
    """Return a duration rounded to a tenth of a minute, as a table shows it."""
    return units.format_quantity(duration_s, "time", "min")


def cut(text: str, style: Style) -> str:
    """Return ``text`` shortened to one line."""
    return text if len(text) <= style.width else text[: style.width - 1] + style.pick("…", "~")
