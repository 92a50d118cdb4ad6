"""Whatever bytes come down the line, the controller's end goes on, and only its own host starts anything."""

from hypothesis import given, settings
from hypothesis import strategies as st

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import MOST_WAITING, Link
from traction.wire import codes, frame, messages


def make_link() -> Link:
    controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE))
    link = Link(controller, 1, 1, 1, 0)
    for _ in range(3):
        controller.tick(0, 0, 0, codes.INPUTS_HEALTHY)
        link.tick()
    return link


@st.composite
def messages_of_any_kind(draw) -> bytes:
    """Draw a frame of the right form whose values are of the right kind or beyond all bounds."""
    letter = draw(st.sampled_from(sorted(messages.MESSAGES)))
    values = []
    for _, _, low, high in messages.HEADER + messages.MESSAGES[letter][2]:
        values.append(draw(st.integers(low, high) | st.sampled_from([low, high, low - 1, high + 1, 0, 1])))
    return frame.encode(letter, tuple(values))


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=300) | messages_of_any_kind(), max_size=12))
def test_no_bytes_raise_and_answers_stay_bounded(pieces: list[bytes]) -> None:
    link = make_link()
    for piece in pieces:
        link.receive(piece)
        link.controller.tick(0, 0, 0, codes.INPUTS_HEALTHY)
        link.tick()
        assert len(link.waiting) <= MOST_WAITING
        assert link.controller.state != codes.STATE_RUN
    for line in link.take().splitlines(keepends=True):
        letter, values = frame.decode(line)
        assert frame.problem(line) == 0
        assert messages.fits(letter, values, messages.TO_HOST)


@settings(max_examples=200)
@given(st.data())
def test_it_hears_its_host_after_any_garbage(data) -> None:
    link = make_link()
    link.receive(data.draw(st.binary(max_size=500)))
    link.take()
    link.receive(frame.encode("H", (9, 1, 0, 0, messages.definition())))
    heard = [frame.decode(line)[0] for line in link.take().splitlines(keepends=True)]
    assert "I" in heard


@given(st.lists(st.sampled_from("LMAGSR"), max_size=8), st.integers(1, 2**32 - 1))
def test_a_stranger_moves_nothing(letters: list[str], token: int) -> None:
    link = make_link()
    link.receive(frame.encode("H", (token ^ 1 or 2, 1, 0, 0, messages.definition())))
    for number, letter in enumerate(letters, 2):
        fields = messages.MESSAGES[letter][2]
        link.receive(frame.encode(letter, (token, number, 0, *(low or 1 for _, _, low, _ in fields))))
    assert link.controller.state == codes.STATE_IDENTIFIED
    assert link.foreign == len(letters)
