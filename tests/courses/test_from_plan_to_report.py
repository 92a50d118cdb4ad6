"""A course from the shell: planned, begun, run, told apart from what it was not, and reported."""

import json
from pathlib import Path

import pytest

from traction.courses.store import open_store


def events(course) -> list[dict[str, object]]:
    course("report", "-o", "now.json")
    return json.loads(Path("now.json").read_text(encoding="utf-8"))["events"]


def test_a_course_from_its_plan_to_its_report(planned, course_text: str) -> None:
    course = planned
    done = course("plan", "--json")
    sessions = json.loads(done.out)["sessions"]
    assert [row["peak_n"] for row in sessions] == [100, 100, 110, 110, 120, 120, 120, 120]
    assert [row["day"][-5:] for row in sessions][-3:] == ["11-13", "11-25", "12-02"]
    assert not course.store.exists()  # planning writes nothing
    assert course("begin").code == 0
    assert course("next").code == 0
    for day in (2, 4, 6):
        course.held(day)
    row = json.loads(course.held(9, "--json", tolerated="no").out)
    assert (row["outcome"], row["course"]["level"], row["course"]["planned_peak_n"]) == (
        "COMPLETED",
        2,
        110.0,
    )
    course.turn(10)
    due = json.loads(course("next", "--json").out)
    assert (due["number"], due["level"], due["peak_n"], due["errors"]) == (5, 1, 100.0, [])
    status = json.loads(course("status", "--records", "--json").out)
    assert [one["tolerated"] for one in status["sessions"]] == [True, True, True, False]
    assert len({one["record_digest"] for one in status["sessions"]}) == 4
    for out in ("course.html", "course.json", "course.txt"):
        assert course("report", "-o", out).code == 0
    page = Path("course.html").read_text(encoding="utf-8")
    assert all(one["record_digest"] in page for one in status["sessions"])
    report = json.loads(Path("course.json").read_text())
    assert report["text"] == course_text
    assert [one["kind"] for one in report["events"]] == ["begun", *["opened", "closed", "judged"] * 4]
    from traction.runner.reader import read_record

    header = read_record(status["sessions"][3]["record"]).header
    assert (header["session_number"], header["patient"]["id"]) == (2, "p-1")


def test_a_jump_is_asked_about_and_a_cap_is_not(course) -> None:
    course.held(2)
    course.turn(4)
    course.edit("steps.toml", '"100 N + 10 N', '"111 N + 10 N')
    said = course.refused("next")
    assert all(one in said for one in ("E379", "E372", "111.0 N after 100.0 N"))
    course.refused(*course.run)
    course.refused(*course.run, "--confirm-protocol")
    course.held(4, "--confirm-protocol", "--confirm-jump")
    course.turn(6)
    course.edit("steps.toml", '"111 N + 10 N', '"195 N + 10 N')
    said = course.refused(*course.run, "--confirm-protocol", "--confirm-jump")
    assert "operator of this run" in said or "E31" in said
    confirmed = [sorted(one)[:2] for one in events(course) if one["kind"] == "confirmed"]
    assert confirmed == [["E372", "E379"]]


def test_what_may_be_set_or_answered_counts_for_a_jump_before_anything_is_written(course) -> None:
    course.held(2)
    course.turn(4)
    asks = """\n[[phase]]\nname = "more"\ntype = "ask"\nquestion = "More?"\nanswers = ["no", "yes"]
within = "10 s"\nno_answer = "end"\nthen = { no = "end", yes = "go to high" }\n
[[phase]]\nname = "high"\ntype = "static"\nforce = "150 N"\nhold = "5 s"\n\n[end]"""
    course.edit("steps.toml", "\n[end]", asks)
    run = (*course.run, "--confirm-protocol")
    assert "150.0 N after 100.0 N" in course.refused(*run)
    before = events(course)
    assert "error E353" in course.refused(*run, "--confirm-jump")  # nobody answers
    assert events(course) == before
    course.edit("steps.toml", asks, "\n[end]")
    course.edit("steps.toml", "repeat = ", 'live = { high = ["90 N", "160 N"] }\nrepeat = ')
    assert "160.0 N after 100.0 N" in course.refused("next")


def test_the_rules_hold_the_course_until_somebody_has_looked(course) -> None:
    course.held(2, tolerated="no")
    course.turn(4)
    course.refused("review", "--operator", "Ada", "--note", "x")  # nothing to review
    course.held(4, tolerated="no")
    course.turn(6)
    assert "E380" in course.refused(*course.run)
    course.refused("review", "--note", "x", code=2)
    assert course("review", "--operator", "Ada", "--note", "strap mended").code == 0
    course.held(6)
    assert course("record", "--symptoms", "outward", "--session", "3").code == 0
    course.turn(9)
    assert "E380" in course.refused("next")


def test_a_session_run_outside_is_tied_when_it_is_the_one_that_is_due(course, shell) -> None:
    run = ("run", "steps.toml", "--quiet", "--patient", "p-1.toml", "--preflight", "changed=no", "--record")
    assert shell(*run, "one.mcap").code == 0
    assert shell("run", "steps.toml", "--quiet", "--mass", "80kg", "--record", "other.mcap").code == 0
    assert "E376" in course.refused("record", "--record", "other.mcap")  # of nobody
    assert course("record", "--record", "one.mcap", "--tolerated", "yes").code == 0
    course.turn(4)
    assert "E376" in course.refused("record", "--record", "one.mcap")  # that of another session already
    status = json.loads(course("status", "--json").out)
    assert [one["number"] for one in status["sessions"]] == [1]


