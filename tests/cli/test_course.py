"""A course from the shell: from plan to report, and everything that may go wrong between two sessions."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

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


class Days:
    """The day it is; the tests turn the calendar, and nothing waits for it."""

    def __init__(self) -> None:
        self.label = "2026-11-02T09:00:00Z"

    def __call__(self) -> str:
        return self.label

    def turn(self, day: int, hour: int = 9) -> None:
        self.label = f"2026-11-{day:02d}T{hour:02d}:00:00Z"


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Days:
    turned = Days()
    monkeypatch.setattr("traction.clock.wall_label", turned)
    return turned


@pytest.fixture
def course(shell, short: Path, days: Days) -> Iterator[Path]:
    """Return the file of a course for a screened patient, by a protocol that pulls 10 N more a level."""
    text = short.read_text(encoding="utf-8").replace('"short"', '"steps"')
    text = text.replace('high = "160 N"', 'high = "100 N + 10 N * (session - 1)"')
    Path("steps.toml").write_text(text, encoding="utf-8")
    assert shell("patient", "new", "p-1.toml", "--mass", "80kg", "--can-communicate").code == 0
    assert shell("patient", "screen", "p-1.toml", "--region", "lumbar", "--all-clear").code == 0
    Path("course.toml").write_text(COURSE, encoding="utf-8")
    yield Path("course.toml")
    if Path(STORE).exists():
        with open_store(Path(STORE), create=False) as store:
            store.check()  # whatever went wrong: the file is sound


def edit(path: Path | str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), encoding="utf-8")


def held(shell, days: Days, course: Path, day: int, *more: str, tolerated: str = "yes"):
    days.turn(day)
    done = shell("course", "next", course, "--run", "--quiet", *NO, *more)
    assert done.code == 0, done.err
    assert shell("course", "record", course, "--tolerated", tolerated).code == 0
    return done


def test_a_course_from_its_plan_to_its_report(shell, days, course) -> None:
    done = shell("course", "plan", course, "--json")
    sessions = json.loads(done.out)["sessions"]
    assert [row["peak_n"] for row in sessions] == [100, 100, 110, 110, 120, 120, 120, 120]
    assert [row["day"][-5:] for row in sessions][-3:] == ["11-13", "11-18", "11-25"]
    assert not Path(STORE).exists()  # planning writes nothing
    assert shell("course", "next", course).code == 0
    assert not Path(STORE).exists()
    for day in (2, 4, 6):
        held(shell, days, course, day)
    done = held(shell, days, course, 9, "--json", tolerated="no")
    row = json.loads(done.out)
    assert (row["outcome"], row["course"]["level"], row["course"]["planned_peak_n"]) == (
        "COMPLETED",
        2,
        110.0,
    )
    days.turn(10)
    due = json.loads(shell("course", "next", course, "--json").out)
    assert (due["number"], due["level"], due["peak_n"], due["errors"]) == (5, 1, 100.0, [])
    status = json.loads(shell("course", "status", course, "--records", "--json").out)
    assert [one["tolerated"] for one in status["sessions"]] == [True, True, True, False]
    assert len({one["record_digest"] for one in status["sessions"]}) == 4
    for out in ("course.html", "course.json", "course.txt"):
        assert shell("course", "report", course, "-o", out).code == 0
    page = Path("course.html").read_text(encoding="utf-8")
    assert all(one["record_digest"] in page for one in status["sessions"])
    assert json.loads(Path("course.json").read_text())["text"] == COURSE
    from traction.runner.reader import read_record

    header = read_record(status["sessions"][3]["record"]).header
    assert (header["session_number"], header["patient"]["id"]) == (2, "p-1")


def test_a_jump_is_asked_about_and_a_cap_is_not(shell, days, course) -> None:
    held(shell, days, course, 2)
    days.turn(4)
    edit("steps.toml", '"100 N + 10 N', '"111 N + 10 N')
    done = shell("course", "next", course)
    assert (done.code, "E379" in done.err, "E372" in done.err, "111.0 N after 100.0 N" in done.err) == (
        3,
    ) + (True,) * 3
    run = ("course", "next", course, "--run", "--quiet", *NO)
    assert shell(*run).code == 3
    assert shell(*run, "--confirm-protocol").code == 3
    assert shell(*run, "--confirm-protocol", "--confirm-jump").code == 0
    shell("course", "record", course, "--tolerated", "yes")
    days.turn(6)
    edit("steps.toml", '"111 N + 10 N', '"195 N + 10 N')
    done = shell(*run, "--confirm-protocol", "--confirm-jump")
    assert (done.code, "operator of this run" in done.err or "E31" in done.err) == (3, True)
    events = json.loads(_report(shell, course))["events"]
    assert [sorted(one)[:2] for one in events if one["kind"] == "confirmed"] == [["E372", "E379"]]


def test_what_may_be_set_or_answered_counts_for_a_jump_before_anything_is_written(
    shell, days, course
) -> None:
    held(shell, days, course, 2)
    days.turn(4)
    asks = """\n[[phase]]\nname = "more"\ntype = "ask"\nquestion = "More?"\nanswers = ["no", "yes"]
