"""Arguments that name things, with completion by the shell: protocols, codes and regions."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

REGIONS = ("lumbar", "cervical")
LIBRARY = "protocols/library"


class ProtocolName(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A name in the library, or the path of a protocol file; left to the library to find."""

    name = "NAME_OR_PATH"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names of the library, and files."""
        del ctx, param
        from traction.shipped import shipped_files

        names = [CompletionItem(name) for name in shipped_files(LIBRARY) if name.startswith(incomplete)]
        if not names or "/" in incomplete or incomplete.startswith("."):
            names.append(CompletionItem(incomplete, type="file"))
        return names


class ErrorCode(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A code of the catalogue."""

    name = "CODE"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the codes with their titles."""
        del ctx, param
        from traction.errors import catalogue

        wanted = incomplete.upper()
        return [
            CompletionItem(entry.code, help=entry.title)
            for entry in catalogue().values()
            if entry.code.startswith(wanted)
        ]


PROTOCOL = ProtocolName()
CODE = ErrorCode()
REGION = click.Choice(REGIONS)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
"""A file to be written; what stands in the way is said when it is written."""
EXISTING_FILE = click.Path(path_type=Path)
"""A file to be read; whether it can be is said, with a code, by whoever reads it."""
