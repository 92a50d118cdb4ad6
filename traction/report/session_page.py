"""A session as one HTML page that needs no other file: planned, delivered, what happened, and from what.

It says nothing that is not in the record: no clock is read and nothing is looked up elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from traction import units
from traction.errors import Problem, RecordError
from traction.report.checks import figure
from traction.report.closing import eased_text, tare_text
from traction.report.conformance import conformance
from traction.report.conformance_text import CLAIM as COMPARED
from traction.report.conformance_text import (
    HEADER,
    NUMBERS,
    RAMPS,
    WORDS,
    level_cells,
    level_name,
    measure_text,
    over_text,
    phase_cells,
    ramp_cells,
    row_name,
)
from traction.report.delivered import Delivered, delivered
from traction.report.html import document, facts, table, text
from traction.report.origin import SENTENCE
from traction.report.recorded import header_of, of_record, outcome_of, simulated_of
from traction.report.session_charts import (
    apart_words,
    figure_lines,
    force_chart,
    picture_table,
    pressure_chart,
    share_lines,
    travel_chart,
)
from traction.report.session_picture import same_file
from traction.report.session_sections import (
    causes_lines,
    environment_lines,
    events_lines,
    limits_lines,
    margins_table,
    near_lines,
    planned_lines,
    protocol_lines,
)
from traction.report.text import END, table_text

if TYPE_CHECKING:
    from traction.bench.tolerance import Tolerance
    from traction.report.conformance_rows import Conformance
    from traction.report.summary import Summary
    from traction.runner.reader import Record

CLAIM: Final = (
    "Bench engineering software: no conformity with any standard is claimed, and nothing on this page says "
    "that a treatment works or what it did to anybody. All figures come from one record; the forces are as "
    "the table's own load cells read them."
)

STYLE: Final = """\
@page { size: A4; margin: 15mm 14mm 18mm;
  @bottom-right { content: "page " counter(page) " of " counter(pages); font: 8pt Arial, sans-serif; } }
