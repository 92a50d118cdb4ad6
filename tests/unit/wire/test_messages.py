"""The message table says what fits, and two tables that differ have different check sums."""

import pytest

from traction.wire import frame, messages


def test_the_longest_message_fits_a_frame() -> None:
    for letter, (_, _, fields) in messages.MESSAGES.items():
        widest = [
            max((low, high), key=lambda value: len(str(value)))
            for _, _, low, high in messages.HEADER + fields
        ]
        assert len(frame.encode(letter, tuple(widest))) <= frame.MAX_BYTES


def test_a_message_fits_only_in_its_own_direction_with_all_its_fields_in_range() -> None:
    stop = (7, 1, 0, 1)
    assert messages.fits(messages.STOP, stop, messages.TO_CONTROLLER)
    assert not messages.fits(messages.STOP, stop, messages.TO_HOST)
    assert not messages.fits(messages.STOP, stop[:-1], messages.TO_CONTROLLER)
    assert not messages.fits(messages.STOP, (*stop[:-1], 4), messages.TO_CONTROLLER)
    assert not messages.fits("Z", stop, messages.TO_CONTROLLER)


def test_the_check_sum_covers_every_field(monkeypatch: pytest.MonkeyPatch) -> None:
    before = messages.definition()
    name, direction, fields = messages.MESSAGES[messages.STOP]
    wider = (name, direction, ((*fields[0][:3], 4),))
    monkeypatch.setitem(messages.MESSAGES, messages.STOP, wider)
    assert messages.definition() != before


@pytest.mark.parametrize("spelled", [b"+1", b"-0", b"01", b"", b"-", b"1 ", b"1_0", b"0x1", b"12345678901"])
def test_a_number_has_one_spelling(spelled: bytes) -> None:
    assert frame.integers(spelled) is None
    assert frame.integers(b"1," + spelled + b",2") is None


def test_another_major_version_is_told_apart_from_damage() -> None:
    body = b"$2X,7,1,0,1"
    assert frame.problem(body + b"*%08X\n" % frame.check_sum(body)) == frame.BAD_VERSION
