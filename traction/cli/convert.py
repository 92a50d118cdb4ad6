"""``traction convert``: what another table would round of a protocol, and what it cannot do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem
from rich_click import RichCommand

from traction.cli import EXIT_REFUSED
from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.cli.errors import print_problems
from traction.cli.names import PROTOCOL
from traction.cli.options import mass_option, session_option
from traction.cli.outputs import write_new
from traction.errors import Problem, RefusedError, TractionError, UsageError

if TYPE_CHECKING:
    from traction.protocol.convert_sheet import Found
    from traction.protocol.protocol import Protocol


class _Kind(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """The name of a kind of table, or a file."""

    name = "TABLE"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the shipped kinds of table, and files."""
        del ctx, param
        from traction.shipped import shipped_files

        names = [
            name for name in shipped_files("hardware/tables/capabilities") if name.startswith(incomplete)
        ]
        return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


@click.command(
    "convert",
    cls=RichCommand,
    short_help="Say what another table would make of a protocol.",
    epilog="Example: traction convert uconn-30-10 --to generic-10n --mass 80kg -o rounded.toml",
)
@click.argument("name", type=PROTOCOL, metavar="NAME_OR_PATH")
@click.option(
    "--to",
    "kind",
    type=_Kind(),
    required=True,
    metavar="TABLE",
    help="A kind of table, or a file like those.",
)
@mass_option
@session_option
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write the rounded protocol."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(
    name: str, kind: str, mass_kg: float | None, session: int, output: Path | None, as_json: bool
) -> int:
    """Say what a table with other steps would round of a protocol, line by line, and what it cannot do.

    Forces are rounded downwards, so that nothing pulls harder than what was written. Ends with 3 where
    something cannot be done; nothing is written then.
    """
    from traction.protocol.capability import load_capability
    from traction.protocol.compile import compile_protocol
    from traction.protocol.convert import convert, rounded_text
    from traction.protocol.load import load_protocol
    from traction.report.convert_text import convert_lines, convert_row

    if output is not None and output.suffix != ".toml":
        found_name, expected = f"a file called {output.name}", "a name that ends in .toml"
        raise UsageError(Problem("E134", found_name, expected, str(output), field="--output"))
    protocol, table = load_protocol(name), load_capability(kind)
    profile = compile_protocol(protocol, mass_kg=mass_kg, session=session)
    found = convert(protocol, profile, table, mass_kg=mass_kg, session=session)
    text = rounded_text(protocol, found)
    problems = () if found.cannot else _wrong_after(text, protocol, mass_kg, session)
    ok = not found.cannot and not problems
    if ok and output is not None:
        write_new(output, text)
    if as_json:
        emit_json(convert_row(found, table, problems, output if ok else None))
    else:
        emit(convert_lines(found, table, style_of(sys.stdout)))
    if ok:
        if output is not None:
            note_folded(f"written: {output}")
        return 0
    print_problems(problems or [_refusal(found, protocol, table.name)])
    return EXIT_REFUSED


def _wrong_after(text: str, protocol: Protocol, mass_kg: float | None, session: int) -> tuple[Problem, ...]:
    """Return what is wrong with the rounded protocol, which has to check clean on its own."""
    from traction.proof import verify
    from traction.protocol.load import parse_protocol

    try:
        rounded = parse_protocol(text, file=f"{protocol.path} (rounded)")
        return verify(rounded, mass_kg=mass_kg, session=session).verification.problems
    except TractionError as error:
        return error.problems


def _refusal(found: Found, protocol: Protocol, table: str) -> Problem:
    many = len(found.cannot)
    said = f"{table} cannot do {many} thing{'s' if many > 1 else ''} of {protocol.name}"
    return RefusedError(Problem("E137", said, file=protocol.path, line=found.cannot[0].line)).problems[0]
