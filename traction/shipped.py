"""Where the shipped data files are: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path

from traction.errors import Problem, UsageError

_PACKAGE = Path(__file__).resolve().parent


def shipped_dir(name: str) -> Path:
    """Return the folder ``protocols`` or ``hardware`` as installed.

    Raises UsageError E190 when neither place has it (a broken installation).
    """
    for candidate in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise UsageError(Problem("E190", f"the shipped folder {name!r} is missing", f"it beside {_PACKAGE}"))


def shipped_files(folder: str, suffix: str = ".toml") -> dict[str, Path]:
    """Return name -> path of the files in ``folder`` (such as ``protocols/library``), sorted by name."""
    top, _, rest = folder.partition("/")
    directory = shipped_dir(top) / rest
    return {path.stem: path for path in sorted(directory.glob(f"*{suffix}"))}
