"""The sections of a session's page that are lists and tables: plan, causes, events, limits, versions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from traction import units
from traction.errors import RecordError, catalogue
from traction.report.checks import amount, figure
from traction.report.delivered import CHANGED, Delivered
from traction.report.html import facts, table, text
from traction.report.position import placed_of, words_of
from traction.report.position_picture import picture_lines
from traction.report.recorded import header_of, outcome_of
from traction.report.replay import seen_of
from traction.report.session_charts import share_lines
from traction.runner.rejudge import bounds_of

if TYPE_CHECKING:
    from traction.runner.reader import Event, Record
    from traction.safety.verify import Margin

MOST_EVENTS: Final = 400
LONGEST_TEXT: Final = 300


def planned_lines(record: Record, found: Delivered) -> Iterator[str]:
    """Yield what the protocol says of itself, the figures of its profile, and its phases."""
    header = header_of(record)
    profile, take_up = header.part("profile"), header.part("take_up")
    said = _document(header.part("protocol").text("text"))
    source = said.get("source")
    source = source if isinstance(source, dict) else {}
    changed = bool(found.changes and found.spans)
    yield from facts(
        (
            ("title", _text(said.get("title"))),
            ("source", _text(source.get("citation"))),
            ("evidence", _text(source.get("evidence"))),
            ("caution", _text(source.get("caution"))),
            ("profile lasts", units.format_time(profile.number("duration_s"))),
            ("after its changes", units.format_time(found.spans[-1].end_s) if changed else ""),
            ("peak force", f"{figure(profile.number('peak_n'))} N"),
            ("force at rest", f"{figure(profile.number('rest_n'))} N"),
            ("cycles", str(profile.whole("cycles")) if profile.whole("cycles") else ""),
            (
                "slack take-up",
                _take_up(take_up.number("force_n"), take_up.number("timeout_s")),
            ),
        )
    )
    if found.changes:
        yield "<p>The profile was changed during the run; this is the one that was in force at its end.</p>"
    header_row = ("phase", "begins", "lasts", "lowest level", "highest level", "cycles", "spans")
    groups = groupby(found.spans, key=lambda span: (span.phase, span.kind == "end"))
    rows = []
    for (phase, _), members in groups:
        spans = [*members]
        levels = [span for span in spans if span.level] or spans
        rows.append(
            (
                text(phase or ("end" if spans[-1].kind == "end" else "lead-in")),
                f"{spans[0].start_s:.1f} s",
                text(units.format_time(spans[-1].end_s - spans[0].start_s)),
                f"{figure(min(min(one.start_n, one.end_n) for one in levels))} N",
                f"{figure(max(max(one.start_n, one.end_n) for one in levels))} N",
                str(len({span.cycle for span in spans if span.cycle > 0}) or ""),
                str(len(spans)),
            )
        )
    yield from table("Phases of the profile", header_row, rows, numbers=(1, 2, 3, 4, 5, 6))
    yield from _position_lines(header.part("protocol").text("text"))


def _position_lines(written: str) -> Iterator[str]:
    """Yield the picture of the position as the protocol states it; nothing where it states none."""
    placed = placed_of(written)
    if placed is not None:
        yield '<figure style="margin: .8rem 0">'
        yield from picture_lines(placed)
        said = f"The position as the protocol states it. {words_of(placed)}"
        yield f"<figcaption>{text(said)}</figcaption></figure>"


def _take_up(force_n: float, timeout_s: float) -> str:
    return f"to {figure(force_n)} N, within {units.format_time(timeout_s)}" if force_n > 0 else "none"


def _document(written: str) -> dict[str, Any]:
    try:
        return tomllib.loads(written)
    except (ValueError, RecursionError):
        return {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def causes_lines(record: Record) -> Iterator[str]:
    """Yield every reason to end in the order in which they came, with what its code means."""
    ended = outcome_of(record)
    if ended is None:
        yield "<p>The record does not say how the session ended: it was cut short, or still runs.</p>"
        return
    rows = []
    for cause in ended.parts("causes"):
        code = cause.text("code")
        entry = catalogue().get(code)
        rows.append(
            (
                f"{cause.number('t_us') / 1e6:.2f} s" if cause.text("outcome") != "COMPLETED" else "",
                text(cause.text("outcome")),
                text(code),
                text(cause.text("detail")),
                text("" if entry is None else entry.title),
            )
        )
    header = ("at", "outcome", "code", "figures, or who asked", "what the code means")
    if rows:
        yield from table("Reasons to end, in the order in which they came", header, rows, numbers=(0,))
    else:
        yield "<p>The record names no reason.</p>"


def events_lines(record: Record) -> Iterator[str]:
    """Yield every event as it was written."""
    rows = [
        (f"{event.t_us / 1e6:.2f} s", text(event.name), text(_said(event)), text(event.code))
        for event in record.events[:MOST_EVENTS]
    ]
    if not rows:
        yield "<p>The record has none.</p>"
        return
    header = ("at", "what", "figures, or who asked", "code")
    yield from table("Events", header, rows, numbers=(0,))
    more = len(record.events) - len(rows)
    if more > 0:
        yield f"<p>{more} more events are in the record; <code>traction export</code> writes all of them.</p>"


def _said(event: Event) -> str:
    """Return what an event says; a whole profile is named and not printed."""
    if event.name == CHANGED:
        return f"the profile from here on, {len(event.text)} characters in the record"
    said = event.text
    return said if len(said) <= LONGEST_TEXT else f"{said[:LONGEST_TEXT]} \N{HORIZONTAL ELLIPSIS}"


def margins_table(margins: Sequence[Margin]) -> Iterator[str]:
    """Yield every margin of the proof."""
    rows = [
        (
            text(one.name.replace("_", " ")),
            text(amount(one.value, one.unit)),
            text(amount(one.limit, one.unit)),
            text(amount(one.margin, one.unit)),
            text(one.source),
        )
        for one in margins
    ]
    header = ("figure", "proved", "limit", "left", "limit set by")
    yield from table("Margins proved before the run", header, rows, numbers=(1, 2, 3))


def near_lines(record: Record) -> Iterator[str]:
    """Yield how near the session came to the lines at which the supervisor would have ended it."""
    try:
        near = [*seen_of(record, bounds_of(record))]
    except RecordError:
        yield "<p>The record does not say by which lines it was judged.</p>"
        return
    if not near:
        yield "<p>Nothing moved.</p>"
        return
    shares = [(one.name, one.seen / one.line) for one in near if one.line > 0]
    title = "Share of each line of the supervisor that the session reached"
    yield from share_lines(shares, "near", title, "the line")
    rows = [
        tuple(text(f"{figure(value)} {one.unit}") for value in (one.seen, one.line, one.margin))
        for one in near
    ]
    named = [(text(one.name), *cells) for one, cells in zip(near, rows, strict=True)]
    header = ("figure", "most that was seen", "line of the supervisor", "left")
    yield from table("How near the session came to each line", header, named, numbers=(1, 2, 3))


def limits_lines(record: Record) -> Iterator[str]:
    """Yield the limits the session ran under, and the region's own figures."""
    limits = record.header.get("limits")
    said = header_of(record).part("limits")
    merged, own = said.part("merged"), said.part("facts")
    assert isinstance(limits, dict)
    rows = [
        (text(name), figure(merged.part(name).number("value")), text(merged.part(name).text("source")))
        for name in limits["merged"]
    ]
    rows += [
        (text(name), figure(own.number(name)), f"region {text(said.text('region'))}")
        for name in limits["facts"]
    ]
    yield from table("Limits of the session", ("limit", "value", "set by"), rows, numbers=(1,))
    yield "<p>Units are in the names: N, N/s (n_per_s), s, N s (n_s), mm.</p>"


