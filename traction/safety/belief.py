"""Which of two load cells is believed, and so which force a sample shows: one answer for every watch."""

from __future__ import annotations

from typing import Final

from traction.wire import codes

CELL_A: Final = 1
CELL_B: Final = 2
BOTH: Final = CELL_A | CELL_B
NEITHER: Final = 0


def believed_mn(force_a_mn: int, force_b_mn: int, trusted: int) -> int | None:
    """Return the force in mN that the trusted cells show, or None when none of them gives a reading.

    The higher of two (as the controller's releases and trips have it), so that a cell which reads too little
    never makes a force look smaller than it is. None is no force: whoever asks must take the safe side.
    """
    b_silent = not trusted & CELL_B or force_b_mn == codes.FORCE_INVALID_MN
    if not trusted & CELL_A or force_a_mn == codes.FORCE_INVALID_MN:
        return None if b_silent else force_b_mn
    return force_a_mn if b_silent else max(force_a_mn, force_b_mn)


def shows_slack(force_a_mn: int, force_b_mn: int, trusted: int, slack_mn: int) -> bool:
    """Say whether every trusted cell reads within ``slack_mn`` of nothing; with no trusted cell, never.

    A trusted cell without a reading reads far below zero, and that is no slack.
    """
    if not trusted & BOTH:
        return False
    a_slack = not trusted & CELL_A or -slack_mn <= force_a_mn <= slack_mn
    return a_slack and (not trusted & CELL_B or -slack_mn <= force_b_mn <= slack_mn)
