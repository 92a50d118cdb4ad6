"""Options that several commands share, each said once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from traction.cli.names import NEW_PICTURE, REGION, TABLE
from traction.cli.quantity import MASS

_Function = TypeVar("_Function", bound=Callable[..., Any])


def mass_option(function: _Function) -> _Function:
    """Add ``--mass``."""
    text = "Body mass of the patient, with its unit; needed where a force is a share of the body weight."
    return click.option("--mass", "mass_kg", type=MASS, metavar="80kg", help=text)(function)


def table_option(function: _Function) -> _Function:
    """Add ``--table``."""
    text = "The table: a URL such as sim:?drive=self-locking, or the name of a file in hardware/tables."
    return click.option("--table", type=TABLE, default="sim:", show_default=True, metavar="URL", help=text)(
        function
    )


def seed_option(function: _Function) -> _Function:
    """Add ``--seed``."""
    text = "Seed of variation and of simulated noise; equal seeds give equal runs."
    return click.option("--seed", type=int, default=0, show_default=True, metavar="N", help=text)(function)


def session_option(function: _Function) -> _Function:
    """Add ``--session``."""
    text = "Number of the session in its course, from 1; a force may depend on it."
    return click.option("--session", type=int, default=1, show_default=True, metavar="N", help=text)(function)


def region_option(function: _Function) -> _Function:
    """Add ``--region``."""
    text = "Body region whose limits hold; it must be the protocol's own."
    return click.option("--region", type=REGION, help=text)(function)


def picture_option(*names: str) -> Callable[[_Function], _Function]:
    """Return what adds ``--plot``, also under other ``names``, as ``plot``."""
    text = "Also draw it (.png, .svg or .pdf)."
    return click.option(*names, "plot", type=NEW_PICTURE, metavar="FILE.png", help=text)
