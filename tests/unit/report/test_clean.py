"""Whatever a file says, a line for the terminal holds visible characters and our colours, nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.report.clean import clean
from traction.report.style import COLOUR_OFF, COLOUR_ON, Style

SHOWN = re.compile("|".join(map(re.escape, (*COLOUR_ON.values(), COLOUR_OFF))))
ANYTHING = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\x9b[]0;31m\r\n\u202e"))


@given(ANYTHING)
def test_no_control_character_is_left(text: str) -> None:
    said = clean(text)
    assert re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", said) is None
    assert clean(said) == said


@given(ANYTHING)
def test_with_colours_only_our_own_are_left_and_they_end_with_the_line(text: str) -> None:
    said = clean(text, colour=True)
    assert re.search("[\x00-\x1f\x7f-\x9f]", SHOWN.sub("", said)) is None
    used = SHOWN.findall(said)
    assert not used or used[-1] == COLOUR_OFF


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("one\nCOMPLETED", r"one\nCOMPLETED"),
        ("over\rwritten", r"over\rwritten"),
        ("abc\u202edef", r"abc\u202edef"),
        ("half\ud800", r"half\ud800"),
    ],
)
def test_what_would_be_obeyed_is_written_out(text: str, said: str) -> None:
    assert clean(text) == said
    assert clean(text, colour=True) == said


@pytest.mark.parametrize(
    "text", ["Zürich 牽引 50\N{NO-BREAK SPACE}N", "⣿│─ ━ ▼", "می\N{ZERO WIDTH NON-JOINER}خواهم", ""]
)
def test_what_people_write_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("role", COLOUR_ON)
def test_colours_of_a_style_stay_where_they_are_wanted(role: str) -> None:
    painted = Style(colour=True).paint("word", role)  # type: ignore[arg-type]
    assert clean(painted, colour=True) == painted
    assert "\x1b" not in clean(painted)
