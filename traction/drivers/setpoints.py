"""What the guard asks of every set-point: exact types, limits, a bounded slope, a lease, a fresh echo."""

from __future__ import annotations

from typing import Final

from traction.drivers.base import ECHO_MAX_AGE_MS, LEASE_MS, ControllerLimits, SetPoint
from traction.drivers.foreign import shown
from traction.errors import Problem, TableError
from traction.wire import codes

ECHO_MAX_AGE_US: Final = ECHO_MAX_AGE_MS * 1000

CARRY_US: Final = 25_000
"""How much unused time a set-point may make up for: the nominal 20 ms and 5 ms of lateness, so no bursts."""

LEAD_US: Final = 20_000
"""How far a target lies ahead of the sample it was decided on, one tick: time the first one needs too."""

ROOM: Final = 2 * 1_000_000
"""2 mN, in mN us: set-points are whole numbers, the profile behind them is not."""

TYPES: Final = [int] * len(SetPoint._fields)


class SetPointRule:
    """Judges set-points one after the other; remembers the last accepted target and the instant it is of.

    That is when the sample it echoes was read, on the guard's own clock: what stalls between the two changes
    neither a target nor its slope, and no driver or program can name another instant.
    """

    __slots__ = (
        "_credit_us",
        "_down_mn_per_s",
        "_max_force_mn",
        "_max_rate_mn_per_s",
        "_standing",
        "_target_mn",
        "_target_us",
        "_up_mn_per_s",
    )

    def __init__(self) -> None:
        # Nothing loaded: every target above 0 is refused.
        self._max_force_mn = 0
        self._up_mn_per_s = 0
        self._down_mn_per_s = 0
        self._max_rate_mn_per_s = 0
        self._target_mn = 0
        self._target_us = 0
        self._credit_us = 0
        self._standing = False  # the last set-point held the position

    def load(self, limits: ControllerLimits) -> None:
        """Judge by ``limits`` from now on."""
        self._max_force_mn = limits.max_force_mn
        self._up_mn_per_s = limits.max_rate_up_mn_per_s
        self._down_mn_per_s = limits.max_rate_down_mn_per_s
        self._max_rate_mn_per_s = max(self._up_mn_per_s, self._down_mn_per_s)

    def start(self, now_us: int) -> None:
        """Begin at 0 N, as the controller does on ``go``."""
        self._target_mn = 0
        self._target_us = now_us - LEAD_US
        self._credit_us = CARRY_US - LEAD_US
        self._standing = False

    def check(self, setpoint: SetPoint, now_us: int, seq: int, received_us: int, read_us: int) -> None:
        """Accept ``setpoint`` or raise TableError E502 (type) or E503 (value).

        ``seq`` and ``received_us`` are those of the newest sample, ``seq`` -1 before the first; ``read_us``
        is when the guard had read it.
        """
        # All in one piece, each value looked at once: this stands in every tick.
        if type(setpoint) is not SetPoint or [*map(type, setpoint)] != TYPES:
            raise _type_fault(setpoint)
        target, rate, mode, lease, echo = setpoint
        if echo != seq or seq < 0 or received_us > read_us or now_us - received_us > ECHO_MAX_AGE_US:
            age_ms = (now_us - received_us) // 1000
            raise _refused(f"it echoes sample {shown(echo)}; the newest is {seq}, {age_ms} ms old")
        if not 0 <= target <= self._max_force_mn:
            raise _refused(f"target {shown(target)} mN of at most {self._max_force_mn} mN")
        if not 0 <= rate <= self._max_rate_mn_per_s:
            raise _refused(f"rate {shown(rate)} mN/s of at most {self._max_rate_mn_per_s} mN/s")
        if not 0 < lease <= LEASE_MS:
            raise _refused(f"lease {shown(lease)} ms of 1 to {LEASE_MS} ms")
        if mode != codes.MODE_FORCE and mode != codes.MODE_POSITION:
            raise _refused(f"mode {shown(mode)}")
        # Time earns credit, a change of target spends as much of it as it takes at the full rate. So a slope
        # is judged over the time that passed between the samples, and a late tick neither trips nor buys a
        # burst: all targets together never outrun the time since the start by more than the carry.
        span_us = read_us - self._target_us
        credit_us = self._credit_us + span_us
        ceiling_us = span_us if span_us > CARRY_US else CARRY_US
        if credit_us > ceiling_us:
            credit_us = ceiling_us
        if target != self._target_mn:
            credit_us -= self._spent_us(target, credit_us, span_us)
            self._target_mn = target
        self._credit_us = credit_us
        self._target_us = read_us
        self._standing = mode == codes.MODE_POSITION

    def _spent_us(self, target: int, credit_us: int, span_us: int) -> int:
        change = target - self._target_mn
        # While the position was held the force has sagged below the target, and the controller goes on from
        # the force: so leaving that mode the target may drop at once, and nothing else may.
        if change < 0 and self._standing:
            return 0
        rate = self._up_mn_per_s if change > 0 else self._down_mn_per_s
        need = (change if change > 0 else -change) * 1_000_000
        if need - ROOM > rate * credit_us:
            raise _refused(f"target from {self._target_mn} to {target} mN within {span_us // 1000} ms")
        return need // rate


def _refused(what: str) -> TableError:
    return TableError(Problem("E503", f"set-point refused: {what}"))


def _type_fault(setpoint: object) -> TableError:
    if type(setpoint) is not SetPoint:
        return TableError(Problem("E502", f"a set-point is {shown(type(setpoint))}", "SetPoint"))
    wrong = next(name for name in SetPoint._fields if type(getattr(setpoint, name)) is not int)
    return TableError(
        Problem("E502", f"{wrong} is {shown(getattr(setpoint, wrong))}", "a whole number", field=wrong)
    )
