"""``run`` with what is asked for beforehand: answers, edits and eases, and what of it is refused."""

import json
from pathlib import Path

import pytest

from traction.runner.reader import read_record
from traction.shipped import shipped_dir

QUESTION = """
[[phase]]
name = "how is it"
type = "ask"
question = "How is it?"
answers = ["fine", "bad"]
within = "20 s"
no_answer = "stop"
then = { fine = "continue", bad = "stop" }
[end]"""


@pytest.fixture
def asks(short: Path) -> Path:
    text = short.read_text(encoding="utf-8").replace("\n[end]", QUESTION)
    text = text.replace("repeat = 2", 'repeat = 2\nlive = { high = ["100 N", "180 N"] }')
    path = short.with_name("asks.toml")
    path.write_text(text.replace('"short"', '"asks"'), encoding="utf-8")
    return path


def test_answers_edits_and_eases_are_told_and_stand_in_the_record(shell, asks: Path) -> None:
    wishes = ("--answer", "how is it=fine", "--edit", "20 s main.high = 150 N", "--ease-at", "45s")
    done = shell("run", asks, *wishes, "--record", "a.mcap", "--json")
    row = json.loads(done.out)
    assert (done.code, row["outcome"], row["peak_target_n"]) == (0, "COMPLETED", pytest.approx(150.0))
    assert row["eased"] == {"times": 1, "percent": 80}
    known = row["conformance"]
    assert (known["tolerance"], known["within"], known["levels"], known["out"]) == ("yy-0697", True, 5, [])
    for line in (
        "edit: main.high = 150 N from cycle 1 on, by the schedule",
        "ease: 80 % of the force from here on, by the schedule",
        "ask: how is it: How is it?",
        "answer: how is it: fine, by the command line",
    ):
        assert line in done.err
    record = read_record("a.mcap")
    assert {"edit", "ease", "ask", "answer", "profile"} <= {event.name for event in record.events}
    assert record.judge_again().agrees
    report = shell("report", "a.mcap")
    assert report.code == 0
    assert report.out.startswith("COMPLETED: ")
    assert "eased off       once, to 80 % of the force\n" in report.out
    quiet = shell("run", asks, *wishes[:2], "--ease-at", "9h", "--quiet")
    assert quiet.code == 0
    assert quiet.err == "not done: ease at 32400 s, when the session had ended\n"
    assert "eased off" not in quiet.out
    assert "conformance     within yy-0697: " in quiet.out


def test_a_question_that_was_answered_at_once_is_no_hold_that_did_not_run(shell) -> None:
    words = [word for said in ("watch=done", "pain=a little", "relief=no") for word in ("--answer", said)]
    done = shell("run", shipped_dir("protocols") / "examples" / "asks.toml", *words, "--quiet")
    assert "within yy-0697: 2 of 2 holds and rests, 1 not judged\n" in done.out


@pytest.mark.parametrize(
    ("wishes", "code", "said"),
    [
        ((), 3, ["error E353: no answer to 'how is it'"]),
        (
            ("--answer", "how is it=meh", "--answer", "x=1"),
            3,
            ["E354: 'meh' as the", "E354: an answer to 'x'"],
        ),
        (("--answer", "how is it"), 2, ["error E100", "--answer"]),
        (("--edit", "main.high=150 N"), 2, ["error E100", "--edit"]),
        (("--answer", "how is it=fine", "--edit", "60s x.y=3"), 3, ["error E355: x.y = 3; expected one of"]),
        (("--ease-at", "soon"), 2, ["error E112", "--ease-at"]),
        (("--answer", "how is it=bad"), 4, ["traction explain E492"]),
        (("--answer", "how is it="), 4, ["no answer: how is it: stop", "traction explain E493"]),
    ],
)
def test_what_nobody_would_answer_and_what_fits_nothing_is_refused_before_anything_moves(
    shell, asks: Path, wishes: tuple[str, ...], code: int, said: list[str]
) -> None:
    done = shell("run", asks, *wishes)
    assert done.code == code
    for part in said:
        assert part in done.err
    assert Path("traction-records").exists() is (code == 4)


def test_a_fault_at_a_time_that_the_session_did_not_reach_is_told(shell, short: Path) -> None:
    table = "sim:?fault=cell-a-drifting@on+1ms,estop-pressed@10s,cell-b-stuck@3h"
    done = shell("run", short, "--table", table, "--record", "late.mcap", "--quiet")
    assert done.code == 4
    first, *_ = done.err.splitlines()
    assert first.startswith("not done: cell-b-stuck@10800s never began: the session had ended after 1")
    assert done.err.count("not done") == 1
