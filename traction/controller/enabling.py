"""The enabling switch of a table that has one: it runs only while somebody holds it."""

from traction.controller.config import ControllerConfig
from traction.wire import codes

OPEN_STEP = 2  # an open tick weighs as much as so many closed ones: a contact that flickers is not held
LET_GO = 6


class Enabling:
    """Follows a normally-open contact; where a table has none (``asked`` 0), nothing is ever let go.

    ``bit`` is what telemetry tells of it. A contact that is stuck or tied looks like one that is held: so it
    has to be seen open before each start.
    """

    __slots__ = ("asked", "bit", "let_go", "open", "seen_open")

    def __init__(self, config: ControllerConfig) -> None:
        self.asked = config.hold_to_run
        self.bit = 0
        self.open = 0  # LET_GO when it is let go, 0 again when it is held
        self.let_go = False
        self.seen_open = False

    def see(self, inputs: int | None) -> None:
        """Take the inputs of one tick, where the table has the switch."""
        self.bit = inputs & codes.INPUT_SWITCH_HELD if type(inputs) is int else 0
        if self.bit:
            self.open = self.open - 1 if self.open else 0
            if not self.open:
                self.let_go = False
            return
        self.open = self.open + OPEN_STEP if self.open + OPEN_STEP < LET_GO else LET_GO
        if self.open == LET_GO:
            self.let_go = self.seen_open = True

    def may_start(self) -> int:
        """Return RESULT_OK when it is held, and was open since the start before, else why not."""
        if not self.asked:
            return codes.RESULT_OK
        if self.let_go or not self.bit:
            return codes.RESULT_SWITCH_OPEN
        return codes.RESULT_OK if self.seen_open else codes.RESULT_SWITCH_STUCK

    def started(self) -> None:
        """Ask for it to be seen open again before the next start."""
        self.seen_open = False
