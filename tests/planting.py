"""A copy of the package in a temporary folder in which source texts are replaced: the product has no switch.

Whoever proves that a check is needed takes it away here. A text that is not there exactly once is an error,
so that what is planted follows the code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import cache_from_source
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[1]


class NoSuchText(Exception):
    """A text to be replaced is not in its file exactly once."""


class Change(Protocol):
    """One text of one file, and what stands there instead."""

    @property
    def file(self) -> str: ...
    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...


def apply(root: Path, wanted: Iterable[Change]) -> None:
    """Replace each text in the copy at ``root``; raises NoSuchText with all that could not be."""
    missing = []
    for one in wanted:
        path = root / one.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if text.count(one.old) != 1:
            missing.append(f"{one.file} has {text.count(one.old)} times, not once: {one.old!r}")
        else:
            path.write_text(text.replace(one.old, one.new), encoding="utf-8")
            Path(cache_from_source(path)).unlink(missing_ok=True)  # of the text before
    if missing:
        raise NoSuchText("\n".join(missing))


def copied(folder: Path, wanted: Iterable[Change], source: Path = ROOT) -> Path:
    """Copy the package to ``folder`` with these texts replaced; return the folder to import from."""
    root = folder / "copy"
    # with its compiled code, which goes by time and size of the files: only what changes is made anew; what
    # another process is just writing has a name of its own that ends in a number
    shutil.copytree(source / "traction", root / "traction", ignore=shutil.ignore_patterns("*.pyc.*"))
    for name in ("hardware", "protocols"):
        (root / name).symlink_to(ROOT / name, target_is_directory=True)
    apply(root, wanted)
    return root


def run_python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with the copy at ``root`` in the place of the package."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-P", *words], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
