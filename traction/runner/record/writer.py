"""Write one record: MCAP chunks with checksums, a digest over every message, flushed each second."""

from __future__ import annotations

import hashlib
import json
import os
from typing import IO, Any

from traction.runner.record import layout
from traction.runner.record.chunked import ChunkedFile
from traction.runner.record.layout import Topic

BEGIN = 0
"""The kind of the first item: a JSON list of the sample columns. Every other kind is a Topic."""


class RawFile:
    """A file that is written only on ``flush``, and completely or with the error of the system.

    Python's own buffered files try again on close what the disk refused; this one never does.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep ``data`` for the next flush."""
        self._parts.append(data)
        return len(data)

    def flush(self) -> None:
        """Hand everything kept so far to the system; raises OSError when it is not taken whole."""
        rest = memoryview(b"".join(self._parts))
        self._parts.clear()
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def close(self) -> None:
        """Close the file; what was not flushed is dropped."""
        os.close(self._descriptor)


class RecordWriter:
    """Take items in order and lay them down as MCAP; the same code in the session's process and beside it.

    Every message carries its running number, and the outcome the SHA-256 over all messages before it (topic,
    length and bytes), so that a missing, changed or reordered message is found.
    """

    def __init__(self, file: IO[bytes] | RawFile) -> None:
        self._file = file
        self._mcap = ChunkedFile(file)
        self._digest = hashlib.sha256()
        self._messages = 0

    def accept(self, kind: int, log_time_us: int, payload: bytes) -> bool:
        """Write one item; return True when it has been flushed to the file. Raises OSError."""
        if kind == BEGIN:
            self._begin(tuple(json.loads(payload)))
            return False
        if kind == Topic.OUTCOME:
            payload = self._sealed(json.loads(payload))
        else:
            self._digest.update(b"%d %d " % (kind, len(payload)))
            self._digest.update(payload)
        self._mcap.add(kind, log_time_us * 1000, payload, self._messages)
        self._messages += 1
        if kind == Topic.EVENT:
            return False  # it goes with the next samples, at most a second later
        self._mcap.flush()
        return True

    def finish(self) -> None:
        """Write the end of the file. Without an outcome before it the record stays marked as incomplete."""
        self._mcap.finish()

    def close(self) -> None:
        """Close the file without writing anything more."""
        self._file.close()

    def _begin(self, sample_columns: tuple[str, ...]) -> None:
        schemas = layout.schemas(sample_columns)  # in the order of Topic: channel ids count from 1 as well
        topics = [(topic.label, f"traction.{topic.label}", schema) for topic, schema in schemas.items()]
        self._mcap.start(layout.PROFILE_NAME, topics)

    def _sealed(self, outcome: dict[str, Any]) -> bytes:
        return layout.dump({**outcome, "messages": self._messages, "sha256": self._digest.hexdigest()})
