"""The host's end of the wire: it hears its own session only, and knows when a line is too bad."""

import pytest

from traction.drivers.host import HostLink
from traction.wire import codes, frame, messages

TOKEN = 99
SECOND_US = 1_000_000


def telemetry(number: int, *, token: int = TOKEN, state: int = codes.STATE_RUN, boot: int = 5) -> bytes:
    values = (token, number, 20 * number, boot, 2 * number, state, 0, 3, 1000, 1001, 50, 0)
    return frame.encode(messages.TELEMETRY, values)


def identity(number: int, *, token: int = TOKEN, boot: int = 5) -> bytes:
    values = (boot, 0, messages.definition(), 1, 42, 1_000_000, 7, 0, 0, 0, 10, 1)
    return frame.encode(messages.IDENTITY, (token, number, 0, *values))


def answer(number: int, to_frame: int, result: int = 0, *, token: int = TOKEN) -> bytes:
    return frame.encode(messages.ANSWER, (token, number, 0, to_frame, result))


@pytest.fixture
def link() -> HostLink:
    one = HostLink(TOKEN)
    one.hello(0)
    one.receive(identity(1) + telemetry(2), 20_000)
    return one


def test_it_keeps_the_newest_sample_and_when_it_came(link: HostLink) -> None:
    link.receive(telemetry(3) + telemetry(4)[:30], 50_000)
    assert link.sample is not None
    assert (link.sample[1], link.sample_us) == (3, 50_000)
    link.receive(telemetry(4)[30:], 60_000)
    assert (link.sample[1], link.sample_us) == (4, 60_000)


def test_frames_of_others_are_not_heard(link: HostLink) -> None:
    link.receive(answer(3, 1, codes.RESULT_BUSY, token=7) + identity(4, token=7), 0)
    assert (link.reply, link.bad) == (None, 0)


@pytest.mark.parametrize("number", [1, 2])
def test_what_comes_twice_or_late_is_bad(link: HostLink, number: int) -> None:
    link.receive(telemetry(number), 0)
    assert link.bad == 1
    assert link.sample_us == 20_000


def test_a_controller_that_began_again_is_another_one(link: HostLink) -> None:
    link.receive(telemetry(1, token=0, boot=6), 0)
    assert (link.restarted, link.replaced) == (6, None)


def test_a_controller_that_talks_to_somebody_else_is_lost(link: HostLink) -> None:
    link.receive(telemetry(9, token=7), 0)
    assert (link.restarted, link.replaced) == (None, 7)


def test_samples_for_the_host_before_are_no_restart() -> None:
    link = HostLink(TOKEN)
    link.hello(0)
    link.receive(telemetry(1, token=7, boot=6) + identity(2, boot=5) + telemetry(3), 0)
    assert (link.restarted, link.replaced) == (None, None)


def test_an_answer_belongs_to_the_frame_it_names(link: HostLink) -> None:
    link.expect(messages.ARM, (1,), 0)  # frame 2
    link.receive(answer(3, 1), 0)
    assert link.reply is None
    link.receive(answer(4, 2, codes.RESULT_STOP_OPEN), 0)
    assert link.reply == (messages.ANSWER, (2, codes.RESULT_STOP_OPEN))


def test_only_a_sample_behind_the_reply_follows_it(link: HostLink) -> None:
    link.expect(messages.GO, (1,), 0)
    link.receive(telemetry(3) + answer(4, 2), 0)
    assert not link.follows
    link.receive(telemetry(5), 0)
    assert link.follows


def test_a_refused_set_point_is_remembered(link: HostLink) -> None:
    link.make(messages.SETPOINT, (0, 0, 0, 250, 4), 0)
    link.receive(answer(3, 2, codes.RESULT_OUTSIDE_LIMITS), 0)
    assert link.refused == codes.RESULT_OUTSIDE_LIMITS


def test_three_bad_frames_in_a_second_of_a_run_are_too_many(link: HostLink) -> None:
    for at_us in (0, 500_000, 1_000_000):
        assert not link.degraded
        link.receive(b"$spoiled\n", at_us)
    assert link.degraded


def test_five_bad_frames_in_an_hour_of_a_run_are_too_many(link: HostLink) -> None:
    for count in range(5):
        assert not link.degraded
        link.receive(b"$spoiled\n", count * 600 * SECOND_US)
    assert link.degraded


def test_four_an_hour_may_go_on_for_ever(link: HostLink) -> None:
    for count in range(100):
        link.receive(b"$spoiled\n", count * 901 * SECOND_US)
    assert not link.degraded


def test_before_a_run_bad_frames_are_only_counted(link: HostLink) -> None:
    link.receive(telemetry(3, state=codes.STATE_READY), 0)
    for _ in range(100):
        link.receive(b"$spoiled\n", 0)
    assert (link.bad, link.degraded) == (100, False)


def test_another_major_version_is_noticed() -> None:
    link = HostLink(TOKEN)
    body = b"$2I,0,1,0"
    link.receive(body + b"*%08X\n" % frame.check_sum(body), 0)
    assert link.other_version


def test_what_is_on_a_foreign_line_can_be_told() -> None:
    link = HostLink(TOKEN)
    link.receive(b"\r\nGrbl 1.1h ['$' for help]\r\n" + b"ok\r\n" * 50, 0)
    assert link.first.startswith(b"\r\nGrbl 1.1h")
    assert len(link.first) == 60
    assert (link.heard, link.received) == (0, 28 + 200)
