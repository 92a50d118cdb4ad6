"""The model between sessions: nothing adds up, sham ends where real does, and it says what it cannot say."""

import json
from pathlib import Path

import pytest

from traction.courses.book import load_book
from traction.courses.history import History
from traction.courses.outlook import outlook
from traction.courses.simulate import SHAM_N, live
from traction.patients.write import new_text
from traction.report.course_simulated import CANNOT, simulated_lines, simulated_row
from traction.report.style import Style


@pytest.fixture
def book(tmp_path: Path, course_text: str):
    (tmp_path / "p-1.toml").write_text(new_text("p-1", "80 kg", age=46, speaks=True), encoding="utf-8")
    text = course_text.replace("steps.toml", "kdt-acute-short")
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    return load_book(tmp_path / "course.toml", lambda _: History())


def test_a_session_is_gone_before_the_next_one_and_nothing_is_claimed(book) -> None:
    patient, lived = live(book, outlook(book))
    assert (patient.mass_kg, patient.age_years, len(lived)) == (80.0, 46.0, 8)
    for one in lived:
        assert one.real.peak_n == pytest.approx(one.row.peak_n, abs=0.1)
        assert one.sham.peak_n == pytest.approx(SHAM_N, abs=0.1)
        assert one.real.most_mm > one.sham.most_mm > 0.0
        assert one.real.pressure_mmhg < one.sham.pressure_mmhg
        for felt in (one.real, one.sham):
            assert felt.most_mm >= felt.elongation_mm > felt.left_mm[0] > felt.left_mm[1] > felt.left_mm[2]
            assert abs(felt.left_mm[3]) < 1e-9
            assert abs(felt.left_water) < 1e-9
            assert abs(felt.left_pressure_mmhg) < 1e-6
    row = simulated_row(book, patient, lived)
    json.dumps(row, allow_nan=False)
    assert row["cannot_say"] == list(CANNOT)
    text = " ".join(" ".join(simulated_lines(book, patient, lived, Style(width=1000))).split())
    assert all(one in text for one in CANNOT)
    assert "nothing adds up" in text
