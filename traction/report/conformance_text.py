"""The conformance of a run as people read it: the verdict, what did not run, each phase, and what is out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from traction import units
from traction.report.checks import figure
from traction.report.conformance_rows import POSITION, Conformance, Level, Measure, Over, Ramp
from traction.report.layout import facts, heading, table, wrap
from traction.report.style import Role, Style

CLAIM: Final = (
    "The forces are as the table's own load cells read them. This compares a run with what was commanded; it "
    "is no claim of conformity with any standard, and says nothing about a treatment."
)
HEADER: Final = ("holds and rests", "commanded", "mean error", "worst", "allowed", "in band", "verdict")
NUMBERS: Final = (1, 2, 3, 4, 5)
WORDS: Final = {
    True: "WITHIN TOLERANCE",
    False: "OUT OF TOLERANCE",
    None: "NOT JUDGED: no hold or rest could be",
}
_ROLES: Final[dict[bool | None, Role]] = {True: "good", False: "bad", None: "warn"}


def conformance_lines(found: Conformance, style: Style, *, every: bool = False) -> list[str]:
    """Return verdict, remarks, one line for each kind of level, the figures of the whole, and what is out.

    With ``every`` each hold, rest and ramp has a line of its own.
    """
    lines = verdict_lines(found, style)
    levels = [(level_name(one), one) for one in found.levels]
    rows = [level_cells(name, [one]) for name, one in levels] if every else phase_cells(found.levels)
    if rows:
        lines += ["", *table(HEADER, rows, style, right=NUMBERS)]
    if every and found.ramps:
        ramps = [ramp_cells(one) for one in found.ramps]
        lines += ["", *table(RAMPS, ramps, style, right=(1, 2, 3, 4))]
    lines += heading("The whole session", style)
    lines += facts([(one.name, measure_text(one)) for one in found.measures], style)
    lines += facts([(f"over {figure(one.threshold_n)} N", over_text(one)) for one in found.over], style)
    return lines + out_lines(found, style)


def verdict_lines(found: Conformance, style: Style) -> list[str]:
    """Return the verdict, by which profile, and the remarks."""
    word = WORDS[found.within]
    counts = f"{found.judged} judged, {len(found.out)} out"
    first, *rest = wrap(f"{word} ({found.tolerance}): {counts}", style, hanging="  ")
    lines = [style.paint(word, _ROLES[found.within]) + first.removeprefix(word), *rest]
    lines += [
        style.paint(line, "dim") for line in wrap(found.tolerance_title, style, indent="  ", hanging="  ")
    ]
    for remark in found.remarks:
        lines += wrap(f"- {remark}", style, hanging="  ")
    return lines


def out_lines(found: Conformance, style: Style) -> list[str]:
    """Return one line for each row that is out of tolerance; nothing without any."""
    if not found.out:
        return []
    lines = heading("Out of tolerance", style)
    for one in found.out:
        lines += wrap(f"{row_name(one)}: {'; '.join(one.misses)}", style, hanging="  ")
    return lines


def phase_cells(levels: Sequence[Level]) -> list[tuple[str, ...]]:
    """Return a row of cells for the holds and one for the rests of each phase."""
    groups: dict[tuple[str, str], list[Level]] = {}
    for one in levels:
        groups.setdefault((one.phase, one.kind), []).append(one)
    names = {key: " ".join(part for part in key if part) for key in groups}
    return [level_cells(names[key], members) for key, members in groups.items()]


def level_cells(name: str, levels: Sequence[Level]) -> tuple[str, ...]:
    """Return the cells of one or several levels of one kind: the worst of each figure."""
    ran = [one for one in levels if one.commanded_n is not None]
    count = f" x {len(levels)}" if len(levels) > 1 else ""
    missing = sum(one.ran == "none" for one in levels)
    commanded = [one.commanded_n for one in ran if one.commanded_n is not None]
    return (
        name + count + (", by position" if any(one.by == POSITION for one in levels) else ""),
        _range(commanded, "N") if ran else _range([one.planned_n for one in levels], "N"),
        _largest([one.error_n for one in ran], "N"),
        _largest([one.worst_n for one in ran], "N"),
        _range([one.band_n for one in levels], "N"),
        _share([one.in_band for one in ran]),
        _verdict(levels) + (f", {missing} did not run" if 0 < missing < len(levels) else ""),
    )


RAMPS: Final = ("ramps", "commanded", "delivered", "off the line", "worst", "verdict")


def ramp_cells(one: Ramp) -> tuple[str, ...]:
    """Return the cells of one ramp."""
    return (
        row_name(one),
        _number(one.commanded_n_per_s, "N/s"),
        _number(one.delivered_n_per_s, "N/s"),
        _share([one.linearity]) if one.linearity is not None else "",
        _number(one.worst_n, "N"),
        _verdict([one]),
    )


def _verdict(rows: Sequence[Level | Ramp]) -> str:
    out = sum(bool(one.misses) for one in rows)
    if out:
        return "OUT" if len(rows) == 1 else f"{out} OUT"
    if any(one.judged for one in rows):
        return "within"
    return "did not run" if all(one.ran == "none" for one in rows) else "not judged"


def measure_text(one: Measure) -> str:
    """Return one figure of the whole: delivered, what it is held against, and the band where it has one."""
    parts = [f"{one.of} {_value(one.wanted, one.unit)}"] if one.wanted is not None else []
    if one.band is not None:
        parts.append(f"allowed {_value(one.band, one.unit)} off" + (", OUT" if one.misses else ""))
    return _value(one.delivered, one.unit) + (f" ({', '.join(parts)})" if parts else "")


def over_text(one: Over) -> str:
    """Return how long the force was over a threshold."""
    return f"{units.format_time(one.delivered_s)} (commanded {units.format_time(one.commanded_s)})"


def level_name(one: Level) -> str:
    """Name a level by phase, kind and cycle."""
    cycle = f" {one.cycle}" if one.cycle else ""
    return f"{one.phase or 'profile'}: {one.kind}{cycle}"


def row_name(one: Level | Ramp | Measure) -> str:
    """Name any row."""
    if isinstance(one, Measure):
        return one.name
    if isinstance(one, Level):
        return level_name(one)
    cycle = f" {one.cycle}" if one.cycle else ""
    ends = f"{figure(one.start_n)} to {figure(one.end_n)} N"
    return f"{one.phase or 'profile'}: {one.kind.replace('_', ' ')}{cycle}, {ends}"


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "none"
    if unit == "s":
        return units.format_time(value) if abs(value) >= 10 else f"{value:.2f} s"
    return f"{figure(value)} {unit}"


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.1f} {unit}"


def _range(values: Sequence[float], unit: str) -> str:
    if not values:
        return ""
    low, high = f"{min(values):.1f}", f"{max(values):.1f}"
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def _largest(values: Sequence[float | None], unit: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return ""
    text = f"{max(known, key=abs):+.1f}"
    return f"{'0.0' if text in ('+0.0', '-0.0') else text} {unit}"


def _share(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{100 * min(known):.1f} %" if known else ""
