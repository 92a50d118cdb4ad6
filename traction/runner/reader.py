"""Read a record back: all of it, or its valid prefix with what is wrong; never silently something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traction.errors import Problem, RecordError
from traction.runner.record import container, layout
from traction.runner.record.assembly import Assembly, Event

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

    E611: the file cannot be opened; E610: not a record of ours; E612: damaged before the header ended.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(len(container.MAGIC))
            # look before reading: somebody may name a file of many gigabytes
            if data == container.MAGIC:
                file.seek(0)
                data = file.read()
    except OSError as error:
        found = f"the system said: {error.strerror}"
        raise RecordError(Problem("E611", found, "a record file", file=str(path))) from error
    return read_bytes(data, path)


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
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"messages that no session writes: {error}"
        raise RecordError(Problem("E610", found, "a record written by a session", file=file)) from error
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
