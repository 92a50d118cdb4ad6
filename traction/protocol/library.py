"""The shipped protocols, and how a name on a command line becomes a file."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

from traction.errors import Problem, UsageError
from traction.protocol.file_text import ascii_path, is_file
from traction.shipped import shipped_files

_EXPECTED: Final = "a name that `traction list` shows, or the path of a file"


def names() -> dict[str, Path]:
    """Return name -> file of every shipped protocol, sorted by name."""
    return shipped_files("protocols/library")


def templates() -> dict[str, Path]:
    """Return name -> file of every shipped template, sorted; each asks for what its source leaves out."""
    return shipped_files("protocols/templates")


def find(name_or_path: str | Path) -> Path:
    """Return the file of a library name, or of a path (anything with a separator, a suffix, or that exists).

    Templates have names too; what one asks for is said when it is read. A name wins over a file of that name
    without a suffix. Raises UsageError E130 with near names.
    """
    text = str(name_or_path)
    shipped = templates() | names()
    if name_or_path == "":
        raise UsageError(Problem("E130", "an empty name", _EXPECTED))
    if isinstance(name_or_path, str) and text in shipped:
        return shipped[text]
    path = Path(text)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or path.suffix or _exists(path):
        return path
    beside = Path(f"{text}.toml")
    near = [ascii_path(beside)] if is_file(beside) else []
    near += difflib.get_close_matches(text[:60], shipped, n=3)
    hint = f" (did you mean {', '.join(near)}?)" if near else ""
    raise UsageError(Problem("E130", f"no protocol {ascii_path(path)!r}{hint}", _EXPECTED))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
