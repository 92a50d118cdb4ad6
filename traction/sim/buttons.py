"""What can be pressed at a simulated table beside its stops: enabling switch, and the patient's button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from traction.drivers.base import EASE_BUTTON, HOLD_TO_RUN
from traction.sim import enabling
from traction.sim.enabling import STUCK, TICK_MS
from traction.wire import codes

if TYPE_CHECKING:
    from traction.controller.config import ControllerConfig
    from traction.controller.core import Controller

NAME: Final = "ease-button"
BUTTONS: Final = (enabling.NAME, NAME)
PRESS_MS: Final = 200
"""So long a patient presses it."""


@dataclass(frozen=True, slots=True)
class Buttons:
    """Which of them there are (None: it has none), and what becomes of them, ms of a run.

    ``hold_ms`` is for how long the enabling switch is held, ``ease_ms`` when the patient presses.
    """

    hold_ms: int | None = None
    ease_ms: int | None = None


NO_BUTTONS: Final = Buttons()


def make_hands(buttons: Buttons, config: ControllerConfig) -> Hands | None:
    """Return who presses what is there, None where nothing is; and tell the controller-to-be."""
    config.hold_to_run = int(buttons.hold_ms is not None)
    config.ease_button = int(buttons.ease_ms is not None)
    hands: dict[str, enabling.Hand | Presser] = {}
    if buttons.hold_ms is not None:
        hands[enabling.NAME] = enabling.Hand(buttons.hold_ms)
    if buttons.ease_ms is not None:
        hands[NAME] = Presser(buttons.ease_ms)
    return Hands(hands) if hands else None


class Presser:
    """The patient's hand: presses when the drive has had power for ``at_ms``, and when told to."""

    __slots__ = ("_at_ms", "_powered_ms", "_pressed")

    def __init__(self, at_ms: int) -> None:
        self._at_ms = at_ms
        self._powered_ms = 0
        self._pressed = at_ms == STUCK

    def inputs(self, inputs: int, controller: Controller) -> int:
        """Return the inputs of the next tick of ``controller`` with the button among them."""
        due = False
        if controller.motion.enabled:
            self._powered_ms += TICK_MS
            due = 0 < self._powered_ms - self._at_ms <= PRESS_MS
        return inputs | codes.INPUT_EASE_PRESSED if due or self._pressed else inputs

    def press(self) -> None:
        """Press it from now on."""
        self._pressed = True

    def let_go(self) -> None:
        """Let it go, unless it is stuck."""
        self._pressed = self._at_ms == STUCK


class Hands:
    """All hands at one table."""

    __slots__ = ("_hands", "capabilities")

    def __init__(self, hands: dict[str, enabling.Hand | Presser]) -> None:
        self._hands = hands
        named = ((enabling.NAME, HOLD_TO_RUN), (NAME, EASE_BUTTON))
        self.capabilities = tuple(capability for name, capability in named if name in hands)

    def inputs(self, inputs: int, controller: Controller) -> int:
        """Return the inputs of the next tick of ``controller`` with every button among them."""
        for hand in self._hands.values():
            inputs = hand.inputs(inputs, controller)
        return inputs

    def press(self, name: str) -> None:
        """Press, or hold, what has this name; nothing where there is none."""
        if name in self._hands:
            self._hands[name].press()

    def let_go(self, name: str) -> None:
        """Let it go again."""
        if name in self._hands:
            self._hands[name].let_go()
