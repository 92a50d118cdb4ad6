"""What a folder of evidence says of itself: where it was made, with which packages, and every file's hash."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from traction.report.hazard_figures import About
from traction.report.hazard_row import about_row

MANIFEST = "manifest.sha256"


def installed() -> Iterator[tuple[str, str, str]]:
    """Yield (name, version, SHA-256 of what its installer wrote down of its files), by name."""
    for one in sorted(metadata.distributions(), key=lambda one: one.metadata["Name"].lower()):
        record = one.read_text("RECORD") or ""
        digest = hashlib.sha256(record.encode()).hexdigest() if record else ""
        yield one.metadata["Name"], one.version, digest


def write_about(folder: Path, made: About) -> None:
    """Write about.json (commit, interpreter, system) and packages.csv to ``folder``."""
    (folder / "about.json").write_text(json.dumps(about_row(made), indent=1) + "\n", encoding="utf-8")
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("package", "version", "sha256 of its RECORD"))
    writer.writerows(installed())
    (folder / "packages.csv").write_text(file.getvalue(), encoding="utf-8")


def write_manifest(folder: Path) -> int:
    """Write the hash of every file under ``folder`` as sha256sum reads it; return of how many."""
    files = sorted(one for one in folder.rglob("*") if one.is_file() and one.name != MANIFEST)
    lines = [f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.relative_to(folder)}\n" for one in files]
    (folder / MANIFEST).write_text("".join(lines), encoding="utf-8")
    return len(files)
