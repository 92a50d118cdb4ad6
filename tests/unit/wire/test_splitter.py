"""However a stream is cut into pieces, the same frames come out of it, and the same noise is counted."""

from hypothesis import given
from hypothesis import strategies as st

from traction.wire import frame, messages

SOUND = frame.encode(messages.STOP, (1, 2, 3, 1))
PIECES = st.sampled_from(
    [
        SOUND,
        SOUND[:-1],
        SOUND[1:],
        SOUND[:9] + SOUND,
        SOUND + b"x",
        SOUND + SOUND,
        b"$" * 3 + SOUND,
        b"$1" + b"0" * (frame.MAX_BYTES - 3) + b"\n",
        b"$1" + b"0" * (frame.MAX_BYTES - 2) + b"\n",
        b"$\n",
        b"\n",
        b"$",
        b"",
        b"noise\n",
        bytes(range(256)),
    ]
)


@given(st.lists(PIECES, max_size=6))
def test_in_pieces_or_byte_by_byte_is_the_same(pieces: list[bytes]) -> None:
    whole, slow = frame.Splitter(), frame.Splitter()
    for piece in pieces:
        lines = whole.feed(piece)
        one_by_one = [line for byte in piece for line in slow.feed(bytes([byte]))]
        assert lines == one_by_one
        assert (whole.noise, whole.skipping, whole.line) == (slow.noise, slow.skipping, slow.line)


@given(st.integers(-(2**31), 2**32))
def test_a_number_has_one_spelling(number: int) -> None:
    assert frame.integers(b"%d" % number) == (number,)
    for other in (b"+%d", b"0%d", b" %d", b"%d ", b"%d_0", b"-0%d"):
        assert frame.integers(b"1," + other % abs(number)) is None
