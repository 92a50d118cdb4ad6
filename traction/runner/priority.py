"""A place before other programs for a loop in real time, where the system grants one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.runner.journal import Journal

LOWEST: Final = 1
"""Before every ordinary program, and behind what the system itself runs first."""


@contextmanager
def real_time_priority(clock: Clock, journal: Journal) -> Iterator[None]:
    """Run this thread first-in-first-out as long as this lasts, in real time only; the record says if it is.

    Processes that it starts meanwhile have the ordinary priority. Nothing depends on it but lateness.
    """
    if not clock.realtime:
        yield
        return
    before = _ask()
    journal.event(0, "priority", text="real-time" if before is not None else "ordinary: no other is granted")
    try:
        yield
    finally:
        if before is not None:
            with suppress(OSError):
                os.sched_setscheduler(0, *before)


def _ask() -> tuple[int, os.sched_param] | None:
    """Return what there was before, None where nothing was granted."""
    try:
        before = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(LOWEST))
    except (AttributeError, OSError):  # another system, or another user
        return None
    return before
