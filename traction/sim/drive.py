"""The two kinds of drive."""

from __future__ import annotations

from traction.errors import Problem, UsageError
from traction.sim.parameter import Rows, parameter_tables

BACK_DRIVABLE = "back-drivable"  # with the power off, tension pushes the carriage back
SELF_LOCKING = "self-locking"  # with the power off it stays where it is, and the force stays trapped
DRIVES = (BACK_DRIVABLE, SELF_LOCKING)


def drive_rows(drive: str) -> Rows:
    """Return the parameters of drive and release; raises UsageError (E180) for an unknown drive."""
    if drive not in DRIVES:
        raise UsageError(Problem("E180", f"drive {drive!r}", f"one of {', '.join(DRIVES)}", field="drive"))
    return parameter_tables()["drive"]
