"""Reads what hands do at the emulated table from standard input, without keeping the table waiting."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final

from traction.cli.common import note_folded

if TYPE_CHECKING:
    from traction.sim.emulator import EmulatedTable

LONGEST: Final = 200


def hands() -> Callable[[EmulatedTable], None]:
    """Return what does at a table, when asked, all that has been written on standard input until then."""
    from traction.sim.hands import HELP, obey

    lines: SimpleQueue[str] = SimpleQueue()
    # A thread and not a select: on some systems only sockets can be waited for. It touches nothing but lines.
    Thread(target=_read, args=(sys.stdin.fileno(), lines.put), daemon=True).start()
    note_folded("hands at the table, a line each: " + "; ".join(HELP))

    def look(table: EmulatedTable) -> None:
        try:
            while True:
                told = obey(table, lines.get_nowait())
                if told:
                    note_folded(told)
        except Empty:
            return

    return look


def _read(descriptor: int, put: Callable[[str], None]) -> None:
    left = b""
    while True:
        try:
            data = os.read(descriptor, LONGEST)
        except OSError:
            return
        if not data:
            return
        *whole, left = (left + data).split(b"\n")
        for line in whole:
            put(line.decode("utf-8", "replace"))
        left = left[-LONGEST:]
