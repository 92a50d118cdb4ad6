"""The screen of a running session says where it stands at any width, in Unicode and in ASCII."""

import math
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.report.frame import Frame
from traction.report.screen import Session, force_bar, progress_line, screen_lines
from traction.report.style import Style

SESSION = Session("lumbar-disc", "sim:?drive=self-locking", True, "virtual", 7, "keys: s stop")
FRAME = Frame(
    t_s=530.0,
    state="RUNNING",
    phase="main",
    kind="hold",
    cycle=5,
    cycles=16,
    span_left_s=12.0,
    phase_left_s=432.0,
    patience_s=None,
    total_left_s=1300.4,
    progress=0.47,
    target_n=392.3,
    measured_n=391.2,
    low_n=100.0,
    high_n=392.3,
    limit_n=600.0,
    trip_n=622.0,
    travel_mm=12.0,
    pressure_kpa=-6.0,
)
NUMBER = st.floats(-1e4, 1e4)


def test_everything_a_console_must_show_is_on_the_screen() -> None:
    text = "\n".join(screen_lines(SESSION, FRAME, Style(width=80)))
    for part in (
        "lumbar-disc",
        "simulated table sim:?drive=self-locking",
        "phase main (hold)",
        "cycle 5 of 16",
    ):
        assert part in text
    for part in (
        "hold 0:12 left",
        "phase 7:12 left",
        "total 21:40 left",
        "392.3 N",
        "391.2 N",
        "600 N limit",
        "-45 mmHg",
        "47 %",
    ):
        assert part in text
    assert "virtual clock" in text
    assert "running" in text


def test_a_real_table_is_named_in_capitals() -> None:
    real = Session("x", "serial:/dev/ttyACM0", False, "wall", 0)
    for width in (40, 80):
        assert "REAL TABLE serial:" in "\n".join(screen_lines(real, FRAME, Style(width=width)))


@given(
    st.integers(20, 100), st.booleans(), NUMBER, NUMBER, NUMBER, NUMBER, st.floats(0, 5000), st.floats(-1, 2)
)
def test_no_line_is_wider_than_the_terminal(
    width: int,
    fancy: bool,
    target: float,
    measured: float,
    low: float,
    high: float,
    limit: float,
    progress: float,
) -> None:
    frame = FRAME._replace(
        target_n=target, measured_n=measured, low_n=low, high_n=high, limit_n=limit, progress=progress
    )
    lines = screen_lines(SESSION, frame, Style(width=width, unicode=fancy))
    assert max(len(line) for line in lines[:-5]) <= width
    if width >= 40 and max(abs(target), abs(measured), abs(low), abs(high)) < 1000:
        assert max(len(line) for line in lines) <= width
    assert fancy or "".join(lines).isascii()


def test_the_bar_puts_target_low_and_high_where_they_are_on_the_scale_to_the_limit() -> None:
    target, bar, marks = force_bar(FRAME, Style(width=96, unicode=False))
    start, wall = 16, bar.index("|")

    def force_at(column: int) -> float:
        return (column - start) / (wall - 1 - start) * FRAME.limit_n

    step_n = FRAME.limit_n / (wall - 1 - start)
    assert force_at(target.index("v")) == pytest.approx(392.3, abs=step_n)
    assert force_at(marks.rindex("L")) == pytest.approx(100.0, abs=step_n)
    assert force_at(marks.rindex("H")) == pytest.approx(392.3, abs=step_n)
    assert force_at(bar.rindex("=")) == pytest.approx(391.2, abs=step_n)


def test_exceeded_is_said_above_the_trip_line_only_and_moves_nothing() -> None:
    lines = {}
    for measured in (600.5, 621.9, 622.1, 900.0):
        style = Style(width=80, unicode=False)
        lines[measured] = force_bar(FRAME._replace(measured_n=measured), style)[1]
    assert ["EXCEEDED" in line for line in lines.values()] == [False, False, True, True]
    assert len({line.index("|") for line in lines.values()}) == 1
    assert "600 N limit" in lines[600.5]


