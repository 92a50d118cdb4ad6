"""How far a driver behind the guard has come, and in which of its states a controller has no power."""

from __future__ import annotations

from typing import Final

from traction.wire import codes

NEW, OPEN, LOADED, ARMED, RUNNING, STOPPED, REFUSED, DEAD, CLOSED = range(9)
STAGES: Final = (
    "not opened yet",
    "opened without limits",
    "loaded with limits",
    "armed",
    "running",
    "stopped",
    "only watched after a refusal",
    "dead after an error",
    "closed",
)

UNPOWERED: Final = frozenset(
    (
        codes.STATE_BOOT,
        codes.STATE_IDENTIFIED,
        codes.STATE_READY,
        codes.STATE_ARMED,
        codes.STATE_DUMPED,
        codes.STATE_DONE,
        codes.STATE_FAULT_LATCHED,
    )
)
"""Controller states in which the drive has no power and gets none without ``go``."""

STATE_UNKNOWN: Final = -1
"""In place of a controller state, before the first sample."""
