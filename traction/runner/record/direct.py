"""The record written by the session's own process: for virtual time, where nobody waits for the disk."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from traction.runner.record.recorder import Recorder, create, place_of, record_error
from traction.runner.record.writer import RawFile, RecordWriter


class DirectOutput:
    """Write each item at once."""

    def __init__(self, file: RawFile | MemoryFile) -> None:
        self._file = file
        self._writer = RecordWriter(file)

    def put(self, kind: int, log_time_us: int, payload: bytes) -> None:
        """Write one item; raises RecordError."""
        try:
            self._writer.accept(kind, log_time_us, payload)
        except OSError as error:
            raise record_error(error) from error

    def check(self, t_us: int) -> None:
        """Do nothing: ``put`` has already said what there is to say."""

    def finish(self) -> None:
        """Write the end of the file and close it, also where that fails; raises RecordError."""
        try:
            try:
                self._writer.finish()
            finally:
                self._writer.close()
        except OSError as error:
            raise record_error(error) from error

    def abandon(self) -> None:
        """Close the file as it is."""
        with suppress(OSError):
            self._writer.close()

    def on_wait(self, tell: Callable[[str], None]) -> None:
        """Do nothing: this process writes for itself, and cannot tell of a disk that it waits for."""

    def kept(self) -> bytes:
        """Return the bytes written so far, where they were written to memory."""
        return self._file.getvalue() if isinstance(self._file, MemoryFile) else b""


class MemoryFile(io.BytesIO):
    """A record that is kept in memory; stays readable after ``close``."""

    def close(self) -> None:
        """Keep the bytes."""


def record_to_file(path: Path) -> Recorder:
    """Create the record file at ``path`` and write it from this process. Raises RecordError E601, E603."""
    descriptor = create(path)
    return Recorder(DirectOutput(RawFile(descriptor)), path, place_of(os.fstat(descriptor)))


def record_to_memory() -> Recorder:
    """Return a recorder that writes the same bytes to memory; read them with ``read_back``."""
    return Recorder(DirectOutput(MemoryFile()), None)
