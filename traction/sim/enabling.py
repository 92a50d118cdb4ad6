"""Somebody who holds the enabling switch of a simulated table, and lets it go as people do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from traction.wire import codes

if TYPE_CHECKING:
    from traction.controller.core import Controller

TICK_MS: Final = 10
UNTOUCHED_MS: Final = 30
"""So long after power-up nobody has taken it yet."""

OFF_MS: Final = 100
"""So long it is let go when the drive has lost its power: nobody holds on when a run is over."""

NAME: Final = "enabling-switch"
FOR_EVER_MS: Final = 1 << 62
STUCK: Final = -1
"""In the place of a time: the contact is closed, whatever a hand does."""


class Hand:
    """One person at the switch: holds it from just after power-up on, and again after each run.

    ``until_ms`` is how long the drive has had power when it is let go for good.
    """

    __slots__ = ("_let_go", "_off_ms", "_powered_ms", "_until_ms")

    def __init__(self, until_ms: int = FOR_EVER_MS) -> None:
        self._until_ms = until_ms
        self._powered_ms = self._off_ms = 0
        self._let_go = False

    def inputs(self, inputs: int, controller: Controller) -> int:
        """Return the inputs of the next tick of ``controller`` with the switch among them."""
        if controller.motion.enabled:
            self._powered_ms += TICK_MS
            self._off_ms = OFF_MS
        elif self._off_ms:
            self._off_ms -= TICK_MS
        between = self._off_ms and not controller.motion.enabled
        gone = self._let_go or between or self._powered_ms > self._until_ms
        if (gone or controller.now_ms < UNTOUCHED_MS) and self._until_ms != STUCK:
            return inputs
        return inputs | codes.INPUT_SWITCH_HELD

    def press(self) -> None:
        """Take hold of it again."""
        self._let_go = False

    def let_go(self) -> None:
        """Let it go."""
        self._let_go = True
