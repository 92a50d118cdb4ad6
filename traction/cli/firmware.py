"""``traction firmware copy``: lay out in a folder what goes on a controller board."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import click
from rich_click import RichCommand, RichGroup

from traction.cli.common import debug_option, emit, emit_json, note
from traction.errors import Problem, UsageError

CORE: Final = ("wire", "controller")
"""The packages of ours that a board runs as they are."""


@click.group(
    "firmware",
    cls=RichGroup,
    short_help="Lay out the firmware of a controller board.",
    epilog="Example: traction firmware copy board",
)
@debug_option
def command() -> None:
    """Lay out the firmware of a controller board."""


@command.command(
    "copy",
    cls=RichCommand,
    short_help="Copy what goes on a board into a folder.",
    epilog="Example: traction firmware copy board",
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--replace", is_flag=True, help="Write into a folder that is not empty; others stay.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: folder, files.")
@debug_option
def copy(folder: Path, replace: bool, as_json: bool) -> None:
    """Copy into DIR all that a board with MicroPython needs, and nothing else.

    DIR is made where it is missing. hardware/README.md says how the files get on the board.
    """
    files = board_files()
    _check(folder, replace)
    for name, data in files.items():
        _write(folder / name, data)
    if as_json:
        rows = [
            {"name": name, "bytes": len(data), "sha256": sha256(data).hexdigest()}
            for name, data in files.items()
        ]
        emit_json({"folder": str(folder), "files": rows})
    else:
        emit(files)
        note(f"{len(files)} files in {folder}; next: edit {folder / 'settings.py'} for your table")


def board_files() -> dict[str, bytes]:
    """Return name on the board -> content; ends of lines are those of the checkout of a Unix system."""
    import traction
    from traction.shipped import shipped_dir

    package = Path(traction.__file__).parent
    found = sorted((shipped_dir("hardware") / "firmware" / "micropython").glob("*.py"))
    named = {path.name: path for path in found}
    for part in CORE:
        named |= {f"traction/{part}/{path.name}": path for path in sorted((package / part).glob("*.py"))}
    if "main.py" not in named:
        raise UsageError(Problem("E190", "the firmware is missing among the shipped files"))
    return {name: path.read_bytes().replace(b"\r\n", b"\n") for name, path in named.items()}


def _check(folder: Path, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(Problem("E166", f"{folder} is not a folder", "the name of a folder"))
    try:
        empty = not folder.exists() or not any(folder.iterdir())
    except OSError as error:
        raise UsageError(Problem("E166", f"{folder} cannot be read: {error.strerror}")) from error
    if not empty and not replace:
        raise UsageError(Problem("E165", f"{folder} is not empty", "an empty folder, or --replace"))


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(Problem("E166", f"{path} could not be written: {error.strerror}")) from error
