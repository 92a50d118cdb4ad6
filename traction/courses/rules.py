"""The rules of a course: which session is due, at which level, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from traction.courses.course import Course, Progression
from traction.courses.history import Begun, History, Session
from traction.courses.schedule import Planned, schedule
from traction.errors import Problem
from traction.patients.days import day_label, day_of, seconds_of

COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Due:
    """The next session of a course; ``planned`` is None when all have been held."""

    number: int
    level: int
    planned: Planned | None
    problems: tuple[Problem, ...]


def level_of(course: Course, history: History) -> int:
    """Return the session number that the protocol gets next.

    Without a progression it is the place in the plan; with one it goes up by one after so many sessions in a
    row that were completed and tolerated, and down after one that was not tolerated.
    """
    rule = course.progression
    return len(history.held) + 1 if rule is None else standing(rule, history)[0]


def standing(rule: Progression, history: History) -> tuple[int, int]:
    """Return the level, and how many tolerated sessions in a row stand since it last moved."""
    level, row = 1, 0
    for session in history.held:
        if session.tolerated is False:
            level, row = max(1, level - rule.back), 0
        elif session.tolerated and _outcome(session) == COMPLETED:
            level, row = raised(rule, level, row)
        else:
            row = 0
    return level, row


def raised(rule: Progression, level: int, row: int) -> tuple[int, int]:
    """Return level and row after one more session that was completed and tolerated."""
    return (min(rule.most, level + 1), 0) if row + 1 == rule.after else (level, row + 1)


def due(course: Course, history: History, now: str) -> Due:
    """Return which session comes next, and everything that the rules have against it now."""
    plan, number = schedule(course), len(history.held) + 1
    planned = plan[number - 1] if number <= len(plan) else None
    level = level_of(course, history)
    problems = [*_order(course, history, now), *_word(course, history)]
    if planned is None:
        found = f"all {len(plan)} sessions have been held"
        problems.append(course.problem("E378", found, "a session that is still to come"))
    else:
        problems += [*_too_early(course, history, planned, now), *held_back(course, history, now)]
    return Due(number, level, planned, tuple(problems))


def clock_back(course: Course, history: History, now: str) -> Iterator[Problem]:
    """Yield E374 where the store has an entry that is still to come."""
    if history.latest_at and seconds_of(now) < seconds_of(history.latest_at):
        found = f"it is {now}, and the store has an entry of {history.latest_at}"
        yield course.problem("E374", found, "a clock that only goes on, or a review")


def _order(course: Course, history: History, now: str) -> Iterator[Problem]:
    yield from clock_back(course, history, now)
    opened = history.open_session
    if opened is not None:
        found = f"session {opened.number} is open since {opened.opened_at}"
        yield course.problem("E370", found, "one session at a time")


def _word(course: Course, history: History) -> Iterator[Problem]:
    last = history.last
    if last is not None and last.tolerated is None:
        found = f"nobody has said how session {last.number} was tolerated"
        yield course.problem("E377", found, "yes or no")


def earliest(course: Course, history: History, planned: Planned) -> int:
    """Return the first second (since 1970) at which a planned session may begin."""
    from_s = planned.week_day * 86_400
    ended = history.ended_at
    if ended is None:
        return from_s
    rested_s = seconds_of(ended) + round(course.rest_s)
    washed_s = (day_of(ended) + planned.gap_days) * 86_400 if planned.gap_days else 0
    return max(from_s, rested_s, washed_s)


def _too_early(course: Course, history: History, planned: Planned, now: str) -> Iterator[Problem]:
    first = earliest(course, history, planned)
    if seconds_of(now) < first:
        day, clock_s = divmod(
            -(-first // 60) * 60, 86_400
        )  # shown in minutes: one that has begun is not over
        when = f"{day_label(day)}T{clock_s // 3600:02d}:{clock_s // 60 % 60:02d}Z"
        found = f"session {planned.number} of {planned.stage.name!r} is due from {when}"
        yield course.problem("E378", found, f"that time; it is {now}")


def held_back(course: Course, history: History, now: str) -> Iterator[Problem]:
    """Yield every stop rule that holds the course (E380), counted from the last review on."""
    rule, reviewed = course.stop, reviewed_until(history)
    held = history.held[reviewed:]
    counts = (
        (rule.not_tolerated, "not tolerated", [one.tolerated is False for one in held]),
        (rule.stopped, "stopped by a person", [_outcome(one) == "STOPPED" for one in held]),
        (rule.tripped, "tripped or faulted", [_outcome(one) in ("TRIPPED", "FAULTED") for one in held]),
    )
    for most, what, marks in counts:
        row = _row_at_end(marks)
        if row >= most:
            found = f"the last {row} sessions were {what}" if row > 1 else f"the last session was {what}"
            yield course.problem("E380", found, f"fewer than {most} in a row, or a review", "stop")
    if held and held[-1].symptoms in rule.symptoms:
        found = f"symptoms in session {held[-1].number}: {held[-1].symptoms}"
        yield course.problem("E380", found, "none of those, or a review", "stop.symptoms")
    ended = history.ended_at if held else None
    if ended is not None and day_of(now) - day_of(ended) > rule.gap_days:
        found = f"the last session was {day_of(now) - day_of(ended)} days ago"
        yield course.problem("E380", found, f"at most {rule.gap_days}, or a review", "stop.gap_days")


def reviewed_until(history: History) -> int:
    """Return how many held sessions the last review has looked at."""
    seen = [event.detail.get("held", 0) for event in history.events if event.kind == "reviewed"]
    return int(str(seen[-1])) if seen else 0


def _row_at_end(marks: list[bool]) -> int:
    row = 0
    for mark in reversed(marks):
        if not mark:
            break
        row += 1
    return row


def _outcome(session: Session) -> str:
    return "" if session.closing is None else session.closing.outcome


def changes(
    course: Course, begun: Begun | None, patient_row: Mapping[str, object], protocols: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield what has changed since the course began or a change was accepted: E371, E372, E373."""
    if begun is None:
        return
    if patient_row["digest"] != begun.patient_digest:
        told = [
            f"{key} {begun.patient.get(key)} is now {value}"
            for key, value in patient_row.items()
            if key != "digest" and begun.patient.get(key) != value
        ]
        found = "; ".join(told) or "its text, though nothing that decides"
        yield course.problem("E371", f"{course.patient}: {found}", "what the last session had", "patient")
    for name, digest in protocols.items():
        known = begun.protocols.get(name)
        if known not in (None, digest):
            found = f"{name} has the digest {digest[:12]}"
            yield course.problem("E372", found, f"{known[:12]}, as when the course began", "protocol")
    if course.digest != begun.course_digest:
        found = f"the course file has the digest {course.digest[:12]}"
        yield course.problem("E373", found, f"{begun.course_digest[:12]}, as at the last session")


