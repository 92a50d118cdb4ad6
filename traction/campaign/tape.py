"""The recorder of a virtual session: the product's own, with a copy for the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from traction.campaign.history import History
from traction.campaign.hosts import TrueTime, VirtualDisk
from traction.runner.record.direct import DirectOutput
from traction.runner.record.recorder import Recorder
from traction.runner.states import State

FIRST_STATES: Final = (State.TAKE_UP.name, State.RUNNING.name)


class Tape(Recorder):
    """The product's recorder, which leaves what it is given with the history, too."""

    def __init__(self, disk: VirtualDisk, history: History, true: TrueTime) -> None:
        super().__init__(DirectOutput(disk), None)
        self._history = history
        self._true = true

    def event(self, t_us: int, name: str, code: str = "", text: str = "") -> None:
        """Write one event; the first state after the start is where the host's own time begins."""
        if self._history.begun_us is None and name == "state" and text in FIRST_STATES:
            self._history.begun_us = self._true.now - t_us
        super().event(t_us, name, code, text)

    def samples(self, columns: Sequence[Sequence[int]]) -> None:
        """Write a block of rows."""
        if not self._history.crashed:
            self._history.rows.append(columns)
        super().samples(columns)
