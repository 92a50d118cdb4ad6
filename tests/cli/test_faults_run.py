"""``traction faults run`` and ``replay``: figures, exit codes, and what is refused."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from traction.campaign.campaign import Found, Report
from traction.campaign.case import to_json
from traction.campaign.draw import draw
from traction.campaign.oracle import Escape
from traction.cli.errors import run
from traction.report.faults_row import report_lines, report_row
from traction.report.hazard_about import about
from traction.sim.faults import read_faults


def test_json_has_the_figures_of_a_campaign(shell: Any) -> None:
    done = shell("faults", "run", "--seeds", "16:24", "--json")
    assert (done.code, done.err) == (0, "")
    row = json.loads(done.out)
    assert (row["sessions"], row["escapes"], row["false_trips"], row["interrupted"]) == (8, [], 0, False)
    assert row["sessions_per_s"] > 0
    for name, worst in row["worst"].items():
        assert name[0] == "H"
        assert worst["replay"] == f"traction faults replay {worst['seed']}"
        assert worst["seed"] in range(16, 24)
    assert sum(count for states in row["hits"].values() for count in states.values()) >= 4


def test_people_read_the_counts_on_the_last_line(shell: Any) -> None:
    done = shell("faults", "run", "--seeds", "3", "--faults", "0")
    assert done.code == 0
    assert done.out.splitlines()[-1] == "0 escapes, 0 false trips"


def test_what_is_not_told_one_by_one_is_counted() -> None:
    report = Report(wanted=50, sessions=50)
    report.escapes += [Found(seed, Escape("I1", 10, 95.0, 90.0, "N of true force")) for seed in range(43)]
    lines = list(report_lines(report, None))
    assert sum("broke at" in line for line in lines) == 40
    assert "and 3 more: --json has all 43" in lines


def test_a_reaction_that_never_came_has_no_number_in_json() -> None:
    report = Report(wanted=1, sessions=1)
    report.escapes += [Found(7, Escape("I4", 10, float("inf"), 400.0, "ms to power off"))]
    row = report_row(report, None, about("traction faults run --seeds 7"))
    assert row["escapes"][0]["found"] is None
    json.dumps(row, allow_nan=False)


def test_a_file_that_cannot_be_written_is_named(shell: Any, tmp_path: Path) -> None:
    done = shell("faults", "run", "--seeds", "3", "--faults", "0", "--junit", str(tmp_path))
    assert done.code == 1
    assert f"error E162: {tmp_path} could not be written" in " ".join(done.err.split())  # wrapped


def test_a_report_is_a_page_and_json_and_what_was_found_is_told_before(shell: Any, tmp_path: Path) -> None:
    page, row = tmp_path / "found.html", tmp_path / "found.json"
    words = ("--report", str(page), "--report", str(row), "--junit", str(tmp_path))
    done = shell("faults", "run", "--seeds", "1", *words)
    assert done.out.splitlines()[-1] == "0 escapes, 0 false trips"
    assert done.code == 1  # for the last of the files
    assert "<h1>" in page.read_text(encoding="utf-8")
    known = json.loads(row.read_text(encoding="utf-8"))
    assert known["claim"] in " ".join(page.read_text(encoding="utf-8").split())
    assert known["about"]["python"].startswith("CPython")
    run = [one for one in known["hazards"] if one["sessions"]]
    assert run
    assert all(max(one["picture"]["force_n"]) > 0 for one in run)


def test_a_matrix_is_told_before_its_files_are_written(shell: Any, tmp_path: Path) -> None:
    words = ("--fault", "estop-pressed", "--phase", "HOLD", "--onset", "entry", "--region", "lumbar")
    words += ("--drive", "back-drivable", "--transport", "direct", "--report", str(tmp_path))
    done = shell("faults", "matrix", *words)
    assert done.code == 1
    assert "E162" in done.err
    assert done.out.splitlines()[-1].startswith("cells: 1 run")


class Pressed(io.StringIO):
    """A terminal at which somebody presses Ctrl-C, once, as soon as a bar moves."""

    pressed = False

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if "1/" in text and not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)
        return super().write(text)


def test_ctrl_c_ends_a_matrix_with_what_there_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", Pressed())
    monkeypatch.setenv("TERM", "xterm")
    assert run(["faults", "matrix", "--fault", "estop-pressed", "--phase", "HOLD"]) == 4
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.match(r"interrupted, \d+ cells were not come to; cells: [1-9]", last)


@pytest.mark.parametrize("words", [("21",), ("21", "--small")], ids=" ".join)
def test_ctrl_c_in_a_replay_shows_no_other_session(shell: Any, words: tuple[str, ...]) -> None:
    def press(frame: FrameType, event: str, _what: object) -> None:
        if event == "call" and frame.f_code.co_name == "setpoint":  # the session is well under way
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    sys.setprofile(press)
    try:
        done = shell("faults", "replay", *words)
    finally:
        sys.setprofile(None)
    assert (done.code, done.out) == (4, "")
    assert "interrupted" in done.err


def test_ctrl_c_while_pictures_are_drawn_alters_none(shell: Any, tmp_path: Path) -> None:
    def drawn() -> Any:
        done = shell("faults", "run", "--seeds", "1", "--report", str(tmp_path / "found.json"))
        assert done.code == 0
        rows = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["hazards"]
        return [one.get("picture") for one in rows]

    def press(frame: FrameType, event: str, _what: object) -> None:
        if event == "call" and frame.f_code.co_name == "gather":
            sys.setprofile(within)

    def within(frame: FrameType, event: str, _what: object) -> None:
        if event == "call" and frame.f_code.co_name == "setpoint":
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    alone = drawn()
    assert any(alone)
    sys.setprofile(press)
    try:
        assert drawn() == alone
    finally:
        sys.setprofile(None)


def test_a_choice_in_which_nothing_can_be_is_refused_with_the_reason(shell: Any) -> None:
    words = ("--fault", "link-cut", "--transport", "direct", "--phase", "HOLD", "--onset", "entry")
    done = shell("faults", "matrix", *words)
    assert done.code == 2
    assert done.out.count("not run: a fault of the line, and the table is reached without one") == 4
    assert "E195" in done.err


def test_lines_fold_between_words_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["faults", "matrix", "--fault", "estop-pressed", "--phase", "HOLD", "--onset", "entry"]
    words += ["--region", "lumbar", "--drive", "back-drivable", "--transport", "direct"]
    monkeypatch.setenv("COLUMNS", "60")
    assert run(words) == 0
    whole = capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(words) == 0
    folded = capsys.readouterr().out
    assert max(map(len, whole.splitlines())) > 100
    assert max(map(len, folded.splitlines())) <= 60
    assert without_figures(folded) == without_figures(whole)


def without_figures(text: str) -> list[str]:
    """Return the words of a text but for those with a digit: how much processor time it took differs."""
    return [word for word in text.split() if not re.search(r"\d", word)]


def test_how_long_a_fault_lasts_is_shown(shell: Any) -> None:
    done = shell("faults", "replay", "49")
    assert "link-cut-to-table at 17.78 s, for 0.01 s" in done.out


def test_a_case_is_shown_with_its_force(shell: Any) -> None:
    done = shell("faults", "replay", "21")
    assert done.code == 0
    assert "every invariant held" in done.out
    assert "table, at 0.00 s: RUN, powered" in done.out


def test_a_kept_case_is_shown_too(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    pressed = read_faults(["patient-stop-pressed@2s"], ("table",))
    file.write_text(to_json(replace(draw(1, faults=0), injections=pressed)), encoding="utf-8")
    row = json.loads(shell("faults", "replay", str(file), "--json").out)
    assert row["measures"]["H40"]["detect_ms"] <= 30
    assert row["outcome"] == "STOPPED"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "--seeds", "5:5"), "E193"),
        (("run", "--seeds", "5:4"), "E193"),
        (("run", "--seeds", "-1:4"), "E193"),
        (("run", "--seeds", "0:100000000"), "E193"),
        (("run", "--seeds", "0:1", "--keep", "gone"), "E603"),
        (("run", "--seeds", "0:1", "--report", "found.pdf"), "E161"),
        (("run", "--seeds", "0:1", "--report", "gone/found.json"), "E603"),
        (("replay", "gone.json"), "E193"),
        (("matrix", "--plot", "matrix.docx"), "E161"),
        (("matrix", "--report", "gone/matrix.html"), "E603"),
    ],
)
def test_what_cannot_be_run_is_refused(shell: Any, words: tuple[str, ...], code: str) -> None:
    done = shell("faults", *words)
    assert done.code == 2
    assert code in done.err
