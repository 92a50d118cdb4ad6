"""How far a long computation is: a bar on a terminal, and a line now and then where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from traction.cli.common import note
from traction.clock import WallClock

DRAW_EVERY_US: Final = 100_000
TELL_EVERY_US: Final = 30_000_000
"""So that whoever waits for the log of a computation of minutes sees that it goes on."""


@contextmanager
def progress(of_what: str, every_us: int = TELL_EVERY_US) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told (done, of how many) and draws a bar on standard error.

    On a terminal nothing is left behind. Where there is none, a line is written each ``every_us``, and
    nothing at all by what takes less.
    """
    if not sys.stderr.isatty():
        yield _lines(of_what, every_us)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(of_what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # no thread that draws: sessions are forked, and a fork must not lose one
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, auto_refresh=False) as bar:
        task, clock, drawn_us = bar.add_task(of_what, total=None), WallClock(), [-DRAW_EVERY_US]

        def told(done: int, total: int) -> None:
            due = clock.now_us() - drawn_us[0] >= DRAW_EVERY_US
            if due:
                drawn_us[0] = clock.now_us()
            bar.update(task, completed=done, total=total, refresh=due)

        yield told


def _lines(of_what: str, every_us: int) -> Callable[[int, int], None]:
    clock, told_us = WallClock(), [0]

    def told(done: int, total: int) -> None:
        now_us = clock.now_us()
        if now_us - told_us[0] >= every_us and done < total:
            told_us[0] = now_us
            note(f"{of_what}: {done} of {total}")

    return told
