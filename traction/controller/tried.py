"""Whether somebody has tried the stops lately: each contact open for a while, and closed again."""

from traction.controller.config import ControllerConfig
from traction.wire import codes

CONTACTS = (codes.INPUT_ESTOP_A_CLOSED, codes.INPUT_ESTOP_B_CLOSED, codes.INPUT_PATIENT_STOP_CLOSED)
LEAST_MS = 100  # a wire that flickers is no press
CLOSED = -1


class Tried:
    """Follows the contacts of the stops; a ``press_within_ms`` of 0 asks for no press: nobody could give one.

    A short across a contact looks like a stop that is well and closed. Only seeing it open tells them apart.
    """

    __slots__ = ("opened_ms", "tried_ms", "within_ms")

    def __init__(self, config: ControllerConfig) -> None:
        self.within_ms = config.press_within_ms
        self.opened_ms = (CLOSED,) * len(CONTACTS)
        self.tried_ms = (-self.within_ms - 1,) * len(CONTACTS)

    def see(self, inputs: int, now_ms: int) -> None:
        """Take the inputs when they have changed."""
        opened = list(self.opened_ms)
        tried = list(self.tried_ms)
        for place in range(len(CONTACTS)):
            since_ms = opened[place]
            if not inputs & CONTACTS[place]:
                if since_ms == CLOSED:
                    opened[place] = now_ms
            elif since_ms != CLOSED:
                opened[place] = CLOSED
                if now_ms - since_ms >= LEAST_MS:
                    tried[place] = now_ms
        self.opened_ms = tuple(opened)
        self.tried_ms = tuple(tried)

    def lately(self, now_ms: int) -> bool:
        """Say whether every contact was tried within the time that the table asks for."""
        if not self.within_ms:
            return True
        for tried_ms in self.tried_ms:  # noqa: SIM110  a generator takes memory on a board
            if now_ms - tried_ms > self.within_ms:
                return False
        return True
