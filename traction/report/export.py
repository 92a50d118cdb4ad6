"""A record as tables for other tools: samples, events and spans, with a dictionary of every column.

CSV and Parquet are one file for each table (``run.csv``, ``run.events.csv``, ``run.spans.csv``), JSON and
MATLAB files hold all of them. The dictionary stands in JSON, Parquet (metadata) and MATLAB files, and beside
a CSV in ``run.dictionary.json``, so that every reader opens the CSV without an option.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from traction.errors import Problem, RecordError, UsageError
from traction.report.delivered import delivered
from traction.report.export_columns import (
    EVENT_COLUMNS,
    SPAN_COLUMNS,
    Column,
    arrays_of,
    columns_of,
    dictionary_row,
)
from traction.report.recorded import header_of, of_record
from traction.report.session_picture import same_file
from traction.report.summary import summary_row, with_record

if TYPE_CHECKING:
    from traction.report.export_columns import Array
    from traction.runner.reader import Record

SUFFIXES: Final = (".csv", ".parquet", ".json", ".mat")
FORMAT: Final = 1
"""Version of what is exported; a change of a column's meaning raises it."""

OF_THE_SESSION: Final = ("session_number", "patient", "tolerance", "started_at")
"""What a record may say of its session beside the summary; null where it does not."""

Table = Mapping[str, "Array"]


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """What an export holds: three tables by name, a dictionary of their columns, and about the record."""

    tables: Mapping[str, Table]
    dictionary: dict[str, Any]
    about: dict[str, Any]


def exported(record: Record) -> Exported:
    """Return the tables of ``record``. Raises RecordError E610 for what no session writes."""
    samples = arrays_of(record)
    events = {
        "time_s": np.array([event.t_us for event in record.events], dtype=np.float64) / 1e6,
        **{
            name: np.array([getattr(event, name) for event in record.events], dtype=object)
            for name in ("name", "code", "text")
        },
    }
    tables: dict[str, Table] = {"samples": samples, "events": events, "spans": _spans(record)}
    columns = {"samples": columns_of(record), "events": EVENT_COLUMNS, "spans": SPAN_COLUMNS}
    return Exported(tables, _dictionary(columns, tables), _about(record))


def _spans(record: Record) -> Table:
    spans = delivered(record).spans
    floats = {
        name: np.array([getattr(one, name) for one in spans], dtype=np.float64)
        for name in ("start_s", "end_s", "start_n", "end_n")
    }
    return {
        "span_index": np.arange(len(spans), dtype=np.int64),
        **floats,
        "kind": np.array([one.kind for one in spans], dtype=object),
        "phase": np.array([one.phase for one in spans], dtype=object),
        "cycle": np.array([one.cycle for one in spans], dtype=np.int64),
    }


def _dictionary(columns: Mapping[str, tuple[Column, ...]], tables: Mapping[str, Table]) -> dict[str, Any]:
    found = {}
    for name, known in columns.items():
        rows = [dictionary_row(column, tables[name]) for column in known]
        found[name] = {row.pop("name"): row for row in rows}
    return found


def _about(record: Record) -> dict[str, Any]:
    header = header_of(record)
    protocol, profile = header.part("protocol"), header.part("profile")
    outcome = record.outcome or {}
    return {
        "format": FORMAT,
        **summary_row(with_record(of_record(record), record)),
        "complete": record.complete,
        **{name: record.header.get(name) for name in OF_THE_SESSION},
        "tick_us": header.whole("tick_us"),
        "rest_n": profile.number("rest_n"),
        "profile_digest": profile.text("digest"),
        "protocol_text": protocol.text("text"),
        "record_sha256": outcome.get("sha256") if isinstance(outcome.get("sha256"), str) else None,
        "versions": _versions(record),
    }


def _versions(record: Record) -> dict[str, str]:
    known = record.header.get("versions")
    return {str(name): str(one) for name, one in known.items()} if isinstance(known, dict) else {}


def check_export(path: Path) -> None:
    """Raise UsageError before anything is read: E161 for another kind of file, E189 without pyarrow."""
    if path.suffix.lower() not in SUFFIXES:
        expected = f"one ending in {', '.join(SUFFIXES)}"
        raise UsageError(Problem("E161", f"the export name {path.name!r}", expected, field="--out"))
    if path.suffix.lower() == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        found = "a Parquet file without pyarrow"
        raise UsageError(Problem("E189", found, "pyarrow installed, or another kind of file", field="--out"))


def write_export(record: Record, path: Path) -> tuple[Path, ...]:
    """Write ``record`` to ``path`` and the files beside it; return them all, the one that was named first.

    Every file is written beside its place first and moved there when all are whole; the one that was named
    comes last, so that where it is new the others are too. Raises UsageError as ``check_export``, RecordError
    E610, and E652 when it cannot be written, or the record itself or a file nobody named is there.
    """
    check_export(path)
    found = exported(record)
    files = _files(found, path)
    if record.path is not None and any(same_file(record.path, each) for each in files):
        raise RecordError(Problem("E652", "the record itself is there", "another name", file=str(path)))
    _require_room(tuple(files))
    parts = {each: each.with_name(f".{each.name}.part") for each in files}
    try:
        for each, write in files.items():
            write(parts[each])
        for each in reversed(files):
            parts[each].replace(each)
    except OSError as error:
        for part in parts.values():
            with suppress(OSError):  # the reason that counts is the first
                part.unlink(missing_ok=True)
        said = error.strerror or str(error)
        found_problem = f"the export could not be written: {said}"
        raise RecordError(Problem("E652", found_problem, file=str(path))) from error
    return tuple(files)


def _require_room(files: tuple[Path, ...]) -> None:
    """Raise RecordError E652 for a file beside the named one that no earlier export can have written.

    Where the named file is there, it is an earlier export with all that is beside it, and gives way.
    """
    named, *beside = files
    for each in beside:
        if each.is_dir() or (each.exists() and not named.exists()):
            found = f"{each.name} is there, which goes with {named.name}"
            raise RecordError(Problem("E652", found, "another name", file=str(each)))


def _files(found: Exported, path: Path) -> dict[Path, Callable[[Path], None]]:
    """Return file -> what writes it, the one that was named first."""
    from functools import partial

    from traction.report import export_files as files

    kind = path.suffix.lower()
    if kind == ".json":
        return {path: partial(files.write_json, found)}
    if kind == ".mat":
        return {path: partial(files.write_mat, found)}
    write = files.write_csv if kind == ".csv" else files.write_parquet
    named = {
        table: path if table == "samples" else path.with_suffix(f".{table}{path.suffix}")
        for table in found.tables
    }
    todo: dict[Path, Callable[[Path], None]] = {
        each: partial(write, found, table) for table, each in named.items()
    }
    if kind == ".csv":
        todo[path.with_suffix(".dictionary.json")] = partial(files.write_dictionary, found)
    return todo
