"""A session judged again, as people and as programs read it."""

from __future__ import annotations

from typing import Any

from traction import units
from traction.report.checks import figure
from traction.report.layout import heading, table, wrap
from traction.report.replay import Replay, Trip
from traction.report.style import Role, Style

HEADER = ("came nearest", "seen", "line", "left")


def replay_lines(found: Replay, style: Style) -> list[str]:
    """Return the verdict, each trip, and how near the session came to every line."""
    word, text, role = _verdict(found)
    first, *rest = wrap(f"{word}: {text}", style, hanging="  ")
    lines = [style.paint(word, role) + first.removeprefix(word), *rest]
    for one in found.tightened:
        lines += wrap(
            f"- {one.limit} is {figure(one.now)} instead of {figure(one.recorded)}", style, hanging="  "
        )
    for name in found.looser:
        said = (
            f"- {name} of the file is looser than that of the record, and changes nothing: the tightest wins"
        )
        lines += wrap(said, style, hanging="  ")
    for said in found.refused:
        lines += wrap(f"- the proof would have refused it before anything moved: {said}", style, hanging="  ")
    for trip in found.trips:
        new = "would have tripped here" if trip in found.new else "as recorded"
        lines += wrap(f"- {new}: {trip_text(trip)}", style, hanging="  ")
    for code, t_us in found.lost:
        lines += wrap(f"- recorded at {t_us / 1e6:.2f} s and not found again: {code}", style, hanging="  ")
    rows = [
        (one.name, *(f"{figure(value)} {one.unit}" for value in (one.seen, one.line, one.margin)))
        for one in found.seen
    ]
    lines += heading("How near it came to each line", style)
    return lines + table(HEADER, rows, style, right=(1, 2, 3))


def _verdict(found: Replay) -> tuple[str, str, Role]:
    count = len(found.judgement.verdicts)
    whole = "" if found.complete else ", as far as the record goes"
    if found.tightened:
        if found.holds:
            return "HOLDS", f"nothing more would have ended the session under these limits{whole}", "good"
        if found.new:
            at = units.format_time(found.new[0].judged.t_us / 1e6)
            return "WOULD HAVE TRIPPED", f"after {at}{whole}", "bad"
        return "WOULD HAVE BEEN REFUSED", "by the proof, though no sample trips", "bad"
    if found.holds:
        same = f"the same {count} verdicts at the same samples" if count else "no verdict, then and now"
        return "AGREES", f"{same}{whole}", "good"
    return "DISAGREES", f"{len(found.new)} verdicts are new, {len(found.lost)} are lost{whole}", "bad"


def trip_text(trip: Trip) -> str:
    """Return time, place, force, code and figures of a trip."""
    judged = trip.judged
    at = f"at {judged.t_us / 1e6:.2f} s (sample {judged.row}, {trip.where})"
    return f"{judged.code} {at}, force {figure(trip.force_n)} N: {judged.detail or 'no figures'}"


def replay_row(found: Replay) -> dict[str, Any]:
    """Return the object that ``replay --json`` prints."""
    return {
        "complete": found.complete,
        "holds": found.holds,
        "verdicts": [_trip_row(one, found) for one in found.trips],
        "recorded": [{"code": code, "t_us": t_us} for code, t_us in found.judgement.recorded],
        "lost": [{"code": code, "t_us": t_us} for code, t_us in found.lost],
        "tightened": [
            {"limit": one.limit, "recorded": one.recorded, "now": one.now} for one in found.tightened
        ],
        "looser": list(found.looser),
        "refused": list(found.refused),
        "margins": {
            one.name: {"seen": one.seen, "line": one.line, "margin": one.margin, "unit": one.unit}
            for one in found.seen
        },
    }


def _trip_row(trip: Trip, found: Replay) -> dict[str, Any]:
    judged = trip.judged
    return {
        "code": judged.code,
        "detail": judged.detail,
        "reaction": judged.reaction.name,
        "row": judged.row,
        "t_us": judged.t_us,
        "profile_s": trip.profile_s,
        "where": trip.where,
        "force_n": trip.force_n,
        "new": trip in found.new,
    }
