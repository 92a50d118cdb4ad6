"""Questions, sessions, tares and seals on the command line: said to people, and to programs as numbers."""

import json
from pathlib import Path

import pytest

import traction

ALL = """
format = 1
name = "all"
title = "Everything beside the pulls"
region = "cervical"
source = { citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }
session = { count = "on_target", hold_by = "force" }
rates = { up = "8 N/s", down = "16 N/s" }
take_up = { force = "15 N", timeout = "120 s" }
position = { posture = "supine", level = "C5-C6", side = "left", steps = ["Lie down.", "Put it on."] }
tare = { head_mass = "4 kg", angle = "30 deg", pull = "upward" }
sham = { label = "arm B", seal = "%s" }
end = { rate = "10 N/s", residual = "0 N", alert_every = "30 s", alert_times = 10 }
stops = { patient = "fast-release" }

[[phase]]
name = "pulls"
type = "intermittent"
high = "50 N + 5 N * session"
low = "20 N"
hold = "30 s"
rest = "10 s"
repeat = 3
live = { high = ["40 N", "90 N"] }

[[phase]]
name = "pain"
type = "ask"
question = "Is it worse?"
answers = ["no", "yes"]
within = "60 s"
then = { no = "continue", yes = "stop" }
no_answer = "stop"

[[phase]]
name = "more"
type = "static"
force = "70 N"
hold = "60 s"
"""
SALT = "00112233445566778899aabbccddeeff"


@pytest.fixture
def path(tmp_path: Path, shell) -> Path:
    seal = json.loads(shell("seal", "sham", "--salt", SALT, "--json").out)["seal"]
    (tmp_path / "all.toml").write_text(ALL % seal, encoding="utf-8")
    return tmp_path / "all.toml"


def test_show_says_all_of_it(path: Path, shell) -> None:
    done = shell("show", path, "--session", "3")
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    for words in (
        "supine; C5-C6; side left",
        "2. Put it on.",
        "arm B, sealed ",
        "Is it worse?; within 1 min; no: continue, yes: stop; no answer: stop",
        "may be set",
        "the table pulls 19.61 N more than each level",
        "patient fast release",
        "told again every 30 s, 10 times at most",
        "Session 3 of a course",
        "all 2 are proved; the margins are the worst of them, --way draws another",
        "84.6133 N (nearest 85 N)",
    ):
        assert words in said, words
    row = json.loads(shell("show", path, "--session", "3", "--way", "2", "--json").out)
    assert (row["way"], [part["name"] for part in row["profile"]["phases"]][2:]) == (2, ["more", "end"])
    assert "E100" in shell("show", path, "--way", "3").err
    assert (row["session"], row["tare_n"], row["uses_session"]) == (3, 19.6133, True)
    assert [path["taken"] for path in row["paths"]] == [[["pain", "no answer"]], [["pain", "no"]]]
    assert (row["questions"][0]["name"], row["questions"][0]["then"]) == (
        "pain",
        [["no", "continue"], ["yes", "stop"]],
    )
    assert row["live"][0] == {
        "phase": 0,
        "name": "pulls",
        "field": "high",
        "value": "50 N + 5 N * session",
        "lowest": "40 N",
        "highest": "90 N",
    }
    assert (row["sham"]["label"], row["stops"]["patient"]) == ("arm B", "fast-release")
    assert row["rounding"]["levels"][0] == {"phase": "pulls", "level_n": 84.6133, "nearest_n": 85.0}


def test_check_judges_the_session_it_is_given(path: Path, shell) -> None:
    done = shell("check", path)
    assert done.code == 0, done.err
    assert "all 2 ways through its answers were judged" in done.out
    done = shell("check", path, "--session", "40", "--json")
    (row,) = json.loads(done.out)
    assert (done.code, row["session"], row["paths"], row["rounding"]["step_n"]) == (3, 40, 2, 1.0)
    assert {error["code"] for error in row["errors"]} >= {"E311"}
    assert "E118" in shell("check", path, "--session", "0").out


def test_a_record_says_which_session_it_was_and_opens_with_its_seal(
    path: Path, shell, tmp_path: Path
) -> None:
    text = path.read_text(encoding="utf-8").replace('"force" }', '"force", tolerance = "strict" }')
    path.write_text(text.replace('hold = "30 s"', 'hold = "2 s"').replace("repeat = 3", "repeat = 1"))
    record = tmp_path / "one.mcap"
    done = shell("run", path, "--mass", "60kg", "--session", "2", "--answer", "pain=yes", "--record", record)
    assert (done.code, record.exists()) == (4, True), done.err
    header = traction.read_record(record).header
    assert (header["session_number"], header["tolerance"], header["sham"]["label"]) == (2, "strict", "arm B")
    assert "arm B: sealed with this name" in shell("seal", "sham", "--salt", SALT, "--of", record).out
    assert "E138" in shell("seal", "real", "--salt", SALT, "--of", record).err


def test_a_seal_opens_with_the_right_name_only(path: Path, shell) -> None:
    assert shell("seal", "sham", "--salt", SALT, "--of", path).code == 0
    for name, salt, where, code in (
        ("real", SALT, path, 3),
        ("sham", SALT[::-1], path, 3),
        ("sham", SALT, "cerv-fater", 3),
        ("sham", "short", path, 2),
    ):
        done = shell("seal", name, "--salt", salt, "--of", where)
        assert (done.code, "E138" in done.err) == (code, True)
        assert "sham" not in done.out
    assert "E138" in shell("seal", "sham", "--of", path).err
    plain = shell("seal", "sham", "--salt", SALT)
    assert SALT in plain.out
    assert "keep the salt" in plain.err
    first, second = (shell("seal", "sham", "--json").out for _ in range(2))
    assert first != second
