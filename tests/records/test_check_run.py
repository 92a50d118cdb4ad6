"""``check-run`` ends with 0 within tolerance, 5 outside of it, 6 for a damaged record, and says why."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

TIGHT = """
name = "tight"
title = "far too tight"
[force]
low_share = "0 %"
low = "0.001 N"
settle = "0.5 s"
time_in_band = "99 %"
[time]
least = "1 s"
"""


def test_a_good_run_passes_in_words_and_in_json(shell, make) -> None:
    done = shell("check-run", make(), "--tolerance", "strict", "--over", "150N", "--all")
    assert (done.code, done.err) == (0, "")
    for words in ("WITHIN TOLERANCE (strict)", "main: hold 1", "main: rest 1", "ramp up 2", "over 150 N"):
        assert words in done.out
    row = json.loads(shell("check-run", make(), "--json").out)
    assert (row["within"], row["out"], row["tolerance"]) == (True, 0, "yy-0697")
    assert {one["kind"] for one in row["levels"]} == {"hold", "rest"}


def test_a_bad_run_ends_with_5_names_what_is_out_and_writes_junit(shell, make) -> None:
    Path("tight.toml").write_text(TIGHT, encoding="utf-8")
    done = shell("check-run", make(), "--tolerance", "tight.toml", "--junit", "run.xml")
    assert done.code == 5
    assert "OUT OF TOLERANCE (tight)" in done.out
    assert "main: hold 1:" in done.out
    assert "% of the time" in done.out
    suite = ET.parse("run.xml").getroot().find("testsuite")
    row = json.loads(shell("check-run", make(), "--tolerance", "tight.toml", "--json").out)
    assert int(suite.get("failures")) == row["out"] == len(suite.findall("testcase/failure")) > 0
    cases = suite.findall("testcase")
    assert len(cases) == len(row["levels"]) + len(row["ramps"]) + len(row["measures"])
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped")) == len(cases) - row["judged"]


def test_damage_ends_with_6_and_what_is_no_record_says_so(shell, make) -> None:
    data = bytearray(make().read_bytes())
    Path("cut.mcap").write_bytes(data[: len(data) * 9 // 10])
    data[len(data) * 3 // 4] ^= 0x10
    Path("flipped.mcap").write_bytes(data)
    flipped = shell("check-run", "flipped.mcap")
    assert flipped.code == 6
    assert "DAMAGED" in flipped.err
    assert "INCOMPLETE" in flipped.out, "and is judged as far as it goes"
    cut = shell("check-run", "cut.mcap", "--json")
    assert cut.code == 0
    assert "INCOMPLETE" in cut.err
    assert json.loads(cut.out)["complete"] is False
    Path("other.mcap").write_bytes(b"no record")
    assert shell("check-run", "other.mcap").code == 6
    assert shell("check-run", "none.mcap").code == 2
    assert shell("check-run", make(), "--tolerance", "nope").code == 2


def test_the_profile_that_the_protocol_states_is_the_one_it_is_judged_by(shell, make) -> None:
    text = make().with_name("protocol.toml").read_text(encoding="utf-8")
    stated = text.replace('count = "always"', 'count = "always"\ntolerance = "strict"')
    path = make(stated)
    assert "(strict)" in shell("check-run", path).out
    assert "(yy-0697)" in shell("check-run", path, "--tolerance", "yy-0697").out
    assert json.loads(shell("report", path, "--json").out)["conformance"]["tolerance"] == "strict"


def test_a_session_in_which_nothing_could_be_judged_does_not_pass(shell, make) -> None:
    from traction.runner.requests import Request

    text = make().with_name("protocol.toml").read_text(encoding="utf-8")
    done = shell("check-run", make(text, (2.0, Request.STOP)))
    assert done.code == 5
    assert done.out.startswith("NOT JUDGED")
    assert "did not run (STOPPED)" in done.out


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_it_fits_the_width(shell, make, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    done = shell("check-run", make(), "--all")
    assert max(map(len, done.out.splitlines())) <= int(columns)
