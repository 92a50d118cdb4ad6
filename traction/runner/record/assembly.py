"""Put the messages of a record together again, one at a time: a long session must fit in little memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

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


class Assembly:
    """Take messages oldest first; raises ValueError, KeyError or TypeError for one that no session writes."""

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
        if (message.topic == Topic.SESSION) != (self.header is None) or self.outcome is not None:
            raise ValueError(f"a message about topic {message.topic} out of turn")
        body = json.loads(message.data)
        match message.topic:
            case Topic.SESSION:
                self._begin(body)
            case Topic.EVENT:
                self.events.append(Event(**body))
            case Topic.SAMPLES:
                self._extend(body)
            case Topic.OUTCOME:
                self._end(body)
            case _:
                raise ValueError(f"an unknown topic {message.topic}")
        self._digest.update(b"%d %d " % (message.topic, len(message.data)))
        self._digest.update(message.data)
        self._messages += 1

    def problems(self) -> list[Problem]:
        """Return what is wrong with the messages taken so far."""
        if self.outcome is None:
            return [Problem("E615", "no outcome: the session was cut short", "an outcome at the end")]
        if not self._vouched:
            return [Problem("E614", "messages that the outcome does not vouch for", "its digest")]
        return []

    def samples(self) -> Mapping[str, NDArray[np.int64]]:
        """Return the columns as read-only arrays, one row per tick, oldest first."""
        return self._columns

    def _begin(self, header: dict[str, Any]) -> None:
        if header["format"] != layout.FORMAT:
            raise ValueError(f"record format {header['format']}, this program reads format {layout.FORMAT}")
        self.header = MappingProxyType(header)
        self._columns = Columns(map(str, header["columns"]))

    def _extend(self, body: dict[str, Any]) -> None:
        if body["first_row"] != self._columns.rows:
            raise ValueError(f"rows that do not follow row {self._columns.rows}")
        self._columns.extend(body["rows"], body)

    def _end(self, outcome: dict[str, Any]) -> None:
        self.outcome = MappingProxyType(outcome)
        seen = (self._messages, self._digest.hexdigest(), self._columns.rows)
        self._vouched = (outcome["messages"], outcome["sha256"], outcome["rows"]) == seen
