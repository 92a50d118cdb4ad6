"""``traction bench watch``: what a table says of itself, live."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Final

import click
from rich_click import RichCommand

from traction.cli.bench_common import open_table, signals_interrupt
from traction.cli.common import debug_option, emit
from traction.cli.options import table_option
from traction.cli.quantity import DURATION
from traction.report.clean import clean

EVERY_US: Final = 500_000
LIVE_US: Final = 100_000


@click.command(
    "watch",
    cls=RichCommand,
    short_help="Show live what a table says.",
    epilog="Example: traction bench watch --table sim: --for 10s",
)
@table_option
@click.option("--for", "for_s", type=DURATION, metavar="10s", help="End after this time. [default: Ctrl-C]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@debug_option
def command(table: str, for_s: float | None, as_json: bool) -> int:
    """Show state, both load cells, travel, stops, age of the sample and round trip; nothing moves.

    One line that is rewritten on a terminal, two lines a second in a pipe. The round trip is measured once a
    second on a table with a line, by asking it to stop while it is at rest.
    """
    from traction.bench.watch import watch
    from traction.cli.common import style_of
    from traction.report.bench_watch import watch_line

    style = style_of(sys.stdout)
    live = sys.stdout.isatty() and not as_json
    for_us = None if for_s is None else round(for_s * 1e6)
    opened = open_table(table, virtual=False)
    connection = opened.connector.make()
    width = 0
    try:
        with signals_interrupt(), connection.guard as guard:
            guard.open()
            every_us = LIVE_US if live else EVERY_US
            for seen in watch(
                connection, opened.clock, opened.connector.timing, every_us=every_us, for_us=for_us
            ):
                if as_json:
                    emit([json.dumps(asdict(seen), allow_nan=False)])
                elif live:
                    line = clean(watch_line(seen, style))
                    sys.stdout.write("\r" + line.ljust(width))
                    sys.stdout.flush()
                    width = len(line)
                else:
                    emit([watch_line(seen, style)])
    except KeyboardInterrupt:
        return 0  # that is how a look ends
    finally:
        if width:
            sys.stdout.write("\n")
    return 0
