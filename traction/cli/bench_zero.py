"""``traction bench zero``: what the load cells read without any load."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace

import click
from rich_click import RichCommand

from traction.cli.bench_common import open_table, operator_option, signals_interrupt
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.options import table_option


@click.command(
    "zero",
    cls=RichCommand,
    short_help="Read the load cells without a load.",
    epilog="Example: traction bench zero --table sim: --operator Ada",
)
@table_option
@operator_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(table: str, operator: str, as_json: bool) -> int:
    """Read both load cells for two seconds without any load, and keep what they read as their zero.

    Refused under load, and while anything moves. The checks and their report use it; the controller's own
    readings are not altered.
    """
    from traction.bench import kept
    from traction.bench.calibration import Zero
    from traction.bench.cells import still_n
    from traction.clock import wall_label
    from traction.report.layout import table as lines_of

    with signals_interrupt():
        opened = open_table(table, virtual=True)
        known = kept.load(opened.identity.serial_number)
        with opened.connector.make().guard as guard:
            guard.open()
            a_n, b_n = still_n(guard, opened.clock, opened.table.facts, opened.limits.slack_n)
    zero = Zero(wall_label(), operator, a_n, b_n)
    old = known.zero
    path = kept.save(replace(known, zero=zero))
    if as_json:
        before = None if old is None else asdict(old)
        emit_json({"serial_number": known.serial_number, "before": before, "after": asdict(zero)})
    else:
        before_n = ("-", "-") if old is None else (f"{old.a_n:.2f} N", f"{old.b_n:.2f} N")
        rows = [("A", before_n[0], f"{a_n:.2f} N"), ("B", before_n[1], f"{b_n:.2f} N")]
        emit(lines_of(("cell", "zero before", "zero now"), rows, style_of(sys.stdout), right=(1, 2)))
    note_folded(f"kept in {path}; the controller's own readings are not altered")
    return 0
