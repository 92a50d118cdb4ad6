"""The frames of the two hosts, as bytes on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from traction.campaign.explore_rig import BASE_SEQ, LIMITS, STEP_TICKS
from traction.wire import codes, frame, messages

TOKENS: Final = (11, 22)
"""Of the two sessions: of one host after another, or of two at once."""
SETPOINT_MN: Final = 15_000
LEASE_MS: Final = 240
AGES: Final = 4
RECENT, OLD, EARLIER = range(3)
"""A reset was made on a recent sample, on one that is over 200 ms old, or before the controller restarted."""
KINDS: Final = 3
"""A set-point is as old as 0, 1, 2 or more time steps of 120 ms; the third is stale."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a host: session (0 or 1), its number, letter, and what it carries; and its bytes."""

    session: int
    number: int
    letter: str
    content: int
    data: bytes


def make_frame(
    session: int,
    number: int,
    letter: str,
    content: int = 0,
    age: int = 0,
    token: int = 0,
    seq: int = BASE_SEQ,
    boot: int = 0,
) -> Frame:
    """Return a host's frame; ``content`` is a set of limits, a start number, a stop kind or a fault.

    ``token`` 0 is that of the session; a set-point, and a reset of a fault of power-up ``boot``, is made
    ``age`` time steps before sample ``seq``.
    """
    chosen = LIMITS[content] if letter in (messages.LIMITS, messages.COMMIT, messages.ARM) else ()
    if letter == messages.HELLO:
        values: tuple[int, ...] = (messages.MINOR, messages.definition())
    elif letter == messages.LIMITS:
        values = chosen
    elif chosen:
        values = (messages.limits_hash(chosen),)
    elif letter == messages.SETPOINT:
        values = (SETPOINT_MN, 50_000, codes.MODE_FORCE, LEASE_MS, seq - age * STEP_TICKS)
    elif letter == messages.GO:
        values = (content >> 16, content & messages.U16)
    elif letter == messages.RESET:
        values = (boot, content, seq - age * STEP_TICKS)
    else:
        values = (content,)
    data = frame.encode(letter, (token or TOKENS[session], number, 0, *values))
    return Frame(session, number, letter, content, data)