def protocol_lines(record: Record) -> Iterator[str]:
    """Yield the text of the protocol as it was compiled."""
    protocol = header_of(record).part("protocol")
    lines = protocol.text("text").expandtabs().splitlines()
    yield f"<p>SHA-256 of the file: <code>{text(protocol.text('digest'))}</code></p>"
    yield "<pre><code>" + "\n".join(text(line) for line in lines) + "</code></pre>"


def environment_lines(record: Record, digest: str) -> Iterator[str]:
    """Yield the table that answered, what ran, and every digest."""
    header = header_of(record)
    about, profile, protocol = header.part("table"), header.part("profile"), header.part("protocol")
    pairs = [
        ("table", about.text("url")),
        ("file of the table", about.text("name")),
        ("drive", about.text("drive")),
    ]
    if about.has("identity"):
        identity = about.part("identity")
        pairs += [
            (name.replace("_", " "), identity.text(name)) for name in ("model", "serial_number", "firmware")
        ]
        pairs.append(("simulated", "yes" if identity.flag("simulated") else "no, a real table"))
    ended = outcome_of(record)
    pairs += [
        ("protocol digest", protocol.text("digest")),
        ("profile digest", profile.text("digest")),
        ("messages digest", _text((record.outcome or {}).get("sha256")) if ended is not None else ""),
        ("file digest", digest),
    ]
    yield from facts(pairs)
    versions = record.header.get("versions")
    if isinstance(versions, dict):
        rows = [(text(str(name)), text(str(version))) for name, version in versions.items()]
        yield from table("Versions of what ran", ("package", "version"), rows)
