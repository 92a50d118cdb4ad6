"""Text fits the width it is given and loses nothing by being folded."""

from hypothesis import given
from hypothesis import strategies as st

from traction.report.layout import facts, table, wrap
from traction.report.style import Style

WORDS = st.lists(st.text("abcdef", min_size=1, max_size=9), min_size=1, max_size=30).map(" ".join)


@given(WORDS, st.integers(20, 100), st.integers(0, 6))
def test_folding_keeps_every_word_and_the_width(text: str, width: int, indent: int) -> None:
    lines = wrap(text, Style(width=width), indent=" " * indent)
    assert " ".join(lines).split() == text.split()
    assert max(len(line) for line in lines) <= max(width, 20)


def test_a_table_that_does_not_fit_becomes_blocks_with_the_same_cells() -> None:
    header = ("name", "duration", "source")
    rows = [("alpha", "30 min", "a study of many words"), ("beta", "5 min", "")]
    wide = table(header, rows, Style(width=60))
    assert [line.split()[0] for line in wide] == ["name", "alpha", "beta"]
    narrow = table(header, rows, Style(width=24))
    assert narrow[:2] == ["alpha", "  duration: 30 min"]
    assert "a study of many words" in " ".join(line.strip() for line in narrow)
    assert max(len(line) for line in narrow) <= 24


def test_figures_stand_flush_right() -> None:
    lines = table(("name", "n"), [("a", "1"), ("b", "100")], Style(), right=(1,))
    assert [len(line) for line in lines] == [9, 9, 9]


def test_labelled_facts_are_aligned_and_empty_ones_left_out() -> None:
    lines = facts([("why", "because"), ("nothing", ""), ("advice", "do " * 20)], Style(width=30))
    assert lines[0] == "why     because"
    assert lines[1].startswith("advice  do")
    assert all(line.startswith("        do") for line in lines[2:])
    assert not any("nothing" in line for line in lines)


def test_colour_never_carries_the_meaning_alone() -> None:
    rows = [("a", "1")]
    plain = table(("name", "n"), rows, Style(colour=False))
    coloured = table(("name", "n"), rows, Style(colour=True))
    assert plain != coloured
    assert [line.replace("\x1b[2m", "").replace("\x1b[0m", "") for line in coloured] == plain


@given(st.integers(20, 60))
def test_a_figure_and_its_unit_stay_on_one_line(width: int) -> None:
    text = "target 392.3 N  force 391 N  disc -45 mmHg at 47 % after 12 s and 1 min, 25 N/s for 80 kg"
    lines = wrap(text, Style(width=width))
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    assert not any(line.split()[0] in ("N", "mmHg", "%", "s", "min,", "N/s", "kg") for line in lines)


def test_a_long_word_is_cut_for_a_terminal_and_whole_for_a_program() -> None:
    word = "f" * 64
    assert max(map(len, wrap(f"digest {word}", Style(width=40)))) <= 40
    assert word in wrap(f"digest {word}", Style(width=40, whole=True))
