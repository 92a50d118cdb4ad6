"""A group of commands that are imported when one is called or the help is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

import click
from rich_click import RichGroup


class LazyGroup(RichGroup):
    """A group that imports a command's module only when that command is needed."""

    modules: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Command -> the module that holds it as ``command``, in the order of the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order a newcomer meets them."""
        del ctx
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None when there is no such command."""
        del ctx
        module = self.modules.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(module).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command the first argument names; the error for an unknown one suggests the nearest."""
        if args and not args[0].startswith("-") and args[0] not in self.modules:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=self.modules, ctx=ctx)
        return super().resolve_command(ctx, args)