def test_a_force_nobody_reads_is_no_figure() -> None:
    frame = Frame.decode(FRAME._replace(measured_n=math.nan).encode())
    assert "force    ---- N" in force_bar(frame, Style(width=80))[1]
    assert "force ---- N" in progress_line(SESSION, frame)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"state": "TAKE_UP", "span_left_s": None, "phase_left_s": None, "patience_s": 24.0},
            "gives up in 0:24",
        ),
        ({"state": "PAUSED", "patience_s": 42.0}, "pause: 0:42, then release"),
        ({"state": "RELEASING", "span_left_s": None, "phase_left_s": None}, "until the force is down"),
    ],
)
def test_the_countdown_is_that_of_what_happens_now(changes: dict[str, Any], said: str) -> None:
    text = "\n".join(screen_lines(SESSION, FRAME._replace(**changes), Style(width=80)))
    assert said in text
    assert "hold 0:12 left" not in text
    assert ("phase 0:00" in text) is False


def test_a_table_without_a_pressure_channel_shows_none() -> None:
    frame = FRAME._replace(pressure_kpa=None)
    assert "mmHg" not in "\n".join(screen_lines(SESSION, frame, Style()))
    assert "disc" not in progress_line(SESSION, frame).replace("lumbar-disc", "")


@pytest.mark.parametrize("changes", [{}, {"cycle": 0}, {"pressure_kpa": None}])
def test_a_progress_line_is_one_plain_line(changes: dict[str, Any]) -> None:
    line = progress_line(SESSION, FRAME._replace(**changes))
    assert re.match(r" 47 %  21:40 left  sim:\?drive=self-locking  main", line)
    assert line.isascii()
    assert "\n" not in line


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_question_what_was_typed_and_who_ended_it_stand_under_the_bar_at_any_width(width: int) -> None:
    asked = FRAME._replace(
        eased=64,
        question="how: How does the leg feel?",
        answers="1 better   2 worse   3 awful",
        no_answer="stop",
        question_left_s=24.0,
        stops="patient stop ready, emergency stop PRESSED",
        ended="STOPPED E490 by the key s at 0:42",
        line="answer: worse - Enter gives it, Esc leaves",
    )
    lines = screen_lines(SESSION, asked, Style(width=width))
    assert all(len(line) <= width for line in lines)
    text = " ".join(" ".join(lines).split())
    for part in (
        "eased off to 64 %",
        "travel 12.0 mm",
        "? how: How does the leg feel?",
        "1 better 2 worse 3 awful",
        "0:24 left, then stop",
        "emergency stop PRESSED",
        "by the key s at 0:42",
        "> answer: worse - Enter gives it, Esc leaves",
    ):
        assert part in text
    for state, words in (
        ("EASING", "easing off"),
        ("ANSWERED", "working out what follows"),
        ("ENDED", "is down"),
    ):
        assert words in "\n".join(screen_lines(SESSION, FRAME._replace(state=state), Style(width=width)))


@pytest.mark.parametrize("unicode", [True, False])
def test_in_real_time_the_last_seconds_are_one_line_of_steps(unicode: bool) -> None:
    wall = replace(SESSION, clock="wall")
    traced = FRAME._replace(trace=tuple(range(0, 400, 4)))
    for width in (40, 80, 200):
        style = Style(width=width, unicode=unicode)
        (line,) = (one for one in screen_lines(wall, traced, style) if one.startswith("last "))
        assert len(line) <= width
        heights = line[16:]
        assert len(heights) == min(width - 17, 100)
        steps = "▁▂▃▄▅▆▇█" if unicode else "_.-~=+*#"
        assert [steps.index(step) for step in heights] == sorted(steps.index(step) for step in heights)
        assert heights[-1] == steps[-1]
    assert not any(line.startswith("last ") for line in screen_lines(SESSION, traced, Style(width=80)))
    few = screen_lines(wall, FRAME._replace(trace=(3,)), Style(width=80))
    assert not any(line.startswith("last ") for line in few)
