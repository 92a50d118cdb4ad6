"""``traction bench``: check, calibrate, watch and jog a table; each part is imported when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click

from traction.cli.lazy_group import LazyGroup

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "check": "traction.cli.bench_check",
        "zero": "traction.cli.bench_zero",
        "span": "traction.cli.bench_span",
        "watch": "traction.cli.bench_watch",
        "jog": "traction.cli.bench_jog",
    }
)
"""Command -> the module that holds it as ``command``, in the order of the help."""


class BenchGroup(LazyGroup):
    """What is done at a bench, in the order of a day at it."""

    modules = COMMANDS


@click.group(
    "bench",
    cls=BenchGroup,
    short_help="Check, calibrate and watch a table.",
    epilog="Example: traction bench check --table sim: --operator Ada",
)
def command() -> None:
    """Check a table before people rely on it: acceptance checks, calibration, a look, and small steps.

    Nobody may lie on the table. What is found is kept for each serial number, in the folder that
    TRACTION_BENCH_DIR names or among your data; a real table without good checks is refused by traction run.
    """
