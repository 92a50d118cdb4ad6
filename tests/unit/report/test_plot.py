"""Pictures are made without pyplot, whole or not at all, and name what they show."""

import sys
from pathlib import Path

import pytest

from traction.errors import RecordError, UsageError
from traction.report.plot import Mark, SessionPicture, plot_profile, plot_session

TIMES = [tick * 0.02 for tick in range(500)]
FORCES = [min(tick, 300) * 1.0 for tick in range(500)]


def picture(**changes: object) -> SessionPicture:
    given = {
        "title": "a protocol",
        "subtitle": "sim:",
        "t_s": TIMES,
        "target_n": FORCES,
        "measured_n": FORCES,
    }
    return SessionPicture(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_ending_decides_the_kind_of_picture(tmp_path: Path, suffix: str, magic: bytes) -> None:
    path = tmp_path / f"run{suffix}"
    plot_session(picture(pressure_mmhg=FORCES, rest_pressure_mmhg=75.0, max_force_n=450.0), path)
    assert path.read_bytes().startswith(magic)
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_names_table_outcome_limit_and_marks(tmp_path: Path) -> None:
    path = tmp_path / "run.svg"
    marks = [Mark(5.0, "TRIPPED")]
    # SVG keeps text as text only with this setting, so look at the figure's own words instead
    from traction.report import plot

    figure, axes = plot.session_figure(picture(max_force_n=350.0, marks=marks, subtitle="COMPLETED on sim:"))
    words = [text.get_text() for text in axes[0].texts]
    assert "COMPLETED on sim:" in words
    assert "limit 350 N" in words
    assert "TRIPPED" in words
    assert "a protocol" in words
    plot.save(figure, path)
    assert path.stat().st_size > 0


def test_a_limit_far_above_does_not_flatten_the_curve(tmp_path: Path) -> None:
    from traction.report import plot

    _, axes = plot.session_figure(picture(max_force_n=5000.0))
    assert axes[0].get_ylim()[1] < 600


def test_no_samples_still_make_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    plot_session(picture(t_s=[], target_n=[], measured_n=[]), path)
    assert path.exists()


def test_an_unknown_ending_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        plot_profile(TIMES, FORCES, tmp_path / "run.mcap", title="x")
    assert caught.value.code == "E161"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError) as caught:
        plot_profile(TIMES, FORCES, tmp_path / "no" / "run.png", title="x")
    assert caught.value.code == "E650"
    assert "run.png" in caught.value.problems[0].where


def test_pyplot_is_never_imported(tmp_path: Path) -> None:
    plot_profile(TIMES, FORCES, tmp_path / "run.png", title="x")
    assert "matplotlib.pyplot" not in sys.modules


def test_a_dollar_sign_in_a_title_is_no_formula_and_nothing_in_it_is_obeyed(tmp_path: Path) -> None:
    from traction.report import plot

    odd = r"costs $\frac{x$" + "\x1b[2J"
    figure, axes = plot.session_figure(picture(title=odd, subtitle=odd, footer=odd, marks=[Mark(1.0, odd)]))
    plot.save(figure, tmp_path / "odd.png")
    assert [text.get_text() for text in axes[0].texts].count(r"costs $\frac{x$\x1b[2J") == 3
    plot_profile(TIMES, FORCES, tmp_path / "profile.png", title=odd, footer=odd)


def test_texts_of_any_length_leave_the_curves_their_room(tmp_path: Path) -> None:
    from traction.report import plot

    long = "many words of a title " * 40
    figure, axes = plot.session_figure(
        picture(title=long, subtitle=long, footer=long, marks=[Mark(1.0, long)])
    )
    plot.save(figure, tmp_path / "long.png")  # a warning here, such as of no room, is an error
    assert axes[0].get_position().width > 0.8
    assert axes[0].get_position().height > 0.4


def test_a_name_too_long_for_a_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="E650"):
        plot_session(picture(), tmp_path / ("n" * 300 + ".png"))
