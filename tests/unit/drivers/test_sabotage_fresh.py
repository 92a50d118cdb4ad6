"""A sample of now: what lies on the line is passed over, and what comes in pieces is one sample."""

import pytest

from traction.clock import VirtualClock
from traction.drivers.fresh import WITHIN_US, newest_sample
from traction.drivers.host import HostLink
from traction.errors import TableError
from traction.wire import codes, frame, messages


def telemetry(number: int) -> bytes:
    values = (99, number, 20 * number, 5, number, codes.STATE_DUMPED, 0, 3, 0, 0, 0, 0)
    return frame.encode(messages.TELEMETRY, values)


def newest(*reads: bytes) -> tuple[int, int]:
    """Return boot id and number of what counts as a sample of now, where reading gives these in turn."""
    clock, link, waiting = VirtualClock(), HostLink(99), list(reads)
    link.receive(telemetry(1), 0)
    try:
        return newest_sample(link, lambda: link.receive(waiting.pop(0) if waiting else b"", 0), clock)
    finally:
        assert clock.now_us() <= WITHIN_US + 1_000


@pytest.mark.parametrize(
    ("reads", "number"),
    [
        ((b"", telemetry(2), telemetry(3), telemetry(4)), 3),
        ((telemetry(2), telemetry(3), telemetry(4), b"", telemetry(5), b"", telemetry(6)), 6),
        ((b"", telemetry(2)[:9], telemetry(2)[9:], telemetry(3)), 3),
        ((b"", telemetry(2) + telemetry(3), telemetry(4)), 4),
        ((b"", b"noise\n", b"\n", telemetry(2), b"", telemetry(3)), 3),
    ],
)
def test_the_second_sample_over_an_empty_line_is_of_now(reads: tuple[bytes, ...], number: int) -> None:
    assert newest(*reads) == (5, number)


def test_without_two_there_is_none() -> None:
    for reads in ((), (telemetry(2), telemetry(3)), (b"", telemetry(2))):
        with pytest.raises(TableError, match="E538"):
            newest(*reads)
