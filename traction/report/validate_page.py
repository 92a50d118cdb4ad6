"""The shipped cases as the manual prints them: what each holds the model to, and how far to trust it."""

from __future__ import annotations

from traction.evidence.case import Case
from traction.evidence.library import Library, load_library, shipped_files
from traction.evidence.links import reading_of
from traction.report.validate_text import band_text, reading_text

_RELATIONS = {
    "less": "less than `{}`",
    "greater": "greater than `{}`",
    "difference": "minus `{}`: {}",
    "ratio": "over `{}`: {}",
}


def markdown() -> str:
    """Return one table for each shipped file, with source, and whether the figure was confirmed there."""
    library = load_library()
    lines: list[str] = []
    for path in shipped_files():
        lines += [
            f"### {path.name}",
            "",
            "| case | held to | scored | source | confirmed |",
            "|---|---|---|---|---|",
        ]
        here = [case for case in library.cases if case.place.file == str(path)]
        lines += [_row(case, library) for case in here]
        lines.append("")
    return "\n".join(lines)


def _row(case: Case, library: Library) -> str:
    source = f"[{case.source}]({case.url})" if case.url else case.source
    scored, confirmed = ("yes" if one else "no" for one in (case.score, case.confirmed))
    return f"| `{case.id}` | {_held_to(case, library)} | {scored} | {source} | {confirmed} |"


def _held_to(case: Case, library: Library) -> str:
    reading = reading_of(case, library.known)
    parts = [reading_text(reading)]
    if case.band.stated:
        parts[0] += f": {band_text(case.band, reading.unit)}"
    if case.compare is not None:
        unit = "1" if case.compare.relation == "ratio" else reading.unit
        band = band_text(case.compare.band, unit)
        parts.append(_RELATIONS[case.compare.relation].format(case.compare.other, band))
    return "; ".join(parts)
