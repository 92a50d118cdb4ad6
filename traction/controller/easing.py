"""The button by which the patient asks for less: what its contact says, without the bounces."""

from traction.controller.config import ControllerConfig
from traction.wire import codes

PRESSED_TICKS = 3
LET_GO_TICKS = 30  # longer than a lease: no gap in the line that a run outlasts hides a whole press


class Easing:
    """Follows a normally-open contact, of a table that has one (``asked``); the force is the host's to lower.

    ``bit`` is what telemetry tells of it. It changes when the contact says something else for so many ticks
    in a row: a bounce is no press of its own.
    """

    __slots__ = ("asked", "bit", "other")

    def __init__(self, config: ControllerConfig) -> None:
        self.asked = config.ease_button
        self.bit = 0
        self.other = 0  # for so many ticks the contact has said something else

    def see(self, inputs: int | None) -> None:
        """Take the inputs of one tick, where the table has the button."""
        bit = inputs & codes.INPUT_EASE_PRESSED if type(inputs) is int else 0
        self.other = 0 if bit == self.bit else self.other + 1
        if self.other == (LET_GO_TICKS if self.bit else PRESSED_TICKS):
            self.bit = bit
            self.other = 0
