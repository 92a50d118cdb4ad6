"""A course in words and rows: its plan, what is due, where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from traction.patients.days import day_label, weekday
from traction.report.chart import clock_text
from traction.report.checks import figure, problem_row
from traction.report.layout import facts, heading, table, wrap

if TYPE_CHECKING:
    from traction.courses.book import Book
    from traction.courses.history import Session
    from traction.courses.outlook import Outlook
    from traction.courses.rules import Due
    from traction.errors import Problem
    from traction.report.style import Style

NO_CLAIM = "A plan of forces and days; whether a course helps is not said here."


def course_facts(book: Book, style: Style) -> list[str]:
    """Return what course it is, for whom, and by which protocols."""
    course, held = book.course, len(book.history.held)
    rule = course.progression
    said = (
        "the protocol's session number is the place in the plan"
        if rule is None
        else f"up one level after {rule.after} tolerated in a row, down {rule.back} after one that was not, "
        f"to level {rule.most} at most"
    )
    caps = course.caps
    capped = f"{figure(caps.max_force_n)} N, and {figure(caps.max_step_n)} N above the last session"
    lines = [style.paint(line, "strong") for line in wrap(f"{course.id}: {course.title}", style)]
    return lines + facts(
        [
            ("patient", f"{book.patient.id}, {book.patient.mass_kg:g} kg"),
            ("protocols", ", ".join(f"{name} ({one.digest[:12]})" for name, one in book.protocols.items())),
            ("levels", said),
            ("at most", capped),
            ("source", course.source.citation),
            ("caution", course.source.caution),
            ("assumed", "; ".join(course.source.assumed)),
            ("held", f"{held} session{'' if held == 1 else 's'}"),
        ],
        style,
    )


def plan_lines(book: Book, rows: Sequence[Outlook], style: Style) -> list[str]:
    """Return the calendar, a line to a session."""
    header = ("session", "day", "stage", "level", "peak", "step", "time", "what came of it")
    cells, before_n = [], None
    for row in rows:
        step = "" if before_n is None or row.peak_n is None else f"{row.peak_n - before_n:+.0f} N"
        cells.append(
            (
                str(row.planned.number),
                f"{weekday(row.planned.day)} {day_label(row.planned.day)}",
                row.planned.stage.name,
                str(row.level),
                f"REFUSED {row.refused}" if row.peak_n is None else f"{row.peak_n:.0f} N",
                step + (" !" if row.over else ""),
                "" if row.duration_s is None else clock_text(row.duration_s),
                "" if row.session is None else came_of(row.session),
            )
        )
        before_n = row.peak_n if row.peak_n is not None else before_n
    lines = [*course_facts(book, style), "", *table(header, cells, style, right=(0, 3, 4, 5, 6))]
    if any(row.over for row in rows):
        said = (
            "! is above a cap of the course, or further from the session before than it states: it will ask."
        )
        lines += wrap(said, style, hanging="  ")
    lines += wrap("Levels to come are those if every session is tolerated.", style, hanging="  ")
    return [*lines, *wrap(NO_CLAIM, style, hanging="  ")]


def came_of(session: Session) -> str:
    """Return how a session ended, in a few words."""
    if session.closing is None:
        return f"open since {session.opened_at}"
    words = [session.closing.outcome, session.closing.code]
    tolerated = {None: "no word on tolerance", True: "tolerated", False: "not tolerated"}[session.tolerated]
    words += [tolerated] if session.counts else []
    if session.symptoms not in (None, "same"):
        words.append(f"symptoms {session.symptoms}")
    return ", ".join(word for word in words if word)


def plan_row(book: Book, rows: Sequence[Outlook]) -> dict[str, Any]:
    """Return the calendar with plain values only."""
    return {
        "course": course_row(book),
        "sessions": [
            {
                "number": row.planned.number,
                "day": day_label(row.planned.day),
                "weekday": weekday(row.planned.day),
                "not_before": day_label(row.planned.week_day),
                "stage": row.planned.stage.name,
                "protocol": row.planned.stage.protocol,
                "level": row.level,
                "peak_n": row.peak_n,
                "duration_s": row.duration_s,
                "refused": row.refused or None,
                "over_a_cap": row.over,
                "held": None if row.session is None else session_row(row.session),
            }
            for row in rows
        ],
    }


def course_row(book: Book) -> dict[str, Any]:
    """Return what identifies a course and all that it rests on."""
    return {
        "id": book.course.id,
        "title": book.course.title,
        "digest": book.course.digest,
        "region": book.region,
        "patient": {"id": book.patient.id, "digest": book.patient.digest, "mass_kg": book.patient.mass_kg},
        "protocols": book.digests(),
        "held": len(book.history.held),
    }


def session_row(session: Session) -> dict[str, Any]:
    """Return one session with plain values only."""
    opening, closing = session.opening, session.closing
    return {
        "number": session.number,
        "level": opening.level,
        "stage": opening.stage,
        "protocol": opening.protocol,
        "protocol_digest": opening.protocol_digest,
        "mass_kg": opening.mass_kg,
        "planned_peak_n": opening.planned_peak_n,
        "opened_at": session.opened_at,
        "closed_at": session.closed_at,
        "outcome": None if closing is None else closing.outcome,
        "code": None if closing is None else closing.code or None,
        "peak_n": None if closing is None else closing.peak_n,
        "table": None if closing is None else closing.table,
        "record": None if closing is None else closing.record_path,
        "record_digest": None if closing is None else closing.record_digest,
        "preflight": dict(opening.answers),
        "tolerated": session.tolerated,
        "symptoms": session.symptoms,
        "note": session.note,
    }


def due_lines(book: Book, due: Due, peak_n: float | None, style: Style) -> list[str]:
    """Return which session comes next."""
    planned = due.planned
    lines = course_facts(book, style)
    if planned is None:
        return lines + wrap("All sessions of this course have been held.", style)
    last = book.history.last
    pairs = [
        ("session", f"{due.number}, {planned.stage.name}, planned for {_day(planned.day)}"),
        ("protocol", f"{planned.stage.protocol} at level {due.level}"),
        ("peak", "" if peak_n is None else f"{peak_n:.1f} N"),
        ("last", "" if last is None else f"{last.opening.planned_peak_n:.1f} N, {came_of(last)}"),
    ]
    return [*lines, *heading("Next", style), *facts(pairs, style)]


def _day(day: int) -> str:
    return f"{weekday(day)} {day_label(day)}"


def due_row(book: Book, due: Due, peak_n: float | None) -> dict[str, Any]:
    """Return which session comes next, with everything that speaks against it."""
    planned = due.planned
    last = book.history.last
    return {
        "course": course_row(book),
        "number": due.number,
        "level": due.level,
        "day": None if planned is None else day_label(planned.day),
        "stage": None if planned is None else planned.stage.name,
        "protocol": None if planned is None else planned.stage.protocol,
        "peak_n": peak_n,
        "last": None if last is None else session_row(last),
        "errors": [problem_row(problem) for problem in due.problems],
    }


def session_lines(book: Book, style: Style) -> list[str]:
    """Return every session so far, a line to each, with the first letters of its record's digest."""
    header = ("session", "closed", "level", "planned", "measured", "what came of it", "record", "note")
    cells = []
    for session in book.history.sessions:
        closing = session.closing
        peak = "" if closing is None or closing.peak_n is None else f"{closing.peak_n:.0f} N"
        digest = "" if closing is None or closing.record_digest is None else closing.record_digest[:12]
        cells.append(
            (
                str(session.number),
                "" if session.closed_at is None else session.closed_at[:16].replace("T", " "),
                str(session.opening.level),
                f"{session.opening.planned_peak_n:.0f} N",
                peak,
                came_of(session),
                digest,
                session.note,
            )
        )
    return table(header, cells, style, right=(0, 2, 3, 4)) if cells else wrap("No session so far.", style)


def against_lines(due: Due, style: Style) -> list[str]:
    """Return what holds the next session up now, a line to each."""
    lines = []
    for problem in due.problems:
        lines += wrap(f"{problem.code} {problem.message}", style, hanging="  ")
    return lines or wrap("Nothing holds the next session up.", style)


def status_lines(book: Book, due: Due, style: Style) -> list[str]:
    """Return where a course stands."""
    return [
        *course_facts(book, style),
        *heading("Sessions", style),
        *session_lines(book, style),
        *heading("Next", style),
        *against_lines(due, style),
    ]


def status_row(book: Book, due: Due, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return where a course stands, with plain values only."""
    return {
        "course": course_row(book),
        "sessions": [session_row(session) for session in book.history.sessions],
        "next": due_row(book, due, None),
        "records": [problem_row(problem) for problem in problems],
    }


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


def report_row(book: Book, rows: Sequence[Outlook], due: Due, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return a course as one document for programs, with the text of its file."""
    return {
        **status_row(book, due, problems),
        "plan": plan_row(book, rows)["sessions"],
        "events": [{"at": one.at, "kind": one.kind, **one.detail} for one in book.history.events],
        "text": book.course.text,
        "note": NO_CLAIM,
    }
