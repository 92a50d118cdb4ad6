"""A load cell that had noise, and has it no more: how a stuck one is known where nothing moves."""

from __future__ import annotations

from typing import Final


class CellNoise:
    """Follows how often one cell repeats its reading to the last digit.

    It gathers time in which it changed, and every repetition costs some: a coarse cell that often repeats
    itself never has enough to be judged by.
    """

    __slots__ = ("_gathered_us", "_lively", "_moves", "_repeat_us", "_since_us")

    MOST_US: Final = 1_000_000
    """So much time can be gathered; with half of it a cell is lively."""

    REPEAT_US: Final = 150_000
    """What each repetition costs: with one sample in seven there is hardly ever enough."""

    MISSING_US: Final = 240_000
    """Twelve samples without a change of a lively cell, while the other one changed in ten of them: by chance
    that is rarer than 1e-10."""

    MOVES: Final = 10
    """In each ``MISSING_US``, however long it lasts: after a ramp any cell looks lively, and a coarse one
    beside it that flips between two counts has changed ten times, too, after a while."""

    def __init__(self) -> None:
        self._gathered_us = 0
        self._repeat_us = -1  # when it last repeated itself
        self._since_us = -1  # when the reading that it repeats now came
        self._lively = False  # before it began to
        self._moves = 0  # of the other one since

    def pass_over(self, t_us: int, repeats: bool) -> None:
        """Take a sample in which this cell is not judged."""
        if repeats or self._repeat_us < 0:
            self._spend(t_us)

    def is_missing(self, t_us: int, since_us: int, other_changes: bool) -> bool:
        """Take a repetition of the reading of ``since_us``; say whether the noise is missing for too long."""
        if self._since_us != since_us:
            self._since_us, self._moves = since_us, 0
            self._lively = self._gathered_us + t_us - self._repeat_us >= self.MOST_US // 2
        self._spend(t_us)
        self._moves += other_changes
        missing_us = t_us - since_us
        enough = self._moves * self.MISSING_US >= self.MOVES * missing_us
        return self._lively and missing_us >= self.MISSING_US and enough

    def _spend(self, t_us: int) -> None:
        gathered_us = self._gathered_us + t_us - self._repeat_us if self._repeat_us >= 0 else 0
        self._gathered_us = max(0, min(gathered_us, self.MOST_US) - self.REPEAT_US)
        self._repeat_us = t_us
