"""The command group: its commands are imported when one is called or the help is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click
from rich_click import RichGroup

from traction import __version__
from traction.cli.common import remember_debug

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list": "traction.cli.list",
        "show": "traction.cli.show",
        "check": "traction.cli.check",
        "run": "traction.cli.run",
        "report": "traction.cli.report",
        "simulate": "traction.cli.simulate",
        "validate": "traction.cli.validate",
        "bench": "traction.cli.bench",
        "emulate": "traction.cli.emulate",
        "ports": "traction.cli.ports",
        "wire": "traction.cli.wire",
        "firmware": "traction.cli.firmware",
        "explain": "traction.cli.explain",
    }
)
"""Command -> the module that holds it as ``command``, in the order of the help."""


class LazyGroup(RichGroup):
    """A group that imports a command's module only when that command is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order a newcomer meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None when there is no such command."""
        del ctx
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(module).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command the first argument names; the error for an unknown one suggests the nearest."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)


HELP: Final[Mapping[str, object]] = MappingProxyType(
    {
        "text_paragraph_linebreaks": "\n\n",
        "padding_helptext_first_line": (0, 0, 1, 0),
        "options_table_column_types": ["opt_all_metavar", "help"],
        "max_width": 100,
    }
)
"""How the help is laid out: an option and its value in one column, so that it fits 40 columns."""


@click.group(
    "traction",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "rich_help_config": HELP},
    epilog="Example: traction run lumbar-disc-30min --mass 80kg",
)
@click.version_option(__version__, prog_name="traction", message="%(prog)s %(version)s")
@click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=remember_debug,
    help="Show the traceback of an unexpected error.",
)
def app() -> None:
    """Run spinal-traction protocols on a simulated table, under proved limits.

    No real table has been driven with it yet; the wire to one has been tried on emulated controllers only.

    Bench engineering software: no conformity is claimed, and nothing it prints says that a treatment works.
    """
