"""The record and the totals as the loop keeps them: what fails here is a cause to end, never an exception."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from traction.runner.defects import cause_of
from traction.runner.outcome import Cause
from traction.runner.stats import Totals
from traction.safety.sample import Sample

if TYPE_CHECKING:
    from traction.runner.record.recorder import Recorder

ROWS_PER_BLOCK = 50
"""One second of rows at the loop's 50 Hz."""

Row = tuple[Sample, tuple[int, ...], int, int, int, int]
"""A sample, the table's channels, and the loop's own columns; laid side by side when the block is full."""


class Journal:
    """Take rows and events until the recorder fails; then remember why and take no more.

    The loop appends to ``rows`` itself and calls ``flush`` when a block is full: one call a second, not
    fifty.
    """

    __slots__ = ("_broken", "_early", "_recorder", "channels", "failure", "message", "rows", "totals")

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._broken = False
        self._early: list[tuple[int, str, str, str]] | None = []  # events before the header
        self.rows: list[Row] = []
        self.channels: tuple[str, ...] = ()  # names of what stands behind the loop's own columns in a row
        self.totals = Totals(())
        self.failure: Cause | None = None
        self.message = ""

    def begin(self, header: dict[str, Any], channels: tuple[str, ...]) -> None:
        """Write the header; ``channels`` name the columns of the table's own figures."""
        self.channels = channels
        self.totals = Totals(channels)
        early, self._early = self._early or [], None
        try:
            self._recorder.begin(header, channels)
        except BaseException as error:
            self._fail(error, 0)
        for event in early:
            self.event(*event)

    def event(self, t_us: int, name: str, code: str = "", text: str = "") -> None:
        """Write one event; ``code`` is empty where it is no trip or fault."""
        self.message = f"{name}: {text}" if text else name
        if self._early is not None:
            self._early.append((t_us, name, code, text))
        elif not self._broken:
            try:
                self._recorder.event(t_us, name, code, text)
            except BaseException as error:
                self._fail(error, t_us)

    def flush(self) -> None:
        """Write the rows taken since the last block."""
        rows = self.rows
        if rows:
            samples, channels, *own = zip(*rows, strict=False)  # all were made by one line of the loop
            columns = [*zip(*samples, strict=False), *own, *zip(*channels, strict=False)]
            t_us = samples[-1].t_us
            rows.clear()
            try:
                self.totals.add(columns)
                if not self._broken:
                    self._recorder.samples(columns)
            except BaseException as error:
                self._fail(error, t_us)

    def check(self, t_us: int) -> None:
        """Look whether a recorder in another process still keeps up."""
        if not self._broken:
            try:
                self._recorder.check(t_us)
            except BaseException as error:
                self._fail(error, t_us)

    def finish(self, t_us: int, outcome: dict[str, Any]) -> None:
        """Write the outcome and the end of the record, or let go of a record that is broken; may wait."""
        if not self._broken:
            try:
                self._recorder.outcome(t_us, outcome)
            except BaseException as error:
                self._fail(error, t_us)
        if self._broken:
            with suppress(BaseException):  # why it is broken has been told
                self._recorder.close()

    def _fail(self, error: BaseException, t_us: int) -> None:
        self._broken = True
        self.failure = cause_of(error, "recorder", t_us)