.wide { margin: .8rem 0; } .wide svg { max-width: 960px; min-width: 34rem; font-size: 13px; }
h1, h2, p, li, figcaption { overflow-wrap: anywhere; }
th, td { overflow-wrap: break-word; max-width: 32rem; }
figcaption { font-size: .85rem; color: #333; max-width: 60rem; }
.out td, .out th { background: #d9d9d9; font-weight: 600; }
pre { font: .8rem/1.35 ui-monospace, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
.warning { border: 3px solid #1a1a1a; padding: .4rem .8rem; font-weight: 600; }
@media (max-width: 34rem) {
  body { padding: .8rem; font-size: 15px; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin: 0 0 .4rem; }
}
@media print {
  nav { display: none; } .wide svg { min-width: 0; } a { color: inherit; text-decoration: none; }
  figure, .scroll:has(tbody tr:nth-child(-n+16):last-child) { break-inside: avoid; }
  caption { break-after: avoid; } pre { break-inside: auto; } dl > * { break-inside: avoid; }
  section { break-inside: auto; }
}
"""

PARTS: Final = (
    ("summary", "Summary"),
    ("planned", "What was planned"),
    ("delivered", "What was delivered"),
    ("conformance", "Conformance: commanded against delivered"),
    ("end", "How it ended, and who asked"),
    ("events", "Events"),
    ("margins", "Margins proved before the run"),
    ("near", "Margins left during the run"),
    ("limits", "Limits, and who set them"),
    ("protocol", "Protocol text"),
    ("environment", "Table, versions and digests"),
    ("rows", "Every hold, rest and ramp"),
    ("table", "The pictures as a table"),
)


def session_page(record: Record, tolerance: Tolerance) -> str:
    """Return the page of ``record``, judged by ``tolerance``; RecordError E610 for what no session writes."""
    summary, found = of_record(record), delivered(record)
    judged = conformance(record, tolerance)
    title = f"Session report: {summary.protocol}"
    return document(title, CLAIM, _body(record, summary, found, judged), _foot(record), style=STYLE)


def _body(record: Record, summary: Summary, found: Delivered, judged: Conformance) -> Iterator[str]:
    yield '<nav aria-label="Contents"><ul>'
    yield from (f'<li><a href="#{name}">{text(title)}</a></li>' for name, title in PARTS)
    yield "</ul></nav>"
    code = f" {summary.reason_code}" if summary.reason_code else ""
    yield f'<p class="verdict">{text(f"{summary.outcome}{code}: {summary.reason}")}</p>'
    if not record.complete:
        said = "; ".join(f"{problem.code} {problem.message}" for problem in record.problems)
        yield f'<p class="warning">This record is not whole, and is shown as far as it goes: {text(said)}</p>'
    parts = {
        "summary": _summary(record, summary, judged),
        "planned": planned_lines(record, found),
        "delivered": _delivered(record, found),
        "conformance": _conformance(judged),
        "end": causes_lines(record),
        "events": events_lines(record),
        "margins": _margins(summary),
        "near": near_lines(record),
        "limits": limits_lines(record),
        "protocol": protocol_lines(record),
        "environment": environment_lines(record, file_digest(record)),
        "rows": _rows(judged),
        "table": picture_table(record, found),
    }
    for name, title in PARTS:
        yield f'<section id="{name}" aria-labelledby="{name}-head">'
        yield f'<h2 id="{name}-head">{text(title)}</h2>'
        yield from parts[name]
        yield "</section>"


def _summary(record: Record, summary: Summary, judged: Conformance) -> Iterator[str]:
    header = record.header
    lasted = "" if summary.duration_s is None else units.format_time(summary.duration_s)
    done = summary.cycles_completed
    yield from facts(
        (
            ("protocol", f"{summary.protocol}"),
            ("region", summary.region or ""),
            ("session of the course", _plain(header.get("session_number"))),
            ("patient", _patient(header.get("patient"))),
            ("coded arm of the trial", _plain(_dict(header.get("sham")).get("label"))),
            ("body mass", "" if summary.mass_kg is None else f"{summary.mass_kg:g} kg"),
            ("tare", "" if summary.tare is None else tare_text(summary.tare)),
            ("table", table_text(summary)),
            ("clock, seed", f"{summary.clock} clock, seed {summary.seed}"),
            ("started", _plain(header.get("started_at"))),
            ("session lasted", lasted),
            ("cycles", "" if done is None or not summary.cycles else f"{done} of {summary.cycles}"),
            ("eased off", "" if summary.eased is None else eased_text(summary.eased)),
            ("at the end", END[summary.slack] if summary.duration_s is not None else ""),
            ("conformance", f"{WORDS[judged.within]} ({judged.tolerance})"),
        )
    )
    answers = _dict(_dict(header.get("preflight")).get("answers"))
    if answers:
        rows = [(text(str(name)), text(_plain(answer))) for name, answer in answers.items()]
        yield from table("Answers before the session", ("line of the preflight", "answer"), rows)


def _dict(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _patient(value: Any) -> str:
    name, digest = (_plain(_dict(value).get(key)) for key in ("id", "digest"))
    return f"{name} (file {digest[:12]})" if digest else name


def _delivered(record: Record, found: Delivered) -> Iterator[str]:
    apart = apart_words(record) if len(found.t_s) else ""
    measured = f"Measured force broad and pale ({'cell B dashed' if apart else 'mean of both cells'})"
    said = f"{measured}, commanded thin and dark; dotted did not run. {apart}".strip()
    yield from figure_lines(force_chart(record, found), said)
    yield from figure_lines(travel_chart(found), "Travel of the carriage, positive in pull.")
    yield from figure_lines(pressure_chart(record, found), SENTENCE[simulated_of(record)])
    if not len(found.t_s):
        yield "<p>Nothing moved: there are no samples.</p>"


def _conformance(judged: Conformance) -> Iterator[str]:
    counts = f"{judged.judged} figures judged, {len(judged.out)} out of tolerance"
    yield f'<p class="verdict">{text(f"{WORDS[judged.within]} ({judged.tolerance}): {counts}")}</p>'
    yield f"<p>{text(judged.tolerance_title)}. {text(COMPARED)}</p>"
    if judged.remarks:
        yield "<ul>"
        yield from (f"<li>{text(remark)}</li>" for remark in judged.remarks)
        yield "</ul>"
    if judged.out:
        rows = [(text(row_name(one)), text("; ".join(one.misses))) for one in judged.out]
        yield from table("Out of tolerance", ("what", "how far"), rows)
    if judged.levels:
        cells = [tuple(map(text, row)) for row in phase_cells(judged.levels)]
        yield from table("Holds and rests of each phase: the worst of each", HEADER, cells, numbers=NUMBERS)
    whole = [(text(one.name), text(measure_text(one)), text(one.note)) for one in judged.measures]
    if whole:
        yield from table("The whole session", ("figure", "delivered", "how to read it"), whole)
    if judged.over:
        over = [(f"{figure(one.threshold_n)} N", text(over_text(one))) for one in judged.over]
        yield from table("Time at or above a force", ("force", "time"), over)


def _rows(judged: Conformance) -> Iterator[str]:
    if not judged.levels:
        yield "<p>None of them ran.</p>"
        return
    levels = [tuple(map(text, level_cells(level_name(one), [one]))) for one in judged.levels]
    yield from table("Holds and rests", HEADER, levels, numbers=NUMBERS)
    if judged.ramps:
        ramps = [tuple(map(text, ramp_cells(one))) for one in judged.ramps]
        yield from table("Ramps", RAMPS, ramps, numbers=(1, 2, 3, 4))


def _margins(summary: Summary) -> Iterator[str]:
    if not summary.margins:
        yield "<p>The record has none.</p>"
        return
    proved = [(one.name.replace("_", " "), one.value / one.limit) for one in summary.margins if one.limit > 0]
    title = "Share of each limit that the proof before the run found used"
    yield from share_lines(proved, "proved", title, "the limit")
    yield from margins_table(summary.margins)


def file_digest(record: Record) -> str:
    """Return the SHA-256 of the record's file in hex, empty where it is in memory or gone."""
    if record.path is None:
        return ""
    try:
        with record.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _foot(record: Record) -> Iterator[str]:
    ended = outcome_of(record)
    yield "<footer>"
    name = "" if record.path is None else f"the record {record.path.name}"
    rows = len(record.samples["t_us"])
    known = "" if ended is None else f", outcome {ended.text('outcome')}"
    version = header_of(record).part("versions").text("traction")
    said = f"Made from {name or 'a record in memory'}: {rows} samples, {len(record.events)} events{known}"
    yield f"<p>{text(said)}; recorded by traction {text(version)}.</p>"
    yield "</footer>"


def write_page(record: Record, tolerance: Tolerance, path: Path) -> None:
    """Write the page beside ``path`` first and move it there; E653 when it cannot be, or over the record."""
    if record.path is not None and same_file(record.path, path):
        raise RecordError(Problem("E653", "the record itself is there", "another name", file=str(path)))
    page = session_page(record, tolerance)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(page, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # the reason that counts is the first
            part.unlink(missing_ok=True)
        said = f"the page could not be written: {error.strerror or error}"
        raise RecordError(Problem("E653", said, file=str(path))) from error
