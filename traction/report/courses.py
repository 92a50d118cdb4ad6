"""A course in words and rows: its plan, what is due, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from traction.courses.rules import borne_n
from traction.courses.schedule import schedule
from traction.patients.days import day_label, weekday
from traction.report.chart import clock_text
from traction.report.checks import figure, problem_row
from traction.report.layout import facts, fits, table, wrap

if TYPE_CHECKING:
    from traction.courses.book import Book
    from traction.courses.course import Stage
    from traction.courses.history import Session
    from traction.courses.outlook import Outlook
    from traction.courses.rules import Due
    from traction.errors import Problem
    from traction.report.style import Style

OVER = "! is above a cap of the course, or further from the session before than it states: it will ask."
NO_CLAIM = "A plan of forces and days; whether a course helps is not said here."


def course_facts(book: Book, style: Style, *, whole: bool = True) -> list[str]:
    """Return what course it is, for whom, and how far; ``whole`` adds its rules and where they come from."""
    course, held = book.course, len(book.history.held)
    pairs = [("patient", f"{book.patient.id}, {book.patient.mass_kg:g} kg")]
    if whole:
        pairs += [*rules(book)]
    pairs.append(("held", f"{held} of {len(schedule(course))} sessions"))
    lines = [style.paint(line, "strong") for line in wrap(f"{course.id}: {course.title}", style)]
    return lines + facts(pairs, style)


def rules(book: Book) -> Iterator[tuple[str, str]]:
    """Yield what the course holds its sessions to and where that comes from, each with a label."""
    course, rule, caps = book.course, book.course.progression, book.course.caps
    yield "protocols", ", ".join(f"{name} ({one.digest[:12]})" for name, one in book.protocols.items())
    if rule is None:
        yield "levels", "the protocol's session number is the place in the plan"
    else:
        said = f"up one level after {rule.after} tolerated in a row, down {rule.back} after one that was not"
        yield "levels", f"{said}, to level {rule.most} at most"
    yield "at most", f"{figure(caps.max_force_n)} N, and {figure(caps.max_step_n)} N above the last session"
    yield "source", course.source.citation
    yield "caution", course.source.caution
    yield "assumed", "; ".join(course.source.assumed)


def plan_lines(book: Book, rows: Sequence[Outlook], style: Style) -> list[str]:
    """Return the calendar, stage by stage, a line to a session."""
    lines, left = course_facts(book, style), list(zip(rows, _steps(rows), strict=True))
    for stage in book.course.stages:
        count = stage.weeks * stage.per_week
        lines += ["", *(style.paint(line, "title") for line in wrap(f"{stage.name}: {_weeks(stage)}", style))]
        lines += _stage_lines(left[:count], style)
        left = left[count:]
    lines.append("")
    if any(row.over for row in rows):
        lines += wrap(OVER, style, hanging="  ")
    lines += wrap("Levels to come are those if every session is tolerated.", style, hanging="  ")
    return [*lines, *wrap(NO_CLAIM, style, hanging="  ")]


def _steps(rows: Sequence[Outlook]) -> list[str]:
    """Return how much further each session goes than what was borne in, or is planned for, the one before."""
    steps, before_n = [], None
    for row in rows:
        step = "" if before_n is None or row.peak_n is None else f"{row.peak_n - before_n:+.0f} N"
        steps.append(step)
        before_n = borne_n(row.session) if row.session is not None else row.peak_n or before_n
    return steps


def _weeks(stage: Stage) -> str:
    weeks = "1 week" if stage.weeks == 1 else f"{stage.weeks} weeks"
    each = "no sessions" if not stage.per_week else f"{stage.per_week} a week by {stage.protocol}"
    return f"{weeks}, {each}"


def _stage_lines(rows: Sequence[tuple[Outlook, str]], style: Style) -> list[str]:
    header = ["no.", "day", "level", "peak", "step", "time", "outcome"]
    cells = [
        [
            str(row.planned.number),
            f"{weekday(row.planned.day)} {day_label(row.planned.day)}",
            str(row.level),
            _peak(row),
            step,
            "" if row.duration_s is None else clock_text(row.duration_s),
            "" if row.session is None or row.session.closing is None else row.session.closing.outcome,
        ]
        for row, step in rows
    ]
    if cells and not fits(header, cells, style):  # a narrow screen: no weekday, level, step and time
        header = [header[k] for k in _NARROW]
        cells = [[cell[1][4:] if k == 1 else cell[k] for k in _NARROW] for cell in cells]
    figures = (0, 2, 4, 5) if len(header) > len(_NARROW) else (0,)
    return table(header, cells, style, right=figures) if cells else []


def _peak(row: Outlook) -> str:
    if row.peak_n is None:
        return f"REFUSED {row.refused}"
    return f"{row.peak_n:.0f} N{' !' if row.over else ''}"


_NARROW: Final = (0, 1, 3, 6)


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
        "eased": None if closing is None else closing.eased,
        "table": None if closing is None else closing.table,
        "record": None if closing is None else closing.record_path,
        "record_digest": None if closing is None else closing.record_digest,
        "preflight": dict(opening.answers),
        "tolerated": session.tolerated,
        "symptoms": session.symptoms,
        "note": session.note,
    }


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


def status_row(book: Book, due: Due, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return where a course stands, with plain values only."""
    return {
        "course": course_row(book),
        "sessions": [session_row(session) for session in book.history.sessions],
        "next": due_row(book, due, None),
        "records": [problem_row(problem) for problem in problems],
    }


def report_row(book: Book, rows: Sequence[Outlook], due: Due, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return a course as one document for programs, with the text of its file."""
    return {
        **status_row(book, due, problems),
        "plan": plan_row(book, rows)["sessions"],
        "events": [{"at": one.at, "kind": one.kind, **one.detail} for one in book.history.events],
        "text": book.course.text,
        "note": NO_CLAIM,
    }
