"""Ctrl-C, SIGTERM and SIGHUP as steps of the stop ladder: the handlers set a flag and nothing else."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from traction.runner.requests import Requests

STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def stop_on_signals(
    requests: Requests, understood: Callable[[int, str], None] | None = None
) -> Iterator[None]:
    """Turn each stop signal into ``requests.stop``, and put the old handlers back on exit.

    ``understood(level, signal_name)`` is called with the step of the ladder reached (1 or 2), so that the
    shell can say what happens now; what it raises is dropped, because nothing may stand between a person
    and a stop. Only the main thread may call this.
    """

    def press(number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        level = requests.stop(name)
        if understood is not None:
            with suppress(Exception):  # a broken screen must not undo the stop that was just set
                understood(level, name)

    before = {number: signal.signal(number, press) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None: installed by something other than Python; the default is the nearest there is
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


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
