"""A history is begun once, by name, and goes on in one place: no slip and no copy makes a second one."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from traction.courses.store import open_store


def histories(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM session").fetchone()[0])


def test_nothing_but_begin_makes_a_store(planned) -> None:
    for words in (planned.run, ("status",), ("report",), ("record", "--tolerated", "yes"), ("next",)):
        said = planned.refused(*words)
        assert "error E382" in said, words
        assert "traction course begin" in said
        said = planned.refused(*words, "--store", "misspelt.sqlite", code=2)
        assert ("error E620" in said, "traction course begin" in said) == (True, True), words
    done = planned("plan")
    assert "traction course begin course.toml" in done.err
    assert not list(Path().glob("*.sqlite*"))
    done = planned("begin")
    assert (done.code, done.out) == (0, "")
    assert "a new history of steps begins at traction-courses.sqlite" in done.err
    assert "traction course begin" not in planned("plan").err
    assert planned("status").code == 0


def test_a_history_is_begun_once(course) -> None:
    def refused(*words: object) -> None:
        said = course.refused("begin", *words)
        assert ("error E384" in said, "traction-courses.sqlite" in said) == (True, True), words

    refused()
    refused("--store", "other.sqlite")
    course.held(2)
    refused("--confirm-records")
    Path("away").mkdir()
    course.store.rename("away/kept")  # whatever its name
    said = course.refused("begin")
    assert "error E385" in said
    assert "records of steps in traction-records: 1, from steps-001.mcap on" in said
    assert not course.store.exists()
    said = course.refused("begin", "--store", "away/new.sqlite")
    assert ("error E384" in said, "away/kept" in said) == (True, True)
    assert course("begin", "--confirm-records").code == 0  # as where the store was lost
    with open_store(course.store, create=False) as store:
        (event,) = store.history("steps").events
    assert "steps-001.mcap" in str(event.detail["E385"])


def test_another_course_of_the_folder_begins_in_the_same_store(course, shell) -> None:
    text = course.file.read_text(encoding="utf-8")
    Path("second.toml").write_text(text.replace('id = "steps"', 'id = "second"'), encoding="utf-8")
    assert "E382" in shell("course", "status", "second.toml").err
    assert shell("course", "begin", "second.toml").code == 0
    assert course("status").code == shell("course", "status", "second.toml").code == 0


def test_a_copy_is_read_and_not_gone_on_with(course) -> None:
    course.held(2)
    shutil.copytree(".", "copy")
    (folder,) = Path("copy").resolve().parents[:1]
    os.chdir("copy")
    course.turn(4)
    for words in (course.run, ("record", "--symptoms", "same"), (*course.run, "--confirm-store")):
        said = "".join(course.refused(*words).split())  # a long path is folded
        assert ("errorE384" in said, f"--store{folder}/traction-courses.sqlite" in said) == (True, True), (
            words
        )
    course.refused("next")
    done = course("status")
    assert (done.code, "E384" in done.out) == (0, True)
    assert course("report", "-o", "r.html").code == 0
    assert histories(course.store) == 1
    os.chdir(folder)
    course.held(4)  # the first one never knew
    assert not list(Path().glob("*.sqlite-*"))


def test_a_store_that_was_moved_for_good_is_confirmed_once(course) -> None:
    course.held(2)
    course.turn(4)
    course.store.rename("other-name.sqlite")  # the same file: nobody can go on with the old one
    assert course("record", "--symptoms", "same", "--store", "other-name.sqlite").code == 0
    shutil.copy("other-name.sqlite", "copy.sqlite")
    Path("other-name.sqlite").unlink()
    shutil.move("copy.sqlite", course.store)
    assert "error E383" in course.refused(*course.run)
    assert "error E383" in course.refused("review", "--operator", "Ada", "--note", "x")
    assert "E383" in course("status").out
    course.held(4, "--confirm-store")
    course.turn(6)
    assert course("next").code == 0
    with open_store(course.store, create=False) as store:
        told = [event for event in store.history("steps").events if event.kind == "moved store"]
    assert [list(event.detail) for event in told] == [["E383"]]


def test_a_store_of_an_older_version_is_at_home_where_it_is_found(course) -> None:
    course.held(2)
    course.write("DROP TABLE home", "ALTER TABLE session DROP COLUMN eased", "PRAGMA user_version = 1")
    course.turn(4)
    assert course("next").code == 0
    course.held(4)
    shutil.copy(course.store, "copy.sqlite")
    assert "E384" in course.refused(*course.run, "--store", "copy.sqlite")
