"""How far a long computation is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from traction.clock import WallClock

DRAW_EVERY_US: Final = 100_000


@contextmanager
def progress(of_what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function that is told (done, of how many) and draws a bar on standard error.

    Where that is no terminal, None: nothing is shown, and on a terminal nothing is left behind.
    """
    if not sys.stderr.isatty():
        yield None
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
