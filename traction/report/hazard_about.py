"""Where a report was made: interpreter, system, packages, and the commit where there is a checkout."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Final

import traction
from traction.clock import wall_label
from traction.report.hazard_figures import About

PACKAGES: Final = ("numpy", "numba", "scipy", "mcap", "pyserial")
"""Those that have a part in a simulated session."""


def about(command: str) -> About:
    """Return where and by what a report is made now; ``command`` is what a reader types to repeat it."""
    return About(
        command=command,
        made=wall_label(),
        version=traction.__version__,
        commit=commit(Path(traction.__file__).resolve().parent.parent),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        packages=tuple((name, _version(name)) for name in PACKAGES),
    )


def commit(folder: Path) -> str:
    """Return the commit of a checkout, and whether files differ from it; an empty text where it is none."""
    if not (folder / ".git").exists():
        return ""
    found = _git(folder, "rev-parse", "HEAD").strip()
    if not found:
        return ""
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", "traction", "hardware")
    return f"{found}, with changes that are not in it" if changed.strip() else found


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
