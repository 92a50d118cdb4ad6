"""``traction wire describe``: the messages of the wire, from the table that both ends obey."""

from __future__ import annotations

from typing import Any

import click
from rich_click import RichCommand, RichGroup

from traction.cli.common import debug_option, emit, emit_json
from traction.errors import Problem, UsageError


@click.group(
    "wire",
    cls=RichGroup,
    short_help="Describe the wire between host and controller.",
    epilog="Example: traction wire describe",
)
@debug_option
def command() -> None:
    """Describe the wire between this program and a controller."""


@command.command(
    "describe",
    cls=RichCommand,
    short_help="Print the message table.",
    epilog="Example: traction wire describe --markdown",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--markdown", is_flag=True, help="Print Markdown tables.")
@debug_option
def describe(as_json: bool, markdown: bool) -> None:
    """Print every message with its fields, units and ranges, and the numbers both ends share."""
    from traction.report import wire_table

    if as_json and markdown:
        raise UsageError(Problem("E100", "both --json and --markdown were given", "one of them"))
    described: dict[str, Any] = wire_table.description()
    if as_json:
        emit_json(described)
    else:
        emit(wire_table.markdown(described) if markdown else wire_table.text(described))
