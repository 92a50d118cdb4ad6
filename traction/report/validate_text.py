"""The verdicts on published cases for people: a line of figures for each, and what it is about below it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from traction.evidence.case import Band, Reading
from traction.evidence.judge import Comparison, Verdict
from traction.report.layout import fits, table, wrap
from traction.report.style import Role, Style
from traction.report.validate_row import counts

HEADER = ("model", "case", "published", "simulated", "ensemble")
_RELATIONS = {"less": "less than", "greater": "greater than", "difference": "minus", "ratio": "over"}


def validate_lines(verdicts: Sequence[Verdict], style: Style, *, members: int) -> list[str]:
    """Return the table and a closing line; ``members`` is how many parameter sets the ensemble has."""
    cells = [_cells(verdict) for verdict in verdicts]
    lines: list[str] = []
    if fits(HEADER, cells, style):
        first, *rows = table(HEADER, cells, style)
        lines.append(first)
        blocks = [[row] for row in rows]
    else:
        blocks = [_narrow(row, style) for row in cells]
    for verdict, row, block in zip(verdicts, cells, blocks, strict=True):
        lines += [_painted(block[0], row[0], verdict, style), *block[1:]]
        about = wrap(_about(verdict), style, indent="    ", hanging="    ")
        lines += [style.paint(line, "dim") for line in about]
    return [*lines, "", *_closing(verdicts, style, members)]


def _painted(line: str, word: str, verdict: Verdict, style: Style) -> str:
    outside: Role = "bad" if verdict.case.score else "warn"
    role: Role = "good" if verdict.inside else outside
    return style.paint(word, role) + line.removeprefix(word)


def _cells(verdict: Verdict) -> tuple[str, ...]:
    word = "inside" if verdict.inside else "outside"
    least, greatest = verdict.ensemble or (math.nan, math.nan)
    return (
        (word if verdict.inside else word.upper()) if verdict.case.score else f"({word})",
        verdict.case.id,
        _published(verdict),
        figure(verdict.value),
        f"{figure(least)} to {figure(greatest)}" if verdict.ensemble else "-",
    )


def _published(verdict: Verdict) -> str:
    """Return the band in words; that of an order is strict, and is told apart from a stated one."""
    text = band_text(verdict.band, verdict.unit)
    if verdict.comparison is not None and verdict.band is verdict.comparison.band:
        text = text.replace("up to ", "below ").replace("from ", "above ") if _is_order(verdict) else text
    return text or "-"


def _is_order(verdict: Verdict) -> bool:
    return verdict.comparison is not None and verdict.comparison.relation in ("less", "greater")


def _narrow(cells: tuple[str, ...], style: Style) -> list[str]:
    word, name, published, simulated, ensemble = cells
    text = f"published {published}, simulated {simulated}"
    text += f", ensemble {ensemble}" if ensemble != "-" else ""
    return [*wrap(f"{word} {name}", style, hanging="  "), *wrap(text, style, indent="  ", hanging="  ")]


def _about(verdict: Verdict) -> str:
    case = verdict.case
    parts = [reading_text(verdict.reading)]
    if verdict.comparison is not None:
        parts.append(_comparison_text(verdict, verdict.comparison))
    source = case.source or "no source stated"
    parts.append(f"{source} [{'confirmed' if case.confirmed else 'UNCONFIRMED'}]")
    return "; ".join(parts)


def _comparison_text(verdict: Verdict, comparison: Comparison) -> str:
    text = f"{_RELATIONS[comparison.relation]} {comparison.other} ({figure(comparison.other_value)})"
    if verdict.band is comparison.band or not comparison.band.stated:
        return text
    if comparison.relation in ("difference", "ratio"):
        unit = "" if comparison.relation == "ratio" else verdict.unit
        text += f" is {figure(comparison.value)}, published {band_text(comparison.band, unit)}"
    return text if comparison.holds else f"{text}: FAILS"


def reading_text(reading: Reading) -> str:
    """Return in words how a figure is read off a run."""
    if reading.over is None:
        text = f"{reading.quantity} at {reading.at_s:g} s"
    else:
        text = f"{reading.over} of {reading.quantity}"
        text += "" if reading.from_s is None else f" from {reading.from_s:g} s"
        text += "" if reading.to_s is None else f" to {reading.to_s:g} s"
    if reading.minus_at_s is not None:
        text += f", minus that at {reading.minus_at_s:g} s"
    if reading.ratio_to_at_s is not None:
        text += f", over that at {reading.ratio_to_at_s:g} s"
    return text


def band_text(band: Band, unit: str) -> str:
    """Return a band in words, with its unit; empty where nothing is stated."""
    behind = "" if unit in ("", "1") else f" {unit}"
    if band.low is None and band.high is None:
        return ""
    if band.low is None:
        return f"up to {figure(band.high)}{behind}"
    if band.high is None:
        return f"from {figure(band.low)}{behind}"
    return f"{figure(band.low)} to {figure(band.high)}{behind}"


def figure(value: float | None) -> str:
    """Return a number with the digits that matter; four of them say more than any publication here."""
    if value is None or not math.isfinite(value):
        return "not finite"
    text = f"{value:.4g}" if abs(value) < 9999.5 else f"{value:.0f}"
    return "0" if float(text) == 0.0 else text


def _closing(verdicts: Sequence[Verdict], style: Style, members: int) -> list[str]:
    passed, failed = counts(verdicts)
    reported = len(verdicts) - passed - failed
    unconfirmed = sum(not verdict.case.confirmed for verdict in verdicts)
    held = f"{passed} of {passed + failed} scored cases hold" + (f", {failed} DO NOT" if failed else "")
    rest = [f"{reported} in brackets are reported only"] if reported else []
    rest += [f"{unconfirmed} rest on figures not confirmed at their source"] if unconfirmed else []
    rest += [f"ensemble: {members} parameter sets"] if members else ["no ensemble of parameter sets"]
    lines = wrap(held, style)
    lines = [style.paint(line, "bad" if failed else "good") for line in lines]
    lines += wrap("; ".join(rest), style)
    return lines + wrap("inside: the model gives what was published, not that a pull helps anybody", style)
