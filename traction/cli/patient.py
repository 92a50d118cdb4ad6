"""``traction patient``: a file about a patient, without a name: make, screen and check it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click

from traction.cli.lazy_group import LazyGroup

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new": "traction.cli.patient_new",
        "screen": "traction.cli.patient_screen",
        "check": "traction.cli.patient_check",
    }
)
"""Command -> the module that holds it as ``command``, in the order in which they are used."""


class PatientGroup(LazyGroup):
    """What is done with a patient's file."""

    modules = COMMANDS


@click.group(
    "patient",
    cls=PatientGroup,
    short_help="Make, screen and check a patient's file.",
    epilog="Example: traction patient check p-0147.toml",
)
def command() -> None:
    """Keep what a session has to know of a patient: mass, limits that tighten, and screening answers.

    There is no name in such a file, only an id that the site can trace.
    """
