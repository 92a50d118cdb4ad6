"""What a record is made of: topics, sample columns, and the JSON Schema of each topic.

One ``samples`` message holds about a second: ``first_row``, ``rows``, and one list of whole integers per
column, oldest first. The first columns are exactly the fields of ``safety.sample.Sample`` in their order, so
that a record can be judged again; the columns of the table's own channels come last.
"""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Any

from traction.safety.sample import Sample

FORMAT = 1
"""Version of this layout; a reader refuses a newer one."""

PROFILE_NAME = "traction"
"""The profile name in the MCAP header, by which a reader tells our records from others."""


class Topic(IntEnum):
    """What a message is about; the numbers are MCAP channel ids, in order of registration."""

    SESSION = 1
    EVENT = 2
    SAMPLES = 3
    OUTCOME = 4

    @property
    def label(self) -> str:
        """Return the topic's name in the file."""
        return self.name.lower()


ENGINE_COLUMNS = ("session_state", "span_index", "profile_us", "late_us")
"""After the sample: runner.states.State, index into Profile.spans (-1 = none), profile time, lateness."""

COLUMNS = Sample._fields + ENGINE_COLUMNS


def columns(channels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of all sample columns for a table with these channels."""
    return COLUMNS + channels


def _object(properties: dict[str, Any], title: str) -> dict[str, Any]:
    return {"title": title, "type": "object", "properties": properties, "required": sorted(properties)}


def schemas(sample_columns: tuple[str, ...]) -> dict[Topic, bytes]:
    """Return the JSON Schema of each topic as bytes, for a file with these sample columns."""
    integer, text = {"type": "integer"}, {"type": "string"}
    integers: dict[str, Any] = {"type": "array", "items": integer}
    session: dict[str, Any] = {
        "format": integer,
        "columns": {"type": "array", "items": text},
        "protocol": {"type": "object"},
    }
    event = {"t_us": integer, "name": text, "code": text, "text": text}
    samples = {"first_row": integer, "rows": integer, **dict.fromkeys(sample_columns, integers)}
    outcome = {"outcome": text, "code": text, "rows": integer, "messages": integer, "sha256": text}
    bodies: dict[Topic, dict[str, Any]] = {
        Topic.SESSION: session,
        Topic.EVENT: event,
        Topic.SAMPLES: samples,
        Topic.OUTCOME: outcome,
    }
    return {topic: dump(_object(body, f"traction.{topic.label}")) for topic, body in bodies.items()}


def dump(value: Any) -> bytes:
    """Return ``value`` as compact JSON in UTF-8; NaN and infinities are errors."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
