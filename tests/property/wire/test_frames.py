"""A frame has one spelling, any damage is seen, and a stream finds its place again."""

from hypothesis import assume, given
from hypothesis import strategies as st

from traction.wire import frame, messages

LETTERS = st.sampled_from(sorted(messages.MESSAGES))


@st.composite
def sound_messages(draw):
    letter = draw(LETTERS)
    fields = messages.HEADER + messages.MESSAGES[letter][2]
    values = tuple(draw(st.integers(low, high)) for _, _, low, high in fields)
    return letter, values


@given(sound_messages())
def test_what_is_encoded_is_decoded(message) -> None:
    letter, values = message
    line = frame.encode(letter, values)
    assert len(line) <= frame.MAX_BYTES
    assert frame.problem(line) == 0
    assert frame.decode(line) == (letter, values)
    assert messages.fits(letter, values, messages.MESSAGES[letter][1])


@given(st.binary(max_size=80))
def test_a_frame_has_one_spelling_only(body: bytes) -> None:
    data = b"$1" + body
    line = data + b"*%08X\n" % frame.check_sum(data)
    found = frame.decode(line) if frame.problem(line) == 0 else None
    if found is not None:
        assert frame.encode(*found) == line


@given(sound_messages(), st.data())
def test_any_one_or_two_changed_bits_are_seen(message, data) -> None:
    line = bytearray(frame.encode(*message))
    for bit in data.draw(st.sets(st.integers(0, 8 * len(line) - 1), min_size=1, max_size=2)):
        line[bit // 8] ^= 1 << bit % 8
    for found in frame.Splitter().feed(bytes(line) + b"\n"):
        assert frame.problem(found) or frame.decode(found) is None


@given(st.lists(sound_messages(), min_size=1, max_size=4), st.data())
def test_the_pieces_a_stream_comes_in_do_not_matter(sent, data) -> None:
    stream = b"".join(frame.encode(*message) for message in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    splitter = frame.Splitter()
    lines = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        lines += splitter.feed(stream[start:end])
    assert [frame.decode(line) for line in lines] == sent
    assert splitter.noise == 0


@given(sound_messages(), st.binary(max_size=400))
def test_garbage_before_a_frame_costs_at_most_the_garbage(message, garbage: bytes) -> None:
    assume(b"$" not in garbage)
    splitter = frame.Splitter()
    lines = splitter.feed(garbage + frame.encode(*message))
    assert [frame.decode(line) for line in lines] == [message]
    assert splitter.noise == (1 if garbage else 0)


@given(sound_messages(), sound_messages(), st.data())
def test_two_frames_that_lose_what_stood_between_them_are_not_a_third(first, second, data) -> None:
    one, two = frame.encode(*first), frame.encode(*second)
    start = data.draw(st.integers(0, len(one) - 1))
    end = data.draw(st.integers(len(one), len(one) + len(two)))
    assume(end - start > 0)
    merged = (one + two)[:start] + (one + two)[end:]
    for line in frame.Splitter().feed(merged):
        if frame.problem(line) == 0:
            assert frame.decode(line) in (first, second)
