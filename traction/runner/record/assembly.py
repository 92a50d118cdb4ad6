"""Put the messages of a record together again, one at a time: a long session must fit in little memory."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from traction.errors import Problem
from traction.runner.record import layout
from traction.runner.record.columns import Columns
from traction.runner.record.container import Message
from traction.runner.record.layout import Topic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at session time ``t_us``; ``code`` is empty where it is no trip or fault."""

    t_us: int
    name: str
    code: str
    text: str


LARGEST_HEADER_BYTES: Final = 1 << 23
LARGEST_BODY_BYTES: Final = 1 << 20
MOST_EVENTS: Final = 100_000
MOST_ROWS: Final = 1 << 20
MOST_COLUMNS: Final = 200
"""Bounds far above any session (20 000 spans in the header, 180 000 rows in an hour): what is read takes many
times as much memory as it takes on disk."""

_HUGE: Final = 1 << 63
_EVENT: Final = {"t_us": int, "name": str, "code": str, "text": str}


class Strange(Exception):
    """A message that no session writes; says what is strange about it."""


class Assembly:
    """Take messages oldest first; raises Strange for one that no session writes."""

    def __init__(self) -> None:
        self.header: Mapping[str, Any] | None = None
        self.events: list[Event] = []
        self.outcome: Mapping[str, Any] | None = None
        self._columns = Columns(())
        self._messages = 0
        self._digest = hashlib.sha256()
        self._vouched = True

    def take(self, message: Message) -> None:
        """Take the next message."""
        topic = message.topic
        if (topic == Topic.SESSION) != (self.header is None) or self.outcome is not None:
            raise Strange(f"a message about topic {topic} out of turn")
        body = _body(message)
        match topic:
            case Topic.SESSION:
                self._begin(body)
            case Topic.EVENT:
                self._happen(body)
            case Topic.SAMPLES:
                self._extend(body)
            case Topic.OUTCOME:
                self._end(body)
            case _:
                raise Strange(f"an unknown topic {topic}")
        self._digest.update(b"%d %d " % (topic, len(message.data)))
        self._digest.update(message.data)
        self._messages += 1

    def problems(self) -> list[Problem]:
        """Return what is wrong with the messages taken so far."""
        if self.outcome is None:
            return [
                Problem(
                    "E615", "no outcome: the session was cut short, or still runs", "an outcome at the end"
                )
            ]
        if not self._vouched:
            return [Problem("E614", "messages that the outcome does not vouch for", "its digest")]
        return []

    def samples(self) -> Mapping[str, NDArray[np.int64]]:
        """Return the columns as read-only arrays, one row per tick, oldest first."""
        return self._columns

    def newest(self) -> dict[str, int]:
        """Return the last row that was taken; empty before the first."""
        return self._columns.newest()

    def _begin(self, header: dict[str, Any]) -> None:
        if header.get("format") != layout.FORMAT:
            said = repr(header.get("format"))[:40]
            raise Strange(f"record format {said}, this program reads format {layout.FORMAT}")
        names = header.get("columns")
        if not isinstance(names, list) or not _names(names):
            raise Strange("a header without a list of the columns")
        self.header = MappingProxyType(header)
        self._columns = Columns(names)

    def _happen(self, body: dict[str, Any]) -> None:
        if {name: type(value) for name, value in body.items()} != _EVENT or not -_HUGE < body["t_us"] < _HUGE:
            raise Strange("an event of another shape")
        if len(self.events) == MOST_EVENTS:
            raise Strange(f"more than {MOST_EVENTS} events")
        self.events.append(Event(**body))

    def _extend(self, body: dict[str, Any]) -> None:
        rows = body.get("rows")
        if type(rows) is not int or body.get("first_row") != self._columns.rows:
            raise Strange(f"rows that do not follow row {self._columns.rows}")
        if self._columns.rows + rows > MOST_ROWS:
            raise Strange(f"more than {MOST_ROWS} rows")
        try:
            self._columns.extend(rows, body)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Strange(f"samples after row {self._columns.rows} that are no whole numbers") from error

    def _end(self, outcome: dict[str, Any]) -> None:
        self.outcome = MappingProxyType(outcome)
        seen = (self._messages, self._digest.hexdigest(), self._columns.rows)
        self._vouched = tuple(outcome.get(name) for name in ("messages", "sha256", "rows")) == seen


def _body(message: Message) -> dict[str, Any]:
    """Return the JSON object of a message. Raises Strange for anything else, and for what is no number."""
    largest = LARGEST_HEADER_BYTES if message.topic == Topic.SESSION else LARGEST_BODY_BYTES
    if len(message.data) > largest:
        raise Strange(f"a message of {len(message.data)} bytes")
    try:
        body = json.loads(message.data, parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise Strange("a message that cannot be read") from error
    if not isinstance(body, dict):
        raise Strange("a message that is no object")
    return body


def _no_number(text: str) -> float:
    raise ValueError(text)


def _number(text: str) -> float:
    number = float(text)
    if not -math.inf < number < math.inf:
        raise ValueError(text)
    return number


def _names(names: list[Any]) -> bool:
    texts = all(type(name) is str and len(name) <= 100 for name in names)
    return texts and len(names) <= MOST_COLUMNS and len(set(names)) == len(names)
