"""``traction bench jog``: small steps of force, as long as somebody keeps pressing a key."""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli import EXIT_STOPPED
from traction.cli.bench_common import (
    AtTerminal,
    is_terminal,
    open_table,
    require_free_table,
    signals_interrupt,
)
from traction.cli.common import debug_option, note, note_folded
from traction.cli.keys import keys_from_terminal
from traction.cli.options import table_option
from traction.errors import Problem, RefusedError

if TYPE_CHECKING:
    from traction.drivers.base import Telemetry


@click.command(
    "jog",
    cls=RichCommand,
    short_help="Pull in small steps while a key is pressed.",
    epilog="Example: traction bench jog --table sim:",
)
@table_option
@debug_option
def command(table: str) -> int:
    """Pull in small steps: u up, d down, blank to stay, q to end; a second without a key lets go.

    At most 50 N lumbar and 20 N cervical, whatever the limits are. Only at a terminal, in real time. Ctrl-C
    releases.
    """
    from traction.bench.jog import STEP_MN, Jog
    from traction.bench.pull import LOW_CAP_MN, low_limits, pull, settle
    from traction.runner.plan import milli

    if not (is_terminal() and sys.stdout.isatty()):
        raise RefusedError(Problem("E554", "no terminal to press keys at", "one"))
    with signals_interrupt():
        opened = open_table(table, virtual=False)
        require_free_table(opened, AtTerminal({}))
        region = opened.identity.region
        cap_n, step_n = LOW_CAP_MN[region] / 1000, STEP_MN[region] / 1000
        note_folded(f"u up by {step_n:g} N to {cap_n:g} N, d down, blank to stay, q to end; keep pressing")
        jog = Jog(region, pressed, _show)
        with opened.connector.make().guard as guard, keys_from_terminal(True):
            guard.open()
            settle(guard, opened.clock, milli(opened.limits.slack_n))
            try:
                pulled = pull(guard, opened.clock, low_limits(opened.limits), jog.course)
            except KeyboardInterrupt:
                note("", "Ctrl-C: released")
                return EXIT_STOPPED
    trace = pulled.trace
    said = jog.why or (str(pulled.error.problems[0]) if pulled.error else "the table ended it by itself")
    force_n = float(trace.mean_mn[-1]) / 1000 if len(trace.t_us) else 0.0
    note("", f"released: {said}; {force_n:.1f} N now")
    return 0 if jog.why else EXIT_STOPPED


def pressed() -> str:
    """Return the keys pressed since the last call, never waiting for one; q where the terminal is gone."""
    found = ""
    descriptor = sys.stdin.fileno()
    while select.select([descriptor], [], [], 0)[0]:
        try:
            data = os.read(descriptor, 64)
        except OSError:
            data = b""
        if not data:
            return found + "q"
        found += data.decode("ascii", "ignore").lower()
    return found


def _show(t_us: int, wanted_mn: int, sample: Telemetry) -> None:
    if t_us // 100_000 != (t_us - 20_000) // 100_000:  # ten times a second
        line = f"wanted {wanted_mn / 1000:5.1f} N  A {sample.force_mn / 1000:6.1f} N  "
        line += f"B {sample.force_b_mn / 1000:6.1f} N  {sample.travel_um / 1000:6.1f} mm "
        sys.stderr.write("\r" + line)
        sys.stderr.flush()
