"""Files that a long command writes at its end; what cannot be written then is refused before the work."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from traction.cli.common import note_folded
from traction.errors import Problem, TractionError, UsageError


def require_folders(*folders: Path | None) -> None:
    """Raise UsageError E603 for the first of these folders that is not there; None stands for no wish."""
    for folder in folders:
        if folder is not None and not folder.is_dir():
            raise UsageError(Problem("E603", f"there is no folder {folder}", "one that exists", str(folder)))


def folder_of(file: Path | None) -> Path | None:
    """Return the folder that a file which was asked for goes into."""
    return None if file is None else file.parent


def write_new(file: Path, text: str) -> None:
    """Write a file that was not there, whole or not at all; UsageError E134 where that cannot be done."""
    made = False
    try:
        with file.open("x", encoding="utf-8") as opened:
            made = True
            opened.write(text)
    except OSError as error:
        if made:
            with suppress(OSError):  # the reason that counts is the first
                file.unlink()
        found = (error.strerror or type(error).__name__).lower()
        raise UsageError(Problem("E134", found, "a new file in a folder that exists", str(file))) from error


def write_file(path: Path, text: str) -> None:
    """Write a text over whatever is there, and say so on stderr. Raises TractionError E162."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        found = f"{path} could not be written: {error.strerror}"
        raise TractionError(Problem("E162", found, file=str(path))) from error
    note_folded(f"written: {path}")
