"""A course as one page: one file, no script, readable on paper, in grey and by a reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from traction import __version__
from traction.patients.days import day_label, weekday
from traction.report.course_text import came_of
from traction.report.courses import NO_CLAIM, OVER, rules
from traction.report.html import code, document, facts, table, text

if TYPE_CHECKING:
    from traction.courses.book import Book
    from traction.courses.outlook import Outlook
    from traction.courses.rules import Due
    from traction.errors import Problem

FOOT = "Bench engineering software: no conformity is claimed."
DIGEST = 64
HEIGHT, LEFT, WIDTH = 180, 44, 716


def course_page(book: Book, rows: Sequence[Outlook], due: Due, problems: Sequence[Problem]) -> str:
    """Return the page: rules, picture of the peaks, calendar, sessions with digests, events, the file."""
    course = book.course
    body = [
        *_facts(book, problems),
        "<section><h2>Peak force, session by session</h2>",
        *_picture(rows),
        "</section>",
        *_section("Calendar", _PLAN_HEAD, (_plan_cells(row) for row in rows), "Planned and held sessions"),
        *([f"<p>{text(OVER)}</p>"] if any(row.over for row in rows) else []),
        *_section("Sessions and their records", _HELD_HEAD, _held_cells(book), "Every session so far"),
        *_section("Events", ("when", "what", "figures"), _event_cells(book), "Oldest first"),
        "<section><h2>What holds the next session up</h2>",
        *_list(f"{problem.code} {problem.message}" for problem in due.problems),
        "</section><section><h2>The course file</h2>",
        f"<pre><code>{text(course.text)}</code></pre></section>",
    ]
    foot = [f"<footer><p>{text(FOOT)} traction {text(__version__)}.</p></footer>"]
    return document(course.title, NO_CLAIM, body, foot)


_PLAN_HEAD = ("session", "day", "stage", "level", "peak, N", "what came of it")
_HELD_HEAD = (
    "session",
    "closed",
    "level",
    "planned, N",
    "measured, N",
    "what came of it",
    "record digest",
    "note",
)


def _facts(book: Book, problems: Sequence[Problem]) -> Iterator[str]:
    course, patient = book.course, book.patient
    said = "every record is there and has its digest" if not problems else f"{len(problems)} are not"
    pairs = {
        "course": f"{course.id}, {course.digest}",
        "patient": f"{patient.id}, {patient.mass_kg:g} kg, {patient.digest}",
        **{label: said for label, said in rules(book) if said},
        "protocols": "; ".join(f"{name}, {one.digest}" for name, one in book.protocols.items()),
        "records": said,
    }
    yield from facts(pairs.items())
    if problems:
        yield from _list(f"{problem.code} {problem.message}" for problem in problems)


def _list(texts: Iterable[str]) -> Iterator[str]:
    lines = [f"<li>{text(one)}</li>" for one in texts]
    yield from ["<ul>", *lines, "</ul>"] if lines else ["<p>Nothing.</p>"]


def _section(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> Iterator[str]:
    yield f"<section><h2>{text(title)}</h2>"
    yield from table(caption, head, ([_cell(one) for one in row] for row in rows))
    yield "</section>"


def _cell(said: str) -> str:
    """Return a cell; a digest is one word of 64 letters, and folds only as code."""
    return code(said) if len(said) == DIGEST else text(said)


def _plan_cells(row: Outlook) -> tuple[str, ...]:
    return (
        str(row.planned.number),
        f"{weekday(row.planned.day)} {day_label(row.planned.day)}",
        row.planned.stage.name,
        str(row.level),
        f"refused, {row.refused}" if row.peak_n is None else f"{row.peak_n:.1f}{' !' if row.over else ''}",
        "" if row.session is None else came_of(row.session),
    )


def _held_cells(book: Book) -> Iterator[tuple[str, ...]]:
    for session in book.history.sessions:
        closing = session.closing
        yield (
            str(session.number),
            "open" if session.closed_at is None else session.closed_at[:16].replace("T", " "),
            str(session.opening.level),
            f"{session.opening.planned_peak_n:.1f}",
            "" if closing is None or closing.peak_n is None else f"{closing.peak_n:.1f}",
            came_of(session),
            "" if closing is None else closing.record_digest or "no record",
            session.note,
        )


def _event_cells(book: Book) -> Iterator[tuple[str, ...]]:
    for event in book.history.events:
        said = ", ".join(f"{key}: {value}" for key, value in event.detail.items() if value not in (None, ""))
        yield (event.at, event.kind, said)


_OUTLINE = "fill='none' stroke='#1a1a1a'"


def _measured_n(row: Outlook) -> float:
    closing = None if row.session is None else row.session.closing
    return 0.0 if closing is None else closing.peak_n or 0.0


def _picture(rows: Sequence[Outlook]) -> Iterator[str]:
    """Draw a bar to each session: outlined as planned, filled as far as measured. The tables say the same."""
    top = max((max(row.peak_n or 0.0, _measured_n(row)) for row in rows), default=0.0) or 1.0
    wide = WIDTH / max(len(rows), 1)
    said = f"Planned peak force of {len(rows)} sessions, up to {top:.0f} N; filled as far as was measured."
    yield f"<svg viewBox='0 0 {LEFT + WIDTH} {HEIGHT + 30}' role='img' aria-label='{text(said)}'>"
    yield f"<line x1='{LEFT}' y1='{HEIGHT}' x2='{LEFT + WIDTH}' y2='{HEIGHT}' stroke='#1a1a1a'/>"
    yield f"<text x='{LEFT - 4}' y='14' text-anchor='end'>{top:.0f} N</text>"
    yield f"<text x='{LEFT - 4}' y='{HEIGHT}' text-anchor='end'>0 N</text>"
    for index, row in enumerate(rows):
        x = LEFT + index * wide + wide * 0.15
        for force_n, paint in ((_measured_n(row), "fill='#555'"), (row.peak_n or 0.0, _OUTLINE)):
            high = force_n / top * (HEIGHT - 10)
            yield (
                f"<rect x='{x:.1f}' y='{HEIGHT - high:.1f}' width='{wide * 0.7:.1f}' height='{high:.1f}'"
                f" {paint}/>"
            )
        if index % max(1, len(rows) // 20) == 0:
            yield f"<text x='{x:.1f}' y='{HEIGHT + 16}'>{row.planned.number}</text>"
    yield "</svg>"
    yield f"<p>{text(said)}</p>"
