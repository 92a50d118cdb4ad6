"""The matrix of faults as some copy of the package finds it: table by table, and kept in files."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from tests.planting import ROOT, run_python
from traction.report.hazard_about import commit

Cells = list[dict[str, Any]]

TABLES = {
    "region": ("lumbar", "cervical"),
    "drive": ("back-drivable", "self-locking"),
    "transport": ("direct", "wire"),
}


@dataclass(frozen=True)
class Choice:
    """Which cells are asked for, how many processes run them, and where what they gave is kept."""

    options: dict[str, tuple[str, ...]]
    jobs: int = 1
    keep: Path | None = None

    def tables(self) -> Iterator[tuple[str, ...]]:
        """Yield every table as further options of the matrix."""
        for table in product(*(self.options.get(name) or every for name, every in TABLES.items())):
            yield tuple(word for name, one in zip(TABLES, table, strict=True) for word in (f"--{name}", one))

    def moments(self) -> tuple[str, ...]:
        names = ("phase", "onset")
        return tuple(
            word for name in names for one in self.options.get(name, ()) for word in (f"--{name}", one)
        )


def matrix(root: Path, faults: Iterable[str], choice: Choice) -> Cells:
    """Return all cells of these faults as the package at ``root`` finds them."""
    named = [word for name in sorted(faults) for word in ("--fault", name)]
    wanted = [(*choice.moments(), *table, *named) for table in choice.tables()]
    sources = digest(root) if choice.keep is not None else ""
    with ThreadPoolExecutor(choice.jobs) as pool:
        parts = list(pool.map(lambda words: one_table(root, words, choice.keep, sources), wanted))
    return [cell for part in parts for cell in part]


def one_table(root: Path, words: tuple[str, ...], keep: Path | None, sources: str) -> Cells:
    """Run the cells of one table, or take them from where they were kept."""
    name = hashlib.sha256(" ".join((sources, *words)).encode()).hexdigest()[:24]
    kept = None if keep is None else keep / f"{name}.json"
    if kept is not None and kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    done = run_python(root, "-m", "traction", "faults", "matrix", "--json", *words)
    if done.returncode not in (0, 5):
        raise RuntimeError(f"the matrix did not run:\n{done.stderr}")
    cells: Cells = json.loads(done.stdout)["found"]
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partly = kept.with_suffix(".part")
        partly.write_text(json.dumps(cells), encoding="utf-8")
        partly.replace(kept)
    return cells


def digest(root: Path) -> str:
    """Return a hash of all that a matrix of the package at ``root`` depends on."""
    sha = hashlib.sha256()
    for folder in ("traction", "hardware"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".toml"):
                sha.update(f"{path.relative_to(root)} ".encode() + path.read_bytes())
    return sha.hexdigest()


def whole_matrix(path: Path | None) -> Cells:
    """Return the cells in a file that ``traction faults matrix --json`` wrote; none of another commit.

    Nor any of a checkout with changes: nobody knows which.
    """
    if path is None or not path.exists():
        return []
    known = json.loads(path.read_text(encoding="utf-8"))
    if known["commit"] != commit(ROOT) or not known["commit"].isalnum():
        print(f"{path} is not of this commit: all layers together run again", file=sys.stderr)
        return []
    cells: Cells = known["found"]
    return cells