within = "10 s"\nno_answer = "end"\nthen = { no = "end", yes = "go to high" }\n
[[phase]]\nname = "high"\ntype = "static"\nforce = "150 N"\nhold = "5 s"\n\n[end]"""
    edit("steps.toml", "\n[end]", asks)
    run = ("course", "next", course, "--run", "--quiet", *NO, "--confirm-protocol")
    assert "150.0 N after 100.0 N" in shell(*run).err
    before = _report(shell, course)
    assert "error E353" in shell(*run, "--confirm-jump").err  # nobody answers
    assert json.loads(_report(shell, course))["events"] == json.loads(before)["events"]
    edit("steps.toml", asks, "\n[end]")
    edit("steps.toml", "repeat = ", 'live = { high = ["90 N", "160 N"] }\nrepeat = ')
    assert "160.0 N after 100.0 N" in shell("course", "next", course).err


def _report(shell, course: Path) -> str:
    shell("course", "report", course, "-o", "now.json")
    return Path("now.json").read_text(encoding="utf-8")


def test_two_sessions_are_never_open_at_once(shell, days, course) -> None:
    held(shell, days, course, 2)
    with sqlite3.connect(STORE) as db:  # as a program that was killed in the middle of a session leaves it
        db.execute("UPDATE session SET closed_at = NULL, outcome = NULL, record_digest = NULL")
    db.close()
    days.turn(4)
    done = shell("course", "next", course, "--run", *NO)
    assert (done.code, "E370" in done.err) == (3, True)
    done = shell("course", "record", course, "--tolerated", "yes")
    assert (done.code, "E370" in done.err) == (3, True)
    record = next(Path("traction-records").iterdir())
    assert shell("course", "record", course, "--record", record, "--tolerated", "yes").code == 0
    days.turn(6)
    assert shell("course", "next", course).code == 0
    with sqlite3.connect(STORE) as db:
        db.execute("UPDATE session SET closed_at = NULL, outcome = NULL, record_digest = NULL")
    db.close()
    assert shell("course", "record", course, "--abandon").code == 2  # a note says why
    assert shell("course", "record", course, "--abandon", "--note", "power cut").code == 0
    row = json.loads(shell("course", "next", course, "--json").out)
    assert (row["number"], row["errors"]) == (1, [])


def test_a_patient_file_edited_in_the_middle_is_asked_about(shell, days, course) -> None:
    held(shell, days, course, 2)
    days.turn(4)
    edit("p-1.toml", "80 kg", "83 kg")
    done = shell("course", "next", course, "--run", *NO)
    assert (done.code, "E371" in done.err, "mass_kg 80.0 is now 83.0" in done.err) == (3, True, True)
    held(shell, days, course, 4, "--confirm-patient")
    edit("p-1.toml", "83 kg", "93 kg")
    days.turn(6)
    done = shell("course", "next", course, "--run", "--confirm-patient", *NO)
    assert (done.code, "E381" in done.err) == (3, True)
    edit("p-1.toml", 'fracture = { answer = "no"', 'fracture = { answer = "yes"')
    done = shell("course", "next", course, "--run", "--confirm-patient", "--confirm-jump", *NO)
    assert (done.code, "E362" in done.err) == (3, True)  # nobody may confirm that


def test_records_that_are_gone_or_altered_are_found(shell, days, course) -> None:
    held(shell, days, course, 2)
    days.turn(4)
    record = next(Path("traction-records").iterdir())
    whole = record.read_bytes()
    record.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert "E376" in shell("course", "next", course).err
    assert (
        shell("course", "status", course).code == 0
    )  # as large as before: only a look at every bit shows it
    assert shell("course", "status", course, "--records").code == 3
    assert shell("course", "report", course).code == 3
    moved = Path("elsewhere.mcap")
    record.rename(moved)
    done = shell("course", "status", course)
    assert (done.code, "E375" in done.err) == (3, True)
    done = shell("course", "record", course, "--session", "1", "--record", moved)
    assert (done.code, "E376" in done.err) == (3, True)
    moved.write_bytes(whole)
    assert shell("course", "record", course, "--session", "1", "--record", moved).code == 0
    assert shell("course", "status", course, "--records").code == 0
    moved.unlink()
    assert shell("course", "next", course, "--run", *NO).code == 3
    held(shell, days, course, 4, "--confirm-records")


def test_a_clock_set_back_and_one_put_right(shell, days, course) -> None:
    held(shell, days, course, 4)
    days.turn(3)
    done = shell("course", "next", course, "--run", *NO)
    assert (done.code, "E374" in done.err) == (3, True)
    done = shell("course", "record", course, "--symptoms", "same")
    assert (done.code, "E374" in done.err) == (3, True)  # nothing is written down by such a clock
    assert shell("course", "review", course, "--operator", "Ada", "--note", "it was a day ahead").code == 0
    done = shell("course", "next", course, "--run", *NO)
    assert (done.code, "E374" in done.err, "E378" in done.err) == (3, False, True)
    days.turn(4, hour=5)  # 20 h after the review: the session had ended by then
    assert shell("course", "next", course).code == 0


def test_the_rules_hold_the_course_until_somebody_has_looked(shell, days, course) -> None:
    held(shell, days, course, 2, tolerated="no")
    days.turn(4)
    assert (
        shell("course", "review", course, "--operator", "Ada", "--note", "x").code == 3
    )  # nothing to review
    held(shell, days, course, 4, tolerated="no")
    days.turn(6)
    done = shell("course", "next", course, "--run", *NO)
    assert (done.code, "E380" in done.err) == (3, True)
    assert shell("course", "review", course, "--note", "x").code == 2
    assert shell("course", "review", course, "--operator", "Ada", "--note", "strap mended").code == 0
    held(shell, days, course, 6)
    assert shell("course", "record", course, "--symptoms", "outward", "--session", "3").code == 0
    days.turn(9)
    assert "E380" in shell("course", "next", course).err


def test_what_is_refused_before_it_starts_leaves_the_course_as_it_was(shell, days, course) -> None:
    run = ("course", "next", course, "--run", "--quiet")
    assert "E364" in shell(*run).err
    assert shell(*run, *NO, "--table", "nowhere").code == 2  # an unknown table
    assert shell(*run, *NO, "--table", "sim:?colour=red").code == 2
    edit(course, "steps.toml", "gone.toml")
    done = shell(*run, *NO)
    assert (done.code, "gone.toml" in done.err) == (2, True)
    edit(course, "gone.toml", "steps.toml")
    Path("traction-records").touch()  # no folder can be made there
    done = shell(*run, *NO)
    assert (done.code, "E603" in done.err) == (6, True)
    Path("traction-records").unlink()
    assert json.loads(shell("course", "next", course, "--json").out)["number"] == 1
    held(shell, days, course, 2)


def test_a_full_disk_after_a_session_loses_neither_record_nor_course(
    shell, days, course, monkeypatch
) -> None:
    held(shell, days, course, 2)
    days.turn(4)
    from traction.courses import store_rows as rows

    close = rows.close

    def on_a_full_disk(db: sqlite3.Connection, *rest: object) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        db.execute("CREATE TABLE filler AS SELECT randomblob(100000) AS b")
        close(db, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as full:
        full.setattr(rows, "close", on_a_full_disk)
        done = shell("course", "next", course, "--run", "--quiet", *NO)
    assert (done.code, "E623" in done.err, "--record" in done.err) == (6, True, True)
    assert "E370" in shell("course", "next", course).err
    record = max(Path("traction-records").iterdir())
    assert shell("course", "record", course, "--record", record, "--tolerated", "yes").code == 0
    days.turn(6)
    assert shell("course", "next", course).code == 0


def test_a_session_run_outside_is_tied_when_it_is_the_one_that_is_due(shell, days, course) -> None:
    run = ("run", "steps.toml", "--quiet", "--patient", "p-1.toml", *NO, "--record")
    assert shell(*run, "one.mcap").code == 0
    assert shell("run", "steps.toml", "--quiet", "--mass", "80kg", "--record", "other.mcap").code == 0
    done = shell("course", "record", course, "--record", "other.mcap")
    assert (done.code, "E376" in done.err) == (3, True)  # of nobody
    assert shell("course", "record", course, "--record", "one.mcap", "--tolerated", "yes").code == 0
    days.turn(4)
    done = shell("course", "record", course, "--record", "one.mcap")
    assert (done.code, "E376" in done.err) == (3, True)  # that of another session already
    status = json.loads(shell("course", "status", course, "--json").out)
    assert [one["number"] for one in status["sessions"]] == [1]


def test_a_store_that_cannot_be_used_says_so(shell, days, course) -> None:
    assert shell("course", "status", course, "--store", "none.sqlite").code == 2
    Path("bad.sqlite").write_bytes(b"not a store" * 99)
    done = shell("course", "next", course, "--run", *NO, "--store", "bad.sqlite")
    assert (done.code, "E620" in done.err) == (2, True)
    os.mkfifo("pipe.sqlite")
    assert shell("course", "next", course, "--run", *NO, "--store", "pipe.sqlite").code == 2
    Path(STORE).write_bytes(b"not a store" * 99)
    assert shell("course", "status", course).code == 6  # nobody named it
    Path(STORE).unlink()


def test_an_empty_file_becomes_no_store_by_looking(shell, days, course) -> None:
    for name in ("empty.sqlite", STORE):
        Path(name).touch()
    for command in ("next", "plan", "status"):
        done = shell("course", command, course, "--store", "empty.sqlite")
        assert (done.code, "E620" in done.err) == (2, True), command
        assert shell("course", command, course).code == 0  # as where there is none yet
    assert [Path(name).stat().st_size for name in ("empty.sqlite", STORE)] == [0, 0]


def fill(path: Path, course_id: str, others: int) -> None:
    """Put sessions of other courses, 25 each, into a store: straight into its tables, in one transaction."""
    db = sqlite3.connect(path)
    (course,) = db.execute("SELECT * FROM course WHERE id = ?", (course_id,)).fetchall()
    (session,) = db.execute("SELECT * FROM session WHERE course_id = ?", (course_id,)).fetchall()
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


def test_every_command_is_quick_with_ten_thousand_sessions_in_the_store(shell, days, course) -> None:
    held(shell, days, course, 2)
    fill(Path(STORE), "steps", 10_000)
    days.turn(4)
    for words in (
        ("plan", course),
        ("next", course),
        ("status", course, "--records"),
        ("report", course, "-o", "x.html"),
        ("record", course, "--symptoms", "same"),
        ("next", course, "--run", "--quiet"),  # refused by the preflight, after all that is looked up
    ):
        began_s = time.process_time()
        shell("course", *words)
        assert time.process_time() - began_s < 1.0, words
    with open_store(Path(STORE), create=False) as store:
        assert len(store.history("steps").sessions) == 1
        assert len(store.history("c-77").sessions) == 25


def test_every_shipped_plan_becomes_a_course_of_its_own_patient(shell, days, course) -> None:
    from traction.courses.course import load_course
    from traction.courses.new import plans

    listed = shell("course", "new").out
    held = {"drx-pilot-20": 20, "drx-taper-8wk": 22, "kdt-after-two": 12, "nsd-12-sessions": 12}
    assert {**held, "three-a-week-6wk": 18, "vaxd-daily-15": 15}.keys() == plans().keys()
    for name in plans():
        assert name in listed
        like = ("--like", name, "--patient", "p-1.toml", "--protocol", "steps.toml", "--start", "2026-11-02")
        assert shell("course", "new", f"{name}.toml", *like).code == 0
        made, shipped = load_course(f"{name}.toml"), load_course(plans()[name])
        assert (made.id, made.start, made.stages[0].protocol) == (name, "2026-11-02", "steps.toml")
        assert (made.source, made.caps, made.stop) == (shipped.source, shipped.caps, shipped.stop)
        assert made.source.citation
        assert made.source.assumed
        rows = json.loads(shell("course", "plan", f"{name}.toml", "--json").out)["sessions"]
        assert len(rows) == held.get(name, len(rows))
    assert "'Gro\u00dfe Datei'" in shell("course", "new", "Gro\u00dfe Datei.toml", *like).err
    assert shell("course", "new", "Gro\u00dfe Datei.toml", *like, "--id", "large").code == 0
    assert load_course("Gro\u00dfe Datei.toml").id == "large"
    assert shell("course", "new", "drx-pilot-20.toml", *like).code == 2  # never over another file
    assert "E139" in shell("course", "new", "x.toml", *like[2:], "--like", "drx").err


def test_a_report_takes_the_place_of_no_other_kind_of_file(shell, days, course) -> None:
    assert shell("course", "next", course, "--run", "--quiet", *NO).code == 0
    for name in ("course.toml", "steps.toml", "p-1.toml", STORE, "traction-records/steps-001.mcap"):
        before = Path(name).read_bytes()
        done = shell("course", "report", course, "-o", name)
        assert (done.code, "E161" in done.err, Path(name).read_bytes() == before) == (2, True, True), name
    for name in ("r.html", "r.json", "r.txt"):
        assert shell("course", "report", course, "-o", name).code == 0
        assert Path(name).stat().st_size > 1000


def test_a_plan_steps_up_from_what_was_borne_as_the_next_session_does(shell, days, course) -> None:
    edit("steps.toml", '"100 N + 10 N', '"150 N + 1 N')
    run = ("--run", "--quiet", *NO)
    assert shell("course", "next", course, *run).code == 0
    assert shell("course", "record", course, "--tolerated", "yes").code == 0
    with sqlite3.connect(STORE) as other:  # as if somebody had stopped it at 50 N
        other.execute("UPDATE session SET outcome = 'STOPPED', code = '', peak_n = 50")
    other.close()
    days.turn(4)
    assert "E379" in shell("course", "next", course).err
    rows = json.loads(shell("course", "plan", course, "--json").out)["sessions"]
    assert [row["over_a_cap"] for row in rows[:3]] == [False, True, False]


def test_a_plan_of_which_nothing_can_be_compiled_is_refused_and_not_simulated(shell, days, course) -> None:
    edit("steps.toml", '"100 N + 10 N * (session - 1)"', '"30 %BW - 230 N"')
    rows = json.loads(shell("course", "plan", course, "--json").out)["sessions"]
    assert {row["refused"] for row in rows} == {"E331"}
    done = shell("course", "simulate", course)
    assert (done.code, "E378" in done.err, "E331" in done.err) == (3, True, True)


def test_status_knows_what_next_will_say(shell, days, course) -> None:
    assert shell("course", "next", course, "--run", "--quiet", *NO).code == 0
    assert shell("course", "record", course, "--tolerated", "yes").code == 0
    days.turn(4)
    assert "Nothing holds the next session up" in shell("course", "status", course).out
    Path("p-1.toml").write_text(Path("p-1.toml").read_text(encoding="utf-8").replace("80 kg", "70 kg"))
    steps = Path("steps.toml").read_text(encoding="utf-8").replace('"100 N', '"140 N')
    Path("steps.toml").write_text(steps, encoding="utf-8")
    shell("patient", "screen", "p-1.toml", "--region", "lumbar", "--answer", "fracture=yes")
    for words in (("status",), ("report",), ("next",)):
        done = shell("course", *words, course)
        found = {code for code in ("E362", "E371", "E372", "E379", "E381") if code in done.out + done.err}
        assert found == {"E362", "E371", "E372", "E379", "E381"}, words


def test_nobody_else_ends_a_session_that_still_runs(shell, days, course, monkeypatch) -> None:
    from traction.cli import session
    from traction.cli.course_run import nothing_moved
    from traction.errors import Problem, RefusedError

    shown, seen = session.run_shown, []

    def with_another_terminal(*words: object, **more: object) -> object:
        found = shown(*words, **more)  # its record is there, and the store does not know of it yet
        record = ("--record", "traction-records/steps-001.mcap")
        seen.append(
            [shell("course", "record", course, *way) for way in (record, ("--abandon", "--note", "x"))]
        )
        return found

    monkeypatch.setattr(session, "run_shown", with_another_terminal)
    assert shell("course", "next", course, "--run", "--quiet", *NO).code == 0
    assert [(done.code, "E370" in done.err) for done in seen[0]] == [(3, True)] * 2
    with open_store(Path(STORE), create=False) as store:
        history = store.history("steps")
        assert [one.closing.outcome for one in history.sessions] == ["COMPLETED"]
        refused = nothing_moved(RefusedError(Problem("E370", "")))
        with pytest.raises(RefusedError, match="ended by somebody else"):  # and a second end is no silent one
            store.close_session(history.begun, 1, refused, days.label)
        assert store.history("steps") == history


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
def test_a_store_that_somebody_else_wrote_into_is_called_damaged(shell, days, course, change: str) -> None:
    assert shell("course", "next", course, "--run", "--quiet", *NO).code == 0
    with sqlite3.connect(STORE) as other:
        other.execute(change)
    other.close()
    for words in ("status", "next", "report"):
        done = shell("course", words, course)
        assert (done.code, "error E624" in done.err) == (6, True), (words, done.err)
    with sqlite3.connect(STORE) as other:  # so that the fixture can look through it
        other.execute("DELETE FROM session")
        other.execute("DELETE FROM event")
    other.close()
