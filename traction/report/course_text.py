"""A course in words while it runs: what is due, every session so far, and what holds the next one up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from traction.patients.days import day_label, weekday
from traction.report.checks import figure
from traction.report.closing import often
from traction.report.courses import course_facts, plan_lines
from traction.report.layout import facts, heading, table, wrap

if TYPE_CHECKING:
    from traction.courses.book import Book
    from traction.courses.history import Session
    from traction.courses.outlook import Outlook
    from traction.courses.rules import Due
    from traction.errors import Problem
    from traction.report.style import Style

_BORNE: Final = {None: "no word", True: "well", False: "not well"}


def came_of(session: Session) -> str:
    """Return how a session ended, in a few words."""
    if session.closing is None:
        return f"open since {session.opened_at}"
    words = [session.closing.outcome, session.closing.code]
    tolerated = {None: "no word on tolerance", True: "tolerated", False: "not tolerated"}[session.tolerated]
    words += [tolerated] if session.counts else []
    words.append(eased_off(session))
    if session.symptoms not in (None, "same"):
        words.append(f"symptoms {session.symptoms}")
    return ", ".join(word for word in words if word)


def eased_off(session: Session) -> str:
    """Return how often the force was eased off, empty for never."""
    times = 0 if session.closing is None else session.closing.eased or 0
    return "" if not times else f"eased off {often(times)}"


def due_lines(book: Book, due: Due, peak_n: float | None, style: Style) -> list[str]:
    """Return which session comes next."""
    lines = course_facts(book, style, whole=False)
    if due.planned is None:
        return lines + wrap("All sessions of this course have been held.", style)
    last = book.history.last
    caps = book.course.caps
    capped = f"{figure(caps.max_force_n)} N, and {figure(caps.max_step_n)} N above the last session"
    pairs = [
        *_next(due),
        ("peak", "" if peak_n is None else f"{peak_n:.1f} N"),
        ("at most", capped),
        ("last", "" if last is None else f"{last.opening.planned_peak_n:.1f} N, {came_of(last)}"),
    ]
    return [*lines, *heading("Next", style), *facts(pairs, style)]


def _next(due: Due) -> list[tuple[str, str]]:
    planned = due.planned
    if planned is None:
        return []
    return [
        ("session", f"{due.number}, {planned.stage.name}, planned for {_day(planned.day)}"),
        ("protocol", f"{planned.stage.protocol} at level {due.level}"),
    ]


def _day(day: int) -> str:
    return f"{weekday(day)} {day_label(day)}"


def session_lines(book: Book, style: Style) -> list[str]:
    """Return every session so far, a line to each, and below them what was noted."""
    header = ("no.", "closed", "level", "planned", "peak", "outcome", "borne", "symptoms")
    cells, notes = [], []
    for session in book.history.sessions:
        closing = session.closing
        peak = "" if closing is None or closing.peak_n is None else f"{closing.peak_n:.0f} N"
        cells.append(
            (
                str(session.number),
                "" if session.closed_at is None else session.closed_at[:16].replace("T", " "),
                str(session.opening.level),
                f"{session.opening.planned_peak_n:.0f} N",
                peak,
                "open" if closing is None else f"{closing.outcome} {closing.code}".strip(),
                _BORNE[session.tolerated] if session.counts else "",
                session.symptoms or "",
            )
        )
        said = "; ".join(one for one in (eased_off(session), session.note) if one)
        if said:
            notes += wrap(f"{session.number}: {said}", style, hanging="   ")
    if not cells:
        return wrap("No session so far.", style)
    return [*table(header, cells, style, right=(0, 2, 3, 4)), *notes]


def against_lines(due: Due, style: Style) -> list[str]:
    """Return what holds the next session up now, a line to each."""
    lines = []
    for problem in due.problems:
        lines += wrap(f"{problem.code} {problem.message}", style, hanging="  ")
    return lines or wrap("Nothing holds the next session up.", style)


def status_lines(book: Book, due: Due, style: Style) -> list[str]:
    """Return where a course stands."""
    return [
        *course_facts(book, style, whole=False),
        *heading("Sessions", style),
        *session_lines(book, style),
        *heading("Next", style),
        *facts(_next(due), style),
        *against_lines(due, style),
    ]


def report_lines(
    book: Book, rows: Sequence[Outlook], due: Due, problems: Sequence[Problem], style: Style
) -> list[str]:
    """Return a course as one document."""
    lines = [*plan_lines(book, rows, style), *heading("Sessions", style), *session_lines(book, style)]
    lines += heading("Events", style)
    for event in book.history.events:
        said = ", ".join(f"{key}: {value}" for key, value in event.detail.items() if value not in (None, ""))
        lines += wrap(f"{event.at}  {event.kind}  {said}", style, hanging="    ")
    lines += [*heading("Records", style), *_record_lines(book, problems, style)]
    return [*lines, *heading("Next", style), *against_lines(due, style)]


def _record_lines(book: Book, problems: Sequence[Problem], style: Style) -> list[str]:
    lines = []
    for session in book.history.sessions:
        if session.closing is not None and session.closing.record_digest is not None:
            lines += wrap(f"{session.number}  {session.closing.record_digest}", style)
            lines += wrap(str(session.closing.record_path), style, indent="    ")
    for problem in problems:
        lines += wrap(f"{problem.code} {problem.message}", style, hanging="  ")
    if not problems:
        lines += wrap("Every record is there and has its digest.", style)
    return lines
