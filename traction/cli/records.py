"""Where the record of a run goes when nobody says so: the next free name, never an old one."""

from __future__ import annotations

import re
from pathlib import Path

from traction.errors import Problem, RecordError

FOLDER = Path("traction-records")


def record_path(wanted: Path | None, protocol: str, seed: int) -> Path:
    """Return ``wanted``, or the next free name in ./traction-records, which is made if need be. E603."""
    if wanted is not None:
        return wanted
    try:
        FOLDER.mkdir(exist_ok=True)
        taken = [path.name for path in FOLDER.iterdir()]
    except OSError as error:
        found = f"the system said: {error.strerror}"
        raise RecordError(Problem("E603", found, "a folder we may write to", file=str(FOLDER))) from error
    stem = f"{protocol}-seed{seed}-"
    pattern = re.compile(re.escape(stem) + r"(\d+)\.mcap")
    numbers = [int(match[1]) for name in taken if (match := pattern.fullmatch(name))]
    return FOLDER / f"{stem}{max(numbers, default=0) + 1:03d}.mcap"
