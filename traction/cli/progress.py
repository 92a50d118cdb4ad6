"""How far a long computation is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(of_what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