REACHED: Final = 0.95
"""A measured peak this near to the planned one is that: load cells and loop are within a few percent."""


def borne_n(session: Session) -> float:
    """Return the force that the next session steps up from: the planned peak, or as far as a session came.

    A session that ended as planned may have been eased off, or answered to less.
    """
    planned_n, closing = session.opening.planned_peak_n, session.closing
    if closing is None:
        return planned_n
    peak_n = closing.peak_n or 0.0
    if closing.outcome == COMPLETED and (closing.peak_n is None or peak_n >= REACHED * planned_n):
        return planned_n
    return min(planned_n, peak_n)


def jumps(course: Course, history: History, mass_kg: float, peak_n: float) -> Iterator[Problem]:
    """Yield what goes further from the last session than the course allows: E379 force, E381 body mass."""
    last = history.last
    if last is None:
        return
    before, base_n = last.opening, borne_n(last)
    step_n = peak_n - base_n
    if not step_n <= course.caps.max_step_n + 1e-6:
        found = f"{peak_n:.1f} N after {base_n:.1f} N, {step_n:.1f} N more"
        yield course.problem("E379", found, f"at most {course.caps.max_step_n:.1f} N more", "caps.max_step")
    share = abs(mass_kg - before.mass_kg) / before.mass_kg
    if not share <= course.caps.max_mass_change + 1e-9:
        found = f"{mass_kg:g} kg after {before.mass_kg:g} kg"
        expected = f"a change of at most {100 * course.caps.max_mass_change:g} %"
        yield course.problem("E381", found, expected, "caps.max_mass_change")
