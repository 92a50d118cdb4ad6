"""What a protocol says beside its phases, for people and for programs: position, tare, seal, ways, steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from traction import units
from traction.protocol.parts import Tare
from traction.protocol.tare import tare_n
from traction.report.checks import figure
from traction.report.layout import facts, wrap

if TYPE_CHECKING:
    from traction.protocol.paths import ProvedPath
    from traction.protocol.protocol import Protocol
    from traction.protocol.questions import Question
    from traction.protocol.rounding import Rounded
    from traction.report.style import Style

SHOWN: Final = 12
"""Ways and levels shown before the rest is a number; --json has all of them."""


def position_pairs(protocol: Protocol) -> list[tuple[str, str]]:
    """Return how the patient lies, step by step, and the coded name of a trial's arm."""
    position, sham = protocol.document.position, protocol.declared.sham
    pairs: list[tuple[str, str]] = []
    if position is not None:
        angle = "" if position.angle is None else units.format_quantity(position.angle, "angle", "deg")
        couch = "" if position.couch is None else f"{position.couch} couch"
        side = "" if position.side is None else f"side {position.side}"
        known = (position.posture, position.level, side, angle, couch)
        pairs.append(("position", "; ".join(part for part in known if part)))
        for number, text in enumerate(position.steps or [], 1):
            pairs.append(("steps" if number == 1 else "", f"{number}. {text}"))
    if sham is not None:
        pairs.append(("arm", f"{sham.label}, sealed {sham.seal[:12]}"))
    return [(name, text) for name, text in pairs if text]


def declared_pairs(protocol: Protocol, mass_kg: float | None) -> list[tuple[str, str]]:
    """Return what holds for the whole session: tare, stops, alerts, tolerance, the tension of moves."""
    document, declared = protocol.document, protocol.declared
    pairs: list[tuple[str, str]] = []
    if document.tare is not None:
        pairs.append(("tare", _tare(document.tare, mass_kg)))
    if document.position is not None and document.position.moves_below is not None:
        pairs.append(("moves", f"up to a tension of {figure(document.position.moves_below)} N"))
    stops = asdict(declared.stops)
    said = ", ".join(f"{name} {what.replace('-', ' ')}" for name, what in stops.items() if what)
    if said:
        pairs.append(("stops", said))
    if declared.alerts is not None:
        every = units.format_time(declared.alerts.every_s)
        pairs.append(("at the end", f"told again every {every}, {declared.alerts.times} times at most"))
    if declared.tolerance is not None:
        pairs.append(("judged by", f"the tolerance {declared.tolerance}"))
    return pairs


def _tare(tare: Tare, mass_kg: float | None) -> str:
    head = (
        f"{100 * tare.head_share:g} % of the body"
        if tare.head_share is not None
        else f"{tare.head_mass:g} kg"
    )
    slope = f"a head of {head} on a pull {tare.angle:g} deg {tare.pull}"
    if tare.head_mass is None and mass_kg is None:
        return f"{slope}: how much, with the body mass"
    force_n = tare_n(tare, mass_kg)
    more = "more" if force_n >= 0.0 else "less"
    return f"{slope}: the table pulls {figure(abs(force_n))} N {more} than each level of the file"


def way_through_lines(paths: Sequence[ProvedPath], style: Style) -> list[str]:
    """Return each way through the answers, how long it lasts and how hard it pulls; nothing for one way."""
    if len(paths) < 2:
        return []
    pairs = []
    for number, path in enumerate(paths[:SHOWN], 1):
        said = ", ".join(f"{name}: {answer}" for name, answer in path.taken)
        pairs.append((str(number), f"{units.format_time(path.duration_s)}, {figure(path.peak_n)} N: {said}"))
    if len(paths) > SHOWN:
        pairs.append(("", f"and {len(paths) - SHOWN} more"))
    note = f"all {len(paths)} are proved; the margins are the worst of them, --way draws another"
    return [*facts(pairs, style), *wrap(note, style, hanging="  ")]


def rounding_lines(rounded: Sequence[Rounded], step_n: float, style: Style) -> list[str]:
    """Return which levels are no whole number of a table's steps, as one sentence; nothing where all are."""
    if not rounded:
        return []
    levels = list(dict.fromkeys((one.level_n, one.nearest_n) for one in rounded))
    shown = ", ".join(f"{level:.6g} N (nearest {near:.6g} N)" for level, near in levels[:3])
    more = f" and {len(levels) - 3} more" if len(levels) > 3 else ""
    lie = "lies" if len(levels) == 1 else "lie"
    text = f"steps of {step_n:g} N: {shown}{more} {lie} between two; nothing is rounded"
    return wrap(text, style, hanging="  ")


def parts_row(protocol: Protocol, mass_kg: float | None) -> dict[str, Any]:
    """Return the same for programs; what the file does not say is None."""
    document = protocol.document
    known = document.tare is not None and (document.tare.head_mass is not None or mass_kg is not None)
    tables = ("setup", "position", "tare")
    row = {name: getattr(document, name) for name in tables}
    return {
        **{name: None if table is None else table.model_dump() for name, table in row.items()},
        "tare_n": tare_n(document.tare, mass_kg) if known and document.tare is not None else None,
        "uses_session": protocol.uses_session,
        **asdict(protocol.declared),
    }


def proof_row(
    session: int,
    questions: Sequence[Question],
    paths: Sequence[ProvedPath],
    live: Sequence[Any],
    rounded: Sequence[Rounded],
    step_n: float,
) -> dict[str, Any]:
    """Return what a proof says beside its profile and its margins."""
    return {
        "session": session,
        "questions": [asdict(one) for one in questions],
        "paths": [asdict(path) for path in paths],
        "live": [asdict(one) for one in live],
        "rounding": rounding_row(rounded, step_n),
    }


def rounding_row(rounded: Sequence[Rounded], step_n: float) -> dict[str, Any]:
    """Return the steps of a table and every level between two of them."""
    return {"step_n": step_n, "levels": [asdict(one) for one in rounded]}
