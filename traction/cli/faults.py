"""``traction faults``: what may be made to go wrong, and sessions in which it does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand, RichGroup

from traction.cli import faults_explore, faults_matrix, faults_run
from traction.cli.common import debug_option, emit, emit_json, style_of

if TYPE_CHECKING:
    from traction.sim.faults import Fault, Value


@click.group(
    "faults",
    cls=RichGroup,
    short_help="Make things go wrong, and see that the limits hold.",
    epilog="Example: traction faults run --seeds 0:1000",
)
@debug_option
def command() -> None:
    """Look up what may be made to go wrong, and run simulated sessions in which it does.

    A fault is asked for in the URL of a simulated table, as in sim:?fault=cell-a-stuck@12s, or by --fault
    of traction emulate.
    """


command.add_command(faults_explore.command)
command.add_command(faults_matrix.command)
command.add_command(faults_run.run)
command.add_command(faults_run.replay)


@command.command(
    "list",
    cls=RichCommand,
    short_help="Print every fault and the hazards it brings about.",
    epilog="Example: traction faults list --json",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array, one object for each fault.")
@debug_option
def list_(as_json: bool) -> None:
    """Print every fault: what it does, how much of it there may be, and which hazards it is a case of.

    Faults that begin with link- need a table on a line, as traction emulate has; those of the side host
    are for traction faults run. The hazards are those of docs/hazards.md.
    """
    from traction.hazards.load import load_hazards
    from traction.sim.faults import FAULTS

    hazards = load_hazards().hazards
    rows = [
        _row(fault, [one.name for one in hazards if fault.name in one.faults]) for fault in FAULTS.values()
    ]
    if as_json:
        emit_json(rows)
        return
    from traction.report.layout import facts

    emit(facts([(row["name"], _told(row)) for row in rows], style_of(sys.stdout)))


def _row(fault: Fault, hazards: list[str]) -> dict[str, Any]:
    return {
        "name": fault.name,
        "side": fault.side,
        "does": fault.does,
        "at_once": fault.at_once,
        "value": None if fault.value is None else _value(fault.value),
        "hazards": hazards,
    }


def _value(value: Value) -> dict[str, Any]:
    """Return the range in the unit that a fault is asked for with; ``usual`` null is left to the table."""
    from traction.units import UNITS

    scale = 100 if value.kind == "fraction" else 1
    usual = None if value.usual is None else value.usual * scale
    unit = "%" if value.kind == "fraction" else next(iter(UNITS[value.kind]))
    return {"unit": unit, "low": value.low * scale, "high": value.high * scale, "usual": usual}


def _told(row: Mapping[str, Any]) -> str:
    value, parts = row["value"], [row["does"]]
    if value is not None:
        usual = "the table's own" if value["usual"] is None else f"{value['usual']:g}"
        parts.append(f"{value['low']:g} to {value['high']:g} {value['unit']}, {usual} unless said")
    return f"{'; '.join(parts)} ({', '.join(row['hazards'])})"
