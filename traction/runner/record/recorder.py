"""The session's side of the record: turns what happened into items, and hands them to a writer."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from traction.errors import Problem, RecordError
from traction.runner.record import layout
from traction.runner.record.layout import Topic

if TYPE_CHECKING:
    from traction.runner.reader import Record

BEGIN = 0

Place = tuple[int, int]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Output(Protocol):
    """Where items go. Every method raises RecordError when the record can no longer be trusted to grow."""

    def put(self, kind: int, log_time_us: int, payload: bytes) -> None:
        """Take one item without waiting."""
        ...

    def check(self, t_us: int) -> None:
        """Look, without waiting, whether everything taken so far is still on its way to the file."""
        ...

    def finish(self) -> None:
        """Write the end of the file and close it; may wait."""
        ...

    def abandon(self) -> None:
        """Let go of the file as it is; never raises."""
        ...

    def kept(self) -> bytes:
        """Return the bytes of a record that is not on disk."""
        ...

    def on_wait(self, tell: Callable[[str], None]) -> None:
        """Remember whom to tell, in plain words, when ``finish`` or ``abandon`` waits for longer."""
        ...


class Recorder:
    """Record one session; used by the engine only, in the order begin, event/samples, outcome, close."""

    def __init__(self, output: Output, path: Path | None, place: Place | None = None) -> None:
        self.path = path
        self._place = place  # of the file that was created, to know it by at the end
        self.rows = 0
        self._output = output
        self._columns: tuple[str, ...] = ()
        self._last: list[Sequence[int]] = []
        self._texts: list[str] = []
        self._finished = False

    def begin(self, header: dict[str, Any], channels: tuple[str, ...]) -> None:
        """Write the header of the session; ``channels`` name the table's own columns. Raises RecordError."""
        self._columns = layout.columns(channels)
        self._last = [()] * len(self._columns)
        self._texts = [f'"{name}":[]' for name in self._columns]
        self._output.put(BEGIN, 0, layout.dump(list(self._columns)))
        session = {"format": layout.FORMAT, "columns": list(self._columns), **header}
        self._output.put(Topic.SESSION, 0, layout.dump(session))

    def event(self, t_us: int, name: str, code: str = "", text: str = "") -> None:
        """Write one event at session time ``t_us``. Raises RecordError."""
        body = {"t_us": t_us, "name": name, "code": code, "text": text}
        self._output.put(Topic.EVENT, t_us, layout.dump(body))

    def samples(self, columns: Sequence[Sequence[int]]) -> None:
        """Write a block of rows, one sequence of whole integers per column, oldest first, and flush it.

        Raises RecordError.
        """
        times_us = columns[0]
        body = ",".join(self._column_texts(columns))
        text = f'{{"first_row":{self.rows},"rows":{len(times_us)},{body}}}'
        self._output.put(Topic.SAMPLES, times_us[-1], text.encode())
        self.rows += len(times_us)

    def check(self, t_us: int) -> None:
        """Raise RecordError when the record has stopped growing; costs nothing worth counting."""
        self._output.check(t_us)

    def outcome(self, t_us: int, outcome: dict[str, Any]) -> None:
        """Write the outcome and the end of the file; may wait, so only at slack. Raises RecordError.

        E606 where the file has been taken away, or another one put in its place: then there is no record.
        """
        self._output.put(Topic.OUTCOME, t_us, layout.dump({**outcome, "rows": self.rows}))
        self._finished = True
        self._output.finish()
        self._require_place()

    def on_wait(self, tell: Callable[[str], None]) -> None:
        """Remember whom to tell, in plain words, when the end of the record is waited for."""
        self._output.on_wait(tell)

    def read_back(self) -> Record:
        """Return what was recorded, read from the file or from memory. Raises RecordError."""
        from traction.runner.reader import read_bytes, read_record

        self._require_place()
        return read_bytes(self._output.kept()) if self.path is None else read_record(self.path)

    def close(self) -> None:
        """Let go of the file; without an outcome before it the record stays marked as incomplete."""
        if not self._finished:
            self._finished = True
            self._output.abandon()

    def _require_place(self) -> None:
        if self.path is None or self._place is None:
            return
        try:
            found = place_of(self.path.stat())
        except OSError as error:
            raise _misplaced(self.path, "the file was taken away while it was written") from error
        if found != self._place:
            raise _misplaced(self.path, "another file stands in the place of the record")

    def _column_texts(self, columns: Sequence[Sequence[int]]) -> list[str]:
        # half of the columns stay the same for minutes: comparing is cheaper than writing them out again
        last, texts = self._last, self._texts
        numbers = ",".join(["%d"] * len(columns[0]))  # a template is the quickest way to print whole numbers
        for index, column in enumerate(columns):
            if column != last[index]:
                last[index] = column
                texts[index] = f'"{self._columns[index]}":[{numbers % tuple(column)}]'
        return texts


def record_error(error: OSError) -> RecordError:
    """Return the RecordError for what the system said while a record was written."""
    full = error.errno in _FULL
    reason = os.strerror(error.errno) if error.errno else str(error)
    return RecordError(
        Problem("E602" if full else "E603", f"the system said: {reason}", "the record to grow")
    )


def _misplaced(path: Path, found: str) -> RecordError:
    return RecordError(Problem("E606", found, "the file that was created", file=str(path)))


def place_of(status: os.stat_result) -> Place:
    """Return what tells a file from every other: its device and its number there."""
    return status.st_dev, status.st_ino


def create(path: Path) -> int:
    """Create the file of a record and return its descriptor; an existing file is never touched.

    Raises RecordError E601 where something stands at ``path``, and E603 where nothing can be made there.
    """
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o644)
    except FileExistsError as error:
        found = "a folder is already there" if path.is_dir() else "a file is already there"
        raise RecordError(Problem("E601", found, "a new name", file=str(path))) from error
    except OSError as error:
        found = f"the system said: {error.strerror}"
        raise RecordError(Problem("E603", found, "a folder we may write to", file=str(path))) from error
    except ValueError as error:
        found = "a name with a null character"
        raise RecordError(Problem("E603", found, "a name that a file can have", file=str(path))) from error
