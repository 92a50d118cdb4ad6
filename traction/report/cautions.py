"""Words about forces that are within every limit and worth a word all the same; they refuse nothing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from traction import units
from traction.errors import Problem, ProtocolError
from traction.report.checks import figure
from traction.shipped import shipped_dir


@dataclass(frozen=True, slots=True)
class Caution:
    """What is said of a region's peak force above ``above_n``, and where that comes from."""

    region: str
    above_n: float
    text: str
    source: str


def load_cautions(path: Path | None = None) -> tuple[Caution, ...]:
    """Return the cautions of a file, or the shipped ones.

    Raises ProtocolError E305 for a file that is not TOML, lacks a part, or has a force that is none.
    """
    file = shipped_dir("protocols") / "cautions.toml" if path is None else path
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["caution"]
        return tuple(
            Caution(row["region"], units.parse(row["above"], "force"), row["text"], row["source"])
            for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise ProtocolError(Problem("E305", found, "region, above, text and source", str(file))) from error


def remarks(region: str, peak_n: float) -> tuple[str, ...]:
    """Return what is said of a peak force in N at a region of the body."""
    return tuple(
        f"{figure(peak_n)} N: {one.text} ({one.source})"
        for one in load_cautions()
        if one.region == region and peak_n > one.above_n + 1e-9
    )
