"""Each check of a frame alone: a line that only this one refuses."""

import pytest

from traction.wire import frame


def summed(body: bytes, star: bytes = b"*", end: bytes = b"\n") -> bytes:
    return body + star + b"%08X" % frame.check_sum(body) + end


def padded(size: int) -> bytes:
    """Return a line of so many bytes, whose sum is right."""
    return summed(b"$1T," + b"1" * (size - 4 - 2 - frame.CRC_DIGITS))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (summed(b"$1X"), 0),
        (summed(b"$1"), frame.BAD_LENGTH),
        (padded(frame.MAX_BYTES), 0),
        (padded(frame.MAX_BYTES + 1), frame.BAD_LENGTH),
        (summed(b"#1X,1"), frame.BAD_START),
        (summed(b"$1X,1", end=b"\r"), frame.BAD_START),
        (summed(b"$1X,1", star=b"+"), frame.BAD_FORM),
        (summed(b"$1X,1").lower(), frame.BAD_CRC),
        (summed(b"$1X,1").replace(b",1", b",2"), frame.BAD_CRC),
        (summed(b"$2X,1"), frame.BAD_VERSION),
        (b"", frame.BAD_LENGTH),
    ],
)
def test_each_thing_that_is_wrong_with_a_line_is_enough(line: bytes, problem: int) -> None:
    assert frame.problem(line) == problem


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"$1X", ("X", ())),
        (b"$1A,1,2", ("A", (1, 2))),
        (b"$1Z,9999999999,-9999999999", ("Z", (9999999999, -9999999999))),
        (b"$1Z,10000000000", None),
        (b"$1Z,5,-10000000000", None),
        (b"$1X;1,2", None),
        (b"$1@,1", None),
        (b"$1[,1", None),
        (b"$1X,", None),
    ],
)
def test_a_sound_line_is_read_in_one_spelling_only(body: bytes, found: object) -> None:
    line = summed(body)
    assert frame.problem(line) == 0
    assert frame.decode(line) == found


GOOD = summed(b"$1X,1")


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("data", "lines", "noise"),
    [
        (GOOD + GOOD, [GOOD, GOOD], 0),
        (GOOD + b"noise\n", [GOOD], 1),
        (b"noise\n" + GOOD, [GOOD], 1),
        (b"$1X,1" + GOOD, [GOOD], 1),
        (GOOD[:-1] + b"$" + GOOD, [GOOD], 2),
        (b"$" + b"1" * (frame.MAX_BYTES - 2) + b"\n", [b"$" + b"1" * (frame.MAX_BYTES - 2) + b"\n"], 0),
        (b"$" + b"1" * (frame.MAX_BYTES - 1) + b"\n", [], 1),
        (b"$" + b"1" * frame.MAX_BYTES + b"\n" + GOOD, [GOOD], 1),
    ],
)
def test_what_is_thrown_away_is_counted_and_nothing_else_is_lost(
    data: bytes, lines: list[bytes], noise: int, size: int
) -> None:
    splitter = frame.Splitter()
    found = [line for at in range(0, len(data), size) for line in splitter.feed(data[at : at + size])]
    assert (found, splitter.noise) == (lines, noise)
