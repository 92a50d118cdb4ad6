"""However often and by whomever a table is started at once, it starts once."""

import random

import pytest

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.limits import own_caps
from traction.controller.link import Link
from traction.wire import codes, frame, messages

HOST = 4711
FROM_HERE = 5
"""Frames of the host that are numbered from here on ask for the start."""


BOOT = 77


def armed(region: int) -> tuple[Link, int]:
    """Return a slack table that one host has armed, and the number of the arming."""
    link = Link(Controller(ControllerConfig(region, BOOT, codes.DRIVE_BACK_DRIVABLE)), 1, 1, 1, 0)
    link.controller.tick(0, 0, 0, codes.INPUTS_HEALTHY)
    caps = own_caps(link.controller.config)
    digest = messages.limits_hash(caps)
    asked = (("H", (0, messages.definition())), ("L", caps), ("M", (digest,)), ("A", (digest,)))
    for number, (letter, values) in enumerate(asked, 1):
        link.receive(frame.encode(letter, (HOST, number, 0, *values)))
    assert link.controller.state == codes.STATE_ARMED
    return link, link.controller.nonce & 0xFFFF


def starts(link: Link) -> int:
    """Return how many times a GO was answered with done."""
    lines = link.take().splitlines(keepends=True)
    said = [values for letter, values in map(frame.decode, lines) if letter == messages.ANSWER]
    return sum(values[-1] == codes.RESULT_OK and values[-2] >= FROM_HERE for values in said)


@pytest.mark.parametrize("region", [codes.REGION_LUMBAR, codes.REGION_CERVICAL])
@pytest.mark.parametrize("seed", range(5))
def test_a_thousand_starts_at_once_make_one_run(region: int, seed: int) -> None:
    link, nonce = armed(region)
    chance = random.Random(seed)
    link.take()
    frames = []
    for number in range(FROM_HERE, FROM_HERE + 1000):
        token = HOST if chance.random() < 0.5 else chance.randrange(1, 1 << 32)
        known = token == HOST or chance.random() < 0.5
        start = (BOOT, nonce) if known else (chance.randrange(1, 1 << 32), chance.randrange(1 << 16))
        frames.append(frame.encode("G", (token, number, 0, *start)))
    chance.shuffle(frames)
    done, states = 0, []
    for one in frames:
        link.receive(one)
        done += starts(link)
        states.append(link.controller.state)
    assert done == 1
    begun = states.index(codes.STATE_RUN)
    assert set(states[:begun]) <= {codes.STATE_ARMED}
    assert states[begun:] == sorted(states[begun:])  # only ever more severe: such a crowd ends the run
    assert link.controller.nonce == 0
