"""The kinds of file an export is written as; each function writes one whole file and raises OSError."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from traction.report.export import Exported
    from traction.report.export_columns import Array

ROWS_AT_ONCE: Final = 8192
ABOUT_KEY: Final = "traction"


def write_csv(found: Exported, table: str, path: Path) -> None:
    """Write one table with a header line; a figure that is not there is an empty field."""
    columns = found.tables[table]
    rows = len(next(iter(columns.values())))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for start in range(0, rows, ROWS_AT_ONCE):
            page = [_texts(column[start : start + ROWS_AT_ONCE]) for column in columns.values()]
            writer.writerows(zip(*page, strict=True))


def _texts(values: Array) -> list[Any]:
    """Return the values as the writer takes them: a float in the fewest digits that read back the same."""
    if values.dtype.kind == "f":
        return ["" if value != value else repr(value) for value in values.tolist()]  # NaN alone differs
    found: list[Any] = values.tolist()
    return found


def write_dictionary(found: Exported, path: Path) -> None:
    """Write the dictionary of all columns, and what is to be known of the record."""
    _dump({"record": found.about, "dictionary": found.dictionary}, path)


def write_json(found: Exported, path: Path) -> None:
    """Write one object: ``record``, ``dictionary``, and each table as column -> list; NaN is null."""
    tables = {
        name: {column: _plain(values) for column, values in table.items()}
        for name, table in found.tables.items()
    }
    _dump({"record": found.about, "dictionary": found.dictionary, **tables}, path)


def _plain(values: Array) -> list[Any]:
    if values.dtype.kind == "f":
        return [value if math.isfinite(value) else None for value in values.tolist()]
    found: list[Any] = values.tolist()
    return found


def _dump(value: Any, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(value, file, allow_nan=False, indent=None if "samples" in value else 2)
        file.write("\n")


def write_parquet(found: Exported, table: str, path: Path) -> None:
    """Write one table; each column's dictionary is metadata of its field, all of it metadata of the file."""
    import pyarrow as pa  # an extra of the installation
    from pyarrow import parquet

    columns, known = found.tables[table], found.dictionary[table]
    fields, arrays = [], []
    for name, values in columns.items():
        kind = {"f": pa.float64(), "i": pa.int64()}.get(values.dtype.kind, pa.string())
        # NaN stays NaN: to Parquet a missing value is another thing, and a float column needs none
        arrays.append(pa.array(values.tolist() if kind == pa.string() else values, type=kind))
        said = {key: _text(value) for key, value in known[name].items() if value not in (None, "")}
        fields.append(pa.field(name, kind, metadata=said))
    whole = json.dumps({"record": found.about, "dictionary": known}, allow_nan=False)
    schema = pa.schema(fields, metadata={ABOUT_KEY: whole})
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def write_mat(found: Exported, path: Path) -> None:
    """Write a MATLAB 5 file: ``samples``, ``events``, ``spans``, ``dictionary`` and ``record`` as structs.

    Figures are columns of double, also whole numbers, texts are cell arrays; what is not known is empty.
    """
    from scipy.io import savemat

    tables = {
        name: {column: _column(values) for column, values in table.items()}
        for name, table in found.tables.items()
    }
    whole = {**tables, "dictionary": _struct(found.dictionary), "record": _struct(found.about)}
    savemat(str(path), whole, appendmat=False, do_compression=True, long_field_names=True)


def _column(values: Array) -> Array:
    if values.dtype.kind in "fi":
        return values.astype(np.float64).reshape(-1, 1)
    return values.reshape(-1, 1)


def _struct(value: Any) -> Any:
    """Return a value that MATLAB has: structs, texts, numbers, cell arrays; a name begins with a letter."""
    if isinstance(value, dict):
        return {_name(key): _struct(each) for key, each in value.items()}
    if isinstance(value, list):
        cells = np.empty((len(value), 1), dtype=object)
        cells[:, 0] = [_struct(each) for each in value]
        return cells
    if value is None:
        return np.empty((0, 0))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _name(key: str) -> str:
    letters = "".join(one if one.isascii() and (one.isalnum() or one == "_") else "_" for one in key)
    return (letters if letters[:1].isalpha() else f"n{letters}")[:63]
