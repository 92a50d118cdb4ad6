"""Ctrl-C, SIGTERM and SIGHUP as steps of the stop ladder: the handlers set a flag and nothing else.

But for two cases. As long as nothing can move, a stop breaks off what a session waits for, such as a table
that does not answer. And where the loop has not looked at a stop for a second, because a call into the table
never returns, no flag helps: then a third press ends the process.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

from traction.clock import WallClock
from traction.runner.outcome import Outcome
from traction.runner.requests import Requests

if TYPE_CHECKING:
    from traction.clock import Clock

STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

_HANGUP: Final = getattr(signal, "SIGHUP", None)

PRESSES: Final = 3
"""The two of the ladder, and one that says: I see that nothing happens."""

UNHEARD_US: Final = 1_000_000
"""Fifty ticks. A loop that lives has looked long before; signals of one cause come within a moment."""

STEP_ENDED: Final = 3
"""What ``understood`` is told before the process ends."""

LAST_WORDS: Final = b"""
stop pressed again, and the call into the table does not return: this program ends now.
THE STATE OF THE TABLE IS UNKNOWN. Nothing more can be asked of it from here. Its own watchdog must let go:
a set-point lives for 250 ms. Look at the table; use its emergency stop if it still pulls.
"""


@contextmanager
def stop_on_signals(
    requests: Requests,
    understood: Callable[[int, str], None] | None = None,
    *,
    clock: Clock | None = None,
    end: Callable[[], None] | None = None,
) -> Iterator[None]:
    """Turn each stop signal into ``requests.stop``, and put the old handlers back on exit.

    ``understood(level, signal_name)`` is called with the step of the ladder reached (1 or 2), so that the
    shell can say what happens now; what it raises is dropped, because nothing may stand between a person
    and a stop. A third press that finds the ones before it unheard for a second calls ``end``, which ends the
    process unless somebody gives another; ``clock`` tells the second. After ``requests.end()`` a signal does
    nothing. A SIGHUP that is ignored, as under nohup, stays ignored. Only the main thread may call this.
    """
    hearing = _Hearing(requests, WallClock() if clock is None else clock)

    def press(number: int, _frame: FrameType | None) -> None:
        if requests.ended:
            return
        name = signal.Signals(number).name
        hearing.before_a_press()
        level = requests.stop(name)
        lost = hearing.lost()
        if understood is not None:
            with suppress(Exception):  # a broken screen must not undo the stop that was just set
                understood(STEP_ENDED if lost else level, name)
        if lost:
            (end or _end_process)()
        if requests.breaks_off:
            requests.breaks_off = False  # here, and once: it may cut into the very line that would do it
            raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    if before.get(_HANGUP) == signal.SIG_IGN:
        del before[_HANGUP]
    for number in before:
        signal.signal(number, press)
    try:
        yield
    finally:
        for number, handler in before.items():
            # None: installed by something other than Python; the default is the nearest there is
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


@contextmanager
def stops_break_off(requests: Requests) -> Iterator[None]:
    """Let a stop signal end what is done here, by a KeyboardInterrupt; only for as long as nothing can move.

    A stop that was asked for before ends it before it begins. Later signals set a flag again. Outside of the
    main thread, the one in which they are handled, all of them do.
    """
    requests.breaks_off = threading.current_thread() is threading.main_thread()
    try:
        if requests.level:
            raise KeyboardInterrupt
        yield
    finally:
        requests.breaks_off = False


class _Hearing:
    """Tell whether the loop still looks at what is asked of it."""

    def __init__(self, requests: Requests, clock: Clock) -> None:
        self._requests = requests
        self._clock = clock
        self._looks = -1  # of the loop, when the oldest press was made that it has not looked at
        self._since_us = 0

    def before_a_press(self) -> None:
        requests = self._requests
        if requests.looks != self._looks:  # everything before has been looked at
            self._looks = requests.looks
            self._since_us = self._clock.now_us()

    def lost(self) -> bool:
        pressed = len(self._requests.sources)
        return pressed >= PRESSES and self._clock.now_us() - self._since_us >= UNHEARD_US


def _end_process() -> NoReturn:
    """Say what is not known, and end without asking anything of anybody: even a clean end may hang."""
    with suppress(OSError):
        os.write(2, LAST_WORDS)
    os._exit(Outcome.FAULTED.exit_code)


@contextmanager
def interrupts_stop(requests: Requests) -> Iterator[None]:
    """Do ``stop_on_signals`` unless somebody has installed a handler already or this is not the main thread.

    Python's own handler raises KeyboardInterrupt wherever the program stands, also within a driver's verb.
    """
    ours = threading.current_thread() is threading.main_thread()
    if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with stop_on_signals(requests):
            yield
    else:
        yield
