"""The rules of a course: calendar, levels, stops and jumps, from the history alone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.courses.course import parse_course
from traction.courses.history import Begun, Event, History, Session
from traction.courses.rules import changes, due, jumps, level_of
from traction.courses.schedule import schedule
from traction.errors import ProtocolError
from traction.patients.days import day_label, day_of, weekday


@pytest.fixture
def course(course_text: str):
    return parse_course(course_text.encode(), Path("course.toml"))


@pytest.fixture
def held(opening, closing):
    """Return what makes a history: an outcome and a tolerance for each session, one on each planned day."""

    def make(
        sessions: Sequence[tuple[str, bool | None]], days: Sequence[str] = (), **last: object
    ) -> History:
        rows = []
        for index, (outcome, tolerated) in enumerate(sessions):
            at = f"{days[index] if days else f'2026-11-{index + 2:02d}'}T10:00:00Z"
            ended = None if outcome == "open" else closing(outcome=outcome)
            stamp = None if outcome == "open" else at
            rows.append(
                Session(index + 1, opening(number=index + 1), at, stamp, ended, tolerated, "same", "")
            )
        if last:
            rows[-1] = replace(rows[-1], **last)
        latest = max((row.closed_at or row.opened_at for row in rows), default="")
        return History(None, tuple(rows), (Event(latest, "judged", {}),) if latest else ())

    return make


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def test_the_calendar_spreads_the_days_and_keeps_the_washout(course) -> None:
    plan = schedule(course)
    assert [day_label(one.day) for one in plan] == [
        "2026-11-02", "2026-11-04", "2026-11-06",
        "2026-11-09", "2026-11-11", "2026-11-13",
        "2026-11-25", "2026-12-02",
    ]  # fmt: skip
    assert [one.gap_days for one in plan] == [0, 0, 0, 0, 0, 0, 7, 0]
    assert [one.stage.name for one in plan][-2:] == ["weekly", "weekly"]


@given(
    st.integers(1, 7), st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1)
)
def test_every_week_has_its_sessions_on_days_that_are_open(per_week: int, days: set[str]) -> None:
    from traction.courses.schedule import _open_days, _spread

    first = day_of("2026-11-04")
    opened = _open_days(first, tuple(days))
    if per_week > len(opened):
        return
    found = _spread(opened, per_week)
    assert len(set(found)) == per_week
    assert all(weekday(day) in days and first <= day < first + 7 for day in found)


def test_the_level_goes_up_after_two_tolerated_and_down_after_one_that_was_not(course, held) -> None:
    done, bad, word = ("COMPLETED", True), ("COMPLETED", False), ("COMPLETED", None)
    for sessions, level in (
        ([], 1),
        ([done], 1),
        ([done, done], 2),
        ([done] * 4, 3),
        ([done] * 8, 3),  # no higher than the most
        ([done, done, bad], 1),
        ([done, bad, done], 1),
        ([done, word, done], 1),  # no word is not a yes
        ([done, ("STOPPED", True), done], 1),
        ([("ABANDONED", None), done, done], 2),  # what was given up uses no place
        ([bad, done, done], 2),
    ):
        assert level_of(course, held(sessions)) == level, sessions
    plain = replace(course, progression=None)
    assert level_of(plain, held([done, bad])) == 3


def test_what_speaks_against_the_next_session_is_said_by_code(course, held) -> None:
    done = ("COMPLETED", True)
    when = "2026-11-04T10:00:00Z"
    assert codes(due(course, held([]), "2026-11-02T08:00:00Z").problems) == []
    assert codes(due(course, held([]), "2026-11-01T23:59:59Z").problems) == ["E378"]
    assert codes(due(course, held([done]), when).problems) == []
    assert codes(due(course, held([done]), "2026-11-03T05:59:59Z").problems) == ["E378"]  # 20 h of rest
    assert codes(due(course, held([done]), "2026-11-02T09:59:59Z").problems) == ["E374", "E378"]
    assert codes(due(course, held([done, ("open", None)]), when).problems) == ["E370"]
    assert codes(due(course, held([("COMPLETED", None)]), when).problems) == ["E377"]
    all_held = held([done] * 8)
    assert codes(due(course, all_held, "2026-12-03T10:00:00Z").problems) == ["E378"]
    before_washout = held([done] * 6)
    days = [f"2026-11-{day:02d}" for day in (2, 4, 6, 9, 11, 22)]  # late: the washout still lasts its week
    late = held([done] * 6, days)
    assert codes(due(course, before_washout, "2026-11-23T10:00:00Z").problems) == ["E380"]  # 16 days of gap
    assert codes(due(course, late, "2026-11-28T10:00:00Z").problems) == ["E378"]
    assert codes(due(course, late, "2026-11-29T10:00:00Z").problems) == []


def test_the_time_that_is_named_is_not_too_early(course, held) -> None:
    history = held([("COMPLETED", True)], closed_at="2026-11-02T10:00:30Z")
    (problem,) = due(course, history, "2026-11-03T06:00:10Z").problems
    assert "is due from 2026-11-03T06:01Z" in problem.message
    assert not due(course, history, "2026-11-03T06:01:00Z").problems


def test_stop_rules_hold_the_course_until_a_review(course, held) -> None:
    done, bad = ("COMPLETED", True), ("COMPLETED", False)
    now = "2026-11-12T10:00:00Z"
    for sessions, last, fields in (
        ([bad, bad], {}, ["stop"]),
        ([bad, done, bad], {}, []),
        ([("STOPPED", True)] * 2, {}, ["stop"]),
        ([done, ("TRIPPED", True)], {}, ["stop"]),
        ([done, ("FAULTED", True)], {}, ["stop"]),
        ([done], {"symptoms": "outward"}, ["stop.symptoms"]),
        ([done], {"symptoms": "inward"}, []),
    ):
        history = held(sessions, **last)
        found = [problem for problem in due(course, history, now).problems if problem.code == "E380"]
        assert [problem.field for problem in found] == fields, sessions
        reviewed = replace(history, events=(Event(now, "reviewed", {"held": len(history.held)}),))
        assert "E380" not in codes(due(course, reviewed, now).problems)
        again = replace(held([*sessions, bad, bad]), events=reviewed.events)
        assert "E380" in codes(due(course, again, now).problems)


def test_a_jump_is_from_what_was_borne(course, held) -> None:
    last = held([("COMPLETED", True)])
    assert codes(jumps(course, last, 80.0, 210.0)) == []
    assert codes(jumps(course, last, 80.0, 211.0)) == ["E379"]
    assert codes(jumps(course, last, 75.9, 200.0)) == ["E381"]
    assert codes(jumps(course, last, 76.0, 100.0)) == []
    assert codes(jumps(course, held([]), 80.0, 400.0)) == []
    stopped = held([("STOPPED", True)])
    closing = replace(stopped.sessions[0].closing, peak_n=90.0)
    short = replace(stopped, sessions=(replace(stopped.sessions[0], closing=closing),))
    assert codes(jumps(course, short, 80.0, 200.0)) == ["E379"]  # planned 200 N, and only 90 N came
    for peak_n, found in ((191.0, []), (160.0, ["E379"])):  # ended as planned; then eased off a fifth
        closing = replace(last.sessions[0].closing, peak_n=peak_n)
        eased = replace(last, sessions=(replace(last.sessions[0], closing=closing),))
        assert codes(jumps(course, eased, 80.0, 200.0)) == found


def test_changes_name_what_changed(course, begun: Begun) -> None:
    same = replace(begun, course_digest=course.digest)
    assert codes(changes(course, same, begun.patient, begun.protocols)) == []
    assert codes(changes(course, None, {"digest": "x"}, {"p": "y"})) == []
    found = list(
        changes(course, begun, {"digest": "0" * 64, "mass_kg": 84.0}, {"p": "9" * 64, "new": "1" * 64})
    )
    assert codes(found) == ["E371", "E372", "E373"]
    assert "mass_kg 80.0 is now 84.0" in found[0].found


BAD = (
    ("per_week = 3", "per_week = 6", "E308"),
    ('rest = "20 h"', 'rest = "20"', "E110"),
    ("weeks = 2", "weeks = 0", "E308"),
    ("most = 3", "moist = 3", "E306"),
    ("[caps]", "[cap]", "E306"),
    ('symptoms = ["outward", "gone"]', 'symptoms = ["sideways"]', "E308"),
    ("start = 2026-11-02", 'start = "soon"', "E308"),
    ("per_week = 3", "per_week = true", "E308"),
)


@pytest.mark.parametrize(("old", "new", "code"), BAD)
def test_a_mistake_in_a_course_file_is_said_with_its_line(
    course_text: str, old: str, new: str, code: str
) -> None:
    line = course_text[: course_text.index(old)].count("\n") + 1
    with pytest.raises(ProtocolError) as caught:
        parse_course(course_text.replace(old, new, 1).encode(), Path("course.toml"))
    assert (code, line) in [(problem.code, problem.line) for problem in caught.value.problems]


def test_a_course_of_nothing_but_washout_is_none(course_text: str) -> None:
    for old, new in (("per_week = 3", "per_week = 0"), ("per_week = 1", "per_week = 0")):
        course_text = course_text.replace(old, new)
    with pytest.raises(ProtocolError, match="without a session"):
        parse_course(course_text.encode(), Path("course.toml"))
