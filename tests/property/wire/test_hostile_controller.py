"""Whatever comes from the other side, the host's end raises nothing and believes only its own session."""

from hypothesis import given, settings
from hypothesis import strategies as st

from traction.drivers.host import FIRST_BYTES, HostLink
from traction.wire import frame, messages


@st.composite
def any_frames(draw) -> bytes:
    letter = draw(st.sampled_from(sorted(messages.MESSAGES)))
    values = [
        draw(st.integers(low, high) | st.sampled_from([low, high, low - 1, high + 1, 7]))
        for _, _, low, high in messages.HEADER + messages.MESSAGES[letter][2]
    ]
    return frame.encode(letter, tuple(values))


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=300) | any_frames(), max_size=12), st.integers(0, 2**40))
def test_no_bytes_raise_or_pile_up(pieces: list[bytes], now_us: int) -> None:
    link = HostLink(7)
    link.hello(0)
    for piece in pieces:
        link.receive(piece, now_us)
    assert len(link.first) <= FIRST_BYTES
    for kept in (link.identity, link.sample):
        assert kept is None or kept[0] == 7
