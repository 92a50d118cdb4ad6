"""A simulation as a table in a file: CSV, or Parquet where pyarrow is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from traction.errors import Problem, RecordError, UsageError

if TYPE_CHECKING:
    from traction.report.simulate_result import Simulated

SUFFIXES = (".csv", ".parquet")
DECIMALS = 6


def check_table(path: Path) -> None:
    """Raise UsageError before anything is computed: E161 for another kind of file, E189 without pyarrow."""
    if path.suffix.lower() not in SUFFIXES:
        expected = f"one ending in {', '.join(SUFFIXES)}"
        raise UsageError(Problem("E161", f"the table name {path.name!r}", expected, field="--out"))
    if path.suffix.lower() == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        found = "a Parquet file without pyarrow"
        raise UsageError(Problem("E189", found, "pyarrow installed, or a .csv file", field="--out"))


def write_table(found: Simulated, path: Path) -> None:
    """Write every column to ``path``, one row for each instant; beside it first, so that no half is left.

    Raises UsageError as ``check_table`` does, and RecordError E651 when it cannot be written.
    """
    check_table(path)
    partial = path.with_name(f".{path.name}.part")
    try:
        (_write_csv if path.suffix.lower() == ".csv" else _write_parquet)(found, partial)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise RecordError(
            Problem("E651", f"the table could not be written: {reason}", file=str(path))
        ) from error


def _write_csv(found: Simulated, path: Path) -> None:
    columns = found.columns()
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(columns) + "\n")
        for row in zip(*(column.tolist() for column in columns.values()), strict=True):
            file.write(",".join(map(_text, row)) + "\n")


def _text(value: float) -> str:
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _write_parquet(found: Simulated, path: Path) -> None:
    import pyarrow as pa  # an extra of the installation
    from pyarrow import parquet

    parquet.write_table(pa.table(found.columns()), path)