def test_a_plan_steps_up_from_what_was_borne_as_the_next_session_does(course) -> None:
    course.edit("steps.toml", '"100 N + 10 N', '"150 N + 1 N')
    course.held(2)
    # as if somebody had stopped it at 50 N
    course.write("UPDATE session SET outcome = 'STOPPED', code = '', peak_n = 50")
    course.turn(4)
    assert "E379" in course.refused("next")
    rows = json.loads(course("plan", "--json").out)["sessions"]
    assert [row["over_a_cap"] for row in rows[:3]] == [False, True, False]


def test_a_plan_of_which_nothing_can_be_compiled_is_refused_and_not_simulated(planned) -> None:
    planned.edit("steps.toml", '"100 N + 10 N * (session - 1)"', '"30 %BW - 230 N"')
    rows = json.loads(planned("plan", "--json").out)["sessions"]
    assert {row["refused"] for row in rows} == {"E331"}
    said = planned.refused("simulate")
    assert ("E378" in said, "E331" in said) == (True, True)


def test_status_knows_what_next_will_say(course, shell) -> None:
    course.held(2)
    course.turn(4)
    assert "Nothing holds the next session up" in course("status").out
    course.edit("p-1.toml", "80 kg", "70 kg")
    course.edit("steps.toml", '"100 N', '"140 N')
    shell("patient", "screen", "p-1.toml", "--region", "lumbar", "--answer", "fracture=yes")
    for words in (("status",), ("report",), ("next",)):
        done = course(*words)
        found = {code for code in ("E362", "E371", "E372", "E379", "E381") if code in done.out + done.err}
        assert found == {"E362", "E371", "E372", "E379", "E381"}, words


def test_every_shipped_plan_becomes_a_course_of_its_own_patient(planned, shell) -> None:
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


def test_a_report_takes_the_place_of_no_other_kind_of_file(course) -> None:
    assert course(*course.run).code == 0
    for name in ("course.toml", "steps.toml", "p-1.toml", course.store, "traction-records/steps-001.mcap"):
        before = Path(name).read_bytes()
        assert "E161" in course.refused("report", "-o", name, code=2), name
        assert Path(name).read_bytes() == before
    for name in ("r.html", "r.json", "r.txt"):
        assert course("report", "-o", name).code == 0
        assert Path(name).stat().st_size > 1000


def test_nobody_else_ends_a_session_that_still_runs(course, monkeypatch) -> None:
    from traction.cli import session
    from traction.cli.course_run import nothing_moved
    from traction.errors import Problem, RefusedError

    shown, seen = session.run_shown, []

    def with_another_terminal(*words: object, **more: object) -> object:
        found = shown(*words, **more)  # its record is there, and the store does not know of it yet
        record = ("--record", "traction-records/steps-001.mcap")
        seen.extend(course.refused("record", *way) for way in (record, ("--abandon", "--note", "x")))
        return found

    monkeypatch.setattr(session, "run_shown", with_another_terminal)
    assert course(*course.run).code == 0
    assert ["E370" in said for said in seen] == [True] * 2
    with open_store(course.store, create=False) as store:
        history = store.history("steps")
        assert [one.closing.outcome for one in history.sessions] == ["COMPLETED"]
        refused = nothing_moved(RefusedError(Problem("E370", "")))
        with pytest.raises(RefusedError, match="ended by somebody else"):  # and a second end is no silent one
            store.close_session(history.begun, 1, refused, course.now)
        assert store.history("steps") == history


@pytest.mark.parametrize("width", [40, 80])
def test_a_plan_and_a_status_are_a_line_to_a_session(course, shell, monkeypatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    run = ("run", "steps.toml", "--quiet", "--patient", "p-1.toml", "--preflight", "changed=no")
    assert shell(*run, "--ease-at", "20s", "--ease-at", "22s", "--record", "eased.mcap").code == 0
    assert (
        course("record", "--record", "eased.mcap", "--tolerated", "yes", "--note", "a strap slipped").code
        == 0
    )
    course.turn(4)
    course.refused(*course.run, "--confirm-jump", "--table", "sim:?fault=cell-a-stuck@18s", code=5)
    plan = course("plan").out
    lines = {line.split()[0]: line.split() for line in plan.splitlines() if "2026-1" in line}
    assert list(lines) == [str(number) for number in range(1, 9)]
    assert (lines["1"][-1], lines["2"][-1]) == ("COMPLETED", "TRIPPED")
    assert "washout: 1 week, no sessions" in plan
    assert ("100 N !  " in plan or "100 N !\n" in plan, "it will ask" in plan) == (True, True)
    assert ("+9" in plan) == (width == 80)  # from what was borne in the session that tripped
    status = course("status").out
    assert "1: eased off twice; a strap slipped" in status
    assert "held     2 of 8 sessions" in status
    assert ("COMPLETED     well" in status) == (width == 80)
    assert max(len(line) for line in (plan + status).splitlines()) <= width
    assert course("report", "-o", "r.html").code == 0
    page = Path("r.html").read_text(encoding="utf-8")
    assert page.count("fill='#555'") == page.count("fill='none'") == 8
    assert "it will ask" in page
    assert [row["eased"] for row in json.loads(course("status", "--json").out)["sessions"]] == [2, 0]
