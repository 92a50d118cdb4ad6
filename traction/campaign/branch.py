"""What a branch of a session hands over to its parent: all that has happened since they parted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from traction.campaign.history import Ended, History

SERIES: Final = ("force_mn", "velocity_um_per_s", "target_un", "travel_um", "marks", "fault", "rows")
"""What only grows: of these a branch hands over what came after it had left."""

OTHERS: Final = tuple(
    one.name for one in fields(History) if one.name not in (*SERIES, "result", "record", "known")
)


@dataclass(frozen=True, slots=True)
class Rest:
    """What has happened since, in the order of ``SERIES`` and ``OTHERS``; of the record what was added.

    ``kept`` bytes of the record at the parting are its beginning: none where something of it was lost.
    """

    series: tuple[Any, ...]
    others: tuple[Any, ...]
    kept: int
    record: bytes
    result: Ended | None


class Cut:
    """Where a branch leaves: a history as it is now, which both sides have, and its record."""

    __slots__ = ("_history", "_record", "_ticks")

    def __init__(self, history: History, record: bytes) -> None:
        self._history = history
        self._record = record
        self._ticks = tuple(len(getattr(history, name)) for name in SERIES)

    def rest(self, history: History) -> Rest:
        """Return what a branch has added to it in its own process."""
        kept = len(self._record) if history.record.startswith(self._record) else 0
        result = history.result
        return Rest(
            tuple(getattr(history, name)[n:] for name, n in zip(SERIES, self._ticks, strict=True)),
            tuple(getattr(history, name) for name in OTHERS),
            kept,
            history.record[kept:],
            None if result is None else Ended.of(result),
        )

    def whole(self, rest: Rest) -> History:
        """Return the history of a branch."""
        whole = History(**dict(zip(OTHERS, rest.others, strict=True)))
        for name, ticks, more in zip(SERIES, self._ticks, rest.series, strict=True):
            setattr(whole, name, getattr(self._history, name)[:ticks] + more)
        whole.record = self._record[: rest.kept] + rest.record
        whole.result = rest.result
        return whole
