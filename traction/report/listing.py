"""The shipped protocols and templates as rows for programs and as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.protocol.protocol import REFERENCE_MASS_KG
from traction.protocol.question_phases import QuestionBase
from traction.protocol.questions import QUESTION_KINDS
from traction.protocol.template import read_template
from traction.report.chart import clock_text
from traction.report.layout import fits, table, wrap
from traction.report.style import Style

HEADER = ("name", "region", "mode", "lasts", "peak", "evidence")
LONGEST_PEAK = 22
"""A longer expression is shown as its newtons: a line has room for no more."""

TEMPLATES = ("name", "region", "mode", "asks for", "evidence")


def listing_row(path: Path) -> dict[str, Any]:
    """Return ``name, title, region, mode, duration_s, peak, source, evidence, ...`` of one protocol file.

    Where it asks (``questions`` says how often), duration and peak are those of the way on which nobody
    answers. ``peak`` is the force as written. ``reference_mass_kg`` says at which mass the duration was
    found, or None where it needs none. ``complete`` says that every setting was read at the source. Raises
    what loading and compiling raise.
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
        "peak_n": profile.peak_n,
        "questions": sum(isinstance(phase, QuestionBase) for phase in protocol.document.phase),
        "source": protocol.source.citation,
        "url": protocol.source.url,
        "evidence": protocol.source.evidence,
        "confirmed": protocol.source.confirmed,
        "caution": protocol.source.caution,
        "conflicts": protocol.source.conflicts,
        "complete": protocol.source.confirmed,
        "template": False,
        "missing": [],
    }


def template_row(path: Path) -> dict[str, Any]:
    """Return the row of a template: no duration and no peak, and ``missing`` with what it asks for.

    An entry of ``missing`` is ``{field, meaning, line}``. Raises what reading it raises.
    """
    template = read_template(path)
    source = template.data["source"]
    return {
        "name": template.name,
        "title": template.data["title"],
        "region": template.data["region"],
        "mode": template.mode,
        "duration_s": None,
        "reference_mass_kg": None,
        "peak": None,
        "peak_n": None,
        "questions": sum(phase["type"] in QUESTION_KINDS for phase in template.phases),
        "source": source["citation"],
        "url": source.get("url"),
        "evidence": source["evidence"],
        "confirmed": source["confirmed"],
        "caution": source["caution"],
        "conflicts": source.get("conflicts"),
        "complete": False,
        "template": True,
        "missing": [
            {"field": asked.field, "meaning": asked.meaning, "line": asked.line} for asked in template.asked
        ],
    }


def listing_lines(rows: Sequence[dict[str, Any]], style: Style, *, long: bool = False) -> list[str]:
    """Return a line for each protocol, folded where it is narrow; ``long`` adds titles and sources."""
    header = TEMPLATES if any(row["template"] for row in rows) else HEADER
    cells = [_cells(row) for row in rows]
    if fits(header, cells, style):
        first, *lines = table(header, cells, style, right=() if header is TEMPLATES else (3,))
        shown = [[line] for line in lines]
    else:
        first, shown = "", [_narrow(row, style) for row in cells]
    lines = [first] if first else []
    for block, row in zip(shown, rows, strict=True):
        lines += block
        lines += wrap(row["title"], style, indent="    ") if long else []
        lines += wrap(row["source"], style, indent="    ") if long else []
    return lines + [line for text in _notes(rows) for line in wrap(text, style, hanging="  ")]


def _notes(rows: Sequence[dict[str, Any]]) -> list[str]:
    notes = []
    if any(row["reference_mass_kg"] for row in rows):
        weighing = f"* min:s at a body mass of {REFERENCE_MASS_KG:g} kg"
        notes.append(f"{weighing}; the peak is as in the file, or in N where long")
    if any(row["questions"] and not row["template"] for row in rows):
        notes.append("~ asks during the session: so long, and so hard, when nobody answers")
    if not all(row["confirmed"] for row in rows):
        notes.append("? not every setting was read at the source; `traction show` says what was assumed")
    return notes


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    doubt = "" if row["confirmed"] else "?"
    evidence = f"[{row['evidence'].replace('-', ' ')}{doubt}]"
    if row["template"]:
        keys = dict.fromkeys(asked["field"].rpartition(".")[2] for asked in row["missing"])
        return (row["name"], row["region"], row["mode"], ", ".join(keys), evidence)
    asks = "~" if row["questions"] else ""
    lasts = clock_text(row["duration_s"]) + asks + ("*" if row["reference_mass_kg"] else "")
    peak = row["peak"] if len(row["peak"]) <= LONGEST_PEAK else f"{row['peak_n']:.0f} N"
    return (row["name"], row["region"], row["mode"], lasts, peak, evidence)


def _narrow(cells: tuple[str, ...], style: Style) -> list[str]:
    name, region, mode, *figures, evidence = cells
    said = ", ".join(figures) if len(figures) > 1 else f"asks for: {figures[0]}"
    lines = wrap(style.paint(name, "strong"), style)
    lines += wrap(f"{region} {mode}, {said}", style, indent="  ", hanging="    ")
    return lines + wrap(evidence, style, indent="  ", hanging="    ")
