"""Everything that may go wrong between two sessions: it is said, nothing is lost, nothing half written."""

import json
import os
import sqlite3
import time
from pathlib import Path

import pytest

from traction.courses.store import open_store

LEFT_OPEN = "UPDATE session SET closed_at = NULL, outcome = NULL, record_digest = NULL"
"""As a program that was killed in the middle of a session leaves it."""


def test_two_sessions_are_never_open_at_once(course) -> None:
    course.held(2)
    course.write(LEFT_OPEN)
    course.turn(4)
    record = next(Path("traction-records").iterdir())
    course.write("UPDATE session SET record_path = NULL")
    assert f"its record is {record}" in " ".join(course.refused(*course.run).split())
    assert "E370" in course.refused("record", "--tolerated", "yes")
    assert course("record", "--record", record, "--tolerated", "yes").code == 0
    course.turn(6)
    assert course("next").code == 0
    course.write(LEFT_OPEN)
    course.refused("record", "--abandon", code=2)  # a note says why
    assert course("record", "--abandon", "--note", "power cut").code == 0
    row = json.loads(course("next", "--json").out)
    assert (row["number"], row["errors"]) == (1, [])


def test_a_session_that_died_is_tied_with_what_its_record_has_and_holds_the_course(course) -> None:
    course.held(2)
    record = next(Path("traction-records").iterdir())
    record.write_bytes(record.read_bytes()[: record.stat().st_size // 2])  # as kill -9 leaves it
    course.write("UPDATE session SET record_path = NULL, tolerated = NULL", LEFT_OPEN)
    assert course("record", "--record", record, "--tolerated", "no").code == 0
    course.turn(4)
    (session,) = json.loads(course("status", "--records", "--json").out)["sessions"]
    assert (session["outcome"], session["code"], session["tolerated"]) == ("FAULTED", "E614", False)
    assert 0.0 < session["peak_n"] < 100.0
    said = course.refused(*course.run)
    assert ("E380" in said, "E379" in said) == (True, True)


def test_a_patient_file_edited_in_the_middle_is_asked_about(course) -> None:
    course.held(2)
    course.turn(4)
    course.edit("p-1.toml", "80 kg", "83 kg")
    said = course.refused(*course.run)
    assert ("E371" in said, "mass_kg 80.0 is now 83.0" in said) == (True, True)
    course.held(4, "--confirm-patient")
    course.edit("p-1.toml", "83 kg", "93 kg")
    course.turn(6)
    assert "E381" in course.refused(*course.run, "--confirm-patient")
    course.edit("p-1.toml", 'fracture = { answer = "no"', 'fracture = { answer = "yes"')
    # nobody may confirm that
    assert "E362" in course.refused(*course.run, "--confirm-patient", "--confirm-jump")


def test_what_is_changed_before_the_first_session_is_taken_as_it_is(course) -> None:
    course.edit("p-1.toml", "80 kg", "83 kg")
    course.edit(course.file, "most = 3", "most = 2")
    course.edit("steps.toml", '"100 N', '"101 N')
    course.held(2)
    course.turn(4)
    assert course("next").code == 0
    course.edit(course.file, "most = 2", "most = 3")
    course.edit("steps.toml", '"101 N', '"100 N')
    said = course.refused("next")
    assert ("E372" in said, "E373" in said) == (True, True)
    course.edit(course.file, "most = 3", "most = 2")
    course.edit("steps.toml", '"100 N', '"101 N')
    assert course("next").code == 0  # put back is as good as never changed


def test_records_that_are_gone_or_altered_are_found(course) -> None:
    course.held(2)
    course.turn(4)
    record = next(Path("traction-records").iterdir())
    whole = record.read_bytes()
    record.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert "E376" in course.refused("next")
    assert course("status").code == 0  # as large as before: only a look at every bit shows it
    course.refused("status", "--records")
    course.refused("report")
    moved = Path("elsewhere.mcap")
    record.rename(moved)
    assert "E375" in course.refused("status")
    assert "E376" in course.refused("record", "--session", "1", "--record", moved)
    moved.write_bytes(whole)
    assert course("record", "--session", "1", "--record", moved).code == 0
    assert course("status", "--records").code == 0
    moved.unlink()
    course.refused(*course.run)
    course.held(4, "--confirm-records")


def test_a_clock_set_back_and_one_put_right(course) -> None:
    course.held(4)
    course.turn(3)
    assert "E374" in course.refused(*course.run)
    assert "E374" in course.refused("record", "--symptoms", "same")  # nothing is written down by such a clock
    assert course("review", "--operator", "Ada", "--note", "it was a day ahead").code == 0
    said = course.refused(*course.run)
    assert ("E374" in said, "E378" in said) == (False, True)
    course.turn(4, hour=5)  # 20 h after the review: the session had ended by then
    assert course("next").code == 0


def test_what_is_refused_before_it_starts_leaves_the_course_as_it_was(course) -> None:
    assert "E364" in course.refused("next", "--run", "--quiet")
    course.refused(*course.run, "--table", "nowhere", code=2)  # an unknown table
    course.refused(*course.run, "--table", "sim:?colour=red", code=2)
    course.edit(course.file, "steps.toml", "gone.toml")
    assert "gone.toml" in course.refused(*course.run, code=2)
    course.edit(course.file, "gone.toml", "steps.toml")
    Path("traction-records").touch()  # no folder can be made there
    assert "E603" in course.refused(*course.run, code=6)
    Path("traction-records").unlink()
    assert json.loads(course("next", "--json").out)["number"] == 1
    course.held(2)


def test_a_full_disk_after_a_session_loses_neither_record_nor_course(course, monkeypatch) -> None:
    course.held(2)
    course.turn(4)
    from traction.courses import store_rows

    close = store_rows.close

    def on_a_full_disk(db: sqlite3.Connection, *rest: object) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        db.execute("CREATE TABLE filler AS SELECT randomblob(100000) AS b")
        close(db, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as full:
        full.setattr(store_rows, "close", on_a_full_disk)
        said = course.refused(*course.run, code=6)
    assert ("E623" in said, "--record" in said, "the session ended: COMPLETED" in said) == (True,) * 3
    assert "E370" in course.refused("next")
    record = max(Path("traction-records").iterdir())
    assert course("record", "--record", record, "--tolerated", "yes").code == 0
    course.turn(6)
    assert course("next").code == 0


def test_a_store_that_cannot_be_used_says_so(course) -> None:
    course.refused("status", "--store", "none.sqlite", code=2)
    Path("bad.sqlite").write_bytes(b"not a store" * 99)
    assert "E620" in course.refused(*course.run, "--store", "bad.sqlite", code=2)
    os.mkfifo("pipe.sqlite")
    course.refused(*course.run, "--store", "pipe.sqlite", code=2)
    sound = course.store.read_bytes()
    course.store.write_bytes(b"not a store" * 99)
    course.refused("status", code=6)  # nobody named it
    course.store.write_bytes(sound)


def test_an_empty_file_becomes_no_store_by_looking(planned) -> None:
    for name in ("empty.sqlite", planned.store):
        Path(name).touch()
    for command, code in (("next", 3), ("plan", 0), ("status", 3)):
        assert "E620" in planned.refused(command, "--store", "empty.sqlite", code=2)
        assert planned(command).code == code  # as where there is none yet
    assert [Path(name).stat().st_size for name in ("empty.sqlite", planned.store)] == [0, 0]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET at = 'yesterday'",
        "UPDATE event SET detail = '[]'",
        "UPDATE event SET kind = 'reviewed', detail = '{\"held\": \"x\"}'",
        "UPDATE session SET opened_at = ''",
        "UPDATE session SET closed_at = '2026-13-01T00:00:00Z'",
    ],
)
def test_a_store_that_somebody_else_wrote_into_is_called_damaged(course, opening, change: str) -> None:
    with open_store(course.store, create=False) as store:
        begun = store.history("steps").begun
        store.open_session(begun, opening(), course.now)
    course.write("UPDATE session SET closed_at = opened_at, outcome = 'COMPLETED'", change)
    for words in ("status", "next", "report"):
        assert "error E624" in course.refused(words, code=6), words


def fill(path: Path, others: int) -> None:
    """Put sessions of other courses, 25 each, into a store: straight into its tables, in one transaction."""
    db = sqlite3.connect(path)
    (course,) = db.execute("SELECT * FROM course").fetchall()
    (session,) = db.execute("SELECT * FROM session").fetchall()
    names = [row[1] for row in db.execute("PRAGMA table_info(session)")]
    digest = names.index("record_digest")
    rows, events = [], []
    for other in range(others // 25):
        events.append((f"c-{other}", 1, "2026-11-01T10:00:00Z", "begun", "{}"))
        for number in range(1, 26):
            row = [f"c-{other}", number, number, *session[3:]]
            row[names.index("patient_id")], row[digest] = f"p-{other}", f"{other:060x}{number:04x}"
            rows.append(row)
            detail = json.dumps({"entry": number, "note": "x" * 60})
            events += [
                (f"c-{other}", 3 * number + k, "2026-11-01T10:00:00Z", "closed", detail) for k in range(3)
            ]
    marks = ", ".join("?" * len(names))
    with db:
        db.executemany(
            "INSERT INTO course VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(f"c-{k}", *course[1:]) for k in range(others // 25)],
        )
        db.executemany(f"INSERT INTO session VALUES ({marks})", rows)
        db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", events)
    db.close()


def test_every_command_is_quick_with_ten_thousand_sessions_in_the_store(course) -> None:
    from traction.cli.course import COMMANDS

    course.held(2)
    fill(course.store, 10_000)
    course.turn(4)
    looked = (
        ("plan",),
        ("next",),
        ("status", "--records"),
        ("report", "-o", "x.html"),
        ("record", "--symptoms", "same"),
        ("review", "--operator", "Ada", "--note", "refused, after all that is looked up"),
        ("begin",),  # refused as well
        ("next", "--run", "--quiet"),  # refused by the preflight
    )
    # the other two make a file without looking into a store, and simulate without writing into one
    assert {words[0] for words in looked} | {"new", "simulate"} == set(COMMANDS)
    for words in looked:
        began_s = time.process_time()
        course(*words)
        assert time.process_time() - began_s < 1.0, words
    with open_store(course.store, create=False) as store:
        assert len(store.history("steps").sessions) == 1
        assert len(store.history("c-77").sessions) == 25
