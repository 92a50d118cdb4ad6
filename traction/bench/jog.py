"""Small steps of force under a dead man's key: what is not pressed again within a second is let go.

Knows no terminal: keys come as calls, and the targets go where ``pull`` takes them from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from traction.bench.pull import LOW_CAP_MN, OVER

if TYPE_CHECKING:
    from traction.drivers.base import Telemetry

STEP_MN: Final = {"lumbar": 5_000, "cervical": 2_000}
DEAD_MAN_US: Final = 1_000_000
RISE_MN_PER_S: Final = {"lumbar": 10_000, "cervical": 4_000}
LONGEST_US: Final = 110_000_000
"""Below what a gentle pull may last: jogging ends before the controller ends it."""

UP, DOWN, KEEP, END = "u", "d", " ", "q"
KEYS: Final = (UP, DOWN, KEEP, END)


class Jog:
    """The wanted force and when a key was last pressed; ``why`` says in the end what ended it.

    ``keys`` returns what has been pressed since it was asked last, ``show`` hears of every sample.
    """

    def __init__(
        self, region: str, keys: Callable[[], str], show: Callable[[int, int, Telemetry], None]
    ) -> None:
        self._keys = keys
        self._show = show
        self._step_mn = STEP_MN[region]
        self._most_mn = LOW_CAP_MN[region]
        self._rise = RISE_MN_PER_S[region]
        self._wanted_mn = 0
        self._target_mn = 0
        self._pressed_us = 0
        self._before_us = 0
        self.why = ""

    @property
    def wanted_mn(self) -> int:
        """Return the force that the keys have asked for, in mN."""
        return self._wanted_mn

    def course(self, t_us: int, sample: Telemetry) -> int:
        """Return the target in mN at ``t_us`` since GO, or OVER; it moves towards what is wanted."""
        for key in self._keys():
            if key not in KEYS:
                continue
            if key == END:
                self.why = "ended by the key q"
                return OVER
            self._pressed_us = t_us
            change = {UP: self._step_mn, DOWN: -self._step_mn}.get(key, 0)
            self._wanted_mn = max(0, min(self._most_mn, self._wanted_mn + change))
        if t_us - self._pressed_us > DEAD_MAN_US:
            self.why = "no key for a second"
            return OVER
        if t_us > LONGEST_US:
            self.why = f"jogging lasts {LONGEST_US // 1_000_000} s at most"
            return OVER
        most = max(0, t_us - self._before_us) * self._rise // 1_000_000
        self._before_us = t_us
        change = max(-most, min(most, self._wanted_mn - self._target_mn))
        self._target_mn += change
        self._show(t_us, self._wanted_mn, sample)
        return self._target_mn
