"""Read a record back: all of it, or its valid prefix with what is wrong; never silently something else."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traction.errors import Problem, RecordError
from traction.runner.record import container, layout
from traction.runner.record.assembly import Assembly, Event, Strange

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from traction.runner.rejudge import Judgement

    Samples = Mapping[str, NDArray[np.int64]]


__all__ = ["Event", "Record", "read_bytes", "read_record"]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One session as it was recorded.

    ``samples`` maps each column to whole integers, one per tick, oldest first; the unit is in the name.
    ``outcome`` is None where the session never wrote one. ``complete`` says that the session ended and every
    byte was checked; otherwise everything here is a valid prefix and ``problems`` say why it is not more.
    """

    path: Path | None
    header: Mapping[str, Any]
    events: tuple[Event, ...]
    samples: Samples
    outcome: Mapping[str, Any] | None
    complete: bool
    problems: tuple[Problem, ...]

    def judge_again(self) -> Judgement:
        """Judge the samples again, within the bounds of the header, and compare. Raises RecordError E616."""
        from traction.runner.rejudge import rejudge

        return rejudge(self)


def read_record(path: str | Path) -> Record:
    """Read the record at ``path``. Raises RecordError where nothing of a session can be read from it.

    E611: the file cannot be opened, or is no file; E610: not a record of ours; E612: damaged before the
    header ended.
    """
    path = Path(path)
    return read_bytes(_read(path), path)


def _read(path: Path) -> bytes:
    """Return the bytes of a file that begins like a record, else its first few; never waits for a writer."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before opening: a device may do something then
            raise _unreadable(path, "a folder" if path.is_dir() else "it is not a plain file")
        # a pipe that takes the place of the file between the two must not make us wait for a writer
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(len(container.MAGIC))
            # look before reading: somebody may name a file of many gigabytes
            if data == container.MAGIC:
                _require_size(path, os.fstat(descriptor).st_size)
                data += file.read(container.LARGEST_FILE_BYTES)
    except OSError as error:
        if isinstance(error, RecordError):
            raise
        raise _unreadable(path, f"the system said: {error.strerror}") from error
    except ValueError as error:  # a path that no system has
        raise _unreadable(path, "a name with a null character") from error
    return data


def _require_size(path: Path, size: int) -> None:
    if size > container.LARGEST_FILE_BYTES:
        found = f"a file of more than {container.LARGEST_FILE_BYTES >> 20} MiB, larger than any session's"
        raise RecordError(Problem("E610", found, "a record written by a session", file=str(path)))


def _unreadable(path: Path, found: str) -> RecordError:
    return RecordError(Problem("E611", found, "a record file", file=str(path)))


def read_bytes(data: bytes, path: Path | None = None) -> Record:
    """Read the bytes of a record; see ``read_record``."""
    file = None if path is None else str(path)
    profile = container.profile_name(data)
    if profile != layout.PROFILE_NAME:
        found = "an empty file" if not data else "another kind of file"
        raise RecordError(Problem("E610", found, "a record written by a session", file=file))
    problems: list[Problem] = []
    parts = Assembly()
    try:
        for message in container.walk(data, problems):
            parts.take(message)
    except Strange as error:
        raise RecordError(Problem("E610", str(error), "a record written by a session", file=file)) from error
    if parts.header is None:
        raise RecordError(*problems, Problem("E612", "no header of a session", "a header first", file=file))
    problems += parts.problems()
    return Record(
        path=path,
        header=parts.header,
        events=tuple(parts.events),
        samples=parts.samples(),
        outcome=parts.outcome,
        complete=not problems,
        problems=tuple(problems),
    )
