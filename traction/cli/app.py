"""The command group: its commands are imported when one is called or the help is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click

from traction import __version__
from traction.cli.common import remember_debug
from traction.cli.lazy_group import LazyGroup

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list": "traction.cli.list",
        "show": "traction.cli.show",
        "check": "traction.cli.check",
        "new": "traction.cli.new",
        "diff": "traction.cli.diff",
        "convert": "traction.cli.convert",
        "run": "traction.cli.run",
        "preflight": "traction.cli.preflight",
        "patient": "traction.cli.patient",
        "course": "traction.cli.course",
        "follow": "traction.cli.follow",
        "report": "traction.cli.report",
        "check-run": "traction.cli.check_run",
        "export": "traction.cli.export",
        "replay": "traction.cli.replay",
        "simulate": "traction.cli.simulate",
        "validate": "traction.cli.validate",
        "bench": "traction.cli.bench",
        "emulate": "traction.cli.emulate",
        "faults": "traction.cli.faults",
        "ports": "traction.cli.ports",
        "wire": "traction.cli.wire",
        "firmware": "traction.cli.firmware",
        "seal": "traction.cli.seal",
        "explain": "traction.cli.explain",
    }
)
"""Command -> the module that holds it as ``command``, in the order of the help."""


class Shell(LazyGroup):
    """All commands of the shell."""

    modules = COMMANDS


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
    cls=Shell,
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
