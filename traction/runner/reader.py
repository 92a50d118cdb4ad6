"""Read a record back: all of it, or its valid prefix with what is wrong; never silently something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from traction.errors import Problem, RecordError
from traction.runner.record import container, layout
from traction.runner.record.container import Message
from traction.runner.record.layout import Topic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at session time ``t_us``; ``code`` is empty where it is no trip or fault."""

    t_us: int
    name: str
    code: str
    text: str


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


def read_record(path: str | Path) -> Record:
    """Read the record at ``path``. Raises RecordError where nothing of a session can be read from it.

    E611: the file cannot be opened; E610: not a record of ours; E612: damaged before the header ended.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(len(container.MAGIC))
            # look before reading: somebody may name a file of many gigabytes
            data = head + file.read() if head == container.MAGIC else head
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
    messages, problems = container.walk(data)
    if not messages or messages[0].topic != Topic.SESSION:
        raise RecordError(*problems, Problem("E612", "no header of a session", "a header first", file=file))
    try:
        return _decoded(path, messages, problems)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"messages that no session writes ({type(error).__name__})"
        raise RecordError(Problem("E610", found, "a record written by a session", file=file)) from error


def _decoded(path: Path | None, messages: list[Message], problems: list[Problem]) -> Record:
    header = json.loads(messages[0].data)
    if header["format"] != layout.FORMAT:
        file = None if path is None else str(path)
        found = f"record format {header['format']}"
        raise RecordError(Problem("E610", found, f"format {layout.FORMAT}", file=file))
    outcome, more = _outcome(messages)
    problems = problems + more
    return Record(
        path=path,
        header=MappingProxyType(header),
        events=tuple(Event(**json.loads(m.data)) for m in messages if m.topic == Topic.EVENT),
        samples=_samples(tuple(header["columns"]), messages),
        outcome=outcome,
        complete=not problems,
        problems=tuple(problems),
    )


def _outcome(messages: list[Message]) -> tuple[Mapping[str, Any] | None, list[Problem]]:
    if messages[-1].topic != Topic.OUTCOME:
        return None, [Problem("E615", "no outcome: the session was cut short", "an outcome at the end")]
    outcome = json.loads(messages[-1].data)
    digest = hashlib.sha256()
    for message in messages[:-1]:
        digest.update(b"%d %d " % (message.topic, len(message.data)))
        digest.update(message.data)
    expected = (len(messages) - 1, digest.hexdigest())
    if (outcome["messages"], outcome["sha256"]) != expected:
        return outcome, [Problem("E614", "messages that the outcome does not vouch for", "its digest")]
    return MappingProxyType(outcome), []


def _samples(columns: tuple[str, ...], messages: list[Message]) -> Samples:
    import numpy as np

    blocks = [np.empty((len(columns), 0), dtype=np.int64)]
    rows = 0
    for message in messages:
        if message.topic != Topic.SAMPLES:
            continue
        body = json.loads(message.data)
        block = np.array([body[name] for name in columns])
        if body["first_row"] != rows or block.dtype != np.int64 or block.shape[1] != body["rows"]:
            raise RecordError(Problem("E614", f"rows {rows} and on are not whole integers in order"))
        blocks.append(block)
        rows += block.shape[1]
    table = np.concatenate(blocks, axis=1)
    table.flags.writeable = False
    return MappingProxyType(dict(zip(columns, table, strict=True)))
