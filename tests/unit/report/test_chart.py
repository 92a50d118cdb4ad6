"""The terminal chart shows the whole range of the force, at any width, in braille and in ASCII."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.report.chart import clock_text, force_chart
from traction.report.style import Style

RAMP = ([0.0, 10.0, 70.0, 80.0], [0.0, 400.0, 400.0, 0.0])


def body(lines: list[str]) -> list[str]:
    """Cut the axis off: what stands right of the tick."""
    return [line.split("┤")[-1].split("│")[-1] for line in lines[:-2]]


def dots(lines: list[str]) -> list[list[bool]]:
    """Read braille back as rows of dots, the lowest row first."""
    rows = []
    width = max(len(line) for line in lines)
    for line in lines:
        cells = [ord(char) - 0x2800 if char != " " else 0 for char in line.ljust(width)]
        for bits in ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80)):
            rows.append([bool(cell & bit) for cell in cells for bit in bits])
    return rows[::-1]


def test_a_trapezoid_rises_stays_and_falls() -> None:
    grid = dots(body(force_chart(*RAMP, Style(width=60), rows=5)))
    used = [[y for y, row in enumerate(grid) if row[x]] for x in range(len(grid[0]))]
    assert used[0][0] == 0
    assert used[len(used) // 2] == [len(grid) - 1]
    assert used[-1][0] == 0
    assert all(used), "every column shows something"


def test_a_single_tick_of_peak_in_an_hour_stays_visible() -> None:
    times = [tick * 0.5 for tick in range(7200)]
    forces = [300.0 if tick == 3333 else 100.0 for tick in range(7200)]
    grid = dots(body(force_chart(times, forces, Style(width=40), rows=6)))
    high = max(y for y, row in enumerate(grid) if any(row))
    assert high == round(300 / 400 * (len(grid) - 1))


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(-50, 1000)), min_size=1, max_size=30),
    st.integers(20, 120),
    st.booleans(),
)
def test_any_series_fits_the_width(steps: list[tuple[float, float]], width: int, fancy: bool) -> None:
    times, now = [], 0.0
    for step, _ in steps:
        now += step
        times.append(now)
    lines = force_chart(times, [force for _, force in steps], Style(width=width, unicode=fancy))
    assert max(len(line) for line in lines) <= width
    assert fancy or "".join(lines).isascii()
    assert any("*" in line or any("⠀" < char <= "⣿" for char in line) for line in lines)


def test_values_that_are_not_finite_are_left_out() -> None:
    lines = force_chart([0.0, 1.0, 2.0], [math.nan, 100.0, math.inf], Style(width=40))
    assert lines[0].startswith("100 N")
    assert force_chart([0.0], [math.nan], Style()) == ["(no samples)"]


def test_the_axes_name_their_figures() -> None:
    lines = force_chart([0.0, 1800.0], [0.0, 390.0], Style(width=60, unicode=False), rows=9)
    assert lines[0].startswith("400 N +")
    assert lines[4].startswith("200 N +")
    assert lines[8].startswith("  0 N +")
    assert lines[-1].split()[0] == "0:00"
    assert lines[-1].split()[-1] == "30:00"


@pytest.mark.parametrize(("time_s", "text"), [(0, "0:00"), (59.6, "1:00"), (3661, "61:01"), (-3, "0:00")])
def test_times_read_as_minutes_and_seconds(time_s: float, text: str) -> None:
    assert clock_text(time_s) == text
