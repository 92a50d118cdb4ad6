"""A session in words: how it ended, why, and its figures."""

from __future__ import annotations

from traction import units
from traction.report.checks import figure, margin_lines
from traction.report.closing import eased_text, judged_text, tare_text
from traction.report.layout import facts, heading, wrap
from traction.report.origin import SAID
from traction.report.style import Role, Style
from traction.report.summary import Summary
from traction.report.table_name import table_name

_ROLES: dict[str, Role] = {"COMPLETED": "good", "STOPPED": "warn"}
END = {
    True: "the force is down, the harness is slack",
    False: "SLACK WAS NOT SEEN: force may remain",
    None: "not known whether the force is down",
}


def summary_lines(summary: Summary, style: Style) -> list[str]:
    """Return the outcome, its reason, the figures and the margins of one session."""
    code = f" {summary.reason_code}" if summary.reason_code else ""
    first, *rest = wrap(f"{summary.outcome}{code}: {summary.reason}", style, hanging="  ")
    word = style.paint(summary.outcome, _ROLES.get(summary.outcome, "bad"))
    lines = [word + first.removeprefix(summary.outcome), *rest, *facts(_facts(summary), style)]
    if summary.margins:
        lines += [*heading("Margins proved before the run", style), *margin_lines(summary.margins, style)]
    return lines


def table_text(summary: Summary) -> str:
    """Name the table, the file whose facts hold for it, and say whether it is a simulated one."""
    kinds = {True: ", simulated", False: ", REAL TABLE", None: ""}
    named = table_name(summary.table or "not known", summary.table_name)
    return f"{named}{kinds[summary.simulated]}"


def _facts(summary: Summary) -> list[tuple[str, str]]:
    known = summary.conformance
    mass = "" if summary.mass_kg is None else f", {summary.mass_kg:g} kg"
    return [
        ("protocol", f"{summary.protocol}{mass}"),
        ("tare", "" if summary.tare is None else tare_text(summary.tare)),
        ("table", f"{table_text(summary)}, {summary.clock} clock, seed {summary.seed}"),
        ("at the end", END[summary.slack] if summary.duration_s is not None else ""),
        ("session lasted", "" if summary.duration_s is None else units.format_time(summary.duration_s)),
        ("cycles", _cycles(summary)),
        ("eased off", "" if summary.eased is None else eased_text(summary.eased)),
        ("peak target", _newtons(summary.peak_target_n)),
        ("peak force", _newtons(summary.peak_force_n)),
        ("disc pressure", _pressure(summary)),
        ("conformance", "" if known is None else judged_text(known, summary.record)),
        ("record", summary.record or ""),
    ]


def _cycles(summary: Summary) -> str:
    if summary.cycles_completed is None or not summary.cycles:
        return ""
    return f"{summary.cycles_completed} of {summary.cycles}"


def _pressure(summary: Summary) -> str:
    if summary.min_disc_pressure_mmhg is None or summary.rest_disc_pressure_mmhg is None:
        return ""
    below = units.format_time(summary.time_below_zero_pressure_s or 0.0)
    lowest, rest = summary.min_disc_pressure_mmhg, summary.rest_disc_pressure_mmhg
    origin = SAID[summary.simulated]
    return f"lowest {lowest:.0f} mmHg, at rest {rest:.0f} mmHg, below zero for {below}{origin}"


def _newtons(value: float | None) -> str:
    return "" if value is None else f"{figure(value)} N"
