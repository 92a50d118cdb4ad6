"""The states of a session and, in one table, every step it may take between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from traction.errors import Problem, TractionError


class State(IntEnum):
    """Where a session stands; the numbers are written into the record and never given again."""

    IDLE = 0
    PREFLIGHT = 1
    TAKE_UP = 2
    RUNNING = 3
    PAUSING = 4
    PAUSED = 5
    RESUMING = 6
    RELEASING = 7
    FAST_RELEASING = 8
    POWER_OFF = 9
    ENDED = 10
    EASING = 11
    ANSWERED = 12

    @property
    def is_down(self) -> bool:
        """Say whether the force is on its way down for good, or down."""
        return State.RELEASING <= self <= State.ENDED


UNDER_WAY = (
    State.RUNNING,
    State.PAUSING,
    State.PAUSED,
    State.RESUMING,
    State.EASING,
    State.ANSWERED,
)
"""The states in which the profile has begun and has not been given up."""

_RELEASES = (State.RELEASING, State.FAST_RELEASING, State.POWER_OFF)

TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.IDLE: frozenset((State.PREFLIGHT,)),
        State.PREFLIGHT: frozenset((State.TAKE_UP, State.RUNNING, State.ENDED, *_RELEASES)),
        State.TAKE_UP: frozenset((State.RUNNING, *_RELEASES)),
        State.RUNNING: frozenset((State.PAUSING, State.EASING, State.ANSWERED, *_RELEASES)),
        State.EASING: frozenset((State.RUNNING, State.PAUSING, *_RELEASES)),
        State.ANSWERED: frozenset((State.RUNNING, State.PAUSING, State.EASING, *_RELEASES)),
        State.PAUSING: frozenset((State.PAUSED, *_RELEASES)),
        State.PAUSED: frozenset((State.RESUMING, *_RELEASES)),
        State.RESUMING: frozenset((State.RUNNING, State.PAUSING, *_RELEASES)),
        State.RELEASING: frozenset((State.FAST_RELEASING, State.POWER_OFF, State.ENDED)),
        State.FAST_RELEASING: frozenset((State.POWER_OFF, State.ENDED)),
        State.POWER_OFF: frozenset((State.ENDED,)),
        State.ENDED: frozenset(),
    }
)
"""State -> the states that may follow. A release only ever becomes more severe, and nothing follows ENDED."""

TERMINAL = frozenset(state for state, successors in TRANSITIONS.items() if not successors)


def advance(state: State, successor: State) -> State:
    """Return ``successor`` where the table allows it after ``state``; raise TractionError E910 otherwise."""
    if successor not in TRANSITIONS[state]:
        allowed = ", ".join(sorted(option.name for option in TRANSITIONS[state])) or "nothing"
        raise TractionError(Problem("E910", f"step from {state.name} to {successor.name}", allowed))
    return successor


def markdown() -> str:
    """Return the table of transitions as a Markdown table, one row per state."""
    lines = ["| state | may become |", "|---|---|"]
    for state, successors in TRANSITIONS.items():
        names = ", ".join(successor.name for successor in sorted(successors)) or "(the end)"
        lines.append(f"| {state.name} | {names} |")
    return "\n".join(lines) + "\n"


def mermaid() -> str:
    """Return the table of transitions as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.IDLE.name}"]
    for state, successors in TRANSITIONS.items():
        lines += [f"    {state.name} --> {successor.name}" for successor in sorted(successors)]
        if not successors:
            lines.append(f"    {state.name} --> [*]")
    return "\n".join(lines) + "\n"
