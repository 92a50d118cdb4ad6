"""``traction bench`` at the shell, and ``traction run`` on a real table that has not been checked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from xml.etree import ElementTree as ET

import pytest

from traction.bench import cells, kept
from traction.bench.suite import CHECKS, QUESTIONS
from traction.cli import bench_span
from traction.clock import WallClock, wall_label
from traction.drivers.base import TableSetup
from traction.drivers.listen import TcpEnd
from traction.drivers.url import parse_url
from traction.sim.emulator import EmulatedTable, make_emulated
from traction.sim.hands import obey
from traction.sim.options import read_options
from traction.sim.serve import serve

WHO = kept.controller_of("traction emulated table", "1.0.0")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(kept.FOLDER_VARIABLE, str(tmp_path / "bench"))
    return tmp_path / "bench"


@pytest.fixture
def answers(tmp_path):
    path = tmp_path / "answers.toml"
    path.write_text("".join(f"{name} = true\n" for name in QUESTIONS), encoding="utf-8")
    return path


def test_a_check_with_answers_and_a_name_is_signed_off_in_three_formats(shell, answers, tmp_path) -> None:
    done = shell(
        "bench",
        "check",
        "--operator",
        "Ada",
        "--answers",
        answers,
        "--burn-in",
        "10s",
        "--report",
        tmp_path / "r",
    )
    assert done.code == 0, done.err
    assert "SIGNED OFF by Ada" in done.out
    assert (tmp_path / "r.txt").read_text(encoding="utf-8").splitlines()[-3:] == done.out.splitlines()[-3:]
    row = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert row["signed_off"] is True
    assert [check["name"] for check in row["checks"]] == list(CHECKS)
    for check in row["checks"]:
        for figure in check["figures"]:
            assert figure["value"] is not None
            assert figure["inside"] in (True, None)
    suite = ET.parse(tmp_path / "r.xml").getroot()[0]
    assert suite.get("failures") == "0"
    assert len(suite.findall("testcase")) == len(CHECKS)
    assert kept.load("SIM-0").checked is not None
    again = shell("bench", "check", "--report", tmp_path / "r")
    assert again.code == 2
    assert "E601" in again.err


def test_without_answers_nothing_is_signed_and_the_report_fits_the_width(shell, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    done = shell("bench", "check", "--operator", "Ada", "--burn-in", "5s")
    assert done.code == 3
    assert "NOT SIGNED OFF" in done.out
    assert max(map(len, done.out.splitlines())) <= 60
    checked = kept.load("SIM-0").checked
    assert checked is not None
    assert set(checked.open) == set(QUESTIONS)
    assert not checked.signed_off


def test_a_person_who_says_no_fails_the_table(shell, answers) -> None:
    answers.write_text(answers.read_text(encoding="utf-8").replace("condition = true", "condition = false"))
    done = shell("bench", "check", "--operator", "Ada", "--answers", answers, "--burn-in", "5s", "--json")
    assert done.code == 5
    assert json.loads(done.out)["failed"] == ["condition"]


@pytest.mark.parametrize("text", ["cord-slack = 1\n", "unknown = true\n", "cord-slack = ", "\x00"])
def test_answers_that_are_not_right_are_refused_before_anything_moves(shell, tmp_path, text) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    done = shell("bench", "check", "--answers", path)
    assert done.code == 2
    assert "E545" in done.err
    assert not done.out


def test_zero_and_span_are_kept_and_show_before_and_after(shell) -> None:
    assert shell("bench", "zero", "--operator", "Ada").code == 0
    first = shell("bench", "span", "--weight", "5kg", "--weight", "98.0665N", "--weight", "20kg")
    assert first.code == 0, first.err
    assert "before" not in first.out
    done = shell("bench", "span", "--weight", "5kg", "--weight", "10kg", "--weight", "20kg", "--json")
    row = json.loads(done.out)
    assert row["passed"] is True
    assert row["before"]["weights_n"] == pytest.approx(row["after"]["weights_n"])
    for fit in row["after"]["fits"]:
        assert fit["gain"] == pytest.approx(1.0, abs=0.01)
    known = kept.load("SIM-0")
    assert known.zero is not None
    assert known.calibration is not None
    report = shell("bench", "check", "--burn-in", "5s").out
    assert re.search(r"pass  calibration", report)
    assert "corrected by the calibration of" in report


@pytest.mark.parametrize(
    "weights",
    [
        ("5kg",),
        ("5kg", "5kg", "5kg"),
        ("5kg", "10kg", "heavy"),
        ("0kg", "1kg", "2kg"),
        ("1kg", "2kg", "200kg"),
    ],
)
def test_weights_that_make_no_calibration_are_refused(shell, weights) -> None:
    done = shell("bench", "span", *(part for one in weights for part in ("--weight", one)))
    assert done.code == 2
    assert "E553" in done.err


def test_watch_prints_a_line_for_each_look(shell) -> None:
    done = shell("bench", "watch", "--for", "0.05s", "--json")
    assert done.code == 0
    row = json.loads(done.out.splitlines()[0])
    assert row["state"] == "IDENTIFIED"
    assert row["round_trip_ms"] is None
    assert "IDENTIFIED" in shell("bench", "watch", "--for", "0.05s").out


def test_jogging_without_a_terminal_is_refused(shell) -> None:
    done = shell("bench", "jog")
    assert done.code == 3
    assert "E554" in done.err


@pytest.mark.parametrize("name", ["check", "zero", "span", "watch", "jog"])
def test_every_part_has_help_with_an_example(shell, name) -> None:
    done = shell("bench", name, "--help")
    assert done.code == 0
    assert f"traction bench {name}" in done.out.replace("\n", " ")


@contextmanager
def real_table(hands: SimpleQueue[str] | None = None) -> Iterator[str]:
    """Serve a table on TCP that does not report itself as simulated; its patient stop is pressed."""
    table = make_emulated(read_options(parse_url("sim:?seed=42"), TableSetup()))
    table.link.has_channels = 0
    table.press("patient-stop")
    end = TcpEnd("127.0.0.1", 0)
    over = threading.Event()

    def look(table: EmulatedTable) -> None:
        while hands is not None and not hands.empty():
            assert "hang on the cord" in obey(table, hands.get_nowait())

    thread = threading.Thread(target=serve, args=(table, end, WallClock(), over.is_set, look))
    thread.start()
    try:
        yield f"{end.url}?facts=sim"
    finally:
        over.set()
        thread.join()
        end.close()


@pytest.mark.realtime
def test_a_real_table_is_run_only_with_checks_that_are_signed_off_and_not_overdue(shell, short) -> None:
    def refused(url: str) -> set[str]:
        done = shell("run", short, "--table", url, "--yes", "--quiet")
        assert done.code == 3
        return set(re.findall(r"error (E\d+):", done.err))

    with real_table() as url:
        assert refused(url) == {"E540", "E346"}  # never checked; and the patient stop, which is always there
        kept.save(kept.Kept("42", kept.Checked("2020-01-01T00:00:00Z", "Ada", True, (), (), WHO)))
        assert refused(url) == {"E541", "E346"}
        kept.save(kept.Kept("42", kept.Checked(wall_label(), "Ada", False, ("lease",), (), WHO)))
        assert refused(url) == {"E542", "E346"}
        kept.save(kept.Kept("42", kept.Checked(wall_label(), "Ada", True, (), (), WHO)))
        assert refused(url) == {"E346"}
        other = kept.controller_of("traction emulated table", "1.0.1")
        kept.save(kept.Kept("42", kept.Checked(wall_label(), "Ada", True, (), (), other)))
        assert refused(url) == {"E546", "E346"}


@pytest.mark.realtime
def test_zero_and_span_are_done_over_a_line_with_weights_that_somebody_hangs(shell, monkeypatch) -> None:
    hands: SimpleQueue[str] = SimpleQueue()
    asked = []

    def somebody(question: str, **_options: object) -> str:
        asked.append(re.search(r"Hang (\d+\.\d+) kg", question)[1])
        hands.put(f"hang {asked[-1]}kg")
        threading.Event().wait(0.1)  # the weight comes to rest
        return ""

    monkeypatch.setattr(cells, "SAMPLES", 10)
    monkeypatch.setattr(bench_span, "is_terminal", lambda: True)
    monkeypatch.setattr(bench_span.click, "prompt", somebody)
    with real_table(hands) as url:
        assert shell("bench", "zero", "--table", url, "--operator", "Ada").code == 0
        weights = ("--weight", "5kg", "--weight", "10kg", "--weight", "20kg")
        done = shell("bench", "span", "--table", url, "--operator", "Ada", *weights)
        assert done.code == 0, done.err
        assert "take the weight off the cord again" in done.err
        loaded = shell("bench", "zero", "--table", url, "--operator", "Ada")  # 5 kg were left on the cord
        assert (loaded.code, "E552" in loaded.err) == (3, True)
    assert asked == ["5.000", "10.000", "20.000", "20.000", "10.000", "5.000"]
    known = kept.load("42").calibration
    assert known is not None
    assert known.passed
    assert [fit.gain for fit in known.fits] == pytest.approx([1.0, 1.0], abs=0.005)


@pytest.mark.realtime
def test_nothing_is_tried_on_a_real_table_until_somebody_says_that_it_is_free(
    shell, tmp_path, folder
) -> None:
    with real_table() as url:
        for text in ("", "no-person = false\n"):
            path = tmp_path / "answers.toml"
            path.write_text(text, encoding="utf-8")
            done = shell("bench", "check", "--table", url, "--answers", path)
            assert done.code == 3
            assert "E550" in done.err
            assert not done.out
    assert not folder.exists()
