"""A sample of now, for what may be decided on nothing older: not what has lain on the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.drivers import wire_words
from traction.errors import Problem, TableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from traction.clock import Clock
    from traction.drivers.host import HostLink

WITHIN_US: Final = 200_000
STEP_US: Final = 1_000
SAMPLES: Final = 2
"""So many must have come over an empty line before the newest one is taken."""


def newest_sample(link: HostLink, listen: Callable[[], None], clock: Clock) -> tuple[int, int]:
    """Return boot id and number of a sample of now; ``listen`` takes what has come. Raises TableError E538.

    What has lain on the line while nobody polled looks new and is not: the line is emptied first, and the
    sample after the next one is taken, since the end of an old frame may still be on its way.
    """
    deadline_us = clock.now_us() + WITHIN_US
    came, empty = 0, False
    while came < SAMPLES:
        received, newest = link.received, link.sample
        listen()
        wire_words.check_standing(link)
        if link.received == received:
            empty = True
        elif empty and link.sample is not newest:
            came += 1
        now_us = clock.now_us()
        if now_us >= deadline_us:
            raise TableError(Problem("E538", "no sample to reset by", "one every 20 ms"))
        clock.wait_until_us(now_us + STEP_US)
    assert link.sample is not None
    return link.sample[3], link.sample[4]
