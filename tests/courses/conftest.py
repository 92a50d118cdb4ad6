"""A course, its patient and its protocol as files, days that are turned by hand, and rows of a history."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing as closed
from dataclasses import replace
from pathlib import Path

import pytest

from traction.courses.history import Begun, Closing, Opening
from traction.courses.store import open_store

COURSE = """format = 1
id = "steps"
title = "Up a step after two that were tolerated"
patient = "p-1.toml"
protocol = "steps.toml"
start = 2026-11-02
days = ["mon", "tue", "wed", "thu", "fri"]
rest = "20 h"
[[stage]]
name = "daily"
weeks = 2
per_week = 3
[[stage]]
name = "washout"
weeks = 1
per_week = 0
[[stage]]
name = "weekly"
weeks = 2
per_week = 1
[progression]
after = 2
back = 1
most = 3
[caps]
max_force = "200 N"
max_step = "10 N"
max_mass_change = "5 %"
[stop]
not_tolerated = 2
stopped = 2
tripped = 1
gap_days = 14
symptoms = ["outward", "gone"]
"""
NO = ("--preflight", "changed=no")
STORE = "traction-courses.sqlite"


@pytest.fixture
def course_text() -> str:
    """Return the text of a course file."""
    return COURSE


@pytest.fixture
def opening() -> Callable[..., Opening]:
    """Return what makes the opening of a session, with whatever differs."""
    base = Opening(1, 1, "daily", "p", "d" * 64, "p-1", "e" * 64, "f" * 64, 80.0, 200.0, 600.0, "c" * 64, {})
    return lambda **changes: replace(base, **changes)


@pytest.fixture
def closing() -> Callable[..., Closing]:
    """Return what makes the end of a session, with whatever differs."""
    base = Closing(None, None, None, "COMPLETED", "", 201.0, "sim:")
    return lambda **changes: replace(base, **changes)


@pytest.fixture
def begun() -> Begun:
    """Return a course as it is begun."""
    return Begun("steps", "f" * 64, "e" * 64, {"digest": "e" * 64, "mass_kg": 80.0}, {"p": "d" * 64}, 0)


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Return where a store may be made."""
    return tmp_path / "courses.sqlite"


class Desk:
    """A folder with a course of a screened patient, and the shell that is used on it; the calendar is turned.

    The protocol pulls 100 N, and 10 N more a level. ``run`` is the command that runs the session that is due.
    """

    file, run, store = Path("course.toml"), ("next", "--run", "--quiet", *NO), Path(STORE)

    def __init__(self, shell) -> None:
        self.shell, self.now = shell, "2026-11-02T09:00:00Z"

    def __call__(self, command: str, *words: object):
        """Give a command of the course."""
        return self.shell("course", command, self.file, *words)

    def turn(self, day: int, hour: int = 9) -> None:
        """Let it be another day, and nothing waits for it."""
        self.now = f"2026-11-{day:02d}T{hour:02d}:00:00Z"

    def held(self, day: int, *more: object, tolerated: str = "yes"):
        """Run the session that is due on a day, and say how it was borne."""
        self.turn(day)
        done = self(*self.run, *more)
        assert done.code == 0, done.err
        assert self("record", "--tolerated", tolerated).code == 0
        return done

    def refused(self, *words: object, code: int = 3) -> str:
        """Give a command that is refused, and return what it says."""
        done = self(*words)
        assert done.code == code, (words, done)
        return str(done.err)

    def edit(self, path: Path | str, old: str, new: str) -> None:
        """Change a text in a file."""
        text = Path(path).read_text(encoding="utf-8")
        assert old in text
        Path(path).write_text(text.replace(old, new), encoding="utf-8")

    def write(self, *statements: str) -> None:
        """Change the store as no command of ours does."""
        with closed(sqlite3.connect(self.store)) as db, db:
            for statement in statements:
                db.execute(statement)


@pytest.fixture
def planned(shell, pull_text, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return a course that was planned, and has not begun."""
    desk = Desk(shell)
    monkeypatch.setattr("traction.clock.wall_label", lambda: desk.now)
    text = pull_text(name="steps", high="100 N + 10 N * (session - 1)", hold="1 s", rest="1 s")
    Path("steps.toml").write_text(text, encoding="utf-8")
    assert shell("patient", "new", "p-1.toml", "--mass", "80kg", "--can-communicate").code == 0
    assert shell("patient", "screen", "p-1.toml", "--region", "lumbar", "--all-clear").code == 0
    desk.file.write_text(COURSE, encoding="utf-8")
    return desk


@pytest.fixture
def course(planned: Desk) -> Iterator[Desk]:
    """Return one that has begun; whatever goes wrong with it, its store is sound afterwards."""
    assert planned("begin").code == 0
    yield planned
    with open_store(planned.store, create=False) as store:
        store.check()
