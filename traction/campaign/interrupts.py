"""Ctrl-C between simulated sessions, never within one: there it would be a stop that a person asked for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back; give a function that raises KeyboardInterrupt where it was pressed meanwhile.

    A session takes Ctrl-C for a request to stop, wherever nobody else has a handler: a simulated one would
    end otherwise than its case says. Only the main thread hears signals; elsewhere this does nothing.
    """
    pressed: list[int] = []

    def look() -> None:
        if pressed:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield look
        return

    def press(number: int, _frame: FrameType | None) -> None:
        pressed.append(number)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield look
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


def leave_to_parent() -> None:
    """Ignore Ctrl-C in a process that runs sessions for another one, which hears it too and ends all."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
