"""The checks of a table as people read them: a line for each, its figures below, and whether it is signed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from traction.bench.result import CheckReport, Figure, Result, Verdict
from traction.report.layout import facts, wrap
from traction.report.style import Role, Style

ROLES: Final[Mapping[Verdict, Role]] = MappingProxyType(
    {
        Verdict.PASS: "good",
        Verdict.FAIL: "bad",
        Verdict.NOT_JUDGED: "warn",
        Verdict.NOT_APPLICABLE: "dim",
        Verdict.MISSING: "warn",
    }
)
INDENT: Final = "    "


def check_lines(report: CheckReport, style: Style) -> list[str]:
    """Return the whole report: the table, each check with its figures and bands, and the verdict."""
    about = report.about
    kind = "simulated" if about.simulated else "REAL TABLE"
    pairs = (
        ("table", f"{about.table}, {kind}"),
        ("controller", f"{about.model}, serial number {about.serial_number}, firmware {about.firmware}"),
        ("fitted for", f"{about.region}, {about.drive} drive"),
        ("checked", f"{about.started} to {about.ended}"),
        ("operator", about.operator or "nobody named"),
    )
    lines = [style.paint("Acceptance checks", "title"), *facts(pairs, style), ""]
    for result in report.results:
        lines += result_lines(result, style)
    return [*lines, "", *closing_lines(report, style)]


def result_lines(result: Result, style: Style, *, figures: bool = True) -> list[str]:
    """Return one check: its verdict and title, what is to be known of it, and its figures."""
    word = word_of(result.verdict)
    first, *rest = wrap(f"{word}  {result.name}: {result.title}", style, hanging=INDENT)
    lines = [style.paint(word, ROLES[result.verdict]) + first.removeprefix(word), *rest]
    if figures:
        for figure in result.figures:
            shown = wrap(figure_text(figure), style, indent=INDENT, hanging=INDENT + "  ")
            lines += shown if figure.inside else [style.paint(line, "bad") for line in shown]
    if result.said:
        said = wrap(result.said, style, indent=INDENT, hanging=INDENT)
        lines += [style.paint(line, "dim") for line in said]
    return lines


def word_of(verdict: Verdict) -> str:
    """Return a verdict as it is shown: what needs somebody's eye in capitals."""
    return verdict.value.upper() if verdict in (Verdict.FAIL, Verdict.MISSING) else verdict.value


def figure_text(figure: Figure) -> str:
    """Return one figure with its unit and the band it must lie in."""
    unit = f" {figure.unit}" if figure.unit else ""
    if figure.value is None:
        text = f"{figure.name}: not seen"
    elif _is_answer(figure):
        return f"{figure.name}: {'yes' if figure.value else 'NO'}"
    else:
        text = f"{figure.name}: {number(figure.value)}{unit}"
    band = band_text(figure)
    mark = "" if figure.inside else ", OUTSIDE"
    return f"{text} ({band}{mark})" if band else text


def _is_answer(figure: Figure) -> bool:
    return not figure.unit and (figure.low, figure.high) == (1.0, None) and figure.value in (0.0, 1.0)


def band_text(figure: Figure) -> str:
    """Return the band of a figure in words, empty where it has none."""
    unit = f" {figure.unit}" if figure.unit else ""
    low, high = figure.low, figure.high
    if low is not None and high is not None:
        if low == -high:
            return f"within {number(high)}{unit}"
        return f"{number(low)} to {number(high)}{unit}"
    if high is not None:
        return f"at most {number(high)}{unit}"
    return "" if low is None else f"at least {number(low)}{unit}"


def number(value: float) -> str:
    """Return a number with the digits that a reading has: three after the point below 1, else at most two."""
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    text = f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def closing_lines(report: CheckReport, style: Style) -> list[str]:
    """Return the verdict on the table, and what is left to do where it is not signed off."""
    counts = {verdict: len(report.named(verdict)) for verdict in Verdict}
    told = [f"{count} {verdict.value}" for verdict, count in counts.items() if count]
    lines = wrap(", ".join(told), style)
    role: Role = "good"
    if report.signed_off:
        text = f"SIGNED OFF by {report.about.operator}"
    elif report.failed:
        text, role = f"NOT SIGNED OFF: failed were {', '.join(report.failed)}", "bad"
    elif report.open:
        text, role = f"NOT SIGNED OFF: open are {', '.join(report.open)}", "warn"
    else:
        text, role = "NOT SIGNED OFF: nobody is named; --operator NAME", "warn"
    lines += [style.paint(line, role) for line in wrap(text, style)]
    said = (
        "Times between events are read from samples 20 ms apart, on the controller's clock. "
        "Bench evidence of one table on one day; no conformity with any standard is claimed."
    )
    return lines + [style.paint(line, "dim") for line in wrap(said, style)]
