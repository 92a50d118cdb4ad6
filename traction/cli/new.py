"""``traction new``: a protocol to start from, from nothing or from a shipped one; never over another file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, note_folded
from traction.cli.kinds import ONE_MODE
from traction.cli.names import PROTOCOL, REGION
from traction.cli.outputs import write_new
from traction.errors import Problem, ProtocolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from traction.protocol.places import Path as FieldPath


@click.command(
    "new",
    cls=RichCommand,
    short_help="Start a protocol of your own.",
    epilog='Example: traction new mine.toml --from dose-one-half --set "for=15 min"',
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option("--from", "origin", type=PROTOCOL, metavar="NAME", help="A protocol or template to start from.")
@click.option("--region", type=REGION, help="Body region; lumbar where nothing is said.")
@click.option("--mode", type=ONE_MODE, help="Type of its phase; intermittent where nothing is said.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help='Give a value: a key (high="300 N"), or its place (phase[2].hold="30 s"). Repeatable.',
)
@debug_option
def command(
    file: Path, origin: str | None, region: str | None, mode: str | None, settings: tuple[str, ...]
) -> int:
    """Write a commented protocol to FILE, which `traction check` accepts as it stands.

    With --from it is a copy, and what a template asks for is filled in by --set. A file that is there already
    is never overwritten.
    """
    from traction.protocol.edit_file import without_schema_line

    name = _name_of(file)
    if origin is None:
        from traction.protocol.scaffold import scaffold

        text = scaffold(name, region or "lumbar", mode or "intermittent")
    else:
        text = _renamed(without_schema_line(_origin(origin, region, mode)), name)
    text = _with_settings(text, settings, origin)
    left = _judge(text, file)
    write_new(file, text)
    note_folded(f"written: {file}")
    for problem in left:
        note_folded(f"line {problem.line}: {problem.field} is {problem.found}")
    check = f"traction check {file}"
    note_folded(f"fill in {len(left)} more, then: {check}" if left else f"next: {check}")
    return 0


def _name_of(file: Path) -> str:
    words = re.findall(r"[a-z0-9]+", file.stem.lower())
    if file.suffix != ".toml" or not words:
        raise UsageError(Problem("E134", f"the name {file.name!a}", "a name that ends in .toml", str(file)))
    if file.exists() or file.is_symlink():
        raise UsageError(Problem("E134", "something is already there", "a new name", str(file)))
    return "-".join(words)[:60].rstrip("-")


def _origin(origin: str, region: str | None, mode: str | None) -> str:
    """Return the text of a protocol or template. Raises what reading it raises, and UsageError E100."""
    from traction.protocol import library
    from traction.protocol.template import read_template

    template = read_template(library.find(origin))
    known = {"region": template.data["region"], "mode": template.mode}
    for key, wanted in (("region", region), ("mode", mode)):
        if wanted is not None and wanted != known[key]:
            raise UsageError(Problem("E100", f"--{key} {wanted} and --from {origin}", known[key]))
    return template.text


def _renamed(text: str, name: str) -> str:
    from traction.protocol.edit_file import literal, replaced

    return replaced(text, {("name",): literal(("name",), name)})


def _with_settings(text: str, settings: Sequence[str], origin: str | None) -> str:
    """Return the text with every setting made; a copy says which values are no longer its source's."""
    from traction.protocol.edit_file import first_in_list, literal, place_of, replaced

    asked = _asked(text)
    values: dict[FieldPath, str] = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        if not sign or not key.strip():
            raise UsageError(Problem("E100", f"--set {setting}", 'KEY=VALUE, such as "high=300 N"'))
        path = place_of(key.strip(), text, asked)
        values[path] = literal(path, value.strip())
    text = replaced(text, values)
    chosen = [path for path in values if path[0] not in ("name", "title", "source")]
    if origin is None or not chosen:
        return text
    text = replaced(text, {("source", "confirmed"): "false"})
    from traction.protocol.protocol import field_path

    shown = ", ".join(f"{field_path(path)} = {values[path].strip(chr(34))}" for path in chosen)
    return first_in_list(
        text, ("source", "assumed"), f"Chosen for this copy of {Path(origin).stem}: {shown}."
    )


def _asked(text: str) -> list[FieldPath]:
    import tomllib

    from traction.protocol.template_blanks import blanks

    return [path for path, _ in blanks(tomllib.loads(text))]


def _judge(text: str, file: Path) -> list[Problem]:
    """Return what the text still asks for. Raises ProtocolError with everything else that is wrong."""
    from traction.protocol.load import parse_protocol
    from traction.protocol.template_blanks import CODE

    try:
        parse_protocol(text, file=str(file))
    except ProtocolError as error:
        wrong = [problem for problem in error.problems if problem.code != CODE]
        if wrong:
            raise ProtocolError(*wrong) from error
        return list(error.problems)
    return []
