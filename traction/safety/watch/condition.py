"""Watch that the controller is in the right state, without a fault, and that the stops are closed."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from traction.safety.sample import Activity, Reaction, Verdict
from traction.wire import codes

STOP_GRACE_US: Final = 300_000
"""A stop may take this long to reach the controller: one lease and one tick."""

_RELEASING: Final = frozenset(
    (
        codes.STATE_RELEASING,
        codes.STATE_FAST_RELEASING,
        codes.STATE_DUMPED,
        codes.STATE_DONE,
        codes.STATE_FAULT_LATCHED,
    )
)
_PULLING: Final = (int(Activity.TAKE_UP), int(Activity.FOLLOW))
_MODES: Final = (codes.MODE_FORCE, codes.MODE_POSITION)
_PERSONS: Final = MappingProxyType(
    {
        codes.FAULT_ESTOP: codes.INPUT_ESTOP_CLOSED,
        codes.FAULT_PATIENT_STOP: codes.INPUT_PATIENT_STOP_CLOSED,
    }
)
"""Fault number -> the stop that a person opened."""

_CODES: Final = MappingProxyType(
    {
        codes.FAULT_OVER_FORCE: "E411",
        codes.FAULT_NEGATIVE_FORCE: "E412",
        codes.FAULT_CELL_DISAGREE: "E413",
        codes.FAULT_CELL_STUCK: "E414",
        codes.FAULT_FORCE_LOST: "E415",
        codes.FAULT_CELL_RANGE: "E416",
        codes.FAULT_OVER_RATE: "E424",
        codes.FAULT_HOLD_TOO_LONG: "E431",
        codes.FAULT_SESSION_TOO_LONG: "E432",
        codes.FAULT_OVER_TRAVEL: "E433",
        codes.FAULT_END_SWITCH: "E435",
        codes.FAULT_SUPPLY: "E436",
        codes.FAULT_ESTOP_CHANNELS: "E453",
        codes.FAULT_SWITCH_LET_GO: "E454",
    }
)
"""Fault number -> the code of the same hazard, so that a reason reads alike whichever layer saw it first."""


class ConditionWatch:
    """Judges controller state, fault and stop inputs; remembers when the release began."""

    __slots__ = ("_release_us",)

    def __init__(self) -> None:
        self._release_us = -1

    def judge(
        self, t_us: int, state: int, fault: int, inputs: int, mode: int, activity: int, age_us: int = 0
    ) -> Verdict | None:
        """Return what is wrong, or None. A stop that a person pressed comes before whatever it caused.

        A controller that does not release comes before that: it needs its power cut, whoever pressed what.
        ``age_us`` is how old the sample is: what was so before a stop could arrive says nothing of it.
        Whether an enabling switch is held is judged by the controller that has one: its fault says so. The
        patient's button to ease off is a wish, and no condition.
        """
        inputs &= ~codes.INPUTS_OF_BUTTONS
        if (
            state == codes.STATE_RUN
            and fault == codes.FAULT_NONE
            and inputs == codes.INPUTS_HEALTHY
            and activity in _PULLING
            and mode in _MODES
            and self._release_us < 0
        ):
            return None
        return self._diagnose(t_us, state, fault, inputs, mode, activity, age_us)

    def _diagnose(
        self, t_us: int, state: int, fault: int, inputs: int, mode: int, activity: int, age_us: int
    ) -> Verdict | None:
        stop = None
        if inputs != codes.INPUTS_HEALTHY:
            stop = _stop_input(inputs)
        elif fault in _PERSONS:  # released again before a sample showed it
            stop = _stop_input(codes.INPUTS_HEALTHY & ~_PERSONS[fault])
        if activity == Activity.RELEASE:
            stray = self._releasing(t_us, state, age_us)  # always: its grace runs from the first sample on
            if stray is not None and (stop is None or stray.reaction > stop.reaction):
                return stray
            # what is latched on the way down has been answered there; but whoever asks how it went is told
            return _latched(fault) if stop is None else stop
        if stop is not None:
            return stop
        if self._release_us >= 0 or activity not in _PULLING:
            return Verdict(Reaction.RELEASE, "E401", f"activity {activity} out of turn")
        if mode not in _MODES:
            return Verdict(Reaction.RELEASE, "E401", f"set-point mode {mode}")
        return _latched(fault) or Verdict(Reaction.RELEASE, "E409", f"state {_name(state)} instead of RUN")

    def _releasing(self, t_us: int, state: int, age_us: int) -> Verdict | None:
        if self._release_us < 0:
            self._release_us = t_us
        # a line that has gone silent repeats its last RUN: the controller may be releasing under power, and
        # cutting that could trap the force
        since_us = t_us - max(age_us, 0) - self._release_us
        if state in _RELEASING or (state == codes.STATE_RUN and since_us <= STOP_GRACE_US):
            return None
        return Verdict(Reaction.POWER_OFF, "E409", f"state {_name(state)} during a release")


def _latched(fault: int) -> Verdict | None:
    if fault == codes.FAULT_NONE:
        return None
    name = codes.FAULT_NAMES.get(fault, "unknown")
    return Verdict(Reaction.RELEASE, _CODES.get(fault, "E408"), f"controller fault {fault}: {name}")


def _stop_input(inputs: int) -> Verdict:
    if inputs & codes.INPUT_ESTOP_CLOSED != codes.INPUT_ESTOP_CLOSED:
        return Verdict(Reaction.FAST_RELEASE, "E452", "the emergency stop is open")
    if not inputs & codes.INPUT_PATIENT_STOP_CLOSED:
        return Verdict(Reaction.RELEASE, "E451", "the patient stop is open")
    if inputs & codes.INPUT_ENDS_CLOSED != codes.INPUT_ENDS_CLOSED:
        return Verdict(Reaction.POWER_OFF, "E435", "an end switch is open")
    if not inputs & codes.INPUT_SUPPLY_GOOD:
        return Verdict(Reaction.POWER_OFF, "E436", "the supply is too low")
    return Verdict(Reaction.RELEASE, "E400", f"input bits {inputs:#x}")


def _name(state: int) -> str:
    return codes.STATE_NAMES[state] if 0 <= state < len(codes.STATE_NAMES) else str(state)
