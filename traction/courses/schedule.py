"""The calendar of a course: on which day each session is planned, and how early it may be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from traction.courses.course import Course, Stage
from traction.patients.days import day_of, weekday


@dataclass(frozen=True, slots=True)
class Planned:
    """One session of the plan. ``day`` and ``week_day`` (the first of its week) are days since 1970.

    ``gap_days`` have to lie between it and the session before: a washout; 0 where there is none.
    """

    number: int
    stage: Stage
    week: int
    day: int
    week_day: int
    gap_days: int


@cache
def schedule(course: Course) -> tuple[Planned, ...]:
    """Return every session of the course in order, the days of each week spread evenly."""
    found: list[Planned] = []
    start, week, gap_days = day_of(course.start), 0, 0
    for stage in course.stages:
        if not stage.per_week:
            week += stage.weeks
            gap_days += 7 * stage.weeks
            continue
        for _ in range(stage.weeks):
            first = start + 7 * week
            week += 1
            for day in _spread(_open_days(first, course.days), stage.per_week):
                found.append(Planned(len(found) + 1, stage, week, day, first, gap_days))
                gap_days = 0
    return tuple(found)


def _open_days(first: int, days: tuple[str, ...]) -> list[int]:
    return [day for day in range(first, first + 7) if weekday(day) in days]


def _spread(days: list[int], count: int) -> list[int]:
    """Return ``count`` of the days, each in the middle of its share: 3 of 5 are the 1st, 3rd and 5th."""
    return [days[(2 * index + 1) * len(days) // (2 * count)] for index in range(count)]
