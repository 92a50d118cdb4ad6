"""A table URL is understood completely or refused with what is allowed; nothing in it is ignored."""

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traction.drivers.url import TableUrl, parse_url
from traction.errors import UsageError


@pytest.mark.parametrize(
    ("text", "scheme", "path", "options"),
    [
        ("sim:", "sim", "", ()),
        ("sim:?seed=7&drive=self-locking", "sim", "", (("seed", "7"), ("drive", "self-locking"))),
        ("serial:/dev/ttyACM0?baud=115200", "serial", "/dev/ttyACM0", (("baud", "115200"),)),
        ("serial:COM3", "serial", "COM3", ()),
        ("tcp://127.0.0.1:5000", "tcp", "127.0.0.1:5000", ()),
        ("serial:///dev/a%20b%3F", "serial", "/dev/a b?", ()),
        ("x+y-z.1:?a=%26", "x+y-z.1", "", (("a", "&"),)),
        ("x:?a=b=c", "x", "", (("a", "b=c"),)),
    ],
)
def test_what_a_url_says(text: str, scheme: str, path: str, options: tuple[tuple[str, str], ...]) -> None:
    assert parse_url(text) == TableUrl(text, scheme, path, options)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E120"),
        ("sim", "E120"),
        (":", "E120"),
        ("Sim:", "E120"),
        ("7up:", "E120"),
        ("/dev/ttyACM0", "E120"),
        ("sim: ", "E120"),
        (" sim:", "E120"),
        ("sim:\n", "E120"),
        ("sim:\0", "E120"),
        ("sim:?", "E120"),
        ("sim:?&", "E124"),
        ("sim:?seed", "E124"),
        ("sim:?seed=", "E124"),
        ("sim:?=7", "E124"),
        ("sim:?seed=7&", "E124"),
        ("sim:?seed=7&seed=7", "E123"),
        ("sim:\ud800", "E120"),
        ("\ud800:", "E120"),
        ("serial:%00", "E120"),
        ("serial:/dev/tty%0A", "E120"),
        ("serial:/dev/%1b[2J", "E120"),
        ("serial:/dev/%ff", "E120"),
        ("serial:/dev/%ed%a0%80", "E120"),  # half a character
        ("serial:/dev/%e2%80%ae", "E120"),  # turns what follows around
        ("sim:?seed=%00", "E120"),
        ("sim:?seed=%ff", "E120"),
        ("sim:?a=" + "x" * 2000, "E120"),
        (None, "E120"),
        (b"sim:", "E120"),
        (7, "E120"),
        (Path("sim:"), "E120"),
        (["sim:"], "E120"),
    ],
)
def test_what_is_not_a_url(text: Any, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(text)
    assert caught.value.code == code
    assert str(caught.value).isprintable()


@given(st.text(st.characters(), max_size=40) | st.text("sim:%0aAfFeEdD8?&=\0\ud800", max_size=20))
def test_any_text_is_a_url_or_a_clear_error(text: str) -> None:
    error = scheme = None
    try:
        scheme = parse_url(text).scheme
    except UsageError as caught:
        error = caught
    if error is None:
        url = parse_url(text)
        assert text.startswith(f"{scheme}:")
        assert "".join([url.path, *map("".join, url.options)]).isprintable()
    else:
        assert error.code in ("E120", "E123", "E124")


NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.text(string.ascii_letters + string.digits + "-._", min_size=1, max_size=8)))
def test_options_come_back_as_they_were_written(options: dict[str, str]) -> None:
    query = "&".join(f"{name}={value}" for name, value in options.items())
    url = parse_url("sim:" + ("?" + query if query else ""))
    assert dict(url.options) == options
    for name, value in options.items():
        assert url.option(name) == value
    url.reject_unknown(options)


def test_unknown_options_are_named_with_those_allowed_all_at_once() -> None:
    url = parse_url("sim:?sed=7&drive=x&colour=red")
    with pytest.raises(UsageError) as caught:
        url.reject_unknown({"seed", "drive"})
    assert [problem.code for problem in caught.value.problems] == ["E122", "E122"]
    assert "'sed'" in str(caught.value)
    assert "did you mean seed?" in str(caught.value)
    assert "only drive, seed" in str(caught.value)
    assert "colour" in str(caught.value)
    with pytest.raises(UsageError, match="no options at all"):
        url.reject_unknown(())


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-5", -5), ("5", 5), ("007", 7)])
def test_whole_numbers(text: str, value: int) -> None:
    assert parse_url(f"sim:?n={text}").option_int("n", 1, low=-5, high=7) == value


@pytest.mark.parametrize("text", ["8", "-6", "1.0", "1e3", "x", "0x10", "1_0", "+1", "٣", "9" * 30, "nan"])
def test_not_whole_numbers_in_range(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(f"sim:?n={text}").option_int("n", 1, low=-5, high=7)
    assert caught.value.code == "E124"
    assert "from -5 to 7" in str(caught.value)


def test_without_bounds_any_whole_number_is_taken() -> None:
    assert parse_url("sim:?n=-12345").option_int("n", 1) == -12345
    with pytest.raises(UsageError, match=r"a whole number$"):
        parse_url("sim:?n=x").option_int("n", 1)


@pytest.mark.parametrize(("text", "value"), [("80", 80.0), ("30", 30.0), ("200.0", 200.0), ("62.5", 62.5)])
def test_numbers(text: str, value: float) -> None:
    assert parse_url(f"sim:?m={text}").option_float("m", None, low=30, high=200) == value


@pytest.mark.parametrize(
    "text", ["29.999", "201", "nan", "inf", "-inf", "1e400", "1e2", "1_00", "٨٠", "eighty", "80kg"]
)
def test_not_numbers_in_range(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(f"sim:?m={text}").option_float("m", None, low=30, high=200)
    assert caught.value.code == "E124"


def test_choices() -> None:
    url = parse_url("sim:?drive=self-locking&couch=splitt")
    assert url.option_choice("drive", ("back-drivable", "self-locking"), "back-drivable") == "self-locking"
    with pytest.raises(UsageError, match=r"one of split, fixed \(did you mean split\?\)"):
        url.option_choice("couch", ("split", "fixed"), "split")


def test_what_the_url_does_not_say_is_the_default() -> None:
    url = parse_url("sim:")
    assert url.option("x") is None
    assert url.option_int("x", 7) == 7
    assert url.option_float("x", None, low=0, high=1) is None
    assert url.option_choice("x", ("a", "b"), "b") == "b"


def test_a_place_where_none_belongs() -> None:
    parse_url("sim:?seed=1").reject_path()
    with pytest.raises(UsageError, match="E120"):
        parse_url("sim:/dev/ttyACM0").reject_path()
