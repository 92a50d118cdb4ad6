"""Who a controller is: each word of its answer alone makes a difference, or is refused."""

from functools import partial

import pytest

from traction.clock import VirtualClock, WallClock
from traction.drivers import rfc2217, transport, wire_words
from traction.drivers.base import CAPABILITIES, EASE_BUTTON, HOLD_TO_RUN, ControllerLimits
from traction.drivers.host import HostLink
from traction.drivers.url import parse_url
from traction.errors import TableError, UsageError
from traction.wire import codes, frame, messages

TOKEN = 99
ALL = messages.CAN_LEASE | messages.CAN_LIMIT | messages.CAN_STOP


def answered(must: int = 0, may: int = 0, *, boot: int = 5, definition: int | None = None) -> HostLink:
    link = HostLink(TOKEN)
    link.hello(0)
    spoken = messages.definition() if definition is None else definition
    values = (boot, 0, spoken, 1, 42, 1_000_000, must, may, 0, 0, 10, 1)
    link.receive(frame.encode(messages.IDENTITY, (TOKEN, 1, 0, *values)), 0)
    return link


@pytest.mark.parametrize(
    ("bit", "name"),
    [
        *zip(wire_words.CAN, CAPABILITIES, strict=True),
        (messages.HOLD_TO_RUN, HOLD_TO_RUN),
        (messages.EASE_BUTTON, EASE_BUTTON),
    ],
)
def test_a_controller_promises_what_it_says_and_no_more(bit: int, name: str) -> None:
    assert wire_words.identity_of(answered(must=bit), None).capabilities == (name,)
    assert wire_words.identity_of(answered(may=bit), None).capabilities == (name,)


def test_who_promises_nothing_can_do_nothing_and_is_real() -> None:
    identity = wire_words.identity_of(answered(), None)
    assert (identity.capabilities, identity.channels, identity.simulated) == ((), (), False)


def test_only_what_a_simulation_alone_can_know_makes_a_table_simulated() -> None:
    assert not wire_words.identity_of(answered(must=ALL), None).simulated
    identity = wire_words.identity_of(answered(may=messages.CAN_CHANNELS), None)
    assert (identity.simulated, identity.channels) == (True, wire_words.CHANNELS)


@pytest.mark.parametrize("number", [0, 41, 43])
def test_another_controller_than_the_url_names_is_refused(number: int) -> None:
    with pytest.raises(TableError, match="E537"):
        wire_words.identity_of(answered(), number)


@pytest.mark.parametrize("bit", [64, 1 << 31])
def test_what_a_host_must_understand_and_does_not_is_refused(bit: int) -> None:
    with pytest.raises(TableError, match="E536"):
        wire_words.check_hello(answered(must=ALL | bit))
    wire_words.check_hello(answered(must=ALL, may=bit))


def test_another_table_of_messages_is_refused() -> None:
    with pytest.raises(TableError, match="E536"):
        wire_words.check_hello(answered(definition=1))


def test_an_answer_that_grants_the_hello_is_nothing_against_it() -> None:
    link = answered()
    link.receive(frame.encode(messages.ANSWER, (TOKEN, 2, 0, 1, codes.RESULT_OK)), 0)
    wire_words.check_hello(link)
    link.receive(frame.encode(messages.NONCE, (TOKEN, 3, 0, 5, codes.RESULT_BUSY)), 0)
    wire_words.check_hello(link)  # what is no answer refuses nothing


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (b"", "no controller answers, and nothing at all came"),
        (b"ok", "no controller answers; 2 bytes came that are none of its, first 'ok'"),
        (
            frame.encode(messages.NONCE, (7, 1, 0, 5, 1)),
            "a controller speaks, in 1 frames, but does not answer a hello",
        ),
    ],
)
def test_what_is_on_a_line_without_an_answer_is_said(heard: bytes, said: str) -> None:
    link = HostLink(TOKEN)
    link.receive(heard, 0)
    assert wire_words.silence(link).problems[0].found == said


def test_what_came_back_different_is_said() -> None:
    sent = tuple(range(1, 12))
    wrong = wire_words.read_back_fault(sent, (*sent[:4], 50, *sent[5:], 0)).problems[0].found
    assert wrong == "limits read back different: hold_band_mn 50 instead of 5"
    wrong = wire_words.read_back_fault(sent, (*sent, 0)).problems[0].found
    assert wrong == "the limits came back with another hash than their own"
    assert len(sent) == len(ControllerLimits.__slots__)


@pytest.mark.parametrize(
    ("text", "number"),
    [("tcp://a:1", None), ("tcp://a:1?serial=0", 0), ("tcp://a:1?serial=7", 7), ("serial:COM1?serial=7", 7)],
)
def test_a_url_names_one_controller_or_any(text: str, number: int | None) -> None:
    assert wire_words.read_url(parse_url(text), WallClock())[1] == number


@pytest.mark.parametrize("text", ["tcp://a:1", "serial:COM1", "rfc2217://a:1"])
def test_a_real_line_wants_real_time(text: str) -> None:
    with pytest.raises(Exception, match="E349"):
        wire_words.read_url(parse_url(text), VirtualClock())


def test_only_a_line_that_has_a_rate_takes_one() -> None:
    wire_words.read_url(parse_url("rfc2217://a:1?baud=115200"), WallClock())
    with pytest.raises(UsageError):
        wire_words.read_url(parse_url("tcp://a:1?baud=115200"), WallClock())


@pytest.mark.parametrize("text", ["[::1:80", "::1]:80", "::1:80", "80", ":80", "a:000080", "a:65536"])
def test_what_is_no_host_and_port_is_none(text: str) -> None:
    assert wire_words.split_address(text) is None


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("tcp://a:1", transport.open_tcp),
        ("rfc2217://a:1", rfc2217.open_rfc2217),
        ("serial:COM1", transport.open_serial),
    ],
)
def test_each_scheme_opens_its_own_kind_of_line(text: str, opens: object) -> None:
    connect = wire_words.read_url(parse_url(text), WallClock())[0]
    assert isinstance(connect, partial)
    assert connect.func is opens
